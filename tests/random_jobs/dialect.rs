//! What jobs may say that PySpark is to run too.
//!
//! Python's dicts and lists cannot be keys, `None` cannot be compared and not be in an option, and the order of a set is
//! that of hashes: such types are left out. Where PySpark does not fix the order of elements (`Order::Bag`), only operators
//! are taken whose answer does not depend on it, and functions that merge are those of `merge`.

use sparkc::types::signature::{Constraint, Signature};
use sparkc::types::ty::Ty;

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
                Constraint::Ord => is_sorted(ty),
                Constraint::Show => !has_set(ty),
                Constraint::Eq | Constraint::Num | Constraint::Json => true,
            })
        });
        let whole = sig.params.iter().map(|param| &param.ty).chain([&sig.result]);
        constrained && whole.into_iter().all(|ty| !has_nested_option(&filled(ty, bound)))
    }
}

/// Rows that jobs do not call when PySpark runs them too: numbers and paths that are made up, text for people, and what
/// wants a directory of checkpoints.
pub(crate) const NOT_WITH_SPARK: &[&str] =
    &["id", "toDebugString", "getCheckpointFile", "checkpoint", "localCheckpoint", "cleanShuffleDependencies"];

/// What is known of the order of an RDD's elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// Each partition has the elements that it has in PySpark, in the same order.
    Exact,
    /// The elements are the same.
    Bag,
}

/// Steps after which the order is what it was.
const KEEP: &[&str] = &[
    "map",
    "filter",
    "flatMap",
    "mapValues",
    "flatMapValues",
    "keyBy",
    "keys",
    "values",
    "glom",
    "mapPartitions",
    "mapPartitionsWithIndex",
    "mapPartitionsWithSplit",
    "setName",
    "randomSplit",
    "zip",
    "zipWithIndex",
    "zipWithUniqueId",
    "sample",
    "union",
    "coalesce",
    "cache",
    "persist",
    "unpersist",
    "sortBy",
    "sortByKey",
];

/// Steps whose elements do not depend on the order of what they take, once merging functions are chosen with care.
const ANY_ORDER: &[&str] = &[
    "map",
    "setName",
    "filter",
    "flatMap",
    "mapValues",
    "flatMapValues",
    "keyBy",
    "keys",
    "values",
    "union",
    "cartesian",
    "coalesce",
    "repartition",
    "cache",
    "persist",
    "unpersist",
    "partitionBy",
    "zip",
    "sortBy",
    "sortByKey",
];

/// As these, unless the key has a float: which of `0.0` and `-0.0` stays is a matter of order.
const ANY_ORDER_OF_KEYS: &[&str] = &[
    "distinct",
    "join",
    "leftOuterJoin",
    "rightOuterJoin",
    "fullOuterJoin",
    "subtract",
    "subtractByKey",
    "intersection",
    "reduceByKey",
    "foldByKey",
    "groupByKey",
    "groupBy",
    "cogroup",
    "groupWith",
];

/// Actions whose answer does not depend on the order, once merging functions are chosen with care.
const ACTIONS_OF_ANY_ORDER: &[&str] = &[
    "collect",
    "count",
    "name",
    "getStorageLevel",
    "isEmpty",
    "numPartitions",
    "getNumPartitions",
    "print",
    "saveAsTextFile",
    "foreach",
    "reduce",
    "treeReduce",
    "treeAggregate",
    "aggregate",
    "fold",
    "sum",
    "min",
    "max",
    "top",
    "takeOrdered",
    "countByKey",
    "countByValue",
    "lookup",
];

/// Whether a step may follow an RDD whose order is not known.
pub(crate) fn step_of_any_order(name: &str, elem: &Ty) -> bool {
    if ANY_ORDER.contains(&name) {
        return true;
    }
    let value = || elem.components().and_then(|tys| tys.get(1).map(|ty| (*ty).clone()));
    let merged = match name {
        "reduceByKey" => value().is_some_and(|ty| can_merge(&ty)),
        "foldByKey" => value().is_some_and(|ty| matches!(ty, Ty::Int | Ty::Str)),
        _ => true,
    };
    merged && ANY_ORDER_OF_KEYS.contains(&name) && !has_float(elem)
}

/// Whether an action may follow an RDD whose order is not known. `keyed` ones take the first of equal keys.
pub(crate) fn action_of_any_order(name: &str, elem: &Ty, params: usize) -> bool {
    let plain = !has_float(elem) && is_sorted(elem);
    ACTIONS_OF_ANY_ORDER.contains(&name)
        && match name {
            "reduce" | "treeReduce" => can_merge(elem),
            "fold" => *elem == Ty::Int,
            "sum" => *elem == Ty::Int,
            "min" | "max" => plain && params == 1,
            "top" | "takeOrdered" => plain && params == 2,
            "countByKey" | "countByValue" => plain,
            "lookup" => plain,
            _ => true,
        }
}

/// The order after a step.
pub(crate) fn after(name: &str, stage: &str, before: Order, elem: &Ty, rows: usize) -> Order {
    let by_itself = stage.starts_with("sortBy(v -> v") && is_sorted(elem) && !has_float(elem) && rows <= 20;
    let placed = name == "partitionBy" && stage.contains("->");
    match before {
        Order::Bag if by_itself => Order::Exact,
        Order::Exact if placed || KEEP.contains(&name) && !stage.contains("shuffle: true") => Order::Exact,
        Order::Bag | Order::Exact => Order::Bag,
    }
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
