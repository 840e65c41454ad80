//! What jobs may say that PySpark is to run too.
//!
//! Python's dicts and lists cannot be keys, `None` cannot be compared and not be in an option, and the order of a set is
//! that of hashes: such types are left out. Where PySpark does not fix the order of elements (`Order::Bag`), only operators
//! are taken whose answer does not depend on it, and functions that merge are those of `merge`.

use sparkc::harness::catalog::Row;
use sparkc::harness::catalog::facts::{
    Elements, Facts, Lineage, Mark, Order as RowOrder, Partitioning, Placed, Run, Sees,
};
use sparkc::harness::types::Ty;
use sparkc::harness::types::signature::{Constraint, Signature};

use crate::calls::Entry;
use crate::choices::Choices;
use crate::types::Bound;

/// Who runs the jobs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// sparkc alone, in several configurations.
    Engines,
    /// PySpark too; elements may be in another order where it does not guarantee one.
    Spark,
    /// PySpark too, and the order is PySpark's (`--order pyspark`).
    SparkOrder,
}

impl Dialect {
    /// Whether PySpark runs the jobs.
    pub(crate) fn is_spark(self) -> bool {
        self != Dialect::Engines
    }

    /// Whether types may stand for the variables of a signature.
    pub(crate) fn allows(self, sig: &Signature, bound: &Bound) -> bool {
        if self == Dialect::Engines {
            return true;
        }
        let known = |var: usize| bound[var].as_ref();
        let constrained = sig.constraints.iter().all(|(var, constraint)| {
            known(var.0 as usize).is_none_or(|ty| match constraint {
                Constraint::Key => is_hashable(ty),
                Constraint::Ord | Constraint::Less => is_sorted(ty),
                Constraint::Show => !has_set(ty),
                Constraint::Eq | Constraint::Num | Constraint::Json => true,
            })
        });
        let whole = sig.params.iter().map(|param| &param.ty).chain([&sig.result]);
        constrained && whole.into_iter().all(|ty| !has_nested_option(&filled(ty, bound)))
    }
}

/// Whether jobs call a row when PySpark runs them too: not for what each of both makes up, nor with a directory of
/// checkpoints.
pub(crate) fn is_with_spark(facts: Facts) -> bool {
    !matches!(facts, Facts::Lineage(Lineage::Made) | Facts::Mark(Mark::Checkpoint | Mark::CleanShuffles))
}

/// What is known of the order of an RDD's elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// Each partition has the elements that it has in PySpark, in the same order.
    Exact,
    /// The elements are the same.
    Bag,
}

/// Whether a step may follow an RDD whose order is not known: its elements do not depend on it, once merging functions are
/// chosen with care. Of equal keys that have a float, one is `0.0` and the other `-0.0`: which stays is a matter of order.
pub(crate) fn step_of_any_order(row: &Row, elem: &Ty) -> bool {
    let Facts::Transformation(elements, ..) = row.facts else { return true };
    match elements {
        Elements::Same | Elements::Passed | Elements::One | Elements::Many | Elements::All | Elements::Product => true,
        // `zip` is made of an RDD and what a function makes of its elements.
        Elements::Zipped => true,
        Elements::Chosen | Elements::Joined | Elements::Grouped => !has_float(elem),
        Elements::Merged => !has_float(elem) && is_merged(row.name, elem),
        Elements::Drawn | Elements::Indexed | Elements::Numbered => false,
        Elements::OfPartition | Elements::Piped => false,
    }
}

/// Whether the values of pairs whose order is not known may be reduced.
pub(crate) fn can_reduce(pair: &Ty) -> bool {
    !has_float(pair) && is_merged("reduceByKey", pair)
}

/// Whether `spark` knows a function for a merge by key.
fn is_merged(name: &str, pair: &Ty) -> bool {
    let value = pair.components().and_then(|tys| tys.get(1).map(|ty| (*ty).clone()));
    value.is_some_and(|value| match name {
        "reduceByKey" => can_merge(&value),
        "foldByKey" => matches!(value, Ty::Int | Ty::Str),
        _ => false,
    })
}

/// Whether an action may follow an RDD whose order is not known: its answer does not depend on it, once merging functions
/// are chosen with care and lists are sorted.
pub(crate) fn action_of_any_order(entry: &Entry, elem: &Ty) -> bool {
    let Facts::Action(run, sees) = entry.row.facts else { return true };
    match sees {
        Sees::Nothing => true,
        Sees::Ties => !has_float(elem) && is_sorted(elem),
        Sees::Order if run == Run::AsNeeded => false,
        Sees::Order => {
            entry.row.name == "collect" || entry.sig.result == Ty::unit() || !has_float(elem) && is_sorted(elem)
        }
        Sees::Merges => match entry.row.name {
            "reduce" | "treeReduce" => can_merge(elem),
            "fold" => *elem == Ty::Int,
            "aggregate" | "treeAggregate" => true,
            _ => false,
        },
        Sees::TiesOfKeys | Sees::Partitions => false,
    }
}

/// The order after a step.
pub(crate) fn after(facts: Facts, stage: &str, before: Order, elem: &Ty, rows: usize) -> Order {
    let exact = match facts {
        Facts::Transformation(Elements::Same, Partitioning::ByKey(Placed::ByFunction), RowOrder::Undefined) => true,
        Facts::Transformation(_, _, order) => {
            matches!(order, RowOrder::Kept | RowOrder::Sorted) && !stage.contains("shuffle: true")
        }
        Facts::Function(_) | Facts::Source(_) | Facts::Mark(_) | Facts::Action(..) | Facts::Lineage(_) => true,
    };
    let sorted = matches!(facts, Facts::Transformation(_, _, RowOrder::Sorted));
    match before {
        Order::Bag if sorted && is_sorted_by_itself(stage, elem, rows) => Order::Exact,
        Order::Exact if exact => Order::Exact,
        Order::Bag | Order::Exact => Order::Bag,
    }
}

/// Whether a stage sorts by the elements themselves, so that their order is known.
pub(crate) fn is_sorted_by_itself(stage: &str, elem: &Ty, rows: usize) -> bool {
    stage.starts_with("sortBy(v -> v") && is_sorted(elem) && !has_float(elem) && rows <= 20
}

/// Whether `merge` finds a function.
pub(crate) fn can_merge(ty: &Ty) -> bool {
    match ty {
        Ty::Int | Ty::Str | Ty::Bool => true,
        Ty::Tuple(tys) => !tys.is_empty() && tys.iter().all(can_merge),
        Ty::Float | Ty::Record(_) | Ty::Option(_) | Ty::List(_) | Ty::Set(_) | Ty::Map(..) => false,
        Ty::Func(..) | Ty::Rdd(_) | Ty::Counter | Ty::Stats | Ty::Var(_) | Ty::Error => false,
    }
}

/// An expression that merges `a` and `b` and does not mind their order.
pub(crate) fn merge(ch: &mut Choices, ty: &Ty, a: &str, b: &str) -> String {
    match ty {
        Ty::Int => [format!("({a} + {b})"), format!("max({a}, {b})"), format!("min({a}, {b})")][ch.below(3)].clone(),
        Ty::Bool => format!("({a} {} {b})", ["and", "or"][ch.below(2)]),
        Ty::Tuple(tys) => {
            let part = |(at, ty): (usize, &Ty)| merge(ch, ty, &format!("{a}[{at}]"), &format!("{b}[{at}]"));
            let parts: Vec<String> = tys.iter().enumerate().map(part).collect();
            if parts.len() == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
        }
        _ => format!("{}({a}, {b})", ["max", "min"][ch.below(2)]),
    }
}

/// Whether values of the type can be keys.
pub(crate) fn can_key(dialect: Dialect, ty: &Ty) -> bool {
    Constraint::Key.holds(ty) == Some(true) && (!dialect.is_spark() || is_hashable(ty))
}

fn parts_of(ty: &Ty) -> Vec<&Ty> {
    match ty {
        Ty::Option(inner) | Ty::List(inner) | Ty::Set(inner) | Ty::Rdd(inner) => vec![inner],
        Ty::Map(key, value) => vec![key, value],
        Ty::Func(params, result) => params.iter().chain([&**result]).collect(),
        _ => ty.components().unwrap_or_default(),
    }
}

fn has(ty: &Ty, is: &dyn Fn(&Ty) -> bool) -> bool {
    is(ty) || parts_of(ty).into_iter().any(|part| has(part, is))
}

/// Whether a value can be a key of a dict.
pub(crate) fn is_hashable(ty: &Ty) -> bool {
    !has(ty, &|ty| matches!(ty, Ty::List(_) | Ty::Record(_) | Ty::Set(_) | Ty::Map(..)))
}

/// Whether Python sorts such values.
pub(crate) fn is_sorted(ty: &Ty) -> bool {
    !has(ty, &|ty| matches!(ty, Ty::Option(_) | Ty::Record(_) | Ty::Set(_) | Ty::Map(..)))
}

/// Whether there is a set in it.
pub(crate) fn has_set(ty: &Ty) -> bool {
    has(ty, &|ty| matches!(ty, Ty::Set(_)))
}

/// Whether there is a float in it.
pub(crate) fn has_float(ty: &Ty) -> bool {
    has(ty, &|ty| *ty == Ty::Float)
}

/// Whether there is an option of an option in it.
pub(crate) fn has_nested_option(ty: &Ty) -> bool {
    has(ty, &|ty| matches!(ty, Ty::Option(inner) if matches!(**inner, Ty::Option(_))))
}

/// The type with ints for what is not known yet.
fn filled(ty: &Ty, bound: &Bound) -> Ty {
    let known: Bound = bound.iter().map(|ty| Some(ty.clone().unwrap_or(Ty::Int))).collect();
    crate::types::fill(ty, &known)
}
