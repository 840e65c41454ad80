//! Lists of texts that do not leave the kernel are written to scratch memory and not to the arena.
//!
//! `line.split(",")[3]` looks at four pieces and keeps none of the list:
//!
//! ```text
//! r4 = call strings::split_sep(r0, r1, r2, r3)       r8 = const 0    the slot
//!                                                    r9 = const 4    how many pieces are wanted
//!                                              →     r4 = call split_sep_scratch(r8, r9, r0, r1, r2, r3)
//! r5 = load r4[0]                                    (the rest stays)
//! r6 = ILt 3, r5
//! if r6 … else call out_of_range(3, r5)
//! r7 = load r4[7]
//! ```
//!
//! Legal when the register of the list is set once and read only by loads and by calls whose results cannot hold it: no
//! row, object or other register then has its address, and it is used up before the call is reached again. The list is as
//! long as wanted or shorter, which cannot be told from the whole one when all indices are constants below `wanted`, and
//! its length is only compared with constants that `wanted` is large enough for; the row error of an index that is out of
//! range names the true length, since the list was then shorter than wanted.

use std::collections::HashMap;

use crate::base::index::IndexVec;
use crate::runtime::call::abi;
use crate::runtime::call::abi::Instead;
use crate::runtime::call::prim::Prim;

use super::{Func, Inst, Kind, Reg};

/// Moves what can be to scratch slots from `first_slot` on; the first slot that is still free.
pub fn keep_in_scratch(func: &mut Func, first_slot: usize) -> usize {
    let mut facts = Facts::default();
    facts.define(&func.body);
    facts.sets.retain(|_, times| *times == 1);
    facts.lists.retain(|list, _| facts.sets.contains_key(list));
    if facts.lists.is_empty() {
        return first_slot;
    }
    facts.constants.retain(|reg, _| facts.sets.contains_key(reg));
    let Facts { lists, lengths, sets, .. } = &mut facts;
    lengths.retain(|len, list| sets.contains_key(len) && lists.contains_key(list));
    facts.read(&func.body, &func.regs);
    let mut rewriter = Rewriter { lists: facts.lists, regs: &mut func.regs, slot: first_slot };
    rewriter.block(&mut func.body);
    rewriter.slot
}

/// The parts of a list that a kernel reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    /// So many elements from the front.
    First(u32),
    /// All elements.
    All,
    /// The list itself.
    Kept,
}

/// The result of a walk over a kernel.
#[derive(Default)]
struct Facts {
    /// How often registers are set.
    sets: HashMap<Reg, u32>,
    /// Values of constant ints.
    constants: HashMap<Reg, i64>,
    /// Lists of texts that could be scratch.
    lists: HashMap<Reg, Wanted>,
    /// Registers of lengths, and the lists whose lengths they are.
    lengths: HashMap<Reg, Reg>,
}

impl Facts {
    fn define(&mut self, insts: &[Inst]) {
        for inst in insts {
            for dst in inst.dsts() {
                *self.sets.entry(*dst).or_default() += 1;
            }
            match inst {
                Inst::Const { dst, bits } => drop(self.constants.insert(*dst, *bits as i64)),
                Inst::Call { func: abi::RtFn { instead: Instead::Scratch(_), .. }, dsts, .. } => {
                    self.lists.insert(dsts[0], Wanted::First(0));
                }
                Inst::Load { dst, addr, index: None, offset: 0, .. } => drop(self.lengths.insert(*dst, *addr)),
                Inst::Str { .. } | Inst::Shape { .. } | Inst::Move { .. } | Inst::Prim { .. } => {}
                Inst::Call { .. } | Inst::Load { .. } | Inst::Store { .. } | Inst::Alloc { .. } => {}
                Inst::If { .. } | Inst::For { .. } | Inst::Guard { .. } | Inst::Emit { .. } => {}
            }
            inst.bodies().into_iter().for_each(|body| self.define(body));
        }
    }

    fn read(&mut self, insts: &[Inst], regs: &IndexVec<Reg, Kind>) {
        for inst in insts {
            self.read_one(inst, regs);
            inst.bodies().into_iter().for_each(|body| self.read(body, regs));
        }
    }

    fn read_one(&mut self, inst: &Inst, regs: &IndexVec<Reg, Kind>) {
        match inst {
            Inst::Load { addr, index, offset, .. } => {
                let wanted = if index.is_some() { Wanted::All } else { Wanted::First(offset.div_ceil(2)) };
                self.want(*addr, wanted);
                index.iter().for_each(|index| self.want(*index, Wanted::All));
            }
            Inst::Prim { prim, args, .. } => {
                let [a, b] = *args;
                self.want(a, self.compared(*prim, Side::Left, b));
                self.want(b, self.compared(*prim, Side::Right, a));
            }
            Inst::Call { func, args, .. } if func.instead == Instead::OutOfRange => {
                // Reached only if the length is at most the index.
                self.want(args[1], self.compared(Prim::ILt, Side::Right, args[0]));
            }
            Inst::Call { func, args, dsts, .. } => {
                let holds = func.result != abi::Kind::Str && dsts.iter().any(|dst| regs[*dst] == Kind::Addr);
                let wanted = if holds { Wanted::Kept } else { Wanted::All };
                args.iter().for_each(|arg| self.want(*arg, wanted));
            }
            Inst::For { len, .. } => self.want(*len, Wanted::All),
            Inst::Store { src, addr, index, .. } => {
                self.want(*src, Wanted::Kept);
                self.want(*addr, Wanted::Kept);
                index.iter().for_each(|index| self.want(*index, Wanted::All));
            }
            Inst::Move { src, .. } => self.want(*src, Wanted::Kept),
            Inst::Emit { regs } => regs.iter().for_each(|reg| self.want(*reg, Wanted::Kept)),
            Inst::Alloc { count, .. } => count.iter().for_each(|count| self.want(*count, Wanted::All)),
            Inst::If { cond, .. } | Inst::Guard { cond } => self.want(*cond, Wanted::All),
            Inst::Const { .. } | Inst::Str { .. } | Inst::Shape { .. } => {}
        }
    }

    /// Notes that so much is wanted of a list, or of the list whose length this is.
    fn want(&mut self, reg: Reg, wanted: Wanted) {
        // A register that holds a length wants that of the whole list, but not the list.
        let (list, wanted) = match self.lengths.get(&reg) {
            Some(list) => (*list, wanted.min(Wanted::All)),
            None => (reg, wanted),
        };
        if let Some(most) = self.lists.get_mut(&list) {
            *most = wanted.max(*most);
        }
    }

    /// How much is wanted of a list whose length is compared with something.
    fn compared(&self, prim: Prim, side: Side, other: Reg) -> Wanted {
        let Some(constant) = self.constants.get(&other) else { return Wanted::All };
        // A list that is cut at `n` elements is at least `n` long: that says all about lengths of up to `n`.
        let wanted = match (prim, side) {
            (Prim::ILt, Side::Left) | (Prim::ILe, Side::Right) => *constant,
            (Prim::ILt, Side::Right) | (Prim::ILe, Side::Left) | (Prim::IEq | Prim::INe, _) => {
                constant.saturating_add(1)
            }
            _ => return Wanted::All,
        };
        u32::try_from(wanted.max(0)).map_or(Wanted::All, Wanted::First)
    }
}

/// The side of a comparison on which a length stands.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Replaces the calls.
struct Rewriter<'a> {
    lists: HashMap<Reg, Wanted>,
    regs: &'a mut IndexVec<Reg, Kind>,
    slot: usize,
}

impl Rewriter<'_> {
    fn block(&mut self, insts: &mut Vec<Inst>) {
        for inst in std::mem::take(insts) {
            match inst {
                Inst::If { cond, mut then, mut otherwise } => {
                    self.block(&mut then);
                    self.block(&mut otherwise);
                    insts.push(Inst::If { cond, then, otherwise });
                }
                Inst::For { index, len, mut body } => {
                    self.block(&mut body);
                    insts.push(Inst::For { index, len, body });
                }
                Inst::Call { func, args, dsts, props, span } => {
                    let (func, args) = self.call(func, args, &dsts, insts);
                    insts.push(Inst::Call { func, args, dsts, props, span });
                }
                Inst::Const { .. } | Inst::Str { .. } | Inst::Shape { .. } | Inst::Move { .. } | Inst::Prim { .. } => {
                    insts.push(inst);
                }
                Inst::Load { .. }
                | Inst::Store { .. }
                | Inst::Alloc { .. }
                | Inst::Guard { .. }
                | Inst::Emit { .. } => {
                    insts.push(inst);
                }
            }
        }
    }

    fn call(
        &mut self,
        func: &'static abi::RtFn,
        args: Vec<Reg>,
        dsts: &[Reg],
        before: &mut Vec<Inst>,
    ) -> (&'static abi::RtFn, Vec<Reg>) {
        let (Instead::Scratch(scratch), [list]) = (func.instead, dsts) else { return (func, args) };
        let wanted = match self.lists.get(list) {
            Some(Wanted::First(n)) => i64::from(*n).max(1),
            Some(Wanted::All) => i64::MAX,
            Some(Wanted::Kept) | None => return (func, args),
        };
        let mut all = Vec::new();
        for value in [self.slot as i64, wanted] {
            let dst = self.regs.push(Kind::Int);
            before.push(Inst::Const { dst, bits: value as u64 });
            all.push(dst);
        }
        self.slot += 1;
        all.extend(args);
        (scratch, all)
    }
}
