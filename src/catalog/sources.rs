//! Where RDDs come from: rows of sources, of what happens to their bad rows, and counters.

use super::facts::{Facts, Mark, Origin};
use super::row::{Imp, Row};
use crate::hir::{CoreOp, Props};
use crate::rt;
use crate::runtime::spark::counters;

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "textFile",
        sig: "(path: str, minPartitions?: int, encoding?: str) -> rdd[str]",
        doc: "The lines of a text file, of all files of a directory, of a glob, or of a list of these separated by commas. Files ending in `.gz`, `.bz2` and `.zst` are unpacked; `-` is the standard input. A line ends at LF, CRLF or CR, and a byte order mark is dropped. `minPartitions` is a wish, as in Hadoop; `encoding: \"lossy\"` puts U+FFFD in place of bytes that are no UTF-8.",
        examples: &[("textFile(\"in/words.txt\") | count", "3")],
        facts: Facts::Source(Origin::Files),
        imp: Imp::Core(CoreOp::TextFile),
        pyspark: "sc.textFile({path}{, minPartitions})",
    },
    Row {
        name: "wholeTextFiles",
        sig: "(path: str, minPartitions?: int) -> rdd[(str, str)]",
        doc: "Pairs of path and content, one for each file.",
        examples: &[("wholeTextFiles(\"in/words.txt\") | values | map len | collect", "[14]")],
        facts: Facts::Source(Origin::Files),
        imp: Imp::Core(CoreOp::WholeTextFiles),
        pyspark: "sc.wholeTextFiles({path}{, minPartitions})",
    },
    Row {
        name: "parallelize",
        sig: "(c: list[T], numSlices?: int) -> rdd[T]",
        doc: "An RDD of the elements of a list, cut into `numSlices` partitions as PySpark cuts lists. `parallelize(range(…))` is cut evenly.",
        examples: &[
            ("parallelize [1, 2, 3] | map x -> x + 1 | collect", "[2, 3, 4]"),
            ("parallelize([1, 2, 3, 4], 2) | glom | collect", "[[1, 2], [3, 4]]"),
        ],
        facts: Facts::Source(Origin::Driver),
        imp: Imp::Core(CoreOp::Parallelize),
        pyspark: "sc.parallelize({c}{, numSlices})",
    },
    Row {
        name: "range",
        sig: "(start: int, end?: int, step?: int, numSlices?: int) -> rdd[int]",
        doc: "At the head of a pipeline: an RDD of the ints from `start` to `end`, which is not among them; with one argument from 0 to it. Elsewhere `range` is a list.",
        examples: &[
            ("range(5) | collect", "[0, 1, 2, 3, 4]"),
            ("range(2, 10, 3) | collect", "[2, 5, 8]"),
            ("range(0, 4, 1, 2) | glom | collect", "[[0, 1], [2, 3]]"),
        ],
        facts: Facts::Source(Origin::Driver),
        imp: Imp::Spk("rangeRdd((if end == None then 0 else start), (end ?? start), (step ?? 1), numSlices)"),
        pyspark: "sc.range({start}{, end}{, step}{=numSlices})",
    },
    Row {
        name: "emptyRDD",
        sig: "() -> rdd[T]",
        doc: "An RDD without elements and without partitions.",
        examples: &[("emptyRDD() | union(parallelize [1]) | collect", "[1]")],
        facts: Facts::Source(Origin::Driver),
        imp: Imp::Core(CoreOp::EmptyRdd),
        pyspark: "sc.emptyRDD()",
    },
    Row {
        name: "onError",
        sig: "(self: rdd[T], mode: str, dir?: str) -> rdd[T]",
        doc: "Says what happens to rows of this source that fail: `\"fail\"` ends the job, `\"skip\"` counts them, `\"reject\"` writes them to `dir` with their reasons.",
        examples: &[("parallelize [\"1\", \"2\"] | onError \"skip\" | map int | collect", "[1, 2]")],
        facts: Facts::Mark(Mark::OnError),
        imp: Imp::Core(CoreOp::OnError),
        pyspark: "{self}",
    },
    Row {
        name: "counter",
        sig: "() -> counter",
        doc: "A counter of the driver: functions of elements add to it with `seen.add(1)`, and the driver reads `seen.value` after an action.",
        examples: &[("counter().value", "0")],
        facts: Facts::Function(Props::EFFECT),
        imp: Imp::Core(CoreOp::NewCounter),
        pyspark: "sc.accumulator(0)",
    },
    Row {
        name: "accumulator",
        sig: "(value: int) -> counter",
        doc: "A counter that begins with `value`: PySpark's name for `counter`.",
        examples: &[("accumulator(3).value", "3")],
        facts: Facts::Function(Props::EFFECT),
        imp: Imp::Core(CoreOp::NewCounter),
        pyspark: "sc.accumulator({value})",
    },
    Row {
        name: "broadcast",
        sig: "(value: T) -> {value: T}",
        doc: "A record around a value of the driver, which functions read as `b.value`. Functions see all values of the driver anyway: this is for jobs that were written with broadcast variables.",
        examples: &[(
            "let names = broadcast({1: \"one\"}) in (parallelize [1] | map n -> names.value[n] | collect)",
            "['one']",
        )],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("{value: value}"),
        pyspark: "{\"value\": {value}}",
    },
    Row {
        name: "defaultParallelism",
        sig: "() -> int",
        doc: "The number of partitions where nothing says otherwise: 2, or what `--partitions` says.",
        examples: &[("defaultParallelism()", "2")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Core(CoreOp::DefaultParallelism),
        pyspark: "sc.defaultParallelism",
    },
    Row {
        name: "defaultMinPartitions",
        sig: "() -> int",
        doc: "The `minPartitions` of `textFile` where nothing says otherwise: 2, or `defaultParallelism()` if that is less.",
        examples: &[("defaultMinPartitions()", "2")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("min(defaultParallelism(), 2)"),
        pyspark: "sc.defaultMinPartitions",
    },
    Row {
        name: "add",
        sig: "(self: counter, n: int) -> ()",
        doc: "Adds to a counter. Each element of a finished action counts once.",
        examples: &[("let seen = counter() in seen.value", "0")],
        facts: Facts::Function(Props::EFFECT),
        imp: Imp::Rt(rt!(counters::add, (i64, i64) -> ())),
        pyspark: "{self}.add({n})",
    },
];
