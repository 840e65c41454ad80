//! Operators that move elements between partitions: rows of merges by key, joins, sorts.

use super::facts::{Elements, Facts, Order, Partitioning, Placed};
use super::row::{Imp, Row};
use crate::hir::CoreOp;

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "partitionBy",
        sig: "(self: rdd[(K, V)], numPartitions?: int) -> rdd[(K, V)] where K: Key",
        doc: "Moves each pair to the partition that its key's hash names. What is partitioned so already is not moved.",
        examples: &[("parallelize [(\"a\", 1), (\"b\", 2), (\"a\", 3)] | partitionBy 2 | numPartitions", "2")],
        facts: Facts::Transformation(Elements::Same, Partitioning::ByKey(Placed::ByHash), Order::Undefined),
        imp: Imp::Core(CoreOp::PartitionBy),
        pyspark: "{self}.partitionBy({numPartitions})",
    },
    Row {
        name: "partitionBy",
        sig: "(self: rdd[(K, V)], numPartitions: int, partitionFunc: K -> int) -> rdd[(K, V)] where K: Key",
        doc: "Moves each pair to the partition `partitionFunc(key) % numPartitions`.",
        examples: &[(
            "parallelize [(1, \"a\"), (2, \"b\")] | partitionBy 2, k -> k | glom | collect",
            "[[(2, 'b')], [(1, 'a')]]",
        )],
        facts: Facts::Transformation(Elements::Same, Partitioning::ByKey(Placed::ByFunction), Order::Undefined),
        imp: Imp::Spk("partitionByFunc(self, numPartitions, partitionFunc)"),
        pyspark: "{self}.partitionBy({numPartitions}, {partitionFunc})",
    },
    Row {
        name: "reduceByKey",
        sig: "(self: rdd[(K, V)], func: (V, V) -> V, numPartitions?: int) -> rdd[(K, V)] where K: Key",
        doc: "Merges the values of each key with an associative and commutative function; within partitions first.",
        examples: &[(
            "parallelize [(\"a\", 1), (\"b\", 2), (\"a\", 3)] | reduceByKey + | collect | sorted",
            "[('a', 4), ('b', 2)]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByHash), Order::Undefined),
        imp: Imp::Spk("combineByKey(self, (v -> v), func, func, numPartitions)"),
        pyspark: "{self}.reduceByKey({func}{, numPartitions})",
    },
    Row {
        name: "reduceByKey",
        sig: "(self: rdd[(K, V)], func: (V, V) -> V, numPartitions?: int, partitionFunc: K -> int) -> rdd[(K, V)] where K: Key",
        doc: "As above, where a function says which partition a key goes to: `partitionFunc(key) % numPartitions`.",
        examples: &[(
            "parallelize [(1, \"a\"), (2, \"b\"), (3, \"c\")] | reduceByKey +, 2, k -> k | glom | collect",
            "[[(2, 'b')], [(1, 'a'), (3, 'c')]]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByFunction), Order::Undefined),
        imp: Imp::Spk("combineByKey(self, (v -> v), func, func, numPartitions, partitionFunc)"),
        pyspark: "{self}.reduceByKey({func}{=numPartitions}{=partitionFunc})",
    },
    Row {
        name: "foldByKey",
        sig: "(self: rdd[(K, V)], zeroValue: V, func: (V, V) -> V, numPartitions?: int) -> rdd[(K, V)] where K: Key",
        doc: "Merges the values of each key, beginning with `zeroValue` once in each partition that has the key.",
        examples: &[(
            "parallelize [(\"a\", 1), (\"b\", 2), (\"a\", 3)] | foldByKey 0, + | collect | sorted",
            "[('a', 4), ('b', 2)]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByHash), Order::Undefined),
        imp: Imp::Spk("combineByKey(self, (v -> func(zeroValue, v)), func, func, numPartitions)"),
        pyspark: "{self}.foldByKey({zeroValue}, {func}{, numPartitions})",
    },
    Row {
        name: "foldByKey",
        sig: "(self: rdd[(K, V)], zeroValue: V, func: (V, V) -> V, numPartitions?: int, partitionFunc: K -> int) -> rdd[(K, V)] where K: Key",
        doc: "As above, where a function says which partition a key goes to.",
        examples: &[(
            "parallelize [(1, \"a\"), (2, \"b\"), (3, \"c\")] | foldByKey \"-\", +, 2, k -> k | glom | collect",
            "[[(2, '-b')], [(1, '-a'), (3, '-c')]]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByFunction), Order::Undefined),
        imp: Imp::Spk("combineByKey(self, (v -> func(zeroValue, v)), func, func, numPartitions, partitionFunc)"),
        pyspark: "{self}.foldByKey({zeroValue}, {func}{=numPartitions}{=partitionFunc})",
    },
    Row {
        name: "aggregateByKey",
        sig: "(self: rdd[(K, V)], zeroValue: U, seqFunc: (U, V) -> U, combFunc: (U, U) -> U, numPartitions?: int) -> rdd[(K, U)] where K: Key",
        doc: "Adds the values of each key to a state that begins with `zeroValue` in each partition that has the key, and merges the states.",
        examples: &[(
            "parallelize [(\"a\", 1), (\"b\", 2), (\"a\", 3)] | aggregateByKey (0, 0), ((s, v) -> (s[0] + v, s[1] + 1)), ((s, t) -> (s[0] + t[0], s[1] + t[1])) | collect | sorted",
            "[('a', (4, 2)), ('b', (2, 1))]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByHash), Order::Undefined),
        imp: Imp::Spk("combineByKey(self, (v -> seqFunc(zeroValue, v)), seqFunc, combFunc, numPartitions)"),
        pyspark: "{self}.aggregateByKey({zeroValue}, {seqFunc}, {combFunc}{, numPartitions})",
    },
    Row {
        name: "aggregateByKey",
        sig: "(self: rdd[(K, V)], zeroValue: U, seqFunc: (U, V) -> U, combFunc: (U, U) -> U, numPartitions?: int, partitionFunc: K -> int) -> rdd[(K, U)] where K: Key",
        doc: "As above, where a function says which partition a key goes to.",
        examples: &[(
            "parallelize [(1, \"a\"), (2, \"b\"), (3, \"c\")] | aggregateByKey 0, ((n, v) -> n + len(v)), +, 2, k -> k | glom | collect",
            "[[(2, 1)], [(1, 1), (3, 1)]]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByFunction), Order::Undefined),
        imp: Imp::Spk(
            "combineByKey(self, (v -> seqFunc(zeroValue, v)), seqFunc, combFunc, numPartitions, partitionFunc)",
        ),
        pyspark: "{self}.aggregateByKey({zeroValue}, {seqFunc}, {combFunc}{=numPartitions}{=partitionFunc})",
    },
    Row {
        name: "combineByKey",
        sig: "(self: rdd[(K, V)], createCombiner: V -> C, mergeValue: (C, V) -> C, mergeCombiners: (C, C) -> C, numPartitions?: int) -> rdd[(K, C)] where K: Key",
        doc: "The general merge by key: a state of the first value, which takes more values, and states that are merged.",
        examples: &[(
            "parallelize [(\"a\", 1), (\"b\", 2), (\"a\", 3)] | combineByKey (v -> [v]), ((c, v) -> c + [v]), + | collect | sorted",
            "[('a', [1, 3]), ('b', [2])]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByHash), Order::Undefined),
        imp: Imp::Core(CoreOp::CombineByKey),
        pyspark: "{self}.combineByKey({createCombiner}, {mergeValue}, {mergeCombiners}{, numPartitions})",
    },
    Row {
        name: "combineByKey",
        sig: "(self: rdd[(K, V)], createCombiner: V -> C, mergeValue: (C, V) -> C, mergeCombiners: (C, C) -> C, numPartitions?: int, partitionFunc: K -> int) -> rdd[(K, C)] where K: Key",
        doc: "As above, where a function says which partition a key goes to.",
        examples: &[(
            "parallelize [(1, \"a\"), (2, \"b\"), (3, \"c\")] | combineByKey (v -> [v]), ((c, v) -> c + [v]), +, 2, k -> k | glom | collect",
            "[[(2, ['b'])], [(1, ['a']), (3, ['c'])]]",
        )],
        facts: Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByFunction), Order::Undefined),
        imp: Imp::Core(CoreOp::CombineByKey),
        pyspark: "{self}.combineByKey({createCombiner}, {mergeValue}, {mergeCombiners}{=numPartitions}{=partitionFunc})",
    },
    Row {
        name: "groupByKey",
        sig: "(self: rdd[(K, V)], numPartitions?: int) -> rdd[(K, list[V])] where K: Key",
        doc: "The list of the values of each key, in order. Where values are merged afterwards, `reduceByKey` moves less.",
        examples: &[(
            "parallelize [(\"a\", 1), (\"b\", 2), (\"a\", 3)] | groupByKey | collect | sorted",
            "[('a', [1, 3]), ('b', [2])]",
        )],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::ByKey(Placed::ByHash), Order::Undefined),
        imp: Imp::Core(CoreOp::GroupByKey),
        pyspark: "{self}.groupByKey({numPartitions}).mapValues(list)",
    },
    Row {
        name: "groupByKey",
        sig: "(self: rdd[(K, V)], numPartitions?: int, partitionFunc: K -> int) -> rdd[(K, list[V])] where K: Key",
        doc: "As above, where a function says which partition a key goes to.",
        examples: &[(
            "parallelize [(1, \"a\"), (2, \"b\"), (3, \"c\")] | groupByKey 2, k -> k | glom | collect",
            "[[(2, ['b'])], [(1, ['a']), (3, ['c'])]]",
        )],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::ByKey(Placed::ByFunction), Order::Undefined),
        imp: Imp::Core(CoreOp::GroupByKey),
        pyspark: "{self}.groupByKey({numPartitions}{=partitionFunc}).mapValues(list)",
    },
    Row {
        name: "groupBy",
        sig: "(self: rdd[T], f: T -> K, numPartitions?: int) -> rdd[(K, list[T])] where K: Key",
        doc: "The list of the elements for which a function gives the same key.",
        examples: &[("parallelize [1, 2, 3, 4] | groupBy x % 2 | collect | sorted", "[(0, [2, 4]), (1, [1, 3])]")],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::Moved(Placed::ByHash), Order::Undefined),
        imp: Imp::Spk("groupByKey(map(self, (x -> (f(x), x))), numPartitions)"),
        pyspark: "{self}.groupBy({f}{, numPartitions}).mapValues(list)",
    },
    Row {
        name: "groupBy",
        sig: "(self: rdd[T], f: T -> K, numPartitions?: int, partitionFunc: K -> int) -> rdd[(K, list[T])] where K: Key",
        doc: "As above, where a function says which partition a key goes to.",
        examples: &[(
            "parallelize [1, 2, 3, 4] | groupBy x % 2, 2, k -> k + 1 | glom | collect",
            "[[(1, [1, 3])], [(0, [2, 4])]]",
        )],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::Moved(Placed::ByFunction), Order::Undefined),
        imp: Imp::Spk("groupByKey(map(self, (x -> (f(x), x))), numPartitions, partitionFunc)"),
        pyspark: "{self}.groupBy({f}{=numPartitions}{=partitionFunc}).mapValues(list)",
    },
    Row {
        name: "distinct",
        sig: "(self: rdd[T], numPartitions?: int) -> rdd[T] where T: Key",
        doc: "Each element once.",
        examples: &[("parallelize [1, 2, 1] | distinct | collect | sorted", "[1, 2]")],
        facts: Facts::Transformation(Elements::Chosen, Partitioning::Moved(Placed::Anyhow), Order::Undefined),
        imp: Imp::Spk("map(reduceByKey(map(self, (x -> (x, ()))), ((a, b) -> a), numPartitions), ((x, u) -> x))"),
        pyspark: "{self}.distinct({numPartitions})",
    },
    Row {
        name: "join",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], numPartitions?: int) -> rdd[(K, (V, W))] where K: Key",
        doc: "Pairs of values that have the same key on both sides.",
        examples: &[(
            "parallelize [(\"Tom\", 29), (\"John\", 22)] | join(parallelize [(\"James\", \"USA\"), (\"John\", \"UK\")]) | collect",
            "[('John', (22, 'UK'))]",
        )],
        facts: Facts::Transformation(Elements::Joined, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk(
            "cogroup(self, other, numPartitions) | flatMapKeep ((k, (vs, ws)) -> listFlatMap(vs, (v -> listMap(ws, (w -> (k, (v, w)))))))",
        ),
        pyspark: "{self}.join({other}{, numPartitions})",
    },
    Row {
        name: "leftOuterJoin",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], numPartitions?: int) -> rdd[(K, (V, W?))] where K: Key",
        doc: "As `join`; what has no partner on the right is paired with `None`.",
        examples: &[(
            "parallelize [(\"Tom\", 29), (\"John\", 22)] | leftOuterJoin(parallelize [(\"James\", \"USA\"), (\"John\", \"UK\")]) | collect | sorted",
            "[('John', (22, 'UK')), ('Tom', (29, None))]",
        )],
        facts: Facts::Transformation(Elements::Joined, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk(
            "cogroup(self, other, numPartitions) | flatMapKeep ((k, (vs, ws)) -> if listLen(ws) == 0 then listMap(vs, (v -> (k, (v, None)))) else listFlatMap(vs, (v -> listMap(ws, (w -> (k, (v, Some(w))))))))",
        ),
        pyspark: "{self}.leftOuterJoin({other}{, numPartitions})",
    },
    Row {
        name: "rightOuterJoin",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], numPartitions?: int) -> rdd[(K, (V?, W))] where K: Key",
        doc: "As `join`; what has no partner on the left is paired with `None`.",
        examples: &[(
            "parallelize [(\"Tom\", 29), (\"John\", 22)] | rightOuterJoin(parallelize [(\"James\", \"USA\"), (\"John\", \"UK\")]) | collect | sorted",
            "[('James', (None, 'USA')), ('John', (22, 'UK'))]",
        )],
        facts: Facts::Transformation(Elements::Joined, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk(
            "cogroup(self, other, numPartitions) | flatMapKeep ((k, (vs, ws)) -> if listLen(vs) == 0 then listMap(ws, (w -> (k, (None, w)))) else listFlatMap(vs, (v -> listMap(ws, (w -> (k, (Some(v), w)))))))",
        ),
        pyspark: "{self}.rightOuterJoin({other}{, numPartitions})",
    },
    Row {
        name: "fullOuterJoin",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], numPartitions?: int) -> rdd[(K, (V?, W?))] where K: Key",
        doc: "As `join`; what has no partner on the other side is paired with `None`.",
        examples: &[(
            "parallelize [(\"Tom\", 29), (\"John\", 22)] | fullOuterJoin(parallelize [(\"James\", \"USA\"), (\"John\", \"UK\")]) | collect | sorted",
            "[('James', (None, 'USA')), ('John', (22, 'UK')), ('Tom', (29, None))]",
        )],
        facts: Facts::Transformation(Elements::Joined, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk(
            "cogroup(self, other, numPartitions) | flatMapKeep ((k, (vs, ws)) -> if listLen(vs) == 0 then listMap(ws, (w -> (k, (None, Some(w))))) else if listLen(ws) == 0 then listMap(vs, (v -> (k, (Some(v), None)))) else listFlatMap(vs, (v -> listMap(ws, (w -> (k, (Some(v), Some(w))))))))",
        ),
        pyspark: "{self}.fullOuterJoin({other}{, numPartitions})",
    },
    Row {
        name: "cogroup",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], numPartitions?: int) -> rdd[(K, (list[V], list[W]))] where K: Key",
        doc: "For each key of either side the list of its values here and the list of its values there.",
        examples: &[(
            "parallelize [(\"Tom\", 29), (\"John\", 22)] | cogroup(parallelize [(\"James\", \"USA\"), (\"John\", \"UK\")]) | collect | sorted",
            "[('James', ([], ['USA'])), ('John', ([22], ['UK'])), ('Tom', ([29], []))]",
        )],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Core(CoreOp::CoGroup),
        pyspark: "{self}.cogroup({other}{, numPartitions}).mapValues(lambda t: (list(t[0]), list(t[1])))",
    },
    Row {
        name: "groupWith",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)]) -> rdd[(K, (list[V], list[W]))] where K: Key",
        doc: "Another name of `cogroup`.",
        examples: &[(
            "parallelize [(\"Tom\", 29), (\"John\", 22)] | groupWith(parallelize [(\"James\", \"USA\"), (\"John\", \"UK\")]) | count",
            "3",
        )],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk("cogroup(self, other)"),
        pyspark: "{self}.groupWith({other}).mapValues(lambda t: (list(t[0]), list(t[1])))",
    },
    Row {
        name: "groupWith",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], third: rdd[(K, X)]) -> rdd[(K, (list[V], list[W], list[X]))] where K: Key",
        doc: "For each key of 3 RDDs the lists of its values in each.",
        examples: &[(
            "parallelize [(\"a\", 1)] | groupWith(parallelize [(\"a\", \"x\"), (\"b\", \"y\")], parallelize [(\"a\", 0.5)]) | collect | sorted",
            "[('a', ([1], ['x'], [0.5])), ('b', ([], ['y'], []))]",
        )],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk(
            "mapKeep(groupByKey(union(union(mapKeep(self, ((k, v) -> (k, (Some(v), None, None)))), mapKeep(other, ((k, v) -> (k, (None, Some(v), None))))), mapKeep(third, ((k, v) -> (k, (None, None, Some(v))))))), ((k, ts) -> (k, (listFlatMap(ts, (t -> t[0].map(v -> [v]) ?? [])), listFlatMap(ts, (t -> t[1].map(v -> [v]) ?? [])), listFlatMap(ts, (t -> t[2].map(v -> [v]) ?? []))))))",
        ),
        pyspark: "{self}.groupWith({other}, {third}).mapValues(lambda t: tuple(list(x) for x in t))",
    },
    Row {
        name: "groupWith",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], third: rdd[(K, X)], fourth: rdd[(K, Y)]) -> rdd[(K, (list[V], list[W], list[X], list[Y]))] where K: Key",
        doc: "For each key of 4 RDDs the lists of its values in each.",
        examples: &[(
            "parallelize [(\"a\", 1)] | groupWith(parallelize [(\"a\", \"x\"), (\"b\", \"y\")], parallelize [(\"a\", 0.5)], parallelize [(\"b\", true)]) | collect | sorted",
            "[('a', ([1], ['x'], [0.5], [])), ('b', ([], ['y'], [], [True]))]",
        )],
        facts: Facts::Transformation(Elements::Grouped, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk(
            "mapKeep(groupByKey(union(union(union(mapKeep(self, ((k, v) -> (k, (Some(v), None, None, None)))), mapKeep(other, ((k, v) -> (k, (None, Some(v), None, None))))), mapKeep(third, ((k, v) -> (k, (None, None, Some(v), None))))), mapKeep(fourth, ((k, v) -> (k, (None, None, None, Some(v))))))), ((k, ts) -> (k, (listFlatMap(ts, (t -> t[0].map(v -> [v]) ?? [])), listFlatMap(ts, (t -> t[1].map(v -> [v]) ?? [])), listFlatMap(ts, (t -> t[2].map(v -> [v]) ?? [])), listFlatMap(ts, (t -> t[3].map(v -> [v]) ?? []))))))",
        ),
        pyspark: "{self}.groupWith({other}, {third}, {fourth}).mapValues(lambda t: tuple(list(x) for x in t))",
    },
    Row {
        name: "subtract",
        sig: "(self: rdd[T], other: rdd[T], numPartitions?: int) -> rdd[T] where T: Key",
        doc: "The elements that the other RDD does not have; duplicates stay.",
        examples: &[("parallelize [1, 2, 2, 3] | subtract(parallelize [3]) | collect | sorted", "[1, 2, 2]")],
        facts: Facts::Transformation(Elements::Chosen, Partitioning::Moved(Placed::Anyhow), Order::Undefined),
        imp: Imp::Spk(
            "map(subtractByKey(map(self, (x -> (x, ()))), map(other, (x -> (x, ()))), numPartitions), ((x, u) -> x))",
        ),
        pyspark: "{self}.subtract({other}{, numPartitions})",
    },
    Row {
        name: "subtractByKey",
        sig: "(self: rdd[(K, V)], other: rdd[(K, W)], numPartitions?: int) -> rdd[(K, V)] where K: Key",
        doc: "The pairs whose key the other RDD does not have.",
        examples: &[(
            "parallelize [(\"Tom\", 29), (\"John\", 22)] | subtractByKey(parallelize [(\"James\", \"USA\"), (\"John\", \"UK\")]) | collect",
            "[('Tom', 29)]",
        )],
        facts: Facts::Transformation(Elements::Chosen, Partitioning::ByKeyOfAll, Order::Undefined),
        imp: Imp::Spk(
            "cogroup(self, other, numPartitions) | flatMapKeep ((k, (vs, ws)) -> if listLen(ws) == 0 then listMap(vs, (v -> (k, v))) else [])",
        ),
        pyspark: "{self}.subtractByKey({other}{, numPartitions})",
    },
    Row {
        name: "intersection",
        sig: "(self: rdd[T], other: rdd[T]) -> rdd[T] where T: Key",
        doc: "The elements that both RDDs have, each once.",
        examples: &[("parallelize [1, 2, 2, 3] | intersection(parallelize [2, 3, 4]) | collect | sorted", "[2, 3]")],
        facts: Facts::Transformation(Elements::Chosen, Partitioning::Moved(Placed::Anyhow), Order::Undefined),
        imp: Imp::Spk(
            "map(filter(cogroup(map(self, (x -> (x, ()))), map(other, (x -> (x, ())))), ((x, (vs, ws)) -> listLen(vs) > 0 and listLen(ws) > 0)), ((x, both) -> x))",
        ),
        pyspark: "{self}.intersection({other})",
    },
    Row {
        name: "sortByKey",
        sig: "(self: rdd[(K, V)], ascending?: bool, numPartitions?: int) -> rdd[(K, V)] where K: Ord",
        doc: "Sorts pairs by their keys; pairs with equal keys keep their order.",
        examples: &[
            ("parallelize [(\"b\", 1), (\"a\", 2)] | sortByKey | collect", "[('a', 2), ('b', 1)]"),
            ("parallelize [(1, \"x\"), (2, \"y\")] | sortByKey false | collect", "[(2, 'y'), (1, 'x')]"),
        ],
        facts: Facts::Transformation(Elements::Same, Partitioning::Moved(Placed::ByRange), Order::Sorted),
        imp: Imp::Spk("sortKeys(self, (ascending ?? true), numPartitions)"),
        pyspark: "{self}.sortByKey({ascending}{=numPartitions})",
    },
    Row {
        name: "sortByKey",
        sig: "(self: rdd[(K, V)], ascending?: bool, numPartitions?: int, keyfunc: K -> L) -> rdd[(K, V)] where L: Ord",
        doc: "Sorts pairs by what a function makes of their keys.",
        examples: &[(
            "parallelize [(\"B\", 1), (\"a\", 2)] | sortByKey(keyfunc: lower) | collect",
            "[('a', 2), ('B', 1)]",
        )],
        facts: Facts::Transformation(Elements::Same, Partitioning::Moved(Placed::ByRange), Order::Sorted),
        imp: Imp::Spk(
            "map(sortKeys(map(self, ((k, v) -> (keyfunc(k), (k, v)))), (ascending ?? true), numPartitions, true), ((l, kv) -> kv))",
        ),
        pyspark: "{self}.sortByKey({ascending}{=numPartitions}{=keyfunc})",
    },
    Row {
        name: "repartitionAndSortWithinPartitions",
        sig: "(self: rdd[(K, V)], numPartitions?: int, ascending?: bool) -> rdd[(K, V)] where K: Key, K: Ord",
        doc: "Moves each pair to the partition that its key's hash names, and sorts each partition by key.",
        examples: &[(
            "parallelize [(3, \"c\"), (1, \"a\"), (4, \"d\"), (2, \"b\")] | repartitionAndSortWithinPartitions 1 | collect",
            "[(1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')]",
        )],
        facts: Facts::Transformation(Elements::Same, Partitioning::ByKey(Placed::ByHash), Order::SortedWithin),
        imp: Imp::Spk("sortWithin(partitionBy(self, numPartitions), (ascending ?? true))"),
        pyspark: "{self}.repartitionAndSortWithinPartitions({numPartitions}{=ascending})",
    },
    Row {
        name: "repartitionAndSortWithinPartitions",
        sig: "(self: rdd[(K, V)], numPartitions?: int, partitionFunc: K -> int, ascending?: bool) -> rdd[(K, V)] where K: Key, K: Ord",
        doc: "As above, where a function says which partition a key goes to.",
        examples: &[(
            "parallelize [(3, \"c\"), (1, \"a\"), (4, \"d\"), (2, \"b\")] | repartitionAndSortWithinPartitions 2, k -> k, false | glom | collect",
            "[[(4, 'd'), (2, 'b')], [(3, 'c'), (1, 'a')]]",
        )],
        facts: Facts::Transformation(Elements::Same, Partitioning::ByKey(Placed::ByFunction), Order::SortedWithin),
        imp: Imp::Spk("sortWithin(partitionByFunc(self, numPartitions, partitionFunc), (ascending ?? true))"),
        pyspark: "{self}.repartitionAndSortWithinPartitions({numPartitions}{=partitionFunc}{=ascending})",
    },
    Row {
        name: "repartitionAndSortWithinPartitions",
        sig: "(self: rdd[(K, V)], numPartitions?: int, ascending?: bool, keyfunc: K -> L) -> rdd[(K, V)] where K: Key, L: Ord",
        doc: "As above, sorted by what a function makes of the keys.",
        examples: &[(
            "parallelize [(3, \"c\"), (1, \"a\"), (4, \"d\"), (2, \"b\")] | repartitionAndSortWithinPartitions(1, keyfunc: k -> -k) | keys | collect",
            "[4, 3, 2, 1]",
        )],
        facts: Facts::Transformation(Elements::Same, Partitioning::ByKey(Placed::ByHash), Order::SortedWithin),
        imp: Imp::Spk(
            "map(sortWithin(map(partitionBy(self, numPartitions), ((k, v) -> (keyfunc(k), (k, v))), true), (ascending ?? true)), ((l, kv) -> kv), true)",
        ),
        pyspark: "{self}.repartitionAndSortWithinPartitions({numPartitions}{=ascending}{=keyfunc})",
    },
    Row {
        name: "repartitionAndSortWithinPartitions",
        sig: "(self: rdd[(K, V)], numPartitions?: int, partitionFunc: K -> int, ascending?: bool, keyfunc: K -> L) -> rdd[(K, V)] where K: Key, L: Ord",
        doc: "As above, with both functions.",
        examples: &[(
            "parallelize [(3, \"c\"), (1, \"a\"), (4, \"d\"), (2, \"b\")] | repartitionAndSortWithinPartitions 2, k -> k, true, k -> -k | glom | collect",
            "[[(4, 'd'), (2, 'b')], [(3, 'c'), (1, 'a')]]",
        )],
        facts: Facts::Transformation(Elements::Same, Partitioning::ByKey(Placed::ByFunction), Order::SortedWithin),
        imp: Imp::Spk(
            "map(sortWithin(map(partitionByFunc(self, numPartitions, partitionFunc), ((k, v) -> (keyfunc(k), (k, v))), true), (ascending ?? true)), ((l, kv) -> kv), true)",
        ),
        pyspark: "{self}.repartitionAndSortWithinPartitions({numPartitions}{=partitionFunc}{=ascending}{=keyfunc})",
    },
    Row {
        name: "sortBy",
        sig: "(self: rdd[T], keyfunc: T -> K, ascending?: bool, numPartitions?: int) -> rdd[T] where K: Ord",
        doc: "Sorts elements by what a function makes of them; elements with equal keys keep their order.",
        examples: &[
            ("parallelize [\"pear\", \"fig\"] | sortBy len | collect", "['fig', 'pear']"),
            ("parallelize [1, 3, 2] | sortBy (x -> x), false | collect", "[3, 2, 1]"),
        ],
        facts: Facts::Transformation(Elements::Same, Partitioning::Moved(Placed::Anyhow), Order::Sorted),
        imp: Imp::Spk(
            "map(sortKeys(map(self, (x -> (keyfunc(x), x))), (ascending ?? true), numPartitions), ((k, x) -> x))",
        ),
        pyspark: "{self}.sortBy({keyfunc}{, ascending}{=numPartitions})",
    },
];
