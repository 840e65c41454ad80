//! The emitter: what it knows while it goes through a program, and the lines that it has written.

use std::collections::{BTreeSet, HashMap};

use super::job::Job;
use super::prelude;
use super::scope::Scope;

/// Writes a program.
pub(super) struct Emitter<'a> {
    pub(super) job: Job<'a>,
    /// Values of the job's parameters as text.
    pub(super) params: &'a [(String, String)],
    pub(super) lines: Vec<String>,
    pub(super) indent: usize,
    /// The Python names of variables.
    pub(super) scope: Scope<'a>,
    /// Whether this is the body of a `def`, where no other can be put before the statement.
    pub(super) in_def: bool,
    pub(super) imports: Imports,
    /// The RDDs of variables that began as a range, by the names of the variables in Python.
    pub(super) ranges: HashMap<String, RangeVariable>,
    /// How many functions were made of lambdas.
    pub(super) hoisted: usize,
}

/// A variable that began as a range.
#[derive(Clone)]
pub(super) struct RangeVariable {
    /// Whether the program uses it as a list.
    pub(super) list: bool,
    /// The name of the RDD of its elements, where the program uses it as one.
    pub(super) rdd: Option<String>,
}

/// The parts of the prelude and the imports that the program uses.
pub(super) struct Imports {
    pub(super) modules: BTreeSet<&'static str>,
    pub(super) from_pyspark: BTreeSet<&'static str>,
    /// Functions of the prelude, by their names.
    pub(super) prelude: BTreeSet<&'static str>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(job: Job<'a>, params: &'a [(String, String)], scope: Scope<'a>) -> Self {
        let imports = Imports {
            modules: BTreeSet::new(),
            from_pyspark: BTreeSet::from(["SparkConf", "SparkContext"]),
            prelude: BTreeSet::new(),
        };
        Self {
            job,
            params,
            lines: Vec::new(),
            indent: 0,
            scope,
            in_def: false,
            imports,
            ranges: HashMap::new(),
            hoisted: 0,
        }
    }

    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().split('\n') {
            let indent = if line.is_empty() { 0 } else { self.indent };
            self.lines.push(format!("{}{line}", "    ".repeat(indent)));
        }
    }

    pub(super) fn finish(self) -> String {
        let mut out = String::new();
        for module in &self.imports.modules {
            out += &format!("import {module}\n");
        }
        if !self.imports.modules.is_empty() {
            out.push('\n');
        }
        let names: Vec<&str> = self.imports.from_pyspark.iter().copied().collect();
        out += &format!("from pyspark import {}\n\n", names.join(", "));
        out += &prelude::definitions(&self.imports.prelude);
        out += "sc = SparkContext.getOrCreate(SparkConf().setMaster(\"local[2]\"))\n\n";
        for line in &self.lines {
            out += line;
            out.push('\n');
        }
        out
    }
}
