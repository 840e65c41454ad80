//! Looking names up, binding them, and types as written.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::rc::Rc;

use crate::base::source::Span;
use crate::catalog;
use crate::hir::{self, ExprKind, LocalId};
use crate::syntax::ast::{self, Pattern, TypeExpr, TypeExprKind};
use crate::types::ty::Ty;

use super::scope::{Binding, Scope};
use super::{Checker, errors, suggest, unify};

impl<'a> Checker<'a> {
    /// The binding of a name.
    pub(super) fn find(&self, name: &str, scope: &Scope<'a>) -> Option<Binding<'a>> {
        if let Some(binding) = scope.find(name) {
            return Some(binding.clone());
        }
        if scope.catalog.is_some() {
            return None;
        }
        self.top.get(name).map(|(binding, _)| binding.clone())
    }

    /// The binding of a name, if that can be called.
    pub(super) fn find_function(&self, name: &str, scope: &Scope<'a>) -> Option<Binding<'a>> {
        self.find(name, scope).filter(|binding| match binding {
            Binding::Lambda(_) | Binding::Template(_) | Binding::Def(_) => true,
            Binding::Local(local) => self.infer.resolve(&self.locals[*local].ty) == Ty::Error,
            Binding::Alias(_) | Binding::Once(_) => false,
        })
    }

    /// Whether a name can be called: a function of the user or a row of the catalog.
    pub(super) fn is_function(&self, name: &str, scope: &Scope<'a>) -> bool {
        self.find_function(name, scope).is_some() || !catalog::lookup(name, scope.catalog.is_some()).is_empty()
    }

    /// The value of a name.
    pub(super) fn name(&mut self, name: &str, span: Span, scope: &Scope<'a>) -> hir::Expr {
        let place = scope.span(span);
        match self.find(name, scope) {
            Some(Binding::Local(local)) => {
                self.used.insert(local);
                if let Some(range) = self.ranges.get_mut(&local) {
                    range.lists += 1;
                }
                self.read(local, place)
            }
            Some(Binding::Alias(value)) => {
                self.nodes += 1;
                hir::Expr { span: place, ..(*value).clone() }
            }
            Some(Binding::Once(value)) => {
                let taken = value.borrow_mut().take();
                taken.unwrap_or_else(|| self.broken(place))
            }
            Some(Binding::Lambda(_) | Binding::Template(_) | Binding::Def(_)) => {
                self.fail(scope, errors::function_as_value(span, &format!("`{name}`")))
            }
            None if self.is_function(name, scope) => {
                self.fail(scope, errors::function_as_value(span, &format!("`{name}`")))
            }
            None => {
                let near = suggest::nearest(name, self.visible(scope).into_iter());
                let diag = match (self.later.get(name), near) {
                    (Some(later), _) => errors::defined_later(span, name, *later),
                    (None, None) if self.wants_element => errors::unknown_element(span, name),
                    (None, near) => errors::unknown_name(span, name, near.as_deref()),
                };
                self.fail(scope, diag)
            }
        }
    }

    /// Names of values that an expression sees, for suggestions.
    pub(super) fn visible(&self, scope: &Scope<'a>) -> Vec<&'a str> {
        let mut names = scope.names();
        names.extend(&self.top_names);
        names
    }

    /// Binds a name of the top level; a name that is taken is an error.
    pub(super) fn bind_top(&mut self, name: &'a ast::Name, binding: Binding<'a>, scope: &Scope<'a>) {
        if let Some((_, first)) = self.top.get(name.text.as_str()) {
            let first = *first;
            self.report(scope, errors::duplicate(name.span, &name.text, Some(first)));
            return;
        }
        self.top.insert(&name.text, (binding, name.span));
        self.top_names.push(&name.text);
    }

    /// Binds the names of a pattern to parts of a value that can be copied.
    pub(super) fn bind_pattern(&mut self, pattern: &'a Pattern, value: hir::Expr, scope: &mut Scope<'a>) {
        match pattern {
            Pattern::Name(name) => {
                let binding = if let ExprKind::Local(local) = value.kind {
                    Binding::Local(local)
                } else {
                    Binding::Alias(Rc::new(value))
                };
                scope.bind(&name.text, binding);
            }
            Pattern::Wildcard(_) => {}
            Pattern::Tuple(parts, span) => {
                let place = scope.clone();
                self.split(&value.ty, parts.len(), *span, &place);
                self.pattern_names_twice(pattern, &place);
                for (n, part) in parts.iter().enumerate() {
                    let field = self.field(value.clone(), n);
                    self.bind_pattern(part, field, scope);
                }
            }
        }
    }

    /// Makes sure that a value is a tuple of so many components.
    pub(super) fn split(&mut self, ty: &Ty, len: usize, span: Span, scope: &Scope<'a>) -> bool {
        let ty = self.infer.resolve(ty);
        let fits = match &ty {
            Ty::Tuple(parts) => parts.len() == len,
            Ty::Var(_) => {
                let parts = (0..len).map(|_| self.infer.fresh()).collect();
                self.infer.unify(&ty, &Ty::Tuple(parts))
            }
            Ty::Error => true,
            _ => false,
        };
        if !fits {
            let diag = errors::pattern(span, len, &self.show(&ty));
            self.report(scope, diag);
        }
        fits
    }

    /// A name twice in one pattern is an error.
    fn pattern_names_twice(&mut self, pattern: &'a Pattern, scope: &Scope<'a>) {
        let mut names = Vec::new();
        pattern_names(pattern, &mut names);
        for (n, name) in names.iter().enumerate() {
            if let Some(first) = names[..n].iter().find(|other| other.text == name.text) {
                self.report(scope, errors::duplicate_part(name.span, &name.text, Some(first.span)));
            }
        }
    }

    /// The parameter that a pattern binds: named as written where it is a plain name.
    pub(super) fn pattern_local(&mut self, pattern: &Pattern, ty: Ty) -> LocalId {
        match pattern {
            Pattern::Name(name) => self.local(&name.text, ty),
            Pattern::Wildcard(_) | Pattern::Tuple(..) => self.local("_", ty),
        }
    }

    /// A type as written.
    pub(super) fn written(&mut self, ty: &TypeExpr, scope: &Scope<'a>) -> Ty {
        match &ty.kind {
            TypeExprKind::Named(name, args) => self.written_name(name, args, ty.span, scope),
            TypeExprKind::Tuple(parts) => Ty::Tuple(parts.iter().map(|part| self.written_part(part, scope)).collect()),
            TypeExprKind::Record(fields) => {
                let fields: Vec<_> =
                    fields.iter().map(|(name, ty)| (name.text.as_str().into(), self.written_part(ty, scope))).collect();
                Ty::Record(fields)
            }
            TypeExprKind::Option(ty) => Ty::option(self.written_part(ty, scope)),
            TypeExprKind::Func(params, result) => {
                let params = params.iter().map(|param| self.written(param, scope)).collect();
                Ty::Func(params, Box::new(self.written(result, scope)))
            }
        }
    }

    /// A type inside of another one: RDDs and functions cannot be there.
    fn written_part(&mut self, ty: &TypeExpr, scope: &Scope<'a>) -> Ty {
        let part = self.written(ty, scope);
        match part {
            Ty::Rdd(_) => {
                self.report(scope, errors::rdd_inside(ty.span, "value", None));
                Ty::Error
            }
            Ty::Func(..) => {
                self.report(scope, errors::function_as_value(ty.span, "this"));
                Ty::Error
            }
            part => part,
        }
    }

    fn written_name(&mut self, name: &ast::Name, args: &[TypeExpr], span: Span, scope: &Scope<'a>) -> Ty {
        let count = match name.text.as_str() {
            "list" | "set" | "rdd" => 1,
            "map" => 2,
            _ => 0,
        };
        let known = matches!(name.text.as_str(), "int" | "float" | "bool" | "str" | "counter" | "stats") || count > 0;
        if !known && !self.aliases.contains_key(name.text.as_str()) {
            let names = suggest::TYPES.iter().copied().chain(self.aliases.keys().copied());
            let near = suggest::nearest(&name.text, names);
            self.report(scope, errors::unknown_type(name.span, &name.text, near.as_deref()));
            return Ty::Error;
        }
        if args.len() != count {
            self.report(scope, errors::type_arguments(span, &name.text, count));
            return Ty::Error;
        }
        let mut args: Vec<Ty> = args.iter().map(|arg| self.written_part(arg, scope)).collect();
        let mut next = || args.pop().unwrap_or(Ty::Error);
        match name.text.as_str() {
            "int" => Ty::Int,
            "float" => Ty::Float,
            "bool" => Ty::Bool,
            "str" => Ty::Str,
            "counter" => Ty::Counter,
            "stats" => Ty::Stats,
            "list" => Ty::list(next()),
            "set" => Ty::Set(Box::new(next())),
            "rdd" => Ty::rdd(next()),
            "map" => {
                let value = next();
                Ty::Map(Box::new(next()), Box::new(value))
            }
            alias => self.aliases[alias].0.clone(),
        }
    }

    /// Reports a type that has grown beyond all measure.
    pub(super) fn limit_type(&mut self, value: hir::Expr, scope: &Scope<'a>) -> hir::Expr {
        let ty = self.infer.zonk(&value.ty, None);
        if unify::size(&ty, MAX_TYPE_PLUS) <= super::MAX_TYPE {
            return value;
        }
        self.fail(scope, errors::type_too_large(value.span))
    }
}

const MAX_TYPE_PLUS: usize = super::MAX_TYPE + 1;

/// The names that a pattern binds, in order.
pub(super) fn pattern_names<'a>(pattern: &'a Pattern, names: &mut Vec<&'a ast::Name>) {
    match pattern {
        Pattern::Name(name) => names.push(name),
        Pattern::Wildcard(_) => {}
        Pattern::Tuple(parts, _) => parts.iter().for_each(|part| pattern_names(part, names)),
    }
}
