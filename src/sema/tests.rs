//! `check` on snippets, and a walk over the catalog.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use crate::base::diag::Severity;
use crate::base::source::Sources;
use crate::catalog;
use crate::catalog::row::Imp;
use crate::hir::Lambda;
use crate::types::ty::Ty;

use super::args::{Ready, Site};
use super::{Checked, check};

fn run(text: &str) -> Checked {
    let mut sources = Sources::default();
    let file = sources.add("test.spk", text);
    let used = |path: &str| match path {
        "lib/plus.spk" => Ok("def plus(a, b) = a + b\n"),
        "lib/all.spk" => Ok("use \"plus.spk\"\n"),
        "me.spk" => Ok("use \"me.spk\"\n"),
        _ => Err("no such file".to_owned()),
    };
    check(&mut sources, file, &|path| Ok((path.to_owned(), used(path)?.to_owned())))
}

/// The types of the top-level lets, or the first error.
fn types(text: &str) -> String {
    let checked = run(text);
    if let Some(diag) = checked.diags.iter().find(|diag| diag.severity == Severity::Error) {
        return format!("{} {} [{}]", diag.code, diag.message, diag.help.clone().unwrap_or_default());
    }
    lawful(&checked, text);
    let lets: Vec<String> = checked.lets.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
    lets.join("; ")
}

/// The program keeps the laws of HIR.
#[track_caller]
fn lawful(checked: &Checked, text: &str) {
    let Some(program) = &checked.program else { return };
    let wrong = super::verify::verify(program);
    assert!(wrong.is_empty(), "{}\n{}", text.chars().take(2000).collect::<String>(), wrong.join("\n"));
}

#[track_caller]
fn is(text: &str, expected: &str) {
    assert_eq!(types(text), expected, "\n{}", text.chars().take(2000).collect::<String>());
}

#[track_caller]
fn fails(text: &str, expected: &str) {
    let found = types(text);
    assert!(found.starts_with(expected), "\n{text}\n  expected {expected}\n  found    {found}");
}

#[test]
fn the_smallest_job() {
    is("textFile(\"in/x\") | flatMap split \" \" | map (w,1) | reduceByKey +", "_: rdd[(str, int)]");
}

#[test]
fn function_arguments() {
    let lines = "textFile(\"x\") | ";
    is(&format!("{lines}map splitCsv"), "_: rdd[list[str]]");
    is(&format!("{lines}map f -> f[3]"), "_: rdd[str]");
    is(&format!("{lines}map int | filter x > 3"), "_: rdd[int]");
    is(&format!("{lines}map len | reduce max | print"), "");
    is(&format!("{lines}map x -> (x, len(x)) | map (k, v) -> v"), "_: rdd[int]");
    is(&format!("{lines}map x -> (x, (1, 2.0)) | map (k, (a, b)) -> b"), "_: rdd[float]");
    is(&format!("{lines}keyBy len | mapValues x -> x.upper()"), "_: rdd[(int, str)]");
    is(
        "def twice(f, x) = f(f(x))\nlet _a = twice(x + 1, 3)\nlet _b = twice(s -> s + \"!\", \"a\")",
        "_a: int; _b: str",
    );
    is("def plus(a, b) = a + b\nlet _x = parallelize [(1, 2)] | map plus | reduce plus", "_x: int");
}

#[test]
fn airports_and_averages() {
    is(
        r#"
let airports = textFile("in/airports.text")
airports
  | map splitCsv
  | filter f -> f[3] == "\"United States\""
  | map f -> f"{f[1]}, {f[2]}"
  | saveAsTextFile "out/airports_in_usa.text"
"#,
        "airports: rdd[str]",
    );
    is(
        r#"
param input: str = "in/RealEstate.csv"
type AvgCount = {count: int, total: float}
def plus(a: AvgCount, b: AvgCount) = {count: a.count + b.count, total: a.total + b.total}

let prices = textFile(input)
  | filter line -> "Bedrooms" not in line
  | map line -> let f = line.split(",") in (int(float(f[3])), {count: 1, total: float(f[2])})
  | reduceByKey plus
let average = prices | mapValues p -> p.total / p.count
average | sortByKey | foreach (bedrooms, price) -> print f"{bedrooms} : {price}"
"#,
        "prices: rdd[(int, {count: int, total: float})]; average: rdd[(int, float)]",
    );
}

#[test]
fn joins_and_pagerank() {
    is(
        r#"
let ages = parallelize [("Tom", 29), ("John", 22)]
let addresses = parallelize [("James", "USA"), ("John", "UK")]
let left = ages | leftOuterJoin addresses
left | collect | print
ages | join addresses | mapValues (age, country) -> f"{age} {country}" | print
let regions = textFile("in/uk-postcode.csv") | map l -> (l.split(",")[0], l.split(",")[7]) | collectAsMap
addresses | map m -> regions.get(m[0]) ?? "Unknown" | countByValue | print
"#,
        "ages: rdd[(str, int)]; addresses: rdd[(str, str)]; left: rdd[(str, (int, str?))]; regions: map[str, str]",
    );
    is(
        r#"
let links = textFile("in/links.txt") | map l -> (l.split(" ")[0], l.split(" ")[1]) | distinct | groupByKey | cache
ranks = links | mapValues _ -> 1.0
for i in range(10) {
  ranks = links | join ranks | flatMap (url, (urls, rank)) -> urls.map(u -> (u, rank / len(urls)))
                | reduceByKey + | mapValues r -> 0.15 + 0.85 * r
}
ranks | takeOrdered 10, (url, rank) -> -rank | print
"#,
        "links: rdd[(str, list[str])]; ranks: rdd[(str, float)]",
    );
}

#[test]
fn values() {
    is("let _x = 1 + 2.5", "_x: float");
    is("let _x = 7 / 2", "_x: float");
    is("let _x = -3 // 2", "_x: int");
    is("let _x = 1 < 2.5 <= 3", "_x: bool");
    is("let _x = if 1 < 2 then None else 3", "_x: int?");
    is("let _x = if 1 < 2 then 3 else None", "_x: int?");
    is("let _x = [1, None, 2]", "_x: list[int?]");
    is("let _x = (1, \"a\")[1]", "_x: str");
    is("let _x = {a: 1, b: \"x\"}\nlet _y = {_x with a: 2}.a", "_x: {a: int, b: str}; _y: int");
    is(
        "let _x = {1, 2}\nlet _y = {\"a\": 1}\nlet _z: map[str, int] = {:}",
        "_x: set[int]; _y: map[str, int]; _z: map[str, int]",
    );
    is("let _x = \"abc\"[1:]\nlet _y = [1, 2][::-1]", "_x: str; _y: list[int]");
    is("let _x = [x * 2 for x in [1, 2] if x > 1]", "_x: list[int]");
    is("let _x = [k for (k, v) in [(1, 2)]]", "_x: list[int]");
    is("let (_a, (_b, _)) = (1, (\"x\", 2.0))", "_a: int; _b: str");
    is("let _x: float? = 1.0", "_x: float?");
    is("let _x = Some(1).map(x -> x + 1) ?? 0", "_x: int");
    is("let _x = [1, 2].map(x + 1).filter(x > 1)", "_x: list[int]");
    is("let _x = 2 in [1] and \"a\" not in \"abc\"", "_x: bool");
    is("let _x = Some(1) == None", "_x: bool");
    is("let _x = f\"a{1.5:.2f}b{1}\"", "_x: str");
}

#[test]
fn driver_statements() {
    is(
        "let n = 0\nfor i in range(3) { n = n + i }\nwhile n > 0 { n = n - 1 }\nif n == 0 { print n } else { print \"no\" }",
        "n: int",
    );
    is("use \"lib/all.spk\"\nlet _x = plus(1, 2)", "_x: int");
    is("let seen = counter()\nparallelize [1] | foreach x -> seen.add(x)\nprint seen.value", "seen: counter");
    is("def evens(r: rdd[int]) = r | filter x % 2 == 0\nrange(4) | evens | print", "");
    is("range(4)", "_: rdd[int]");
    is("let a = range(4)\na | map x + 1 | collect | print", "a: rdd[int]");
    is("let a = range(4)\nfor i in a { print i }", "a: list[int]");
    is("let a = range(4)\nlet b = range(2)\nprint(len(a))\na | union b | print", "a: list[int]; b: rdd[int]");
    is("parallelize(range(4), 2) | glom | print", "");
}

#[test]
fn errors() {
    fails("let x = y1", "E0301 unknown name `y1`");
    fails("let lines = textFile(\"x\")\nliens | count | print", "E0301 unknown name `liens` [did you mean `lines`?]");
    fails(
        "textFile(\"x\") | redcueByKey +",
        "E0302 unknown function or operator `redcueByKey` [did you mean `reduceByKey`?]",
    );
    fails(
        "parallelize [1] | reduceByKey +",
        "E0201 `reduceByKey` works on rdd[(?, ?)], and this is rdd[int] [make pairs",
    );
    fails(
        "parallelize [(set([1]), 1)] | reduceByKey +",
        "E0205 `reduceByKey` needs a key that can be hashed; `set[int]` cannot be hashed as a key",
    );
    fails("1 + \"a\" | print", "E0202 `+` does not take int and str");
    fails("parallelize [1, 2] | reduce a + b | print", "E0207 `a` and `b` are free");
    fails("let x = [1, 2.0]", "E0211 the elements differ: int and float");
    fails("let x = if 1 < 2 then 1 else \"a\"", "E0211 the branches differ");
    fails("let x = 1\nlet x = 2", "E0304 `x` is defined twice");
    fails("let x = 1\nx = \"a\"", "E0218 `x` is int, and the new value is str");
    fails("def f(x) = f(x)\nprint(f(1))", "E0217 `f` uses itself");
    fails("def f(x) = zz1(x)", "E0302 unknown function or operator `zz1`");
    fails("def f(x: int) = x + \"a\"", "E0202 `+` does not take int and str");
    fails(
        "let r = parallelize [1]\nparallelize [2] | map x -> r.count() | print",
        "E0208 an RDD cannot be used inside",
    );
    fails("if 1 { print 2 }", "E0201 expected bool, found int [compare it");
    fails("parallelize [1] | filter x | print", "E0201 expected bool, found int");
    fails("let x = {count: 1}.cuont", "E0210 {count: int} has no field `cuont` [did you mean `count`?]");
    fails("let x = f\"{\"a\":.2f}\"", "E0212");
    fails("let x: string = \"a\"", "E0303 unknown type `string` [did you mean `str`?]");
    fails("parallelize [1] | sample false, 1", "E0201 expected float, found int [write `1.0`]");
    fails("parallelize [1] | sample false, 1.0, sed: 1", "E0204 `sample` has no parameter `sed`");
    fails("parallelize [1] | take | print", "E0203 `take` needs the argument `num`");
    fails("use \"gone.spk\"", "E0306");
    fails("use \"me.spk\"", "E0307");
    fails("let f = x -> x", "E0219");
    fails("let x = [textFile(\"a\")]", "E0209");
    fails("print sc.textFile(\"a\")", "E0301 unknown name `sc` [there is no SparkContext");
    fails("textFile(\"x\") | flatMap split(\" \")", "E0206 expected a function, found a call of `split`");
}

#[test]
fn all_errors_of_a_program_in_one_run() {
    let checked = run("let a = y1\nlet b = 1 + \"x\"\nlet c = z9z(1)\n");
    let codes: Vec<&str> = checked.diags.iter().map(|diag| diag.code.0).collect();
    assert_eq!(codes, ["E0301", "E0202", "E0302"]);
}

#[test]
fn unused_names_are_warnings() {
    let checked = run("let a = 1\ndef f(x) = x\nparam p = 1\nlet _b = 2\n");
    let codes: Vec<&str> = checked.diags.iter().map(|diag| diag.code.0).collect();
    assert_eq!(codes, ["W1001", "W1002", "W1003"]);
    assert!(checked.program.is_some());
}

#[test]
fn limits() {
    let stages = " | map x -> x + 1".repeat(9_990);
    is(&format!("range(3){stages} | count | print"), "");
    let mut defs = String::from("def f0(x) = x + x\n");
    for n in 1..40 {
        defs.push_str(&format!("def f{n}(x) = f{}(x) + f{}(x)\n", n - 1, n - 1));
    }
    fails(&format!("{defs}print(f39(1))"), "E0216 the program becomes larger");
    let pairs = " | map x -> (x, x)".repeat(40);
    fails(&format!("range(3){pairs} | count | print"), "E0216 the type of this value is too large");
    let sum = "1 + ".repeat(5000);
    let found = types(&format!("print({sum}1)"));
    assert!(found.is_empty() || found.starts_with("E0"), "{found}");
}

#[test]
fn every_row_is_complete() {
    for section in catalog::sections().iter() {
        for row in section.rows {
            let name = row.name;
            let sig = crate::types::signature::parse(row.sig).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert!(row.doc.ends_with('.'), "{name}: doc");
            if section.title.is_empty() {
                continue;
            }
            assert!(!row.examples.is_empty(), "{name}: examples");
            for used in row.pyspark.split('{').skip(1) {
                let used = used.trim_start_matches([',', ' ', '=']);
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let closed = row.pyspark.contains(&format!("{used}}}"));
                let known = used.is_empty() || !closed || sig.params.iter().any(|param| *param.name == *used);
                assert!(known, "{name}: `{used}` in {}", row.pyspark);
            }
        }
    }
}

#[test]
fn every_text_of_the_catalog_parses() {
    for row in catalog::sections().iter().flat_map(|section| section.rows) {
        if let Imp::Spk(text) = row.imp {
            super::bodies::parse_body(row.name, text).unwrap_or_else(|why| panic!("{why}"));
        }
    }
}

#[test]
fn every_example_checks() {
    let mut wrong = Vec::new();
    for row in catalog::sections().iter().flat_map(|section| section.rows) {
        for (example, _) in row.examples {
            let text = format!("let _x = {example}\n");
            let checked = run(&text);
            lawful(&checked, &text);
            if let Some(diag) = checked.diags.iter().find(|diag| diag.severity == Severity::Error) {
                wrong.push(format!("{}: {example}: {} {}", row.name, diag.code, diag.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_job_checks() {
    let mut wrong = Vec::new();
    let mut files: Vec<_> = walk(std::path::Path::new("jobs"));
    files.extend(walk(std::path::Path::new("tests/cases")));
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let case = text.lines().position(|line| line.starts_with("---- "));
        let of_check = ["/errors/types/", "/errors/names/", "/errors/syntax/"]
            .iter()
            .any(|dir| path.to_string_lossy().contains(dir));
        let errors = text.split("---- errors\n").nth(1);
        let expects_errors = of_check && errors.is_some_and(|errors| !errors.is_empty());
        let program: Vec<&str> = text.lines().take(case.unwrap_or(usize::MAX)).collect();
        let mut sources = Sources::default();
        let file = sources.add(path.display().to_string(), program.join("\n") + "\n");
        let dir = path.parent().expect("a directory").to_owned();
        let checked = check(&mut sources, file, &|used| {
            let from_file = std::fs::read_to_string(dir.join(used));
            let found = from_file.or_else(|_| section(&text, used).ok_or_else(|| "no such file".to_owned()));
            Ok((used.to_owned(), found?))
        });
        lawful(&checked, &text);
        for diag in &checked.diags {
            if diag.severity == Severity::Error && !path.starts_with("tests/cases/errors") {
                let help = diag.help.clone().unwrap_or_default();
                let line = sources.text(diag.span()).chars().take(60).collect::<String>();
                wrong.push(format!("{} [{help}] `{line}`", diag.print_line(&sources)));
            }
        }
        let warned = !checked.diags.is_empty();
        if checked.program.is_some() && expects_errors && !warned {
            wrong.push(format!("{}: no error", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// The programs of jobs, cases and examples.
pub(super) fn job_texts() -> Vec<String> {
    let mut texts = Vec::new();
    for path in walk(std::path::Path::new("jobs")).into_iter().chain(walk(std::path::Path::new("tests/cases"))) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        texts.push(text.split("\n---- ").next().unwrap_or("").to_owned());
    }
    for row in catalog::sections().iter().flat_map(|section| section.rows) {
        texts.extend(row.examples.iter().map(|(example, _)| format!("let x = {example}\nprint(x)\n")));
    }
    texts
}

/// Texts of the catalog have places in no file: what they become is at the call.
#[test]
fn places_are_in_the_program() {
    let blanks = format!("# {}\n", "-".repeat(5_000));
    for job in job_texts() {
        let mut sources = Sources::default();
        let file = sources.add("test.spk", format!("{blanks}{job}\n"));
        let checked = check(&mut sources, file, &|_| Err("not there".into()));
        if let Some(program) = &checked.program {
            assert_eq!(super::verify::verify_from(program, 5_000), [""; 0], "\n{job}");
        }
        for diag in &checked.diags {
            assert!(diag.labels.iter().all(|(span, _)| span.start >= 5_000), "{}\n{job}", diag.message);
        }
    }
}

/// The text of an input section of a case.
fn section(text: &str, name: &str) -> Option<String> {
    let start = text.find(&format!("---- in/{name}\n")).or_else(|| text.find(&format!("---- {name}\n")))?;
    let body = text[start..].split_once('\n')?.1;
    Some(body.split("\n---- ").next().unwrap_or("").to_owned())
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(dir) else { return found };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            found.extend(walk(&path));
        } else if path.extension().is_some_and(|ext| ext == "spk") {
            found.push(path);
        }
    }
    found
}

/// Texts of the catalog check against their signatures, whatever the type variables stand for.
#[test]
fn texts_of_the_catalog_fit_their_signatures() {
    let pair = Ty::pair(Ty::Str, Ty::option(Ty::Float));
    for ty in [Ty::Int, Ty::Float, Ty::Str, Ty::Bool, pair, Ty::list(Ty::Int), Ty::unit()] {
        for (name, entry) in spk_entries() {
            let allowed = entry.sig.constraints.iter().all(|(_, constraint)| constraint.holds(&ty) == Some(true));
            if !allowed {
                continue;
            }
            let found = expand(entry, &ty);
            assert!(found.is_empty(), "{name}{} with {ty}: {}", entry.row.sig, found.join("; "));
        }
    }
}

fn spk_entries() -> Vec<(&'static str, &'static catalog::Entry)> {
    let mut names: Vec<&str> =
        catalog::sections().iter().flat_map(|section| section.rows).map(|row| row.name).collect();
    names.dedup();
    let entries = names.into_iter().flat_map(|name| catalog::lookup(name, true).iter().map(move |entry| (name, entry)));
    entries.filter(|(_, entry)| matches!(entry.row.imp, Imp::Spk(_))).collect()
}

/// A type of a signature with one type in the place of all variables.
fn all_are(of: &Ty, ty: &Ty) -> Ty {
    super::calls::instantiate(of, &vec![ty.clone(); 26])
}

/// The mistakes when a row is used with one type in the place of all its variables.
fn expand(entry: &'static catalog::Entry, ty: &Ty) -> Vec<String> {
    let span = super::NOWHERE;
    let mut checker = super::Checker::new();
    let instance = checker.instance(&entry.sig);
    for (param, own) in instance.params.iter().zip(&entry.sig.params) {
        let all = all_are(&own.ty, ty);
        let all = if own.optional { Ty::option(all) } else { all };
        assert!(checker.infer.unify(param, &all), "{} with {ty}", entry.row.name);
    }
    checker.infer.unify(&instance.result, &all_are(&entry.sig.result, ty));
    let ready = instance.params.iter().map(|param| match checker.infer.zonk(param, None) {
        Ty::Func(params, result) => {
            let params = params.iter().map(|ty| checker.local("p", ty.clone())).collect();
            let local = checker.local("r", (*result).clone());
            Ready::Func(Lambda { params, body: checker.read(local, span) })
        }
        param => {
            let local = checker.local("a", param);
            Ready::Value(checker.read(local, span))
        }
    });
    let ready: Vec<Ready> = ready.collect();
    let site = Site { name: entry.row.name, name_span: span, span, id: None, stage: true, expr: None };
    let scope = super::scope::Scope::top();
    let expected = checker.infer.zonk(&instance.result, None);
    let built = checker.build(entry, instance, ready, site, &scope);
    let found = checker.infer.zonk(&built.ty, None);
    let mut wrong: Vec<String> = checker.diags.iter().map(|diag| format!("{} {}", diag.code, diag.message)).collect();
    if found != expected {
        wrong.push(format!("gives {found} and not {expected}"));
    }
    wrong
}
