//! The columns of a row of the catalog.
//!
//! ```text
//! Row {
//!     name: "reduceByKey",
//!     sig: "(self: rdd[(K, V)], func: (V, V) -> V, numPartitions?: int) -> rdd[(K, V)] where K: Key",
//!     doc: "Merges the values of each key with an associative and commutative function.",
//!     examples: &[("parallelize [(\"a\", 1), (\"a\", 2)] | reduceByKey + | collect", "[('a', 3)]")],
//!     facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByHash), Order::Undefined),
//!     imp: Imp::Spk("self | combineByKey (v -> v), func, func, numPartitions"),
//!     pyspark: "{self}.reduceByKey({func}{, numPartitions})",
//! }
//! ```
//!
//! Several rows may share a name (`len` of a text, of a list, …): overloads, tried in order by the types of the arguments.
//!
//! **Signatures.** `name: T` is a parameter, `name?: T` may be left out (its type inside is `T?`), capital single letters
//! are type variables, `where K: Key, T: Ord` constrains them. `Key` types can be hashed and compared for equality
//! (everything but sets, maps, functions and RDDs), `Ord` types can be sorted (everything but sets, maps, functions and RDDs), `Less` types can be compared by `<` (no options either),
//! `Eq` types can be compared for equality (everything but functions and RDDs), `Show` types can be printed (likewise),
//! `Num` is int or float, `Json` types can be written as JSON (no sets, and no tuples, lists or records as keys of maps).
//!
//! **Translation.** `{self}`, `{func}` are the arguments printed as Python; `{, n}` is `, n` or nothing if left out;
//! `{=n}` is `, n=value` or nothing.

use crate::hir::{CoreOp, LoopOp};
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::prim::Prim;

use super::facts::Facts;

/// A function or operator.
#[derive(Debug)]
pub struct Row {
    /// Its name, or the text of an infix operator (`+`).
    pub name: &'static str,
    /// Typing rule and documentation in one.
    pub sig: &'static str,
    /// The effect, in full sentences; Markdown.
    pub doc: &'static str,
    /// Expressions with what they print; run on both engines.
    pub examples: &'static [(&'static str, &'static str)],
    /// Facts besides its types.
    pub facts: Facts,
    /// Its implementation.
    pub imp: Imp,
    /// Python that does the same with a SparkContext `sc`.
    pub pyspark: &'static str,
}

/// The implementation of a row.
#[derive(Debug)]
pub enum Imp {
    /// A primitive of both engines.
    Prim(Prim),
    /// A function of the runtime.
    Rt(&'static RtFn),
    /// A loop over a list.
    Loop(LoopOp),
    /// A core operator.
    Core(CoreOp),
    /// An expression in the language over the parameters.
    Spk(&'static str),
    /// Known to the type checker by itself, because a signature cannot say it; see `sema`.
    Sema(SemaOp),
}

/// A row whose types are known to the checker, because a signature cannot say them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SemaOp {
    /// `and`
    And,
    /// `or`
    Or,
    /// `??`: an option's value or a default.
    Coalesce,
    /// `Some(x)`
    Some,
    /// `x.map(f)` of an option: `Some(f(value))` or `None`.
    OptionMap,
    /// `isSome(x)`, and `x != None`.
    IsSome,
    /// `randomSplit`: a tuple of as many RDDs as the list of weights has elements.
    RandomSplit,
}

/// The parts of the table, in the order of the reference.
pub struct Section {
    /// Heading of the reference.
    pub title: &'static str,
    /// Its rows.
    pub rows: &'static [Row],
}
