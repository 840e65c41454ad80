//! Makes expressions below `sema`: each with the type that follows from its parts, with variables that nothing else uses.
//!
//! ```text
//! Lambda::closed(span, [pair], |b, [row]| b.map(row.field(1), |_, item| Expr::tuple(vec![item], span)))
//!     (k, items) -> [(item,) for item in items]
//! ```

use crate::base::source::Span;
use crate::runtime::call::abi::RtFn;
use crate::types::ty::Ty;

use super::{Expr, ExprKind, Lambda, LocalId, LoopOp, Props};

impl Expr {
    /// The empty tuple.
    pub fn unit(span: Span) -> Self {
        Self::tuple(Vec::new(), span)
    }

    /// An int.
    pub fn int(n: i64, span: Span) -> Self {
        Self { kind: ExprKind::Int(n), ty: Ty::Int, span }
    }

    /// A truth value.
    pub fn bool(b: bool, span: Span) -> Self {
        Self { kind: ExprKind::Bool(b), ty: Ty::Bool, span }
    }

    /// A variable.
    pub fn local(local: LocalId, ty: Ty, span: Span) -> Self {
        Self { kind: ExprKind::Local(local), ty, span }
    }

    /// A tuple.
    pub fn tuple(parts: Vec<Self>, span: Span) -> Self {
        let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
        Self { kind: ExprKind::Tuple(parts), ty, span }
    }

    /// A component of a tuple or record.
    pub fn field(self, at: usize) -> Self {
        let ty = self.ty.components().expect("tuples and records have components")[at].clone();
        let span = self.span;
        Self { kind: ExprKind::Field(Box::new(self), at), ty, span }
    }

    /// The components of a variable, or of a component of one: it is read once for each.
    pub fn fields(&self) -> Vec<Self> {
        let width = self.ty.components().map_or(0, |components| components.len());
        (0..width).map(|at| self.clone().field(at)).collect()
    }

    /// `None` of the options of a type.
    pub fn none(ty: Ty, span: Span) -> Self {
        Self { kind: ExprKind::None, ty: Ty::option(ty), span }
    }

    /// `Some` of it.
    pub fn some(self) -> Self {
        let (ty, span) = (Ty::option(self.ty.clone()), self.span);
        Self { kind: ExprKind::Some(Box::new(self)), ty, span }
    }

    /// A list of elements of a type.
    pub fn list(items: Vec<Self>, elem: Ty, span: Span) -> Self {
        Self { kind: ExprKind::List(items), ty: Ty::list(elem), span }
    }

    /// A call of a runtime function.
    pub fn call(func: &'static RtFn, props: Props, args: Vec<Self>, ty: Ty, span: Span) -> Self {
        Self { kind: ExprKind::Call(func, props, args), ty, span }
    }
}

impl Lambda {
    /// A function that uses nothing around it, so that all variables in it are its own.
    pub fn closed<const N: usize>(
        span: Span,
        params: [Ty; N],
        body: impl FnOnce(&mut Builder, [Expr; N]) -> Expr,
    ) -> Self {
        Builder::default().lambda(span, params, body)
    }
}

/// Gives a function's expressions fresh variables.
#[derive(Default, Debug)]
pub struct Builder {
    next: u32,
}

impl Builder {
    fn fresh(&mut self) -> LocalId {
        self.next += 1;
        LocalId(self.next - 1)
    }

    /// A function within the one that is built.
    fn lambda<const N: usize>(
        &mut self,
        span: Span,
        params: [Ty; N],
        body: impl FnOnce(&mut Self, [Expr; N]) -> Expr,
    ) -> Lambda {
        let params = params.map(|ty| (self.fresh(), ty));
        let locals = params.iter().map(|(local, _)| *local).collect();
        Lambda { params: locals, body: body(self, params.map(|(local, ty)| Expr::local(local, ty, span))) }
    }

    /// `[body(item) for item in list]`
    pub fn map(&mut self, list: Expr, body: impl FnOnce(&mut Self, Expr) -> Expr) -> Expr {
        let lambda = self.of_items(&list, body);
        let ty = Ty::list(lambda.body.ty.clone());
        looped(LoopOp::Map, list, lambda, ty)
    }

    /// `[x for item in list for x in body(item)]`
    pub fn flat_map(&mut self, list: Expr, body: impl FnOnce(&mut Self, Expr) -> Expr) -> Expr {
        let lambda = self.of_items(&list, body);
        let ty = lambda.body.ty.clone();
        looped(LoopOp::FlatMap, list, lambda, ty)
    }

    fn of_items(&mut self, list: &Expr, body: impl FnOnce(&mut Self, Expr) -> Expr) -> Lambda {
        let Ty::List(item) = &list.ty else { unreachable!("loops go over lists, this is {}", list.ty) };
        self.lambda(list.span, [(**item).clone()], |b, [item]| body(b, item))
    }

    /// The expression that is `then` of an option's value, or `otherwise`.
    pub fn if_some(&mut self, option: Expr, then: impl FnOnce(&mut Self, Expr) -> Expr, otherwise: Expr) -> Expr {
        let Ty::Option(value) = &option.ty else { unreachable!("an option is asked, this is {}", option.ty) };
        let (local, span) = (self.fresh(), option.span);
        let then = then(self, Expr::local(local, (**value).clone(), span));
        let ty = then.ty.clone();
        let kind = ExprKind::IfSome(Box::new(option), local, Box::new(then), Box::new(otherwise));
        Expr { kind, ty, span }
    }
}

fn looped(op: LoopOp, list: Expr, lambda: Lambda, ty: Ty) -> Expr {
    let span = list.span;
    Expr { kind: ExprKind::Loop(op, vec![list], Box::new(lambda)), ty, span }
}
