//! Registers of kernels as SSA values.
//!
//! A register is the value that was last set, at the place that is being emitted; `control` goes back to what registers
//! held before a body, and joins what two bodies leave in them. A register that is set once is its value wherever it is
//! read, and costs nothing in blocks between: kernels with thousands of places that can fail have thousands of blocks.

use cranelift_codegen::ir::{Block, Value};
use cranelift_codegen::packed_option::PackedOption;

use crate::kir::{Func, Inst, Reg};

/// The values that the registers of a kernel hold at the place that is being emitted.
#[derive(Default)]
pub(super) struct Registers {
    values: Vec<PackedOption<Value>>,
    /// The registers that have been set, each with its value from before; the last one last.
    trail: Vec<(Reg, PackedOption<Value>)>,
}

impl Registers {
    /// Registers that are not set.
    pub(super) fn of(func: &Func) -> Self {
        Self { values: vec![None.into(); func.regs.len()], trail: Vec::new() }
    }

    /// The value of a register.
    pub(super) fn get(&self, reg: Reg) -> Value {
        self.known(reg).expect("registers are set before they are read")
    }

    /// The value of a register, if it is set.
    pub(super) fn known(&self, reg: Reg) -> Option<Value> {
        self.values[reg.0 as usize].expand()
    }

    /// Sets a register.
    pub(super) fn set(&mut self, reg: Reg, value: Value) {
        let held = std::mem::replace(&mut self.values[reg.0 as usize], value.into());
        self.trail.push((reg, held));
    }

    /// How long the trail of what has been set is.
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Goes back to where the trail was `mark` long; the registers that were set since, in order, with their last values.
    pub(super) fn undo(&mut self, mark: usize) -> Vec<(Reg, Value)> {
        let mut last: Vec<(Reg, Value)> = self.trail[mark..].iter().map(|(reg, _)| (*reg, self.get(*reg))).collect();
        last.sort_unstable_by_key(|(reg, _)| *reg);
        last.dedup_by_key(|(reg, _)| *reg);
        for (reg, held) in self.trail.drain(mark..).rev() {
            self.values[reg.0 as usize] = held;
        }
        last
    }

    /// The registers that instructions set and that are set already, in order.
    pub(super) fn changed(&self, insts: &[Inst]) -> Vec<Reg> {
        let mut regs = Vec::new();
        let mut work = vec![insts];
        while let Some(insts) = work.pop() {
            for inst in insts {
                regs.extend(inst.dsts().iter().filter(|reg| self.known(**reg).is_some()));
                work.extend(inst.bodies());
            }
        }
        regs.sort_unstable();
        regs.dedup();
        regs
    }
}

/// The end of a row: of the kernel, or of a loop.
pub(super) struct Next {
    pub(super) block: Block,
    /// Registers whose values it takes as parameters.
    pub(super) carried: Vec<Reg>,
}

impl Next {
    /// The end of a kernel's row: no register lives longer.
    pub(super) fn row(block: Block) -> Self {
        Self { block, carried: Vec::new() }
    }
}
