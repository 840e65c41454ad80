//! States of operators that number or sample the elements of a partition.
//!
//! Sampling is PySpark's, bit for bit: a partition's generator is `Random(seed ^ partition)` with ten `randint(0, 1)`
//! thrown away; without replacement an element stays when `random() < fraction`, with replacement it comes as often as a
//! Poisson number says (Knuth's method below a mean of 20, exponential steps from there on). So a sample depends on the
//! seed and on the partitions, and on nothing else.
//!
//! Source: PySpark 4.3, python/pyspark/rddsampler.py.

use serde::{Deserialize, Serialize};

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::python::operators::shown;
use crate::runtime::python::random::Random;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{ObjRef, Value};

/// State of one such operator in a task; made anew when a partition begins.
#[derive(Clone, Debug, Default)]
pub enum State {
    /// Not begun.
    #[default]
    Fresh,
    /// The next number, and the step to the one after.
    Count {
        /// Next number.
        next: i64,
        /// Step.
        stride: i64,
    },
    /// Draws from the partition's generator.
    Draw(Random, Draw),
}

/// The states of a task's kernels, one a slot; [`Cx::local`] keeps them.
#[derive(Default)]
pub struct States(pub Vec<State>);

/// How a sampler decides how often an element is taken.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum Draw {
    /// Once, with this probability.
    Bernoulli(f64),
    /// As often as a Poisson number of this mean says.
    Poisson(f64),
    /// Once, if its random number is in `low..high`: a part of `randomSplit`.
    Between(f64, f64),
}

impl Draw {
    /// The draw of `sample(withReplacement, fraction)`.
    pub fn of_sample(with_replacement: bool, fraction: f64) -> Self {
        if with_replacement { Self::Poisson(fraction) } else { Self::Bernoulli(fraction) }
    }

    /// The same way of drawing with another fraction: what `sampleByKey` does for each element.
    fn with_fraction(self, fraction: f64) -> Self {
        match self {
            Self::Bernoulli(_) | Self::Between(..) => Self::Bernoulli(fraction),
            Self::Poisson(_) => Self::Poisson(fraction),
        }
    }

    fn copies(self, random: &mut Random) -> i64 {
        match self {
            Self::Bernoulli(fraction) => i64::from(random.random() < fraction),
            Self::Poisson(mean) => poisson(random, mean),
            Self::Between(low, high) => {
                let x = random.random();
                i64::from(low <= x && x < high)
            }
        }
    }
}

/// The generator of a partition, as PySpark makes it.
fn generator(seed: i64, partition: usize) -> Random {
    let mut random = Random::new(i128::from(seed ^ partition as i64));
    for _ in 0..10 {
        random.int(0, 1);
    }
    random
}

impl State {
    /// A sampler at the beginning of a partition.
    pub fn begin_draw(draw: Draw, seed: i64, partition: usize) -> Self {
        Self::Draw(generator(seed, partition), draw)
    }

    /// Numbers from `first` on: `zipWithIndex` from the number of elements before the partition by 1, `zipWithUniqueId`
    /// from the partition's number by the number of partitions.
    pub fn begin_count(first: i64, stride: i64) -> Self {
        Self::Count { next: first, stride }
    }

    /// How often the next element is emitted.
    pub fn copies(&mut self) -> i64 {
        match self {
            Self::Fresh | Self::Count { .. } => 1,
            Self::Draw(random, draw) => draw.copies(random),
        }
    }

    /// How often the next element is emitted if this is its fraction.
    pub fn copies_at(&mut self, fraction: f64) -> i64 {
        match self {
            Self::Fresh | Self::Count { .. } => 1,
            Self::Draw(random, draw) => draw.with_fraction(fraction).copies(random),
        }
    }

    /// The next number; 0 if this is no numbering. (64 bits are not used up by counting.)
    pub fn next_number(&mut self) -> i64 {
        let Self::Count { next, stride } = self else { return 0 };
        let number = *next;
        *next = number.saturating_add(*stride);
        number
    }
}

/// An int or a float as a float.
pub fn number(value: Value<'_>) -> f64 {
    if let Shape::Float = value.shape() { value.float() } else { value.int() as f64 }
}

/// The fractions of `sampleByKey`, by key: the same map.
pub fn fractions(_cx: &Cx, fractions: Value<'_>) -> Res<ObjRef> {
    for (key, fraction) in fractions.entries() {
        let fraction = number(fraction);
        if fraction.is_nan() || fraction < 0.0 || fraction == f64::INFINITY {
            let key = shown(key);
            let detail = format!("a fraction is finite and not negative, found {fraction} for the key {key}");
            return Err(Trap::new(Reason::Value, detail));
        }
    }
    Ok(ObjRef(fractions.words()[0]))
}

fn poisson(random: &mut Random, mean: f64) -> i64 {
    let mut count = 0;
    if mean < 20.0 {
        let limit = (-mean).exp();
        let mut product = random.random();
        while product > limit {
            count += 1;
            product *= random.random();
        }
    } else {
        let mut sum = random.exponential(mean);
        while sum < 1.0 {
            count += 1;
            sum += random.exponential(mean);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;

    /// `range(100)` in four partitions, sampled by real PySpark (`scripts/record_samples.py`).
    #[test]
    fn samples_are_pysparks() {
        recorded::check("samples", |name, args| {
            let draw = match name {
                "sample" => Draw::of_sample(args.bool(0), args.float(1)),
                "randomSplit" => Draw::Between(args.float(0), args.float(1)),
                other => panic!("{other}"),
            };
            let begin = |partition| State::begin_draw(draw, args.int(2), partition);
            let sampled = |partition| -> Vec<usize> {
                let mut state = begin(partition);
                let elements = partition * 25..(partition + 1) * 25;
                elements.flat_map(|x| std::iter::repeat_n(x, state.copies() as usize)).collect()
            };
            Ok((0..4).map(sampled).collect())
        });
    }

    #[test]
    fn numbers_go_on_by_their_step() {
        let mut states = [State::begin_count(7, 1), State::begin_count(1, 4)];
        let numbers = [0, 0, 1, 1, 0].map(|slot: usize| states[slot].next_number());
        assert_eq!(numbers, [7, 8, 1, 5, 9]);
    }
}
