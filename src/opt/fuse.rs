//! Fusion: neighbouring element-wise nodes become one.
//!
//! Before → after: `narrow [flatMap] | narrow [map]` → `narrow [flatMap, map]`.
//!
//! **Legal** because element-wise steps compose: `map f | map g = map (f; g)`, likewise for every pair of steps, element by
//! element and in the same order. A node that several others read is fused into each of them: element-wise nodes are
//! computed again for each reader anyway. Caches end a chain, since they are nodes of their own. `zipWithIndex` is not
//! fused to what comes before it: it needs the rows before it to be kept and counted.
//!
//! **Pays** because an element passes through the whole chain in registers. Unfused steps are kernels of their own, with a
//! batch of words between them.

use crate::plan::node::{NodeId, NodeKind, Numbering, Step, StepOp};
use crate::plan::print::step_name;

use super::draft::{Draft, Note};

/// Runs the pass.
pub(super) fn run(draft: &mut Draft) -> Vec<Note> {
    let mut uses = draft.uses();
    let order = draft.order();
    for id in &order {
        let Some(input) = fusible(draft, *id) else { continue };
        let NodeKind::Narrow { input: before, steps: first } = &mut draft.plan.nodes[input].kind else { continue };
        let before = *before;
        uses[input] -= 1;
        let mut all = if uses[input] == 0 { std::mem::take(first) } else { first.clone() };
        // A shared node keeps its own reader of `before`, and this chain becomes one more.
        uses[before] += usize::from(uses[input] > 0);
        let NodeKind::Narrow { input, steps } = &mut draft.plan.nodes[*id].kind else { continue };
        all.append(steps);
        (*input, *steps) = (before, all);
    }
    draft.order().into_iter().filter_map(|id| note(draft, id)).collect()
}

/// The input of a chain, if it is one itself and both may become one.
fn fusible(draft: &Draft, id: NodeId) -> Option<NodeId> {
    let NodeKind::Narrow { input, steps } = &draft.plan.nodes[id].kind else { return None };
    let is_chain = matches!(draft.plan.nodes[*input].kind, NodeKind::Narrow { .. });
    let counts = steps.iter().any(|step| matches!(step.op, StepOp::Number(Numbering::Index)));
    (is_chain && !counts && !draft.is_fixed(id) && !draft.is_fixed(*input)).then_some(*input)
}

/// The operators that were fused, at the last one of the chain.
fn note(draft: &Draft, id: NodeId) -> Option<Note> {
    let NodeKind::Narrow { steps, .. } = &draft.plan.nodes[id].kind else { return None };
    let last = steps.last().filter(|_| steps.len() > 1)?;
    Some(Note::new(last.span, format!("{} fused into one kernel", names(steps))))
}

fn names(steps: &[Step]) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<_> = steps.iter().take(SHOWN).map(|step| format!("`{}`", step_name(&step.op))).collect();
    if steps.len() > SHOWN {
        names.push(format!("and {} more", steps.len() - SHOWN));
    }
    names.join(", ")
}
