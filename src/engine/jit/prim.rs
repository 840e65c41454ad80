//! Primitives in machine code: each mirrors its arm of [`Prim::eval`], which stays the meaning.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

use crate::base::source::Span;
use crate::runtime::call::prim::Prim;

use super::func::Emitter;

impl Emitter<'_, '_> {
    /// Emits a primitive; `b` is `a` for one operand.
    pub(super) fn prim(&mut self, prim: Prim, a: Value, b: Value, span: Span) -> Value {
        match prim {
            Prim::IAdd => self.checked(prim, a, b, span, |me| me.builder.ins().sadd_overflow(a, b)),
            Prim::ISub => self.checked(prim, a, b, span, |me| me.builder.ins().ssub_overflow(a, b)),
            Prim::IMul => self.checked(prim, a, b, span, |me| me.builder.ins().smul_overflow(a, b)),
            Prim::IFloorDiv => self.floor_div(a, b, span),
            Prim::IMod => self.modulo(a, b, span),
            Prim::INeg => {
                let least = self.builder.ins().icmp_imm_s(IntCC::Equal, a, i64::MIN);
                self.fail_if(least, Some((prim, a, a)), span);
                self.builder.ins().ineg(a)
            }
            Prim::IToF => self.builder.ins().fcvt_from_sint(types::F64, a),
            Prim::IEq => self.compare(IntCC::Equal, a, b),
            Prim::INe => self.compare(IntCC::NotEqual, a, b),
            Prim::ILt => self.compare(IntCC::SignedLessThan, a, b),
            Prim::ILe => self.compare(IntCC::SignedLessThanOrEqual, a, b),
            Prim::FAdd => self.builder.ins().fadd(a, b),
            Prim::FSub => self.builder.ins().fsub(a, b),
            Prim::FMul => self.builder.ins().fmul(a, b),
            Prim::FDiv => {
                let zero = self.builder.ins().f64const(0.0);
                let by_zero = self.builder.ins().fcmp(FloatCC::Equal, b, zero);
                self.fail_if(by_zero, Some((prim, a, b)), span);
                self.builder.ins().fdiv(a, b)
            }
            Prim::FNeg => self.builder.ins().fneg(a),
            Prim::FEq => self.compare_floats(FloatCC::Equal, a, b),
            Prim::FNe => self.compare_floats(FloatCC::NotEqual, a, b),
            Prim::FLt => self.compare_floats(FloatCC::LessThan, a, b),
            Prim::FLe => self.compare_floats(FloatCC::LessThanOrEqual, a, b),
            Prim::Not => {
                let not = self.builder.ins().icmp_imm_s(IntCC::Equal, a, 0);
                self.builder.ins().uextend(types::I64, not)
            }
        }
    }

    /// An operation that says whether it overflowed.
    fn checked(
        &mut self,
        prim: Prim,
        a: Value,
        b: Value,
        span: Span,
        operation: impl FnOnce(&mut Self) -> (Value, Value),
    ) -> Value {
        let (result, overflow) = operation(self);
        self.fail_if(overflow, Some((prim, a, b)), span);
        result
    }

    fn compare(&mut self, how: IntCC, a: Value, b: Value) -> Value {
        let holds = self.builder.ins().icmp(how, a, b);
        self.builder.ins().uextend(types::I64, holds)
    }

    fn compare_floats(&mut self, how: FloatCC, a: Value, b: Value) -> Value {
        let holds = self.builder.ins().fcmp(how, a, b);
        self.builder.ins().uextend(types::I64, holds)
    }

    /// The quotient rounded down. `sdiv` traps on zero and on `MIN / -1`, which are row errors here.
    fn floor_div(&mut self, a: Value, b: Value, span: Span) -> Value {
        let by_zero = self.builder.ins().icmp_imm_s(IntCC::Equal, b, 0);
        let least = self.builder.ins().icmp_imm_s(IntCC::Equal, a, i64::MIN);
        let negates = self.builder.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let overflows = self.builder.ins().band(least, negates);
        let fails = self.builder.ins().bor(by_zero, overflows);
        self.fail_if(fails, Some((Prim::IFloorDiv, a, b)), span);
        let quotient = self.builder.ins().sdiv(a, b);
        let product = self.builder.ins().imul(quotient, b);
        let rest = self.builder.ins().isub(a, product);
        let down = self.rounds_down(rest, b);
        self.builder.ins().isub(quotient, down)
    }

    /// The remainder with the sign of the divisor. `srem` traps on zero; by -1 it is taken by 1, which gives 0 too.
    fn modulo(&mut self, a: Value, b: Value, span: Span) -> Value {
        let by_zero = self.builder.ins().icmp_imm_s(IntCC::Equal, b, 0);
        self.fail_if(by_zero, Some((Prim::IMod, a, b)), span);
        let negates = self.builder.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let one = self.builder.ins().iconst(types::I64, 1);
        let divisor = self.builder.ins().select(negates, one, b);
        let rest = self.builder.ins().srem(a, divisor);
        let down = self.rounds_down(rest, b);
        let more = self.builder.ins().imul(down, b);
        self.builder.ins().iadd(rest, more)
    }

    /// 1 if a remainder is not zero and of another sign than the divisor, else 0.
    fn rounds_down(&mut self, rest: Value, divisor: Value) -> Value {
        let inexact = self.builder.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
        let signs = self.builder.ins().bxor(rest, divisor);
        let differ = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let down = self.builder.ins().band(inexact, differ);
        self.builder.ins().uextend(types::I64, down)
    }
}
