//! Rows of the catalog: binds arguments to parameters and fills the row's template.
//!
//! `{self}.sample({withReplacement}, {fraction}{, seed})` with `self = lines`, `withReplacement = False`, `fraction = 0.1`
//! is `lines.sample(False, 0.1)`.

use std::borrow::Cow;

use crate::catalog::facts::{Facts, Mark};
use crate::catalog::row::Row;
use crate::syntax::ast::{Arg, Expr, ExprKind};
use crate::types::signature;
use crate::types::ty::Ty;

use super::emitter::{Emitter, RangeVariable};
use super::prec;
use super::prelude;
use super::python::{Py, literal};
use super::words;
use super::words::Names;

/// An argument: an expression of the job, or Python that is there already.
#[derive(Clone)]
pub(super) enum Value<'a> {
    /// An expression of the job.
    Ast(&'a Expr),
    /// Python.
    Done(Py),
}

/// A parameter of a row with its argument.
pub(super) struct Bound<'a> {
    pub(super) name: String,
    pub(super) ty: Ty,
    pub(super) value: Option<Value<'a>>,
}

/// Binds arguments to the parameters of a row; those without a name in order.
pub(super) fn bind<'a>(row: &Row, first: Vec<Value<'a>>, args: &'a [Arg]) -> Vec<Bound<'a>> {
    let sig = signature::parse(row.sig).expect("signatures of the catalog are tested");
    let mut bound: Vec<Bound<'a>> = sig
        .params
        .iter()
        .map(|param| Bound { name: param.name.to_string(), ty: param.ty.clone(), value: None })
        .collect();
    for arg in args.iter().filter(|arg| arg.name.is_some()) {
        let name = arg.name.as_ref().map_or("", |name| &name.text);
        if let Some(slot) = bound.iter_mut().find(|slot| slot.name == name) {
            slot.value = Some(Value::Ast(&arg.value));
        }
    }
    let plain = args.iter().filter(|arg| arg.name.is_none()).map(|arg| Value::Ast(&arg.value));
    let mut values = first.into_iter().chain(plain);
    for slot in bound.iter_mut().filter(|slot| slot.value.is_none()) {
        slot.value = values.next();
    }
    bound
}

impl<'a> Emitter<'a> {
    /// A row with its arguments.
    pub(super) fn apply(&mut self, row: &'static Row, first: Vec<Value<'a>>, args: &'a [Arg]) -> Py {
        let bound = bind(row, first, args);
        if let Some(done) = self.comprehension(row, &bound) {
            return done;
        }
        let values: Vec<(String, Option<Py>)> =
            bound.iter().map(|slot| (slot.name.clone(), self.argument(row, slot))).collect();
        self.imports.modules.extend(words::MODULES.iter().filter(|module| mentions(row.pyspark, module)));
        self.calls(row.pyspark);
        if row.facts == Facts::Mark(Mark::OnError) {
            self.on_error(&values);
        }
        fill(&self.apart_from(row.pyspark, &values), &values)
    }

    /// Notes which functions of the prelude a text calls.
    pub(super) fn calls(&mut self, text: &str) {
        for function in prelude::called(text) {
            self.imports.modules.extend(function.imports);
            self.imports.prelude.insert(function.name);
        }
    }

    /// A template whose own names hide nothing that its arguments mean.
    fn apart_from(&self, template: &'static str, values: &[(String, Option<Py>)]) -> Cow<'static, str> {
        let texts: Vec<&str> = values.iter().filter_map(|(_, value)| Some(&*value.as_ref()?.text)).collect();
        let new = |name: &'static str| Some((name, self.scope.apart(name, &texts))).filter(|(name, new)| name != new);
        let new: Vec<_> = Names::of(template).bound.into_iter().filter_map(new).collect();
        if new.is_empty() { Cow::Borrowed(template) } else { Cow::Owned(words::renamed(template, &new)) }
    }

    /// PySpark does not know what `onError` says.
    fn on_error(&mut self, values: &[(String, Option<Py>)]) {
        let mode = values.iter().find(|(name, _)| name == "mode").and_then(|(_, value)| value.as_ref());
        if let Some(mode) = mode.filter(|mode| mode.text != "\"fail\"") {
            let mode = mode.text.replace('\n', " ");
            self.line(format!("# onError {mode}: PySpark has no such mode, here a row that fails ends the program"));
        }
    }

    fn argument(&mut self, row: &Row, slot: &Bound<'a>) -> Option<Py> {
        let text = match &slot.value {
            Some(Value::Ast(Expr { kind: ExprKind::Str(text), .. })) => Some(text.as_str()),
            Some(Value::Ast(_) | Value::Done(_)) | None => None,
        };
        match (row.name, slot.name.as_str(), text, &slot.value) {
            ("persist", "storageLevel", Some(level), _) => {
                self.imports.from_pyspark.insert("StorageLevel");
                return Some(Py::atom(format!("StorageLevel.{level}")));
            }
            ("saveAsTextFile", "compressionCodecClass", Some(codec), _) => {
                return Some(Py::atom(literal(class_of(codec))));
            }
            ("partitionBy", "numPartitions", _, None) => return Some(Py::atom("None")),
            ("parallelize", "c", _, Some(Value::Ast(list))) => return Some(self.parallelized(list)),
            (_, _, _, _) => {}
        }
        let partitions = row.facts.is_of_partitions();
        match (&slot.ty, slot.value.clone()?) {
            (Ty::Rdd(_), Value::Ast(expr)) => Some(self.rdd(expr)),
            (Ty::Func(params, _), Value::Ast(expr)) if partitions => Some(self.of_iterator(expr, params.len())),
            (Ty::Func(params, _), Value::Ast(expr)) => Some(self.function(expr, params.len())),
            (Ty::Float, Value::Ast(expr)) => Some(self.float(expr)),
            (_, Value::Ast(expr)) => Some(self.expr(expr)),
            (_, Value::Done(py)) => Some(py),
        }
    }

    /// Where an RDD is wanted, a variable that is a range stands for an RDD of it.
    pub(super) fn rdd(&mut self, expr: &'a Expr) -> Py {
        match &expr.kind {
            ExprKind::Name(name) if self.scope.lookup(name).is_none() => {
                match self.ranges.get(&self.scope.of_driver(name)) {
                    Some(RangeVariable { rdd: Some(rdd), .. }) => Py::new(rdd.clone(), prec::POSTFIX),
                    Some(_) | None => self.expr(expr),
                }
            }
            _ => self.expr(expr),
        }
    }

    /// PySpark cuts a range as a range, and lists otherwise.
    fn parallelized(&mut self, list: &'a Expr) -> Py {
        let py = self.expr(list);
        match py.text.strip_prefix("list(range(").and_then(|rest| rest.strip_suffix("))")) {
            Some(inner) if !inner.contains(')') => Py::new(format!("range({inner})"), prec::POSTFIX),
            Some(_) | None => py,
        }
    }

    /// A function of a list as a function of an iterator.
    fn of_iterator(&mut self, expr: &'a Expr, arity: usize) -> Py {
        let function = self.function(expr, arity).at(prec::POSTFIX);
        let (i, it) = (self.scope.apart("i", &[&function]), self.scope.apart("it", &[&function]));
        Py::new(
            if arity == 2 {
                format!("lambda {i}, {it}: {function}({i}, list({it}))")
            } else {
                format!("lambda {it}: {function}(list({it}))")
            },
            prec::LAMBDA,
        )
    }

    /// `[f(x) for x in items]`, with the function's body in its place.
    fn comprehension(&mut self, row: &Row, bound: &[Bound<'a>]) -> Option<Py> {
        let (body, condition, inner) = match row.pyspark {
            "[{func}(x) for x in {items}]" => (true, false, false),
            "[x for x in {items} if {func}(x)]" => (false, true, false),
            "[y for x in {items} for y in {func}(x)]" => (false, false, true),
            _ => return None,
        };
        let items = bound.iter().find(|slot| slot.name == "items")?;
        let func = bound.iter().find(|slot| slot.name == "func")?;
        let Some(Value::Ast(Expr { kind: ExprKind::Lambda(patterns, lambda), .. })) = &func.value else { return None };
        let items = self.argument(row, items)?.at(prec::OR);
        let (target, text) = self
            .in_loop(patterns, false, |emitter| emitter.expr(lambda).at(if condition { prec::OR } else { prec::IF }))?;
        let y = self.scope.apart("y", &[&text]);
        let text = match (body, condition, inner) {
            (true, _, _) => format!("[{text} for {target} in {items}]"),
            (_, true, _) if target.starts_with('(') || target.contains(',') => return None,
            (_, true, _) => format!("[{target} for {target} in {items} if {text}]"),
            (_, _, _) => format!("[{y} for {target} in {items} for {y} in ({text})]"),
        };
        Some(Py::atom(text))
    }
}

fn class_of(codec: &str) -> &str {
    match codec {
        "gzip" => "org.apache.hadoop.io.compress.GzipCodec",
        "bzip2" => "org.apache.hadoop.io.compress.BZip2Codec",
        "zstd" => "org.apache.hadoop.io.compress.ZStandardCodec",
        class => class,
    }
}

/// Whether a template uses a module.
fn mentions(template: &str, module: &str) -> bool {
    let call = format!("{module}.");
    template
        .match_indices(&call)
        .any(|(at, _)| !template[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.'))
}

/// Fills a template.
fn fill(template: &str, values: &[(String, Option<Py>)]) -> Py {
    let mut out = String::new();
    let mut chain = Vec::new();
    let mut rest = template;
    while let Some((before, name, form, after)) = next_hole(rest, values) {
        out += before;
        let value = values.iter().find(|(param, _)| param == name).and_then(|(_, value)| value.as_ref());
        if let Some(value) = value {
            let text = value.at(least(&out, after, form));
            match form {
                Form::Plain if out.is_empty() && after.starts_with('.') => {
                    chain = if value.chain.is_empty() { vec![text.clone()] } else { value.chain.clone() };
                    out = text;
                }
                Form::Plain => out += &text,
                Form::Comma => out += &format!(", {text}"),
                Form::Named => out += &format!(", {name}={text}"),
            }
        }
        rest = after;
    }
    out += rest;
    let out = out.replace("(, ", "(");
    if let Some(head) = chain.first_chunk::<1>().map(|_| chain.concat())
        && let Some(step) = out.strip_prefix(&head)
    {
        chain.push(step.to_owned());
    }
    Py { prec: if out.starts_with('-') { prec::NEGATIVE } else { prec::POSTFIX }, text: out, chain }
}

/// How a hole is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `{n}`
    Plain,
    /// `{, n}`
    Comma,
    /// `{=n}`
    Named,
}

/// The text before the next hole, its name and form, and the text after.
fn next_hole<'t>(template: &'t str, values: &[(String, Option<Py>)]) -> Option<(&'t str, &'t str, Form, &'t str)> {
    for (open, _) in template.match_indices('{') {
        let inside = &template[open + 1..];
        let Some(close) = inside.find('}') else { continue };
        let text = &inside[..close];
        let (form, name) = match (text.strip_prefix(", "), text.strip_prefix('=')) {
            (Some(name), _) => (Form::Comma, name),
            (None, Some(name)) => (Form::Named, name),
            (None, None) => (Form::Plain, text),
        };
        if values.iter().any(|(param, _)| param == name) {
            return Some((&template[..open], name, form, &inside[close + 1..]));
        }
    }
    None
}

/// How tightly an argument has to bind at a hole.
fn least(before: &str, after: &str, form: Form) -> u8 {
    let argument = form != Form::Plain
        || (before.trim_end().ends_with(['(', ',', '='])) && (after.is_empty() || after.starts_with([')', ',', '{']));
    if argument { prec::LAMBDA } else { prec::POSTFIX }
}
