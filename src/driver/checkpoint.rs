//! Checkpoints: RDDs whose rows take the place of their lineage.
//!
//! `checkpoint` and `localCheckpoint` mark an RDD. When an action has read it, its rows are written to a file (or stay in
//! memory), partitions that the action did not compute are computed for it, and its node becomes a source: what it was
//! made of is not needed any more. Spark does so after the first action, too.

use std::collections::BTreeMap;

use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::CheckpointDir;
use crate::exec::io::inputs::{Input, InputKind};
use crate::hir::{Arg, CoreOp, Expr};
use crate::plan::node::{Action, Level, NodeId, NodeKind};
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::datum::Datum;
use crate::stage::{Keep, Kept};

use super::eval::value_arg;
use super::job::{Job, Val};
use super::lineage::optional_text;

/// The checkpoints of a job.
#[derive(Default)]
pub(super) struct Checkpoints {
    directory: Option<CheckpointDir>,
    marks: BTreeMap<NodeId, Mark>,
}

/// An RDD that is marked.
struct Mark {
    local: bool,
    done: bool,
    /// Its directory, once it is written.
    file: Option<String>,
}

impl Checkpoints {
    /// What is marked at a node is marked at another one from now on.
    pub(super) fn rename(&mut self, from: NodeId, to: NodeId) {
        if let Some(mark) = self.marks.remove(&from) {
            self.marks.insert(to, mark);
        }
    }

    /// Whether a node stays in memory as a local checkpoint, or will.
    pub(super) fn is_local(&self, node: NodeId) -> bool {
        self.marks.get(&node).is_some_and(|mark| mark.local)
    }
}

impl Job<'_> {
    /// Operators about checkpoints.
    pub(super) fn checkpoints(&mut self, op: CoreOp, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let bool = |truth: bool| Datum::flat(crate::runtime::value::shape::Shape::Bool, vec![u64::from(truth)]);
        Ok(Val::Data(match op {
            CoreOp::SetCheckpointDir => {
                let below = self.str_arg(args, 0)?;
                if self.explained.is_none() {
                    let made = CheckpointDir::create(&self.output_path(below));
                    let made = made.map_err(|error| JobError::Io(vec![error], Some(expr.span)))?;
                    self.marked.directory = Some(made);
                }
                Datum::unit()
            }
            CoreOp::CheckpointDir => {
                let path = self.marked.directory.as_ref().map(|directory| directory.path().display().to_string());
                optional_text(path.as_deref())
            }
            CoreOp::Checkpoint => {
                let node = self.rdd_arg(args, 0)?;
                let local = self.data(value_arg(args, 1)?)?.value().bool();
                self.mark(node, local, expr)?;
                Datum::unit()
            }
            CoreOp::IsCheckpointed => {
                let node = self.rdd_arg(args, 0)?;
                let local = self.data(value_arg(args, 1)?)?.value().bool();
                bool(self.mark_of(node).is_some_and(|mark| if local { mark.local } else { mark.done }))
            }
            CoreOp::CheckpointFile => {
                let node = self.rdd_arg(args, 0)?;
                optional_text(self.mark_of(node).and_then(|mark| mark.file.as_deref()))
            }
            other => return Err(JobError::Bug(format!("{other:?} is not about checkpoints"))),
        }))
    }

    fn mark_of(&self, node: NodeId) -> Option<&Mark> {
        self.itself(node).into_iter().find_map(|at| self.marked.marks.get(&at))
    }

    fn mark(&mut self, node: NodeId, local: bool, expr: &Expr) -> TaskResult<()> {
        if !local && self.marked.directory.is_none() && self.explained.is_none() {
            let detail = "`checkpoint` writes to a directory that `setCheckpointDir` names, and none is named";
            return Err(JobError::driver(expr.span, Trap::new(Reason::Value, detail)));
        }
        // What keeps the RDD for later actions stays above its checkpoint.
        let at = self.itself(node).pop().unwrap_or(node);
        if self.mark_of(node).is_none() {
            self.keep(at, if local { Level::LocalCheckpoint } else { Level::Checkpoint }, expr);
            self.marked.marks.insert(at, Mark { local, done: false, file: None });
        }
        Ok(())
    }

    /// Makes sources of the marked RDDs that an action has read.
    pub(super) fn make_checkpoints(&mut self, root: NodeId, expr: &Expr) -> TaskResult<()> {
        let open = |node: NodeId| self.marked.marks.get(&node).is_some_and(|mark| !mark.done);
        if !self.marked.marks.values().any(|mark| !mark.done) {
            return Ok(());
        }
        let found: Vec<NodeId> = self.plan.needed(root, open).into_iter().filter(|node| open(*node)).collect();
        found.into_iter().try_for_each(|node| self.make_checkpoint(node, expr))
    }

    fn make_checkpoint(&mut self, node: NodeId, expr: &Expr) -> TaskResult<()> {
        let NodeKind::Cache { level, .. } = self.plan.nodes[node].kind else { return Ok(()) };
        let row = self.plan.nodes[node].elem.clone();
        let (partitions, shape) = (self.plan.nodes[node].partitions, row.shape());
        let keep = Keep { node, what: Kept::Cache(level.into()), row };
        if !self.exec.is_kept(&keep) && partitions > 0 {
            let optimised = self.optimise(node, &Action::Count);
            let graph = self.cut(&optimised, expr);
            self.exec.run(&graph)?;
        }
        let blocks = self.exec.kept_rows(&keep);
        let rdd = node.0;
        let (kind, what, file) = match (&self.marked.directory, level) {
            (Some(directory), Level::Checkpoint) => {
                let written = directory.write(rdd, blocks.iter().map(|block| &block.bytes[..]));
                let (path, files) = written.map_err(|error| JobError::Io(vec![error], Some(expr.span)))?;
                let path = path.display().to_string();
                let rows = blocks.iter().map(|block| block.rows).collect();
                (InputKind::Saved { files, rows, shape }, format!("checkpoint {path}"), Some(path))
            }
            _ => (InputKind::Rows { partitions: blocks, shape }, format!("localCheckpoint {rdd}"), None),
        };
        let source = self.exec.inputs.push(Input { kind, on_error: None, span: self.plan.nodes[node].span });
        self.plan.nodes[node].kind = NodeKind::Source { source, what };
        self.exec.retain(|keep| keep.node != node);
        if file.is_some() {
            self.located.forget(node);
        }
        if let Some(mark) = self.marked.marks.get_mut(&node) {
            (mark.done, mark.file) = (true, file);
        }
        Ok(())
    }
}
