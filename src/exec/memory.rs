//! The one accountant of memory: whatever grows with the data is charged here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the bytes that blocks, tables and caches hold, and refuses what is over the budget.
#[derive(Debug)]
pub struct Accountant {
    held: AtomicUsize,
    peak: AtomicUsize,
    budget: usize,
}

/// The budget would be exceeded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OverBudget {
    /// Bytes held with the charge.
    pub wanted: usize,
    /// The budget.
    pub budget: usize,
}

impl Accountant {
    /// An accountant with a budget in bytes.
    pub fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self { held: AtomicUsize::new(0), peak: AtomicUsize::new(0), budget })
    }

    /// Charges bytes until the charge is dropped.
    ///
    /// # Errors
    /// The budget would be exceeded; nothing is charged then.
    pub fn charge(self: &Arc<Self>, bytes: usize) -> Result<Charge, OverBudget> {
        let mut charge = self.nothing();
        charge.set(bytes)?;
        Ok(charge)
    }

    /// A charge of nothing, which is always within the budget.
    pub fn nothing(self: &Arc<Self>) -> Charge {
        Charge { accountant: self.clone(), bytes: 0 }
    }

    /// Bytes held now.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// The most that was held at once.
    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }
}

/// Bytes that are charged; given back when dropped.
#[derive(Debug)]
pub struct Charge {
    accountant: Arc<Accountant>,
    bytes: usize,
}

impl Charge {
    /// Changes the number of bytes.
    ///
    /// # Errors
    /// The budget would be exceeded; the charge stays as it was.
    pub fn set(&mut self, bytes: usize) -> Result<(), OverBudget> {
        let accountant = &self.accountant;
        if bytes == self.bytes {
            return Ok(());
        }
        if bytes > self.bytes {
            let more = bytes - self.bytes;
            let held = accountant.held.fetch_add(more, Ordering::Relaxed) + more;
            if held > accountant.budget {
                accountant.held.fetch_sub(more, Ordering::Relaxed);
                return Err(OverBudget { wanted: held, budget: accountant.budget });
            }
            accountant.peak.fetch_max(held, Ordering::Relaxed);
        } else {
            accountant.held.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.accountant.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The default budget: 60 % of what the machine or the cgroup has.
pub fn default_budget() -> usize {
    let cgroup = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib * 1024)
    });
    let total = [cgroup, machine].into_iter().flatten().min().unwrap_or(4 << 30);
    total / 10 * 6
}
