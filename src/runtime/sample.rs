//! States of operators that number or sample the elements of a partition.

/// State of one such operator in a task; reset when a partition begins.
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
}

impl State {
    /// Numbers from `first` on.
    pub fn begin_count(first: i64, stride: i64) -> Self {
        Self::Count { next: first, stride }
    }

    /// A sampler of a partition.
    pub fn begin_sample(_with_replacement: bool, _fraction: f64, _seed: i64, _partition: usize) -> Self {
        Self::Fresh
    }

    /// How often the next element is emitted.
    pub fn copies(&mut self) -> i64 {
        1
    }

    /// The next number.
    pub fn next_number(&mut self) -> i64 {
        let Self::Count { next, stride } = self else { return 0 };
        let number = *next;
        *next += *stride;
        number
    }
}
