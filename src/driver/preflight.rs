//! Before anything is read: outputs that the job is bound to write must not exist, nor be written twice, nor be where the
//! rejected rows go.
//!
//! Looked at are saves of top-level statements whose path follows from constants and parameters. A path that a loop or
//! a branch writes is checked when it is reached.

use crate::base::source::Span;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::{IoError, OutputDir};
use crate::hir::walk::deeper;
use crate::hir::{Arg, CoreOp, Expr, ExprKind, Props, Stmt};

use super::job::Job;

impl Job<'_> {
    /// Checks all outputs that are known before the job begins.
    ///
    /// # Errors
    /// All that exist, in one error.
    pub(super) fn check_outputs(&mut self) -> TaskResult<()> {
        let mut saves = Vec::new();
        for stmt in &self.compiled.program.body {
            if let Stmt::Set(_, expr) | Stmt::Do(expr) = stmt {
                find_saves(expr, &mut saves);
            }
        }
        let (mut errors, mut place, mut seen) = (Vec::new(), None, Vec::new());
        for (path, span) in saves {
            if !self.is_known(path) {
                continue;
            }
            // A path that cannot be computed fails where the job computes it.
            let Ok(path) = self.data(path) else { continue };
            let text = self.output_path(path.value().str().to_owned());
            if !self.options.exec.overwrite && seen.contains(&text) {
                place.get_or_insert(span);
                errors.push(IoError::OutputTwice { path: text.into() });
                continue;
            }
            let apart = self.exec.rejects().map_or(Ok(()), |rejects| rejects.check_apart(&text));
            if let Err(error) = apart.and_then(|()| OutputDir::check(&text, self.options.exec.overwrite)) {
                place.get_or_insert(span);
                errors.push(error);
            }
            seen.push(text);
        }
        if errors.is_empty() { Ok(()) } else { Err(JobError::Io(errors, place)) }
    }

    /// Whether an expression uses nothing but constants and parameters.
    fn is_known(&self, expr: &Expr) -> bool {
        !expr.any(&|expr| {
            matches!(&expr.kind, ExprKind::Core(..) | ExprKind::Loop(..))
                || matches!(&expr.kind, ExprKind::Call(_, props, _) if props.has(Props::EFFECT))
                || matches!(&expr.kind, ExprKind::Local(local) if !self.env.contains_key(local))
        })
    }
}

/// The paths of saves in an expression, outside of branches.
fn find_saves<'e>(expr: &'e Expr, saves: &mut Vec<(&'e Expr, Span)>) {
    if let ExprKind::Core(CoreOp::Save(_), args) = &expr.kind
        && let Some(Arg::Value(path)) = args.get(1)
    {
        saves.push((path, expr.span));
    } else if let ExprKind::Let(_, bound, body) = &expr.kind {
        deeper(|| {
            find_saves(bound, saves);
            find_saves(body, saves);
        });
    }
}
