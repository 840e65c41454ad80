//! Partitioner preservation: what is placed already stays where it is.
//!
//! Before → after: `partition by hash(4) | combine by key to hash(4)` → `partition by hash(4) | combine by key, in place`;
//! a cogroup likewise, each side on its own.
//!
//! **Legal** because equal partitioners place equal keys in the same partition: with the input's partitioner `hash(n)` and
//! a shuffle to `hash(n)`, every pair of partition `p` would be sent to partition `p`, in its order. Steps that may change
//! keys have lost the partitioner when the plan was built, so the fact on the node is all that is asked. A sort is never
//! in place: its ranges are sampled anew.
//!
//! **Pays** because nothing is encoded, moved and decoded. It is the gain of `partitionBy` before several joins.

use crate::base::source::Span;
use crate::plan::node::{Node, NodeId, NodeKind, Partitioner, Place, Plan, Wide};
use crate::plan::print::print_partitioner;

use super::draft::{Draft, Note};

/// Runs the pass. On fixed nodes too: whether a side was moved is part of what was kept of them.
pub(super) fn run(draft: &mut Draft) -> Vec<Note> {
    let placed = |(span, by): &(Span, Partitioner)| {
        Note::new(*span, format!("does nothing: already placed by {}", print_partitioner(*by)))
    };
    let mut notes: Vec<Note> = draft.elided.iter().map(placed).collect();
    for id in draft.order() {
        let there = stays(&draft.plan, id);
        let node = &mut draft.plan.nodes[id];
        match &mut node.kind {
            NodeKind::Shuffle { local, place: Place::Hash, .. } => *local = there[0],
            NodeKind::CoGroup { local, .. } => *local = [there[0], there[1]],
            NodeKind::Shuffle { .. } => {}
            NodeKind::Source { .. } | NodeKind::Narrow { .. } => continue,
            NodeKind::MapPartitions { .. } | NodeKind::Coalesce { .. } => continue,
            NodeKind::Union { .. } | NodeKind::Zip { .. } | NodeKind::Cartesian { .. } => continue,
            NodeKind::Cache { .. } => continue,
        }
        if !draft.is_fixed(id) {
            notes.extend(note(&draft.plan, &draft.plan.nodes[id]));
        }
    }
    notes
}

/// For each input whether it is placed as a hash shuffle to this node would place it.
pub(super) fn stays(plan: &Plan, id: NodeId) -> Vec<bool> {
    let node = &plan.nodes[id];
    let by_hash = match &node.kind {
        NodeKind::Shuffle { place, .. } => matches!(place, Place::Hash),
        NodeKind::CoGroup { .. } => true,
        NodeKind::Source { .. } | NodeKind::Narrow { .. } | NodeKind::MapPartitions { .. } => false,
        NodeKind::Coalesce { .. } | NodeKind::Union { .. } | NodeKind::Zip { .. } => false,
        NodeKind::Cartesian { .. } | NodeKind::Cache { .. } => false,
    };
    let wanted = Some(Partitioner::Hash(node.partitions));
    node.inputs().iter().map(|input| by_hash && plan.nodes[*input].partitioner == wanted).collect()
}

/// The operators that stay, those that move, and the reason.
fn note(plan: &Plan, node: &Node) -> Option<Note> {
    let wanted = print_partitioner(Partitioner::Hash(node.partitions));
    let text = match &node.kind {
        NodeKind::Shuffle { input, place, wide, local } => {
            let why = match (place, local) {
                (Place::Hash, _) => why(plan, *input, *local, &wanted),
                (Place::Custom(_), true) => "already placed by the same function of the job".into(),
                (Place::Custom(_), false) => "a function of the job says where pairs go".into(),
                (Place::Range { .. }, _) => "ranges of keys are sampled anew".into(),
                (Place::RoundRobin, _) => "the elements are dealt anew".into(),
                (Place::Here, _) => "sorts what each partition has".into(),
            };
            format!("{}: {why}", verb(wide, *local))
        }
        NodeKind::CoGroup { inputs: [left, right], local } => {
            let side = |input, local| format!("{}: {}", moves(local), why(plan, input, local, &wanted));
            format!("left side {}; right side {}", side(*left, local[0]), side(*right, local[1]))
        }
        NodeKind::Source { .. } | NodeKind::Narrow { .. } => return None,
        NodeKind::MapPartitions { .. } | NodeKind::Coalesce { .. } => return None,
        NodeKind::Union { .. } | NodeKind::Zip { .. } | NodeKind::Cartesian { .. } => return None,
        NodeKind::Cache { .. } => return None,
    };
    Some(Note::new(node.span, text))
}

fn verb(wide: &Wide, local: bool) -> &'static str {
    match (wide, local) {
        (Wide::Keep | Wide::Sort { .. }, _) => moves(local),
        (Wide::Group, true) => "groups in place",
        (Wide::Group, false) => "groups after a shuffle",
        (Wide::Combine(_), true) => "combines in place",
        (Wide::Combine(_), false) => "combines after a shuffle",
    }
}

fn moves(local: bool) -> &'static str {
    if local { "stays in place" } else { "is shuffled" }
}

fn why(plan: &Plan, input: NodeId, local: bool, wanted: &str) -> String {
    if local {
        return format!("already placed by {wanted}");
    }
    match plan.nodes[input].partitioner {
        None => "the input has no partitioner".into(),
        Some(found) => format!("the input is placed by {}, not by {wanted}", print_partitioner(found)),
    }
}
