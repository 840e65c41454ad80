//! Calls of the catalog's rows: arguments meet parameters, overloads are chosen by the types of the arguments.
//!
//! Arguments are checked from left to right, functions after all others: so `reduceByKey`'s `V` is known when its
//! function is checked. Of several rows with one name the first fits that takes the arguments as they are, then the
//! first that takes them converted.

use crate::base::source::Span;
use crate::catalog::row::Row;
use crate::catalog::{self, Entry, words};
use crate::hir::{self, Expr, ExprKind};
use crate::runtime::call::prim::Prim;
use crate::runtime::python::json::check_field;
use crate::runtime::python::regexes::check_pattern;
use crate::runtime::python::times::{check_reading, check_writing};
use crate::syntax::ast::{self, ExprId, ExprKind as Ast};
use crate::types::signature::{Constraint, Signature};
use crate::types::ty::Ty;

use super::args::{ArgValue, CallArg, Candidate, Given, Instance, Ready, Site};
use super::scope::{Binding, Scope};
use super::{Checker, Waiting, errors, suggest};

/// Why arguments do not meet parameters.
enum Misfit<'a> {
    Count(String),
    Unknown(&'a ast::Name),
    Twice(&'a ast::Name),
}

impl<'a> Checker<'a> {
    /// A call by name: of a function argument, a user function, or the catalog.
    pub(super) fn call(
        &mut self,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        hint: Option<&Ty>,
        scope: &Scope<'a>,
    ) -> Expr {
        match self.find_function(site.name, scope) {
            Some(Binding::Def(def)) => self.inline_def(&def, site, args, hint, scope),
            Some(Binding::Lambda(lambda)) => self.call_lambda(&lambda, site, args, scope),
            Some(Binding::Template(template)) => self.call_template(&template, site, args, scope),
            Some(Binding::Local(_)) => self.broken(scope.span(site.span)),
            Some(Binding::Alias(_) | Binding::Once(_)) | None => self.call_catalog(site, args, scope),
        }
    }

    fn call_catalog(&mut self, site: Site<'a>, args: Vec<CallArg<'a>>, scope: &Scope<'a>) -> Expr {
        if site.name == "parallelize" {
            match self.parallelize_range(site, args, scope) {
                Ok(rdd) => return rdd,
                Err(args) => return self.rows(site.name, site, args, scope),
            }
        }
        if site.name == "union" {
            match self.union_of_list(site, args, scope) {
                Ok(rdd) => return rdd,
                Err(args) => return self.rows(site.name, site, args, scope),
            }
        }
        self.rows(site.name, site, args, scope)
    }

    /// `union([a, b, c])`: a list of RDDs may stand here and nowhere else.
    fn union_of_list(
        &mut self,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        scope: &Scope<'a>,
    ) -> Result<Expr, Vec<CallArg<'a>>> {
        let [CallArg { value: ArgValue::Ast(ast::Expr { kind: Ast::List(parts), .. }), .. }] = args[..] else {
            return Err(args);
        };
        let row = catalog::lookup("union", false).iter().find(|entry| *entry.sig.params[0].name == *"rdds");
        let Some(entry) = row.filter(|_| !parts.is_empty()) else { return Err(args) };
        let ty = Ty::rdd(self.infer.fresh());
        let value = |this: &mut Self, part: &'a ast::Expr| match this.range_head(part, scope) {
            Some(range) => this.coerce(range, &ty).unwrap_or_else(|range| {
                let span = scope.span(part.span);
                this.mismatch(scope, span, &ty, &range.ty, Some(part))
            }),
            None => this.check(part, &ty, scope),
        };
        let values: Vec<Expr> = parts.iter().map(|part| value(self, part)).collect();
        if values.iter().any(|value| value.ty == Ty::Error) {
            return Ok(self.broken(scope.span(site.span)));
        }
        if let (None, Some(id)) = (scope.catalog, site.id) {
            self.uses.insert(id, entry.row);
        }
        let args = values.into_iter().map(hir::Arg::Value).collect();
        Ok(self.node(ExprKind::Core(hir::CoreOp::UnionAll, args), ty, scope.span(site.span)))
    }

    /// `parallelize(range(0, 10))` is PySpark's range: sliced evenly, and never a list.
    fn parallelize_range(
        &mut self,
        site: Site<'a>,
        mut args: Vec<CallArg<'a>>,
        scope: &Scope<'a>,
    ) -> Result<Expr, Vec<CallArg<'a>>> {
        let Some(CallArg { value: ArgValue::Ast(list), name: None }) = args.first() else { return Err(args) };
        let (Ast::Call(name, inner) | Ast::Command(name, inner)) = &list.kind else { return Err(args) };
        if name.text != "range" || args.len() > 2 || inner.iter().any(|arg| arg.name.is_some()) {
            return Err(args);
        }
        if self.find_function("range", scope).is_some() || inner.len() > 3 || inner.is_empty() {
            return Err(args);
        }
        let slices = if args.len() == 2 { args.pop() } else { None };
        let none = self.none(Some(&Ty::option(Ty::Int)), scope.span(site.span));
        let mut all: Vec<CallArg<'a>> = inner.iter().map(CallArg::of).collect();
        while all.len() < 3 {
            all.push(CallArg::done(none.clone()));
        }
        all.extend(slices.map(|arg| CallArg { name: None, ..arg }));
        Ok(self.rows_where("range", site, all, scope, |sig| matches!(sig.result, Ty::Rdd(_))))
    }

    /// An infix operator on checked operands; ints become floats where only that fits.
    pub(super) fn infix(
        &mut self,
        name: &'static str,
        args: Vec<Expr>,
        span: Span,
        id: Option<ExprId>,
        scope: &Scope<'a>,
    ) -> Expr {
        let tys: Vec<Ty> = args.iter().map(|arg| self.infer.resolve(&arg.ty)).collect();
        if tys.contains(&Ty::Error) {
            return self.broken(scope.span(span));
        }
        let candidates: Vec<Candidate> = catalog::lookup(name, true)
            .iter()
            .filter(|entry| entry.sig.params.len() == args.len())
            .map(|entry| Candidate { entry, args: (0..args.len()).map(Some).collect() })
            .collect();
        let all: Vec<Given> = tys.iter().cloned().map(Given::Value).collect();
        let site = Site { name, name_span: span, span, id, stage: false, expr: None };
        if let Some((found, instance)) = self.choose(&candidates, &all) {
            let ready = args.into_iter().zip(&instance.params).map(|(arg, ty)| Ready::Value(self.convert(arg, ty)));
            let ready: Vec<Ready> = ready.collect();
            return self.finish_call(found, instance, ready, site, scope);
        }
        if tys.contains(&Ty::Int) && tys.contains(&Ty::Float) || (name == "/" && tys.iter().all(|ty| *ty == Ty::Int)) {
            let args = args.into_iter().map(|arg| self.float_of(arg)).collect();
            return self.infix(name, args, span, id, scope);
        }
        let shown: Vec<String> = tys.iter().map(|ty| self.show(ty)).collect();
        let diag = match shown.as_slice() {
            [a, b] => errors::operands(span, name, a, b),
            _ => errors::no_overload(span, name, &shown, &rows_of(catalog::lookup(name, true))),
        };
        self.fail(scope, diag)
    }

    fn float_of(&mut self, value: Expr) -> Expr {
        if self.infer.resolve(&value.ty) != Ty::Int {
            return value;
        }
        let span = value.span;
        let kind = if let ExprKind::Int(n) = value.kind
            && n.unsigned_abs() < 1 << 53
        {
            ExprKind::Float(n as f64)
        } else {
            ExprKind::Prim(Prim::IToF, vec![value])
        };
        self.node(kind, Ty::Float, span)
    }

    /// A call of one of the rows with a name.
    pub(super) fn rows(&mut self, name: &str, site: Site<'a>, args: Vec<CallArg<'a>>, scope: &Scope<'a>) -> Expr {
        // `range` is the list here; at the head of a pipeline it is the RDD.
        let list_only = name == "range";
        self.rows_where(name, site, args, scope, |sig| !(list_only && matches!(sig.result, Ty::Rdd(_))))
    }

    /// A call of one of the rows with a name whose signature passes.
    pub(super) fn rows_where(
        &mut self,
        name: &str,
        site: Site<'a>,
        args: Vec<CallArg<'a>>,
        scope: &Scope<'a>,
        pass: impl Fn(&Signature) -> bool,
    ) -> Expr {
        let broken = |arg: &CallArg<'a>| matches!(&arg.value, ArgValue::Done(value) if value.ty == Ty::Error);
        if args.iter().any(broken) {
            self.names_in(args, scope);
            return self.broken(scope.span(site.span));
        }
        // A piece of syntax (`x[i]`, f-strings) may stand for a hidden row.
        let entries = catalog::lookup(name, scope.catalog.is_some() || site.expr.is_none() && !site.stage);
        if entries.is_empty() {
            return self.no_such_function(site, args, scope);
        }
        let entries: Vec<&'static Entry> = entries.iter().filter(|entry| pass(&entry.sig)).collect();
        let mut candidates = Vec::new();
        let mut misfit: Option<(&Entry, Misfit<'_>)> = None;
        let of_rdd = site.stage || args.iter().any(|arg| self.is_rdd(arg));
        for entry in &entries {
            match match_args(&entry.sig, &args) {
                Ok(args) => candidates.push(Candidate { entry, args }),
                Err(why) => {
                    let far = |entry: &Entry| {
                        let params = &entry.sig.params;
                        let operator = params.first().is_some_and(|param| matches!(param.ty, Ty::Rdd(_)));
                        let least = params.iter().filter(|param| !param.optional).count();
                        let apart = args.len().saturating_sub(params.len()) + least.saturating_sub(args.len());
                        (apart, operator != of_rdd)
                    };
                    if misfit.as_ref().is_none_or(|(nearest, _)| far(entry) < far(nearest)) {
                        misfit = Some((entry, why));
                    }
                }
            }
        }
        if let (true, Some((entry, why))) = (candidates.is_empty(), misfit) {
            let diag = misfit_diag(entry, &why, site);
            self.names_in(args, scope);
            return self.fail(scope, diag);
        }
        self.leave_out_stats(&mut candidates, &args);
        if candidates.len() == 1 {
            let candidate = candidates.remove(0);
            return self.call_row(candidate, site, args, scope);
        }
        self.call_overloaded(candidates, site, args, scope)
    }

    fn is_rdd(&self, arg: &CallArg<'a>) -> bool {
        matches!(&arg.value, ArgValue::Done(value) if matches!(self.infer.resolve(&value.ty), Ty::Rdd(_)))
    }

    /// Leaves out what only a `stats` has where the first argument is none: nobody means that `count` of a list.
    fn leave_out_stats(&self, candidates: &mut Vec<Candidate>, args: &[CallArg<'a>]) {
        let Some(CallArg { value: ArgValue::Done(first), .. }) = args.first() else { return };
        let on_stats = |entry: &Entry| entry.sig.params.first().is_some_and(|param| param.ty == Ty::Stats);
        let others = candidates.iter().any(|candidate| !on_stats(candidate.entry));
        if others && self.infer.resolve(&first.ty) != Ty::Stats {
            candidates.retain(|candidate| !on_stats(candidate.entry));
        }
    }

    fn no_such_function(&mut self, site: Site<'a>, args: Vec<CallArg<'a>>, scope: &Scope<'a>) -> Expr {
        if let Some(Binding::Local(local)) = self.find(site.name, scope) {
            let ty = self.show(&self.locals[local].ty.clone());
            return self.fail(scope, errors::not_callable(site.name_span, site.name, &ty));
        }
        if let Some(later) = self.later.get(site.name).filter(|_| scope.catalog.is_none()) {
            return self.fail(scope, errors::defined_later(site.name_span, site.name, *later));
        }
        let mut names = self.function_names(scope);
        names.sort_unstable();
        let near = suggest::nearest(site.name, names.into_iter());
        let diag = errors::unknown_function(site.name_span, site.name, near.as_deref());
        self.names_in(args, scope);
        self.fail(scope, diag)
    }

    /// Names that can be called, for suggestions.
    fn function_names(&self, scope: &Scope<'a>) -> Vec<&'a str> {
        let mut names = self.visible(scope);
        names.retain(|name| self.find_function(name, scope).is_some());
        names.extend(catalog::names().map(|name| -> &'a str { name }));
        names
    }

    /// Walks arguments of a call that is wrong by itself, so that what is wrong in them is reported too.
    fn names_in(&mut self, args: Vec<CallArg<'a>>, scope: &Scope<'a>) {
        for arg in args {
            if let ArgValue::Ast(expr) = arg.value
                && !self.looks_like_function(expr, scope)
            {
                self.expr(expr, None, scope);
            }
        }
    }

    /// The only row that can be meant: its types are what the arguments are checked against.
    fn call_row(&mut self, candidate: Candidate, site: Site<'a>, args: Vec<CallArg<'a>>, scope: &Scope<'a>) -> Expr {
        let instance = self.instance(&candidate.entry.sig);
        let mut args: Vec<Option<CallArg<'a>>> = args.into_iter().map(Some).collect();
        let mut ready: Vec<Option<Ready>> = Vec::new();
        let mut failed = false;
        for (n, at) in candidate.args.iter().enumerate() {
            let ty = &instance.params[n];
            let value = match at.and_then(|at| args[at].take_if(|_| !matches!(ty, Ty::Func(..)))) {
                _ if matches!(ty, Ty::Func(..)) => None,
                Some(arg) => Some(self.argument(arg, ty, &candidate.entry.sig.params[n].name, site, scope)),
                None => Some(self.none(Some(ty), scope.span(site.span))),
            };
            failed |= value.as_ref().is_some_and(|value| value.ty == Ty::Error);
            ready.push(value.map(Ready::Value));
        }
        for (n, at) in candidate.args.iter().enumerate() {
            if let (Ty::Func(params, result), Some(at)) = (&instance.params[n], at)
                && let Some(arg) = args[*at].take()
            {
                if failed && !self.names_only {
                    // The element's type is unknown: what could be said about the function would be noise.
                    let unknown: Vec<Ty> = params.iter().map(|_| Ty::Error).collect();
                    ready[n] = self.function_arg(arg, &unknown, &Ty::Error, scope).map(Ready::Func);
                } else {
                    let (params, result) = (params.clone(), (**result).clone());
                    ready[n] = self.function_arg(arg, &params, &result, scope).map(Ready::Func);
                }
                failed |= ready[n].is_none();
            }
        }
        let ready: Option<Vec<Ready>> = ready.into_iter().collect();
        match ready {
            Some(ready) if !failed => self.finish_call(candidate.entry, instance, ready, site, scope),
            _ => self.broken(scope.span(site.span)),
        }
    }

    /// An argument checked against the parameter's type.
    fn argument(&mut self, arg: CallArg<'a>, ty: &Ty, param: &str, site: Site<'a>, scope: &Scope<'a>) -> Expr {
        match arg.value {
            ArgValue::Ast(expr) => {
                let value = self.expr(expr, Some(ty), scope);
                let value = if matches!(ty, Ty::List(_)) { self.as_list(value, expr, scope) } else { value };
                match self.coerce(value, ty) {
                    Ok(value) => value,
                    Err(value) => self.mismatch(scope, expr.span, ty, &value.ty.clone(), Some(expr)),
                }
            }
            ArgValue::Done(value) => {
                let coerced = if param == "self" { self.unify_self(value, ty) } else { self.coerce(value, ty) };
                match coerced {
                    Ok(value) => value,
                    Err(value) => {
                        let span = if site.stage || value.span == site.span { site.name_span } else { value.span };
                        self.receiver_mismatch(site, span, ty, &value.ty, scope)
                    }
                }
            }
        }
    }

    /// The value that a method or stage is applied to is not converted.
    fn unify_self(&mut self, value: Expr, ty: &Ty) -> Result<Expr, Expr> {
        if let (Ty::Rdd(_), Some(range)) = (self.infer.resolve(ty), self.range_rdd(&value)) {
            return if self.infer.unify(&range.ty, ty) { Ok(range) } else { Err(range) };
        }
        if self.infer.unify(&value.ty, ty) { Ok(value) } else { Err(value) }
    }

    pub(super) fn receiver_mismatch(
        &mut self,
        site: Site<'a>,
        span: Span,
        expected: &Ty,
        found: &Ty,
        scope: &Scope<'a>,
    ) -> Expr {
        let diag = errors::receiver(span, site.name, &self.show(expected), &self.show(found));
        self.fail(scope, diag)
    }

    /// Fresh variables in the place of a signature's own.
    pub(super) fn instance(&mut self, sig: &Signature) -> Instance {
        let vars: Vec<Ty> = sig.vars.iter().map(|_| self.infer.fresh()).collect();
        let params = sig.params.iter().map(|param| {
            let ty = instantiate(&param.ty, &vars);
            if param.optional { Ty::option(ty) } else { ty }
        });
        Instance {
            params: params.collect(),
            result: instantiate(&sig.result, &vars),
            constraints: sig.constraints.iter().map(|(var, c)| (vars[var.0 as usize].clone(), *c)).collect(),
        }
    }

    /// All arguments are there: constraints, tables, and the row's HIR.
    pub(super) fn finish_call(
        &mut self,
        entry: &'static Entry,
        instance: Instance,
        ready: Vec<Ready>,
        site: Site<'a>,
        scope: &Scope<'a>,
    ) -> Expr {
        for (ty, constraint) in &instance.constraints {
            self.require(ty, *constraint, site, scope);
        }
        if let Some(diag) = bad_text(entry, &ready) {
            return self.fail(scope, diag);
        }
        if scope.catalog.is_none() {
            match site.id {
                Some(id) => self.uses.insert(id, entry.row),
                None => self.stages.insert(site.name_span, entry.row),
            };
        }
        self.build(entry, instance, ready, site, scope)
    }

    fn require(&mut self, ty: &Ty, constraint: Constraint, site: Site<'a>, scope: &Scope<'a>) {
        // Rows that are written in the language order what sorts order, `None` first.
        let constraint = if scope.catalog.is_some() { constraint.chosen_by() } else { constraint };
        let found = self.infer.zonk(ty, None);
        match constraint.holds(&found) {
            Some(true) => {}
            Some(false) => {
                let found = self.show(&found);
                self.report(scope, errors::constraint(site.name_span, site.name, constraint, &found));
            }
            None => {
                let span = scope.span(site.name_span);
                self.waiting.push(Waiting { ty: found, constraint, function: site.name.into(), span });
            }
        }
    }
}

/// A constant text with a grammar of its own that cannot be read: parameters of rows called `pattern` are regular
/// expressions, those called `field` paths into JSON, those called `format` formats of times, and some are of few words.
fn bad_text(entry: &Entry, ready: &[Ready]) -> Option<crate::base::diag::Diag> {
    entry.sig.params.iter().zip(ready).find_map(|(param, ready)| {
        let Ready::Value(given) = ready else { return None };
        let given = if let ExprKind::Some(given) = &given.kind { given } else { given };
        let ExprKind::Str(text) = &given.kind else { return None };
        let span = given.span;
        match &*param.name {
            "pattern" => check_pattern(text).err().map(|why| errors::pattern_text(span, &why)),
            "field" => check_field(text).err().map(|why| errors::path_text(span, &why)),
            "format" => {
                let check = if entry.row.name == "strftime" { check_writing } else { check_reading };
                check(text).err().map(|why| errors::time_format(span, &why))
            }
            param => {
                let known = words::of_param(param)?;
                (!(known.accepts)(text)).then(|| errors::unknown_word(span, entry.row.name, known.words, text))
            }
        }
    })
}

fn rows_of(entries: &[Entry]) -> Vec<&'static Row> {
    entries.iter().map(|entry| entry.row).collect()
}

/// A type with variables put in the place of a signature's own.
pub(super) fn instantiate(ty: &Ty, vars: &[Ty]) -> Ty {
    let all = |tys: &[Ty]| tys.iter().map(|ty| instantiate(ty, vars)).collect();
    let boxed = |ty: &Ty| Box::new(instantiate(ty, vars));
    match ty {
        Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Counter | Ty::Stats | Ty::Error => ty.clone(),
        Ty::Var(var) => vars[var.0 as usize].clone(),
        Ty::Tuple(tys) => Ty::Tuple(all(tys)),
        Ty::Record(fields) => {
            Ty::Record(fields.iter().map(|(name, ty)| (name.clone(), instantiate(ty, vars))).collect())
        }
        Ty::Option(ty) => Ty::Option(boxed(ty)),
        Ty::List(ty) => Ty::List(boxed(ty)),
        Ty::Set(ty) => Ty::Set(boxed(ty)),
        Ty::Rdd(ty) => Ty::Rdd(boxed(ty)),
        Ty::Map(key, value) => Ty::Map(boxed(key), boxed(value)),
        Ty::Func(params, result) => Ty::Func(all(params), boxed(result)),
    }
}

/// The argument of each parameter.
fn match_args<'a>(sig: &Signature, args: &[CallArg<'a>]) -> Result<Vec<Option<usize>>, Misfit<'a>> {
    let mut map: Vec<Option<usize>> = vec![None; sig.params.len()];
    let mut next = 0;
    for (n, arg) in args.iter().enumerate() {
        let at = match arg.name {
            Some(name) => {
                let at = sig.params.iter().position(|param| *param.name == *name.text);
                at.ok_or(Misfit::Unknown(name))?
            }
            None => {
                next += 1;
                next - 1
            }
        };
        match (map.get(at), arg.name) {
            (None, _) => return Err(Misfit::Count(count_text(sig, args.len()))),
            (Some(Some(_)), Some(name)) => return Err(Misfit::Twice(name)),
            (Some(_), _) => map[at] = Some(n),
        }
    }
    let missing = sig.params.iter().zip(&map).find(|(param, at)| at.is_none() && !param.optional);
    match missing {
        Some((param, _)) if *param.name == *"self" => Err(Misfit::Count("needs a value to work on".into())),
        Some((param, _)) => Err(Misfit::Count(format!("needs the argument `{}`", param.name))),
        None => Ok(map),
    }
}

fn count_text(sig: &Signature, given: usize) -> String {
    let most = sig.params.len();
    let own = usize::from(sig.params.first().is_some_and(|param| *param.name == *"self"));
    let (most, given) = (most - own, given.saturating_sub(own));
    let limit =
        if most == 0 { "no arguments".to_owned() } else { format!("at most {}", errors::count(most, "argument")) };
    format!("takes {limit}, and {given} {} given", if given == 1 { "is" } else { "are" })
}

fn misfit_diag(entry: &Entry, why: &Misfit<'_>, site: Site<'_>) -> crate::base::diag::Diag {
    let sig = entry.row.sig;
    match why {
        Misfit::Count(what) => errors::arity(site.name_span, site.name, what, sig),
        Misfit::Unknown(name) => {
            let near = suggest::nearest(&name.text, entry.sig.params.iter().map(|param| &*param.name));
            errors::unknown_argument(name.span, &name.text, site.name, near.as_deref(), sig)
        }
        Misfit::Twice(name) => errors::arity(name.span, site.name, &format!("is given `{}` twice", name.text), sig),
    }
}
