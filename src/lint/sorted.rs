//! W1108: elements are sorted, and nothing sees their order.
//!
//! ```text
//! r | sortBy f | count                          r | count
//! r | sortBy f | map g | distinct | count       r | map g | distinct | count
//! r | sortBy f | reduceByKey max | sortByKey    r | reduceByKey max | sortByKey
//! ```
//!
//! Order is followed to the last of its uses. It is not seen by what counts, by the largest of exact values and by sums of
//! ints; a sort by another key sees it in its ties, so only one by the whole element, or by keys of which there is one each,
//! ends the walk. Behind an operator that places by key (`distinct`, `reduceByKey`) Spark defines no order: what is
//! printed or written from there on has the same elements, perhaps in another order. Floats see the order of their sums,
//! and `distinct` of floats whether `0.0` or `-0.0` came first. A key that may fail leaves out rows under `onError`.

use crate::base::diag::Diag;
use crate::catalog::facts::{Elements, Facts as Known, Order, Run, Sees};
use crate::catalog::row::Row;
use crate::hir::Props;
use crate::syntax::ast::{Expr, ExprKind, UnOp};
use crate::types::ty::Ty;

use super::chain::{Chain, Step};
use super::errors;
use super::facts::{Facts, Params, has_effect};
use super::flow::{Flow, Role};
use super::program::Program;
use super::values::{Reduction, is_exact};

/// Looks at all chains.
pub(super) fn check(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for (at, site) in program.flow.sites.iter().enumerate() {
        for step in 0..site.chain.steps.len() {
            if site.chain.steps[step].sorts() {
                diags.extend(sorted(program, at, &site.chain, step));
            }
        }
    }
}

fn sorted<'a>(program: &Program<'a>, site: usize, chain: &Chain<'a>, at: usize) -> Option<Diag> {
    let step = &chain.steps[at];
    let total = step.args.iter().all(|arg| is_total(&program.facts, &arg.value));
    let sight = Sight { program, partitions: step.arg("numPartitions").is_some() };
    let state = State { placed: false, unique: false, cut: false };
    if !total || !sight.blind(site, at + 1, state) {
        return None;
    }
    let edit = program.facts.replace(chain, at, at, &[]);
    Some(errors::sort_not_seen(step.span, &step.name.text).fix_with(edit.map(|edit| vec![edit])))
}

/// Whether an expression, or the function that it is, fails for no element.
fn is_total<'a>(facts: &Facts<'a>, expr: &'a Expr) -> bool {
    let total = |row: &Row| row.facts.props().has(Props::TOTAL) && !row.facts.props().has(Props::EFFECT);
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        let parts = || super::walk::children(expr).into_iter().all(|child| is_total(facts, child));
        match &expr.kind {
            ExprKind::Int(_) | ExprKind::Float(..) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::None => true,
            ExprKind::Name(_) if facts.is_function(expr) && facts.function(expr).is_none() => {
                facts.row(expr).is_some_and(total)
            }
            ExprKind::Name(_) => true,
            ExprKind::Lambda(..) | ExprKind::Tuple(_) | ExprKind::List(_) | ExprKind::Field(..) => parts(),
            ExprKind::Record { .. } | ExprKind::If(..) | ExprKind::Unary(UnOp::Not, _) => parts(),
            ExprKind::Index(of, _) if matches!(facts.ty(of), Some(Ty::Tuple(_))) => parts(),
            _ => facts.row(expr).is_some_and(total) && parts(),
        }
    })
}

/// The knowledge about elements whose order may have changed.
#[derive(Clone, Copy)]
struct State {
    /// Whether they have been placed by key since, so that their order is not defined.
    placed: bool,
    /// Whether they are pairs of which no two have the same key.
    unique: bool,
    /// Whether they have been sorted so that only the cuts between their partitions may be others.
    cut: bool,
}

struct Sight<'f, 'a> {
    program: &'f Program<'a>,
    /// Whether the number of partitions may change too.
    partitions: bool,
}

/// The effect of a step on a value that cannot be seen.
enum Next {
    /// It is still not seen behind it.
    On(State),
    /// Nothing behind it can see it.
    Blind,
    /// It may be seen.
    Seen,
}

impl<'a> Sight<'_, 'a> {
    fn flow(&self) -> &Flow<'a> {
        &self.program.flow
    }

    /// Whether nothing from a step on sees the order of what enters it.
    fn blind(&self, site: usize, from: usize, state: State) -> bool {
        let found = &self.flow().sites[site];
        let mut state = state;
        for at in from..found.chain.steps.len() {
            match self.next(&found.chain, at, state) {
                Next::On(next) => state = next,
                Next::Blind => return true,
                Next::Seen => return false,
            }
        }
        match found.role {
            Role::Used => state.placed,
            Role::Unknown => false,
            Role::Let(var) => match self.flow().var(self.flow().vars[var].name) {
                Some(var) => {
                    let mut uses = self.flow().uses(var.name).peekable();
                    uses.peek().is_some() && uses.all(|(site, _)| self.blind(site, 0, state))
                }
                None => false,
            },
            Role::Argument(site, step) => match self.other(&self.flow().sites[site].chain.steps[step], state) {
                Next::On(state) => self.blind(site, step + 1, state),
                Next::Blind => true,
                Next::Seen => false,
            },
        }
    }

    fn next(&self, chain: &Chain<'a>, at: usize, state: State) -> Next {
        let facts = &self.program.facts;
        let step = &chain.steps[at];
        if step.args.iter().any(|arg| has_effect(&arg.value, &facts.effects)) {
            return Next::Seen;
        }
        let exact = chain.elem_before(at, facts).is_some_and(is_exact);
        if step.is_elementwise() || step.is_same_rdd() {
            return Next::On(State { unique: state.unique && step.keeps_one_a_key(), ..state });
        }
        if state.cut {
            // How elements are cut into partitions shows in the files that are written alone.
            let in_order = matches!(step.facts(), Some(Known::Action(_, Sees::Nothing | Sees::Order)));
            return if in_order { Next::Blind } else { Next::Seen };
        }
        if step.is("distinct") && exact {
            return Next::On(State { placed: true, unique: false, cut: false });
        }
        if (step.elements(), step.order()) == (Some(Elements::Same), Some(Order::Undefined)) {
            return Next::On(State { placed: state.placed || step.places_by_key(), ..state });
        }
        if step.is("reduceByKey") || step.is("groupByKey") {
            let merged = State { placed: true, unique: true, cut: false };
            return if self.merges(chain, at) { Next::On(merged) } else { Next::Seen };
        }
        if step.is_action() {
            return if self.ends(chain, at, exact, state) { Next::Blind } else { Next::Seen };
        }
        if step.sorts() {
            let whole = step.is("sortBy") && exact && is_identity(facts, step);
            let keys = step.is("sortByKey") && state.unique && step.arg("keyfunc").is_none();
            let exact_keys = chain.pair_before(at, facts).is_some_and(|(key, _)| is_exact(key));
            let sized = !self.partitions || step.arg("numPartitions").is_some();
            let sorted = State { placed: true, unique: false, cut: true };
            return if sized && (whole || keys && exact_keys) { Next::On(sorted) } else { Next::Seen };
        }
        self.other(step, state)
    }

    /// An operator of two RDDs, of which either may be the one.
    fn other(&self, step: &Step<'a>, state: State) -> Next {
        let exact = match step.ty {
            Some(Ty::Rdd(elem)) => matches!(&**elem, Ty::Tuple(parts) if parts.first().is_some_and(is_exact)),
            Some(_) | None => false,
        };
        let joins = step.places_all_by_hash() && !step.gives_one_a_key();
        if joins && exact && !state.cut {
            return Next::On(State { placed: true, unique: false, cut: false });
        }
        if step.elements() == Some(Elements::All) && !state.cut {
            Next::On(State { unique: false, ..state })
        } else {
            Next::Seen
        }
    }

    /// Whether a merge by key gives the same in any order.
    fn merges(&self, chain: &Chain<'a>, at: usize) -> bool {
        let (facts, step) = (&self.program.facts, &chain.steps[at]);
        let Some((key, value)) = chain.pair_before(at, facts) else { return false };
        if !is_exact(key) {
            return false;
        }
        if step.is("reduceByKey") {
            return match step.arg("func").and_then(|func| facts.merge(func)) {
                Some(Reduction::Max | Reduction::Min) => is_exact(value),
                Some(Reduction::Sum) => *value == Ty::Int && facts.values_not_negative(chain, at, self.flow()),
                Some(Reduction::Len | Reduction::Mean) | None => false,
            };
        }
        let Some(mapped) = chain.steps.get(at + 1).filter(|step| step.is("mapValues")) else { return false };
        match mapped.arg("f").and_then(|f| facts.reduction(f)) {
            Some(Reduction::Len) => true,
            Some(Reduction::Sum | Reduction::Mean) => *value == Ty::Int,
            Some(Reduction::Max | Reduction::Min) => is_exact(value),
            None => false,
        }
    }

    /// Whether an action gives the same in any order.
    fn ends(&self, chain: &Chain<'a>, at: usize, exact: bool, state: State) -> bool {
        let step = &chain.steps[at];
        match step.facts() {
            Some(Known::Action(_, Sees::Nothing)) => true,
            Some(Known::Action(_, Sees::Ties)) => exact,
            Some(Known::Action(Run::ForEach | Run::Writes, Sees::Order)) => state.placed,
            Some(Known::Action(Run::Once, Sees::Order)) if matches!(step.ty, Some(Ty::List(_))) => {
                match chain.steps.get(at + 1) {
                    Some(next) if next.is_of_list("sorted") => exact && next.args.is_empty(),
                    Some(next) => next.is_of_list("len"),
                    None => false,
                }
            }
            Some(_) | None => false,
        }
    }
}

/// Whether a sort's key is the whole element.
fn is_identity<'a>(facts: &Facts<'a>, step: &Step<'a>) -> bool {
    let function = step.arg("keyfunc").and_then(|key| facts.function(key));
    function.is_some_and(|function| match (&function.params, &function.body.kind) {
        (Params::One(param), ExprKind::Name(name)) => param == name,
        (_, _) => false,
    })
}
