//! Figures of numbers, as PySpark's `StatCounter` keeps them: `(count: 3, mean: 2.0, stdev: 0.81…, max: 3.0, min: 1.0)`.
//!
//! Values are added by Welford's method and counters merged by Chan's, in the same operations as PySpark's, so floats are
//! the same to the last bit. Actions compute with a tuple of these figures in kernels; the functions here are for what a
//! job does with them afterwards.
//!
//! Source: PySpark 4.3, python/pyspark/statcounter.py, as it is without numpy.

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;
use crate::runtime::value::words::{Value, Word};

/// The figures, in the order of the words of a value; [`super::text`] prints such a value.
#[derive(Clone, Copy)]
struct Figures {
    count: i64,
    mean: f64,
    /// The sum of the squares of all distances from the mean.
    squares: f64,
    max: f64,
    min: f64,
}

impl Figures {
    /// Of no values.
    const NONE: Self = Self { count: 0, mean: 0.0, squares: 0.0, max: f64::NEG_INFINITY, min: f64::INFINITY };

    fn of(value: Value<'_>) -> Self {
        let words = value.words();
        let float = |at: usize| f64::from_bits(words[at]);
        Self { count: words[0] as i64, mean: float(1), squares: float(2), max: float(3), min: float(4) }
    }

    fn words(self) -> [Word; 5] {
        let [mean, squares, max, min] = [self.mean, self.squares, self.max, self.min].map(f64::to_bits);
        [self.count as Word, mean, squares, max, min]
    }

    /// With one more value.
    fn add(self, value: f64) -> Self {
        let delta = value - self.mean;
        let count = self.count + 1;
        let mean = self.mean + delta / count as f64;
        let squares = self.squares + delta * (value - mean);
        Self { count, mean, squares, max: larger(self.max, value), min: smaller(self.min, value) }
    }

    /// With the values of another counter.
    fn merge(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let delta = other.mean - self.mean;
        let (own, others, count) = (self.count as f64, other.count as f64, self.count + other.count);
        let all = count as f64;
        let mean = if others * 10.0 < own {
            self.mean + delta * others / all
        } else if own * 10.0 < others {
            other.mean - delta * own / all
        } else {
            (self.mean * own + other.mean * others) / all
        };
        let squares = self.squares + (other.squares + delta * delta * own * others / all);
        Self { count, mean, squares, max: larger(self.max, other.max), min: smaller(self.min, other.min) }
    }

    fn variance(self, less: i64) -> f64 {
        if self.count <= less { f64::NAN } else { self.squares / (self.count - less) as f64 }
    }
}

/// Python's `max(a, b)`, which keeps the first unless the second is larger.
fn larger(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// Python's `min(a, b)`.
fn smaller(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// `StatCounter(values)`
pub fn of_values(_cx: &Cx, values: Value<'_>) -> Res<[Word; 5]> {
    Ok(values.items().fold(Figures::NONE, |figures, value| figures.add(value.float())).words())
}

/// The figures that an action has computed, as a counter.
pub fn of_figures(_cx: &Cx, figures: Value<'_>) -> Res<[Word; 5]> {
    Ok(Figures::of(figures).words())
}

/// `counter.merge(value)`
pub fn add(_cx: &Cx, counter: Value<'_>, value: f64) -> Res<[Word; 5]> {
    Ok(Figures::of(counter).add(value).words())
}

/// `counter.mergeStats(other)`
pub fn merge(_cx: &Cx, counter: Value<'_>, other: Value<'_>) -> Res<[Word; 5]> {
    Ok(Figures::of(counter).merge(Figures::of(other)).words())
}

/// `counter.count()`
pub fn count(_cx: &Cx, counter: Value<'_>) -> Res<i64> {
    Ok(Figures::of(counter).count)
}

/// `counter.mean()`
pub fn mean(_cx: &Cx, counter: Value<'_>) -> Res<f64> {
    Ok(Figures::of(counter).mean)
}

/// `counter.sum()`
pub fn sum(_cx: &Cx, counter: Value<'_>) -> Res<f64> {
    let figures = Figures::of(counter);
    Ok(figures.count as f64 * figures.mean)
}

/// `counter.max()`
pub fn max(_cx: &Cx, counter: Value<'_>) -> Res<f64> {
    Ok(Figures::of(counter).max)
}

/// `counter.min()`
pub fn min(_cx: &Cx, counter: Value<'_>) -> Res<f64> {
    Ok(Figures::of(counter).min)
}

/// `counter.variance()`
pub fn variance(_cx: &Cx, counter: Value<'_>) -> Res<f64> {
    Ok(Figures::of(counter).variance(0))
}

/// `counter.sampleVariance()`
pub fn sample_variance(_cx: &Cx, counter: Value<'_>) -> Res<f64> {
    Ok(Figures::of(counter).variance(1))
}

/// `counter.stdev()`
pub fn stdev(cx: &Cx, counter: Value<'_>) -> Res<f64> {
    Ok(variance(cx, counter)?.sqrt())
}

/// `counter.sampleStdev()`
pub fn sample_stdev(cx: &Cx, counter: Value<'_>) -> Res<f64> {
    Ok(sample_variance(cx, counter)?.sqrt())
}
