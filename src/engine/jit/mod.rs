//! Machine code of kernels, by Cranelift; the only user of it.
//!
//! A kernel becomes one function `(state) -> status` that runs over the rows of a batch: registers are values,
//! runtime functions are called at the addresses at which the interpreter calls them, and emitted rows go
//! to an emit buffer. A row error is a status: a cold block leaves the place and the operands in the state, and what they mean (the
//! reason, the text) is computed by the same code as for the interpreter. Nothing traps, nothing unwinds.
//!
//! `func` walks instructions, `regs` keeps registers in SSA form and `control` joins them, `prim` emits primitives and
//! `intrinsic` hot runtime functions, `update` makes the code that keeps states and `fold` that of folds, `state` is the
//! structure that code and caller share, `module` owns the memory of the code.

mod control;
mod fold;
mod func;
mod intrinsic;
mod listing;
mod module;
mod prim;
mod regs;
mod state;
mod update;

use std::sync::Arc;

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};

use crate::base::source::{FileId, Sources, Span};
use crate::kir::Func;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};

use super::emit::EmitBuffer;
use super::{BatchCode, BatchEngine, Code, Engine, Failure, Fold, Frame, Ran, Update};
use fold::{Folding, emit_fold};
use func::emit_func;
use module::{Call, Machine};
use update::{Updating, emit_update};

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

impl Jit {
    fn machine_code(&self, func: &Func) -> Arc<MachineCode> {
        let emit = |function: &mut _, funcs: &[Func]| emit_func(function, &funcs[0], self.isa.frontend_config());
        let machine = Machine::compile(&self.isa, vec![func.clone()], emit);
        Arc::new(MachineCode { machine, n_captures: func.captures.len(), emits: func.emits.clone() })
    }
}

impl Engine for Jit {
    fn compile(&self, func: &Func) -> Arc<dyn Code> {
        self.machine_code(func)
    }

    fn name(&self) -> &'static str {
        match self.level {
            OptLevel::None => "jit-none",
            OptLevel::Speed => "jit",
        }
    }
}

impl BatchEngine for Jit {
    fn kernel(&self, func: &Func) -> Arc<dyn BatchCode> {
        self.machine_code(func)
    }

    fn update(&self, create: Option<&Func>, merge: &Func, key_words: usize) -> Arc<dyn Update> {
        let target = self.isa.frontend_config();
        let funcs: Vec<Func> = std::iter::once(merge).chain(create).cloned().collect();
        let emit = |function: &mut _, funcs: &[Func]| emit_update(function, funcs, key_words, target);
        Arc::new(Updating { machine: Machine::compile(&self.isa, funcs, emit) })
    }

    fn fold(&self, kernel: Option<&Func>, seq: &Func) -> Arc<dyn Fold> {
        let target = self.isa.frontend_config();
        let funcs: Vec<Func> = std::iter::once(seq).chain(kernel).cloned().collect();
        let emit = |function: &mut _, funcs: &[Func]| emit_fold(function, funcs, target);
        Arc::new(Folding { machine: Machine::compile(&self.isa, funcs, emit) })
    }
}

/// A kernel as machine code.
struct MachineCode {
    machine: Machine,
    n_captures: usize,
    emits: Arc<Shape>,
}

impl Code for MachineCode {
    fn frame(&self, captures: &[Word]) -> Frame {
        assert_eq!(captures.len(), self.n_captures, "captured values fill the capture registers");
        Frame { regs: captures.to_vec(), row: vec![0; self.emits.words().max(1)] }
    }

    fn run(&self, cx: &Cx, frame: &mut Frame, row: &[Word], emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        let call = Call { cx, captures: &frame.regs, rows: row, range: [0, 1] };
        match self.machine.run_row(&call, &mut frame.row, &self.emits, emit) {
            Ran::Done => Ok(()),
            Ran::Failed(_, failure) => Err(failure),
            Ran::Stopped => Err(panicked()),
        }
    }
}

impl BatchCode for MachineCode {
    fn run_rows(
        &self,
        cx: &Cx,
        captures: &[Word],
        rows: &[Word],
        range: [usize; 2],
        buffer: &mut EmitBuffer,
        flush: &mut dyn FnMut(&mut EmitBuffer, usize) -> bool,
    ) -> Ran {
        assert_eq!(captures.len(), self.n_captures, "captured values fill the capture registers");
        self.machine.run_rows(&Call { cx, captures, rows, range }, buffer, flush)
    }
}

/// The failure of a callback that panicked under compiled code.
fn panicked() -> Failure {
    let span = Span { file: FileId(0), start: 0, end: 0 };
    Failure { span, trap: Trap::new(Reason::Bug, "a callback of a kernel panicked") }
}
