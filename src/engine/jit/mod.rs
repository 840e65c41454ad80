//! Machine code of kernels, by Cranelift; the only user of it.
//!
//! A kernel becomes one function `(state, row) -> status`: registers are variables of the frontend, runtime functions are
//! called at the addresses at which the interpreter calls them, and an emitted row is handed to a callback. A row error
//! is a status: a cold block leaves the place and the operands in the state, and what they mean (the reason, the text)
//! is computed by the same code as for the interpreter. Nothing traps, nothing unwinds.
//!
//! `func` walks instructions, `prim` emits primitives, `module` owns the memory of the code.

mod func;
mod listing;
mod module;
mod prim;

use std::sync::Arc;

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};

use crate::base::source::Sources;
use crate::kir::Func;
use crate::runtime::cx::Cx;
use crate::runtime::value::{Value, Word};

use super::{Code, Engine, Failure, Frame};
use module::Machine;

/// How much Cranelift optimises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OptLevel {
    /// Nothing; for tests.
    None,
    /// For speed.
    Speed,
}

/// The compiling engine.
pub struct Jit {
    isa: OwnedTargetIsa,
    level: OptLevel,
}

impl Jit {
    /// A compiler for this machine.
    ///
    /// # Errors
    /// Cranelift has no code for this machine.
    pub fn new(level: OptLevel) -> Result<Self, String> {
        let mut flags = settings::builder();
        let verify = if cfg!(debug_assertions) { "true" } else { "false" };
        let opt_level = match level {
            OptLevel::None => "none",
            OptLevel::Speed => "speed",
        };
        for (name, value) in [("opt_level", opt_level), ("enable_verifier", verify), ("is_pic", "false")] {
            flags.set(name, value).map_err(|error| error.to_string())?;
        }
        let builder = cranelift_native::builder().map_err(str::to_owned)?;
        let isa = builder.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())?;
        Ok(Self { isa, level })
    }
}

impl Jit {
    /// The Cranelift IR of a kernel, after Cranelift's own optimisations if there are any; instructions say where in the
    /// job they come from.
    pub fn clif(&self, func: &Func, sources: &Sources) -> String {
        listing::clif(&self.isa, func, sources)
    }

    /// The machine code of a kernel, as the assembler would read it.
    pub fn assembly(&self, func: &Func, sources: &Sources) -> String {
        listing::assembly(&self.isa, func, sources)
    }
}

impl Engine for Jit {
    fn compile(&self, func: &Func) -> Arc<dyn Code> {
        Arc::new(Compiled { machine: Machine::compile(&self.isa, func), n_captures: func.captures.len() })
    }

    fn staged(&self) -> bool {
        true
    }

    fn name(&self) -> &'static str {
        match self.level {
            OptLevel::None => "jit-none",
            OptLevel::Speed => "jit",
        }
    }
}

/// A kernel as machine code.
struct Compiled {
    machine: Machine,
    n_captures: usize,
}

impl Code for Compiled {
    fn frame(&self, captures: &[Word]) -> Frame {
        assert_eq!(captures.len(), self.n_captures, "captured values fill the capture registers");
        Frame { regs: captures.to_vec(), row: Vec::new() }
    }

    fn run(&self, cx: &Cx, frame: &mut Frame, row: &[Word], emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        self.machine.run(cx, &frame.regs, row, emit)
    }
}
