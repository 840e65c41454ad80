//! `sparkc emit pyspark`: a readable PySpark program that gives the same answers.
//!
//! ```text
//! let n = textFile("in/x") | flatMap split " " | map (w, 1) | reduceByKey +
//! n = sc.textFile("in/x").flatMap(lambda x: x.split(" ")).map(lambda w: (w, 1)).reduceByKey(lambda a, b: a + b)
//! ```
//!
//! The program is made from the syntax tree and what the checker found: which row of the catalog each call is (its
//! `pyspark` template is filled with the arguments), how arguments that are functions were read, and types. Patterns become
//! indexes, records dicts, `let` in functions a `def`. Python's closures see variables as they are when Spark pickles them,
//! so what a loop or an assignment changes is handed to lambdas as a default argument, and to functions that the user
//! defined at each call. Python has no blocks: a name of a block that hides another gets one of its own.

mod expr;
mod function;
mod names;
mod prelude;
mod scope;
mod statement;
mod template;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::base::source::{Sources, Span};
use crate::hir;
use crate::sema::Checked;

use scope::{BlockName, Handed, UserDef};

/// A job that has been checked.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// All texts.
    pub sources: &'a Sources,
    /// The typed program.
    pub program: &'a hir::Program,
    /// The syntax tree with all that the checker found.
    pub checked: &'a Checked,
}

/// The program as Python; `params` are values of the job's parameters as text.
pub fn emit(job: Job<'_>, params: &[(String, String)]) -> String {
    let mut handed = HashMap::new();
    loop {
        // A function may call one that is defined behind it: what that needs is known the next time.
        let mut emitter = Emitter::new(job, params, handed);
        for program in &job.checked.ast {
            emitter.program(program);
        }
        if emitter.handed_now == emitter.handed {
            return emitter.finish();
        }
        handed = emitter.handed_now;
    }
}

/// How tightly a piece of Python binds.
type Prec = u8;

/// Levels of binding, from loose to tight.
mod prec {
    use super::Prec;
    pub(super) const LAMBDA: Prec = 0;
    pub(super) const IF: Prec = 1;
    pub(super) const OR: Prec = 2;
    pub(super) const AND: Prec = 3;
    pub(super) const NOT: Prec = 4;
    pub(super) const COMPARE: Prec = 5;
    pub(super) const SUM: Prec = 9;
    pub(super) const PRODUCT: Prec = 10;
    pub(super) const NEGATIVE: Prec = 11;
    pub(super) const POWER: Prec = 12;
    pub(super) const POSTFIX: Prec = 14;
    pub(super) const ATOM: Prec = 15;
}

/// An expression of Python.
#[derive(Clone, Debug)]
struct Py {
    text: String,
    prec: Prec,
    /// The text in pieces, where each begins with a dot but the first: a chain of methods.
    chain: Vec<String>,
}

impl Py {
    fn new(text: impl Into<String>, prec: Prec) -> Self {
        Self { text: text.into(), prec, chain: Vec::new() }
    }

    fn atom(text: impl Into<String>) -> Self {
        Self::new(text, prec::ATOM)
    }

    /// The text where something that binds at least so tightly is needed.
    fn at(&self, least: Prec) -> String {
        if self.prec < least { format!("({})", self.text) } else { self.text.clone() }
    }
}

/// Writes the program.
struct Emitter<'a> {
    job: Job<'a>,
    params: &'a [(String, String)],
    lines: Vec<String>,
    indent: usize,
    /// What the names of parameters and of bound variables are in Python, innermost last.
    scopes: Vec<HashMap<String, String>>,
    /// Names made up for parameters that are in use.
    fresh: Vec<String>,
    /// Variables of the driver that the function at hand uses and that change.
    refs: BTreeSet<Handed>,
    /// How many lambdas are around.
    depth: usize,
    /// Whether this is the body of a `def`, where no other can be put before the statement.
    in_def: bool,
    /// All names that the driver binds.
    taken: HashSet<String>,
    /// All words of the job's text.
    written: HashSet<&'a str>,
    /// What the top level has bound so far.
    declared: HashSet<String>,
    /// What the blocks around have bound so far, innermost last.
    blocks: Vec<HashMap<&'a str, BlockName<'a>>>,
    /// Variables of the driver that change.
    changing: HashSet<String>,
    /// User functions of the top level.
    defs: HashMap<&'a str, UserDef<'a>>,
    /// What user functions are handed of the driver's variables, by the places of their names: as far as it is known.
    handed: HashMap<Span, Vec<Handed>>,
    /// The same, as it is found out.
    handed_now: HashMap<Span, Vec<Handed>>,
    imports: BTreeSet<&'static str>,
    /// Functions of the prelude that the program calls, by their names.
    prelude: BTreeSet<&'static str>,
    from_pyspark: BTreeSet<&'static str>,
    /// Variables that are ranges, by their names in Python, as RDDs.
    ranges: HashMap<String, String>,
    /// How many functions were made of lambdas.
    hoisted: usize,
}

impl<'a> Emitter<'a> {
    fn new(job: Job<'a>, params: &'a [(String, String)], handed: HashMap<Span, Vec<Handed>>) -> Self {
        let programs = &job.checked.ast;
        let texts = programs.iter().map(|program| &*job.sources.file(program.file).text);
        Self {
            job,
            params,
            lines: Vec::new(),
            indent: 0,
            scopes: Vec::new(),
            fresh: Vec::new(),
            refs: BTreeSet::new(),
            depth: 0,
            in_def: false,
            taken: names::all_names(programs),
            written: texts.flat_map(words::written).collect(),
            declared: HashSet::new(),
            blocks: Vec::new(),
            changing: names::changing_names(programs),
            defs: HashMap::new(),
            handed,
            handed_now: HashMap::new(),
            imports: BTreeSet::new(),
            prelude: BTreeSet::new(),
            from_pyspark: BTreeSet::from(["SparkConf", "SparkContext"]),
            ranges: HashMap::new(),
            hoisted: 0,
        }
    }

    fn line(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().split('\n') {
            let indent = if line.is_empty() { 0 } else { self.indent };
            self.lines.push(format!("{}{line}", "    ".repeat(indent)));
        }
    }

    fn finish(self) -> String {
        let mut out = String::new();
        for module in &self.imports {
            out += &format!("import {module}\n");
        }
        if !self.imports.is_empty() {
            out.push('\n');
        }
        let names: Vec<&str> = self.from_pyspark.iter().copied().collect();
        out += &format!("from pyspark import {}\n\n", names.join(", "));
        out += &prelude::definitions(&self.prelude);
        out += "sc = SparkContext.getOrCreate(SparkConf().setMaster(\"local[2]\"))\n\n";
        for line in &self.lines {
            out += line;
            out.push('\n');
        }
        out
    }
}

/// A variable's name in Python; no two names have the same.
fn variable(name: &str) -> String {
    if words::is_reserved(name.trim_end_matches('_')) { format!("{name}_") } else { name.to_owned() }
}

/// A text as a literal of Python.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            c if (c as u32) < 32 || c as u32 == 127 => out += &format!("\\x{:02x}", c as u32),
            c if (0x80..0xa1).contains(&(c as u32)) || (0x2000..0x2070).contains(&(c as u32)) || c == '\u{feff}' => {
                out += &format!("\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
