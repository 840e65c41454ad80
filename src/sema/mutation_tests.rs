//! Jobs with random changes: the checker neither panics nor hangs, and what it accepts keeps the laws of HIR.

use std::time::{Duration, Instant};

use crate::base::diag::Severity;
use crate::base::source::Sources;

use super::tests::job_texts;
use super::{check, verify};

/// How many changed programs; each is printed when it fails.
const RUNS: usize = 800;

/// Xorshift, so that a failure repeats.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).expect("less than n")
    }
}

#[test]
fn changed_jobs_neither_panic_nor_break_laws() {
    let jobs: Vec<Vec<String>> = job_texts().iter().map(|text| words(text)).collect();
    let mut random = Random(88_172_645_463_325_252);
    for _ in 0..RUNS {
        let mut job = jobs[random.below(jobs.len())].clone();
        for _ in 0..=random.below(4) {
            change(&mut job, &jobs, &mut random);
        }
        let text = job.concat();
        let start = Instant::now();
        let mut sources = Sources::default();
        let file = sources.add("changed.spk", text.as_str());
        let checked = check(&mut sources, file, &|_| Err("not there".into()));
        assert!(start.elapsed() < Duration::from_secs(2), "slow:\n{text}");
        match &checked.program {
            Some(program) => assert_eq!(verify::verify(program), [""; 0], "\n{text}"),
            None => assert!(checked.diags.iter().any(|diag| diag.severity == Severity::Error), "no error:\n{text}"),
        }
    }
}

/// Drops, copies, replaces or exchanges a few words.
fn change(job: &mut Vec<String>, jobs: &[Vec<String>], random: &mut Random) {
    if job.is_empty() {
        return;
    }
    let at = random.below(job.len());
    let other = &jobs[random.below(jobs.len())];
    let from = random.below(other.len());
    let piece = other[from..(from + 1 + random.below(8)).min(other.len())].to_vec();
    match random.below(5) {
        0 => drop(job.remove(at)),
        1 => job[at].clone_from(&other[from]),
        2 => drop(job.splice(at..at, piece)),
        3 => job.swap(at, 0),
        _ => job.extend(other.iter().cloned()),
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars() {
        let joins = |word: &String| word.chars().all(|c| c.is_alphanumeric() || c == '_');
        match words.last_mut() {
            Some(word) if (c.is_alphanumeric() || c == '_') && joins(word) => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}
