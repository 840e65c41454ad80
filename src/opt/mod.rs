//! The optimiser: an ordered table of passes over the logical plan of one action.
//!
//! ```text
//! textFile | map | filter | combine by key     plan of the driver, and the node that an action asks for
//!   ─optimise→ textFile | map, filter | combine by key (map side too)     and what each pass says it did
//! ```
//!
//! Every pass can be switched off, and the empty list is a full optimisation level: the bytes of a job's output are the
//! same under any set of passes. So no pass changes the number of partitions, a partitioner, the order of elements, the
//! row errors that are raised, or the order of float operations. `README.md` beside this file says how a pass is written.
//!
//! The optimiser works on a copy ([`draft::Draft`]); the driver's plan stays as it is.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for shuffles among the kinds of nodes")]

mod dead_columns;
pub mod draft;
mod fold;
mod fuse;
mod keep_partitioner;
mod lambda;
mod liveness;
mod map_side_combine;
mod need;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use crate::base::source::Sources;
use crate::plan::node::{Action, NodeId, NodeKind, Place, Plan};
use crate::plan::part::Storage;
use crate::plan::verify::verify;

use draft::Draft;
pub use draft::Note;
pub use lambda::droppable;

/// A pass of the optimiser.
pub struct Pass {
    /// Its name, for `--disable-pass` and the log.
    pub name: &'static str,
    /// Its effect, in one sentence.
    pub doc: &'static str,
    run: fn(&mut Draft) -> Vec<Note>,
}

/// The passes, in the order in which they run.
pub static PASSES: &[Pass] = &[
    Pass {
        name: "fold",
        doc: "Computes what is constant in functions of elements when the plan is made, and not once a row.",
        run: fold::run,
    },
    // After `fold`: a branch that is never taken uses no column.
    Pass {
        name: "dead_columns",
        doc: "Keeps components of values that no later step looks at from being moved by shuffles.",
        run: dead_columns::run,
    },
    Pass {
        name: "keep_partitioner",
        doc: "Leaves pairs where they are when a shuffle would place them as they are placed already.",
        run: keep_partitioner::run,
    },
    // After `keep_partitioner`: a combine in place has no map side.
    Pass {
        name: "map_side_combine",
        doc: "Combines the values of a key in each partition before they move.",
        run: map_side_combine::run,
    },
    // Last: the others look at steps one by one.
    Pass { name: "fuse", doc: "Makes one kernel of neighbouring element-wise steps.", run: fuse::run },
];

/// The plan of an action after the passes.
#[derive(Clone, Debug)]
pub struct Optimised {
    /// The nodes that the action needs, and no others.
    pub plan: Plan,
    /// The node that the action reads.
    pub root: NodeId,
    /// The action, with its functions optimised.
    pub action: Action,
    /// The changes of the passes, in their order; passes that were switched off are absent.
    pub log: Vec<PassLog>,
}

/// The changes of a pass.
#[derive(Clone, Debug)]
pub struct PassLog {
    /// Its name.
    pub pass: &'static str,
    /// One note for each thing that it did or had a reason not to do.
    pub notes: Vec<Note>,
}

/// Optimises the part of the driver's plan that an action on `root` needs. Passes named in `disabled` do not run, none
/// at all if it has `all`.
///
/// Nodes whose output is at hand *as the driver's plan describes it* (shuffles of earlier actions and caches) are not
/// changed, and what they need is not copied; a source that nobody reads stands in its place.
///
/// # Panics
/// In debug builds, when a pass leaves a malformed plan: a bug of that pass.
pub fn optimise(plan: &Plan, root: NodeId, action: &Action, disabled: &[String], storage: &dyn Storage) -> Optimised {
    let mut draft = Draft::new(plan, root, action, storage);
    let mut log = Vec::new();
    for pass in PASSES.iter().filter(|pass| !is_off(pass.name, disabled)) {
        let notes = (pass.run)(&mut draft);
        draft.compact();
        check(pass, &draft, &plan.nodes[root]);
        log.push(PassLog { pass: pass.name, notes });
    }
    let Draft { plan, root, action, .. } = draft;
    Optimised { plan, root, action, log }
}

fn is_off(pass: &str, disabled: &[String]) -> bool {
    disabled.iter().any(|name| name == pass || name == "all")
}

/// For each input of a node of the driver's plan, whether a stage reads it partition by partition: all of a narrow node, and
/// those of a wide one that stay in place once the passes have run. The others are shuffled.
pub fn in_place(plan: &Plan, id: NodeId, disabled: &[String]) -> Vec<bool> {
    let local = match &plan.nodes[id].kind {
        NodeKind::Shuffle { place: Place::Hash, local, .. } => vec![*local],
        NodeKind::Shuffle { local, .. } => return vec![*local],
        NodeKind::CoGroup { local, .. } => local.to_vec(),
        _ => return vec![true; plan.nodes[id].inputs().len()],
    };
    if is_off("keep_partitioner", disabled) { local } else { keep_partitioner::stays(plan, id) }
}

/// Names the pass that broke the plan, in debug builds.
fn check(pass: &Pass, draft: &Draft, asked: &crate::plan::node::Node) {
    if !cfg!(debug_assertions) {
        return;
    }
    let root = &draft.plan.nodes[draft.root];
    let same = (&root.elem, root.partitions, root.partitioner) == (&asked.elem, asked.partitions, asked.partitioner);
    let facts = if same { Ok(()) } else { Err("type, partitions or partitioner of the result changed".to_owned()) };
    if let Err(why) = facts.and_then(|()| verify(&draft.plan, draft.root)) {
        panic!("a bug in sparkc, please report it: the pass `{}` left a malformed plan: {why}", pass.name);
    }
}

/// The changes of each pass, for `sparkc explain --opt`: one line a pass, then one a note.
pub fn print_log(optimised: &Optimised, sources: &Sources) -> String {
    let mut out = String::new();
    for PassLog { pass, notes } in &optimised.log {
        let nothing = if notes.is_empty() { ": nothing to do" } else { "" };
        let _ = writeln!(out, "{pass}{nothing}");
        for note in notes {
            let (line, col) = sources.line_col(note.span);
            let _ = writeln!(out, "  {line}:{col}  {}", note.text);
        }
    }
    out
}
