//! Control of kernels: `if`, counted loops and guards, and the registers that are joined behind them.
//!
//! Control is structured, so the value of a register after it is known as soon as its bodies are emitted: where the two
//! bodies of an `if` leave a register with different values, the block after them has a parameter for it; a loop's head
//! has one for each register that is set before it and in it.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, Inst as Jump, InstBuilder, Value, types};

use crate::kir::{Inst, Reg};
use crate::runtime::call::abi::Instead;

use super::func::Emitter;
use super::regs::Next;

impl Emitter<'_, '_> {
    /// Runs one of two bodies.
    pub(super) fn branch(&mut self, cond: Reg, then: &[Inst], otherwise: &[Inst]) {
        let cond = self.get(cond);
        let [yes, no, after] = [(); 3].map(|()| self.builder.create_block());
        if let [Inst::Call { func, .. }] = otherwise
            && func.instead == Instead::OutOfRange
        {
            self.builder.set_cold_block(no);
        }
        self.builder.ins().brif(cond, yes, &[] as &[BlockArg], no, &[] as &[BlockArg]);
        let mark = self.regs.mark();
        let [then, otherwise] = [(yes, then), (no, otherwise)].map(|(block, insts)| {
            self.begin(block);
            self.block(insts);
            let jump = self.builder.ins().jump(after, &[]);
            (jump, self.regs.undo(mark))
        });
        self.join(after, then, otherwise);
        self.begin(after);
    }

    /// Gives registers the values that two bodies leave in them, where both do; those that differ become parameters.
    fn join(&mut self, after: Block, then: (Jump, Vec<(Reg, Value)>), otherwise: (Jump, Vec<(Reg, Value)>)) {
        let (jumps, [a, b]) = ([then.0, otherwise.0], [then.1, otherwise.1]);
        let value =
            |all: &[(Reg, Value)], reg: Reg| all.binary_search_by_key(&reg, |(reg, _)| *reg).ok().map(|at| all[at].1);
        let mut regs: Vec<Reg> = a.iter().chain(&b).map(|(reg, _)| *reg).collect();
        regs.sort_unstable();
        regs.dedup();
        for reg in regs {
            let before = self.regs.known(reg);
            let (Some(x), Some(y)) = (value(&a, reg).or(before), value(&b, reg).or(before)) else { continue };
            if x == y {
                self.set(reg, x);
                continue;
            }
            let ty = self.kind_type(reg);
            let joined = self.builder.append_block_param(after, ty);
            self.pass(jumps[0], x);
            self.pass(jumps[1], y);
            self.set(reg, joined);
        }
    }

    /// Adds an argument to a jump.
    fn pass(&mut self, jump: Jump, value: Value) {
        let dfg = &mut self.builder.func.dfg;
        let targets = dfg.insts[jump].branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables);
        targets[0].append_argument(value, &mut dfg.value_lists);
    }

    /// Runs a body with an index from 0 to a length excluded.
    pub(super) fn count(&mut self, index: Reg, len: Reg, body: &[Inst]) {
        let carried = self.regs.changed(body);
        let [top, inside, next, after] = [(); 4].map(|()| self.builder.create_block());
        let zero = self.builder.ins().iconst(types::I64, 0);
        self.jump_with(top, Some(zero), &carried);
        self.builder.switch_to_block(top);
        let mark = self.regs.mark();
        let at = self.take(top, Some(index), &carried);
        let at_top: Vec<Value> = carried.iter().map(|reg| self.get(*reg)).collect();
        let len = self.get(len);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, at[0], len);
        self.builder.ins().brif(more, inside, &[] as &[BlockArg], after, &[] as &[BlockArg]);
        self.begin(inside);
        self.next.push(Next { block: next, carried });
        self.block(body);
        let Next { carried, .. } = self.next.pop().expect("pushed above");
        self.jump_with(next, None, &carried);
        self.begin(next);
        self.take(next, None, &carried);
        let again = self.builder.ins().iadd_imm_s(at[0], 1);
        self.jump_with(top, Some(again), &carried);
        self.builder.seal_block(top);
        self.regs.undo(mark);
        carried.iter().zip(at_top).for_each(|(reg, value)| self.set(*reg, value));
        self.begin(after);
    }

    /// Jumps to a block with values of registers, behind another one.
    fn jump_with(&mut self, block: Block, first: Option<Value>, regs: &[Reg]) {
        let args = self.arguments(first, regs);
        self.builder.ins().jump(block, &args);
    }

    fn arguments(&self, first: Option<Value>, regs: &[Reg]) -> Vec<BlockArg> {
        first.into_iter().chain(regs.iter().map(|reg| self.get(*reg))).map(BlockArg::from).collect()
    }

    /// Gives a block parameters for registers, and sets them to these.
    fn take(&mut self, block: Block, first: Option<Reg>, regs: &[Reg]) -> Vec<Value> {
        let taken = first.into_iter().chain(regs.iter().copied());
        let values = taken.map(|reg| {
            let value = self.builder.append_block_param(block, self.kind_type(reg));
            self.set(reg, value);
            value
        });
        values.collect()
    }

    /// Ends the innermost row unless a condition holds.
    pub(super) fn guard(&mut self, cond: Reg) {
        let cond = self.get(cond);
        let rest = self.builder.create_block();
        let next = self.next.last().expect("the kernel's end is always there");
        let args = self.arguments(None, &next.carried);
        self.builder.ins().brif(cond, rest, &[] as &[BlockArg], next.block, &args);
        self.begin(rest);
    }
}

#[cfg(test)]
mod tests {
    use cranelift_codegen::Context;
    use cranelift_codegen::control::ControlPlane;

    use super::super::func::emit_func;
    use super::super::{Jit, OptLevel};
    use crate::base::source::{FileId, Span};
    use crate::hir::{Expr, ExprKind, LocalId};
    use crate::kir::Inst;
    use crate::kir::build::Builder;
    use crate::runtime::call::prim::Prim;
    use crate::types::ty::Ty;

    fn expr(kind: ExprKind, ty: Ty, at: usize) -> Expr {
        Expr { kind, ty, span: Span { file: FileId(0), start: at as u32, end: at as u32 + 1 } }
    }

    /// Values, blocks and bytes of code of a kernel that makes a list of `n` elements, `a + 1 if a < 2 else 3 // a`: places
    /// that can fail, and branches that are joined.
    fn size_of_list(n: usize) -> [usize; 3] {
        let local = LocalId(0);
        let int = |n, at| expr(ExprKind::Int(n), Ty::Int, at);
        let prim = |prim, a, b, at| expr(ExprKind::Prim(prim, vec![a, b]), Ty::Int, at);
        let element = |at: usize| {
            let a = || expr(ExprKind::Local(local), Ty::Int, at);
            let cond = expr(ExprKind::Prim(Prim::ILt, vec![a(), int(2, at)]), Ty::Bool, at);
            let then = prim(Prim::IAdd, a(), int(at as i64, at), at);
            let otherwise = prim(Prim::IFloorDiv, int(3, at), a(), at);
            expr(ExprKind::If(Box::new(cond), Box::new(then), Box::new(otherwise)), Ty::Int, at)
        };
        let list = expr(ExprKind::List((0..n).map(element).collect()), Ty::list(Ty::Int), 0);
        let mut b = Builder::new();
        let params = b.regs_of(&Ty::Int);
        b.bind(local, params.clone());
        let regs = b.expr(&list);
        b.push(Inst::Emit { regs });
        let (func, _) = b.finish("list", params, list.ty.shape());
        let jit = Jit::new(OptLevel::Speed).expect("this machine has code");
        let mut context = Context::new();
        emit_func(&mut context.func, &func, jit.isa.frontend_config());
        let (values, blocks) = (context.func.dfg.num_values(), context.func.dfg.num_blocks());
        let code = context.compile(&*jit.isa, &mut ControlPlane::default()).expect("the kernel is well formed");
        [values, blocks, code.code_buffer().len()]
    }

    #[test]
    fn code_grows_with_the_places_that_can_fail() {
        let (small, large) = (size_of_list(200), size_of_list(800));
        for (small, large) in small.into_iter().zip(large) {
            assert!(large < small * 9 / 2, "four times the places make {large} of {small}");
        }
    }
}
