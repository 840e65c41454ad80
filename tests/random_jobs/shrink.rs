//! Makes a failing job small: its choices are left out, made zero and made smaller as long as it fails.

use std::time::{Duration, Instant};

use crate::choices::Choices;
use crate::dialect::Dialect;
use crate::generate::{self, Job};

/// The smallest job found that still fails, within a time.
pub(crate) fn shrink(
    dialect: Dialect,
    choices: Vec<u32>,
    limit: Duration,
    fails: &mut dyn FnMut(&Job) -> bool,
) -> (Job, Vec<u32>) {
    let job = generate::job(&mut Choices::replay(dialect, choices.clone()));
    let mut best = Best { dialect, cost: cost(&job), choices, job };
    let started = Instant::now();
    loop {
        let before = best.choices.clone();
        for size in [256, 64, 16, 8, 4, 3, 2, 1] {
            let mut at = best.choices.len();
            while at > 0 && started.elapsed() < limit {
                at = at.saturating_sub(size);
                best.without(at, size, fails);
                best.zeroed(at, size, fails);
            }
        }
        best.lowered(fails, &|| started.elapsed() < limit);
        if best.choices == before || started.elapsed() >= limit {
            return (best.job, best.choices);
        }
    }
}

struct Best {
    dialect: Dialect,
    choices: Vec<u32>,
    job: Job,
    cost: (usize, usize),
}

fn cost(job: &Job) -> (usize, usize) {
    let input: usize = job.inputs.iter().map(|(_, content)| content.len() + 8).sum();
    (job.text.len() + input, job.text.bytes().map(usize::from).sum())
}

impl Best {
    fn attempt(&mut self, choices: Vec<u32>, fails: &mut dyn FnMut(&Job) -> bool) -> bool {
        let mut replay = Choices::replay(self.dialect, choices);
        let job = generate::job(&mut replay);
        let mut taken = replay.taken;
        while taken.last() == Some(&0) {
            taken.pop();
        }
        let cost = cost(&job);
        let smaller =
            cost < self.cost || cost == self.cost && (taken.len(), &taken) < (self.choices.len(), &self.choices);
        if !smaller || (job.text != self.job.text || job.inputs != self.job.inputs) && !fails(&job) {
            return false;
        }
        *self = Self { dialect: self.dialect, choices: taken, job, cost };
        true
    }

    fn without(&mut self, at: usize, size: usize, fails: &mut dyn FnMut(&Job) -> bool) {
        let mut choices = self.choices.clone();
        let end = (at + size).min(choices.len());
        if at < end {
            choices.drain(at..end);
            self.attempt(choices, fails);
        }
    }

    fn zeroed(&mut self, at: usize, size: usize, fails: &mut dyn FnMut(&Job) -> bool) {
        let mut choices = self.choices.clone();
        let end = (at + size).min(choices.len());
        if at < end && choices[at..end].iter().any(|choice| *choice > 0) {
            choices[at..end].fill(0);
            self.attempt(choices, fails);
        }
    }

    fn lowered(&mut self, fails: &mut dyn FnMut(&Job) -> bool, goes_on: &dyn Fn() -> bool) {
        let mut at = 0;
        while at < self.choices.len() && goes_on() {
            for lower in [self.choices[at] / 2, self.choices[at].saturating_sub(1)] {
                let mut choices = self.choices.clone();
                if at < choices.len() && lower < choices[at] {
                    choices[at] = lower;
                    self.attempt(choices, fails);
                }
            }
            at += 1;
        }
    }
}
