//! The typed program: names are ids, sugar is gone, every expression has its type.
//!
//! `a | mapValues (v + 1)` has become `Core(MapKeep, [a, (k, v) -> (k, IAdd(v, 1))])`: operators and functions that the
//! catalog defines in the language are expanded, patterns are `Let` and `Field`, user functions are inlined by use. The
//! rest is a closed set: primitives, runtime functions, loops over lists, and about thirty core operators.
//!
//! Invariants: no `Ty::Var` and no `Ty::Error`; no recursion; a [`Lambda`] sees its parameters and the locals around it;
//! locals of the driver that a lambda uses are captured when the plan is built; RDDs appear only outside of lambdas.
//!
//! `sema` makes programs. Expressions that later layers add are made by `build`, which knows the types and gives fresh
//! locals; every walk over expressions is one of `walk`.

pub mod build;
pub mod walk;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::index::{IndexVec, id};
use crate::base::source::Span;
use crate::base::wire::nested;
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::prim::Prim;
use crate::types::ty::Ty;

id!(pub LocalId, "A variable of the program: of the driver, a parameter, or bound by a let.");

/// A whole job.
#[derive(Clone, Debug)]
pub struct Program {
    /// Parameters that the command line can set, in order.
    pub params: Vec<Param>,
    /// Statements in order.
    pub body: Vec<Stmt>,
    /// All variables.
    pub locals: IndexVec<LocalId, Local>,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// As written; made up for those that expansion introduces.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Ty,
}

/// A `param` of the job.
#[derive(Clone, Debug)]
pub struct Param {
    /// The variable.
    pub local: LocalId,
    /// Name of the flag, without `--`.
    pub name: Arc<str>,
    /// Type: int, float, bool or str, or an option of these.
    pub ty: Ty,
    /// Value when the flag is absent; without one the flag is required.
    pub default: Option<Expr>,
    /// Its purpose.
    pub doc: Option<String>,
    /// Its place.
    pub span: Span,
}

/// A statement of the driver.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// Binds a variable, or changes it.
    Set(LocalId, Expr),
    /// Runs an expression for its effects; its value is dropped. A pipeline that stands alone has become `Core(Show)`.
    Do(Expr),
    /// Runs the body for each element of a list.
    For(LocalId, Expr, Vec<Stmt>),
    /// Runs the body while the condition holds.
    While(Expr, Vec<Stmt>),
    /// Runs one of two bodies.
    If(Expr, Vec<Stmt>, Vec<Stmt>),
}

/// A typed expression.
#[derive(Clone, Debug, Serialize)]
pub struct Expr {
    /// Its kind.
    #[serde(with = "nested")]
    pub kind: ExprKind,
    /// Its type.
    pub ty: Ty,
    /// Its place in the user's text; of an expanded function, the place of the call.
    pub span: Span,
}

/// The kind of an expression.
#[derive(Clone, Debug, Serialize)]
pub enum ExprKind {
    /// Constant.
    Int(i64),
    /// Constant.
    Float(f64),
    /// Constant.
    Bool(bool),
    /// Constant.
    Str(Arc<str>),
    /// A variable.
    Local(LocalId),
    /// A tuple, or a record with its fields in the order of the type.
    Tuple(Vec<Expr>),
    /// Component of a tuple or record.
    Field(Box<Expr>, usize),
    /// `None` of the expression's option type.
    None,
    /// An option with a value.
    Some(Box<Expr>),
    /// `IfSome(option, local, then, otherwise)`: `then` sees the option's value in `local`.
    IfSome(Box<Expr>, LocalId, Box<Expr>, Box<Expr>),
    /// A list of elements.
    List(Vec<Expr>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `and`, evaluated as needed.
    And(Box<Expr>, Box<Expr>),
    /// `or`, evaluated as needed.
    Or(Box<Expr>, Box<Expr>),
    /// `let local = bound in body`
    Let(LocalId, Box<Expr>, Box<Expr>),
    /// A primitive; operands have the primitive's types.
    Prim(Prim, Vec<Expr>),
    /// A runtime function on values, with what the optimiser may know of it.
    Call(&'static RtFn, Props, Vec<Expr>),
    /// A loop over a list: the list, what the loop starts from (fold only), the function.
    Loop(LoopOp, Vec<Expr>, Box<Lambda>),
    /// A core operator of the driver.
    Core(CoreOp, Vec<Arg>),
}

/// An argument of a core operator.
#[derive(Clone, Debug, Serialize)]
pub enum Arg {
    /// An RDD or a value of the driver.
    Value(Expr),
    /// A function of elements.
    Func(Lambda),
}

/// A function of elements.
#[derive(Clone, Debug, Serialize)]
pub struct Lambda {
    /// Parameters.
    pub params: Vec<LocalId>,
    /// Body.
    pub body: Expr,
}

/// Loops over lists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum LoopOp {
    /// `[list]`, `x -> y`: the list of results.
    Map,
    /// `[list]`, `x -> bool`: the elements that pass.
    Filter,
    /// `[list]`, `x -> list`: the results joined.
    FlatMap,
    /// `[list, start]`, `(state, x) -> state`: the last state.
    Fold,
}

/// The properties that the optimiser may rely on, and that a row of the catalog promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Props(pub u8);

impl Props {
    /// Nothing known: it may fail, and the result depends on the arguments only.
    pub const NONE: Self = Self(0);
    /// Never raises a row error.
    pub const TOTAL: Self = Self(1);
    /// Does something besides its result (`print`, counters): neither dropped, nor folded, nor repeated.
    pub const EFFECT: Self = Self(2);
    /// `f(a, b) = f(b, a)`.
    pub const COMMUTATIVE: Self = Self(4);
    /// `f(f(a, b), c) = f(a, f(b, c))`, exactly.
    pub const ASSOCIATIVE: Self = Self(8);
    /// Looks at no element of a list that it is given, only at how many there are.
    pub const SHALLOW: Self = Self(16);
    /// Goes on from call to call with a state of its kernel (sampling, numbering), which nothing else sees: neither dropped,
    /// nor folded, nor repeated.
    pub const STATEFUL: Self = Self(32);
    /// If it gives an int, that is not negative.
    pub const NOT_NEGATIVE: Self = Self(64);

    /// Both sets of promises.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of these are promised.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The core operators. Each is listed with its arguments; `rdd` is an RDD, `f` a function, the rest driver values.
/// An argument written `T?` is an option: `None` stands for the default.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum CoreOp {
    /// `(path: str, minPartitions: int?, encoding: str?) -> rdd[str]`
    TextFile,
    /// `(path: str, minPartitions: int?) -> rdd[(str, str)]`
    WholeTextFiles,
    /// `(elements: list[T], numSlices: int?) -> rdd[T]`, sliced as PySpark slices lists.
    Parallelize,
    /// `(start: int, end: int, step: int, numSlices: int?) -> rdd[int]`, sliced as PySpark slices ranges.
    Range,
    /// `() -> rdd[T]` without partitions.
    EmptyRdd,
    /// `(rdd, f: T -> U, preservesPartitioning: bool?) -> rdd[U]`; the partitioner is lost unless the job says otherwise.
    Map,
    /// As `Map` on pairs; `f` returns pairs with the same key, so the partitioner is kept.
    MapKeep,
    /// `(rdd, f: T -> bool) -> rdd[T]`; keeps the partitioner.
    Filter,
    /// `(rdd, f: T -> list[U], preservesPartitioning: bool?) -> rdd[U]`
    FlatMap,
    /// As `FlatMap` on pairs with the same key.
    FlatMapKeep,
    /// `(rdd) -> rdd[list[T]]`: one list a partition.
    Glom,
    /// `(rdd) -> rdd[(T, int)]`
    ZipWithIndex,
    /// `(rdd) -> rdd[(T, int)]`
    ZipWithUniqueId,
    /// `(rdd, f: (int, list[T]) -> list[U], preservesPartitioning: bool)`: the number and all elements of a partition.
    MapPartitions,
    /// `(rdd, withReplacement: bool, fraction: float, seed: int?) -> rdd[T]`
    Sample,
    /// `(rdd[T], withReplacement: bool, f: T -> float, seed: int?) -> rdd[T]`: each element with a fraction of its own.
    SampleBy,
    /// `(rdd, weights: list of numbers, seed: int?) -> (rdd[T], …)`: as many RDDs as the list, which is a literal, has elements.
    RandomSplit,
    /// `(rdd, n: int) -> rdd[T]`
    Coalesce,
    /// `(rdd, n: int) -> rdd[T]`
    Repartition,
    /// `(rdd, partitions: list[int]) -> rdd[T]`: these partitions, in this order.
    Pick,
    /// `(rdd, rdd) -> rdd[T]`
    Union,
    /// `(rdd, …) -> rdd[T]`: of any number.
    UnionAll,
    /// `(rdd[T], rdd[U]) -> rdd[(T, U)]`
    Zip,
    /// `(rdd[T], rdd[U]) -> rdd[(T, U)]`
    Cartesian,
    /// `(rdd[(K, V)], numPartitions: int?) -> rdd[(K, V)]`
    PartitionBy,
    /// `(rdd[(K, V)], numPartitions: int?, f: K -> int)`: a partition function of the user.
    PartitionByFunc,
    /// `(rdd[(K, V)], create: V -> C, mergeValue: (C, V) -> C, mergeCombiners: (C, C) -> C, numPartitions: int?)`, and
    /// perhaps a partition function `K -> int`.
    CombineByKey,
    /// `(rdd[(K, V)], numPartitions: int?) -> rdd[(K, list[V])]`, and perhaps a partition function `K -> int`.
    GroupByKey,
    /// `(rdd[(K, V)], rdd[(K, W)], numPartitions: int?) -> rdd[(K, (list[V], list[W]))]`
    CoGroup,
    /// `(rdd[(K, V)], ascending: bool, numPartitions: int?, mapped: bool?) -> rdd[(K, V)]`; mapped pairs are `(f(k), (k, v))`.
    SortByKey,
    /// `(rdd[(K, V)], ascending: bool) -> rdd[(K, V)]`: sorts within partitions.
    SortWithin,
    /// `(rdd, level: str) -> rdd`: marks it for caching.
    Persist,
    /// `(rdd) -> rdd`: forgets what was cached.
    Unpersist,
    /// `(rdd, mode: str, dir: str?) -> rdd`: what happens to rows of this source that fail.
    OnError,
    /// `(rdd, name: str) -> rdd`: gives it a name.
    SetName,
    /// `(rdd) -> str?`
    Name,
    /// `(rdd) -> int`
    Id,
    /// `(rdd) -> str`, as Spark prints it.
    StorageLevel,
    /// `(rdd) -> str`: the lineage in Spark's form.
    DebugString,
    /// `(rdd)`: forgets the shuffles that it reads.
    CleanShuffles,
    /// `(rdd, local: bool)`: marks it for a checkpoint.
    Checkpoint,
    /// `(rdd, local: bool) -> bool`: whether it has been checkpointed; if `local`, whether it is marked for a local one.
    IsCheckpointed,
    /// `(rdd) -> str?`
    CheckpointFile,
    /// `(dir: str)`
    SetCheckpointDir,
    /// `() -> str?`
    CheckpointDir,
    /// `() -> int`: the default number of partitions.
    DefaultParallelism,
    /// `(rdd) -> int`
    NumPartitions,
    /// `(rdd[T]) -> list[T]`
    Collect,
    /// `(rdd) -> int`
    Count,
    /// `(rdd[T], n: int) -> list[T]`: reads no more partitions than needed.
    Take,
    /// `(rdd[T], withReplacement: bool, num: int, seed: int?) -> list[T]`
    TakeSample,
    /// `(rdd[T], n: int, key: T -> K, descending: bool) -> list[T]`: first-seen order among equals.
    TakeOrdered,
    /// `(rdd[T], f: (T, T) -> T) -> T`
    Reduce,
    /// `(rdd[T], zero: U, seqOp: (U, T) -> U, combOp: (U, U) -> U) -> U`
    Aggregate,
    /// `(rdd, f: T -> ()) -> ()`
    Foreach,
    /// `(rdd, path: str, options: str? ...) -> ()`: saves files of the format of this name.
    Save(&'static str),
    /// `(rdd) -> ()`: prints the elements, one a line, as `saveAsTextFile` would write them.
    Show,
    /// `(start: int?) -> counter`
    NewCounter,
    /// `(counter) -> int`
    CounterValue,
}
