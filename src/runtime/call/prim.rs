//! The primitives: what a kernel computes in registers, without a call.
//!
//! The closed set in which the engines could differ. The meaning of each is its arm of [`Prim::eval`]: the interpreter and
//! the constant folder run it, and compiled code mirrors it.

use serde::{Deserialize, Serialize};

use super::trap::Reason;
use crate::runtime::value::words::Word;

/// A primitive of one or two operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Prim {
    /// Sum; overflow is a row error.
    IAdd,
    /// Difference; overflow is a row error.
    ISub,
    /// Product; overflow is a row error.
    IMul,
    /// Python's `//`: rounds down; by zero and `MIN // -1` are row errors.
    IFloorDiv,
    /// Python's `%`: the sign of the divisor; by zero is a row error.
    IMod,
    /// Negative; of `MIN` is a row error.
    INeg,
    /// Float of an int, nearest.
    IToF,
    /// Equal words: ints, bools.
    IEq,
    /// Different words.
    INe,
    /// Signed less.
    ILt,
    /// Signed less or equal.
    ILe,
    /// Float sum.
    FAdd,
    /// Float difference.
    FSub,
    /// Float product.
    FMul,
    /// Float quotient; by zero (of either sign) is a row error.
    FDiv,
    /// Float negative.
    FNeg,
    /// Float equal, by IEEE: NaN equals nothing.
    FEq,
    /// Float different.
    FNe,
    /// Float less.
    FLt,
    /// Float less or equal.
    FLe,
    /// Logical not of 0 or 1.
    Not,
}

impl Prim {
    /// The primitive on words. One-operand primitives ignore `b`.
    pub fn eval(self, a: Word, b: Word) -> Result<Word, Reason> {
        let (i, j) = (a as i64, b as i64);
        let (x, y) = (f64::from_bits(a), f64::from_bits(b));
        let int = |n: Option<i64>| n.map(|n| n as Word).ok_or(Reason::Overflow);
        let float = |x: f64| Ok(x.to_bits());
        let bool = |b: bool| Ok(Word::from(b));
        match self {
            Self::IAdd => int(i.checked_add(j)),
            Self::ISub => int(i.checked_sub(j)),
            Self::IMul => int(i.checked_mul(j)),
            Self::IFloorDiv if j == 0 => Err(Reason::ZeroDivision),
            Self::IFloorDiv => int(i.checked_div(j).map(|q| q - i64::from(i % j != 0 && (i < 0) != (j < 0)))),
            Self::IMod if j == 0 => Err(Reason::ZeroDivision),
            Self::IMod if j == -1 => Ok(0),
            Self::IMod => Ok((if i % j != 0 && (i < 0) != (j < 0) { i % j + j } else { i % j }) as Word),
            Self::INeg => int(i.checked_neg()),
            Self::IToF => float(i as f64),
            Self::IEq => bool(i == j),
            Self::INe => bool(i != j),
            Self::ILt => bool(i < j),
            Self::ILe => bool(i <= j),
            Self::FAdd => float(x + y),
            Self::FSub => float(x - y),
            Self::FMul => float(x * y),
            Self::FDiv if y == 0.0 => Err(Reason::ZeroDivision),
            Self::FDiv => float(x / y),
            Self::FNeg => float(-x),
            Self::FEq => bool(x == y),
            Self::FNe => bool(x != y),
            Self::FLt => bool(x < y),
            Self::FLe => bool(x <= y),
            Self::Not => bool(a == 0),
        }
    }

    /// Number of operands.
    pub fn arity(self) -> usize {
        match self {
            Self::INeg | Self::IToF | Self::FNeg | Self::Not => 1,
            Self::IAdd | Self::ISub | Self::IMul | Self::IFloorDiv | Self::IMod | Self::IEq | Self::INe => 2,
            Self::ILt | Self::ILe | Self::FAdd | Self::FSub | Self::FMul | Self::FDiv | Self::FEq | Self::FNe => 2,
            Self::FLt | Self::FLe => 2,
        }
    }

    /// Whether it can raise a row error.
    pub fn can_fail(self) -> bool {
        matches!(self, Self::IAdd | Self::ISub | Self::IMul | Self::IFloorDiv | Self::IMod | Self::INeg | Self::FDiv)
    }

    /// Whether the result is a float (else an int or a bool).
    pub fn gives_float(self) -> bool {
        matches!(self, Self::IToF | Self::FAdd | Self::FSub | Self::FMul | Self::FDiv | Self::FNeg)
    }

    /// The message of a row error of this primitive, with the operands.
    pub fn describe(self, reason: Reason, a: Word, b: Word) -> String {
        let (i, j) = (a as i64, b as i64);
        match (self, reason) {
            (Self::INeg, _) => format!("-({i}) does not fit 64 bits"),
            (Self::FDiv, _) => "float division by zero".into(),
            (_, Reason::ZeroDivision) => format!("integer division or modulo by zero: {i} by {j}"),
            (Self::IAdd, _) => format!("{i} + {j} does not fit 64 bits"),
            (Self::ISub, _) => format!("{i} - {j} does not fit 64 bits"),
            (Self::IMul, _) => format!("{i} * {j} does not fit 64 bits"),
            (_, _) => format!("{i} // {j} does not fit 64 bits"),
        }
    }
}
