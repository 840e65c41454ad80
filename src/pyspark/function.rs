//! Arguments that are functions: lambdas, letters, names with arguments, operators.

use std::collections::{BTreeSet, HashMap};

use crate::sema::FuncForm;
use crate::syntax::ast::{Arg, Expr, ExprKind, Pattern};
use crate::types::signature;

use super::emitter::Emitter;
use super::names::{pattern_names, target};
use super::prec;
use super::python::{Py, variable};
use super::scope::Handed;
use super::template::Value;
use super::words;

impl<'a> Emitter<'a> {
    /// A function of so many parameters.
    pub(super) fn function(&mut self, expr: &'a Expr, arity: usize) -> Py {
        let form = self.job.checked.functions.get(&expr.id).cloned();
        match (&expr.kind, form) {
            (ExprKind::Lambda(patterns, body), _) => self.lambda(patterns, body, arity),
            (ExprKind::Section(op), _) => {
                let op = *op;
                self.of_values(arity, 2, move |emitter, args| emitter.operate(op, &args[0], &args[1]))
            }
            (_, Some(FuncForm::Letter(letter))) => {
                let letter = letter.clone();
                let pattern = HashMap::from([(letter.clone(), variable(&letter))]);
                let param = variable(&letter);
                self.with_params(vec![param], pattern, expr, |emitter| emitter.plain(expr))
            }
            (ExprKind::Name(name), Some(FuncForm::Named)) => self.named(name, &[], expr, arity),
            (ExprKind::Command(name, args) | ExprKind::Call(name, args), Some(FuncForm::Named)) => {
                self.named(&name.text, args, expr, arity)
            }
            (_, _) => self.plain(expr),
        }
    }

    /// A function by name, with arguments after those that it is given.
    fn named(&mut self, name: &'a str, args: &'a [Arg], expr: &'a Expr, arity: usize) -> Py {
        let used = self.job.checked.uses.get(&expr.id).copied();
        if let Some(def) = self.scope.def_of(name).filter(|_| used.is_none() && self.scope.lookup(name).is_none()) {
            let open = def.params.len().saturating_sub(args.len()).max(1);
            if args.is_empty() && open == arity {
                return self.name(name);
            }
            return self.of_values(arity, open, move |emitter, given| emitter.call_def(name, given.to_vec(), args));
        }
        let Some(row) = used else { return self.name(name) };
        let sig = signature::parse(row.sig).expect("signatures of the catalog are tested");
        let required = sig.params.iter().filter(|param| !param.optional).count();
        let open = if arity > 1 { arity } else { required.saturating_sub(args.len()).max(1) };
        if args.is_empty() && open == arity && is_plain_call(row.pyspark, name, required) {
            return Py::atom(name);
        }
        self.of_values(arity, open, move |emitter, given| {
            let given = given.iter().cloned().map(Value::Done).collect();
            emitter.apply(row, given, args)
        })
    }

    /// A lambda of `arity` parameters around what takes `wanted` values: the parts of a tuple if there is one parameter.
    fn of_values(&mut self, arity: usize, wanted: usize, body: impl FnOnce(&mut Self, &[Py]) -> Py) -> Py {
        let names: &[&str] = if arity == 1 && wanted == 1 {
            &["x"]
        } else if arity == 1 {
            &["t"]
        } else {
            &["a", "b", "c"]
        };
        let params: Vec<String> = (0..arity).map(|n| self.scope.fresh_name(names.get(n).unwrap_or(&"x"))).collect();
        let args: Vec<Py> = if arity == 1 && wanted > 1 {
            (0..wanted).map(|n| Py::new(format!("{}[{n}]", params[0]), prec::POSTFIX)).collect()
        } else {
            params.iter().map(Py::atom).collect()
        };
        let (text, refs) = self.inside(params.clone(), HashMap::new(), |emitter| body(emitter, &args).at(prec::IF));
        lambda_text(&params, &refs, &text)
    }

    fn lambda(&mut self, patterns: &'a [Pattern], body: &'a Expr, arity: usize) -> Py {
        let mut env = HashMap::new();
        let destructured = arity == 1 && patterns.len() > 1;
        let params: Vec<String> = if destructured {
            let param = self.tuple_name(patterns, body);
            for (n, pattern) in patterns.iter().enumerate() {
                paths(pattern, &format!("{param}[{n}]"), &mut env);
            }
            vec![param]
        } else {
            self.params_of(patterns, body, &mut env)
        };
        let params = if params.is_empty() && arity == 1 { vec!["_".to_owned()] } else { params };
        if self.scope.is_driver() && !self.in_def && has_let(body) {
            return self.hoist(params, env, body);
        }
        self.with_params(params, env, body, |emitter| emitter.expr(body))
    }

    /// The parameters of patterns; those that are made up differ from all others.
    fn params_of(&mut self, patterns: &[Pattern], body: &Expr, env: &mut HashMap<String, String>) -> Vec<String> {
        let written = patterns.iter().filter(|pattern| matches!(pattern, Pattern::Name(_))).flat_map(pattern_names);
        let before = self.scope.reserve(written.map(variable));
        let mut params = Vec::new();
        for pattern in patterns {
            let param = self.param_of(pattern, body, env);
            self.scope.reserve([param.clone()]);
            params.push(param);
        }
        self.scope.free(before);
        params
    }

    /// The parameter of a pattern.
    fn param_of(&mut self, pattern: &Pattern, body: &Expr, env: &mut HashMap<String, String>) -> String {
        match pattern {
            Pattern::Name(name) => {
                let param = variable(&name.text);
                env.insert(name.text.clone(), param.clone());
                param
            }
            Pattern::Wildcard(_) => self.scope.fresh_name("_"),
            Pattern::Tuple(parts, _) => {
                let param = self.tuple_name(parts, body);
                paths(pattern, &param, env);
                param
            }
        }
    }

    /// A name for a tuple that is taken apart: `kv` for `(k, v)`, else `pair` or `row`. A name that the body binds
    /// itself is no such name: a lambda within may bind it.
    fn tuple_name(&self, parts: &[Pattern], body: &Expr) -> String {
        let names: Vec<&str> = parts.iter().flat_map(pattern_names).collect();
        let short = names.iter().all(|name| name.chars().count() == 1) && (2..=4).contains(&names.len());
        let base = if short {
            names.concat()
        } else if parts.len() == 2 {
            "pair".to_owned()
        } else {
            "row".to_owned()
        };
        let said = words::written(self.job.sources.text(body.span)).any(|word| word == base);
        if said { self.scope.other_name(&base) } else { self.scope.fresh_name(&base) }
    }

    fn with_params(
        &mut self,
        params: Vec<String>,
        env: HashMap<String, String>,
        _body: &'a Expr,
        emit: impl FnOnce(&mut Self) -> Py,
    ) -> Py {
        let (text, refs) = self.inside(params.clone(), env, |emitter| emit(emitter).at(prec::LAMBDA));
        lambda_text(&params, &refs, &text)
    }

    /// Emits something within a function: what it says, and the changing variables of the driver that it uses.
    pub(super) fn inside<T>(
        &mut self,
        params: Vec<String>,
        env: HashMap<String, String>,
        emit: impl FnOnce(&mut Self) -> T,
    ) -> (T, BTreeSet<Handed>) {
        let outer = self.scope.enter(params, env);
        let text = emit(self);
        (text, self.scope.leave(outer))
    }

    /// Emits something within a comprehension: the target and what it says; `None` if there is more than one pattern and
    /// they stand for no tuple. A statement's target stays: it has a name of its own then.
    pub(super) fn in_loop(
        &mut self,
        patterns: &'a [Pattern],
        statement: bool,
        emit: impl FnOnce(&mut Self) -> String,
    ) -> Option<(String, String)> {
        let mut env = HashMap::new();
        let mut bind = |name: &'a str| {
            let plain = variable(name);
            let python = if statement && self.scope.is_taken(name) { self.scope.other_name(&plain) } else { plain };
            env.insert(name.to_owned(), python.clone());
            python
        };
        let target = match patterns {
            [] => return None,
            [one] => target(one, &mut bind),
            several => several.iter().map(|each| target(each, &mut bind)).collect::<Vec<_>>().join(", "),
        };
        self.scope.push(env);
        let text = emit(self);
        self.scope.pop();
        Some((target, text))
    }

    /// A lambda with `let` as a function of its own, before the statement.
    fn hoist(&mut self, params: Vec<String>, env: HashMap<String, String>, body: &'a Expr) -> Py {
        self.hoisted += 1;
        let name = self.scope.fresh_name(&format!("function_{}", self.hoisted));
        let (lines, refs) = self.inside(params.clone(), env, |emitter| emitter.tail(body));
        let params: Vec<String> = params.into_iter().chain(refs.iter().map(Handed::at_once)).collect();
        self.line(format!("def {name}({}):", params.join(", ")));
        for line in lines {
            self.line(format!("    {line}"));
        }
        self.line("");
        Py::atom(name)
    }

    /// The lines of a function's body.
    pub(super) fn tail(&mut self, body: &'a Expr) -> Vec<String> {
        match &body.kind {
            ExprKind::Let(pattern, bound, rest) => {
                let value = self.expr(bound).text;
                let mut env = HashMap::new();
                let target = self.local_target(pattern, &mut env);
                let mut lines = vec![if target == "_" { value } else { format!("{target} = {value}") }];
                self.scope.push(env);
                lines.extend(self.tail(rest));
                self.scope.pop();
                lines
            }
            ExprKind::If(condition, then, otherwise) if has_let(then) || has_let(otherwise) => {
                let mut lines = vec![format!("if {}:", self.expr(condition).text)];
                lines.extend(self.tail(then).into_iter().map(|line| format!("    {line}")));
                lines.extend(self.tail(otherwise));
                lines
            }
            _ => vec![format!("return {}", self.expr(body).text)],
        }
    }

    /// Where a `let` within a function puts its value. A variable of the driver is not hidden: Python would take all uses
    /// of the name for the local one.
    fn local_target(&self, pattern: &Pattern, env: &mut HashMap<String, String>) -> String {
        match pattern {
            Pattern::Wildcard(_) => "_".to_owned(),
            Pattern::Name(name) => {
                let fresh = if self.scope.is_taken(&name.text) && self.scope.lookup(&name.text).is_none() {
                    self.scope.fresh_name(&name.text)
                } else {
                    variable(&name.text)
                };
                env.insert(name.text.clone(), fresh.clone());
                fresh
            }
            Pattern::Tuple(parts, _) => {
                let parts: Vec<String> = parts.iter().map(|part| self.local_target(part, env)).collect();
                if parts.len() == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
            }
        }
    }
}

pub(super) fn lambda_text(params: &[String], refs: &BTreeSet<Handed>, body: &str) -> Py {
    let params: Vec<String> = params.iter().cloned().chain(refs.iter().map(Handed::at_once)).collect();
    let space = if params.is_empty() { "" } else { " " };
    Py::new(format!("lambda{space}{}: {body}", params.join(", ")), prec::LAMBDA)
}

/// Names of a pattern as indexes of a value.
pub(super) fn paths(pattern: &Pattern, path: &str, env: &mut HashMap<String, String>) {
    match pattern {
        Pattern::Name(name) => drop(env.insert(name.text.clone(), path.to_owned())),
        Pattern::Wildcard(_) => {}
        Pattern::Tuple(parts, _) => {
            for (n, part) in parts.iter().enumerate() {
                paths(part, &format!("{path}[{n}]"), env);
            }
        }
    }
}

/// Whether a function's body wants lines of its own.
pub(super) fn has_let(body: &Expr) -> bool {
    match &body.kind {
        ExprKind::Let(..) => true,
        ExprKind::If(_, then, otherwise) => has_let(then) || has_let(otherwise),
        _ => false,
    }
}

/// Whether a template is the call of a builtin of the same name with its parameters in order: `len({items})`.
fn is_plain_call(template: &str, name: &str, required: usize) -> bool {
    let inside =
        template.strip_prefix(name).and_then(|rest| rest.strip_prefix("({")).and_then(|rest| rest.strip_suffix("})"));
    inside.is_some_and(|inside| {
        let params: Vec<&str> = inside.split("}, {").collect();
        params.len() == required && params.iter().all(|param| param.chars().all(char::is_alphanumeric))
    })
}
