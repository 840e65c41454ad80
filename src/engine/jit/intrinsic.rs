//! Runtime functions that are quicker in a few instructions than as a call. Each mirrors the function, which stays the
//! meaning; none can fail.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, types};

use crate::kir::Reg;
use crate::runtime::call::abi::{Instead, RtFn};

use super::func::Emitter;

impl Emitter<'_, '_> {
    /// Emits a function in place of its call; false if it is none of these.
    pub(super) fn intrinsic(&mut self, func: &RtFn, args: &[Reg], dsts: &[Reg]) -> bool {
        let (Instead::WideAdd, [_shape, high, low, n], [to_high, to_low]) = (func.instead, args, dsts) else {
            return false;
        };
        self.wide_add([*high, *low, *n], [*to_high, *to_low]);
        true
    }

    /// A sum of 128 bits and an int.
    fn wide_add(&mut self, args: [Reg; 3], dsts: [Reg; 2]) {
        let [high, low, n] = args.map(|reg| self.get(reg));
        let sum = self.builder.ins().iadd(low, n);
        let carry = self.builder.ins().icmp(IntCC::UnsignedLessThan, sum, low);
        let carry = self.builder.ins().uextend(types::I64, carry);
        let sign = self.builder.ins().sshr_imm_u(n, 63);
        let high = self.builder.ins().iadd(high, sign);
        let high = self.builder.ins().iadd(high, carry);
        self.set(dsts[0], high);
        self.set(dsts[1], sum);
    }
}
