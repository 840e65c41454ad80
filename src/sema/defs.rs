//! User functions: inlined at each use with the types found there. They are not recursive.

use std::rc::Rc;

use crate::hir::{Expr, LocalId};
use crate::syntax::ast;
use crate::types::ty::Ty;

use super::args::{ArgValue, CallArg, Site};
use super::build::function_binding;
use super::scope::{Binding, Def, Inlining, Scope, Template};
use super::{Checker, errors, suggest};

/// How deep user functions may use each other.
const MAX_INLINING: usize = 100;

impl<'a> Checker<'a> {
    /// A use of a user function.
    pub(super) fn inline_def(
        &mut self,
        def: &Rc<Def<'a>>,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        hint: Option<&Ty>,
        scope: &Scope<'a>,
    ) -> Expr {
        self.used_defs.insert(def.name.span);
        let span = scope.span(site.span);
        if let Some(chain) = recursion(def, scope) {
            return self.fail(scope, errors::recursion(site.name_span, &def.name.text, &chain));
        }
        let depth = scope.inlining.as_ref().map_or(0, |inlining| inlining.depth);
        if depth >= MAX_INLINING {
            return self.fail(scope, errors::too_deep(site.name_span, MAX_INLINING));
        }
        let Some(slots) = self.def_args(def, site, args, scope) else { return self.broken(span) };
        let call = scope.inlining.as_ref().map_or(span, |inlining| inlining.call);
        let inlining = Inlining { def: def.name.span, call, depth: depth + 1, outer: scope.inlining.clone() };
        let mut inner = Scope { inlining: Some(Rc::new(inlining)), elements: scope.elements, ..def.scope.clone() };
        let mut bindings = Vec::new();
        let mut failed = false;
        for (param, arg) in def.params.iter().zip(slots) {
            let Some((binding, held)) = self.def_param(param, arg, scope, &def.scope) else {
                failed = true;
                continue;
            };
            inner.bind(&param.name.text, binding);
            bindings.push(held);
        }
        if failed {
            return self.broken(span);
        }
        let value = match def.result {
            Some(result) => {
                let result = self.written(result, &def.scope);
                self.check(def.body, &result, &inner)
            }
            None => self.expr(def.body, hint, &inner),
        };
        bindings.into_iter().rev().fold(value, |value, binding| self.release(binding, value))
    }

    /// The argument of each parameter; reports what does not fit.
    fn def_args(
        &mut self,
        def: &Def<'a>,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        scope: &Scope<'a>,
    ) -> Option<Vec<CallArg<'a>>> {
        let given = args.len();
        let signature = signature(def);
        let mut slots: Vec<Option<CallArg<'a>>> = def.params.iter().map(|_| None).collect();
        let mut next = 0;
        for arg in args {
            let at = match arg.name {
                Some(name) => def.params.iter().position(|param| param.name.text == name.text),
                None => {
                    next += 1;
                    Some(next - 1)
                }
            };
            match (at, arg.name) {
                (None, Some(name)) => {
                    let near = suggest::nearest(&name.text, def.params.iter().map(|param| param.name.text.as_str()));
                    let diag = errors::unknown_argument(name.span, &name.text, site.name, near.as_deref(), &signature);
                    self.report(scope, diag);
                    return None;
                }
                (Some(at), _) if at < slots.len() && slots[at].is_none() => slots[at] = Some(arg),
                _ => {
                    let what = wrong_count(def, given);
                    self.report(scope, errors::arity(site.name_span, site.name, &what, &signature));
                    return None;
                }
            }
        }
        let slots: Option<Vec<CallArg<'a>>> = slots.into_iter().collect();
        if slots.is_none() {
            let what = wrong_count(def, given);
            self.report(scope, errors::arity(site.name_span, site.name, &what, &signature));
        }
        slots
    }

    /// The binding of a parameter, and the variable that holds it if it needs one.
    fn def_param(
        &mut self,
        param: &'a ast::DefParam,
        arg: CallArg<'a>,
        scope: &Scope<'a>,
        def_scope: &Scope<'a>,
    ) -> Option<(Binding<'a>, Option<(LocalId, Expr)>)> {
        let expected = param.ty.as_ref().map(|ty| self.written(ty, def_scope));
        if let Some(Ty::Func(params, result)) = &expected {
            let lambda = self.function_arg(arg, params, result, scope)?;
            return Some((function_binding(lambda, &Ty::Func(params.clone(), result.clone())), None));
        }
        let value = match (arg.value, &expected) {
            (ArgValue::Ast(expr), Some(ty)) => self.check(expr, ty, scope),
            (ArgValue::Ast(expr), None) if self.looks_like_function(expr, scope) => {
                return Some((self.template(expr, scope), None));
            }
            (ArgValue::Ast(expr), None) => self.expr(expr, None, scope),
            (ArgValue::Done(value), Some(ty)) => match self.coerce(value, ty) {
                Ok(value) => value,
                Err(value) => self.mismatch(scope, value.span, ty, &value.ty.clone(), None),
            },
            (ArgValue::Done(value), None) => value,
        };
        if value.ty == Ty::Error && !self.names_only {
            return None;
        }
        let (binding, held) = self.value_binding(value, || usize::MAX);
        if let Some((local, _)) = &held {
            self.locals[*local].name = param.name.text.as_str().into();
        }
        Some((binding, held))
    }

    /// A function argument that is checked at each of its uses.
    fn template(&mut self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Binding<'a> {
        if let ast::ExprKind::Name(name) = &expr.kind
            && let Some(binding @ (Binding::Template(_) | Binding::Lambda(_))) = self.find(name, scope)
        {
            return binding;
        }
        Binding::Template(Rc::new(Template { value: expr, scope: scope.clone() }))
    }

    /// A function that nothing uses: checked in full if it is annotated in full, else walked for its names.
    pub(super) fn check_unused(&mut self, def: &Rc<Def<'a>>) {
        let annotated = def.params.iter().all(|param| param.ty.is_some());
        let before = self.names_only;
        self.names_only = !annotated;
        let mut inner = def.scope.clone();
        for param in def.params {
            let ty = match &param.ty {
                Some(ty) => self.written(ty, &def.scope),
                None => Ty::Error,
            };
            let ty = if matches!(ty, Ty::Func(..)) { Ty::Error } else { ty };
            let local = self.local(&param.name.text, ty);
            inner.bind(&param.name.text, Binding::Local(local));
        }
        match def.result {
            Some(result) => {
                let result = self.written(result, &def.scope);
                self.check(def.body, &result, &inner);
            }
            None => {
                self.expr(def.body, None, &inner);
            }
        }
        self.names_only = before;
    }
}

/// The functions from this one to its use within itself, if it is being inlined already.
fn recursion(def: &Def<'_>, scope: &Scope<'_>) -> Option<Vec<String>> {
    let mut at = scope.inlining.as_ref();
    while let Some(inlining) = at {
        if inlining.def == def.name.span {
            return Some(Vec::new());
        }
        at = inlining.outer.as_ref();
    }
    None
}

fn signature(def: &Def<'_>) -> String {
    let params: Vec<&str> = def.params.iter().map(|param| param.name.text.as_str()).collect();
    format!("({})", params.join(", "))
}

fn wrong_count(def: &Def<'_>, given: usize) -> String {
    format!(
        "takes {}, and {given} {} given",
        errors::count(def.params.len(), "argument"),
        if given == 1 { "is" } else { "are" }
    )
}
