//! Statements of the driver.

use std::collections::HashMap;

use crate::catalog::facts::{Facts, Run};
use crate::catalog::row::Row;
use crate::syntax::ast::{Arg, DefParam, Expr, ExprKind, Name, Pattern, Program, Stage, Stmt, StmtKind};
use crate::types::ty::Ty;

use super::emitter::{Emitter, RangeVariable};
use super::function::has_let;
use super::names::target;
use super::prec;
use super::python::{Py, literal, variable};
use super::scope::UserDef;

/// Longer chains of methods have one method a line.
const WIDTH: usize = 96;

impl<'a> Emitter<'a> {
    /// A file with its comments.
    pub(super) fn program(&mut self, program: &'a Program) {
        let mut comments = program.comments.iter().filter(|comment| comment.own_line).peekable();
        for stmt in &program.body {
            if let StmtKind::Def { name, params, .. } = &stmt.kind {
                self.scope.define(&name.text, UserDef { params, span: name.span });
            }
        }
        let mut last = 0;
        for stmt in &program.body {
            let mut blank = last > 0 && self.job.sources.line_col(stmt.span).0 > last + 1;
            while let Some(comment) = comments.next_if(|comment| comment.span.start < stmt.span.start) {
                if blank
                    || last == 0
                        && !self.lines.is_empty()
                        && self.lines.last().is_some_and(|line| !line.starts_with('#'))
                {
                    self.line("");
                    blank = false;
                }
                self.line(&comment.text);
            }
            if blank {
                self.line("");
            }
            self.stmt(stmt);
            last = self.last_line(stmt);
        }
    }

    fn last_line(&self, stmt: &Stmt) -> usize {
        let end = crate::base::source::Span { start: stmt.span.end, ..stmt.span };
        self.job.sources.line_col(end).0
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Let { pattern, value, ty } => {
                let float = ty.as_ref().is_some_and(
                    |ty| matches!(&ty.kind, crate::syntax::ast::TypeExprKind::Named(name, _) if name.text == "float"),
                );
                let written = value;
                let value = if float { self.float(value) } else { self.expr(value) };
                let mut bind = |name: &'a str| self.scope.bind(name, None);
                let target = match pattern {
                    Pattern::Tuple(parts, _) if parts.len() > 1 => {
                        parts.iter().map(|part| target(part, &mut bind)).collect::<Vec<_>>().join(", ")
                    }
                    pattern @ (Pattern::Name(_) | Pattern::Wildcard(_) | Pattern::Tuple(..)) => {
                        target(pattern, &mut bind)
                    }
                };
                self.ranges.remove(&target);
                if let Pattern::Name(name) = pattern
                    && let Some(used) = self.job.checked.ranges.get(&name.span)
                {
                    let rdd = if used.list { self.scope.fresh_name(&format!("{target}_rdd")) } else { target.clone() };
                    let range = RangeVariable { list: used.list, rdd: used.rdd.then_some(rdd) };
                    self.ranges.insert(target.clone(), range);
                }
                self.assign(&target, written, &value);
            }
            StmtKind::Assign { name, value: written } => {
                let value = self.expr(written);
                let target = self.scope.of_driver(&name.text);
                self.scope.assign(&target);
                self.assign(&target, written, &value);
            }
            StmtKind::Def { name, params, body, .. } => self.def(name, params, body),
            StmtKind::Type { .. } | StmtKind::Use { .. } => {}
            StmtKind::Param { name, default, doc, .. } => self.param(&name.text, default.as_ref(), doc.as_deref()),
            StmtKind::For { pattern, list, body } => {
                let list = self.expr(list).text;
                self.scope.open_block();
                let target = target(pattern, &mut |name: &'a str| self.scope.bind(name, None));
                self.line(format!("for {} in {list}:", bare(&target)));
                self.block(body);
                self.scope.close_block();
            }
            StmtKind::While { condition, body } => {
                let condition = self.condition(condition);
                self.line(format!("while {condition}:"));
                self.block(body);
            }
            StmtKind::If { arms, otherwise } => self.choice(arms, otherwise.as_deref()),
            StmtKind::Expr(expr) => self.effect(expr),
        }
    }

    fn choice(&mut self, arms: &'a [(Expr, Vec<Stmt>)], otherwise: Option<&'a [Stmt]>) {
        for (n, (condition, body)) in arms.iter().enumerate() {
            let condition = if n == 0 { self.expr(condition).text } else { self.condition(condition) };
            self.line(format!("{} {condition}:", if n == 0 { "if" } else { "elif" }));
            self.block(body);
        }
        if let Some(body) = otherwise {
            self.line("else:");
            self.block(body);
        }
    }

    /// A condition that no other statement can stand before.
    fn condition(&mut self, condition: &'a Expr) -> String {
        let outer = std::mem::replace(&mut self.in_def, true);
        let text = self.expr(condition).text;
        self.in_def = outer;
        text
    }

    fn block(&mut self, body: &'a [Stmt]) {
        self.indent += 1;
        self.scope.open_block();
        if body.is_empty() {
            self.line("pass");
        }
        body.iter().for_each(|stmt| self.stmt(stmt));
        self.scope.close_block();
        self.indent -= 1;
    }

    fn def(&mut self, name: &'a Name, params: &'a [DefParam], body: &'a Expr) {
        let names = params.iter().map(|param| &param.name.text);
        let env: HashMap<String, String> = names.map(|name| (name.clone(), variable(name))).collect();
        let names: Vec<String> = params.iter().map(|param| variable(&param.name.text)).collect();
        let outer = std::mem::replace(&mut self.in_def, true);
        let (lines, refs) = self.inside(names.clone(), env, |emitter| emitter.tail(body));
        self.in_def = outer;
        let handed = refs.iter().map(|handed| handed.local.clone());
        let given: Vec<String> = names.into_iter().chain(handed).collect();
        let python = self.scope.bind(&name.text, Some(UserDef { params, span: name.span }));
        self.scope.hand(name.span, refs);
        self.line(format!("def {python}({}):", given.join(", ")));
        self.indent += 1;
        lines.iter().for_each(|line| self.line(line));
        self.indent -= 1;
        self.line("");
    }

    fn param(&mut self, name: &'a str, default: Option<&'a Expr>, doc: Option<&str>) {
        let given = self.params.iter().rev().find(|(param, _)| param == name).map(|(_, text)| text.clone());
        let declared = self.job.program.params.iter().find(|param| &*param.name == name);
        let ty = declared.map(|param| param.ty.clone());
        let value = match (given, default) {
            (Some(text), _) => given_value(&text, ty.as_ref()),
            (None, Some(default)) => self.typed(default, ty.as_ref()).text,
            (None, None) => self.asked(name, ty.as_ref()),
        };
        let doc = doc.map(|doc| format!("  # {}", doc.replace('\n', " "))).unwrap_or_default();
        let target = self.scope.bind(name, None);
        self.line(format!("{target} = {value}{doc}"));
    }

    /// The value of a parameter that has none yet: of the emitted program's command line.
    fn asked(&mut self, name: &str, ty: Option<&Ty>) -> String {
        let text = format!("job_parameter({})", literal(name));
        let value = match ty {
            Some(Ty::Option(_)) => return "None".to_owned(),
            Some(Ty::Int) => format!("int({text})"),
            Some(Ty::Float) => format!("float({text})"),
            Some(Ty::Bool) => format!("{text} in (\"true\", \"True\")"),
            Some(_) | None => text,
        };
        self.calls(&value);
        value
    }

    fn assign(&mut self, target: &str, written: &Expr, value: &Py) {
        let Some(RangeVariable { list, rdd }) = self.ranges.get(target).cloned() else {
            return self.long(&format!("{target} = "), value, "");
        };
        let is_range =
            matches!(&written.kind, ExprKind::Call(name, _) | ExprKind::Command(name, _) if name.text == "range");
        let range = value.text.strip_prefix("list(range(").and_then(|rest| rest.strip_suffix("))"));
        // The RDD of a range comes first, because the range may be one of the variable's own value.
        if let (Some(rdd), Some(range), true) = (&rdd, range, is_range) {
            self.line(format!("{rdd} = sc.range({range})"));
        }
        if list {
            self.long(&format!("{target} = "), value, "");
        }
        if let (Some(rdd), false) = (rdd, is_range && range.is_some()) {
            self.line(format!("{rdd} = sc.parallelize({target})"));
        }
    }

    /// A line, or several for a long chain of methods.
    fn long(&mut self, before: &str, value: &Py, after: &str) {
        let line = format!("{before}{}{after}", value.text);
        if value.chain.len() < 3 || line.len() + self.indent * 4 <= WIDTH {
            self.line(line);
            return;
        }
        self.line(format!("{before}("));
        self.indent += 1;
        for step in &value.chain {
            self.line(step);
        }
        self.indent -= 1;
        self.line(format!("){after}"));
    }

    /// An expression that stands alone.
    fn effect(&mut self, expr: &'a Expr) {
        if let Some((row, value, args)) = self.last_step(expr) {
            return self.action(row, value, args);
        }
        let value = self.expr(expr);
        match self.job.checked.types.get(&expr.id) {
            Some(Ty::Rdd(_)) if self.last_row(expr).is_some_and(|row| row.facts.is_same_rdd()) => {
                self.long("", &value, "")
            }
            Some(Ty::Rdd(_)) => self.show(&value),
            Some(_) | None => self.long("", &value, ""),
        }
    }

    /// The last operator of a statement if it runs a function on the driver for each element.
    fn last_step(&mut self, expr: &'a Expr) -> Option<(&'static Row, Py, &'a [Arg])> {
        let checked = &self.job.checked;
        let on_driver = |row: &&'static Row| matches!(row.facts, Facts::Action(Run::ForEach, _));
        match &expr.kind {
            ExprKind::Pipe(head, stages) => {
                let (last, before): (&'a Stage, &'a [Stage]) = stages.split_last()?;
                let row = checked.stages.get(&last.name.span).copied().filter(on_driver)?;
                let value = self.pipe(head, before);
                Some((row, value, &last.args))
            }
            ExprKind::Method(of, _, args) => {
                let row = checked.uses.get(&expr.id).copied().filter(on_driver)?;
                let value = self.expr(of);
                Some((row, value, args))
            }
            ExprKind::Call(_, args) | ExprKind::Command(_, args) => {
                let row = checked.uses.get(&expr.id).copied().filter(on_driver)?;
                let value = self.expr(&args.first()?.value);
                Some((row, value, &args[1..]))
            }
            _ => None,
        }
    }

    /// The row of a statement's last operator.
    fn last_row(&self, expr: &Expr) -> Option<&'static Row> {
        if let ExprKind::Pipe(_, stages) = &expr.kind {
            self.job.checked.stages.get(&stages.last()?.name.span).copied()
        } else {
            self.job.checked.uses.get(&expr.id).copied()
        }
    }

    /// Spark would run these on its workers, whose output is not the driver's.
    fn action(&mut self, row: &'static Row, value: Py, args: &'a [Arg]) {
        let Some(function) = args.first().map(|arg| &arg.value) else { return self.show(&value) };
        let rows = if row.facts.is_of_partitions() { ".glom()" } else { "" };
        if let ExprKind::Lambda(patterns, body) = &function.kind
            && !has_let(body)
            && let Some((target, text)) = self.in_loop(patterns, true, |emitter| emitter.expr(body).text)
        {
            self.each(&value, rows, &bare(&target), &text);
            return;
        }
        let function = self.function(function, 1).at(prec::POSTFIX);
        let x = self.scope.fresh_name("x");
        self.each(&value, rows, &x, &format!("{function}({x})"));
    }

    fn show(&mut self, value: &Py) {
        let x = self.scope.fresh_name("x");
        self.each(value, "", &x, &format!("print({x})"));
    }

    fn each(&mut self, value: &Py, rows: &str, target: &str, body: &str) {
        let mut over = value.clone();
        let text = format!("{}{rows}.collect()", value.at(prec::POSTFIX));
        if !over.chain.is_empty() {
            over.chain.push(format!("{rows}.collect()"));
        }
        over.text = text;
        self.long(&format!("for {target} in "), &over, ":");
        self.line(format!("    {body}"));
    }
}

/// A target without the brackets around.
fn bare(target: &str) -> String {
    match target.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) if !inner.contains(['(', ')']) && !inner.ends_with(',') => inner.to_owned(),
        Some(_) | None => target.to_owned(),
    }
}

/// A parameter's value from the command line.
fn given_value(text: &str, ty: Option<&Ty>) -> String {
    match ty {
        Some(Ty::Option(inner)) => given_value(text, Some(inner)),
        Some(Ty::Int) => text.to_owned(),
        Some(Ty::Float) => format!("float({})", literal(text)),
        Some(Ty::Bool) => (if text.eq_ignore_ascii_case("true") { "True" } else { "False" }).to_owned(),
        Some(_) | None => literal(text),
    }
}
