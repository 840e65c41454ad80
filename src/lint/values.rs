//! A property of all values of an expression, for any data.

use crate::catalog;
use crate::catalog::facts::Elements;
use crate::catalog::row::Row;
use crate::hir::Props;
use crate::syntax::ast::{BinOp, Expr, ExprKind, Pattern};
use crate::types::ty::Ty;

use super::chain::{Chain, Step, is_of_list};
use super::facts::{Facts, Params};
use super::flow::Flow;

/// Whether equal values are the same in every respect, and any two are ordered: no float within. `0.0 == -0.0`, and nothing
/// is larger or smaller than `nan`.
pub(super) fn is_exact(ty: &Ty) -> bool {
    match ty {
        Ty::Int | Ty::Bool | Ty::Str => true,
        Ty::Tuple(parts) => parts.iter().all(is_exact),
        Ty::Record(fields) => fields.iter().all(|(_, ty)| is_exact(ty)),
        Ty::Option(ty) | Ty::List(ty) => is_exact(ty),
        Ty::Float | Ty::Set(_) | Ty::Map(..) | Ty::Func(..) | Ty::Rdd(_) => false,
        Ty::Counter | Ty::Stats | Ty::Var(_) | Ty::Error => false,
    }
}

impl<'a> Facts<'a> {
    /// Whether the ints that are the values of pairs before a step cannot be negative, so that no part of their sum is
    /// larger than the whole.
    pub(super) fn values_not_negative(&self, chain: &Chain<'a>, at: usize, flow: &Flow<'a>) -> bool {
        for step in chain.steps[..at].iter().rev() {
            if step.selects() {
                continue;
            }
            if step.is("reduceByKey") {
                if step.arg("func").and_then(|func| self.merge(func)).is_some() {
                    continue;
                }
                return false;
            }
            return step.elements() == Some(Elements::Indexed) || self.gives_values_not_negative(step);
        }
        match chain.head_name() {
            Some(name) => flow.var(name).is_some_and(|var| {
                let chain = flow.chain_of(var);
                self.values_not_negative(chain, chain.steps.len(), flow)
            }),
            None => self.literal_pairs(chain.head).is_some_and(|pairs| pairs.iter().all(|pair| self.second(pair))),
        }
    }

    fn gives_values_not_negative(&self, step: &Step<'a>) -> bool {
        if step.is("mapValues") {
            let Some(func) = step.arg("f") else { return false };
            return match self.function(func) {
                Some(function) => self.not_negative(function.body),
                None => self.function_row(func).is_some_and(gives_not_negative),
            };
        }
        let Some(function) = step.arg("f").and_then(|func| self.function(func)) else { return false };
        match &function.body.kind {
            _ if step.is("map") => self.second(function.body),
            ExprKind::List(items) if step.is("flatMap") => items.iter().all(|item| self.second(item)),
            ExprKind::Comprehension { body, more: false, .. } if step.is("flatMap") => self.second(body),
            _ => false,
        }
    }

    /// Whether the second part of a pair cannot be negative.
    fn second(&self, pair: &Expr) -> bool {
        matches!(&pair.kind, ExprKind::Tuple(parts) if parts.len() == 2 && self.not_negative(&parts[1]))
    }

    /// The elements of a `parallelize` of a literal list.
    fn literal_pairs(&self, head: &'a Expr) -> Option<&'a [Expr]> {
        let (ExprKind::Call(_, args) | ExprKind::Command(_, args)) = &head.kind else { return None };
        if self.row(head)?.name != "parallelize" {
            return None;
        }
        if let ExprKind::List(items) = &args.first()?.value.kind { Some(items) } else { None }
    }

    /// Whether an int cannot be negative.
    pub(super) fn not_negative(&self, expr: &Expr) -> bool {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &expr.kind {
            ExprKind::Int(n) => *n >= 0,
            ExprKind::Binary(BinOp::Add | BinOp::Mul, a, b) => self.not_negative(a) && self.not_negative(b),
            ExprKind::Binary(BinOp::Mod | BinOp::FloorDiv, a, b) => match (&b.kind, &expr.kind) {
                (ExprKind::Int(n), ExprKind::Binary(BinOp::Mod, ..)) => *n > 0,
                (ExprKind::Int(n), _) => *n > 0 && self.not_negative(a),
                (_, _) => false,
            },
            ExprKind::If(_, a, b) => self.not_negative(a) && self.not_negative(b),
            ExprKind::Call(..) | ExprKind::Command(..) | ExprKind::Method(..) => {
                self.row(expr).is_some_and(gives_not_negative)
            }
            _ => false,
        }) && self.is_int(expr)
    }

    fn is_int(&self, expr: &Expr) -> bool {
        matches!(expr.kind, ExprKind::Int(_)) || self.ty(expr) == Some(&Ty::Int)
    }
}

fn gives_not_negative(row: &Row) -> bool {
    row.facts.props().has(Props::NOT_NEGATIVE)
}

/// Ways to make one value of many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reduction {
    /// How many there are.
    Len,
    /// Their sum.
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// Their sum, divided by how many there are.
    Mean,
}

impl<'a> Facts<'a> {
    /// The result of a function of the list of a group's values.
    pub(super) fn reduction(&self, func: &'a Expr) -> Option<Reduction> {
        if let (ExprKind::Name(_), true) = (&func.kind, self.is_function(func)) {
            return by_row(self.row(func)?);
        }
        let function = self.function(func)?;
        let Params::One(param) = function.params else { return None };
        self.reduced(function.body, &|of| matches!(&of.kind, ExprKind::Name(name) if name == param))
    }

    /// The same of a function of key and list that gives the key back.
    pub(super) fn reduction_of_pairs(&self, func: &'a Expr) -> Option<Reduction> {
        let function = self.function(func)?;
        let ExprKind::Tuple(parts) = &function.body.kind else { return None };
        let [key, value] = parts.as_slice() else { return None };
        let is = |expr: &Expr, name: &str| matches!(&expr.kind, ExprKind::Name(found) if found == name);
        match function.params {
            Params::Parts([Pattern::Name(own), Pattern::Name(list)]) if is(key, &own.text) => {
                self.reduced(value, &|of| is(of, &list.text))
            }
            Params::One(pair) if part_of(key, pair) == Some(0) => {
                self.reduced(value, &|of| part_of(of, pair) == Some(1))
            }
            Params::Parts(_) | Params::One(_) | Params::Ignored => None,
        }
    }

    /// The result of an expression over a list: `sum(vs)`, `vs.max()`, `vs.reduce(+)`, `sum(vs) / len(vs)`.
    fn reduced(&self, expr: &'a Expr, is_list: &dyn Fn(&Expr) -> bool) -> Option<Reduction> {
        let (list, args) = match &expr.kind {
            ExprKind::Binary(BinOp::Div, sum, len) => {
                let mean = self.reduced(sum, is_list) == Some(Reduction::Sum)
                    && self.reduced(len, is_list) == Some(Reduction::Len);
                return mean.then_some(Reduction::Mean);
            }
            ExprKind::Method(of, _, args) => (&**of, args.as_slice()),
            ExprKind::Call(_, args) | ExprKind::Command(_, args) => {
                let (first, rest) = args.split_first()?;
                (&first.value, rest)
            }
            _ => return None,
        };
        let row = self.row(expr)?;
        match args {
            _ if !is_list(list) => None,
            [] => by_row(row),
            [func] if is_of_list(row, "reduce") => self.merge(&func.value),
            [start, func] if is_of_list(row, "fold") && matches!(start.value.kind, ExprKind::Int(0)) => {
                self.merge(&func.value).filter(|merge| *merge == Reduction::Sum)
            }
            _ => None,
        }
    }

    /// The row that a function of two values is: `+`, `max`, `(a, b) -> a + b`, `(a, b) -> max(a, b)`.
    fn merge_row(&self, func: &'a Expr) -> Option<&'static Row> {
        let ExprKind::Lambda(patterns, body) = &func.kind else { return self.function_row(func) };
        let [Pattern::Name(a), Pattern::Name(b)] = patterns.as_slice() else { return None };
        let is = |expr: &Expr, name: &str| matches!(&expr.kind, ExprKind::Name(found) if found == name);
        let both = match &body.kind {
            ExprKind::Binary(BinOp::Add, left, right) => is(left, &a.text) && is(right, &b.text),
            ExprKind::Call(_, args) => match args.as_slice() {
                [left, right] => is(&left.value, &a.text) && is(&right.value, &b.text),
                _ => false,
            },
            _ => false,
        };
        if both && a.text != b.text { self.row(body) } else { None }
    }

    /// The reduction whose step a function of two values is.
    pub(super) fn merge(&self, func: &'a Expr) -> Option<Reduction> {
        match self.merge_row(func)?.name {
            "+" => Some(Reduction::Sum),
            "max" => Some(Reduction::Max),
            "min" => Some(Reduction::Min),
            _ => None,
        }
    }
}

/// The reduction that a function of lists is.
fn by_row(row: &'static Row) -> Option<Reduction> {
    let of = |name| is_of_list(row, name) && catalog::entry(row).sig.params.iter().all(|param| *param.name != *"key");
    let known = [("len", Reduction::Len), ("sum", Reduction::Sum), ("max", Reduction::Max), ("min", Reduction::Min)];
    known.into_iter().find_map(|(name, reduction)| of(name).then_some(reduction))
}

/// The number in `name[0]` or `name[1]`.
pub(super) fn part_of(expr: &Expr, name: &str) -> Option<i64> {
    if let ExprKind::Index(of, at) = &expr.kind {
        match (&of.kind, &at.kind) {
            (ExprKind::Name(found), ExprKind::Int(n)) if found == name => Some(*n),
            _ => None,
        }
    } else {
        None
    }
}
