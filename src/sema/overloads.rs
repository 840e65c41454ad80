//! Rows that share a name: the types of the arguments choose one.
//!
//! `map` of an RDD, of a list and of an option are three rows. Arguments that are values are checked first; the first row
//! that takes them as they are is chosen, else the first that takes them converted, else the first that takes lists in
//! place of sets and maps. Functions are checked when the row is known.

use crate::catalog::Entry;
use crate::hir::Expr;
use crate::syntax::ast::ExprKind as Ast;
use crate::types::ty::Ty;

use super::args::{ArgValue, CallArg, Candidate, Given, Instance, Ready, Site};
use super::scope::Scope;
use super::{Checker, errors};

impl<'a> Checker<'a> {
    /// Several rows: values first, which choose the row, then what is left.
    pub(super) fn call_overloaded(
        &mut self,
        candidates: Vec<Candidate>,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        scope: &Scope<'a>,
    ) -> Expr {
        let takes_function = |n: usize| {
            candidates.iter().any(|candidate| {
                let at = candidate.args.iter().position(|at| *at == Some(n));
                at.is_some_and(|at| matches!(candidate.entry.sig.params[at].ty, Ty::Func(..)))
            })
        };
        let mut slots: Vec<CallArg<'a>> = Vec::new();
        let mut tys: Vec<Given> = Vec::new();
        for (n, arg) in args.into_iter().enumerate() {
            let delayed = match &arg.value {
                ArgValue::Ast(expr) => takes_function(n) || matches!(expr.kind, Ast::Lambda(..) | Ast::Section(_)),
                ArgValue::Done(_) => false,
            };
            let value = match arg.value {
                ArgValue::Ast(expr) if !delayed => ArgValue::Done(self.expr(expr, None, scope)),
                value @ (ArgValue::Ast(_) | ArgValue::Done(_)) => value,
            };
            tys.push(match &value {
                ArgValue::Done(value) => Given::Value(self.infer.resolve(&value.ty)),
                ArgValue::Ast(expr) if self.looks_like_function(expr, scope) => Given::Function,
                ArgValue::Ast(_) => Given::Later,
            });
            slots.push(CallArg { name: arg.name, value });
        }
        if tys.contains(&Given::Value(Ty::Error)) {
            return self.broken(scope.span(site.span));
        }
        if let Some(anything) = self.anything(&tys, scope.span(site.span)) {
            return anything;
        }
        let Some((entry, instance)) = self.choose(&candidates, &tys) else {
            return match self.iterables(&mut slots, &mut tys, site, scope) {
                true => self.call_converted(candidates, slots, tys, site, scope),
                false => self.no_candidate(&candidates, &tys, site, scope),
            };
        };
        let at = candidates.iter().position(|candidate| std::ptr::eq(candidate.entry, entry)).unwrap_or(0);
        let map = candidates.into_iter().nth(at).map(|candidate| candidate.args).unwrap_or_default();
        self.call_chosen(entry, instance, map, slots, site, scope)
    }

    /// Makes lists of sets and maps (and RDDs of names for a `range`) among the arguments, as Python's functions take any iterable; whether there were any.
    fn iterables(&mut self, slots: &mut [CallArg<'a>], tys: &mut [Given], site: Site<'a>, scope: &Scope<'a>) -> bool {
        let mut changed = false;
        for (slot, ty) in slots.iter_mut().zip(tys) {
            let ArgValue::Done(value) = &mut slot.value else { continue };
            if let Some(range) = self.range_rdd(value) {
                *ty = Given::Value(range.ty.clone());
                *value = range;
                changed = true;
                continue;
            }
            let Some(expr) = site.expr else { continue };
            if !matches!(self.infer.resolve(&value.ty), Ty::Set(_) | Ty::Map(..)) {
                continue;
            }
            let span = value.span;
            let broken = self.broken(span);
            let list = self.as_list(std::mem::replace(value, broken), expr, scope);
            *ty = Given::Value(self.infer.resolve(&list.ty));
            *value = list;
            changed = true;
        }
        changed
    }

    fn call_converted(
        &mut self,
        candidates: Vec<Candidate>,
        slots: Vec<CallArg<'a>>,
        tys: Vec<Given>,
        site: Site<'a>,
        scope: &Scope<'a>,
    ) -> Expr {
        let Some((entry, instance)) = self.choose(&candidates, &tys) else {
            return self.no_candidate(&candidates, &tys, site, scope);
        };
        let map = candidates.into_iter().find(|candidate| std::ptr::eq(candidate.entry, entry));
        self.call_chosen(entry, instance, map.map(|candidate| candidate.args).unwrap_or_default(), slots, site, scope)
    }

    fn call_chosen(
        &mut self,
        entry: &'static Entry,
        instance: Instance,
        map: Vec<Option<usize>>,
        slots: Vec<CallArg<'a>>,
        site: Site<'a>,
        scope: &Scope<'a>,
    ) -> Expr {
        let mut slots: Vec<Option<CallArg<'a>>> = slots.into_iter().map(Some).collect();
        let mut ready: Vec<Option<Ready>> = Vec::new();
        for (n, at) in map.iter().enumerate() {
            let ty = instance.params[n].clone();
            let arg = at.and_then(|at| slots[at].take());
            ready.push(match (arg, &ty) {
                (None, _) => Some(Ready::Value(self.none(Some(&ty), scope.span(site.span)))),
                (Some(arg), Ty::Func(params, result)) => self.function_arg(arg, params, result, scope).map(Ready::Func),
                (Some(CallArg { value: ArgValue::Done(value), .. }), _) => Some(Ready::Value(self.convert(value, &ty))),
                (Some(CallArg { value: ArgValue::Ast(expr), .. }), _) => {
                    Some(Ready::Value(self.check(expr, &ty, scope)))
                }
            });
        }
        match ready.into_iter().collect() {
            Some(ready) => self.finish_call(entry, instance, ready, site, scope),
            None => self.broken(scope.span(site.span)),
        }
    }

    /// The first candidate that takes arguments of these types as they are, else the first that converts them.
    pub(super) fn choose(&mut self, candidates: &[Candidate], tys: &[Given]) -> Option<(&'static Entry, Instance)> {
        for convert in [false, true] {
            for candidate in candidates {
                let mark = self.infer.mark();
                let instance = self.instance(&candidate.entry.sig);
                let fits = candidate.args.iter().enumerate().all(|(n, at)| {
                    let param = &candidate.entry.sig.params[n];
                    let expected = &instance.params[n];
                    let ty = match at.map(|at| &tys[at]) {
                        None | Some(Given::Later) => return true,
                        Some(Given::Function) => return matches!(expected, Ty::Func(..)),
                        Some(Given::Value(ty)) => ty,
                    };
                    if matches!((self.infer.resolve(ty), expected), (Ty::Var(_), Ty::Rdd(_))) {
                        // A value that is not known to be an RDD is an element, and no element is one.
                        return false;
                    }
                    if convert && *param.name != *"self" {
                        self.fits(ty, expected)
                    } else {
                        self.infer.unify(ty, expected)
                            || param.optional && self.infer.unify(&Ty::option(ty.clone()), expected)
                    }
                });
                let allowed = fits
                    && instance.constraints.iter().all(|(ty, constraint)| {
                        constraint.chosen_by().holds(&self.infer.zonk(ty, None)) != Some(false)
                    });
                if allowed {
                    return Some((candidate.entry, instance));
                }
                self.infer.undo(mark);
            }
        }
        None
    }

    fn no_candidate(&mut self, candidates: &[Candidate], tys: &[Given], site: Site<'a>, scope: &Scope<'a>) -> Expr {
        // Where the types fit and a constraint does not, the constraint is what to speak of.
        for candidate in candidates {
            let mark = self.infer.mark();
            let instance = self.instance(&candidate.entry.sig);
            let fits = candidate.args.iter().enumerate().all(|(n, at)| match at.map(|at| &tys[at]) {
                Some(Given::Value(ty)) => self.fits(ty, &instance.params[n]),
                Some(Given::Function | Given::Later) | None => true,
            });
            let broken = instance.constraints.iter().find_map(|(ty, constraint)| {
                let ty = self.infer.zonk(ty, None);
                (constraint.holds(&ty) == Some(false)).then(|| (self.show(&ty), *constraint))
            });
            self.infer.undo(mark);
            if let (true, Some((ty, constraint))) = (fits, broken) {
                return self.fail(scope, errors::constraint(site.name_span, site.name, constraint, &ty));
            }
        }
        if let Some(expr) = self.nearest_candidate(candidates, tys, site, scope) {
            return expr;
        }
        let shown = tys.iter().map(|given| match given {
            Given::Value(ty) => self.show(ty),
            Given::Function | Given::Later => "a function".to_owned(),
        });
        let found: Vec<String> = shown.collect();
        let rows: Vec<_> = candidates.iter().map(|candidate| candidate.entry.row).collect();
        let diag = match (site.name, found.as_slice()) {
            ("getitem", [of, at]) => errors::no_index(site.span, of, at),
            ("slice", [of, ..]) => errors::no_slice(site.span, of),
            _ => errors::no_overload(site.name_span, site.name, &found, &rows),
        };
        self.fail(scope, diag)
    }

    /// If one row alone takes the first argument, the error is about the first argument that it does not take.
    fn nearest_candidate(
        &mut self,
        candidates: &[Candidate],
        tys: &[Given],
        site: Site<'a>,
        scope: &Scope<'a>,
    ) -> Option<Expr> {
        let first = |candidate: &Candidate| candidate.args.first().copied().flatten();
        let mut takes_first = Vec::new();
        for candidate in candidates {
            let mark = self.infer.mark();
            let instance = self.instance(&candidate.entry.sig);
            if let Some(Given::Value(ty)) = first(candidate).map(|at| &tys[at])
                && self.fits(ty, instance.params.first()?)
            {
                takes_first.push(candidate);
            }
            self.infer.undo(mark);
        }
        let rdd = match tys.first() {
            Some(Given::Value(ty)) => matches!(ty, Ty::Rdd(_)),
            Some(Given::Function | Given::Later) | None => false,
        };
        let candidate = match takes_first.as_slice() {
            [one] => *one,
            // A function that is applied to an RDD is meant as the operator.
            [] if rdd => candidates.iter().find(|candidate| matches!(candidate.entry.sig.params[0].ty, Ty::Rdd(_)))?,
            _ => return None,
        };
        let instance = self.instance(&candidate.entry.sig);
        for (n, at) in candidate.args.iter().enumerate() {
            let Some(Given::Value(ty)) = at.map(|at| &tys[at]) else { continue };
            let expected = &instance.params[n];
            if self.fits(ty, expected) {
                continue;
            }
            if n == 0 {
                return Some(self.receiver_mismatch(site, site.name_span, expected, ty, scope));
            }
            let param = &candidate.entry.sig.params[n].name;
            let diag = errors::argument(site.name_span, site.name, param, &self.show(expected), &self.show(ty));
            return Some(self.fail(scope, diag));
        }
        None
    }
}
