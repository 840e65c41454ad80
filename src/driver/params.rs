//! Parameters of a job: from the text of the command line to values.

use std::sync::Arc;

use crate::exec::data::batch::Batch;
use crate::exec::errors::{JobError, TaskResult};
use crate::hir::Param;
use crate::runtime::call::cx::Cx;
use crate::runtime::python::numbers;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::types::ty::Ty;

use super::defaults::default_of;
use super::errors;
use super::job::{Job, Val};

impl Job<'_> {
    /// Gives every parameter its value: the command line's, or its default.
    pub(super) fn bind_params(&mut self) -> TaskResult<()> {
        let compiled = self.compiled;
        for param in &compiled.program.params {
            let given = self.options.params.iter().rev().find(|(name, _)| *name == *param.name);
            let value = match (given, &param.default) {
                (Some((_, text)), _) => parse(param, &param.ty, text)?,
                (None, Some(default)) => self.data(default)?,
                (None, None) if matches!(param.ty, Ty::Option(_)) || self.explained.is_some() => {
                    default_of(&param.ty.shape())
                }
                (None, None) => return Err(errors::missing_param(param)),
            };
            self.env.insert(param.local, Val::Data(value));
        }
        Ok(())
    }
}

/// The value of a text for a parameter of a type.
#[expect(clippy::wildcard_enum_match_arm, reason = "sema lets parameters have few of the many types")]
fn parse(param: &Param, ty: &Ty, text: &str) -> TaskResult<Arc<Datum>> {
    let wrong = |detail: String| errors::param_text(param, &detail);
    let cx = Cx::new();
    match ty {
        Ty::Str => Ok(Datum::str(text)),
        Ty::Int => numbers::int_of_str(&cx, text).map(Datum::int).map_err(|trap| wrong(trap.detail)),
        Ty::Float => {
            let float = |x: f64| Datum::flat(Shape::Float, vec![x.to_bits()]);
            numbers::float_of_str(&cx, text).map(float).map_err(|trap| wrong(trap.detail))
        }
        Ty::Bool => match text {
            "true" | "True" => Ok(Datum::flat(Shape::Bool, vec![1])),
            "false" | "False" => Ok(Datum::flat(Shape::Bool, vec![0])),
            _ => Err(wrong(format!("expected true or false, found `{text}`"))),
        },
        Ty::Option(inner) => {
            let value = parse(param, inner, text)?;
            let mut some = Batch::new(ty.shape());
            some.push(&[&[1], value.words()]);
            Ok(Datum::copy(some.row(0)))
        }
        other => Err(JobError::Bug(format!("a parameter of type {other}"))),
    }
}
