//! What the driver knows of an RDD itself: its name, how it is kept, what it was computed from.
//!
//! As in PySpark, `persist`, `unpersist` and `setName` change the RDD that they are given, whoever holds it.

use std::sync::Arc;

use crate::exec::errors::{JobError, TaskResult};
use crate::hir::{Arg, CoreOp, Expr};
use crate::plan::debug::print_lineage;
use crate::plan::level::NOT_KEPT;
use crate::plan::node::{Level, NodeId, NodeKind};
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::stage::{Keep, Kept};

use super::job::{Job, Val};

impl Job<'_> {
    /// Operators on RDDs themselves.
    pub(super) fn lineage(&mut self, op: CoreOp, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let node = self.rdd_arg(args, 0)?;
        Ok(match op {
            CoreOp::Persist => {
                let name = self.str_arg(args, 1)?;
                self.persist(node, &name, expr)?;
                Val::Rdd(node)
            }
            CoreOp::Unpersist => {
                self.unpersist(node);
                Val::Rdd(node)
            }
            CoreOp::SetName => {
                let name = self.str_arg(args, 1)?;
                self.names.insert(node, name);
                Val::Rdd(node)
            }
            CoreOp::Name => Val::Data(optional_text(self.names.get(&node).map(String::as_str))),
            CoreOp::Id => Val::Data(Datum::int(i64::from(node.0))),
            CoreOp::StorageLevel => {
                let local = self.itself(node).iter().any(|at| self.marked.is_local(*at));
                let level = self.kept_at(node).map_or_else(|| NOT_KEPT.into(), |(_, level)| level.text(local));
                Val::Data(Datum::str(&level))
            }
            CoreOp::DebugString => {
                let lineage = print_lineage(&self.plan, node, &self.names, &self.compiled.sources);
                Val::Data(Datum::str(&lineage))
            }
            CoreOp::CleanShuffles => {
                let cached = |node| matches!(self.plan.nodes[node].kind, NodeKind::Cache { .. });
                let read = self.plan.needed(node, cached);
                let shuffled = |keep: &Keep| matches!(keep.what, Kept::Shuffle | Kept::Side(_));
                self.exec.retain(|keep| !(shuffled(keep) && read.contains(&keep.node)));
                Val::Data(Datum::unit())
            }
            other => return Err(JobError::Bug(format!("{other:?} is not about an RDD itself"))),
        })
    }

    fn persist(&mut self, node: NodeId, name: &str, expr: &Expr) -> TaskResult<()> {
        let wrong = |detail: String| Err(JobError::driver(expr.span, Trap::new(Reason::Value, detail)));
        let Some(level) = Level::find(name) else {
            return match name {
                "NONE" => Ok(()),
                _ => wrong(format!(
                    "`persist` takes \"MEMORY_ONLY\", \"MEMORY_AND_DISK\", \"DISK_ONLY\" or another level of Spark, found \"{name}\""
                )),
            };
        };
        match self.kept_at(node).filter(|(_, level)| !level.ends_lineage()) {
            Some((_, there)) if there == level => Ok(()),
            Some((_, there)) => wrong(format!(
                "the RDD is kept at the level {} already, and cannot be kept at {name} too; `unpersist` it before",
                there.name()
            )),
            None => {
                self.keep(node, level, expr);
                Ok(())
            }
        }
    }

    /// Keeps an RDD itself.
    pub(super) fn keep(&mut self, node: NodeId, level: Level, expr: &Expr) {
        let moved = self.plan.keep(node, level, expr.span);
        self.exec.rename_kept(node, moved);
        self.marked.rename(node, moved);
        self.located.rename(node, moved);
    }

    /// Forgets what is cached of an RDD, and caches it no more.
    fn unpersist(&mut self, node: NodeId) {
        let kept = self.kept_at(node).filter(|(_, level)| !level.ends_lineage());
        let Some((at, _)) = kept else { return };
        self.exec.retain(|keep| keep.node != at);
        if let NodeKind::Cache { input, .. } = self.plan.nodes[at].kind {
            self.plan.nodes[at].kind = NodeKind::Narrow { input, steps: Vec::new() };
        }
    }

    /// The node that keeps an RDD, and the level at which it does.
    fn kept_at(&self, node: NodeId) -> Option<(NodeId, Level)> {
        self.itself(node).into_iter().find_map(|at| match self.plan.nodes[at].kind {
            NodeKind::Cache { level, .. } if level != Level::Checkpoint => Some((at, level)),
            _ if self.marked.is_local(at) => Some((at, Level::LocalCheckpoint)),
            _ => None,
        })
    }

    /// The nodes that are one RDD: those that keep it, and the one that computes it.
    pub(super) fn itself(&self, node: NodeId) -> Vec<NodeId> {
        let (mut all, mut at) = (vec![node], node);
        loop {
            at = match &self.plan.nodes[at].kind {
                NodeKind::Cache { input, .. } => *input,
                NodeKind::Narrow { input, steps } if steps.is_empty() => *input,
                _ => return all,
            };
            all.push(at);
        }
    }
}

/// A text as an option.
pub(super) fn optional_text(text: Option<&str>) -> Arc<Datum> {
    let mut rows = crate::exec::data::batch::Batch::new(Shape::option(Shape::Str));
    match text {
        Some(text) => {
            let words = crate::runtime::value::words::str_words(text);
            rows.push(&[&[1], &words]);
        }
        None => rows.push(&[&[0; 3]]),
    }
    Datum::copy(rows.row(0))
}
