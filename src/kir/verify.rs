//! Checks that a kernel is well formed: registers are set before they are read, kinds fit, rows have one shape,
//! and every function that is called is registered.
//!
//! The engines rely on it: a kernel that passes reads only registers that hold values of the kind it expects. It runs on
//! every kernel of a debug build and in tests.

use std::collections::HashSet;

use crate::catalog::functions;
use crate::runtime::call::abi;
use crate::runtime::call::prim::Prim;

use super::{Func, Inst, Kind, Reg, kinds};

/// The mistakes in a kernel, or nothing.
pub fn verify(func: &Func) -> Result<(), String> {
    let mut set: HashSet<Reg> = func.params.iter().chain(&func.captures).copied().collect();
    Verifier { func }.block(&func.body, &mut set)
}

struct Verifier<'a> {
    func: &'a Func,
}

impl Verifier<'_> {
    fn block(&self, insts: &[Inst], set: &mut HashSet<Reg>) -> Result<(), String> {
        insts.iter().try_for_each(|inst| self.inst(inst, set).map_err(|why| format!("{why} in {inst:?}")))
    }

    fn inst(&self, inst: &Inst, set: &mut HashSet<Reg>) -> Result<(), String> {
        match inst {
            Inst::Const { dst, .. } => self.define(*dst, None, set),
            Inst::Str { dst, .. } => {
                self.define(dst[0], Some(Kind::Addr), set)?;
                self.define(dst[1], Some(Kind::Int), set)
            }
            Inst::Shape { dst, .. } => self.define(*dst, Some(Kind::Addr), set),
            Inst::Move { dst, src } => {
                let kind = self.read(*src, None, set)?;
                self.define(*dst, Some(kind), set)
            }
            Inst::Prim { prim, dst, args, .. } => self.prim(*prim, *dst, args, set),
            Inst::Call { func, args, dsts, .. } => self.call(func, args, dsts, set),
            Inst::Load { dst, addr, index, .. } => {
                self.read(*addr, Some(Kind::Addr), set)?;
                self.read_index(*index, set)?;
                self.define(*dst, None, set)
            }
            Inst::Store { src, addr, index, .. } => {
                self.read(*src, None, set)?;
                self.read_index(*index, set)?;
                self.read(*addr, Some(Kind::Addr), set).map(drop)
            }
            Inst::Alloc { dst, count, .. } => {
                self.read_index(*count, set)?;
                self.define(*dst, Some(Kind::Addr), set)
            }
            Inst::If { cond, then, otherwise } => {
                self.read(*cond, Some(Kind::Bool), set)?;
                let (mut a, mut b) = (set.clone(), set.clone());
                self.block(then, &mut a)?;
                self.block(otherwise, &mut b)?;
                set.extend(a.intersection(&b));
                Ok(())
            }
            Inst::For { index, len, body } => {
                self.read(*len, Some(Kind::Int), set)?;
                let mut inner = set.clone();
                self.define(*index, Some(Kind::Int), &mut inner)?;
                self.block(body, &mut inner)
            }
            Inst::Guard { cond } => self.read(*cond, Some(Kind::Bool), set).map(drop),
            Inst::Emit { regs } => self.emit(regs, set),
        }
    }

    fn prim(&self, prim: Prim, dst: Reg, args: &[Reg; 2], set: &mut HashSet<Reg>) -> Result<(), String> {
        let float = matches!(prim, Prim::FNeg | Prim::FEq | Prim::FNe | Prim::FLt | Prim::FLe)
            || (prim.gives_float() && prim != Prim::IToF);
        for arg in &args[..prim.arity()] {
            let kind = self.read(*arg, None, set)?;
            if float != (kind == Kind::Float) {
                return Err(format!("{prim:?} of {kind:?}"));
            }
        }
        self.define(dst, None, set)
    }

    fn call(&self, func: &abi::RtFn, args: &[Reg], dsts: &[Reg], set: &mut HashSet<Reg>) -> Result<(), String> {
        if functions::find(func.name).is_none() {
            return Err(format!("`{}` is not registered", func.name));
        }
        for arg in args {
            self.read(*arg, None, set)?;
        }
        let want: &[Kind] = match func.result {
            abi::Kind::Int => &[Kind::Int],
            abi::Kind::Float => &[Kind::Float],
            abi::Kind::Bool => &[Kind::Bool],
            abi::Kind::Str => &[Kind::Addr, Kind::Int],
            abi::Kind::Unit => &[],
            abi::Kind::Any => return dsts.iter().try_for_each(|dst| self.define(*dst, None, set)),
        };
        if want.len() != dsts.len() {
            return Err(format!("{} words of {:?}", dsts.len(), func.result));
        }
        dsts.iter().zip(want).try_for_each(|(dst, kind)| self.define(*dst, Some(*kind), set))
    }

    fn emit(&self, regs: &[Reg], set: &HashSet<Reg>) -> Result<(), String> {
        let mut emits = Vec::new();
        kinds(&self.func.emits, &mut emits);
        if regs.len() != emits.len() {
            return Err(format!("{} words for a row of {}", regs.len(), emits.len()));
        }
        regs.iter().zip(&emits).try_for_each(|(reg, kind)| self.read(*reg, Some(*kind), set).map(drop))
    }

    fn read(&self, reg: Reg, want: Option<Kind>, set: &HashSet<Reg>) -> Result<Kind, String> {
        if !set.contains(&reg) {
            return Err(format!("r{} is read before it is set", reg.0));
        }
        let kind = self.kind(reg)?;
        match want {
            Some(want) if want != kind => Err(format!("r{} is {kind:?}, not {want:?}", reg.0)),
            _ => Ok(kind),
        }
    }

    fn read_index(&self, reg: Option<Reg>, set: &HashSet<Reg>) -> Result<(), String> {
        reg.map_or(Ok(()), |reg| self.read(reg, Some(Kind::Int), set).map(drop))
    }

    fn define(&self, reg: Reg, kind: Option<Kind>, set: &mut HashSet<Reg>) -> Result<(), String> {
        set.insert(reg);
        match (kind, self.kind(reg)?) {
            (Some(kind), found) if kind != found => Err(format!("r{} is set to {kind:?}", reg.0)),
            _ => Ok(()),
        }
    }

    fn kind(&self, reg: Reg) -> Result<Kind, String> {
        self.func.regs.get(reg).copied().ok_or_else(|| format!("there is no r{}", reg.0))
    }
}
