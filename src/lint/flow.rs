//! The driver's RDDs: which variable is made how, and how often each is computed.
//!
//! A variable is computed once for each action that is reached from it, unless something on the way is kept. [`Times`]
//! bounds that from both sides: `least` is what happens in any case (with loops taken for two turns), `most` what may.
//! An expression that is not understood - a variable that changes, a name with several meanings, an RDD given to a
//! function of the job - may be computed any number of times, or never.

use std::collections::{HashMap, HashSet};

use crate::base::source::Span;
use crate::catalog::facts::{Facts as Known, Mark, Run};
use crate::catalog::row::Row;
use crate::hir::Props;
use crate::syntax::ast::{Expr, ExprKind, Pattern, Stage, Stmt, StmtKind};
use crate::types::ty::Ty;

use super::chain::{Chain, Step};
use super::facts::{Facts, has_effect};
use super::walk;

/// How often something happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Times {
    /// At least.
    pub(super) least: u32,
    /// At most.
    pub(super) most: u32,
}

impl Times {
    const ONCE: Self = Self { least: 1, most: 1 };
    const NEVER: Self = Self { least: 0, most: 0 };
    const UNKNOWN: Self = Self { least: 0, most: u32::MAX };

    fn kept(self) -> Self {
        Self { least: self.least.min(1), most: self.most.min(1) }
    }

    fn and(self, other: Self) -> Self {
        Self { least: self.least.saturating_add(other.least), most: self.most.saturating_add(other.most) }
    }
}

/// Where in the driver something is: the loops and the branches around it, outermost first.
#[derive(Clone, Default, Debug)]
pub(super) struct Place {
    loops: Vec<u32>,
    branches: Vec<u32>,
}

/// The use of a chain's result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// A variable's value.
    Let(usize),
    /// Its value is used here: an action, or an RDD that stands alone and is shown.
    Used,
    /// An RDD that is an argument of a step of another chain.
    Argument(usize, usize),
    /// It goes where it cannot be followed.
    Unknown,
}

/// A chain with its place.
#[derive(Debug)]
pub(super) struct Site<'a> {
    pub(super) chain: Chain<'a>,
    pub(super) role: Role,
    pub(super) place: Place,
}

impl Site<'_> {
    /// Whether it is a statement that only says what is to be kept: `r | cache`, `r | unpersist`.
    pub(super) fn is_mark(&self) -> bool {
        self.role == Role::Used && self.chain.steps.last().is_some_and(Step::is_mark)
    }
}

/// A variable that is an RDD and set once.
#[derive(Debug)]
pub(super) struct Var<'a> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    /// The chain that it is made by.
    pub(super) site: usize,
    place: Place,
}

/// All chains and variables of the main file.
#[derive(Debug, Default)]
pub(super) struct Flow<'a> {
    pub(super) sites: Vec<Site<'a>>,
    pub(super) vars: Vec<Var<'a>>,
    by_name: HashMap<&'a str, usize>,
    /// How often each variable is computed.
    times: Vec<Times>,
    /// Names that are not to be trusted.
    unclear: HashSet<&'a str>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(facts: &Facts<'a>) -> Self {
        let mut walk = Walk { facts, flow: Self::default(), place: Place::default(), next: 0 };
        walk.block(&facts.program.body);
        let mut flow = walk.flow;
        flow.unclear = unclear(facts);
        flow.by_name.retain(|name, _| !flow.unclear.contains(name));
        flow.count();
        flow
    }

    /// The variable of a name, if it is set once and nothing hides it.
    pub(super) fn var(&self, name: &str) -> Option<&Var<'a>> {
        self.by_name.get(name).map(|at| &self.vars[*at])
    }

    /// Whether a name is set once, and not used in a function of the job.
    pub(super) fn is_clear(&self, name: &str) -> bool {
        !self.unclear.contains(name)
    }

    /// The chain that makes a variable.
    pub(super) fn chain_of(&self, var: &Var<'a>) -> &Chain<'a> {
        &self.sites[var.site].chain
    }

    /// The chains that begin with a variable.
    pub(super) fn uses<'f>(&'f self, name: &'f str) -> impl Iterator<Item = (usize, &'f Site<'a>)> {
        self.sites.iter().enumerate().filter(move |(_, site)| site.chain.head_name() == Some(name))
    }

    /// Whether a use says what is to be kept of a variable itself, or might: `r | cache | count` keeps `r`, as in PySpark.
    pub(super) fn is_marked(&self, var: &Var<'a>) -> bool {
        let (mut seen, mut open) = (HashSet::from([var.name]), vec![var.name]);
        while let Some(name) = open.pop() {
            for (_, site) in self.uses(name) {
                let marks = |(at, step): (usize, &Step<'_>)| {
                    (step.is_mark() || step.is_checkpoint()) && site.chain.is_on_variable(at)
                };
                if site.chain.steps.iter().enumerate().any(marks) {
                    return true;
                }
                match site.role {
                    Role::Let(other) if site.chain.is_on_variable(site.chain.steps.len()) => {
                        open.extend(Some(self.vars[other].name).filter(|name| seen.insert(name)));
                    }
                    Role::Unknown if site.chain.is_on_variable(site.chain.steps.len()) => return true,
                    Role::Let(_) | Role::Used | Role::Argument(..) | Role::Unknown => {}
                }
            }
        }
        false
    }

    /// Whether a variable itself, and not only what is made of it, is computed more than once; and not kept by a statement.
    pub(super) fn is_shared(&self, var: &Var<'_>) -> bool {
        let uses: Vec<_> = self.uses(var.name).collect();
        let looped = uses.iter().any(|(_, site)| self.is_looped(var, site));
        !self.is_marked(var) && (uses.len() > 1 || looped) && self.times(var.name).least > 1
    }

    /// How often a variable is computed, if nothing of it is kept.
    pub(super) fn times(&self, name: &str) -> Times {
        self.by_name.get(name).map_or(Times::UNKNOWN, |at| self.times[*at])
    }

    /// Fills in `times`; a variable is used by later ones only.
    fn count(&mut self) {
        self.times = vec![Times::UNKNOWN; self.vars.len()];
        for at in (0..self.vars.len()).rev() {
            let var = &self.vars[at];
            let uses = self.uses(var.name).map(|(site, _)| self.use_times(var, site));
            self.times[at] = uses.fold(Times::NEVER, Times::and);
        }
    }

    /// How often a chain makes its variable computed.
    fn use_times(&self, var: &Var<'a>, at: usize) -> Times {
        let site = &self.sites[at];
        let mut times = self.reached(at, 0);
        if self.is_looped(var, site) {
            times = Times { least: times.least.saturating_mul(2), most: if times.most == 0 { 0 } else { u32::MAX } };
        }
        if site.place.branches.iter().any(|own| !var.place.branches.contains(own)) {
            times.least = 0;
        }
        times
    }

    /// Whether a use of a variable is in a loop that the variable is not in.
    pub(super) fn is_looped(&self, var: &Var<'a>, site: &Site<'a>) -> bool {
        site.place.loops.iter().any(|own| !var.place.loops.contains(own))
    }

    /// How often what enters a step of a chain is computed.
    pub(super) fn reached(&self, at: usize, from: usize) -> Times {
        let site = &self.sites[at];
        let steps = &site.chain.steps[from..];
        if !steps.iter().all(|step| step.facts().is_none_or(Known::sees_elements_only)) {
            return Times::UNKNOWN;
        }
        let end = steps.iter().position(|step| !step.on_rdd() || !step.gives_rdd()).unwrap_or(steps.len());
        let mut times = match (steps.get(end).map(Step::facts), site.role) {
            (Some(Some(Known::Lineage(_))), _) => Times::NEVER,
            (Some(Some(Known::Action(Run::AsNeeded, _))), _) => Times { least: 0, most: 1 },
            (Some(Some(Known::Action(Run::Repeatedly, _))), _) => Times { least: 1, most: u32::MAX },
            (Some(Some(Known::Action(Run::Once | Run::ForEach | Run::Writes, _))), _) => Times::ONCE,
            (Some(_), _) | (None, Role::Unknown) => Times::UNKNOWN,
            (None, Role::Used) if site.is_mark() => Times::NEVER,
            (None, Role::Used) => Times::ONCE,
            (None, Role::Let(var)) => self.times(self.vars[var].name),
            (None, Role::Argument(site, step)) => self.reached(site, step),
        };
        for step in steps[..end].iter().rev() {
            if step.persists() {
                times = times.kept();
            }
            if step.computes_twice() {
                times.most = times.most.saturating_mul(2);
            }
        }
        times
    }

    /// Whether it cannot be seen how much of what enters a step is computed, or how often: no function with effects, and no
    /// rows that are left out and counted, from the sources on.
    pub(super) fn is_quiet(&self, chain: &Chain<'a>, to: usize, facts: &Facts<'a>) -> bool {
        let (mut seen, mut open) = (HashSet::new(), vec![(chain, to)]);
        while let Some((chain, to)) = open.pop() {
            let steps = &chain.steps[..to];
            if steps.iter().any(|step| step.row.is_none_or(shows_how_often)) {
                return false;
            }
            let args = steps.iter().flat_map(|step| step.args).map(|arg| &arg.value);
            for expr in std::iter::once(chain.head).chain(args) {
                if has_effect(expr, &facts.effects) {
                    return false;
                }
                let Some(names) = self.rdd_names(expr, facts) else { return false };
                let new = names.into_iter().filter(|var| seen.insert(var.name)).map(|var| self.chain_of(var));
                open.extend(new.map(|chain| (chain, chain.steps.len())));
            }
        }
        true
    }

    /// The variables that are RDDs in an expression; none if there is an RDD of unknown making.
    fn rdd_names(&self, expr: &'a Expr, facts: &Facts<'a>) -> Option<Vec<&Var<'a>>> {
        let (mut names, mut unknown) = (Vec::new(), false);
        walk::each(expr, &mut |at| {
            if !matches!(facts.ty(at), Some(Ty::Rdd(_))) {
                return;
            }
            match &at.kind {
                ExprKind::Name(name) => match self.var(name) {
                    Some(var) => names.push(var),
                    None => unknown = true,
                },
                ExprKind::Pipe(_, stages) => {
                    let row = |stage: &Stage| facts.checked.stages.get(&stage.name.span);
                    unknown |= stages.iter().any(|stage| row(stage).is_none_or(|row| shows_how_often(row)));
                }
                ExprKind::Call(..) | ExprKind::Command(..) | ExprKind::Method(..) => {
                    unknown |= facts.row(at).is_none_or(shows_how_often);
                }
                ExprKind::If(..) | ExprKind::Let(..) => {}
                _ => unknown = true,
            }
        });
        (!unknown).then_some(names)
    }
}

/// Whether it can be seen how often an operator's elements are computed: it has effects, or rows are left out and counted.
fn shows_how_often(row: &'static Row) -> bool {
    row.facts == Known::Mark(Mark::OnError) || row.facts.props().has(Props::EFFECT)
}

/// Names that stand for more than one thing, or whose uses are not all in sight.
fn unclear<'a>(facts: &Facts<'a>) -> HashSet<&'a str> {
    let (mut once, mut unclear) = (HashSet::new(), HashSet::new());
    for file in &facts.checked.ast {
        walk::each_stmt(&file.body, &mut |stmt| {
            let again = walk::bound(stmt).into_iter().filter(|name| !once.insert(*name));
            unclear.extend(again.collect::<Vec<_>>());
            if let StmtKind::Def { body, .. } = &stmt.kind {
                walk::each(body, &mut |at| {
                    if let ExprKind::Name(name) = &at.kind {
                        unclear.insert(name.as_str());
                    }
                });
            }
        });
    }
    unclear
}

/// The walk that finds chains and variables.
struct Walk<'f, 'a> {
    facts: &'f Facts<'a>,
    flow: Flow<'a>,
    place: Place,
    /// The next number of a loop or a branch.
    next: u32,
}

impl<'a> Walk<'_, 'a> {
    fn block(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Let { pattern: Pattern::Name(name), value, .. } if self.is_rdd(value) => {
                let (var, site) = (self.flow.vars.len(), self.flow.sites.len());
                self.flow.vars.push(Var { name: &name.text, span: name.span, site, place: self.place.clone() });
                self.flow.by_name.insert(&name.text, var);
                self.expr(value, Role::Let(var));
            }
            StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } => self.expr(value, Role::Unknown),
            StmtKind::Expr(value) => self.expr(value, Role::Used),
            StmtKind::For { list, body, .. } => {
                self.expr(list, Role::Unknown);
                self.looped(|walk| walk.block(body));
            }
            StmtKind::While { condition, body } => self.looped(|walk| {
                walk.expr(condition, Role::Unknown);
                walk.block(body);
            }),
            StmtKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    self.expr(condition, Role::Unknown);
                    self.branch(body);
                }
                otherwise.iter().for_each(|body| self.branch(body));
            }
            StmtKind::Def { .. } | StmtKind::Type { .. } | StmtKind::Param { .. } | StmtKind::Use { .. } => {}
        }
    }

    fn is_rdd(&self, value: &Expr) -> bool {
        matches!(self.facts.ty(value), Some(Ty::Rdd(_)))
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn looped(&mut self, step: impl FnOnce(&mut Self)) {
        let own = self.fresh();
        self.place.loops.push(own);
        step(self);
        self.place.loops.pop();
    }

    fn branch(&mut self, body: &'a [Stmt]) {
        let own = self.fresh();
        self.place.branches.push(own);
        self.block(body);
        self.place.branches.pop();
    }

    /// An expression of the driver whose value, if it is an RDD, has this role.
    fn expr(&mut self, expr: &'a Expr, role: Role) {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.node(expr, role));
    }

    fn node(&mut self, expr: &'a Expr, role: Role) {
        if self.facts.is_function(expr) {
            return;
        }
        let chain = self.facts.chain(expr);
        if !chain.is_rdd(self.facts) {
            return self.parts(expr);
        }
        let site = self.flow.sites.len();
        let (head, steps) = (chain.head, chain.steps.clone());
        self.flow.sites.push(Site { chain, role, place: self.place.clone() });
        for (n, step) in steps.iter().enumerate() {
            for arg in step.args {
                let role = if step.on_rdd() { Role::Argument(site, n) } else { Role::Unknown };
                self.expr(&arg.value, role);
            }
        }
        if !matches!(head.kind, ExprKind::Name(_)) {
            self.parts(head);
        }
    }

    fn parts(&mut self, expr: &'a Expr) {
        let lazy = matches!(expr.kind, ExprKind::If(..) | ExprKind::Binary(..));
        for (n, child) in walk::children(expr).into_iter().enumerate() {
            // An operator in the right side of `and` or in a branch may not run.
            if lazy && n > 0 {
                let own = self.fresh();
                self.place.branches.push(own);
                self.expr(child, Role::Unknown);
                self.place.branches.pop();
            } else {
                self.expr(child, Role::Unknown);
            }
        }
    }
}
