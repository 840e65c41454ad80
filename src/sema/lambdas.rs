//! Arguments that are functions: lambdas, operators, names (perhaps with arguments after the element), and expressions in
//! which one free letter stands for the element.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::rc::Rc;

use crate::base::source::Span;
use crate::hir::{Expr, Lambda, LocalId};
use crate::syntax::ast::{self, BinOp, ExprKind as Ast, FPart, Pattern};
use crate::types::ty::Ty;

use super::args::{ArgValue, CallArg, Site};
use super::names::pattern_names;
use super::scope::{Binding, CheckedLambda, Scope, Template};
use super::{Checker, FuncForm, errors};

impl<'a> Checker<'a> {
    /// An argument for a parameter that is a function; `None` after an error.
    pub(super) fn function_arg(
        &mut self,
        arg: CallArg<'a>,
        params: &[Ty],
        result: &Ty,
        scope: &Scope<'a>,
    ) -> Option<Lambda> {
        match arg.value {
            ArgValue::Ast(expr) => self.function(expr, params, result, scope),
            ArgValue::Done(value) => {
                let found = self.show(&value.ty);
                if value.ty != Ty::Error {
                    self.report(scope, errors::not_a_function(value.span, params.len(), Some(&found)));
                }
                None
            }
        }
    }

    /// A function of these parameters and this result.
    pub(super) fn function(
        &mut self,
        expr: &'a ast::Expr,
        params: &[Ty],
        result: &Ty,
        scope: &Scope<'a>,
    ) -> Option<Lambda> {
        let inner = scope.inside_elements();
        self.learn_state(expr, params, result, scope);
        match &expr.kind {
            Ast::Lambda(patterns, body) => self.lambda(expr, patterns, body, params, result, &inner),
            Ast::Section(op) => {
                self.record_form(expr, FuncForm::Section, scope);
                self.section(*op, expr, params, result, &inner)
            }
            Ast::Name(name) => match self.find_function(name, scope) {
                Some(Binding::Lambda(lambda)) => self.reuse(&lambda, expr, params, result, scope),
                Some(Binding::Template(template)) => {
                    let scope = Scope { elements: true, hoist: false, ..template.scope.clone() };
                    self.function(template.value, params, result, &scope)
                }
                found if found.is_some() || self.find(name, scope).is_none() && self.is_function(name, scope) => {
                    self.named(name, expr.span, &[], expr, params, result, &inner)
                }
                _ => self.letter(expr, params, result, &inner),
            },
            Ast::Command(name, args)
                if self.is_function(&name.text, scope) && self.free_letters(expr, scope).is_empty() =>
            {
                self.named(&name.text, name.span, args, expr, params, result, &inner)
            }
            Ast::Error => None,
            _ => self.letter(expr, params, result, &inner),
        }
    }

    /// Whether an expression can only be meant as a function.
    pub(super) fn looks_like_function(&self, expr: &'a ast::Expr, scope: &Scope<'a>) -> bool {
        match &expr.kind {
            Ast::Lambda(..) | Ast::Section(_) => true,
            Ast::Name(name) => match self.find(name, scope) {
                Some(Binding::Lambda(_) | Binding::Template(_) | Binding::Def(_)) => true,
                Some(Binding::Local(_) | Binding::Alias(_) | Binding::Once(_)) => false,
                None => self.is_function(name, scope) || name.chars().count() == 1,
            },
            Ast::Command(name, _) if self.is_function(&name.text, scope) => self.free_letters(expr, scope).len() < 2,
            _ => self.free_letters(expr, scope).len() == 1,
        }
    }

    fn record_form(&mut self, expr: &ast::Expr, form: FuncForm, scope: &Scope<'a>) {
        if scope.catalog.is_none() {
            self.functions.insert(expr.id, form);
        }
    }

    fn lambda(
        &mut self,
        expr: &'a ast::Expr,
        patterns: &'a [Pattern],
        body: &'a ast::Expr,
        params: &[Ty],
        result: &Ty,
        scope: &Scope<'a>,
    ) -> Option<Lambda> {
        let span = scope.span(expr.span);
        let mut inner = scope.clone();
        let unit_params = params.len() == 1 && patterns.is_empty();
        if patterns.len() == params.len() || unit_params {
            self.record_form(expr, FuncForm::Lambda, scope);
            let mut locals = Vec::new();
            for (pattern, ty) in patterns.iter().zip(params) {
                let local = self.pattern_local(pattern, ty.clone());
                let read = self.read(local, span);
                self.bind_pattern(pattern, read, &mut inner);
                locals.push(local);
            }
            self.same_names(patterns, scope);
            return self.body(locals, body, result, &inner);
        }
        if params.len() == 1 {
            self.record_form(expr, FuncForm::Destructured, scope);
            if !self.split(&params[0], patterns.len(), expr.span, scope) {
                return None;
            }
            let local = self.local("_", params[0].clone());
            for (n, pattern) in patterns.iter().enumerate() {
                let read = self.read(local, span);
                let field = self.field(read, n);
                self.bind_pattern(pattern, field, &mut inner);
            }
            self.same_names(patterns, scope);
            return self.body(vec![local], body, result, &inner);
        }
        self.report(scope, errors::lambda_arity(expr.span, params.len(), patterns.len()));
        None
    }

    /// A name twice among the parameters is an error.
    fn same_names(&mut self, patterns: &'a [Pattern], scope: &Scope<'a>) {
        let mut names = Vec::new();
        patterns.iter().for_each(|pattern| pattern_names(pattern, &mut names));
        for (n, name) in names.iter().enumerate() {
            if let Some(first) = names[..n].iter().find(|other| other.text == name.text) {
                self.report(scope, errors::duplicate_part(name.span, &name.text, Some(first.span)));
            }
        }
    }

    fn body(&mut self, params: Vec<LocalId>, body: &'a ast::Expr, result: &Ty, scope: &Scope<'a>) -> Option<Lambda> {
        let value = self.expr(body, Some(result), scope);
        let body = self.result(value, result, body.span, Some(body), scope)?;
        Some(Lambda { params, body })
    }

    /// The value of a function's body as its result.
    fn result(
        &mut self,
        value: Expr,
        result: &Ty,
        span: Span,
        expr: Option<&ast::Expr>,
        scope: &Scope<'a>,
    ) -> Option<Expr> {
        if value.ty == Ty::Error {
            return (self.infer.resolve(result) == Ty::Error).then_some(value);
        }
        match self.infer.resolve(result) {
            // The value of a function that is called for its effects is dropped.
            Ty::Tuple(parts) if parts.is_empty() && self.infer.resolve(&value.ty) != Ty::unit() => {
                let span = value.span;
                let local = self.local("_", value.ty.clone());
                Some(self.release(Some((local, value)), Expr::unit(span)))
            }
            Ty::Bool if self.infer.resolve(&value.ty) != Ty::Bool => {
                let value = self.truth(value, span, scope);
                (value.ty != Ty::Error).then_some(value)
            }
            expected => match self.coerce(value, &expected) {
                Ok(value) => Some(value),
                Err(value) => {
                    self.mismatch(scope, span, &expected, &value.ty.clone(), expr);
                    None
                }
            },
        }
    }

    /// `+` as a function of two values, or of a pair.
    fn section(
        &mut self,
        op: BinOp,
        expr: &'a ast::Expr,
        params: &[Ty],
        result: &Ty,
        scope: &Scope<'a>,
    ) -> Option<Lambda> {
        let (locals, args) = self.element_args(expr, params, 2, scope);
        let [a, b] = <[Expr; 2]>::try_from(args).ok().or_else(|| {
            self.report(scope, errors::lambda_arity(expr.span, params.len(), 2));
            None
        })?;
        let value = self.operate(op, a, b, expr.span, Some(expr.id), scope);
        let body = self.result(value, result, expr.span, None, scope)?;
        Some(Lambda { params: locals, body })
    }

    /// Parameters of a function that is not written as a lambda, and the arguments that they are: if `want` arguments are
    /// wanted and there is one parameter, the components of that tuple.
    fn element_args(
        &mut self,
        expr: &'a ast::Expr,
        params: &[Ty],
        want: usize,
        scope: &Scope<'a>,
    ) -> (Vec<LocalId>, Vec<Expr>) {
        let span = scope.span(expr.span);
        let locals: Vec<LocalId> = params.iter().map(|ty| self.local("_", ty.clone())).collect();
        let mut args: Vec<Expr> = locals.iter().map(|local| self.read(*local, span)).collect();
        let is_tuple = |ty: &Ty| matches!(ty, Ty::Tuple(parts) if parts.len() == want);
        if args.len() == 1 && want > 1 && is_tuple(&self.infer.resolve(&args[0].ty)) {
            let tuple = args.remove(0);
            args = (0..want).map(|n| self.field(tuple.clone(), n)).collect();
        }
        (locals, args)
    }

    /// A function by its name: `map splitCsv`, `flatMap split " "`, `reduceByKey max`.
    fn named(
        &mut self,
        name: &'a str,
        name_span: Span,
        rest: &'a [ast::Arg],
        expr: &'a ast::Expr,
        params: &[Ty],
        result: &Ty,
        scope: &Scope<'a>,
    ) -> Option<Lambda> {
        self.record_form(expr, FuncForm::Named, scope);
        let want = match self.find_function(name, scope) {
            Some(Binding::Def(def)) => def.params.len().saturating_sub(rest.len()),
            _ => params.len(),
        };
        let (locals, elements) = self.element_args(expr, params, want, scope);
        let args = elements.into_iter().map(CallArg::done).chain(rest.iter().map(CallArg::of)).collect();
        let site = Site { name, name_span, span: expr.span, id: Some(expr.id), stage: false, expr: Some(expr) };
        let value = self.call(site, args, Some(result), scope);
        let body = self.result(value, result, expr.span, None, scope)?;
        Some(Lambda { params: locals, body })
    }

    /// A function that was checked already, passed on.
    fn reuse(
        &mut self,
        checked: &CheckedLambda,
        expr: &'a ast::Expr,
        params: &[Ty],
        result: &Ty,
        scope: &Scope<'a>,
    ) -> Option<Lambda> {
        let same = checked.params.len() == params.len()
            && checked.params.iter().zip(params).all(|(a, b)| self.infer.unify(a, b))
            && self.infer.unify(&checked.result, result);
        if same {
            return Some(self.copy_lambda(&checked.lambda));
        }
        if checked.params.len() != params.len() {
            self.report(scope, errors::lambda_arity(expr.span, params.len(), checked.params.len()));
            return None;
        }
        let (locals, args) = self.element_args(expr, params, params.len(), scope);
        let args: Result<Vec<Expr>, Expr> =
            args.into_iter().zip(&checked.params).map(|(arg, ty)| self.coerce(arg, ty)).collect();
        match args {
            Ok(args) => {
                let value = self.apply(&checked.lambda, args);
                let body = self.result(value, result, expr.span, None, scope)?;
                Some(Lambda { params: locals, body })
            }
            Err(_) => {
                let expected = Ty::Func(params.to_vec(), Box::new(result.clone()));
                let found = Ty::Func(checked.params.clone(), Box::new(checked.result.clone()));
                self.mismatch(scope, expr.span, &expected, &found, None);
                None
            }
        }
    }

    /// An expression in which one free letter is the element.
    fn letter(&mut self, expr: &'a ast::Expr, params: &[Ty], result: &Ty, scope: &Scope<'a>) -> Option<Lambda> {
        let letters = self.free_letters(expr, scope);
        match letters.as_slice() {
            [] => {
                self.no_letter(expr, params, scope);
                None
            }
            [letter] if params.len() == 1 => {
                self.record_form(expr, FuncForm::Letter((*letter).to_owned()), scope);
                let local = self.local(letter, params[0].clone());
                let mut inner = scope.clone();
                inner.bind(letter, Binding::Local(local));
                self.body(vec![local], expr, result, &inner)
            }
            [_] => {
                self.report(
                    scope,
                    errors::not_a_function(expr.span, params.len(), Some("an expression of one letter")),
                );
                None
            }
            _ => {
                let letters: Vec<String> = letters.iter().map(|letter| (*letter).to_owned()).collect();
                self.report(scope, errors::several_letters(expr.span, &letters, params.len()));
                None
            }
        }
    }

    fn no_letter(&mut self, expr: &'a ast::Expr, params: &[Ty], scope: &Scope<'a>) {
        if let Ast::Call(name, args) = &expr.kind
            && self.is_function(&name.text, scope)
        {
            let args: Vec<String> = args.iter().map(|_| "…".to_owned()).collect();
            let text = errors::without_parens(name, &args.join(", "));
            self.report(scope, errors::call_where_function(expr.span, &text, &name.text));
            return;
        }
        let before = self.diags.len();
        let outer = Scope { elements: false, ..scope.clone() };
        self.wants_element = true;
        let value = self.expr(expr, None, &outer);
        self.wants_element = false;
        if self.diags.len() == before && value.ty != Ty::Error {
            let found = self.show(&value.ty);
            self.report(scope, errors::not_a_function(expr.span, params.len(), Some(&found)));
        }
    }

    /// Single letters that nothing binds, in the order in which they appear.
    pub(super) fn free_letters(&self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Vec<&'a str> {
        let mut letters: Vec<&'a str> = Vec::new();
        each_name(expr, &mut |name, bound| {
            let is_letter = name.chars().count() == 1 && name.chars().all(char::is_alphabetic);
            if is_letter && !bound.contains(&name) && !letters.contains(&name) && self.find(name, scope).is_none() {
                letters.push(name);
            }
        });
        letters
    }

    /// `f(a)` where `f` is a parameter that was given a function.
    pub(super) fn call_lambda(
        &mut self,
        lambda: &Rc<CheckedLambda>,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        scope: &Scope<'a>,
    ) -> Expr {
        if args.len() != lambda.params.len() || args.iter().any(|arg| arg.name.is_some()) {
            let signature = format!(": {}", Ty::Func(lambda.params.clone(), Box::new(lambda.result.clone())));
            let what = format!("takes {}", errors::count(lambda.params.len(), "argument"));
            return self.fail(scope, errors::arity(site.name_span, site.name, &what, &signature));
        }
        let mut values = Vec::new();
        for (arg, ty) in args.into_iter().zip(&lambda.params) {
            values.push(match arg.value {
                ArgValue::Ast(expr) => self.check(expr, ty, scope),
                ArgValue::Done(value) => match self.coerce(value, ty) {
                    Ok(value) => value,
                    Err(value) => self.mismatch(scope, value.span, ty, &value.ty.clone(), None),
                },
            });
        }
        if values.iter().any(|value| value.ty == Ty::Error) {
            return self.broken(scope.span(site.span));
        }
        self.apply(&lambda.lambda, values)
    }

    /// `f(a)` where `f` is an unannotated parameter: the argument is checked with the types of this use.
    pub(super) fn call_template(
        &mut self,
        template: &Rc<Template<'a>>,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        scope: &Scope<'a>,
    ) -> Expr {
        let mut values = Vec::new();
        for arg in args {
            values.push(match arg.value {
                ArgValue::Ast(expr) => self.expr(expr, None, scope),
                ArgValue::Done(value) => value,
            });
        }
        if values.iter().any(|value| value.ty == Ty::Error) {
            return self.broken(scope.span(site.span));
        }
        let params: Vec<Ty> = values.iter().map(|value| value.ty.clone()).collect();
        let result = self.infer.fresh();
        let inner = Scope { hoist: false, elements: scope.elements, ..template.scope.clone() };
        let lambda = self.deeper_function(template.value, &params, &result, &inner);
        match lambda {
            Some(lambda) => self.apply(&lambda, values),
            None => self.broken(scope.span(site.span)),
        }
    }

    fn deeper_function(
        &mut self,
        expr: &'a ast::Expr,
        params: &[Ty],
        result: &Ty,
        scope: &Scope<'a>,
    ) -> Option<Lambda> {
        let mut lambda = None;
        self.deeper(scope, expr.span, |this| {
            lambda = this.function(expr, params, result, scope);
            this.broken(expr.span)
        });
        lambda
    }
}

/// Calls `visit` with each name that is read as a value, and with the names that are bound around it.
pub(super) fn each_name<'a>(expr: &'a ast::Expr, visit: &mut dyn FnMut(&'a str, &[&'a str])) {
    walk(expr, &mut Vec::new(), visit);
}

fn walk<'a>(expr: &'a ast::Expr, bound: &mut Vec<&'a str>, visit: &mut dyn FnMut(&'a str, &[&'a str])) {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || walk_node(expr, bound, visit));
}

fn walk_node<'a>(expr: &'a ast::Expr, bound: &mut Vec<&'a str>, visit: &mut dyn FnMut(&'a str, &[&'a str])) {
    match &expr.kind {
        Ast::Int(_) | Ast::Float(..) | Ast::Bool(_) | Ast::Str(_) | Ast::None | Ast::Section(_) | Ast::Error => {}
        Ast::Name(name) => visit(name, bound),
        Ast::FString(parts) => {
            for part in parts {
                if let FPart::Value { value, .. } = part {
                    walk(value, bound, visit);
                }
            }
        }
        Ast::Tuple(parts) | Ast::List(parts) | Ast::Set(parts) => {
            parts.iter().for_each(|part| walk(part, bound, visit))
        }
        Ast::Map(entries) => entries.iter().for_each(|(key, value)| {
            walk(key, bound, visit);
            walk(value, bound, visit);
        }),
        Ast::Record { base, fields } => {
            base.iter().for_each(|base| walk(base, bound, visit));
            fields.iter().for_each(|(_, value)| walk(value, bound, visit));
        }
        Ast::Unary(_, of) | Ast::Field(of, _) => walk(of, bound, visit),
        Ast::Binary(_, a, b) | Ast::Index(a, b) => {
            walk(a, bound, visit);
            walk(b, bound, visit);
        }
        Ast::Compare(first, rest) => {
            walk(first, bound, visit);
            rest.iter().for_each(|(_, value)| walk(value, bound, visit));
        }
        Ast::If(c, a, b) => [c, a, b].into_iter().for_each(|part| walk(part, bound, visit)),
        Ast::Let(pattern, value, body) => {
            walk(value, bound, visit);
            under(std::slice::from_ref(pattern), bound, |bound| walk(body, bound, visit));
        }
        Ast::Lambda(patterns, body) => under(patterns, bound, |bound| walk(body, bound, visit)),
        Ast::Call(_, args) | Ast::Command(_, args) => walk_args(args, bound, visit),
        Ast::Method(of, _, args) => {
            walk(of, bound, visit);
            walk_args(args, bound, visit);
        }
        Ast::Slice(of, parts) => {
            walk(of, bound, visit);
            parts.iter().flatten().for_each(|part| walk(part, bound, visit));
        }
        Ast::Comprehension { body, pattern, list, condition, more: _ } => {
            walk(list, bound, visit);
            under(std::slice::from_ref(pattern), bound, |bound| {
                condition.iter().for_each(|condition| walk(condition, bound, visit));
                walk(body, bound, visit);
            });
        }
        Ast::Pipe(head, stages) => {
            walk(head, bound, visit);
            stages.iter().for_each(|stage| walk_args(&stage.args, bound, visit));
        }
    }
}

fn walk_args<'a>(args: &'a [ast::Arg], bound: &mut Vec<&'a str>, visit: &mut dyn FnMut(&'a str, &[&'a str])) {
    args.iter().for_each(|arg| walk(&arg.value, bound, visit));
}

/// Runs `step` with the patterns' names bound.
fn under<'a>(patterns: &'a [Pattern], bound: &mut Vec<&'a str>, step: impl FnOnce(&mut Vec<&'a str>)) {
    let before = bound.len();
    let mut names = Vec::new();
    patterns.iter().for_each(|pattern| pattern_names(pattern, &mut names));
    bound.extend(names.iter().map(|name| name.text.as_str()));
    step(bound);
    bound.truncate(before);
}
