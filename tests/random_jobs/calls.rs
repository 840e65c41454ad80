//! Calls: rows of the catalog whose result fits, functions of the job, and arguments that are functions.
//!
//! The rows are walked, so what is added to the catalog is called without a word here. `ARGUMENTS` names parameters that
//! take no value of their type but one of a few.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use sparkc::harness::catalog::facts::{Facts, Mark};
use sparkc::harness::catalog::{Imp, Row};
use sparkc::harness::hir::Props;
use sparkc::harness::types::signature::{self, Signature};
use sparkc::harness::types::{Ty, VarId};

use crate::dialect::{self, Dialect};
use crate::generate::{Gen, Scope, Var};
use crate::types::{self, Bound};

/// A row with its signature.
pub(crate) struct Entry {
    pub(crate) row: &'static Row,
    pub(crate) sig: Signature,
}

/// Parameters by name, with what they are given.
const ARGUMENTS: &[(&str, &[&str])] = &[
    (
        "pattern",
        &[
            r#"r"\d+""#,
            r#""a""#,
            r#"r"(\w)(\d*)""#,
            r#"r"^\s*$""#,
            r#"r"[^,]+""#,
            r#"r"(a|b)+""#,
            r#"r"\b""#,
            r#""é""#,
            r#"r"(.)(?:x)?""#,
        ],
    ),
    ("replacement", &[r#""-""#, r#""""#, r#"r"<\g<0>>""#, r#""aa""#]),
    ("sep", &[r#"",""#, r#"" ""#, r#""a""#, r#"";""#, r#""ab""#, r#""é""#, r#""""#]),
    ("fill", &[r#""*""#, r#"" ""#, r#""0""#, r#""é""#, r#""ab""#]),
    (
        "json",
        &[
            r#"'{"a": {"b": [1, 2.50, "x"]}, "é": null}'"#,
            r#"'[{"a": 1}, {"a": true}, "1e3"]'"#,
            r#"' {"a" : "\\u00e9", "b": -0, "a": [[], {}]} '"#,
            r#"'"text"'"#,
            r#"'{"a": 1'"#,
        ],
    ),
    ("field", &[r#""a""#, r#""""#, r#""a.b""#, r#""a.b[1]""#, r#""[-1].a""#, r#""[0]""#, r#"'["é"]'"#, r#""b""#]),
    (
        "format",
        &[
            r#""%Y-%m-%d""#,
            r#""%d/%b/%Y:%H:%M:%S""#,
            r#""%H""#,
            r#""%j, %A""#,
            r#""%y%U%w""#,
            r#""%d%%""#,
            r#""%I %p""#,
        ],
    ),
    ("base", &["10", "16", "2", "8", "36", "0", "1"]),
    ("numPartitions", &["2", "1", "3", "4", "5", "7", "9"]),
    ("numSlices", &["2", "1", "3", "4", "7", "9"]),
    ("minPartitions", &["2", "1", "3", "5"]),
    ("num", &["2", "1", "0", "3", "5", "100"]),
    ("depth", &["2", "1", "3"]),
    ("timeout", &["1000000", "60000"]),
    ("seed", &["42", "0", "(-7)", "123456789"]),
    ("fraction", &["0.5", "0.0", "1.0", "0.1", "0.9"]),
    ("weights", &["[1, 2]", "[0.5, 0.25, 0.25]", "[1.0]", "[3, 0]"]),
    ("command", &[r#""cat""#, r#""tr a b""#, r#""sort""#]),
    ("storageLevel", &[r#""MEMORY_ONLY""#, r#""MEMORY_AND_DISK""#, r#""DISK_ONLY""#]),
    ("compressionCodecClass", &[r#""gzip""#, r#""bzip2""#, r#""zstd""#]),
];

/// Functions that take ints as they are, though they give texts or lists.
const ANY_SIZE: &[&str] = &["hex", "oct", "bin", "chr", "str", "repr", "int", "Some", "min", "max", "get", "index"];

/// Not called, because their argument is checked together with a type, or because statements of `generate` and `special`
/// expressions call them.
const LEFT_OUT: &[&str] = &["format", "Some", "broadcast", "defaultMinPartitions", "urlparse", "parse_qs"];

/// Whether functions of elements call a row: it has no effect, and the driver is not needed for it.
fn is_called(row: &Row) -> bool {
    let of_values = matches!(row.facts, Facts::Function(props) if !props.has(Props::EFFECT));
    of_values && !matches!(row.imp, Imp::Core(_)) && !LEFT_OUT.contains(&row.name)
}

fn entries(pass: impl Fn(&Entry) -> bool) -> Vec<Entry> {
    let rows =
        sparkc::harness::catalog::sections().iter().filter(|section| !section.title.is_empty()).flat_map(|s| s.rows);
    let read = |row: &'static Row| {
        let mut sig = signature::parse(row.sig).expect("the catalog is tested");
        let params: Vec<Ty> = sig.params.iter().map(|param| param.ty.clone()).chain([sig.result.clone()]).collect();
        params.iter().for_each(|ty| types::keys_of(ty, &mut sig.constraints));
        Entry { row, sig }
    };
    rows.map(read).filter(|entry| pass(entry)).collect()
}

fn on_rdds(entry: &Entry) -> bool {
    entry.sig.params.first().is_some_and(|param| matches!(param.ty, Ty::Rdd(_)))
}

/// All rows that jobs may call: name and signature.
pub(crate) fn rows(dialect: Dialect) -> BTreeSet<(&'static str, &'static str)> {
    let all = FUNCTIONS.iter().chain(&*STEPS).chain(&*ACTIONS);
    all.filter(|entry| !dialect.is_spark() || dialect::is_with_spark(entry.row.facts))
        .map(|entry| (entry.row.name, entry.row.sig))
        .collect()
}

/// Functions of values.
static FUNCTIONS: LazyLock<Vec<Entry>> = LazyLock::new(|| entries(|entry| is_called(entry.row)));

/// Operators of RDDs that give RDDs, or several of them.
pub(crate) static STEPS: LazyLock<Vec<Entry>> =
    LazyLock::new(|| entries(|entry| on_rdds(entry) && gives_rdds(entry) && !is_for_sources(entry)));

fn gives_rdds(entry: &Entry) -> bool {
    matches!(entry.row.facts, Facts::Transformation(..) | Facts::Mark(_)) && entry.sig.result != Ty::unit()
}

fn is_for_sources(entry: &Entry) -> bool {
    entry.row.facts == Facts::Mark(Mark::OnError)
}

/// Operators of RDDs that give values.
pub(crate) static ACTIONS: LazyLock<Vec<Entry>> =
    LazyLock::new(|| entries(|entry| on_rdds(entry) && !gives_rdds(entry)));

/// Where a function is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// An argument in the brackets of a call.
    Call,
    /// The only argument of a stage.
    Stage,
    /// One of several arguments of an operator.
    Operator,
}

impl Gen<'_> {
    /// A call of a row whose result has the type.
    pub(crate) fn catalog_call(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        let fitting: Vec<(&'static Entry, Bound)> = FUNCTIONS
            .iter()
            .filter_map(|entry| {
                let mut bound = vec![None; entry.sig.vars.len()];
                // Nothing asks for the record that `asDict` gives, so one of its fields is taken.
                let result = if entry.row.name == "asDict" { &Ty::Float } else { &entry.sig.result };
                let fits =
                    types::matches(result, ty, &mut bound) && types::allowed(self.ch.dialect, &entry.sig, &bound);
                fits.then_some((entry, bound))
            })
            .collect();
        if fitting.is_empty() {
            return self.leaf(ty, scope);
        }
        let at = self.ch.below(fitting.len());
        if self.is_too_fragile(fitting[at].0.row.name) {
            return self.leaf(ty, scope);
        }
        let (entry, mut bound) = (fitting[at].0, fitting[at].1.clone());
        self.bind_rest(&entry.sig, &mut bound, scope);
        let of_set = self.ch.dialect.is_spark() && entry.row.name == "list" && entry.row.sig.contains("set[");
        match ty {
            // The order of Python's sets is another one.
            Ty::List(item) if of_set && dialect::is_sorted(item) => {
                format!("sorted({})", self.call(entry, &bound, depth, scope))
            }
            _ if of_set => self.leaf(ty, scope),
            _ if entry.row.name == "asDict" => format!("{}.variance", self.call(entry, &bound, depth, scope)),
            _ => self.call(entry, &bound, depth, scope),
        }
    }

    /// Finds types for the variables that are still free.
    pub(crate) fn bind_rest(&mut self, sig: &Signature, bound: &mut Bound, scope: &Scope) {
        for at in 0..bound.len() {
            if bound[at].is_some() {
                continue;
            }
            let (number, keyed) = types::wanted(sig, VarId(at as u32));
            bound[at] = Some(match (number, keyed) {
                (true, _) => [Ty::Int, Ty::Float][self.ch.below(2)].clone(),
                (false, true) => types::any(self.ch, 1, true),
                (false, false) => self.some_type(scope, 1),
            });
            if !types::allowed(self.ch.dialect, sig, bound) {
                bound[at] = Some(Ty::Int);
            }
        }
    }

    fn call(&mut self, entry: &'static Entry, bound: &Bound, depth: usize, scope: &Scope) -> String {
        let name = entry.row.name;
        self.called.insert((name, entry.row.sig));
        let params: Vec<(&str, Ty, bool)> =
            entry.sig.params.iter().map(|p| (&*p.name, types::fill(&p.ty, bound), p.optional)).collect();
        if params.iter().any(|(_, ty, _)| matches!(ty, Ty::Func(..))) || matches!(name, "min" | "max" | "sorted") {
            self.plain_letter = false;
        }
        let sized = matches!(entry.sig.result, Ty::Str | Ty::List(_)) && !ANY_SIZE.contains(&name);
        let mut args = Vec::new();
        for (param, ty, optional) in &params {
            if *optional && self.ch.chance(50) {
                break;
            }
            let value = self.argument(name, param, ty, sized, depth, scope);
            args.push(if *optional || *param == "reverse" { format!("{param}: {value}") } else { value });
        }
        if !name.starts_with(char::is_alphabetic) || matches!(name, "in" | "and" | "or") {
            return if args.len() == 1 {
                format!("({name}{})", args[0])
            } else {
                format!("({} {name} {})", args[0], args[1])
            };
        }
        let method = !args.is_empty() && !matches!(params[0].1, Ty::Func(..)) && self.ch.chance(50);
        if !method {
            return format!("{name}({})", args.join(", "));
        }
        let first = args.remove(0);
        let bare = !first.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !first.starts_with("Some");
        let first = if bare { first } else { format!("({first})") };
        format!("{first}.{name}({})", args.join(", "))
    }

    fn argument(&mut self, name: &str, param: &str, ty: &Ty, sized: bool, depth: usize, scope: &Scope) -> String {
        if let Ty::Func(params, result) = ty {
            return self.function(params, result, depth - 1, scope, Place::Call);
        }
        if let Some((_, values)) = ARGUMENTS.iter().find(|(known, _)| *known == param)
            && (name != "join" && name != "log" && !self.ch.chance(if param == "sep" { 20 } else { 0 }))
        {
            return self.ch.pick(values).to_owned();
        }
        if *ty == Ty::Int && sized {
            return self.small(scope);
        }
        self.expr(ty, depth - 1, scope)
    }

    /// One of the values that a parameter of an operator takes, if it takes only some.
    pub(crate) fn known_argument(&mut self, param: &str) -> Option<String> {
        let (_, values) = ARGUMENTS.iter().find(|(known, _)| *known == param)?;
        if param == "compressionCodecClass" && self.ch.dialect.is_spark() {
            // Hadoop's zstd wants a library of the system.
            return Some(self.ch.pick(&[r#""gzip""#, r#""bzip2""#]).to_owned());
        }
        Some(self.ch.pick(values).to_owned())
    }

    /// A function of values.
    pub(crate) fn function(&mut self, params: &[Ty], result: &Ty, depth: usize, scope: &Scope, place: Place) -> String {
        let inner = scope.inside();
        if params.len() == 2 && params[0] == params[1] && params[0] == *result && self.ch.chance(40) {
            let ops: &[&str] = match result {
                Ty::Int => &["+", "max", "min", "*"],
                Ty::Float => &["+", "max", "min", "*"],
                Ty::Str => &["+", "max", "min"],
                Ty::Bool => &["and", "or", "max"],
                Ty::List(_) => &["+"],
                Ty::Tuple(_) | Ty::Record(_) | Ty::Option(_) | Ty::Set(_) | Ty::Map(..) => &[],
                Ty::Func(..) | Ty::Rdd(_) | Ty::Counter | Ty::Stats | Ty::Var(_) | Ty::Error => &[],
            };
            if !ops.is_empty() {
                return self.ch.pick(ops).to_owned();
            }
        }
        if place == Place::Stage
            && params.len() == 1
            && self.ch.chance(12)
            && let Some(name) = self.named(&params[0], result)
        {
            return name;
        }
        if self.ch.chance(6) && self.fuel > 10 {
            let name = self.user_function(params, result, depth.max(1), scope);
            return name;
        }
        if params.len() == 1 && self.ch.chance(20) && !scope.vars.iter().any(|var| var.name == "x") {
            return self.letter(&params[0], result, depth, inner, place);
        }
        self.lambda(params, result, depth, inner)
    }

    fn lambda(&mut self, params: &[Ty], result: &Ty, depth: usize, mut scope: Scope) -> String {
        let folds = params.len() > 1 && params[0] == *result;
        let names: Vec<String> = params.iter().map(|ty| self.pattern(ty, &mut scope)).collect();
        let body = if folds { self.bounded(result, depth, &scope) } else { self.expr(result, depth, &scope) };
        let alone = names.len() == 1;
        if alone { format!("({} -> {body})", names[0]) } else { format!("(({}) -> {body})", names.join(", ")) }
    }

    /// A function without its parameter: `x + 1`.
    fn letter(&mut self, param: &Ty, result: &Ty, depth: usize, mut scope: Scope, place: Place) -> String {
        scope.vars.push(Var { name: "x".to_owned(), ty: param.clone() });
        let before = (self.letter_used, self.plain_letter);
        (self.letter_used, self.plain_letter) = (false, true);
        let body = self.expr(result, depth.min(2), &scope);
        let bare = place != Place::Call
            && self.letter_used
            && self.plain_letter
            && !body.contains("->")
            && !body.contains("let ");
        (self.letter_used, self.plain_letter) = before;
        if bare && body != "x" { body } else { format!("(x -> {body})") }
    }

    /// A function of the catalog with one parameter of this type and this result, such as `len`.
    fn named(&mut self, param: &Ty, result: &Ty) -> Option<String> {
        let fits = |entry: &&Entry| {
            let sig = &entry.sig;
            let mut bound = vec![None; sig.vars.len()];
            sig.params.len() == 1
                && entry.row.name.starts_with(char::is_alphabetic)
                && types::matches(&sig.params[0].ty, param, &mut bound)
                && types::matches(&sig.result, result, &mut bound)
                && types::allowed(self.ch.dialect, sig, &bound)
        };
        let names: Vec<&str> = FUNCTIONS.iter().filter(fits).map(|entry| entry.row.name).collect();
        if names.is_empty() { None } else { Some(names[self.ch.below(names.len())].to_owned()) }
    }

    /// A call of a function that the job defines.
    pub(crate) fn user_call(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        let params: Vec<Ty> = (0..1 + self.ch.below(2)).map(|_| self.some_type(scope, 1)).collect();
        let name = self.user_function(&params, ty, depth - 1, scope);
        self.plain_letter = false;
        let args: Vec<String> = params.iter().map(|ty| self.expr(ty, depth - 1, scope)).collect();
        format!("{name}({})", args.join(", "))
    }

    /// Defines a function.
    fn user_function(&mut self, params: &[Ty], result: &Ty, depth: usize, scope: &Scope) -> String {
        let mut inner = Scope { vars: self.globals.clone(), rows: scope.rows };
        let mut names = Vec::new();
        for ty in params {
            let name = self.name("p");
            names.push(if self.ch.chance(50) { format!("{name}: {ty}") } else { name.clone() });
            inner.vars.push(Var { name, ty: ty.clone() });
        }
        let folds = params.len() > 1 && params[0] == *result;
        let depth = depth.min(3);
        let body = if folds { self.bounded(result, depth, &inner) } else { self.expr(result, depth, &inner) };
        let name = self.name("f");
        let gives = if self.ch.chance(40) { format!(" -> {result}") } else { String::new() };
        self.statements.push(format!("def {name}({}){gives} = {body}", names.join(", ")));
        name
    }
}
