//! The one accountant of memory: everything that grows with the data is charged here, before it grows.
//!
//! A charge that would exceed the budget first asks the registered consumers, the oldest first, to give back what can be made
//! again ([`Derived`] is one), and is refused if that is not enough. A refused charge ends the job with its place.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::errors::OverBudget;

/// Counts the bytes that blocks, tables and caches hold, and refuses what is over the budget.
#[derive(Debug)]
pub struct Accountant {
    held: AtomicUsize,
    peak: AtomicUsize,
    budget: usize,
    /// The consumers that are asked to give back before a charge is refused, oldest first.
    consumers: Mutex<Vec<Weak<dyn Consumer>>>,
}

/// A holder of memory that can be asked to give it back: what it holds can be made again, or can go to a file.
pub trait Consumer: Send + Sync + std::fmt::Debug {
    /// Gives back memory, which ends its charges; nothing if it is in use.
    fn give_back(&self);
}

/// A value that is derived from something else and kept as long as there is room for it: the groups of a cached partition.
#[derive(Default)]
pub struct Derived(Mutex<Option<Arc<dyn Any + Send + Sync>>>);

impl Derived {
    /// The value, if it is kept and of this type.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        lock(&self.0).clone().and_then(|kept| kept.downcast().ok())
    }

    /// Keeps a value whose memory is charged, until the accountant needs that.
    pub fn keep<T: Send + Sync + 'static>(self: &Arc<Self>, accountant: &Accountant, value: Arc<T>) {
        *lock(&self.0) = Some(value);
        let this: Weak<Self> = Arc::downgrade(self);
        accountant.register(this);
    }
}

impl Consumer for Derived {
    fn give_back(&self) {
        let kept = lock(&self.0).take();
        drop(kept);
    }
}

impl std::fmt::Debug for Derived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Derived({})", lock(&self.0).is_some())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Accountant {
    /// An accountant with a budget in bytes.
    pub fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self { held: AtomicUsize::new(0), peak: AtomicUsize::new(0), budget, consumers: Mutex::default() })
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

    /// Registers a consumer, which is asked once to give its memory back when a charge would exceed the budget.
    pub fn register(&self, consumer: Weak<dyn Consumer>) {
        let mut consumers = lock(&self.consumers);
        consumers.retain(|consumer| consumer.strong_count() > 0);
        consumers.push(consumer);
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
    /// Holds more bytes; before they are refused, consumers are asked one after the other to give back.
    fn take(&self, more: usize) -> Result<(), OverBudget> {
        loop {
            let refused = match self.try_take(more) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            let mut consumers = lock(&self.consumers);
            if consumers.is_empty() {
                return Err(refused);
            }
            let oldest = consumers.remove(0);
            drop(consumers);
            if let Some(consumer) = oldest.upgrade() {
                consumer.give_back();
            }
        }
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
    fn derived_values_are_given_back_before_a_charge_is_refused() {
        let accountant = Accountant::new(100);
        let derived: Arc<Derived> = Arc::default();
        let kept = || Arc::new(accountant.charge(60).unwrap());
        derived.keep(&accountant, kept());
        let more = accountant.charge(40).unwrap();
        assert!(derived.get::<Charge>().is_some());
        let large = accountant.charge(50).unwrap();
        assert!(derived.get::<Charge>().is_none());
        assert_eq!((accountant.held(), accountant.peak()), (90, 100));
        assert_eq!(accountant.charge(11).unwrap_err(), OverBudget { wanted: 101, budget: 100 });
        drop((more, large));
        derived.keep(&accountant, kept());
        let in_use = derived.get::<Charge>();
        assert!(accountant.charge(50).is_err() && in_use.is_some());
    }
}
