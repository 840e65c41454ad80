//! What an RDD is, apart from its elements: rows of names, levels, checkpoints and lineages.

use super::row::{Imp, Row};
use crate::hir::{CoreOp, Props};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "setName",
        sig: "(self: rdd[T], name: str) -> rdd[T]",
        doc: "Gives this RDD a name, which `name` and `toDebugString` show.",
        examples: &[("parallelize [1] | setName \"ones\" | name", "ones")],
        props: Props::NONE,
        imp: Imp::Core(CoreOp::SetName),
        pyspark: "{self}.setName({name})",
    },
    Row {
        name: "name",
        sig: "(self: rdd[T]) -> str?",
        doc: "The name that `setName` gave to this RDD.",
        examples: &[("parallelize [1] | name", "None")],
        props: Props::NONE,
        imp: Imp::Core(CoreOp::Name),
        pyspark: "{self}.name()",
    },
    Row {
        name: "id",
        sig: "(self: rdd[T]) -> int",
        doc: "A number that no other RDD of the job has. It is not the number that PySpark gives.",
        examples: &[("let r = parallelize [1] in (r | id) == (r | id)", "True")],
        props: Props::NONE,
        imp: Imp::Core(CoreOp::Id),
        pyspark: "{self}.id()",
    },
    Row {
        name: "getStorageLevel",
        sig: "(self: rdd[T]) -> str",
        doc: "The storage level of this RDD, as Spark prints it.",
        examples: &[
            ("parallelize [1] | getStorageLevel", "Serialized 1x Replicated"),
            (
                "parallelize [1] | persist \"MEMORY_AND_DISK_2\" | getStorageLevel",
                "Disk Memory Serialized 2x Replicated",
            ),
        ],
        props: Props::NONE,
        imp: Imp::Core(CoreOp::StorageLevel),
        pyspark: "str({self}.getStorageLevel())",
    },
];
