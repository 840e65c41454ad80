//! The Python names of the driver's variables, and the way in which functions get variables that change.
//!
//! ```text
//! let x = 1                       x = 1
//! if true { let x = 2 }           if True: x2 = 2
//! def g(y) = x + y                def g(y, x): return x + y
//! x = 10                          x = 10
//! a | map (v -> g(v))             a.map(lambda v, x=x: g(v, x=x))
//! ```
//!
//! A lambda is pickled when an action runs, which may be after `x` has changed again: it takes the value that `x` has where
//! the lambda stands. A function of the user may be called from there, and from the driver, where it sees what `x` is at the
//! time of the call: so its caller hands it on.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::base::source::Span;
use crate::syntax::ast::DefParam;

use super::job::Job;
use super::python::variable;
use super::{names, words};

/// A variable of the driver as a parameter of a function.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Handed {
    /// Its name in the function.
    pub(super) local: String,
    /// Its name in the driver.
    pub(super) of: String,
}

impl Handed {
    /// As a parameter of a lambda, which takes the value at once.
    pub(super) fn at_once(&self) -> String {
        format!("{}={}", self.local, self.of)
    }
}

/// A function of the user.
#[derive(Clone, Copy)]
pub(super) struct UserDef<'a> {
    /// Its parameters.
    pub(super) params: &'a [DefParam],
    /// The place of its name.
    pub(super) span: Span,
}

/// A name that a block of the driver has bound.
struct BlockName<'a> {
    /// Its Python name.
    python: String,
    /// The function that it is.
    def: Option<UserDef<'a>>,
}

/// The meaning of names at the emitter's place.
pub(super) struct Scope<'a> {
    /// The Python names of parameters and of bound variables, innermost last.
    locals: Vec<HashMap<String, String>>,
    /// Names made up for parameters that are in use.
    fresh: Vec<String>,
    /// Variables of the driver that the function at hand uses and that change.
    refs: BTreeSet<Handed>,
    /// How many functions are around.
    depth: usize,
    /// All names that the driver binds.
    taken: HashSet<String>,
    /// All words of the job's text.
    written: HashSet<&'a str>,
    /// The names that the top level has bound so far.
    declared: HashSet<String>,
    /// The names that the blocks around have bound so far, innermost last.
    blocks: Vec<HashMap<&'a str, BlockName<'a>>>,
    /// Variables of the driver that change.
    changing: HashSet<String>,
    /// User functions of the top level.
    defs: HashMap<&'a str, UserDef<'a>>,
    /// The driver's variables that user functions are handed, by the places of their names: as far as they are known.
    handed: HashMap<Span, Vec<Handed>>,
    /// The same, as it is found out.
    handed_now: HashMap<Span, Vec<Handed>>,
}

/// The scope around a function, while the emitter is inside.
pub(super) struct Outer {
    refs: BTreeSet<Handed>,
    fresh: usize,
}

impl<'a> Scope<'a> {
    /// Before the first statement; `handed` is what is known of user functions.
    pub(super) fn new(job: Job<'a>, handed: HashMap<Span, Vec<Handed>>) -> Self {
        let programs = &job.checked.ast;
        let texts = programs.iter().map(|program| &*job.sources.file(program.file).text);
        Self {
            locals: Vec::new(),
            fresh: Vec::new(),
            refs: BTreeSet::new(),
            depth: 0,
            taken: names::all_names(programs),
            written: texts.flat_map(words::written).collect(),
            declared: HashSet::new(),
            blocks: Vec::new(),
            changing: names::changing_names(programs),
            defs: HashMap::new(),
            handed,
            handed_now: HashMap::new(),
        }
    }

    /// The driver's variables that user functions are handed, if they are not those that were known before.
    pub(super) fn found_out(&mut self) -> Option<HashMap<Span, Vec<Handed>>> {
        (self.handed_now != self.handed).then(|| std::mem::take(&mut self.handed_now))
    }

    /// Goes into a function.
    pub(super) fn enter(&mut self, params: Vec<String>, locals: HashMap<String, String>) -> Outer {
        let outer = Outer { refs: std::mem::take(&mut self.refs), fresh: self.fresh.len() };
        self.fresh.extend(params);
        self.locals.push(locals);
        self.depth += 1;
        outer
    }

    /// Leaves a function, and gives the changing variables of the driver that it takes.
    pub(super) fn leave(&mut self, outer: Outer) -> BTreeSet<Handed> {
        self.depth -= 1;
        self.locals.pop();
        self.fresh.truncate(outer.fresh);
        let inner = std::mem::replace(&mut self.refs, outer.refs);
        self.refs.extend(inner.iter().cloned());
        // Only the outermost function takes them: those inside see its parameters.
        if self.depth == 0 { inner } else { BTreeSet::new() }
    }

    /// Whether no function is around.
    pub(super) fn is_driver(&self) -> bool {
        self.depth == 0
    }

    /// Binds variables until [`Scope::pop`].
    pub(super) fn push(&mut self, locals: HashMap<String, String>) {
        self.locals.push(locals);
    }

    /// Forgets the variables that were bound last.
    pub(super) fn pop(&mut self) {
        self.locals.pop();
    }

    /// Makes no other use of names, until as many are left as before.
    pub(super) fn reserve(&mut self, names: impl IntoIterator<Item = String>) -> usize {
        let before = self.fresh.len();
        self.fresh.extend(names);
        before
    }

    /// Names that were reserved can be used again.
    pub(super) fn free(&mut self, before: usize) {
        self.fresh.truncate(before);
    }

    /// A block of the driver begins.
    pub(super) fn open_block(&mut self) {
        self.blocks.push(HashMap::new());
    }

    /// A block of the driver ends.
    pub(super) fn close_block(&mut self) {
        self.blocks.pop();
    }

    /// A user function of the top level, wherever it stands.
    pub(super) fn define(&mut self, name: &'a str, def: UserDef<'a>) {
        self.defs.insert(name, def);
    }

    /// A user function is handed variables of the driver.
    pub(super) fn hand(&mut self, def: Span, refs: BTreeSet<Handed>) {
        if !refs.is_empty() {
            self.handed_now.insert(def, refs.into_iter().collect());
        }
    }

    /// A variable of the driver is assigned.
    pub(super) fn assign(&mut self, python: &str) {
        if self.blocks.is_empty() {
            self.declared.insert(python.to_owned());
        }
    }

    /// Whether the driver binds a name anywhere.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// The Python name of a parameter or a bound variable.
    pub(super) fn lookup(&self, name: &str) -> Option<&str> {
        self.locals.iter().rev().find_map(|locals| locals.get(name)).map(String::as_str)
    }

    /// Binds a name of the driver where the statement stands; what it is in Python.
    pub(super) fn bind(&mut self, name: &'a str, def: Option<UserDef<'a>>) -> String {
        let plain = variable(name);
        let Some(block) = self.blocks.last() else {
            self.declared.insert(plain.clone());
            return plain;
        };
        let here = block.contains_key(name);
        let around = self.blocks.iter().any(|block| block.values().any(|other| other.python == plain));
        let hides = here || around || self.declared.contains(&plain);
        let python = if hides { self.other_name(&plain) } else { plain };
        self.taken.insert(python.clone());
        if let Some(block) = self.blocks.last_mut() {
            block.insert(name, BlockName { python: python.clone(), def });
        }
        python
    }

    /// The Python name of a name of the driver.
    pub(super) fn of_driver(&self, name: &str) -> String {
        let block = self.blocks.iter().rev().find_map(|block| block.get(name));
        block.map_or_else(|| variable(name), |bound| bound.python.clone())
    }

    /// The function of the user that a name of the driver is.
    pub(super) fn def_of(&self, name: &str) -> Option<UserDef<'a>> {
        match self.blocks.iter().rev().find_map(|block| block.get(name)) {
            Some(bound) => bound.def,
            None => self.defs.get(name).copied(),
        }
    }

    /// A function by its name, and arguments that hand it what it needs of the driver's variables.
    pub(super) fn callee(&mut self, name: &str) -> (String, Vec<String>) {
        if let Some(bound) = self.lookup(name) {
            return (bound.to_owned(), Vec::new());
        }
        let python = self.of_driver(name);
        let function = if self.changing.contains(name) { self.hand_on(python) } else { python };
        let needs = self.def_of(name).and_then(|def| self.handed.get(&def.span)).cloned().unwrap_or_default();
        let hand = |need: &Handed| format!("{}={}", need.local, self.hand_on(need.of.clone()));
        (function, needs.iter().map(hand).collect())
    }

    /// A variable of the driver that changes, where an expression stands: a parameter of the function around.
    fn hand_on(&mut self, of: String) -> String {
        if self.depth == 0 {
            return of;
        }
        let local = if self.is_local(&of) { self.fresh_name(&of) } else { of.clone() };
        self.refs.insert(Handed { local: local.clone(), of });
        local
    }

    /// Whether a name of Python is a parameter or a variable of a function around.
    fn is_local(&self, python: &str) -> bool {
        let root = |path: &str| path.split('[').next() == Some(python);
        self.fresh.iter().any(|name| name == python)
            || self.locals.iter().any(|locals| locals.values().any(|path| root(path)))
    }

    /// A name for what a template binds itself, that no text in the template's holes means otherwise.
    pub(super) fn apart(&self, base: &str, texts: &[&str]) -> String {
        let means = (self.taken.contains(base) || self.is_local(base))
            && texts.iter().any(|text| words::written(text).any(|word| word == base));
        if means { self.fresh_name(base) } else { base.to_owned() }
    }

    /// A name like another that nothing has.
    pub(super) fn other_name(&self, base: &str) -> String {
        let mut numbered = (2..).map(|n| format!("{base}{n}"));
        numbered.find(|name| !self.is_used(name)).unwrap_or_default()
    }

    /// A name that nothing has.
    pub(super) fn fresh_name(&self, base: &str) -> String {
        let used = self.taken.contains(base)
            || self.fresh.iter().any(|other| other == base)
            || self.locals.iter().any(|locals| locals.contains_key(base))
            || words::is_reserved(base);
        if used { self.other_name(base) } else { base.to_owned() }
    }

    fn is_used(&self, name: &str) -> bool {
        self.taken.contains(name)
            || self.written.contains(name)
            || self.fresh.iter().any(|other| other == name)
            || words::is_reserved(name)
    }
}
