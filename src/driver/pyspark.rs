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
//! so what a loop or an assignment changes is handed to lambdas as a default argument.

mod expr;
mod function;
mod names;
mod prelude;
mod statement;
mod template;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::syntax::ast;

use super::load::Compiled;

/// The program as Python; `params` are values of the job's parameters as text.
pub fn emit(compiled: &Compiled, params: &[(String, String)]) -> String {
    let mut emitter = Emitter {
        compiled,
        params,
        lines: Vec::new(),
        indent: 0,
        scopes: Vec::new(),
        fresh: Vec::new(),
        refs: BTreeSet::new(),
        depth: 0,
        in_def: false,
        taken: names::all_names(&compiled.checked.ast),
        changing: names::changing_names(&compiled.checked.ast),
        defs: HashMap::new(),
        imports: BTreeSet::new(),
        prelude: BTreeSet::new(),
        from_pyspark: BTreeSet::from(["SparkConf", "SparkContext"]),
        ranges: HashMap::new(),
        hoisted: 0,
    };
    for program in &compiled.checked.ast {
        emitter.program(program);
    }
    emitter.finish()
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
    compiled: &'a Compiled,
    params: &'a [(String, String)],
    lines: Vec<String>,
    indent: usize,
    /// What the names of parameters and of bound variables are in Python, innermost last.
    scopes: Vec<HashMap<String, String>>,
    /// Names made up for parameters that are in use.
    fresh: Vec<String>,
    /// Variables of the driver that the lambda at hand uses and that change.
    refs: BTreeSet<String>,
    /// How many lambdas are around.
    depth: usize,
    /// Whether this is the body of a `def`, where no other can be put before the statement.
    in_def: bool,
    /// All names of the program.
    taken: HashSet<String>,
    /// Variables of the driver that change.
    changing: HashSet<String>,
    /// User functions with the number of their parameters.
    defs: HashMap<&'a str, &'a [ast::DefParam]>,
    imports: BTreeSet<&'static str>,
    /// Functions of the prelude that the program calls, by their names.
    prelude: BTreeSet<&'static str>,
    from_pyspark: BTreeSet<&'static str>,
    /// Variables that are ranges, as RDDs.
    ranges: HashMap<String, String>,
    /// How many functions were made of lambdas.
    hoisted: usize,
}

impl Emitter<'_> {
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

/// Words that mean something in Python or in templates, so that variables cannot have them as names.
const RESERVED: &[&str] = &[
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "sc",
    "re",
    "math",
    "csv",
    "random",
    "functools",
    "abs",
    "all",
    "any",
    "bin",
    "bool",
    "chr",
    "dict",
    "divmod",
    "enumerate",
    "float",
    "format",
    "hex",
    "int",
    "iter",
    "len",
    "list",
    "map",
    "filter",
    "max",
    "min",
    "next",
    "oct",
    "ord",
    "pow",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
    "StorageLevel",
    "SparkConf",
    "SparkContext",
];

/// A variable's name in Python.
fn variable(name: &str) -> String {
    if RESERVED.contains(&name) || prelude::has(name) { format!("{name}_") } else { name.to_owned() }
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
