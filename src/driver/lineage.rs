//! Operators on RDDs themselves: their names, storage levels and lineage.
//!
//! As in PySpark, `persist`, `unpersist` and `setName` change the RDD that they are given, whoever holds it.

use std::sync::Arc;

use crate::exec::errors::{JobError, TaskResult};
use crate::hir::{Arg, CoreOp, Expr};
use crate::plan::debug::print_lineage;
use crate::plan::node::{Level, RddId, Reusable};
use crate::plan::part::part;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;

use super::errors;
use super::job::{Job, Val};

impl Job<'_> {
    /// Operators on RDDs themselves.
    #[expect(clippy::wildcard_enum_match_arm, reason = "`core` sends few of the many operators here")]
    pub(super) fn lineage(&mut self, op: CoreOp, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let rdd = self.rdd_arg(args, 0)?;
        Ok(match op {
            CoreOp::Persist => {
                let name = self.str_arg(args, 1)?;
                self.persist(rdd, &name, expr)?;
                Val::Rdd(rdd)
            }
            CoreOp::Unpersist => {
                if let Some(level) = self.rdds.unpersist(rdd) {
                    self.exec.retain(|key| (key.rdd, key.output) != (rdd, Reusable::Cache(level)));
                }
                Val::Rdd(rdd)
            }
            CoreOp::SetName => {
                let name = self.str_arg(args, 1)?;
                self.rdds.get_mut(rdd).name = Some(name);
                Val::Rdd(rdd)
            }
            CoreOp::Name => Val::Data(optional_text(self.rdds.get(rdd).name.as_deref())),
            CoreOp::Id => Val::Data(Datum::int(i64::from(rdd.0))),
            CoreOp::StorageLevel => Val::Data(Datum::str(&self.rdds.get(rdd).level_text())),
            CoreOp::DebugString => {
                let (plan, root) = part(&self.rdds.plan, rdd.node(), &self.rdds);
                let name = |rdd| self.rdds.get(rdd).name.as_deref();
                Val::Data(Datum::str(&print_lineage(&plan, root, name, &self.compiled.sources)))
            }
            CoreOp::CleanShuffles => {
                let is_cache = |output| matches!(output, Reusable::Cache(_));
                let read = self.rdds.outputs(rdd, &self.options.disabled_passes, |_, output| is_cache(output));
                self.exec.retain(|key| is_cache(key.output) || !read.contains(&(key.rdd, key.output)));
                Val::Data(Datum::unit())
            }
            other => return Err(JobError::Bug(format!("{other:?} is not about an RDD itself"))),
        })
    }

    fn persist(&mut self, rdd: RddId, name: &str, expr: &Expr) -> TaskResult<()> {
        let Some(level) = Level::find(name) else {
            return if name == "NONE" { Ok(()) } else { Err(errors::unknown_level(expr.span, name)) };
        };
        match self.rdds.get(rdd).level() {
            Some(there) if there == level => Ok(()),
            Some(there) => Err(errors::two_levels(expr.span, there.name(), name)),
            None => {
                self.rdds.persist(rdd, level, expr.span);
                Ok(())
            }
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
