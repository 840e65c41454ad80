//! Compiles a kernel once, however often a job's loops ask for it.
//!
//! Iterations of a loop make stages anew, with kernels that are equal to the word: the same instructions, constants, shapes
//! and places, which are the same bytes when they are encoded. Such kernels share their code; what differs between iterations, captured values, is not part of the code.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::wire;
use crate::kir::Func;

use super::{BatchCode, BatchEngine, Code, Engine, Fold, Update};

/// How many kernels are remembered; a job that makes more begins anew.
const MOST: usize = 4096;

/// An engine that remembers what it has compiled.
pub struct Cache<E> {
    engine: E,
    rows: Mutex<HashMap<Vec<u8>, Arc<dyn Code>>>,
    batches: Mutex<HashMap<Vec<u8>, Arc<dyn BatchCode>>>,
    kernels: AtomicU64,
    nanoseconds: AtomicU64,
    updates: Mutex<HashMap<Vec<u8>, Arc<dyn Update>>>,
    folds: Mutex<HashMap<Vec<u8>, Arc<dyn Fold>>>,
}

impl<E> Cache<E> {
    /// Remembers what an engine compiles.
    pub fn new(engine: E) -> Self {
        Self {
            engine,
            rows: Mutex::default(),
            batches: Mutex::default(),
            updates: Mutex::default(),
            folds: Mutex::default(),
            kernels: AtomicU64::new(0),
            nanoseconds: AtomicU64::new(0),
        }
    }
}

impl<E: Engine> Engine for Cache<E> {
    fn compile(&self, func: &Func) -> Arc<dyn Code> {
        self.remembered(&self.rows, || wire::identity(func), || self.engine.compile(func))
    }

    fn name(&self) -> &'static str {
        self.engine.name()
    }

    fn compiled(&self) -> (u64, Duration) {
        (self.kernels.load(Relaxed), Duration::from_nanos(self.nanoseconds.load(Relaxed)))
    }
}

impl<E: BatchEngine> BatchEngine for Cache<E> {
    fn kernel(&self, func: &Func) -> Arc<dyn BatchCode> {
        self.remembered(&self.batches, || wire::identity(func), || self.engine.kernel(func))
    }

    fn update(&self, create: Option<&Func>, merge: &Func, key_words: usize) -> Arc<dyn Update> {
        let key = || wire::identity(&(create, merge, key_words));
        self.remembered(&self.updates, key, || self.engine.update(create, merge, key_words))
    }

    fn fold(&self, kernel: Option<&Func>, seq: &Func) -> Arc<dyn Fold> {
        self.remembered(&self.folds, || wire::identity(&(kernel, seq)), || self.engine.fold(kernel, seq))
    }
}

impl<E> Cache<E> {
    /// The value of a key, made by `make` where it is not there yet. The time of finding it counts as that of
    /// compiling.
    fn remembered<T: Clone>(
        &self,
        known: &Mutex<HashMap<Vec<u8>, T>>,
        key: impl FnOnce() -> Vec<u8>,
        make: impl FnOnce() -> T,
    ) -> T {
        let started = Instant::now();
        let key = key();
        let found = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let code = found.unwrap_or_else(|| {
            let code = make();
            self.kernels.fetch_add(1, Relaxed);
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(key, code.clone());
            code
        });
        self.nanoseconds.fetch_add(started.elapsed().as_nanos() as u64, Relaxed);
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::interp::Interp;
    use crate::kir::build::Builder;
    use crate::kir::{Inst, Kind};
    use crate::runtime::value::shape::Shape;

    fn kernel(constant: i64) -> Func {
        let mut b = Builder::new();
        let reg = b.int(constant);
        b.push(Inst::Emit { regs: vec![reg] });
        let param = b.reg(Kind::Int);
        b.finish("test", vec![param], Shape::Int).0
    }

    #[test]
    fn equal_kernels_share_their_code_and_others_do_not() {
        let cache = Cache::new(Interp);
        let (one, same, other) = (cache.compile(&kernel(1)), cache.compile(&kernel(1)), cache.compile(&kernel(2)));
        assert!(Arc::ptr_eq(&one, &same));
        assert!(!Arc::ptr_eq(&one, &other));
        assert_eq!(cache.compiled().0, 2);
    }
}
