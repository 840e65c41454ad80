//! How a job is compiled and run.

use std::path::PathBuf;
use std::time::Duration;

use crate::exec::io::inputs::OnError;
pub use crate::runtime::spark::placing::Order;

/// How a job is compiled and run; the command line fills it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine that runs kernels.
    pub engine: EngineKind,
    /// Number of threads (`--master local[N]`). No output depends on it.
    pub threads: usize,
    /// Default number of partitions (`--partitions`, Spark's `defaultParallelism`): 2 unless set, whatever the machine.
    pub partitions: usize,
    /// Whose order rows have (`--order`).
    pub order: Order,
    /// What happens to rows that fail (`--on-error`).
    pub on_error: OnError,
    /// Directory of rejected rows, for [`OnError::Reject`].
    pub reject_dir: Option<PathBuf>,
    /// The most rows that may be left out (`--max-rejects`).
    pub max_rejects: Option<u64>,
    /// Existing outputs are replaced (`--overwrite`).
    pub overwrite: bool,
    /// Outputs go below this directory (`--outputs-below`), for runs that only measure.
    pub outputs_below: Option<PathBuf>,
    /// Budget of memory in bytes (`--memory`); 60 % of the machine's or cgroup's unless set.
    pub memory: Option<usize>,
    /// The job fails when it runs longer (`--timeout`).
    pub timeout: Option<Duration>,
    /// Passes of the optimiser that do not run (`--disable-pass`); `all` for none.
    pub disabled_passes: Vec<String>,
    /// The longest line in bytes (`--max-line`).
    pub max_line: usize,
    /// Bytes to read at once; for tests.
    pub block_bytes: usize,
    /// Values of the job's parameters, as text: `("input", "other.csv")`.
    pub params: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        let reader = crate::exec::io::ReaderOptions::default();
        Self {
            engine: EngineKind::Jit,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            partitions: 2,
            order: Order::Own,
            on_error: OnError::Fail,
            reject_dir: None,
            max_rejects: None,
            overwrite: false,
            outputs_below: None,
            memory: None,
            timeout: None,
            disabled_passes: Vec::new(),
            max_line: reader.max_line,
            block_bytes: reader.block_bytes,
            params: Vec::new(),
        }
    }
}

/// The engines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EngineKind {
    /// The interpreter.
    Interp,
    /// Machine code.
    Jit,
    /// Machine code without Cranelift's optimisations; for tests.
    JitNone,
    /// Machine code, and the interpreter beside it: what the two leave is compared.
    Both,
}

/// What `sparkc explain` prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Explain {
    /// The plan as the job says it.
    Plan,
    /// What each pass did, and the plan after all of them.
    Opt,
    /// The stages.
    Stages,
    /// The kernels.
    Kernels,
    /// The Cranelift IR of the kernels.
    Clif,
    /// The machine code of the kernels.
    Asm,
}
