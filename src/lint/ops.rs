//! What lints know of the catalog's operators on RDDs. One that is not listed may do anything.

use crate::catalog::row::Row;

/// Operators that see their elements only: not whether something is kept, nor where it was computed.
const KNOWN: &[&str] = &[
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
    "zip",
    "zipWithIndex",
    "zipWithUniqueId",
    "sample",
    "union",
    "cartesian",
    "coalesce",
    "repartition",
    "cache",
    "persist",
    "unpersist",
    "partitionBy",
    "reduceByKey",
    "foldByKey",
    "aggregateByKey",
    "combineByKey",
    "groupByKey",
    "groupBy",
    "distinct",
    "join",
    "leftOuterJoin",
    "rightOuterJoin",
    "fullOuterJoin",
    "cogroup",
    "groupWith",
    "subtract",
    "subtractByKey",
    "intersection",
    "sortByKey",
    "sortBy",
    "collect",
    "count",
    "first",
    "take",
    "top",
    "takeOrdered",
    "reduce",
    "treeReduce",
    "fold",
    "aggregate",
    "treeAggregate",
    "sum",
    "min",
    "max",
    "mean",
    "variance",
    "stdev",
    "sampleVariance",
    "sampleStdev",
    "countByKey",
    "countByValue",
    "collectAsMap",
    "lookup",
    "isEmpty",
    "numPartitions",
    "getNumPartitions",
    "foreach",
    "foreachPartition",
    "saveAsTextFile",
    "print",
    "onError",
];

/// Actions that compute no element.
pub(super) const NOTHING: &[&str] = &["numPartitions", "getNumPartitions"];

/// Actions that compute as few elements as they need.
pub(super) const LITTLE: &[&str] = &["first", "take", "isEmpty"];

/// Operators that say whether an RDD is kept.
pub(super) const MARKS: &[&str] = &["cache", "persist", "unpersist"];

/// Operators that put the rows of an RDD in the place of its lineage: it is computed once.
pub(super) const CHECKPOINTS: &[&str] = &["checkpoint", "localCheckpoint"];

/// Operators that give the very RDD that they are given.
pub(super) const SAME: &[&str] = &["cache", "persist", "unpersist", "setName"];

/// Whether a row is no operator on an RDD, or one that is known.
pub(super) fn is_known(row: &'static Row) -> bool {
    !row.sig.starts_with("(self: rdd") || KNOWN.contains(&row.name)
}

/// Operators whose elements stay in their partitions with their keys, so that a partitioner holds.
pub(super) const KEEPS: &[&str] = &["filter", "mapValues", "flatMapValues", "cache", "persist", "unpersist"];

/// Operators that place pairs by the hash of their keys, of one RDD.
pub(super) const BY_KEY: &[&str] =
    &["reduceByKey", "foldByKey", "aggregateByKey", "combineByKey", "groupByKey", "partitionBy"];

/// Operators that place the pairs of two RDDs by the hash of their keys.
pub(super) const BOTH_BY_KEY: &[&str] =
    &["join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin", "cogroup", "groupWith", "subtractByKey"];

/// Operators that move elements between partitions, but for those by key.
pub(super) const MOVES: &[&str] =
    &["groupBy", "distinct", "sortBy", "sortByKey", "repartition", "subtract", "intersection"];

/// Operators that apply a function to each element.
pub(super) const ELEMENTWISE: &[&str] =
    &["map", "filter", "flatMap", "mapValues", "flatMapValues", "keyBy", "keys", "values"];

/// Operators for which it is the same how their input was placed, and whose result is placed anew or nowhere.
pub(super) const FORGETS: &[&str] = &[
    "map",
    "flatMap",
    "keyBy",
    "keys",
    "values",
    "glom",
    "zipWithIndex",
    "zipWithUniqueId",
    "coalesce",
    "repartition",
    "groupBy",
    "distinct",
    "sortBy",
    "sortByKey",
    "cartesian",
    "subtract",
    "intersection",
];
