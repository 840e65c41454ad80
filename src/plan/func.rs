//! Functions of elements in a plan: a typed lambda with the driver's values that it captured.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::index::Id;
use crate::base::source::{FileId, Span};
use crate::base::wire;
use crate::hir::{Expr, Lambda, LocalId};
use crate::runtime::value::datum::Datum;
use crate::types::ty::Ty;

/// A function of elements, ready to be lowered.
#[derive(Clone, Debug)]
pub struct Func {
    /// Parameters and body.
    pub lambda: Arc<Lambda>,
    /// Values of the driver's locals that the body uses, as they were when the plan was built.
    pub captures: Arc<BTreeMap<LocalId, Arc<Datum>>>,
}

impl Func {
    /// A function that captures nothing.
    pub fn closed(lambda: Lambda) -> Self {
        Self { lambda: Arc::new(lambda), captures: Arc::default() }
    }

    /// The function that gives what this one makes of an element, and the element itself.
    pub fn beside(&self, elem: &Ty) -> Self {
        let Lambda { params, body } = &*self.lambda;
        let element = Expr::local(params[0], elem.clone(), body.span);
        self.with(Lambda { params: params.clone(), body: Expr::tuple(vec![body.clone(), element], body.span) })
    }

    /// The content of the function, without places and names: functions with the same content are the same function.
    pub fn canonical(&self) -> Vec<u8> {
        let mut lambda = Lambda::clone(&self.lambda);
        let mut ids = BTreeMap::new();
        lambda.each_local_mut(&mut |local| {
            let next = LocalId::from_usize(ids.len());
            *local = *ids.entry(*local).or_insert(next);
        });
        lambda.body.each_mut(&mut |expr| expr.span = Span::new(FileId(0), 0, 0));
        let captured = ids.iter().filter_map(|(local, id)| Some((id, self.captures.get(local)?)));
        wire::identity(&(&lambda, captured.collect::<Vec<_>>()))
    }

    /// The same function with another lambda over the same captures.
    pub fn with(&self, lambda: Lambda) -> Self {
        Self { lambda: Arc::new(lambda), captures: self.captures.clone() }
    }
}
