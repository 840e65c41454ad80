//! Kernel IR to Cranelift IR.
//!
//! Control is structured, and registers become values as `regs.rs` and `control.rs` say; only what lives from row to row is a variable of
//! the frontend. A kernel's code is a loop over the rows of a batch around the body:
//!
//! ```text
//! row: load the row's words; …body…; emit = store words at `pos`, and call `flush` when `pos` is `limit`
//! end of row: ends[row] = pos + shift; row += 1
//! failure: leave site, operands, row and pos in the state; status 1
//! ```
//!
//! `update.rs` puts the same bodies around states of a table instead.

use std::collections::HashMap;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, Function, InstBuilder, MemFlagsData, SigRef, Signature, SourceLoc, StackSlot,
    StackSlotData, StackSlotKind, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use crate::base::source::{FileId, Span};
use crate::kir::{Func, Inst, Kind, Reg};
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::prim::Prim;
use crate::runtime::value::words::str_words;

use super::regs::{Next, Registers};
use super::state::{self, CAPTURES, CX, OPERANDS, ROW, SITE, alloc_words, flush_rows};

/// How many places that can fail leave the kernel by one block. The register allocator looks for what dominates it by
/// walking up from each of them: from thousands, that would take a time that grows with their square.
const SHARED_BY: usize = 64;

/// A place that can fail: a primitive, or a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    /// The place in the job.
    pub(super) span: Span,
    /// The primitive; `None` for a call.
    pub(super) prim: Option<Prim>,
}

/// The facts about a kernel that `emit_func` gives besides its code.
pub(super) struct Emitted {
    /// Places that can fail, by the numbers that failing code leaves.
    pub(super) sites: Vec<Site>,
    /// Places in the job, by the numbers of Cranelift's source locations.
    pub(super) places: Vec<Span>,
}

/// Emits a kernel into a function of the signature `(state) -> status`.
pub(super) fn emit_func(function: &mut Function, func: &Func, target: TargetFrontendConfig) -> Emitted {
    let mut context = FunctionBuilderContext::new();
    let mut emitter = Emitter::start(function, &mut context, &[func], target);
    let loops = Rows::start(&mut emitter);
    emitter.enter(func);
    emitter.load_captures(0);
    loops.head(&mut emitter);
    let width = emitter.func.params.len() as i64 * 8;
    let row = loops.element(&mut emitter, state::ROWS, width);
    emitter.load_params(&func.params, row, 0);
    emitter.next.push(Next::row(loops.next));
    emitter.block(&func.body);
    loops.end_row(&mut emitter, true);
    emitter.finish(target)
}

fn signature(conv: CallConv, params: &[Type], result: Option<Type>) -> Signature {
    let mut signature = Signature::new(conv);
    signature.params.extend(params.iter().map(|ty| AbiParam::new(*ty)));
    signature.returns.extend(result.map(AbiParam::new));
    signature
}

/// The type of a register.
pub(super) fn clif_type(kind: Kind) -> Type {
    match kind {
        Kind::Float => types::F64,
        Kind::Int | Kind::Bool | Kind::Addr => types::I64,
    }
}

/// The most words of arguments and results.
#[derive(Default)]
struct Sizes {
    args: usize,
    rets: usize,
}

fn slot_sizes(funcs: &[&Func]) -> Sizes {
    let mut sizes = Sizes::default();
    let mut work: Vec<&[Inst]> = funcs.iter().map(|func| &func.body[..]).collect();
    while let Some(insts) = work.pop() {
        for inst in insts {
            match inst {
                Inst::Call { args, dsts, .. } => {
                    (sizes.args, sizes.rets) = (sizes.args.max(args.len()), sizes.rets.max(dsts.len()));
                }
                Inst::If { then, otherwise, .. } => work.extend([&then[..], &otherwise[..]]),
                Inst::For { body, .. } => work.push(body),
                Inst::Const { .. } | Inst::Str { .. } | Inst::Shape { .. } | Inst::Move { .. } => {}
                Inst::Prim { .. } | Inst::Load { .. } | Inst::Store { .. } | Inst::Alloc { .. } => {}
                Inst::Guard { .. } | Inst::Emit { .. } => {}
            }
        }
    }
    sizes
}

/// Room on the stack that the whole kernel shares.
struct Slots {
    args: StackSlot,
    rets: StackSlot,
}

/// Signatures of what kernels call.
struct Calls {
    runtime: SigRef,
    flush: SigRef,
    alloc: SigRef,
}

/// The destination of an emitted row.
#[derive(Clone, Copy)]
pub(super) enum Output {
    /// It goes to the buffer.
    Stage,
    /// It is the new state at this address.
    State(Value),
    /// It is folded into the state in registers.
    Fold,
    /// It is the new state in registers.
    FoldState,
}

/// The state of a fold in registers.
pub(super) struct FoldState<'k> {
    /// Whether there is a state.
    pub(super) some: Variable,
    /// Its words.
    pub(super) words: Vec<Variable>,
    /// The function that makes the next state of a state and a row.
    pub(super) seq: &'k Func,
}

/// Emits the instructions of kernels.
pub(super) struct Emitter<'a, 'k> {
    /// The frontend's builder.
    pub(super) builder: FunctionBuilder<'a>,
    pub(super) pointer: Type,
    /// The address of the state.
    pub(super) state: Value,
    cx: Value,
    slots: Slots,
    calls: Calls,
    /// Where a guard jumps: the end of the innermost row, loops innermost last.
    pub(super) next: Vec<Next>,
    /// Where row errors go, each for so many places.
    failed: Vec<Block>,
    /// Where a flush that wants no more goes.
    stopped: Block,
    /// The destinations of emitted rows.
    pub(super) output: Output,
    /// The number of the row.
    pub(super) row: Variable,
    /// Where the next emitted row goes.
    pub(super) pos: Variable,
    /// Where the emit buffer is full.
    limit: Variable,
    sites: Vec<Site>,
    places: Vec<Span>,
    /// The numbers of `places`.
    numbers: HashMap<Span, u32>,
    /// The registers of that kernel.
    pub(super) regs: Registers,
    /// The kernel whose body is being emitted.
    pub(super) func: &'k Func,
    /// The state of a fold.
    pub(super) fold: Option<FoldState<'k>>,
}

/// A body that is left for another one in its middle.
pub(super) struct Outer<'k>(Registers, &'k Func);

/// The loop over rows that surrounds a body.
pub(super) struct Rows {
    head: Block,
    /// The end of a row.
    pub(super) next: Block,
    done: Block,
}

impl Rows {
    /// Creates the blocks of a loop, and loads where it begins.
    pub(super) fn start(emitter: &mut Emitter<'_, '_>) -> Self {
        let [head, next, done] = [(); 3].map(|()| emitter.builder.create_block());
        for (variable, offset) in [(emitter.row, ROW), (emitter.pos, state::POS), (emitter.limit, state::LIMIT)] {
            let value = emitter.load(types::I64, emitter.state, offset);
            emitter.builder.def_var(variable, value);
        }
        Self { head, next, done }
    }

    /// Begins the loop: what follows is done for each row.
    pub(super) fn head(&self, emitter: &mut Emitter<'_, '_>) {
        let end = emitter.load(types::I64, emitter.state, state::END);
        let body = emitter.builder.create_block();
        emitter.builder.ins().jump(self.head, &[]);
        emitter.builder.switch_to_block(self.head);
        let row = emitter.builder.use_var(emitter.row);
        let more = emitter.builder.ins().icmp(IntCC::UnsignedLessThan, row, end);
        emitter.builder.ins().brif(more, body, &[] as &[BlockArg], self.done, &[] as &[BlockArg]);
        emitter.begin(body);
    }

    /// The address of the row's element in an array whose address the state has at `offset`.
    pub(super) fn element(&self, emitter: &mut Emitter<'_, '_>, offset: i32, bytes: i64) -> Value {
        let base = emitter.load(types::I64, emitter.state, offset);
        let row = emitter.builder.use_var(emitter.row);
        let at = emitter.builder.ins().imul_imm_s(row, bytes);
        emitter.builder.ins().iadd(base, at)
    }

    /// Ends the row and the loop; `ends` says whether the row's end is noted.
    pub(super) fn end_row(&self, emitter: &mut Emitter<'_, '_>, ends: bool) {
        emitter.builder.ins().jump(self.next, &[]);
        emitter.builder.switch_to_block(self.next);
        if ends {
            let slot = self.element(emitter, state::ENDS, 8);
            let shift = emitter.load(types::I64, emitter.state, state::SHIFT);
            let pos = emitter.builder.use_var(emitter.pos);
            let bytes = emitter.builder.ins().iadd(pos, shift);
            let end = emitter.builder.ins().ushr_imm_u(bytes, 3);
            emitter.builder.ins().store(MemFlagsData::trusted(), end, slot, 0);
        }
        let row = emitter.builder.use_var(emitter.row);
        let row = emitter.builder.ins().iadd_imm_s(row, 1);
        emitter.builder.def_var(emitter.row, row);
        emitter.builder.ins().jump(self.head, &[]);
        emitter.builder.switch_to_block(self.done);
        emitter.leave(state::DONE);
    }
}

impl<'a, 'k> Emitter<'a, 'k> {
    /// Begins a function of the signature `(state) -> status` that will run the bodies of kernels.
    pub(super) fn start(
        function: &'a mut Function,
        context: &'a mut FunctionBuilderContext,
        funcs: &[&'k Func],
        target: TargetFrontendConfig,
    ) -> Self {
        let (pointer, conv) = (target.pointer_type(), target.default_call_conv);
        function.signature = signature(conv, &[pointer], Some(types::I32));
        let mut builder = FunctionBuilder::new(function, context);
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let state = builder.block_params(entry)[0];
        let slot = |builder: &mut FunctionBuilder<'_>, words: usize| {
            let size = u32::try_from(words.max(1) * 8).expect("rows are limited in size");
            builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3))
        };
        let sizes = slot_sizes(funcs);
        let slots = Slots { args: slot(&mut builder, sizes.args), rets: slot(&mut builder, sizes.rets) };
        let calls = Calls {
            runtime: builder.import_signature(signature(conv, &[pointer; 3], Some(types::I32))),
            flush: builder.import_signature(signature(conv, &[pointer; 1], Some(types::I32))),
            alloc: builder.import_signature(signature(conv, &[pointer, types::I64], Some(pointer))),
        };
        let cx = builder.ins().load(pointer, MemFlagsData::trusted(), state, CX);
        let stopped = builder.create_block();
        let [row, pos, limit] = [(); 3].map(|()| builder.declare_var(types::I64));
        Self {
            builder,
            pointer,
            state,
            cx,
            slots,
            calls,
            next: Vec::new(),
            failed: Vec::new(),
            stopped,
            output: Output::Stage,
            row,
            pos,
            limit,
            sites: Vec::new(),
            places: Vec::new(),
            numbers: HashMap::new(),
            regs: Registers::default(),
            func: funcs[0],
            fold: None,
        }
    }

    /// Begins the body of a kernel: none of its registers is set.
    pub(super) fn enter(&mut self, func: &'k Func) {
        self.regs = Registers::of(func);
        self.func = func;
    }

    /// Leaves the body of a kernel to emit that of another.
    pub(super) fn leave_body(&mut self) -> Outer<'k> {
        Outer(std::mem::take(&mut self.regs), self.func)
    }

    /// Goes on with the body that was left.
    pub(super) fn enter_again(&mut self, Outer(regs, func): Outer<'k>) {
        (self.regs, self.func) = (regs, func);
    }

    /// Loads a word.
    pub(super) fn load(&mut self, ty: Type, base: Value, offset: i32) -> Value {
        self.builder.ins().load(ty, MemFlagsData::trusted(), base, offset)
    }

    /// The value of a register.
    pub(super) fn get(&self, reg: Reg) -> Value {
        self.regs.get(reg)
    }

    /// Sets a register.
    pub(super) fn set(&mut self, reg: Reg, value: Value) {
        self.regs.set(reg, value);
    }

    /// The type of a register of the kernel.
    pub(super) fn kind_type(&self, reg: Reg) -> Type {
        clif_type(self.func.regs[reg])
    }

    /// Loads the captured values of the kernel, from word `first` on.
    pub(super) fn load_captures(&mut self, first: usize) {
        let captures = self.load(self.pointer, self.state, CAPTURES);
        let func = self.func;
        self.load_params(&func.captures, captures, first);
    }

    /// Sets registers to the words at an address, from word `first` on.
    pub(super) fn load_params(&mut self, regs: &[Reg], base: Value, first: usize) {
        for (at, reg) in regs.iter().enumerate() {
            let offset = i32::try_from((first + at) * 8).expect("rows are limited in size");
            let value = self.load(self.kind_type(*reg), base, offset);
            self.set(*reg, value);
        }
    }

    /// Leaves the function with a status; the row and the emit buffer's end are left in the state.
    fn leave(&mut self, status: i64) {
        for (variable, offset) in [(self.row, ROW), (self.pos, state::POS)] {
            let value = self.builder.use_var(variable);
            self.builder.ins().store(MemFlagsData::trusted(), value, self.state, offset);
        }
        self.leave_fold();
        let status = self.builder.ins().iconst(types::I32, status);
        self.builder.ins().return_(&[status]);
    }

    /// Ends the function.
    pub(super) fn finish(mut self, target: TargetFrontendConfig) -> Emitted {
        let failed = std::mem::take(&mut self.failed).into_iter().map(|block| (block, state::FAILED));
        for (block, status) in failed.chain([(self.stopped, state::STOPPED)]) {
            self.builder.set_cold_block(block);
            self.begin(block);
            self.leave(status);
        }
        self.builder.seal_all_blocks();
        self.builder.finalize(target);
        Emitted { sites: self.sites, places: self.places }
    }

    /// Emits instructions.
    pub(super) fn block(&mut self, insts: &[Inst]) {
        for inst in insts {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.inst(inst));
        }
    }

    fn inst(&mut self, inst: &Inst) {
        match inst {
            Inst::Const { dst, bits } => self.constant(*dst, *bits),
            Inst::Str { dst, text } => {
                let words = str_words(text);
                dst.iter().zip(words).for_each(|(dst, word)| self.constant(*dst, word));
            }
            Inst::Shape { dst, shape } => self.constant(*dst, std::sync::Arc::as_ptr(shape) as u64),
            Inst::Move { dst, src } => {
                let value = self.get(*src);
                self.set(*dst, value);
            }
            Inst::Prim { prim, dst, args, span } => {
                self.at(*span);
                let [a, b] = args.map(|reg| self.get(reg));
                let value = self.prim(*prim, a, b, *span);
                self.set(*dst, value);
            }
            Inst::Call { func, args, dsts, span, .. } => {
                self.at(*span);
                if !self.intrinsic(func, args, dsts) {
                    self.call(func, args, dsts, *span);
                }
            }
            Inst::Load { dst, addr, index, scale, offset } => {
                let (address, offset) = self.address(*addr, *index, *scale, *offset);
                let ty = self.kind_type(*dst);
                let value = self.builder.ins().load(ty, MemFlagsData::trusted(), address, offset);
                self.set(*dst, value);
            }
            Inst::Store { src, addr, index, scale, offset } => {
                let (address, offset) = self.address(*addr, *index, *scale, *offset);
                let value = self.get(*src);
                self.builder.ins().store(MemFlagsData::trusted(), value, address, offset);
            }
            Inst::Alloc { dst, count, scale, extra } => self.alloc(*dst, *count, *scale, *extra),
            Inst::If { cond, then, otherwise } => self.branch(*cond, then, otherwise),
            Inst::For { index, len, body } => self.count(*index, *len, body),
            Inst::Guard { cond } => self.guard(*cond),
            Inst::Emit { regs } => self.emit(regs),
        }
    }

    /// Says that what follows is for a place in the job.
    fn at(&mut self, span: Span) {
        let number = *self.numbers.entry(span).or_insert_with(|| {
            self.places.push(span);
            self.places.len() as u32 - 1
        });
        self.builder.set_srcloc(SourceLoc::new(number));
    }

    fn constant(&mut self, dst: Reg, bits: u64) {
        let value = match self.func.regs[dst] {
            Kind::Float => self.builder.ins().f64const(f64::from_bits(bits)),
            Kind::Int | Kind::Bool | Kind::Addr => self.builder.ins().iconst(types::I64, bits as i64),
        };
        self.set(dst, value);
    }

    /// Address and constant offset of a word of an object.
    fn address(&mut self, addr: Reg, index: Option<Reg>, scale: u32, offset: u32) -> (Value, i32) {
        let base = self.get(addr);
        let offset = i32::try_from(offset * 8).expect("values are limited in size");
        let Some(index) = index else { return (base, offset) };
        let index = self.get(index);
        let bytes = self.builder.ins().imul_imm_s(index, i64::from(scale) * 8);
        (self.builder.ins().iadd(base, bytes), offset)
    }

    fn alloc(&mut self, dst: Reg, count: Option<Reg>, scale: u32, extra: u32) {
        let words = match count {
            None => self.builder.ins().iconst(types::I64, i64::from(extra)),
            Some(count) => {
                let count = self.get(count);
                let words = self.builder.ins().imul_imm_s(count, i64::from(scale));
                self.builder.ins().iadd_imm_s(words, i64::from(extra))
            }
        };
        let callee = self.address_of(alloc_words as *const () as usize);
        let call = self.builder.ins().call_indirect(self.calls.alloc, callee, &[self.cx, words]);
        let object = self.builder.inst_results(call)[0];
        let none = self.builder.ins().icmp_imm_s(IntCC::Equal, object, 0);
        self.fail_if(none, None, Span { file: FileId(0), start: 0, end: 0 });
        self.set(dst, object);
    }

    fn address_of(&mut self, address: usize) -> Value {
        self.builder.ins().iconst(self.pointer, address as i64)
    }

    fn call(&mut self, func: &'static RtFn, args: &[Reg], dsts: &[Reg], span: Span) {
        for (at, arg) in args.iter().enumerate() {
            let value = self.get(*arg);
            self.builder.ins().stack_store(self.pointer, value, self.slots.args, at as i32 * 8);
        }
        let arg_words = self.builder.ins().stack_addr(self.pointer, self.slots.args, 0);
        let ret_words = self.builder.ins().stack_addr(self.pointer, self.slots.rets, 0);
        let callee = self.address_of(func.entry as *const () as usize);
        let call = self.builder.ins().call_indirect(self.calls.runtime, callee, &[self.cx, arg_words, ret_words]);
        let status = self.builder.inst_results(call)[0];
        self.fail_if(status, None, span);
        for (at, dst) in dsts.iter().enumerate() {
            let ty = self.kind_type(*dst);
            let value = self.builder.ins().stack_load(self.pointer, ty, self.slots.rets, at as i32 * 8);
            self.set(*dst, value);
        }
    }

    fn emit(&mut self, regs: &[Reg]) {
        match self.output {
            Output::Stage => {
                let pos = self.builder.use_var(self.pos);
                self.store_row(regs, pos);
                self.advance(pos, regs.len().max(1));
            }
            Output::State(address) => self.store_row(regs, address),
            Output::Fold => {
                let row = regs.iter().map(|reg| self.get(*reg)).collect();
                self.fold_row(row);
            }
            Output::FoldState => {
                let state: Vec<Value> = regs.iter().map(|reg| self.get(*reg)).collect();
                self.set_fold(&state);
            }
        }
    }

    fn store_row(&mut self, regs: &[Reg], address: Value) {
        // All are read before the first is written: a state may be emitted with its words in another order.
        let values: Vec<Value> = regs.iter().map(|reg| self.get(*reg)).collect();
        for (at, value) in values.into_iter().enumerate() {
            self.builder.ins().store(MemFlagsData::trusted(), value, address, at as i32 * 8);
        }
    }

    /// Goes on behind a emitted row, and has the emit buffer emptied when it is full.
    fn advance(&mut self, pos: Value, words: usize) {
        let pos = self.builder.ins().iadd_imm_s(pos, words as i64 * 8);
        self.builder.def_var(self.pos, pos);
        let limit = self.builder.use_var(self.limit);
        let full = self.builder.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, pos, limit);
        let [flush, taken, rest] = [(); 3].map(|()| self.builder.create_block());
        self.builder.set_cold_block(flush);
        self.builder.ins().brif(full, flush, &[] as &[BlockArg], rest, &[] as &[BlockArg]);
        self.begin(flush);
        for (variable, offset) in [(self.row, ROW), (self.pos, state::POS)] {
            let value = self.builder.use_var(variable);
            self.builder.ins().store(MemFlagsData::trusted(), value, self.state, offset);
        }
        let callee = self.address_of(flush_rows as *const () as usize);
        let call = self.builder.ins().call_indirect(self.calls.flush, callee, &[self.state]);
        let stop = self.builder.inst_results(call)[0];
        for (variable, offset) in [(self.pos, state::POS), (self.limit, state::LIMIT)] {
            let value = self.load(types::I64, self.state, offset);
            self.builder.def_var(variable, value);
        }
        self.builder.ins().brif(stop, self.stopped, &[] as &[BlockArg], taken, &[] as &[BlockArg]);
        self.begin(taken);
        self.builder.ins().jump(rest, &[]);
        self.begin(rest);
    }

    /// Goes on with a block to which all jumps have been made.
    pub(super) fn begin(&mut self, block: Block) {
        self.builder.seal_block(block);
        self.builder.switch_to_block(block);
    }

    /// Ends the kernel with a row error if `cond` is not zero. For a primitive, its operands are left in the state.
    pub(super) fn fail_if(&mut self, cond: Value, prim: Option<(Prim, Value, Value)>, span: Span) {
        let (fail, rest) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(fail);
        self.builder.ins().brif(cond, fail, &[] as &[BlockArg], rest, &[] as &[BlockArg]);
        self.begin(fail);
        let number = self.builder.ins().iconst(types::I64, self.sites.len() as i64);
        self.builder.ins().store(MemFlagsData::trusted(), number, self.state, SITE);
        if let Some((_, a, b)) = prim {
            self.builder.ins().store(MemFlagsData::trusted(), a, self.state, OPERANDS);
            self.builder.ins().store(MemFlagsData::trusted(), b, self.state, OPERANDS + 8);
        }
        if self.sites.len().is_multiple_of(SHARED_BY) {
            self.failed.push(self.builder.create_block());
        }
        let failed = *self.failed.last().expect("the first place has made one");
        self.builder.ins().jump(failed, &[]);
        self.sites.push(Site { span, prim: prim.map(|(prim, ..)| prim) });
        self.begin(rest);
    }
}
