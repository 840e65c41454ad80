//! Map-side combine: values are combined in each partition before they move.
//!
//! Before → after: `combine by key` → `combine by key (map side too)`.
//!
//! **Legal** because it changes where, not what: without it the reducing side combines the values of each map partition on
//! its own, in their order, and then merges the partitions' states in the order of the partitions. With it the first half
//! happens before the move. The same functions run on the same values in the same order, floats included, so no
//! property of the functions is needed. A combine in place moves nothing and has no map side; what a function of the job
//! places has none either: tables are spread by the hash of their keys.
//!
//! **Pays** because one state a key and map partition moves, instead of every value.

use crate::plan::node::{NodeKind, Place, Wide};

use super::draft::{Draft, Note};

/// Runs the pass. Fixed nodes are marked too: their states were kept by an earlier action that ran this pass.
pub(super) fn run(draft: &mut Draft) -> Vec<Note> {
    let mut notes = Vec::new();
    for id in draft.order() {
        let (fixed, span) = (draft.is_fixed(id), draft.plan.nodes[id].span);
        let kind = &mut draft.plan.nodes[id].kind;
        let NodeKind::Shuffle { place: Place::Hash, wide: Wide::Combine(combine), local: false, .. } = kind else {
            continue;
        };
        combine.map_side = true;
        if !fixed {
            notes.push(Note::new(span, "the values of each key are combined before they move"));
        }
    }
    notes
}
