//! Random jobs that check: a type is chosen, and an expression or a pipeline of that type made.
//!
//! ```text
//! choices ─Gen→ Job { text: "let r0 = parallelize([…], 3) | map …\nr0 | collect | print", inputs, settings }
//! ```
//!
//! What could not be found by its type is written so that it can: an empty list is the result of a function with its
//! type (`def none0() -> int? = None`). What would take for ever is not made: folds do not double what they fold, and an
//! estimate of the rows keeps products of RDDs small. A job that does not check is a fault of this generator.

use std::collections::{BTreeMap, BTreeSet};

use sparkc::harness::exec::OnError;
use sparkc::harness::types::Ty;

use crate::choices::Choices;
use crate::dialect;
use crate::types;

/// A job with what it reads.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its text; the parameter `dir` is the directory of inputs and outputs.
    pub(crate) text: String,
    /// Input files: name and content.
    pub(crate) inputs: Vec<(String, Vec<u8>)>,
    /// What happens to rows that fail.
    pub(crate) on_error: OnError,
    /// Default number of partitions.
    pub(crate) partitions: usize,
}

/// A name that can be used.
#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) ty: Ty,
}

/// What an expression sees.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    /// Names, the innermost last.
    pub(crate) vars: Vec<Var>,
    /// Whether this is in a function of elements.
    pub(crate) rows: bool,
}

impl Scope {
    /// The scope within a function of elements.
    pub(crate) fn inside(&self) -> Self {
        self.clone()
    }
}

/// A job in the making.
pub(crate) struct Gen<'c> {
    pub(crate) ch: &'c mut Choices,
    /// Statements so far.
    pub(crate) statements: Vec<String>,
    /// Values of the driver.
    pub(crate) globals: Vec<Var>,
    /// The job's counter.
    pub(crate) counter: Option<String>,
    /// How many more expressions with parts it may have.
    pub(crate) fuel: usize,
    /// Whether the function that is written without a parameter uses it.
    pub(crate) letter_used: bool,
    /// Whether it calls nothing that could take it for a function of its own.
    pub(crate) plain_letter: bool,
    pub(crate) inputs: Vec<(String, Vec<u8>)>,
    pub(crate) outputs: usize,
    /// What the name of the next output says of its order.
    pub(crate) output_kind: &'static str,
    /// Rows of the catalog that it calls: name and signature.
    pub(crate) called: BTreeSet<(&'static str, &'static str)>,
    names: BTreeMap<&'static str, usize>,
    empties: BTreeMap<String, String>,
}

/// The job of these choices.
pub(crate) fn job(ch: &mut Choices) -> Job {
    let (on_error, partitions) = settings(ch);
    let mut make = Gen::new(ch);
    make.body();
    let (text, inputs) = (make.statements.join("\n") + "\n", make.inputs);
    Job { text, inputs, on_error, partitions }
}

/// What happens to rows that fail, and the default number of partitions; PySpark has but one answer to both.
fn settings(ch: &mut Choices) -> (OnError, usize) {
    let on_error = [OnError::Fail, OnError::Skip, OnError::Reject][ch.weighted(&[5, 3, 2])];
    let partitions = [2, 1, 3, 4][ch.below(4)];
    if ch.dialect.is_spark() { (OnError::Fail, 2) } else { (on_error, partitions) }
}

/// The rows of the catalog that the job of these choices calls.
pub(crate) fn rows_of(ch: &mut Choices) -> BTreeSet<(&'static str, &'static str)> {
    settings(ch);
    let mut make = Gen::new(ch);
    make.body();
    make.called
}

impl<'c> Gen<'c> {
    fn new(ch: &'c mut Choices) -> Self {
        Self {
            ch,
            statements: vec!["param dir: str".to_owned()],
            globals: Vec::new(),
            counter: None,
            fuel: 48,
            letter_used: false,
            plain_letter: true,
            inputs: Vec::new(),
            outputs: 0,
            output_kind: "",
            called: BTreeSet::new(),
            names: BTreeMap::new(),
            empties: BTreeMap::new(),
        }
    }
}

impl Gen<'_> {
    fn body(&mut self) {
        for _ in 0..[0, 0, 1, 2][self.ch.below(4)] {
            let ty = types::any(self.ch, 2, false);
            let (value, name) = (self.literal(&ty, 2), self.name("cap"));
            self.statements.push(format!("let {name} = {value}"));
            self.globals.push(Var { name, ty });
        }
        if self.ch.chance(20) && !self.ch.dialect.is_spark() {
            let counter = self.ch.pick(&["counter()", "accumulator(3)"]);
            self.statements.push(format!("let seen = {counter}"));
            self.counter = Some("seen".to_owned());
        }
        if self.ch.chance(5) {
            let ty = types::any(self.ch, 2, false);
            let (value, name) = (self.literal(&ty, 2), self.name("cap"));
            self.statements.push(format!("let {name} = broadcast({value})"));
            self.globals.push(Var { name, ty: Ty::Record([("value".into(), ty)].into_iter().collect()) });
        }
        if self.ch.chance(2) {
            self.statements.push("print(defaultParallelism(), defaultMinPartitions())".to_owned());
        }
        self.pipelines();
        if self.counter.is_some() {
            self.statements.push("print(seen.value)".to_owned());
        }
    }

    /// A new name.
    pub(crate) fn name(&mut self, kind: &'static str) -> String {
        let next = self.names.entry(kind).or_default();
        *next += 1;
        format!("{kind}{}", *next - 1)
    }

    /// A type: often that of something in scope.
    pub(crate) fn some_type(&mut self, scope: &Scope, depth: usize) -> Ty {
        if !scope.vars.is_empty() && self.ch.chance(45) {
            let var = scope.vars.len() - 1 - self.ch.below(scope.vars.len());
            let ty = scope.vars[var].ty.clone();
            let parts = ty.components().map(|tys| tys.into_iter().cloned().collect::<Vec<_>>());
            return match parts {
                Some(parts) if !parts.is_empty() && self.ch.chance(50) => parts[self.ch.below(parts.len())].clone(),
                _ => ty,
            };
        }
        if self.ch.dialect.is_spark() && self.ch.chance(3) {
            return Ty::Set(Box::new(types::any(self.ch, 1, true)));
        }
        types::any(self.ch, depth, false)
    }

    /// A type whose values are printed.
    pub(crate) fn shown_type(&mut self, scope: &Scope, depth: usize) -> Ty {
        let ty = self.some_type(scope, depth);
        if self.ch.dialect.is_spark() && dialect::has_set(&ty) { Ty::Str } else { ty }
    }

    /// `None`, or a collection without elements.
    pub(crate) fn empty(&mut self, ty: &Ty) -> String {
        let key = ty.to_string();
        if let Some(name) = self.empties.get(&key) {
            return format!("{name}()");
        }
        let (kind, value) = match ty {
            Ty::Option(_) => ("none", "None"),
            Ty::Map(..) => ("nomap", "{:}"),
            Ty::Set(_) => ("noset", "set([])"),
            _ => ("nolist", "[]"),
        };
        let name = self.name(kind);
        self.statements.push(format!("def {name}() -> {ty} = {value}"));
        self.empties.insert(key, name.clone());
        format!("{name}()")
    }
}
