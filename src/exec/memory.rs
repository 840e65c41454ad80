//! The one accountant of memory: whatever grows with the data is charged here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Counts the bytes that blocks, tables and caches hold, and refuses what is over the budget.
#[derive(Debug)]
pub struct Accountant {
    held: AtomicUsize,
    peak: AtomicUsize,
    budget: usize,
    /// What is given up before a charge is refused.
    spares: Mutex<Vec<Weak<dyn GiveUp>>>,
}

/// What can be made again, and is kept as long as there is room for it: the index of a cached partition.
pub struct Spare<T>(Mutex<Option<Arc<T>>>);

trait GiveUp: Send + Sync + std::fmt::Debug {
    fn give_up(&self);
}

impl<T: Send + Sync + 'static> Spare<T> {
    /// Room for something.
    pub fn empty() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }

    /// What is kept.
    pub fn get(&self) -> Option<Arc<T>> {
        lock(&self.0).clone()
    }

    /// Keeps something whose memory is charged, until the accountant needs that.
    pub fn keep(self: &Arc<Self>, accountant: &Accountant, kept: Arc<T>) {
        *lock(&self.0) = Some(kept);
        let mut spares = lock(&accountant.spares);
        spares.retain(|spare| spare.strong_count() > 0);
        let this: Weak<Self> = Arc::downgrade(self);
        spares.push(this);
    }
}

impl<T: Send + Sync> GiveUp for Spare<T> {
    fn give_up(&self) {
        let kept = lock(&self.0).take();
        drop(kept);
    }
}

impl<T> std::fmt::Debug for Spare<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spare({})", lock(&self.0).is_some())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        Arc::new(Self { held: AtomicUsize::new(0), peak: AtomicUsize::new(0), budget, spares: Mutex::default() })
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
        if bytes > self.bytes {
            self.accountant.take(bytes - self.bytes)?;
        } else if bytes < self.bytes {
            self.accountant.held.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Accountant {
    /// Holds more bytes; before they are refused, what is spare is given up.
    fn take(&self, more: usize) -> Result<(), OverBudget> {
        let refused = match self.try_take(more) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        let spares = std::mem::take(&mut *lock(&self.spares));
        if spares.is_empty() {
            return Err(refused);
        }
        spares.iter().filter_map(Weak::upgrade).for_each(|spare| spare.give_up());
        self.try_take(more)
    }

    fn try_take(&self, more: usize) -> Result<(), OverBudget> {
        let held = self.held.fetch_add(more, Ordering::Relaxed) + more;
        if held > self.budget {
            self.held.fetch_sub(more, Ordering::Relaxed);
            return Err(OverBudget { wanted: held, budget: self.budget });
        }
        self.peak.fetch_max(held, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spares_are_given_up_before_a_charge_is_refused() {
        let accountant = Accountant::new(100);
        let spare = Spare::empty();
        let kept = || Arc::new(accountant.charge(60).unwrap());
        spare.keep(&accountant, kept());
        let more = accountant.charge(40).unwrap();
        assert!(spare.get().is_some());
        let large = accountant.charge(50).unwrap();
        assert!(spare.get().is_none());
        assert_eq!((accountant.held(), accountant.peak()), (90, 100));
        assert_eq!(accountant.charge(11).unwrap_err(), OverBudget { wanted: 101, budget: 100 });
        drop((more, large));
        spare.keep(&accountant, kept());
        let in_use = spare.get();
        assert!(accountant.charge(50).is_err() && in_use.is_some());
    }
}
