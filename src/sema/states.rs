//! An open state: `fold([], (xs, x) -> …)` begins with a list whose elements have no type yet.
//!
//! Types are found in one walk from left to right, and what a state is made of may be said late: in
//! `(xs, x) -> if xs[-1][0] > x then xs else xs + [(x, 1)]` the last part says that `xs` is a list of pairs, when `xs[-1][0]`
//! has been read already. So a function whose first parameter is open and is its result too is walked once before it
//! is checked. In that walk a call with an argument of an open type chooses no row and may be anything, no diagnostics are
//! made, and what it says of the state is all that is kept. Where it says nothing, all is as if it had not been.

use crate::hir::{Expr, ExprKind};
use crate::syntax::ast;
use crate::types::ty::Ty;

use super::Checker;
use super::args::Given;
use super::finish::is_open;
use super::scope::Scope;
use crate::base::source::Span;

impl<'a> Checker<'a> {
    /// Finds out what the state of a function `(state, x) -> state` is, if that is open.
    pub(super) fn learn_state(&mut self, expr: &'a ast::Expr, params: &[Ty], result: &Ty, scope: &Scope<'a>) {
        let [state, _] = params else { return };
        let (before, after) = (self.infer.zonk(state, None), self.infer.zonk(result, None));
        if self.guessing || before != after || matches!(before, Ty::Var(_)) || !is_open(&before) {
            return;
        }
        let (mark, waiting, names_only) = (self.infer.mark(), self.waiting.len(), self.names_only);
        let hoisted = std::mem::take(&mut self.hoisted);
        (self.guessing, self.names_only) = (true, true);
        self.function(expr, params, result, scope);
        (self.guessing, self.names_only) = (false, names_only);
        self.hoisted = hoisted;
        self.waiting.truncate(waiting);
        let learned = self.infer.zonk(&before, None);
        self.infer.undo(mark);
        self.infer.unify(&before, &learned);
    }

    /// The placeholder of a call whose row cannot be chosen yet, within such a walk.
    pub(super) fn anything(&mut self, given: &[Given], span: Span) -> Option<Expr> {
        let open = |given: &Given| matches!(given, Given::Value(Ty::Var(_)));
        let ty = (self.guessing && given.iter().any(open)).then(|| self.infer.fresh())?;
        Some(Expr { kind: ExprKind::Tuple(Vec::new()), ty, span })
    }
}
