//! Laws of the syntax layer: what must parse, what limits hold, that printing and parsing are inverse.

use super::ast::{ExprIds, Program};
use super::parse::parse;
use crate::base::diag::Diag;
use crate::base::source::Sources;

/// The examples of the language's description.
const EXAMPLES: &str = r##"
textFile("in/x") | flatMap split " " | map (w,1) | reduceByKey +

# Comments start with #. A pipeline continues on lines that begin with |.
let airports = textFile("in/airports.text")

airports
  | map splitCsv                                   # keeps quotes, splits at commas outside them
  | filter f -> f[3] == "\"United States\""
  | map f -> f"{f[1]}, {f[2]}"
  | saveAsTextFile "out/airports_in_usa.text"

param input: str = "in/RealEstate.csv"             # sparkc run avg.spk --input other.csv
type AvgCount = {count: int, total: float}
def plus(a: AvgCount, b: AvgCount) = {count: a.count + b.count, total: a.total + b.total}

let prices = textFile(input)
  | filter line -> "Bedrooms" not in line
  | map line -> let f = line.split(",") in (int(float(f[3])), {count: 1, total: float(f[2])})
  | reduceByKey plus
let average = prices | mapValues p -> p.total / p.count
average | sortByKey | foreach (bedrooms, price) -> print f"{bedrooms} : {price}"

let ages = parallelize [("Tom", 29), ("John", 22)]
let addresses = parallelize [("James", "USA"), ("John", "UK")]
ages | leftOuterJoin addresses | collect | print            # [('Tom', (29, None)), ('John', (22, 'UK'))]
ages | join addresses | mapValues (age, country) -> f"{age} {country}" | print

let regions = textFile("in/uk-postcode.csv") | map l -> (l.split(",")[0], l.split(",")[7]) | collectAsMap
makers | map m -> regions.get(m.prefix) ?? "Unknown" | countByValue

let links = textFile("in/links.txt") | map l -> (l.split(" ")[0], l.split(" ")[1]) | distinct | groupByKey | cache
ranks = links | mapValues _ -> 1.0
for i in range(10) {
  ranks = links | join ranks | flatMap (url, (urls, rank)) -> urls.map(u -> (u, rank / len(urls)))
                | reduceByKey + | mapValues r -> 0.15 + 0.85 * r
}
ranks | takeOrdered 10, (url, rank) -> -rank | print
xs | sample false, 0.1, seed: 42
"##;

fn parse_text(text: &str) -> (Sources, Program, Vec<Diag>) {
    let mut sources = Sources::default();
    let file = sources.add("test.spk", text);
    let (program, diags) = parse(&sources, file, &mut ExprIds::default());
    (sources, program, diags)
}

fn reports(text: &str) -> String {
    let (sources, _, diags) = parse_text(text);
    diags.iter().map(|diag| diag.print_report(&sources, false)).collect()
}

#[test]
fn examples_of_the_description_parse() {
    assert_eq!(reports(EXAMPLES), "");
    let (_, program, _) = parse_text(EXAMPLES);
    assert_eq!(program.body.len(), 20);
    assert_eq!(program.comments.len(), 4);
}

#[test]
fn dump() {
    if let Ok(path) = std::env::var("SPK") {
        let text = std::fs::read_to_string(path).unwrap();
        let (_, program, _) = parse_text(&text);
        println!("{}\n{:?}", reports(&text), program.body);
    }
}
