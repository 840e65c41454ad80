//! The choices a job is made from: random when it is found, a list when it is shrunk.
//!
//! `Choices::random(7)` draws and remembers; `Choices::replay(list)` gives the list again and zeros after its end. Zero is
//! the simplest choice everywhere, so a shorter list or smaller numbers make a simpler job, and every list makes a job
//! that checks: nothing needs to know how jobs are built in order to shrink one.

use crate::dialect::Dialect;

/// After so many choices all others are zero: no job is larger.
const MOST: usize = 4000;

/// Where choices come from.
pub(crate) struct Choices {
    /// Who runs the job.
    pub(crate) dialect: Dialect,
    given: Option<Vec<u32>>,
    state: u64,
    /// What was chosen so far.
    pub(crate) taken: Vec<u32>,
}

impl Choices {
    /// Random choices.
    pub(crate) fn random(dialect: Dialect, seed: u64) -> Self {
        Self { dialect, given: None, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635, taken: Vec::new() }
    }

    /// Given choices.
    pub(crate) fn replay(dialect: Dialect, given: Vec<u32>) -> Self {
        Self { dialect, given: Some(given), state: 0, taken: Vec::new() }
    }

    /// A number from `0..n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let n = n.max(1);
        let at = self.taken.len();
        let value = match &self.given {
            _ if at >= MOST => 0,
            Some(given) => given.get(at).map_or(0, |&value| value as usize % n),
            None => (self.next() % n as u64) as usize,
        };
        self.taken.push(value as u32);
        value
    }

    /// Whether something happens that does so in `percent` of all cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// A place in a list of weights.
    pub(crate) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (at, weight) in weights.iter().enumerate() {
            if left < *weight {
                return at;
            }
            left -= weight;
        }
        0
    }

    /// One of a list.
    pub(crate) fn pick<'l, T: ?Sized>(&mut self, list: &[&'l T]) -> &'l T {
        list[self.below(list.len())]
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
