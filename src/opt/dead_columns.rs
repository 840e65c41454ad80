//! Dead columns: what no later step looks at is neither moved nor computed.
//!
//! Before → after: `partition by hash | map (k, (a, b)) -> (k, a)` →
//! `map (k, (a, b)) -> (k, (a, ())) | partition by hash | map (k, (a, _)) -> (k, (a, "")) | map (k, (a, b)) -> (k, a)`.
//! The step before drops a component, which takes no code; the step behind makes up another that nobody looks at, so that
//! the steps after it stay as they are. In functions of steps, what nobody looks at is replaced likewise.
//!
//! **Legal** because need flows backwards from the action through every reader of a node (`liveness`): what is left out is
//! looked at by none. A component that was computed is left out after it was, with its row errors and effects; a
//! computation is left out only if its row says `TOTAL` and not `EFFECT`. Keys are always looked at, numbers of elements
//! too. Left alone are caches, shuffles whose output is kept, for this action or a later one, sides that stay in place, and
//! sets and maps, which nobody can make up for nothing. A row error looks at the row that a stage began with, as a whole: so
//! where a step may fail (`fallible`), all of the row that the shuffle before it gave is needed.
//!
//! **Pays** because bytes that are not encoded, moved and decoded cost nothing: a join of which one side is a test for
//! existence moves the keys of that side alone.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for shuffles among the kinds of nodes")]

use crate::base::index::IndexVec;
use crate::base::source::Span;
use crate::hir::{Expr, Lambda};
use crate::plan::func::Func;
use crate::plan::node::{Action, Combine, Node, NodeId, NodeKind, Numbering, Place, Step, StepOp, Wide};
use crate::types::ty::Ty;

use super::draft::{Draft, Note};
use super::keep_partitioner::stays;
use super::lambda::may_fail;
use super::liveness::params;
use super::need::Need;

/// Runs the pass.
pub(super) fn run(draft: &mut Draft) -> Vec<Note> {
    let mut pass = DeadColumns { needs: IndexVec::new(), fallible: IndexVec::new(), notes: Vec::new() };
    for _ in draft.plan.nodes.iter() {
        pass.needs.push(Need::Nothing);
        pass.fallible.push(false);
    }
    pass.needs[draft.root] = of_action(&mut draft.action);
    pass.fallible[draft.root] = action_may_fail(&draft.action);
    let order = draft.order();
    for id in order.iter().rev() {
        let inputs = pass.needs_of_inputs(draft, *id);
        for (input, need) in draft.plan.nodes[*id].inputs().into_iter().zip(inputs) {
            pass.needs[input] = std::mem::replace(&mut pass.needs[input], Need::Nothing).join(need);
            pass.fallible[input] |= pass.input_may_fail(&draft.plan.nodes[*id].kind, *id);
        }
    }
    order.iter().for_each(|id| pass.narrow(draft, *id));
    pass.notes.sort_by_key(|note| note.span);
    pass.notes
}

/// The parts of the elements that an action reads.
fn of_action(action: &mut Action) -> Need {
    match action {
        Action::Count => Need::Nothing,
        Action::Foreach(func) => through(func, &Need::Nothing).0,
        Action::Aggregate { seq, .. } => params(seq, &Need::All).0.pop().unwrap_or(Need::All),
        Action::Collect | Action::Take(_) | Action::TakeOrdered { .. } | Action::Reduce(_) => Need::All,
        Action::Save { .. } | Action::Show(_) => Need::All,
    }
}

/// The parts of an element that a function of elements reads, and how much less it computes now.
fn through(func: &mut Func, need: &Need) -> (Need, usize) {
    let (mut needs, dropped) = params(func, need);
    match needs.len() {
        0 => (Need::Nothing, dropped),
        1 => (needs.remove(0), dropped),
        _ => (Need::Parts(needs), dropped),
    }
}

/// Whether an action's functions may fail.
fn action_may_fail(action: &Action) -> bool {
    match action {
        Action::Foreach(func) | Action::Reduce(func) | Action::TakeOrdered { key: func, .. } => func_may_fail(func),
        Action::Aggregate { seq, comb, .. } => func_may_fail(seq) || func_may_fail(comb),
        Action::Collect | Action::Count | Action::Take(_) | Action::Save { .. } | Action::Show(_) => false,
    }
}

fn func_may_fail(func: &Func) -> bool {
    may_fail(&func.lambda.body)
}

fn combine_may_fail(combine: &Combine) -> bool {
    [&combine.create, &combine.merge_value, &combine.merge_combiners].into_iter().any(func_may_fail)
}

fn step_may_fail(step: &Step) -> bool {
    match &step.op {
        StepOp::Map(func) | StepOp::Filter(func) | StepOp::FlatMap(func) => func_may_fail(func),
        StepOp::SampleBy { fraction, .. } => func_may_fail(fraction),
        StepOp::Sample { .. } | StepOp::Number(_) => false,
    }
}

struct DeadColumns {
    /// The parts of the elements of each node that are read.
    needs: IndexVec<NodeId, Need>,
    /// Whether a step behind the node and in the same stage may fail.
    fallible: IndexVec<NodeId, bool>,
    notes: Vec<Note>,
}

impl DeadColumns {
    /// The parts of its inputs' elements that a node reads, given those of its own that are read.
    fn needs_of_inputs(&mut self, draft: &mut Draft, id: NodeId) -> Vec<Need> {
        if draft.is_fixed(id) || draft.is_used_again(id) {
            self.needs[id] = Need::All;
        }
        if draft.is_fixed(id) {
            return vec![Need::All; draft.plan.nodes[id].inputs().len()];
        }
        if let NodeKind::Shuffle { place: Place::Range { original: true, .. }, .. } = draft.plan.nodes[id].kind {
            self.needs[id] = Need::All;
        }
        let fallible = self.fallible[id];
        if fallible && !matches!(draft.plan.nodes[id].kind, NodeKind::Narrow { .. } | NodeKind::MapPartitions { .. }) {
            self.needs[id] = Need::All;
        }
        let need = self.needs[id].clone();
        let value_of_pair = |need: Need| Need::pair(Need::All, need);
        match &mut draft.node_mut(id).kind {
            NodeKind::Source { .. } => Vec::new(),
            NodeKind::Narrow { steps, .. } => vec![self.through_steps(steps, need, fallible)],
            NodeKind::MapPartitions { func, .. } => {
                let (row, _) = through(func, &Need::list(need));
                let shown = fallible || func_may_fail(func);
                vec![if shown { Need::All } else { row.part(1).items() }]
            }
            NodeKind::Cache { .. } => {
                self.needs[id] = Need::All;
                vec![Need::All]
            }
            NodeKind::Coalesce { .. } => vec![need],
            NodeKind::Union { inputs } => vec![need; inputs.len()],
            NodeKind::Zip { .. } | NodeKind::Cartesian { .. } => vec![need.part(0), need.part(1)],
            NodeKind::Shuffle { place: Place::RoundRobin, .. } => vec![need],
            NodeKind::Shuffle { wide: Wide::Keep | Wide::Sort { .. }, .. } => vec![value_of_pair(need.part(1))],
            NodeKind::Shuffle { wide: Wide::Group, .. } => vec![value_of_pair(need.part(1).items())],
            NodeKind::Shuffle { wide: Wide::Combine(combine), .. } => {
                let value = of_combine(combine);
                vec![value_of_pair(if combine_may_fail(combine) { Need::All } else { value })]
            }
            NodeKind::CoGroup { .. } => {
                let lists = need.part(1);
                [0, 1].map(|side| value_of_pair(lists.part(side).items())).to_vec()
            }
        }
    }

    /// Whether a reader, or what follows it in the same stage, may fail on what it reads.
    fn input_may_fail(&self, reader: &NodeKind, id: NodeId) -> bool {
        match reader {
            NodeKind::Narrow { steps, .. } => self.fallible[id] || steps.iter().any(step_may_fail),
            NodeKind::Coalesce { .. } | NodeKind::Union { .. } => self.fallible[id],
            NodeKind::Shuffle { place: Place::Custom(func), .. } if func_may_fail(func) => true,
            NodeKind::Shuffle { wide: Wide::Combine(combine), .. } => combine_may_fail(combine),
            NodeKind::Shuffle { .. } | NodeKind::Source { .. } | NodeKind::Cache { .. } => false,
            NodeKind::Zip { .. } | NodeKind::Cartesian { .. } | NodeKind::CoGroup { .. } => false,
            NodeKind::MapPartitions { .. } => false,
        }
    }

    /// The parts of an element that steps read, last step first; a part that nothing reads is not computed any more.
    /// `fails` says whether a step behind them may fail.
    fn through_steps(&mut self, steps: &mut [Step], mut need: Need, mut fails: bool) -> Need {
        for step in steps.iter_mut().rev() {
            let (before, dropped) = match &mut step.op {
                StepOp::Map(func) => through(func, &need),
                StepOp::FlatMap(func) => through(func, &Need::list(need)),
                StepOp::Filter(func) | StepOp::SampleBy { fraction: func, .. } => {
                    let (looked_at, dropped) = through(func, &Need::All);
                    (looked_at.join(need), dropped)
                }
                StepOp::Sample { .. } => (need, 0),
                // A stage begins with the rows that `zipWithIndex` counts.
                StepOp::Number(Numbering::Index) if fails => (Need::All, 0),
                StepOp::Number(_) => (need.part(0), 0),
            };
            need = before;
            fails = fails || step_may_fail(step);
            if dropped > 0 {
                let plural = if dropped == 1 { "" } else { "s" };
                let text = format!("{dropped} computation{plural} left out: nothing looks at the result");
                self.notes.push(Note::new(step.span, text));
            }
        }
        need
    }

    /// Puts steps around a shuffle that leave out what nobody looks at while it moves.
    fn narrow(&mut self, draft: &mut Draft, id: NodeId) {
        if draft.is_fixed(id) || draft.is_used_again(id) {
            return;
        }
        let need = self.needs[id].clone();
        let in_place = stays(&draft.plan, id);
        let values = match &draft.plan.nodes[id].kind {
            NodeKind::Shuffle { place: Place::RoundRobin, .. } => vec![need],
            NodeKind::Shuffle { wide: Wide::Keep | Wide::Sort { .. }, .. } => vec![need.part(1)],
            NodeKind::Shuffle { wide: Wide::Group, .. } => vec![need.part(1).items()],
            NodeKind::CoGroup { .. } => {
                let side = |side| if in_place[side] { Need::All } else { need.part(1).part(side).items() };
                vec![side(0), side(1)]
            }
            NodeKind::Shuffle { wide: Wide::Combine(_), .. } | NodeKind::Source { .. } => return,
            NodeKind::Narrow { .. } | NodeKind::MapPartitions { .. } | NodeKind::Coalesce { .. } => return,
            NodeKind::Union { .. } | NodeKind::Zip { .. } | NodeKind::Cartesian { .. } | NodeKind::Cache { .. } => {
                return;
            }
        };
        if !matches!(draft.plan.nodes[id].kind, NodeKind::CoGroup { .. }) && in_place[0] {
            return;
        }
        self.narrow_inputs(draft, id, &values);
    }

    fn narrow_inputs(&mut self, draft: &mut Draft, id: NodeId, values: &[Need]) {
        let whole = matches!(draft.plan.nodes[id].kind, NodeKind::Shuffle { place: Place::RoundRobin, .. });
        let inputs = draft.plan.nodes[id].inputs();
        let mut changed = Vec::with_capacity(inputs.len());
        for (input, value) in inputs.iter().zip(values) {
            let need = if whole { value.clone() } else { Need::pair(Need::All, value.clone()) };
            let from = draft.plan.nodes[*input].elem.clone();
            let to = need.narrow_ty(&from);
            // A row of no words could not be counted.
            if to == from || to.shape().words() == 0 {
                changed.push(*input);
                continue;
            }
            let span = draft.plan.nodes[id].span;
            self.notes.push(Note::new(span, format!("moves {to} instead of {from}: nothing looks at the rest")));
            let narrowed = Lambda::closed(span, [from], |_, [row]| need.narrow(row));
            changed.push(add_step(draft, *input, narrowed, span));
        }
        if changed != inputs {
            widen_behind(draft, id, &changed, values);
        }
    }
}

/// The needs of the values that a combine takes.
fn of_combine(combine: &mut Combine) -> Need {
    let created = through(&mut combine.create, &Need::All).0;
    let merged = params(&mut combine.merge_value, &Need::All).0.pop().unwrap_or(Need::All);
    created.join(merged)
}

/// A map that leaves the keys alone.
fn step(lambda: Lambda, span: Span) -> Step {
    let elem = lambda.body.ty.clone();
    Step { op: StepOp::Map(Func::closed(lambda)), elem, keeps: true, span }
}

fn add_step(draft: &mut Draft, input: NodeId, lambda: Lambda, span: Span) -> NodeId {
    let steps = vec![step(lambda, span)];
    let elem = steps[0].elem.clone();
    let before = &draft.plan.nodes[input];
    let node = Node { kind: NodeKind::Narrow { input, steps }, elem, span, ..before.clone() };
    draft.add(node)
}

/// Lets a shuffle read narrowed inputs; a step in its place widens what it gives for all its readers.
fn widen_behind(draft: &mut Draft, id: NodeId, inputs: &[NodeId], needs: &[Need]) {
    let mut shuffle = draft.plan.nodes[id].clone();
    let (wide_ty, span) = (shuffle.elem.clone(), shuffle.span);
    match &mut shuffle.kind {
        NodeKind::Shuffle { input, .. } => *input = inputs[0],
        NodeKind::CoGroup { inputs: both, .. } => *both = [inputs[0], inputs[1]],
        other => unreachable!("only shuffles are narrowed, this is {other:?}"),
    }
    let tys: Vec<&Ty> = inputs.iter().map(|input| &draft.plan.nodes[*input].elem).collect();
    shuffle.elem = moved_ty(&shuffle.kind, &tys);
    let steps = vec![step(widened(&shuffle, &wide_ty, needs, span), span)];
    let moved = draft.add(shuffle);
    draft.node_mut(id).kind = NodeKind::Narrow { input: moved, steps };
}

/// The type that a shuffle gives for inputs of these types.
fn moved_ty(kind: &NodeKind, inputs: &[&Ty]) -> Ty {
    let value = |side: usize| inputs[side].components().expect("pairs")[1].clone();
    let key = || inputs[0].components().expect("pairs")[0].clone();
    match kind {
        NodeKind::Shuffle { wide: Wide::Group, .. } => Ty::pair(key(), Ty::list(value(0))),
        NodeKind::CoGroup { .. } => Ty::pair(key(), Ty::pair(Ty::list(value(0)), Ty::list(value(1)))),
        NodeKind::Source { .. } | NodeKind::Narrow { .. } => inputs[0].clone(),
        NodeKind::MapPartitions { .. } | NodeKind::Coalesce { .. } => inputs[0].clone(),
        NodeKind::Union { .. } | NodeKind::Zip { .. } | NodeKind::Cartesian { .. } => inputs[0].clone(),
        NodeKind::Shuffle { .. } | NodeKind::Cache { .. } => inputs[0].clone(),
    }
}

/// The elements that a shuffle of narrowed inputs gives, as the type that its readers know.
fn widened(shuffle: &Node, to: &Ty, needs: &[Need], span: Span) -> Lambda {
    Lambda::closed(span, [shuffle.elem.clone()], |b, [row]| {
        if matches!(shuffle.kind, NodeKind::Shuffle { place: Place::RoundRobin, .. }) {
            return needs[0].widen(row, to);
        }
        let ty = to.components().expect("pairs")[1];
        let value = row.clone().field(1);
        let value = match &shuffle.kind {
            NodeKind::Shuffle { wide: Wide::Group, .. } => needs[0].widen_items(b, value, ty),
            NodeKind::CoGroup { .. } => {
                let lists = ty.components().expect("a cogroup gives two lists");
                let mut side = |side: usize| needs[side].widen_items(b, value.clone().field(side), lists[side]);
                Expr::tuple(vec![side(0), side(1)], span)
            }
            _ => needs[0].widen(value, ty),
        };
        Expr::tuple(vec![row.field(0), value], span)
    })
}
