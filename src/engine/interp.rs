//! The interpreter: kernels as flat operations over an array of words. The reference of what a kernel means.
//!
//! Structured control becomes jumps: `for i in 0..n { body }` is `i = 0; L: jump X unless i < n; body; N: i += 1; jump L;
//! X:`, and a guard in the body jumps to `N`. A call gathers its argument words, calls the runtime function, and scatters
//! the result.

#![allow(unsafe_code, reason = "calls runtime functions and reads objects as verified kernels say")]

use std::sync::Arc;

use crate::base::source::Span;
use crate::kir::{Func, Inst, Reg};
use crate::runtime::call::abi;
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::prim::Prim;
use crate::runtime::call::trap::Trap;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word, str_words};

use super::{Code, Engine, Failure, Frame};

/// The interpreting engine.
pub struct Interp;

impl Engine for Interp {
    fn compile(&self, func: &Func) -> Arc<dyn Code> {
        let mut flat = Flat::default();
        flat.block(&func.body, None);
        flat.ops.push(Op::Return);
        Arc::new(Program {
            ops: flat.ops,
            pool: flat.pool,
            n_regs: func.regs.len(),
            params: func.params.iter().map(|reg| reg.0).collect(),
            captures: func.captures.iter().map(|reg| reg.0).collect(),
            emits: func.emits.clone(),
            _shapes: flat.shapes,
            _texts: flat.texts,
        })
    }

    fn name(&self) -> &'static str {
        "interp"
    }
}

/// A register's position in the frame.
type Slot = u32;

/// A run of slots in the pool of a program.
#[derive(Clone, Copy)]
struct Slots {
    start: u32,
    len: u32,
}

/// A flat operation; `u32` targets are positions in the list of operations.
enum Op {
    Const {
        dst: Slot,
        bits: Word,
    },
    Move {
        dst: Slot,
        src: Slot,
    },
    Prim {
        prim: Prim,
        dst: Slot,
        a: Slot,
        b: Slot,
        span: Span,
    },
    Call {
        func: &'static RtFn,
        args: Slots,
        dsts: Slots,
        span: Span,
    },
    Load {
        dst: Slot,
        addr: Slot,
        index: Option<Slot>,
        scale: u32,
        offset: u32,
    },
    Store {
        src: Slot,
        addr: Slot,
        index: Option<Slot>,
        scale: u32,
        offset: u32,
    },
    Alloc {
        dst: Slot,
        count: Option<Slot>,
        scale: u32,
        extra: u32,
    },
    Jump {
        to: u32,
    },
    JumpUnless {
        cond: Slot,
        to: u32,
    },
    /// Jumps unless `index < len`.
    Enter {
        index: Slot,
        len: Slot,
        to: u32,
    },
    /// Adds one to the index and jumps.
    Again {
        index: Slot,
        to: u32,
    },
    Emit {
        row: Slots,
    },
    Return,
}

/// A kernel as flat operations.
struct Program {
    ops: Vec<Op>,
    pool: Vec<Slot>,
    n_regs: usize,
    params: Vec<Slot>,
    captures: Vec<Slot>,
    emits: Arc<Shape>,
    /// Keep alive what constants of the program point to.
    _shapes: Vec<Arc<Shape>>,
    _texts: Vec<Arc<str>>,
}

/// Flattens structured instructions.
#[derive(Default)]
struct Flat {
    ops: Vec<Op>,
    pool: Vec<Slot>,
    shapes: Vec<Arc<Shape>>,
    texts: Vec<Arc<str>>,
    /// Jumps of guards that wait for the end of the loop body, innermost loop last.
    waiting: Vec<Vec<usize>>,
}

impl Flat {
    fn here(&self) -> u32 {
        u32::try_from(self.ops.len()).expect("kernels are limited in size")
    }

    fn slots(&mut self, regs: &[Reg]) -> Slots {
        let start = u32::try_from(self.pool.len()).expect("kernels are limited in size");
        self.pool.extend(regs.iter().map(|reg| reg.0));
        Slots { start, len: regs.len() as u32 }
    }

    /// Flattens a block; `end` is the place in `waiting` that guards of this block jump by.
    fn block(&mut self, insts: &[Inst], end: Option<usize>) {
        for inst in insts {
            self.inst(inst, end);
        }
    }

    fn inst(&mut self, inst: &Inst, end: Option<usize>) {
        match inst {
            Inst::Const { dst, bits } => self.ops.push(Op::Const { dst: dst.0, bits: *bits }),
            Inst::Str { dst, text } => self.text(*dst, text),
            Inst::Shape { dst, shape } => {
                self.ops.push(Op::Const { dst: dst.0, bits: Arc::as_ptr(shape) as Word });
                self.shapes.push(shape.clone());
            }
            Inst::Move { dst, src } => self.ops.push(Op::Move { dst: dst.0, src: src.0 }),
            Inst::Prim { prim, dst, args: [a, b], span } => {
                self.ops.push(Op::Prim { prim: *prim, dst: dst.0, a: a.0, b: b.0, span: *span });
            }
            Inst::Call { func, args, dsts, span, .. } => {
                let (args, dsts) = (self.slots(args), self.slots(dsts));
                self.ops.push(Op::Call { func, args, dsts, span: *span });
            }
            Inst::Load { dst, addr, index, scale, offset } => {
                let index = index.map(|reg| reg.0);
                self.ops.push(Op::Load { dst: dst.0, addr: addr.0, index, scale: *scale, offset: *offset });
            }
            Inst::Store { src, addr, index, scale, offset } => {
                let index = index.map(|reg| reg.0);
                self.ops.push(Op::Store { src: src.0, addr: addr.0, index, scale: *scale, offset: *offset });
            }
            Inst::Alloc { dst, count, scale, extra } => {
                let count = count.map(|reg| reg.0);
                self.ops.push(Op::Alloc { dst: dst.0, count, scale: *scale, extra: *extra });
            }
            Inst::If { cond, then, otherwise } => self.branch(*cond, then, otherwise, end),
            Inst::For { index, len, body } => self.count(*index, *len, body),
            Inst::Guard { cond } => self.guard(*cond, end),
            Inst::Emit { regs } => {
                let row = self.slots(regs);
                self.ops.push(Op::Emit { row });
            }
        }
    }

    fn text(&mut self, dst: [Reg; 2], text: &Arc<str>) {
        for (dst, bits) in dst.iter().zip(str_words(text)) {
            self.ops.push(Op::Const { dst: dst.0, bits });
        }
        self.texts.push(text.clone());
    }

    fn branch(&mut self, cond: Reg, then: &[Inst], otherwise: &[Inst], end: Option<usize>) {
        let skip = self.ops.len();
        self.ops.push(Op::JumpUnless { cond: cond.0, to: 0 });
        self.block(then, end);
        let leave = self.ops.len();
        if !otherwise.is_empty() {
            self.ops.push(Op::Jump { to: 0 });
        }
        self.land(skip);
        self.block(otherwise, end);
        if !otherwise.is_empty() {
            self.land(leave);
        }
    }

    fn count(&mut self, index: Reg, len: Reg, body: &[Inst]) {
        self.ops.push(Op::Const { dst: index.0, bits: 0 });
        let top = self.here();
        let enter = self.ops.len();
        self.ops.push(Op::Enter { index: index.0, len: len.0, to: 0 });
        self.waiting.push(Vec::new());
        let depth = self.waiting.len() - 1;
        self.block(body, Some(depth));
        for jump in self.waiting.pop().expect("pushed above") {
            self.land(jump);
        }
        self.ops.push(Op::Again { index: index.0, to: top });
        self.land(enter);
    }

    /// A guard in a loop waits for the end of the body; outside of loops it jumps around a return.
    fn guard(&mut self, cond: Reg, end: Option<usize>) {
        if let Some(depth) = end {
            self.waiting[depth].push(self.ops.len());
            self.ops.push(Op::JumpUnless { cond: cond.0, to: 0 });
            return;
        }
        let to_return = self.here() + 2;
        self.ops.push(Op::JumpUnless { cond: cond.0, to: to_return });
        self.ops.push(Op::Jump { to: to_return + 1 });
        self.ops.push(Op::Return);
    }

    /// Lets a jump end here.
    fn land(&mut self, jump: usize) {
        let here = self.here();
        if let Op::Jump { to } | Op::JumpUnless { to, .. } | Op::Enter { to, .. } = &mut self.ops[jump] {
            *to = here
        } else {
            unreachable!("only jumps land")
        }
    }
}

impl Program {
    fn pooled(&self, slots: Slots) -> &[Slot] {
        &self.pool[slots.start as usize..(slots.start + slots.len) as usize]
    }

    /// Calls a runtime function on registers.
    fn call(&self, func: &RtFn, cx: &Cx, regs: &mut [Word], args: Slots, dsts: Slots) -> Result<(), Trap> {
        let mut few = [0; 16];
        let mut many = Vec::new();
        let (args, dsts) = (self.pooled(args), self.pooled(dsts));
        let words = if args.len() + dsts.len() <= few.len() {
            &mut few[..]
        } else {
            many.resize(args.len() + dsts.len(), 0);
            &mut many[..]
        };
        let (arg_words, ret_words) = words.split_at_mut(args.len());
        for (word, slot) in arg_words.iter_mut().zip(args) {
            *word = regs[*slot as usize];
        }
        // SAFETY: the verifier has checked that the registers are the words of the function's parameters and results.
        unsafe { abi::call(func, cx, arg_words, ret_words) }?;
        for (slot, word) in dsts.iter().zip(ret_words) {
            regs[*slot as usize] = *word;
        }
        Ok(())
    }
}

/// The address of a word of an object.
fn address(regs: &[Word], addr: Slot, index: Option<Slot>, scale: u32, offset: u32) -> *mut Word {
    let index = index.map_or(0, |slot| regs[slot as usize] as usize * scale as usize);
    (regs[addr as usize] as *mut Word).wrapping_add(index + offset as usize)
}

impl Code for Program {
    fn frame(&self, captures: &[Word]) -> Frame {
        assert_eq!(captures.len(), self.captures.len(), "captured values fill the capture registers");
        let mut regs = vec![0; self.n_regs];
        for (slot, word) in self.captures.iter().zip(captures) {
            regs[*slot as usize] = *word;
        }
        Frame { regs, row: Vec::new() }
    }

    fn run(&self, cx: &Cx, frame: &mut Frame, row: &[Word], emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        let Frame { regs, row: emitted } = frame;
        let regs = &mut regs[..];
        for (slot, word) in self.params.iter().zip(row) {
            regs[*slot as usize] = *word;
        }
        let mut pc = 0;
        loop {
            let op = &self.ops[pc];
            pc += 1;
            match op {
                Op::Const { dst, bits } => regs[*dst as usize] = *bits,
                Op::Move { dst, src } => regs[*dst as usize] = regs[*src as usize],
                Op::Prim { prim, dst, a, b, span } => {
                    let (a, b) = (regs[*a as usize], regs[*b as usize]);
                    regs[*dst as usize] = prim.eval(a, b).map_err(|reason| {
                        let trap = Trap::new(reason, prim.describe(reason, a, b));
                        Failure { span: *span, trap }
                    })?;
                }
                Op::Call { func, args, dsts, span } => {
                    self.call(func, cx, regs, *args, *dsts).map_err(|trap| Failure { span: *span, trap })?;
                }
                Op::Load { dst, addr, index, scale, offset } => {
                    // SAFETY: kernels load from live objects at offsets below the length that they hold.
                    regs[*dst as usize] = unsafe { *address(regs, *addr, *index, *scale, *offset) };
                }
                Op::Store { src, addr, index, scale, offset } => {
                    // SAFETY: kernels store only into objects that they allocated with room for it.
                    unsafe { *address(regs, *addr, *index, *scale, *offset) = regs[*src as usize] };
                }
                Op::Alloc { dst, count, scale, extra } => {
                    let count = count.map_or(0, |slot| regs[slot as usize] as usize);
                    let object = cx.arena.zeroed(count * *scale as usize + *extra as usize);
                    regs[*dst as usize] = object.as_mut_ptr() as Word;
                }
                Op::Jump { to } => pc = *to as usize,
                Op::JumpUnless { cond, to } if regs[*cond as usize] == 0 => pc = *to as usize,
                Op::JumpUnless { .. } => {}
                Op::Enter { index, len, to } if regs[*index as usize] >= regs[*len as usize] => pc = *to as usize,
                Op::Enter { .. } => {}
                Op::Again { index, to } => {
                    regs[*index as usize] += 1;
                    pc = *to as usize;
                }
                Op::Emit { row } => {
                    emitted.clear();
                    emitted.extend(self.pooled(*row).iter().map(|slot| regs[*slot as usize]));
                    // SAFETY: the verifier has checked that these registers are the words of an emitted row.
                    emit(unsafe { Value::new(&self.emits, emitted) });
                }
                Op::Return => return Ok(()),
            }
        }
    }
}
