//! Expressions.

use std::collections::HashMap;

use crate::catalog;
use crate::catalog::row::Row;
use crate::syntax::ast::{Arg, BinOp, Expr, ExprKind, FPart, Name, Pattern, Stage, UnOp};
use crate::types::ty::Ty;

use super::emitter::Emitter;
use super::function::{lambda_text, paths};
use super::prec;
use super::python::{Py, literal, variable};
use super::template::Value;

impl<'a> Emitter<'a> {
    /// An expression; what the checker read as a function becomes one.
    pub(super) fn expr(&mut self, expr: &'a Expr) -> Py {
        if self.job.checked.functions.contains_key(&expr.id) || matches!(expr.kind, ExprKind::Lambda(..)) {
            let arity = match &expr.kind {
                ExprKind::Lambda(patterns, _) => patterns.len(),
                ExprKind::Section(_) => 2,
                _ => 1,
            };
            return self.function(expr, arity);
        }
        self.plain(expr)
    }

    /// An expression that is no function.
    pub(super) fn plain(&mut self, expr: &'a Expr) -> Py {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.kind(expr))
    }

    fn kind(&mut self, expr: &'a Expr) -> Py {
        match &expr.kind {
            ExprKind::Int(n) => Py::new(n.to_string(), prec::NEGATIVE + 1),
            ExprKind::Float(_, text) => Py::atom(text.clone()),
            ExprKind::Bool(true) => Py::atom("True"),
            ExprKind::Bool(false) => Py::atom("False"),
            ExprKind::Str(text) => Py::atom(literal(text)),
            ExprKind::FString(parts) => self.fstring(parts),
            ExprKind::None | ExprKind::Error => Py::atom("None"),
            ExprKind::Name(name) => self.name_or_row(name, expr),
            ExprKind::Tuple(parts) => self.tuple(parts),
            ExprKind::List(parts) => Py::atom(format!("[{}]", self.elements(parts, expr).join(", "))),
            ExprKind::Set(parts) => Py::atom(format!("{{{}}}", self.elements(parts, expr).join(", "))),
            ExprKind::Map(pairs) => self.map(pairs),
            ExprKind::Record { base, fields } => self.record(base.as_deref(), fields),
            ExprKind::Unary(UnOp::Neg, a) => Py::new(format!("-{}", self.expr(a).at(prec::NEGATIVE)), prec::NEGATIVE),
            ExprKind::Unary(UnOp::Not, a) => Py::new(format!("not {}", self.expr(a).at(prec::NOT)), prec::NOT),
            ExprKind::Binary(BinOp::Coalesce, a, b) => self.coalesce(a, b),
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.expr(a), self.expr(b));
                self.operate(*op, &a, &b)
            }
            ExprKind::Compare(first, rest) => self.compare(first, rest),
            ExprKind::If(c, a, b) => self.choose(c, a, b, expr),
            ExprKind::Let(pattern, bound, body) => self.bind_let(pattern, bound, body),
            ExprKind::Lambda(..) | ExprKind::Section(_) => self.function(expr, 2),
            ExprKind::Call(name, args) | ExprKind::Command(name, args) => self.call(name, args, expr),
            ExprKind::Method(of, name, args) => self.method(of, name, args, expr),
            ExprKind::Field(of, name) => self.field(of, name),
            ExprKind::Index(of, at) => {
                let (of, at) = (self.expr(of).at(prec::POSTFIX), self.expr(at).text);
                Py::new(format!("{of}[{at}]"), prec::POSTFIX)
            }
            ExprKind::Slice(of, bounds) => self.slice(of, bounds),
            ExprKind::Comprehension { .. } => {
                let (body, clauses) = self.listed(expr);
                Py::atom(format!("[{body}{clauses}]"))
            }
            ExprKind::Pipe(head, stages) => self.pipe(head, stages),
        }
    }

    /// A variable, or a function of the user with what it needs.
    pub(super) fn name(&mut self, name: &str) -> Py {
        let (text, handed) = self.scope.callee(name);
        if !handed.is_empty() {
            self.imports.modules.insert("functools");
            return Py::new(format!("functools.partial({text}, {})", handed.join(", ")), prec::POSTFIX);
        }
        let prec = if text.ends_with(']') { prec::POSTFIX } else { prec::ATOM };
        Py::new(text, prec)
    }

    fn name_or_row(&mut self, name: &'a str, expr: &'a Expr) -> Py {
        if self.scope.lookup(name).is_none()
            && let Some(row) = self.job.checked.uses.get(&expr.id).copied()
        {
            return self.apply(row, Vec::new(), &[]);
        }
        self.name(name)
    }

    /// A value where a float is wanted: ints become floats.
    pub(super) fn float(&mut self, expr: &'a Expr) -> Py {
        let is_int = self.job.checked.types.get(&expr.id) == Some(&Ty::Int);
        match &expr.kind {
            ExprKind::Int(n) => Py::atom(format!("{n}.0")),
            _ if is_int => Py::new(format!("float({})", self.expr(expr).text), prec::POSTFIX),
            _ => self.expr(expr),
        }
    }

    /// A value of a type: an int becomes a float where that is the type.
    pub(super) fn typed(&mut self, expr: &'a Expr, ty: Option<&Ty>) -> Py {
        match ty {
            Some(Ty::Float) => self.float(expr),
            Some(_) | None => self.expr(expr),
        }
    }

    fn elements(&mut self, parts: &'a [Expr], whole: &Expr) -> Vec<String> {
        let elem = match self.job.checked.types.get(&whole.id) {
            Some(Ty::List(elem) | Ty::Set(elem)) => Some((**elem).clone()),
            _ => None,
        };
        parts.iter().map(|part| self.component(part, elem.as_ref())).collect()
    }

    /// An element of a list; the parts of a tuple are of the types that the element's have.
    fn component(&mut self, part: &'a Expr, ty: Option<&Ty>) -> String {
        match (&part.kind, ty) {
            (ExprKind::Tuple(parts), Some(Ty::Tuple(tys))) if parts.len() == tys.len() && parts.len() > 1 => {
                let parts: Vec<String> =
                    parts.iter().zip(tys).map(|(part, ty)| self.component(part, Some(ty))).collect();
                format!("({})", parts.join(", "))
            }
            (ExprKind::List(parts), Some(Ty::List(elem))) => {
                let parts: Vec<String> = parts.iter().map(|part| self.component(part, Some(elem))).collect();
                format!("[{}]", parts.join(", "))
            }
            (_, _) => self.typed(part, ty).text,
        }
    }

    fn tuple(&mut self, parts: &'a [Expr]) -> Py {
        let texts: Vec<String> = parts.iter().map(|part| self.expr(part).text).collect();
        Py::atom(if texts.len() == 1 { format!("({},)", texts[0]) } else { format!("({})", texts.join(", ")) })
    }

    fn map(&mut self, pairs: &'a [(Expr, Expr)]) -> Py {
        let pair = |emitter: &mut Self, (key, value): &'a (Expr, Expr)| {
            format!("{}: {}", emitter.expr(key).text, emitter.expr(value).text)
        };
        let pairs: Vec<String> = pairs.iter().map(|each| pair(self, each)).collect();
        Py::atom(format!("{{{}}}", pairs.join(", ")))
    }

    fn record(&mut self, base: Option<&'a Expr>, fields: &'a [(Name, Expr)]) -> Py {
        let mut parts: Vec<String> =
            base.map(|base| format!("**{}", self.expr(base).at(prec::POSTFIX))).into_iter().collect();
        for (name, value) in fields {
            parts.push(format!("{}: {}", literal(&name.text), self.expr(value).text));
        }
        Py::atom(format!("{{{}}}", parts.join(", ")))
    }

    /// `a op b`
    pub(super) fn operate(&mut self, op: BinOp, a: &Py, b: &Py) -> Py {
        let (level, left, right) = match op {
            BinOp::Or => (prec::OR, prec::OR, prec::AND),
            BinOp::And => (prec::AND, prec::AND, prec::NOT),
            BinOp::Eq | BinOp::Ne if b.text == "None" || a.text == "None" => {
                let (a, b) = if a.text == "None" { (b, a) } else { (a, b) };
                let is = if op == BinOp::Eq { "is" } else { "is not" };
                return Py::new(format!("{} {is} {}", a.at(prec::SUM), b.text), prec::COMPARE);
            }
            BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge | BinOp::In | BinOp::NotIn => {
                (prec::COMPARE, prec::SUM, prec::SUM)
            }
            BinOp::Add | BinOp::Sub => (prec::SUM, prec::SUM, prec::PRODUCT),
            BinOp::Mul | BinOp::Div | BinOp::FloorDiv | BinOp::Mod => (prec::PRODUCT, prec::PRODUCT, prec::NEGATIVE),
            BinOp::Pow => (prec::POWER, prec::POSTFIX, prec::NEGATIVE),
            BinOp::Coalesce => {
                let (a, b) = (a.at(prec::POSTFIX), b.at(prec::OR));
                let v = self.scope.apart("v", &[&b]);
                return Py::new(format!("(lambda {v}: {b} if {v} is None else {v})({a})"), prec::POSTFIX);
            }
        };
        let number =
            |py: &Py, least| if py.text.bytes().all(|c| c.is_ascii_digit()) { py.text.clone() } else { py.at(least) };
        Py::new(format!("{} {} {}", number(a, left), op.text(), number(b, right)), level)
    }

    fn compare(&mut self, first: &'a Expr, rest: &'a [(BinOp, Expr)]) -> Py {
        let mut text = self.expr(first).at(prec::SUM);
        for (op, value) in rest {
            text += &format!(" {} {}", op.text(), self.expr(value).at(prec::SUM));
        }
        Py::new(text, prec::COMPARE)
    }

    fn coalesce(&mut self, a: &'a Expr, b: &'a Expr) -> Py {
        let (value, default) = (self.expr(a), self.expr(b));
        let lookup = value.text.strip_suffix(')').filter(|_| value.text.contains(".get(") && simple(b));
        match (&a.kind, lookup) {
            (ExprKind::Method(_, name, args), Some(inside)) if name.text == "get" && args.len() == 1 => {
                Py::new(format!("{inside}, {})", default.text), prec::POSTFIX)
            }
            (_, _) if value.text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '[' | ']')) => {
                Py::new(format!("{} if {1} is None else {1}", default.at(prec::OR), value.text), prec::IF)
            }
            (_, _) => self.operate(BinOp::Coalesce, &value, &default),
        }
    }

    fn choose(&mut self, condition: &'a Expr, then: &'a Expr, otherwise: &'a Expr, whole: &Expr) -> Py {
        let ty = self.job.checked.types.get(&whole.id).cloned();
        let condition = self.expr(condition).at(prec::OR);
        let (then, otherwise) =
            (self.typed(then, ty.as_ref()).at(prec::OR), self.typed(otherwise, ty.as_ref()).at(prec::IF));
        Py::new(format!("{then} if {condition} else {otherwise}"), prec::IF)
    }

    /// `let` within an expression: a lambda that is called at once.
    fn bind_let(&mut self, pattern: &'a Pattern, bound: &'a Expr, body: &'a Expr) -> Py {
        let value = self.expr(bound);
        let mut env = HashMap::new();
        let param = match pattern {
            Pattern::Name(name) => {
                let param = variable(&name.text);
                env.insert(name.text.clone(), param.clone());
                param
            }
            Pattern::Wildcard(_) => self.scope.fresh_name("_"),
            Pattern::Tuple(..) => {
                let param = self.scope.fresh_name("t");
                paths(pattern, &param, &mut env);
                param
            }
        };
        let params = vec![param];
        let (body, mut refs) = self.inside(params.clone(), env, |emitter| emitter.expr(body).at(prec::IF));
        if !body.contains("lambda") {
            // It is called at once, and leaves no function behind.
            refs.clear();
        }
        let lambda = lambda_text(&params, &refs, &body).text;
        Py::new(format!("({lambda})({})", value.at(prec::IF)), prec::POSTFIX)
    }

    fn call(&mut self, name: &'a Name, args: &'a [Arg], expr: &Expr) -> Py {
        let used = self.job.checked.uses.get(&expr.id).copied();
        match used {
            Some(row) if self.is_row(row, name) => {
                // The checker reads `parallelize(range(…))` as the source `range`.
                let written = catalog::lookup(&name.text, false).first().filter(|_| row.name != name.text);
                self.apply(written.map_or(row, |entry| entry.row), Vec::new(), args)
            }
            None if name.text == "range" && self.scope.def_of("range").is_none() => {
                let range = self.call_def("range", Vec::new(), args).text.replacen("range_(", "range(", 1);
                Py::new(format!("list({range})"), prec::POSTFIX)
            }
            Some(_) | None => self.call_def(&name.text, Vec::new(), args),
        }
    }

    /// A user function, or a parameter that is one.
    pub(super) fn call_def(&mut self, name: &str, first: Vec<Py>, args: &'a [Arg]) -> Py {
        let mut texts: Vec<String> = first.iter().map(|py| py.text.clone()).collect();
        for arg in args {
            let value = self.expr(&arg.value);
            texts.push(match &arg.name {
                Some(name) => format!("{}={}", variable(&name.text), value.text),
                None => value.text,
            });
        }
        let (function, handed) = self.scope.callee(name);
        texts.extend(handed);
        Py::new(format!("{function}({})", texts.join(", ")), prec::POSTFIX)
    }

    /// `template.format(…)` is Python's.
    fn template(&mut self, of: &'a Expr, args: &'a [Arg]) -> Py {
        let of = self.expr(of).at(prec::POSTFIX);
        let values = args.iter().map(|arg| {
            let value = self.expr(&arg.value).text;
            arg.name.as_ref().map_or(value.clone(), |name| format!("{}={value}", name.text))
        });
        let values: Vec<String> = values.collect();
        Py::new(format!("{of}.format({})", values.join(", ")), prec::POSTFIX)
    }

    /// Whether a call of the name is one of the row, and not of a parameter that stands for it.
    fn is_row(&self, row: &Row, name: &Name) -> bool {
        row.name == name.text || self.scope.lookup(&name.text).is_none()
    }

    fn method(&mut self, of: &'a Expr, name: &'a Name, args: &'a [Arg], expr: &Expr) -> Py {
        match self.job.checked.uses.get(&expr.id).copied() {
            Some(row) if row.name == "fillTemplate" => self.template(of, args),
            Some(row) if self.is_row(row, name) => self.apply(row, vec![Value::Ast(of)], args),
            Some(_) | None => {
                let of = self.expr(of);
                self.call_def(&name.text, vec![of], args)
            }
        }
    }

    fn field(&mut self, of: &'a Expr, name: &Name) -> Py {
        let value = self.expr(of).at(prec::POSTFIX);
        match self.job.checked.types.get(&of.id) {
            Some(Ty::Counter) => Py::new(format!("{value}.value"), prec::POSTFIX),
            Some(_) | None => Py::new(format!("{value}[{}]", literal(&name.text)), prec::POSTFIX),
        }
    }

    fn slice(&mut self, of: &'a Expr, bounds: &'a [Option<Box<Expr>>; 3]) -> Py {
        let of = self.expr(of).at(prec::POSTFIX);
        let [from, to, step] =
            bounds.each_ref().map(|bound| bound.as_ref().map_or(String::new(), |bound| self.expr(bound).text));
        let step = if step.is_empty() { step } else { format!(":{step}") };
        Py::new(format!("{of}[{from}:{to}{step}]"), prec::POSTFIX)
    }

    /// The element of a comprehension and its clauses.
    fn listed(&mut self, expr: &'a Expr) -> (String, String) {
        let ExprKind::Comprehension { body, pattern, list, condition, more } = &expr.kind else {
            return (self.expr(expr).at(prec::IF), String::new());
        };
        let list = self.expr(list).at(prec::OR);
        let mut said = (String::new(), String::new());
        let target = self.in_loop(std::slice::from_ref(pattern), false, |emitter| {
            let (body, behind) = match more {
                true => emitter.listed(body),
                false => (emitter.expr(body).at(prec::IF), String::new()),
            };
            let condition = condition.as_ref().map(|condition| format!(" if {}", emitter.expr(condition).at(prec::OR)));
            said = (condition.unwrap_or_default(), behind);
            body
        });
        let (target, body) = target.unwrap_or_default();
        (body, format!(" for {target} in {list}{}{}", said.0, said.1))
    }

    /// A pipeline: each stage is applied to what comes before.
    pub(super) fn pipe(&mut self, head: &'a Expr, stages: &'a [Stage]) -> Py {
        let of_rdd = stages.first().and_then(|stage| self.job.checked.stages.get(&stage.name.span));
        let of_rdd = of_rdd.is_some_and(|row| row.facts.is_on_rdd());
        let mut value = if of_rdd { self.rdd(head) } else { self.expr(head) };
        for stage in stages {
            value = self.stage(value, stage);
        }
        value
    }

    /// One stage.
    pub(super) fn stage(&mut self, value: Py, stage: &'a Stage) -> Py {
        match self.job.checked.stages.get(&stage.name.span).copied() {
            Some(row) if self.is_row(row, &stage.name) => self.apply(row, vec![Value::Done(value)], &stage.args),
            Some(_) | None => self.call_def(&stage.name.text, vec![value], &stage.args),
        }
    }

    fn fstring(&mut self, parts: &'a [FPart]) -> Py {
        let (mut text, mut values, mut plain) = (String::new(), Vec::new(), true);
        for part in parts {
            match part {
                FPart::Text(part) => text += &part.replace('{', "{{").replace('}', "}}"),
                FPart::Value { value, repr, spec, .. } => {
                    let py = self.expr(value);
                    let shown = py.at(prec::OR);
                    plain &= !shown.contains(['"', '\\', '{', '\'', '\n']) && !shown.contains("lambda");
                    text += &format!(
                        "{{\u{1}{}\u{1}{}{}}}",
                        values.len(),
                        if *repr { "!r" } else { "" },
                        if spec.is_empty() { String::new() } else { format!(":{spec}") }
                    );
                    values.push(shown);
                }
            }
        }
        let mut quoted = literal(&text);
        for (n, value) in values.iter().enumerate() {
            let shown = if plain { value.as_str() } else { "" };
            quoted = quoted.replace(&format!("\\x01{n}\\x01"), shown);
        }
        if plain {
            Py::atom(format!("f{quoted}"))
        } else {
            Py::new(format!("{quoted}.format({})", values.join(", ")), prec::POSTFIX)
        }
    }
}

/// Whether evaluating it early changes nothing.
fn simple(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Float(..) | ExprKind::Bool(_) | ExprKind::Str(_) | ExprKind::Name(_) => true,
        ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().all(simple),
        _ => false,
    }
}
