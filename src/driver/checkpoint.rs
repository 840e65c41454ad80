//! Checkpoints: RDDs whose rows take the place of their lineage.
//!
//! `checkpoint` and `localCheckpoint` mark an RDD. When an action has read it, its rows are written to a file (or stay in
//! memory), partitions that the action did not compute are computed for it, and whoever reads the RDD reads a source of
//! these rows: what it was made of is not needed any more. Spark does so after the first action, too.

use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::CheckpointDir;
use crate::exec::io::inputs::{Input, InputKind};
use crate::hir::{Arg, CoreOp, Expr};
use crate::plan::node::{Action, Level, RddId, Reusable};
use crate::runtime::value::datum::Datum;
use crate::stage::ReuseKey;

use super::errors;
use super::eval::value_arg;
use super::job::{Job, Val};
use super::lineage::optional_text;
use super::rdds::{Checkpoint, Locality, Written};

impl Job<'_> {
    /// Operators about checkpoints.
    #[expect(clippy::wildcard_enum_match_arm, reason = "`core` sends few of the many operators here")]
    pub(super) fn checkpoints(&mut self, op: CoreOp, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let bool = |truth: bool| Datum::flat(crate::runtime::value::shape::Shape::Bool, vec![u64::from(truth)]);
        Ok(Val::Data(match op {
            CoreOp::SetCheckpointDir => {
                let below = self.str_arg(args, 0)?;
                if self.explained.is_none() {
                    let made = CheckpointDir::create(&self.output_path(below));
                    let made = made.map_err(errors::io(expr.span))?;
                    self.checkpoints = Some(made);
                }
                Datum::unit()
            }
            CoreOp::CheckpointDir => {
                let path = self.checkpoints.as_ref().map(|directory| directory.path().display().to_string());
                optional_text(path.as_deref())
            }
            CoreOp::Checkpoint => {
                let rdd = self.rdd_arg(args, 0)?;
                let local = self.data(value_arg(args, 1)?)?.value().bool();
                if !local && self.checkpoints.is_none() && self.explained.is_none() {
                    return Err(errors::no_checkpoint_directory(expr.span));
                }
                self.rdds.mark(rdd, if local { Level::LocalCheckpoint } else { Level::Checkpoint }, expr.span);
                Datum::unit()
            }
            CoreOp::IsCheckpointed => {
                let rdd = self.rdd_arg(args, 0)?;
                let local = self.data(value_arg(args, 1)?)?.value().bool();
                let record = self.rdds.get(rdd);
                bool(match &record.checkpoint {
                    Some(checkpoint) if local => checkpoint.is_local(),
                    Some(_) | None => record.is_checkpointed(),
                })
            }
            CoreOp::CheckpointFile => {
                let rdd = self.rdd_arg(args, 0)?;
                let written = self.rdds.get(rdd).checkpoint.as_ref().and_then(|checkpoint| checkpoint.written.as_ref());
                optional_text(written.and_then(|written| written.file.as_deref()))
            }
            other => return Err(JobError::Bug(format!("{other:?} is not about checkpoints"))),
        }))
    }

    /// Writes the checkpoints of the marked RDDs that an action has read.
    pub(super) fn make_checkpoints(&mut self, root: RddId, expr: &Expr) -> TaskResult<()> {
        if !self.rdds.has_open_checkpoints() {
            return Ok(());
        }
        let open = |rdd: RddId| self.rdds.get(rdd).open_checkpoint().is_some();
        let found: Vec<RddId> = self.rdds.lineage(root, open).into_iter().filter(|rdd| open(*rdd)).collect();
        found.into_iter().try_for_each(|rdd| self.make_checkpoint(rdd, expr))
    }

    fn make_checkpoint(&mut self, rdd: RddId, expr: &Expr) -> TaskResult<()> {
        let (record, node) = (self.rdds.get(rdd), self.rdds.node(rdd));
        let Some(level) = record.open_checkpoint() else { return Ok(()) };
        let (row, partitions, span) = (node.elem.clone(), node.partitions, node.span);
        let key = |level| ReuseKey { rdd, output: Reusable::Cache(level), row: row.clone() };
        let keys: Vec<ReuseKey> = record.levels().map(key).collect();
        if partitions > 0 && !keys.iter().any(|key| self.exec.is_whole(key)) {
            let optimised = self.optimise(rdd, &Action::Count);
            let graph = self.cut(&optimised, expr);
            self.exec.run(&graph)?;
        }
        let blocks = keys.iter().find(|key| self.exec.is_whole(key)).map_or(Vec::new(), |key| self.exec.rows_of(key));
        let number = rdd.0;
        let (kind, what, file) = match (&self.checkpoints, level) {
            (Some(directory), Level::Checkpoint) => {
                let written =
                    directory.write(number, row.shape(), blocks.iter().map(|block| (block.encode(), block.len())));
                let (path, input) = written.map_err(errors::io(expr.span))?;
                let path = path.display().to_string();
                (InputKind::Files(input.into()), format!("checkpoint {path}"), Some(path))
            }
            _ => {
                let kind = InputKind::Rows { partitions: blocks, shape: row.shape() };
                (kind, format!("localCheckpoint {number}"), None)
            }
        };
        let source = self.exec.inputs.push(Input { kind, on_error: None, span, only: None });
        let record = self.rdds.get_mut(rdd);
        let stored = record.level().map(Reusable::Cache);
        if file.is_some() {
            // Spark does not ask where files lie.
            let cached = record.locality.cached.take().filter(|_| stored.is_some());
            record.locality = Locality { cached, ..Locality::default() };
        }
        if let Some(Checkpoint { written, .. }) = &mut record.checkpoint {
            *written = Some(Written { source, what, file });
        }
        self.exec.retain(|key| key.rdd != rdd || Some(key.output) == stored);
        Ok(())
    }
}
