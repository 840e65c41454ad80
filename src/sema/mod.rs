//! From the syntax tree to the typed program: names are resolved, types inferred, sugar and functions expanded.
//!
//! `a | mapValues (v + 1)` becomes `Core(MapKeep, [a, (k, v) -> (k, IAdd(v, 1))])`. One walk infers and lowers at once:
//! an expression gives typed HIR whose types may hold variables; a last walk (`finish`) puts what was found in their place.
//!
//! - `statements` checks the driver; `exprs`, `data`, `templates` and `narrow` check expressions; `args`, `calls` and
//!   `overloads` find the row of a call, `build` makes its HIR from `bodies`; `lambdas` checks arguments that are functions,
//!   `states` their states, and `defs` inlines user functions at each use (`substitute` copies them).
//! - `scope` and `names` know names and written types, `unify` infers types, `coerce` says where a value may change its
//!   type, `spec` checks format specs, `suggest` finds similar names, `uses` loads the files of a program, and `finish`
//!   closes the walk.
//!
//! Invariants: every diagnostic is made in `errors` or `name_errors`; after an error the walk goes on with `Ty::Error`, which fits
//! everything; a program is returned only if there was no error. Recursive functions go through `Checker::deeper`,
//! which grows the stack and stops at a depth, and every HIR node is counted against a budget, so that no program
//! hangs.

mod args;
mod bodies;
mod build;
mod calls;
mod coerce;
mod data;
mod defs;
mod errors;
mod exprs;
mod finish;
mod lambdas;
mod name_errors;
mod names;
mod narrow;
mod overloads;
mod scope;
mod spec;
mod statements;
mod states;
mod substitute;
mod suggest;
mod templates;
mod unify;
mod uses;
pub use uses::{Loader, join};

#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod verify;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::diag::{Diag, Severity};
use crate::base::index::IndexVec;
use crate::base::source::{FileId, Sources, Span};
use crate::catalog::row::Row;
use crate::hir::{self, LocalId};
use crate::syntax::ast::{self, ExprId};
use crate::types::signature::Constraint;
use crate::types::ty::Ty;

use scope::{Binding, Scope};
use unify::Infer;

/// The place of a node that gets its real one before a diagnostic can show it.
const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };
/// How deep expressions may nest, functions that they use included.
const MAX_DEPTH: usize = 600;
/// How many nodes the program may have once functions are in their places.
const MAX_NODES: usize = 1_000_000;
/// How many components a type may have.
const MAX_TYPE: usize = 1_000;

/// The result of the checker.
#[derive(Debug)]
pub struct Checked {
    /// The program; `None` if there were errors.
    pub program: Option<hir::Program>,
    /// Errors and warnings, in the order of their places.
    pub diags: Vec<Diag>,
    /// The trees: of the files that `use` brings in, in the order of their statements, and of the file itself last.
    pub ast: Vec<ast::Program>,
    /// Types of expressions; inside of functions those of the last use.
    pub types: HashMap<ExprId, Ty>,
    /// The row that a call, method or operator has become.
    pub uses: HashMap<ExprId, &'static Row>,
    /// The row that a stage has become, by the place of its name.
    pub stages: HashMap<Span, &'static Row>,
    /// The type of each stage, by the place of its name.
    pub stage_types: HashMap<Span, Ty>,
    /// How an argument was read that had to be a function.
    pub functions: HashMap<ExprId, FuncForm>,
    /// The use of names that begin as a `range`, by the place of their declaration.
    pub ranges: HashMap<Span, RangeUse>,
    /// How long the parser took.
    pub parsing: Duration,
    /// Names of top-level `let`s with their types, in order; a statement that shows a pipeline has the name `_`.
    pub lets: Vec<(Arc<str>, Ty)>,
}

/// The use of a name that begins as a `range`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RangeUse {
    /// Whether it is used as a list.
    pub list: bool,
    /// Whether it is used as an RDD.
    pub rdd: bool,
}

/// How an argument was read that had to be a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FuncForm {
    /// A lambda whose parameters are those of the function.
    Lambda,
    /// A lambda of several parameters for a function of one tuple.
    Destructured,
    /// An expression in which this letter is the element.
    Letter(String),
    /// A function's name, perhaps with arguments after the element.
    Named,
    /// An operator.
    Section,
}

/// Checks the program in a file and lowers it. The file is parsed here, as are those that it uses.
pub fn check(sources: &mut Sources, file: FileId, loader: &Loader<'_>) -> Checked {
    let started = Instant::now();
    let (ast, mut diags) = uses::load(sources, file, loader);
    let parsing = started.elapsed();
    let mut checked = {
        let mut checker = Checker::new();
        let mut body = Vec::new();
        for (n, program) in ast.iter().enumerate() {
            checker.program(program, n + 1 == ast.len(), &mut body);
        }
        checker.finish(body)
    };
    diags.append(&mut checked.diags);
    diags.sort_by_key(|diag| (diag.span().file, diag.span().start));
    if diags.iter().any(|diag| diag.severity == Severity::Error) {
        checked.program = None;
        diags.retain(|diag| diag.severity == Severity::Error);
    }
    Checked { ast, diags, parsing, ..checked }
}

/// The state of a walk over a program.
struct Checker<'a> {
    infer: Infer,
    locals: IndexVec<LocalId, hir::Local>,
    params: Vec<hir::Param>,
    /// Names of the driver's top level, with where they were defined.
    top: HashMap<&'a str, (Binding<'a>, Span)>,
    /// Names of the top level in order, for suggestions.
    top_names: Vec<&'a str>,
    /// Names that the file defines at its top level, wherever.
    later: HashMap<&'a str, Span>,
    aliases: HashMap<&'a str, (Ty, Span)>,
    declared: Vec<Declared<'a>>,
    used: HashSet<LocalId>,
    used_defs: HashSet<Span>,
    /// Constraints whose types are not known yet.
    waiting: Vec<Waiting>,
    /// Statements that come before the current one: stages of long pipelines.
    hoisted: Vec<hir::Stmt>,
    /// Lists that `let` made of a `range`: at the head of a pipeline they are RDDs.
    ranges: HashMap<LocalId, RangeName>,
    /// Variables that cannot be assigned: of loops, and parameters.
    fixed: HashSet<LocalId>,
    diags: Vec<Diag>,
    seen_diags: HashSet<(&'static str, Span, String)>,
    types: HashMap<ExprId, Ty>,
    uses: HashMap<ExprId, &'static Row>,
    stages: HashMap<Span, &'static Row>,
    stage_types: HashMap<Span, Ty>,
    functions: HashMap<ExprId, FuncForm>,
    lets: Vec<(Arc<str>, Ty)>,
    nodes: usize,
    depth: usize,
    /// Whether the budget of nodes was exceeded, which is reported once.
    exhausted: bool,
    /// Whether diagnostics are dropped: a function that nothing uses is walked for its names only.
    names_only: bool,
    /// Whether a function is walked for what it says of its state only.
    guessing: bool,
    /// Whether an argument is walked that had to be a function and has no letter for the element.
    wants_element: bool,
}

/// A constraint to look at again when more is known.
struct Waiting {
    ty: Ty,
    constraint: Constraint,
    function: Arc<str>,
    span: Span,
}

/// A name for a `range`: a list, and where an RDD is wanted the RDD of its elements. Both are set by each assignment.
struct RangeName {
    /// The place of the name where it is declared.
    name: Span,
    /// The variable of the RDD.
    rdd: LocalId,
    /// How often the list is read.
    lists: usize,
    /// How often the RDD is read.
    rdds: usize,
}

/// The variables that may turn out to be unused.
struct Declared<'a> {
    name: &'a str,
    span: Span,
    what: DeclaredWhat<'a>,
}

enum DeclaredWhat<'a> {
    Let(LocalId),
    Param(LocalId),
    Def(std::rc::Rc<scope::Def<'a>>),
}

impl<'a> Checker<'a> {
    fn new() -> Self {
        Self {
            infer: Infer::default(),
            locals: IndexVec::new(),
            params: Vec::new(),
            top: HashMap::new(),
            top_names: Vec::new(),
            later: HashMap::new(),
            aliases: HashMap::new(),
            declared: Vec::new(),
            used: HashSet::new(),
            used_defs: HashSet::new(),
            waiting: Vec::new(),
            hoisted: Vec::new(),
            ranges: HashMap::new(),
            fixed: HashSet::new(),
            diags: Vec::new(),
            seen_diags: HashSet::new(),
            types: HashMap::new(),
            uses: HashMap::new(),
            stages: HashMap::new(),
            stage_types: HashMap::new(),
            functions: HashMap::new(),
            lets: Vec::new(),
            nodes: 0,
            depth: 0,
            exhausted: false,
            names_only: false,
            guessing: false,
            wants_element: false,
        }
    }

    /// Adds a finding, once; in a function that is being inlined it also names the use.
    fn report(&mut self, scope: &Scope<'a>, diag: Diag) {
        if self.names_only && !diag.code.0.starts_with("E03") {
            return;
        }
        let mut diag = diag;
        if let Some(call) = scope.catalog {
            // The text of the catalog is not the user's: the call is what to look at, and what is wrong with it was
            // said already if anything was.
            let within = |span: Span| span.file == call.file && span.start >= call.start && span.end <= call.end;
            if self.diags.iter().any(|known| known.severity == Severity::Error && within(known.span())) {
                return;
            }
            diag.labels.truncate(1);
            diag.labels[0].0 = call;
            diag.fix = None;
        }
        let diag = match &scope.inlining {
            Some(inlining) if inlining.call != diag.span() => diag.also(inlining.call, "in this use of the function"),
            _ => diag,
        };
        if self.seen_diags.insert((diag.code.0, diag.span(), diag.message.clone())) {
            self.diags.push(diag);
        }
    }

    /// Reports and goes on with what fits everything.
    fn fail(&mut self, scope: &Scope<'a>, diag: Diag) -> hir::Expr {
        let span = scope.span(diag.span());
        self.report(scope, diag);
        self.broken(span)
    }

    /// The expression in place of one with an error.
    fn broken(&mut self, span: Span) -> hir::Expr {
        hir::Expr { kind: hir::ExprKind::Tuple(Vec::new()), ty: Ty::Error, span }
    }

    /// A node, counted.
    fn node(&mut self, kind: hir::ExprKind, ty: Ty, span: Span) -> hir::Expr {
        self.nodes += 1;
        hir::Expr { kind, ty, span }
    }

    /// A variable of the program.
    fn local(&mut self, name: &str, ty: Ty) -> LocalId {
        self.locals.push(hir::Local { name: name.into(), ty })
    }

    /// The expression that reads a variable.
    fn read(&mut self, local: LocalId, span: Span) -> hir::Expr {
        let ty = self.locals[local].ty.clone();
        self.node(hir::ExprKind::Local(local), ty, span)
    }

    /// Runs a step that recurses: with stack enough, and not beyond the limits.
    fn deeper(&mut self, scope: &Scope<'a>, span: Span, step: impl FnOnce(&mut Self) -> hir::Expr) -> hir::Expr {
        if self.nodes > MAX_NODES {
            if !self.exhausted {
                self.exhausted = true;
                self.report(scope, errors::program_too_large(scope.span(span), MAX_NODES));
            }
            return self.broken(scope.span(span));
        }
        if self.depth >= MAX_DEPTH {
            let call = scope.inlining.as_ref().map_or(scope.span(span), |inlining| inlining.call);
            return self.fail(scope, errors::too_deep(call, MAX_DEPTH));
        }
        self.depth += 1;
        let out = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || step(self));
        self.depth -= 1;
        out
    }

    /// A type for people: open variables are `?`.
    fn show(&self, ty: &Ty) -> String {
        let ty = self.infer.zonk(ty, Some(&Ty::Error));
        if unify::size(&ty, 200) >= 200 {
            let mut text: String = ty.to_string().chars().take(200).collect();
            text.push('…');
            return text;
        }
        ty.to_string()
    }

    /// A hint that says something: not an open variable.
    fn hint(&self, hint: Option<&Ty>) -> Option<Ty> {
        let ty = self.infer.resolve(hint?);
        (!matches!(ty, Ty::Var(_) | Ty::Error)).then_some(ty)
    }
}
