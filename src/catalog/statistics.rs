//! The figures that `stats` gives: PySpark's `StatCounter`.

use super::facts::Facts;
use super::row::{Imp, Row};
use crate::hir::Props;
use crate::rt;
use crate::runtime::python::statistics;
use crate::runtime::value::words::{Value, Word};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "StatCounter",
        sig: "(values: list[float]) -> stats",
        doc: "The figures of numbers of the driver, as `stats` gives them for an RDD.",
        examples: &[("StatCounter([1.0, 3.0])", "(count: 2, mean: 2.0, stdev: 1.0, max: 3.0, min: 1.0)")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::of_values, (Value<'_>) -> [Word; 5])),
        pyspark: "pyspark.statcounter.StatCounter({values})",
    },
    Row {
        name: "merge",
        sig: "(self: stats, value: float) -> stats",
        doc: "The figures with one more value.",
        examples: &[("StatCounter([1.0]).merge(3.0).mean()", "2.0")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::add, (Value<'_>, f64) -> [Word; 5])),
        pyspark: "{self}.copy().merge({value})",
    },
    Row {
        name: "mergeStats",
        sig: "(self: stats, other: stats) -> stats",
        doc: "The figures of the values of both.",
        examples: &[("StatCounter([1.0]).mergeStats(StatCounter([3.0, 5.0])).mean()", "3.0")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::merge, (Value<'_>, Value<'_>) -> [Word; 5])),
        pyspark: "{self}.copy().mergeStats({other})",
    },
    Row {
        name: "count",
        sig: "(self: stats) -> int",
        doc: "How many values there are.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).count()", "3")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::count, (Value<'_>) -> i64)),
        pyspark: "{self}.count()",
    },
    Row {
        name: "mean",
        sig: "(self: stats) -> float",
        doc: "The mean of the values; 0.0 if there are none.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).mean()", "2.3333333333333335")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::mean, (Value<'_>) -> f64)),
        pyspark: "{self}.mean()",
    },
    Row {
        name: "sum",
        sig: "(self: stats) -> float",
        doc: "The number of values times their mean.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).sum()", "7.0")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::sum, (Value<'_>) -> f64)),
        pyspark: "{self}.sum()",
    },
    Row {
        name: "min",
        sig: "(self: stats) -> float",
        doc: "The smallest value; `inf` if there are none.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).min()", "1.0")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::min, (Value<'_>) -> f64)),
        pyspark: "{self}.min()",
    },
    Row {
        name: "max",
        sig: "(self: stats) -> float",
        doc: "The largest value; `-inf` if there are none.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).max()", "4.0")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::max, (Value<'_>) -> f64)),
        pyspark: "{self}.max()",
    },
    Row {
        name: "variance",
        sig: "(self: stats) -> float",
        doc: "The variance, divided by the number of values; `nan` if there are none.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).variance()", "1.5555555555555554")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::variance, (Value<'_>) -> f64)),
        pyspark: "{self}.variance()",
    },
    Row {
        name: "sampleVariance",
        sig: "(self: stats) -> float",
        doc: "The variance, divided by the number of values less one; `nan` for fewer than two.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).sampleVariance()", "2.333333333333333")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::sample_variance, (Value<'_>) -> f64)),
        pyspark: "{self}.sampleVariance()",
    },
    Row {
        name: "stdev",
        sig: "(self: stats) -> float",
        doc: "The root of the variance.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).stdev()", "1.247219128924647")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::stdev, (Value<'_>) -> f64)),
        pyspark: "{self}.stdev()",
    },
    Row {
        name: "sampleStdev",
        sig: "(self: stats) -> float",
        doc: "The root of the sample variance.",
        examples: &[("StatCounter([1.0, 2.0, 4.0]).sampleStdev()", "1.5275252316519465")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(statistics::sample_stdev, (Value<'_>) -> f64)),
        pyspark: "{self}.sampleStdev()",
    },
    Row {
        name: "asDict",
        sig: "(self: stats, sample?: bool) -> {count: int, mean: float, sum: float, min: float, max: float, stdev: float, variance: float}",
        doc: "The figures as a record. As in PySpark, `sample: true` gives the deviation and variance of the whole, and without it those of a sample.",
        examples: &[("StatCounter([1.0, 3.0]).asDict().variance", "2.0")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk(
            "let whole = sample ?? false in {count: count(self), mean: mean(self), sum: sum(self), min: min(self), max: max(self), stdev: if whole then stdev(self) else sampleStdev(self), variance: if whole then variance(self) else sampleVariance(self)}",
        ),
        pyspark: "{self}.asDict({sample})",
    },
];
