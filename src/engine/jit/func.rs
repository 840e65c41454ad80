//! Kernel IR to Cranelift IR.
//!
//! Registers become variables of the frontend, which makes SSA of them. Control is structured, so blocks are sealed as soon
//! as their predecessors are known. Rows, arguments and results pass through two stack slots of a kernel.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, Function, InstBuilder, MemFlagsData, SigRef, Signature, SourceLoc, StackSlot,
    StackSlotData, StackSlotKind, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use crate::base::source::Span;
use crate::kir::{Func, Inst, Kind, Reg};
use crate::runtime::abi::RtFn;
use crate::runtime::prim::Prim;
use crate::runtime::slices::OUT_OF_RANGE;
use crate::runtime::value::str_words;

use super::module::{CAPTURES, CX, OPERANDS, SITE, alloc_words, emit_row};

/// A place that can fail: a primitive, or a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    /// The place in the job.
    pub(super) span: Span,
    /// The primitive; `None` for a call.
    pub(super) prim: Option<Prim>,
}

/// What `emit_func` tells of a kernel besides its code.
pub(super) struct Emitted {
    /// Places that can fail, by the numbers that failing code leaves.
    pub(super) sites: Vec<Site>,
    /// Places in the job, by the numbers of Cranelift's source locations.
    pub(super) places: Vec<Span>,
}

/// Emits a kernel into a function of the signature `(state, row) -> status`.
pub(super) fn emit_func(function: &mut Function, func: &Func, target: TargetFrontendConfig) -> Emitted {
    let (pointer, conv) = (target.pointer_type(), target.default_call_conv);
    function.signature = signature(conv, &[pointer, pointer], Some(types::I32));
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(function, &mut context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    builder.seal_block(entry);
    let [state, row] = [builder.block_params(entry)[0], builder.block_params(entry)[1]];
    let slot = |builder: &mut FunctionBuilder<'_>, words: usize| {
        let size = u32::try_from(words.max(1) * 8).expect("rows are limited in size");
        builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3))
    };
    let sizes = slot_sizes(&func.body);
    let slots = Slots {
        row: slot(&mut builder, sizes.row),
        args: slot(&mut builder, sizes.args),
        rets: slot(&mut builder, sizes.rets),
    };
    let calls = Calls {
        runtime: builder.import_signature(signature(conv, &[pointer; 3], Some(types::I32))),
        emit: builder.import_signature(signature(conv, &[pointer; 2], Some(types::I32))),
        alloc: builder.import_signature(signature(conv, &[pointer, types::I64], Some(pointer))),
    };
    let cx = builder.ins().load(pointer, MemFlagsData::trusted(), state, CX);
    let done = builder.create_block();
    let variables = func.regs.iter().map(|kind| builder.declare_var(clif_type(*kind))).collect();
    let mut emitter = Emitter {
        builder,
        pointer,
        state,
        cx,
        slots,
        calls,
        next: vec![done],
        sites: Vec::new(),
        places: Vec::new(),
        variables,
        func,
    };
    emitter.load_inputs(row);
    emitter.block(&func.body);
    emitter.finish(done, target)
}

fn signature(conv: CallConv, params: &[Type], result: Option<Type>) -> Signature {
    let mut signature = Signature::new(conv);
    signature.params.extend(params.iter().map(|ty| AbiParam::new(*ty)));
    signature.returns.extend(result.map(AbiParam::new));
    signature
}

fn clif_type(kind: Kind) -> Type {
    match kind {
        Kind::Float => types::F64,
        Kind::Int | Kind::Bool | Kind::Addr => types::I64,
    }
}

/// The most words of rows, arguments and results.
#[derive(Default)]
struct Sizes {
    row: usize,
    args: usize,
    rets: usize,
}

fn slot_sizes(insts: &[Inst]) -> Sizes {
    let mut sizes = Sizes::default();
    let mut work: Vec<&[Inst]> = vec![insts];
    while let Some(insts) = work.pop() {
        for inst in insts {
            match inst {
                Inst::Emit { regs } => sizes.row = sizes.row.max(regs.len()),
                Inst::Call { args, dsts, .. } => {
                    (sizes.args, sizes.rets) = (sizes.args.max(args.len()), sizes.rets.max(dsts.len()));
                }
                Inst::If { then, otherwise, .. } => work.extend([&then[..], &otherwise[..]]),
                Inst::For { body, .. } => work.push(body),
                Inst::Const { .. } | Inst::Str { .. } | Inst::Shape { .. } | Inst::Move { .. } => {}
                Inst::Prim { .. } | Inst::Load { .. } | Inst::Store { .. } | Inst::Alloc { .. } => {}
                Inst::Guard { .. } => {}
            }
        }
    }
    sizes
}

/// Room on the stack that the whole kernel shares.
struct Slots {
    row: StackSlot,
    args: StackSlot,
    rets: StackSlot,
}

/// Signatures of what kernels call.
struct Calls {
    runtime: SigRef,
    emit: SigRef,
    alloc: SigRef,
}

/// Emits the instructions of a kernel.
pub(super) struct Emitter<'a, 'k> {
    /// The frontend's builder.
    pub(super) builder: FunctionBuilder<'a>,
    pointer: Type,
    state: Value,
    cx: Value,
    slots: Slots,
    calls: Calls,
    /// Where a guard jumps: the end of the innermost row, loops innermost last.
    next: Vec<Block>,
    sites: Vec<Site>,
    places: Vec<Span>,
    variables: Vec<Variable>,
    func: &'k Func,
}

impl Emitter<'_, '_> {
    /// The value of a register.
    pub(super) fn get(&mut self, reg: Reg) -> Value {
        self.builder.use_var(self.variables[reg.0 as usize])
    }

    /// Sets a register.
    pub(super) fn set(&mut self, reg: Reg, value: Value) {
        self.builder.def_var(self.variables[reg.0 as usize], value);
    }

    fn kind_type(&self, reg: Reg) -> Type {
        clif_type(self.func.regs[reg])
    }

    fn load_inputs(&mut self, row: Value) {
        let captures = self.builder.ins().load(self.pointer, MemFlagsData::trusted(), self.state, CAPTURES);
        let func = self.func;
        for (base, regs) in [(row, &func.params), (captures, &func.captures)] {
            for (at, reg) in regs.iter().enumerate() {
                let ty = self.kind_type(*reg);
                let value = self.builder.ins().load(ty, MemFlagsData::trusted(), base, at as i32 * 8);
                self.set(*reg, value);
            }
        }
    }

    fn finish(mut self, done: Block, target: TargetFrontendConfig) -> Emitted {
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(done);
        let ok = self.builder.ins().iconst(types::I32, 0);
        self.builder.ins().return_(&[ok]);
        self.builder.seal_all_blocks();
        self.builder.finalize(target);
        Emitted { sites: self.sites, places: self.places }
    }

    fn block(&mut self, insts: &[Inst]) {
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
                self.call(func, args, dsts, *span);
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
        let known = self.places.iter().position(|place| *place == span);
        let number = known.unwrap_or_else(|| {
            self.places.push(span);
            self.places.len() - 1
        });
        self.builder.set_srcloc(SourceLoc::new(number as u32));
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
        for (at, reg) in regs.iter().enumerate() {
            let value = self.get(*reg);
            self.builder.ins().stack_store(self.pointer, value, self.slots.row, at as i32 * 8);
        }
        let row = self.builder.ins().stack_addr(self.pointer, self.slots.row, 0);
        let callee = self.address_of(emit_row as *const () as usize);
        let call = self.builder.ins().call_indirect(self.calls.emit, callee, &[self.state, row]);
        let status = self.builder.inst_results(call)[0];
        self.fail_if(status, None, Span { file: crate::base::source::FileId(0), start: 0, end: 0 });
    }

    /// Ends the kernel with a row error if `cond` is not zero. For a primitive, its operands are left in the state.
    pub(super) fn fail_if(&mut self, cond: Value, prim: Option<(Prim, Value, Value)>, span: Span) {
        let (fail, rest) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(fail);
        self.builder.ins().brif(cond, fail, &[] as &[BlockArg], rest, &[] as &[BlockArg]);
        self.builder.switch_to_block(fail);
        let number = self.builder.ins().iconst(types::I64, self.sites.len() as i64);
        self.builder.ins().store(MemFlagsData::trusted(), number, self.state, SITE);
        if let Some((_, a, b)) = prim {
            self.builder.ins().store(MemFlagsData::trusted(), a, self.state, OPERANDS);
            self.builder.ins().store(MemFlagsData::trusted(), b, self.state, OPERANDS + 8);
        }
        let failed = self.builder.ins().iconst(types::I32, 1);
        self.builder.ins().return_(&[failed]);
        self.sites.push(Site { span, prim: prim.map(|(prim, ..)| prim) });
        self.builder.switch_to_block(rest);
    }

    fn branch(&mut self, cond: Reg, then: &[Inst], otherwise: &[Inst]) {
        let cond = self.get(cond);
        let [yes, no, after] = [(); 3].map(|()| self.builder.create_block());
        if let [Inst::Call { func, .. }] = otherwise
            && std::ptr::eq(*func, &OUT_OF_RANGE)
        {
            self.builder.set_cold_block(no);
        }
        self.builder.ins().brif(cond, yes, &[] as &[BlockArg], no, &[] as &[BlockArg]);
        for (block, insts) in [(yes, then), (no, otherwise)] {
            self.builder.switch_to_block(block);
            self.block(insts);
            self.builder.ins().jump(after, &[]);
        }
        self.builder.switch_to_block(after);
    }

    fn count(&mut self, index: Reg, len: Reg, body: &[Inst]) {
        let zero = self.builder.ins().iconst(types::I64, 0);
        self.set(index, zero);
        let [top, inside, next, after] = [(); 4].map(|()| self.builder.create_block());
        self.builder.ins().jump(top, &[]);
        self.builder.switch_to_block(top);
        let (at, len) = (self.get(index), self.get(len));
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, at, len);
        self.builder.ins().brif(more, inside, &[] as &[BlockArg], after, &[] as &[BlockArg]);
        self.builder.switch_to_block(inside);
        self.next.push(next);
        self.block(body);
        self.next.pop();
        self.builder.ins().jump(next, &[]);
        self.builder.switch_to_block(next);
        let at = self.get(index);
        let again = self.builder.ins().iadd_imm_s(at, 1);
        self.set(index, again);
        self.builder.ins().jump(top, &[]);
        self.builder.switch_to_block(after);
    }

    fn guard(&mut self, cond: Reg) {
        let cond = self.get(cond);
        let rest = self.builder.create_block();
        let next = *self.next.last().expect("the kernel's end is always there");
        self.builder.ins().brif(cond, rest, &[] as &[BlockArg], next, &[] as &[BlockArg]);
        self.builder.switch_to_block(rest);
    }
}
