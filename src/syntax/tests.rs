//! Laws of the syntax layer: what must parse, what limits hold, that printing and parsing are inverse.

mod jobs;
mod limits;
mod random;

use super::ast::{ExprIds, Program};
use super::parse::parse;
use super::print::print_program;
use super::shape::shape;
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

/// Formats a text and checks the laws of the formatter.
fn formatted(text: &str) -> String {
    let (sources, program, diags) = parse_text(text);
    assert!(diags.is_empty(), "{text}\n{}", reports(text));
    let printed = print_program(&program, &sources);
    let (again_sources, again, diags) = parse_text(&printed);
    assert!(diags.is_empty(), "from:\n{text}\nto:\n{printed}\n{}", reports(&printed));
    assert_eq!(shape(&program), shape(&again), "from:\n{text}\nto:\n{printed}");
    assert_eq!(print_program(&again, &again_sources), printed, "not idempotent; from:\n{text}");
    let texts = |p: &Program| p.comments.iter().map(|c| c.text.clone()).collect::<Vec<_>>();
    let (mut before, mut after) = (texts(&program), texts(&again));
    before.sort();
    after.sort();
    assert_eq!(before, after, "comments; from:\n{text}\nto:\n{printed}");
    printed
}

#[test]
fn formatter_keeps_the_examples() {
    formatted(EXAMPLES);
}

#[test]
fn formatter_keeps_every_construct() {
    formatted(CONSTRUCTS);
}

const CONSTRUCTS: &str = r##"
# head
let x =   # why
  if a
  # between
  then b
  else c


let y = -2 ** 2 + 1_000 // 3 * (4 - -5) ** -1 ** 2
let z = {r with count: 2, type: 3}
let m = {"a": 1, (b): 2}
let m = {(b): 1, c: 2, (True): 3}
let m = {(True): 3}
let e = {:}
let s = {1, 2}
let t = (1,); let u = ()
if x { print "a" } else if y < 2 < 3 { print b; print c } else {   # why not
  # inside
  foo(1, seed: 42) | bar
  # at the end
}   # after
if x {  # first
  # nothing
}
# before else
else {
  # only
}
let q = (a | b c, d | e(1))
xs.map(x -> x + 1)
  .filter(y -> y)
let sl = a[1:2:3] + a[::2] + a[:] + a[1] + a[1:] + a[:1] + a[::]
let r = r"\d+" + '\x41\u00e9' + """a
b"""
let fs = f"{x!r:>10} {{}} {y["k"]}" + f'{ {a: 1} }' + f"{x!s}"
let v = [x * 2 for (x, _) in xs if x not in ys and not x]
def f(a: list[int], g: (int, int) -> int, h: int?, i: ((int) -> int)?) -> map[str, (int,)] = g(a, +)
let big = -9223372036854775808
if a then b else c
(let a = 1 in a + 1)
let k = let b = (a in c) in b
let k = let b = if (a in c) then (d not in e) else [x in y] in b
xs | map (x -> (y -> y)) | filter not x | reduce (+) | fold 0, + | f(x -> x, +)
  # a comment between
  | g   # a trailing one
  # at the end of it

  # more
  | h
print a, b, c: d
for (a, _) in range 1, 10 { }
while (f {a: 1}) { f ({a: 1}) }
for x in (a | f {b: 1}) { x = 1 }
let p = (a and b) or not (c or d) and (a < b) < c and (a ?? b) ?? c ?? d
let p = (a + b).c(d)[1].e - (f - g) - (a == b)
"##;

#[test]
fn line_breaks_of_windows_and_a_byte_order_mark_are_accepted() {
    let text = "\u{feff}let a = [1,\r\n  2]\r\n\r\n# c\r\na\r\n  | map f  # d\r\n  | g\r\n";
    assert_eq!(formatted(text), "let a = [1, 2]\n\n# c\na\n  | map f  # d\n  | g\n");
}

#[test]
fn long_statements_break_at_brackets() {
    let pairs = "(\"Tom\", 29), ".repeat(12);
    let printed = formatted(&format!("let ages = parallelize [{pairs}]"));
    assert!(printed.starts_with("let ages = parallelize [\n  (\"Tom\", 29),\n"), "{printed}");
    assert!(printed.ends_with("),\n]\n"), "{printed}");
}

#[test]
fn comments_that_stood_in_one_column_stay_in_one() {
    let text = "param a = 1    # one\nparam longer = 2   # two\nparam b = 3        # three\n\nparam c = 4    # four\n";
    let expected = "param a = 1  # one\nparam longer = 2  # two\nparam b = 3       # three\n\nparam c = 4  # four\n";
    assert_eq!(formatted(text), expected);
}

#[test]
fn branches_and_bindings_have_a_line_each() {
    let text = "def f(x) = let a = x + 1 in\n  if a < 1 then 0 else if a < 2 then let b = a in b else\n  a\n";
    let expected = "def f(x) =\n  let a = x + 1 in\n  if a < 1 then 0\n  else if a < 2 then let b = a in b\n  else a\n";
    assert_eq!(formatted(text), expected);
    assert_eq!(formatted("let y = if a then 1 else 2\n"), "let y = if a then 1 else 2\n");
}

#[test]
fn documentation_of_parameters_comes_from_comments() {
    let (_, program, _) = parse_text("# one\n# two\nparam a = 1\nparam b = 2  # three\n\n# four\n\nparam c = 3\n");
    let docs = program.body.iter().map(|stmt| {
        if let super::ast::StmtKind::Param { doc, .. } = &stmt.kind {
            doc.clone().unwrap_or_default()
        } else {
            String::new()
        }
    });
    assert_eq!(docs.collect::<Vec<_>>(), ["one\ntwo", "three", ""]);
}
