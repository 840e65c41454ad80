//! The kernel IR: what a fused segment of the plan does to one row, in typed registers and flat instructions.
//!
//! `flatMap split " " | map (w, 1)` becomes
//!
//! ```text
//! kernel words(r0: addr, r1: int)
//!   r2, r3 = str " "
//!   r4 = call strings::split(r0, r1, r2, r3)     @ 1:29
//!   r5 = load r4[0]
//!   for r6 in 0..r5
//!     r7 = load r4[r6 * 2 + 1]
//!     r8 = load r4[r6 * 2 + 2]
//!     r9 = const 1
//!     emit r7, r8, r9
//! ```
//!
//! A register is one machine word of a known kind and may be set more than once; a value of a type is a group of them
//! (`runtime/value/shape.rs`). Control is structured: `if`, counted `for`, and `next`, which ends the innermost row: the body of
//! the innermost `for`, or the kernel. There are no calls but those into the runtime. A function that gives a value emits
//! it as its only row.

pub mod build;
pub mod escape;
pub mod print;
pub mod verify;

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::index::{IndexVec, id};
use crate::base::source::Span;
use crate::base::wire::nested;
use crate::catalog::functions;
use crate::hir::Props;
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::prim::Prim;
use crate::runtime::value::shape::Shape;

id!(pub Reg, "Register of a kernel.");

/// The type of a register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Kind {
    /// Signed 64-bit integer; lengths too.
    Int,
    /// The bits of a float.
    Float,
    /// 0 or 1.
    Bool,
    /// An address: of text, a list, a table, a shape.
    Addr,
}

/// A kernel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Func {
    /// For listings.
    pub name: String,
    /// Registers that the caller sets: the words of the row.
    pub params: Vec<Reg>,
    /// Registers that hold captured values of the driver, set once.
    pub captures: Vec<Reg>,
    /// Kinds of all registers.
    pub regs: IndexVec<Reg, Kind>,
    /// Instructions.
    pub body: Vec<Inst>,
    /// Shape of the rows it emits.
    pub emits: Arc<Shape>,
}

impl Func {
    /// All instructions, those of inner blocks too.
    pub fn insts(&self) -> impl Iterator<Item = &Inst> {
        let mut work: Vec<std::slice::Iter<'_, Inst>> = vec![self.body.iter()];
        std::iter::from_fn(move || {
            loop {
                let Some(inst) = work.last_mut()?.next() else {
                    work.pop();
                    continue;
                };
                work.extend(inst.bodies().into_iter().rev().map(<[Inst]>::iter));
                return Some(inst);
            }
        })
    }

    /// Whether it prints or counts. Sampling and numbering are no such effects: they go on with each row.
    pub fn has_effects(&self) -> bool {
        self.insts().any(|inst| matches!(inst, Inst::Call { props, .. } if props.has(Props::EFFECT)))
    }

    /// Whether no row can fail in it.
    pub fn is_total(&self) -> bool {
        !self.insts().any(|inst| match inst {
            Inst::Prim { prim, .. } => prim.can_fail(),
            Inst::Call { props, .. } => !props.has(Props::TOTAL),
            Inst::Const { .. } | Inst::Str { .. } | Inst::Shape { .. } | Inst::Move { .. } | Inst::Load { .. } => false,
            Inst::Store { .. } | Inst::Alloc { .. } | Inst::If { .. } | Inst::For { .. } | Inst::Guard { .. } => false,
            Inst::Emit { .. } => false,
        })
    }
}

/// The runtime function of a name.
fn registered<'de, D: Deserializer<'de>>(from: D) -> Result<&'static RtFn, D::Error> {
    let name = String::deserialize(from)?;
    functions::find(&name).ok_or_else(|| D::Error::custom(format!("no runtime function `{name}`")))
}

/// An instruction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Inst {
    /// Sets a register to constant bits.
    Const { dst: Reg, bits: u64 },
    /// Sets address and length of a constant text.
    Str { dst: [Reg; 2], text: Arc<str> },
    /// Sets the address of a shape.
    Shape { dst: Reg, shape: Arc<Shape> },
    /// Copies a register.
    Move { dst: Reg, src: Reg },
    /// A primitive; `args[1]` is `args[0]` for one operand.
    Prim { prim: Prim, dst: Reg, args: [Reg; 2], span: Span },
    /// A runtime function; a row error ends the row.
    Call {
        #[serde(deserialize_with = "registered")]
        func: &'static RtFn,
        args: Vec<Reg>,
        dsts: Vec<Reg>,
        props: Props,
        span: Span,
    },
    /// Reads word `index * scale + offset` of an object; no index means `offset`.
    Load { dst: Reg, addr: Reg, index: Option<Reg>, scale: u32, offset: u32 },
    /// Writes word `index * scale + offset` of an object that this kernel allocated.
    Store { src: Reg, addr: Reg, index: Option<Reg>, scale: u32, offset: u32 },
    /// Allocates `count * scale + extra` zeroed words of the batch's arena.
    Alloc { dst: Reg, count: Option<Reg>, scale: u32, extra: u32 },
    /// Runs one of two bodies.
    If {
        cond: Reg,
        #[serde(with = "nested")]
        then: Vec<Inst>,
        #[serde(with = "nested")]
        otherwise: Vec<Inst>,
    },
    /// Runs the body with `index` from 0 to `len` excluded.
    For {
        index: Reg,
        len: Reg,
        #[serde(with = "nested")]
        body: Vec<Inst>,
    },
    /// Ends the innermost row if the condition does not hold.
    Guard { cond: Reg },
    /// Hands a row on.
    Emit { regs: Vec<Reg> },
}

impl Inst {
    /// Registers that it sets, without those that its bodies set.
    pub fn dsts(&self) -> &[Reg] {
        match self {
            Inst::Const { dst, .. } | Inst::Shape { dst, .. } | Inst::Move { dst, .. } | Inst::Prim { dst, .. } => {
                std::slice::from_ref(dst)
            }
            Inst::Load { dst, .. } | Inst::Alloc { dst, .. } | Inst::For { index: dst, .. } => {
                std::slice::from_ref(dst)
            }
            Inst::Str { dst, .. } => dst,
            Inst::Call { dsts, .. } => dsts,
            Inst::Store { .. } | Inst::If { .. } | Inst::Guard { .. } | Inst::Emit { .. } => &[],
        }
    }

    /// Its bodies, in order.
    pub fn bodies(&self) -> [&[Inst]; 2] {
        match self {
            Inst::If { then, otherwise, .. } => [then, otherwise],
            Inst::For { body, .. } => [body, &[]],
            Inst::Const { .. } | Inst::Str { .. } | Inst::Shape { .. } | Inst::Move { .. } => [&[], &[]],
            Inst::Prim { .. } | Inst::Call { .. } | Inst::Load { .. } | Inst::Store { .. } => [&[], &[]],
            Inst::Alloc { .. } | Inst::Guard { .. } | Inst::Emit { .. } => [&[], &[]],
        }
    }
}

/// The kinds of the words of a shape.
pub fn kinds(shape: &Shape, out: &mut Vec<Kind>) {
    match shape {
        Shape::Int => out.push(Kind::Int),
        Shape::Float => out.push(Kind::Float),
        Shape::Bool => out.push(Kind::Bool),
        Shape::Str => out.extend([Kind::Addr, Kind::Int]),
        Shape::Tuple(components) => components.shapes.iter().for_each(|shape| kinds(shape, out)),
        Shape::Option(inner) => {
            out.push(Kind::Bool);
            kinds(inner, out);
        }
        Shape::List(_) | Shape::Set(_) | Shape::Map(..) => out.push(Kind::Addr),
    }
}
