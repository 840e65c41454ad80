//! How a job is compiled and run.

use std::path::PathBuf;

use crate::exec::settings::Settings;
pub use crate::runtime::spark::placing::Order;

/// How a job is compiled and run; the command line fills it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine that runs kernels.
    pub engine: EngineKind,
    /// Default number of partitions (`--partitions`, Spark's `defaultParallelism`): 2 unless set, whatever the machine.
    pub partitions: usize,
    /// Whose order rows have (`--order`).
    pub order: Order,
    /// Directory of rejected rows, for `OnError::Reject`.
    pub reject_dir: Option<PathBuf>,
    /// Outputs go below this directory (`--outputs-below`), for runs that only measure.
    pub outputs_below: Option<PathBuf>,
    /// Passes of the optimiser that do not run (`--disable-pass`); `all` for none.
    pub disabled_passes: Vec<String>,
    /// Values of the job's parameters, as text: `("input", "other.csv")`.
    pub params: Vec<(String, String)>,
    /// How its stages run.
    pub exec: Settings,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            engine: EngineKind::Jit,
            partitions: 2,
            order: Order::Own,
            reject_dir: None,
            outputs_below: None,
            disabled_passes: Vec::new(),
            params: Vec::new(),
            exec: Settings::default(),
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

/// The views of `sparkc explain`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Explain {
    /// The plan as the job says it.
    Plan,
    /// The work of each pass, and the plan after all of them.
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
