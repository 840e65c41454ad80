//! Random jobs before and after the fixes of lints: the answer must stay the same.
//!
//! ```text
//! random_jobs lints --jobs 10000 --from 0      jobs made for lints; counts of what was mended, and what differs
//! random_jobs lint 17                          one of them, before and after
//! ```
//!
//! Jobs of `generate` seldom have anything to mend. So most of these are made here: pairs and numbers, what lints look for,
//! and what is like it but must be left alone; written as pipelines and as calls of methods. A job that fails as it is
//! may do anything afterwards but panic. Where a sort was dropped (W1108), lines may come in another order.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use sparkc::harness::base::{Code, SORT_NOT_SEEN};
use sparkc::harness::driver::{self, CheckedJob, Fixed};
use sparkc::harness::exec::OnError;

use crate::choices::Choices;
use crate::dialect::Dialect;
use crate::generate::{self, Job};
use crate::run::{Answer, Config, FIRST, NO_PASSES, Room, SECOND};

/// Every so many jobs one is of `generate`.
const GENERAL: u64 = 5;

/// Show the plan itself, which fixes are there to change.
const SHOWN: &[&str] = &["| id", "toDebugString"];

/// The job of a seed.
fn job(seed: u64) -> Job {
    let mut choices = Choices::random(Dialect::Engines, seed ^ 0x11f7);
    if seed.is_multiple_of(GENERAL) { generate::job(&mut choices) } else { Dense::new(&mut choices).job() }
}

/// The job with all fixes, and what they mend; none if nothing is found.
fn fixed(job: &Job) -> Result<Option<(Job, Vec<Code>)>, String> {
    let lints = |compiled: &CheckedJob| compiled.lints();
    let Fixed { text, applied, .. } =
        driver::fixed("job.spk", job.text.clone(), Path::new(""), &lints).map_err(|errors| {
            errors.diags.iter().map(|diag| diag.print_report(&errors.sources, false)).collect::<String>()
        })?;
    Ok((!applied.is_empty()).then(|| (Job { text, ..job.clone() }, applied)))
}

/// The text of an answer, its lines in order if that does not count.
fn shown(answer: &Answer, ordered: bool) -> String {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, bytes) in answer.files.iter().filter(|(path, _)| !path.starts_with("rejects")) {
        let name = if ordered { path.clone() } else { path.split('/').next().unwrap_or_default().to_owned() };
        files.entry(name).or_default().extend(String::from_utf8_lossy(bytes).lines().map(str::to_owned));
    }
    files.insert(String::new(), answer.out.lines().map(str::to_owned).collect());
    if !ordered {
        files.values_mut().for_each(|lines| lines.sort_unstable());
    }
    format!("{} {files:#?}", answer.status)
}

/// What differs after the fixes.
fn difference(room: &Room, job: &Job, tally: &mut BTreeMap<&'static str, u64>) -> Result<(), String> {
    let Some((after, applied)) = fixed(job)? else {
        *tally.entry("nothing found").or_default() += 1;
        return Ok(());
    };
    if SHOWN.iter().any(|name| job.text.contains(name)) {
        *tally.entry("ids are shown").or_default() += 1;
        return Ok(());
    }
    applied.iter().for_each(|code| *tally.entry(code.0).or_default() += 1);
    let before = room.run(job, &[FIRST])?.swap_remove(0);
    let configs: [Config; 3] = [FIRST, SECOND, NO_PASSES];
    let answers = room.run(&after, &configs)?;
    let ordered = !applied.contains(&SORT_NOT_SEEN);
    let wrong = |answer: &&Answer| {
        answer.is_bug() || before.status == "done" && shown(answer, ordered) != shown(&before, ordered)
    };
    *tally.entry(if before.status == "done" { "compared" } else { "failed as they are" }).or_default() += 1;
    match answers.iter().find(wrong) {
        None => Ok(()),
        Some(found) => {
            let (job, text) = (&job.text, &after.text);
            let (before, found) = (before.print(), found.print());
            Err(format!("{applied:?}\n---- job\n{job}---- fixed\n{text}==== before\n{before}\n==== after\n{found}"))
        }
    }
}

/// Runs jobs one after the other; what differs goes to standard output.
pub(crate) fn campaign(room: &Room, from: u64, jobs: u64) -> ExitCode {
    let (mut tally, mut failures) = (BTreeMap::new(), 0);
    for seed in from..from + jobs {
        room.note(seed);
        if let Err(why) = difference(room, &job(seed), &mut tally) {
            println!("seed {seed} (random_jobs lint {seed}): {why}\n\n################\n");
            failures += 1;
        }
        if failures == 3 {
            break;
        }
    }
    println!("{jobs} jobs from seed {from}: {failures} failures; {tally:?}");
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Shows a job before and after.
pub(crate) fn one(room: &Room, seed: u64) -> ExitCode {
    let job = job(seed);
    match fixed(&job) {
        Ok(Some((after, applied))) => println!("{}\n---- fixed {applied:?}\n{}", job.text, after.text),
        Ok(None) => println!("{}\n---- nothing found", job.text),
        Err(why) => println!("{}\n{why}", job.text),
    }
    campaign(room, seed, 1)
}

/// Types of values.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    Int,
    Float,
    Str,
    List(Box<Kind>),
    Pair(Box<Kind>, Box<Kind>),
}

use Kind::{Float, Int, List, Pair, Str};

impl Kind {
    fn pair(key: Self, value: Self) -> Self {
        Pair(Box::new(key), Box::new(value))
    }

    fn is_number(&self) -> bool {
        matches!(self, Int | Float)
    }
}

/// A pipeline in the making.
#[derive(Clone)]
struct Chain {
    text: String,
    kind: Kind,
    /// How a step begins: ` | ` or `.`.
    sign: &'static str,
}

/// Makes jobs for lints.
struct Dense<'c> {
    ch: &'c mut Choices,
    lines: Vec<String>,
    known: Vec<Chain>,
    inputs: Vec<(String, Vec<u8>)>,
    outputs: usize,
    counter: bool,
}

impl<'c> Dense<'c> {
    fn new(ch: &'c mut Choices) -> Self {
        let lines = vec!["param dir: str".to_owned()];
        Self { ch, lines, known: Vec::new(), inputs: Vec::new(), outputs: 0, counter: false }
    }

    fn job(mut self) -> Job {
        if self.ch.chance(8) {
            self.counter = true;
            self.lines.push("let seen = counter()".to_owned());
        }
        for n in 0..1 + self.ch.below(3) {
            let mut chain = self.source();
            for _ in 0..self.ch.below(6) {
                chain = self.step(chain);
            }
            self.lines.push(format!("let r{n} = {}", chain.text));
            self.known.push(Chain { text: format!("r{n}"), ..chain });
            for _ in 0..self.ch.below(3) {
                self.action();
            }
        }
        self.action();
        if self.counter {
            self.lines.push("print seen.value".to_owned());
        }
        let partitions = [2, 1, 3, 5][self.ch.below(4)];
        Job { text: self.lines.join("\n") + "\n", inputs: self.inputs, on_error: OnError::Fail, partitions }
    }

    fn sign(&mut self) -> &'static str {
        self.ch.pick(&[" | ", "\n  | ", "."])
    }

    fn source(&mut self) -> Chain {
        if !self.known.is_empty() && self.ch.chance(40) {
            let at = self.ch.below(self.known.len());
            return Chain { sign: self.sign(), ..self.known[at].clone() };
        }
        if self.ch.chance(20) {
            let name = format!("in{}.txt", self.inputs.len());
            let lines: Vec<String> = (0..self.ch.below(9)).map(|_| self.word()).collect();
            self.inputs.push((name.clone(), (lines.join("\n") + "\n").into_bytes()));
            let text = format!("textFile(f\"{{dir}}/{name}\", {})", 1 + self.ch.below(3));
            return Chain { text, kind: Str, sign: self.sign() };
        }
        let kind = match self.ch.below(5) {
            0 => self.scalar(),
            _ => Kind::pair(self.key(), self.scalar()),
        };
        let items: Vec<String> = (0..1 + self.ch.below(9)).map(|_| self.literal(&kind)).collect();
        let text = format!("parallelize([{}], {})", items.join(", "), 1 + self.ch.below(4));
        Chain { text, kind, sign: self.sign() }
    }

    fn scalar(&mut self) -> Kind {
        [Int, Str, Float][self.ch.weighted(&[5, 2, 2])].clone()
    }

    fn key(&mut self) -> Kind {
        [Str, Int, Float][self.ch.weighted(&[5, 3, 1])].clone()
    }

    fn word(&mut self) -> String {
        self.ch.pick(&["a", "b", "c", "", "ab", "é", "3", "-7"]).to_owned()
    }

    fn literal(&mut self, kind: &Kind) -> String {
        match kind {
            Int => self.ch.pick(&["1", "2", "0", "-1", "3", "7", "9223372036854775807", "-4"]).to_owned(),
            Float => self.ch.pick(&["0.5", "0.1", "-0.0", "0.0", "1e16", "float(\"nan\")", "-1.5"]).to_owned(),
            Str => format!("\"{}\"", self.word()),
            List(of) => format!("[{}]", self.literal(of)),
            Pair(key, value) => format!("({}, {})", self.literal(key), self.literal(value)),
        }
    }

    /// An expression of a value that has a name.
    fn of(&mut self, name: &str, kind: &Kind) -> (String, Kind) {
        let n = self.ch.below(10);
        let text = |text: &str| text.replace('V', name);
        match (kind, n) {
            (_, 0) => ("1".to_owned(), Int),
            (_, 1) => (text("str(V)"), Str),
            (Int, 2) => (text("V % 7"), Int),
            (Int, 3) => (text("abs(V % 100)"), Int),
            (Int, 4) => (text("-(V % 10)"), Int),
            (Int, 5) => (text("float(V)"), Float),
            (Int, 6) => (text("V // 3"), Int),
            (Str, 2..=4) => (text("len(V)"), Int),
            (Str, 5) => (text("V + \"x\""), Str),
            (Float, 2) => (text("V * 0.5"), Float),
            (List(of), 2) if of.is_number() => (text("sum(V)"), (**of).clone()),
            (List(of), 3) if !matches!(**of, List(_)) => (text("max(V)"), (**of).clone()),
            (List(_), 4 | 5) => (text("len(V)"), Int),
            (Pair(_, value), 2 | 3) => (text("V[1]"), (**value).clone()),
            (Pair(key, _), 4) => (text("V[0]"), (**key).clone()),
            (_, 7) if self.counter => (text("let _ = seen.add(1) in V"), kind.clone()),
            _ => (name.to_owned(), kind.clone()),
        }
    }

    fn apply(&mut self, chain: Chain, step: &str, kind: Kind) -> Chain {
        Chain { text: format!("{}{}{step}", chain.text, chain.sign), kind, ..chain }
    }

    fn step(&mut self, chain: Chain) -> Chain {
        let kind = chain.kind.clone();
        let any = self.ch.below(12);
        match any {
            0 => return self.apply(chain, "cache()", kind),
            1 => return self.apply(chain, "distinct()", kind),
            2 => return self.sort(chain),
            3 => return self.apply(chain, "repartition(3)", kind),
            4 if self.ch.chance(20) => return self.apply(chain, "sample(false, 0.7, 5)", kind),
            5 if self.ch.chance(30) => {
                let (name, count) = (self.ch.pick(&["zipWithIndex", "zipWithUniqueId"]), Int);
                return self.apply(chain, &format!("{name}()"), Kind::pair(kind, count));
            }
            _ => {}
        }
        match kind {
            Pair(key, value) => self.pair_step(chain, &key, &value),
            kind => {
                let (key, key_kind) = self.of("x", &kind);
                let (value, value_kind) = self.of("x", &kind);
                self.apply(chain, &format!("map(x -> ({key}, {value}))"), Kind::pair(key_kind, value_kind))
            }
        }
    }

    fn sort(&mut self, chain: Chain) -> Chain {
        let kind = chain.kind.clone();
        let size = self.ch.pick(&["", "", ", false", ", true, 4"]);
        let keys: &[&str] = match &kind {
            Pair(..) => &["p -> p[1]", "p -> p", "p -> p[0]", "p -> str(p[0])"],
            Int | Float | Str | List(_) => &["x -> x", "x -> str(x)", "x -> 0"],
        };
        let key = self.ch.pick(keys);
        let keyed = matches!(kind, Pair(..)) && self.ch.chance(50);
        let text = if keyed { "sortByKey()".to_owned() } else { format!("sortBy({key}{size})") };
        self.apply(chain, &text, kind)
    }

    fn pair_step(&mut self, chain: Chain, key: &Kind, value: &Kind) -> Chain {
        let same = chain.kind.clone();
        let n = self.ch.pick(&["", "", "", "4", "3"]);
        let also = if n.is_empty() { String::new() } else { format!(", {n}") };
        match self.ch.below(15) {
            0 | 1 => {
                let (text, kind) = self.of("v", value);
                self.apply(chain, &format!("map((k, v) -> (k, {text}))"), Kind::pair(key.clone(), kind))
            }
            2 => {
                let (text, kind) = self.of("p[1]", value);
                self.apply(chain, &format!("map(p -> (p[0], {text}))"), Kind::pair(key.clone(), kind))
            }
            3 => {
                let (text, kind) = self.of("v", value);
                self.apply(chain, &format!("mapValues(v -> {text})"), Kind::pair(key.clone(), kind))
            }
            4 | 5 => {
                let lists = Kind::pair(key.clone(), List(Box::new(value.clone())));
                let chain = self.apply(chain, &format!("groupByKey({n})"), lists);
                if self.ch.chance(70) { self.reduced(chain, key, value) } else { chain }
            }
            6 | 7 => {
                let op = match value {
                    Int => self.ch.pick(&["+", "max", "min", "(a, b) -> a"]),
                    Float | Str => self.ch.pick(&["max", "min", "+"]),
                    List(_) => self.ch.pick(&["+", "(a, b) -> b"]),
                    Pair(..) => self.ch.pick(&["max", "(a, b) -> a"]),
                };
                self.apply(chain, &format!("reduceByKey({op}{also})"), same)
            }
            8 => self.apply(chain, &format!("partitionBy({})", if n.is_empty() { "4" } else { n }), same),
            9 => self.apply(chain, "filter((k, v) -> str(k) != \"b\")", same),
            10 => {
                let (kind, rest) = if self.ch.chance(50) { (key, "keys()") } else { (value, "values()") };
                self.apply(chain, rest, kind.clone())
            }
            11 if !matches!(value, List(_)) => {
                let swapped = Kind::pair(value.clone(), key.clone());
                self.apply(chain, "map((k, v) -> (v, k))", swapped)
            }
            12 | 13 => self.joined(chain, key, value, &also),
            _ => self.apply(chain, "flatMapValues(v -> [v, v])", same),
        }
    }

    fn reduced(&mut self, chain: Chain, key: &Kind, value: &Kind) -> Chain {
        let exact = matches!(value, Int | Float | Str);
        let (name, kind) = match self.ch.below(5) {
            1 if value.is_number() => ("sum", value.clone()),
            2 if exact => ("max", value.clone()),
            3 if exact => ("min", value.clone()),
            _ => ("len", Int),
        };
        let text = match self.ch.below(5) {
            0 => format!("mapValues(vs -> {name}(vs))"),
            1 => format!("mapValues(vs -> vs.{name}())"),
            2 => format!("map((k, vs) -> (k, {name}(vs)))"),
            _ => format!("mapValues({name})"),
        };
        self.apply(chain, &text, Kind::pair(key.clone(), kind))
    }

    fn joined(&mut self, chain: Chain, key: &Kind, value: &Kind, also: &str) -> Chain {
        let fits = |known: &&Chain| matches!(&known.kind, Pair(other, _) if **other == *key);
        let known: Vec<Chain> = self.known.iter().filter(fits).cloned().collect();
        let other = match known.len() {
            0 => {
                let kind = Kind::pair(key.clone(), Int);
                let items: Vec<String> = (0..1 + self.ch.below(4)).map(|_| self.literal(&kind)).collect();
                let text = format!("parallelize([{}], {})", items.join(", "), 1 + self.ch.below(3));
                Chain { text, kind, sign: "." }
            }
            n => known[self.ch.below(n)].clone(),
        };
        let Pair(_, right) = other.kind.clone() else { return chain };
        let both = Kind::pair(key.clone(), Pair(Box::new(value.clone()), right));
        match self.ch.below(4) {
            0 => self.apply(
                chain,
                &format!("subtractByKey({}{also})", other.text),
                Kind::pair(key.clone(), value.clone()),
            ),
            1 if other.kind == chain.kind => {
                let same = chain.kind.clone();
                self.apply(chain, &format!("union({})", other.text), same)
            }
            _ => {
                let joined = self.apply(chain, &format!("join({}{also})", other.text), both);
                match self.ch.below(4) {
                    0 => {
                        let left = Kind::pair(key.clone(), value.clone());
                        let chain = self.apply(joined, "map((k, (v, _)) -> (k, v))", left.clone());
                        if self.ch.chance(60) { self.apply(chain, "distinct()", left) } else { chain }
                    }
                    1 => {
                        let chain = self.apply(joined, "keys()", key.clone());
                        if self.ch.chance(60) { self.apply(chain, "distinct()", key.clone()) } else { chain }
                    }
                    _ => joined,
                }
            }
        }
    }

    fn action(&mut self) {
        let mut chain = self.source();
        for _ in 0..self.ch.below(3) {
            chain = self.step(chain);
        }
        let looped = self.ch.chance(8);
        if looped {
            self.lines.push("for _ in range(2) {".to_owned());
        }
        let line = self.last(&chain);
        self.lines.push(line);
        if looped {
            self.lines.push("}".to_owned());
        }
    }

    fn last(&mut self, chain: &Chain) -> String {
        let (text, sign) = (&chain.text, chain.sign);
        let stage = |action: &str| format!("{text}{sign}{action}");
        let value = |action: &str| if sign == "." { stage(action) } else { format!("({})", stage(action)) };
        let is_pair = matches!(chain.kind, Pair(..));
        let flat = !matches!(chain.kind, List(_));
        match self.ch.below(20) {
            0 => format!("print(len({}))", stage("collect()")),
            1 => format!("print({}[0])", value("collect()")),
            2 => format!("print({} == 0)", value("count()")),
            3 => format!("print({} > 0)", value("count()")),
            4 if flat => format!("print({})", stage("collect()") + sign + "max()"),
            5 if flat => format!("print(min({}))", stage("collect()")),
            6 if chain.kind == Int => format!("print({})", stage("collect()") + sign + "sum()"),
            7 => format!("print({})", stage("isEmpty()")),
            8 if chain.kind.is_number() => format!("print({})", stage("sum()")),
            9 if flat => format!("print({})", stage("collect()") + sign + "sorted()"),
            10 => format!("print({})", stage("take(2)")),
            11 => format!("print({})", stage("glom()") + sign + "collect()"),
            12 if flat => format!("print({})", stage("top(2)")),
            13 => {
                self.outputs += 1;
                stage(&format!("saveAsTextFile(f\"{{dir}}/out{}\")", self.outputs))
            }
            14 if is_pair => format!("print({})", stage("sortByKey()") + sign + "collect()"),
            15 => format!("print({})", stage("numPartitions()")),
            16 | 17 => format!("print({})", stage("count()")),
            18 => stage("print()"),
            _ => format!("print({})", stage("collect()")),
        }
    }
}
