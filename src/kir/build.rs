//! Builds kernels: registers, blocks, and typed expressions lowered to instructions.
//!
//! [`Builder`] owns the kernel under construction. [`Builder::expr`] lowers a typed expression and returns the registers
//! of its value: tuples, records and options are register groups and cost nothing. Locals that the kernel does not bind
//! itself are captured from the driver.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::index::IndexVec;
use crate::base::source::Span;
use crate::hir::walk::deeper;
use crate::hir::{Expr, ExprKind, Lambda, LocalId, LoopOp, Props};
use crate::runtime::call::abi;
use crate::runtime::call::abi::{Instead, RtFn};
use crate::runtime::call::prim::Prim;
use crate::runtime::python::slices::OUT_OF_RANGE;
use crate::runtime::spark::kernel;
use crate::runtime::value::shape::Shape;
use crate::types::ty::Ty;

use super::{Func, Inst, Kind, Reg, kinds};

/// A group of registers: the words of one value.
pub type Regs = Vec<Reg>;

/// A kernel under construction.
pub struct Builder {
    regs: IndexVec<Reg, Kind>,
    blocks: Vec<Vec<Inst>>,
    env: HashMap<LocalId, Regs>,
    scope: usize,
    captured: Vec<(Capture, Regs)>,
}

/// A driver's local that a kernel captures. Functions of different scopes (steps of a fused chain) may have captured the
/// same variable at different times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capture {
    /// The scope that was open, see [`Builder::enter`].
    pub scope: usize,
    /// The variable.
    pub local: LocalId,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// An empty kernel.
    pub fn new() -> Self {
        let blocks = vec![Vec::new()];
        Self { regs: IndexVec::new(), blocks, env: HashMap::new(), scope: 0, captured: Vec::new() }
    }

    /// Begins a function of another scope: locals bound so far are not seen any more, and captures are its own.
    pub fn enter(&mut self, scope: usize) {
        self.env.clear();
        self.scope = scope;
    }

    /// Finishes: the kernel, and the driver's locals that it captures, in the order of their registers.
    pub fn finish(mut self, name: impl Into<String>, params: Regs, emits: Shape) -> (Func, Vec<Capture>) {
        let body = self.blocks.pop().expect("the outermost block");
        let captures = self.captured.iter().flat_map(|(_, regs)| regs.iter().copied()).collect();
        let locals = self.captured.iter().map(|(capture, _)| *capture).collect();
        let func = Func { name: name.into(), params, captures, regs: self.regs, body, emits: Arc::new(emits) };
        debug_assert_eq!(super::verify::verify(&func), Ok(()), "{}", super::print::print_func(&func, None));
        (func, locals)
    }

    /// Adds an instruction to the innermost block.
    pub fn push(&mut self, inst: Inst) {
        self.blocks.last_mut().expect("a block is open").push(inst);
    }

    /// A new register.
    pub fn reg(&mut self, kind: Kind) -> Reg {
        self.regs.push(kind)
    }

    /// New registers for a value of a type.
    pub fn regs_of(&mut self, ty: &Ty) -> Regs {
        let mut all = Vec::new();
        kinds(&ty.shape(), &mut all);
        all.into_iter().map(|kind| self.reg(kind)).collect()
    }

    /// Runs `build` with a new innermost block and returns that block.
    pub fn block<T>(&mut self, build: impl FnOnce(&mut Self) -> T) -> (Vec<Inst>, T) {
        self.blocks.push(Vec::new());
        let result = build(self);
        (self.blocks.pop().expect("pushed above"), result)
    }

    /// Opens a block that [`Builder::close_for`] closes: what follows is the body of a loop.
    pub fn open(&mut self) {
        self.blocks.push(Vec::new());
    }

    /// Closes a block as the body of a counted loop.
    pub fn close_for(&mut self, index: Reg, len: Reg) {
        let body = self.blocks.pop().expect("opened before");
        self.push(Inst::For { index, len, body });
    }

    /// Binds a local to registers.
    pub fn bind(&mut self, local: LocalId, regs: Regs) {
        self.env.insert(local, regs);
    }

    /// An int constant.
    pub fn int(&mut self, value: i64) -> Reg {
        self.constant(Kind::Int, value as u64)
    }

    fn constant(&mut self, kind: Kind, bits: u64) -> Reg {
        let dst = self.reg(kind);
        self.push(Inst::Const { dst, bits });
        dst
    }

    fn move_all(&mut self, dsts: &[Reg], srcs: &[Reg]) {
        for (dst, src) in dsts.iter().zip(srcs) {
            self.push(Inst::Move { dst: *dst, src: *src });
        }
    }

    /// Calls a runtime function on values given as registers with their types.
    pub fn call(&mut self, func: &'static RtFn, args: &[(Regs, &Ty)], result: &Ty, props: Props, span: Span) -> Regs {
        let mut words = Vec::new();
        for ((regs, ty), kind) in args.iter().zip(func.params) {
            if *kind == abi::Kind::Any {
                words.push(self.shape(ty.shape()));
            }
            words.extend(regs);
        }
        let dsts = self.regs_of(result);
        self.push(Inst::Call { func, args: words, dsts: dsts.clone(), props, span });
        dsts
    }

    fn shape(&mut self, shape: Shape) -> Reg {
        let dst = self.reg(Kind::Addr);
        self.push(Inst::Shape { dst, shape: Arc::new(shape) });
        dst
    }

    /// Calls a function of elements: its parameters are bound to register groups.
    pub fn apply(&mut self, lambda: &Lambda, args: Vec<Regs>) -> Regs {
        for (param, regs) in lambda.params.iter().zip(args) {
            self.bind(*param, regs);
        }
        self.expr(&lambda.body)
    }

    /// Lowers an expression; the registers of its value.
    pub fn expr(&mut self, expr: &Expr) -> Regs {
        deeper(|| self.expr_here(expr))
    }

    fn expr_here(&mut self, expr: &Expr) -> Regs {
        match &expr.kind {
            ExprKind::Int(n) => vec![self.int(*n)],
            ExprKind::Float(x) => vec![self.constant(Kind::Float, x.to_bits())],
            ExprKind::Bool(b) => vec![self.constant(Kind::Bool, u64::from(*b))],
            ExprKind::Str(text) => self.text(text),
            ExprKind::Local(local) => self.local(*local, &expr.ty),
            ExprKind::Tuple(items) => items.iter().flat_map(|item| self.expr(item)).collect(),
            ExprKind::Field(tuple, idx) => self.field(tuple, *idx),
            ExprKind::None => self.none(&expr.ty),
            ExprKind::Some(inner) => {
                let value = self.expr(inner);
                let tag = self.constant(Kind::Bool, 1);
                std::iter::once(tag).chain(value).collect()
            }
            ExprKind::IfSome(option, local, then, otherwise) => self.if_some(option, *local, then, otherwise),
            ExprKind::List(items) => self.list(items, &expr.ty),
            ExprKind::If(cond, then, otherwise) => {
                let cond = self.expr(cond)[0];
                self.branch(cond, &expr.ty, |b| b.expr(then), |b| b.expr(otherwise))
            }
            ExprKind::And(a, b) => {
                let cond = self.expr(a)[0];
                self.branch(cond, &Ty::Bool, |me| me.expr(b), |me| vec![me.constant(Kind::Bool, 0)])
            }
            ExprKind::Or(a, b) => {
                let cond = self.expr(a)[0];
                self.branch(cond, &Ty::Bool, |me| vec![me.constant(Kind::Bool, 1)], |me| me.expr(b))
            }
            ExprKind::Let(local, bound, body) => {
                let regs = self.expr(bound);
                self.bind(*local, regs);
                self.expr(body)
            }
            ExprKind::Prim(prim, args) => vec![self.prim(*prim, args, expr.span)],
            ExprKind::Call(func, props, args) => match func.instead {
                Instead::Length => {
                    let object = self.expr(&args[0])[0];
                    vec![self.list_len(object)]
                }
                Instead::Item => self.item_at(args, &expr.ty, expr.span),
                Instead::Call | Instead::Scratch(_) | Instead::WideAdd | Instead::OutOfRange => {
                    let regs: Vec<_> = args.iter().map(|arg| (self.expr(arg), &arg.ty)).collect();
                    self.call(func, &regs, &expr.ty, *props, expr.span)
                }
            },
            ExprKind::Loop(op, args, lambda) => self.loop_over(*op, args, lambda, &expr.ty, expr.span),
            ExprKind::Core(op, _) => unreachable!("{op:?} inside a kernel: sema keeps RDDs in the driver"),
        }
    }

    fn text(&mut self, text: &Arc<str>) -> Regs {
        let dst = [self.reg(Kind::Addr), self.reg(Kind::Int)];
        self.push(Inst::Str { dst, text: text.clone() });
        dst.to_vec()
    }

    fn local(&mut self, local: LocalId, ty: &Ty) -> Regs {
        if let Some(regs) = self.env.get(&local) {
            return regs.clone();
        }
        let regs = self.regs_of(ty);
        self.captured.push((Capture { scope: self.scope, local }, regs.clone()));
        self.env.insert(local, regs.clone());
        regs
    }

    fn field(&mut self, tuple: &Expr, idx: usize) -> Regs {
        let regs = self.expr(tuple);
        let Shape::Tuple(components) = tuple.ty.shape() else { unreachable!("a field of {}", tuple.ty) };
        let at = components.offsets[idx];
        regs[at..at + components.shapes[idx].words()].to_vec()
    }

    /// `None` of an option type: a zero tag and a zero payload.
    fn none(&mut self, ty: &Ty) -> Regs {
        let regs = self.regs_of(ty);
        for reg in &regs {
            self.push(Inst::Const { dst: *reg, bits: 0 });
        }
        regs
    }

    fn prim(&mut self, prim: Prim, args: &[Expr], span: Span) -> Reg {
        let a = self.expr(&args[0])[0];
        let b = args.get(1).map_or(a, |arg| self.expr(arg)[0]);
        self.prim_regs(prim, [a, b], span)
    }

    /// A primitive on registers.
    pub fn prim_regs(&mut self, prim: Prim, args: [Reg; 2], span: Span) -> Reg {
        let gives_int = [Prim::IAdd, Prim::ISub, Prim::IMul, Prim::IFloorDiv, Prim::IMod, Prim::INeg].contains(&prim);
        let dst = match (prim.gives_float(), gives_int) {
            (true, _) => self.reg(Kind::Float),
            (false, true) => self.reg(Kind::Int),
            (false, false) => self.reg(Kind::Bool),
        };
        self.push(Inst::Prim { prim, dst, args, span });
        dst
    }

    /// Lowers two branches into one group of registers.
    fn branch(
        &mut self,
        cond: Reg,
        ty: &Ty,
        then: impl FnOnce(&mut Self) -> Regs,
        otherwise: impl FnOnce(&mut Self) -> Regs,
    ) -> Regs {
        let dsts = self.regs_of(ty);
        let (then, ()) = self.block(|b| {
            let srcs = then(b);
            b.move_all(&dsts, &srcs);
        });
        let (otherwise, ()) = self.block(|b| {
            let srcs = otherwise(b);
            b.move_all(&dsts, &srcs);
        });
        self.push(Inst::If { cond, then, otherwise });
        dsts
    }

    fn if_some(&mut self, option: &Expr, local: LocalId, then: &Expr, otherwise: &Expr) -> Regs {
        let regs = self.expr(option);
        let payload = regs[1..].to_vec();
        self.branch(
            regs[0],
            &then.ty,
            |b| {
                b.bind(local, payload);
                b.expr(then)
            },
            |b| b.expr(otherwise),
        )
    }

    fn list(&mut self, items: &[Expr], ty: &Ty) -> Regs {
        let Ty::List(elem) = ty else { unreachable!("a list of type {ty}") };
        let width = elem.shape().words();
        let dst = self.reg(Kind::Addr);
        self.push(Inst::Alloc { dst, count: None, scale: 0, extra: small(1 + width * items.len()) });
        let len = self.int(items.len() as i64);
        self.push(Inst::Store { src: len, addr: dst, index: None, scale: 0, offset: 0 });
        // Each is stored before the next is computed: few registers live at a time, however long the list.
        for (item, first) in items.iter().zip((1..).step_by(width.max(1))) {
            for (src, at) in self.expr(item).into_iter().zip(first..) {
                self.push(Inst::Store { src, addr: dst, index: None, scale: 0, offset: small(at) });
            }
        }
        vec![dst]
    }

    /// The length of a list.
    pub fn list_len(&mut self, list: Reg) -> Reg {
        let len = self.reg(Kind::Int);
        self.push(Inst::Load { dst: len, addr: list, index: None, scale: 0, offset: 0 });
        len
    }

    /// The element of a list at an index that is known to be within.
    pub fn list_item(&mut self, list: Reg, index: Reg, elem: &Ty) -> Regs {
        let dsts = self.regs_of(elem);
        let scale = small(dsts.len());
        for (at, dst) in dsts.iter().enumerate() {
            self.push(Inst::Load { dst: *dst, addr: list, index: Some(index), scale, offset: small(1 + at) });
        }
        dsts
    }

    /// `list[index]`: compares the index with the length and reads. Only what fails calls.
    fn item_at(&mut self, args: &[Expr], elem: &Ty, span: Span) -> Regs {
        /// Constant indices below this are offsets of the words.
        const NEAR: i64 = 1 << 16;
        const FAR: i64 = -NEAR;
        let list = self.expr(&args[0])[0];
        let index = self.expr(&args[1])[0];
        let len = self.list_len(list);
        match args[1].kind {
            ExprKind::Int(n @ 0..NEAR) => {
                let within = self.prim_regs(Prim::ILt, [index, len], span);
                self.check_index(within, index, len, span);
                let dsts = self.regs_of(elem);
                for (at, dst) in dsts.iter().enumerate() {
                    let offset = small(1 + n as usize * dsts.len() + at);
                    self.push(Inst::Load { dst: *dst, addr: list, index: None, scale: 0, offset });
                }
                dsts
            }
            ExprKind::Int(n @ FAR..0) => {
                let from_end = self.int(-n);
                let within = self.prim_regs(Prim::ILe, [from_end, len], span);
                self.check_index(within, index, len, span);
                let at = self.prim_regs(Prim::ISub, [len, from_end], span);
                self.list_item(list, at, elem)
            }
            _ => {
                let at = self.reg(Kind::Int);
                let within = self.position(index, len, at, span);
                self.check_index(within, index, len, span);
                self.list_item(list, at, elem)
            }
        }
    }

    /// Sets `at` to the position that an index means in a list; whether it is one.
    fn position(&mut self, index: Reg, len: Reg, at: Reg, span: Span) -> Reg {
        let within = self.reg(Kind::Bool);
        let zero = self.int(0);
        let negative = self.prim_regs(Prim::ILt, [index, zero], span);
        let (then, ()) = self.block(|b| {
            b.push(Inst::Prim { prim: Prim::IAdd, dst: at, args: [index, len], span });
            b.push(Inst::Prim { prim: Prim::ILe, dst: within, args: [zero, at], span });
        });
        let (otherwise, ()) = self.block(|b| {
            b.push(Inst::Move { dst: at, src: index });
            b.push(Inst::Prim { prim: Prim::ILt, dst: within, args: [index, len], span });
        });
        self.push(Inst::If { cond: negative, then, otherwise });
        within
    }

    /// A row error unless the index was found to be within the length.
    fn check_index(&mut self, within: Reg, index: Reg, len: Reg, span: Span) {
        let (otherwise, ()) = self.block(|b| {
            let args = [(vec![index], &Ty::Int), (vec![len], &Ty::Int)];
            b.call(OUT_OF_RANGE, &args, &Ty::unit(), Props::NONE, span);
        });
        self.push(Inst::If { cond: within, then: Vec::new(), otherwise });
    }

    fn loop_over(&mut self, op: LoopOp, args: &[Expr], lambda: &Lambda, ty: &Ty, span: Span) -> Regs {
        let Ty::List(elem) = &args[0].ty else { unreachable!("a loop over {}", args[0].ty) };
        let list = self.expr(&args[0])[0];
        let len = self.list_len(list);
        match op {
            LoopOp::Map => vec![self.map_list(list, len, elem, lambda)],
            LoopOp::Filter => vec![self.filter_list(list, len, elem, lambda)],
            LoopOp::Fold => self.fold_list(list, len, elem, &args[1], lambda),
            LoopOp::FlatMap => {
                let lists = self.map_list(list, len, elem, lambda);
                let nested = Ty::list(lambda.body.ty.clone());
                self.call(kernel::FLATTEN, &[(vec![lists], &nested)], ty, Props::TOTAL, span)
            }
        }
    }

    fn map_list(&mut self, list: Reg, len: Reg, elem: &Ty, lambda: &Lambda) -> Reg {
        let width = small(lambda.body.ty.shape().words());
        let (dst, index) = (self.reg(Kind::Addr), self.reg(Kind::Int));
        self.push(Inst::Alloc { dst, count: Some(len), scale: width, extra: 1 });
        self.push(Inst::Store { src: len, addr: dst, index: None, scale: 0, offset: 0 });
        self.open();
        let item = self.list_item(list, index, elem);
        let result = self.apply(lambda, vec![item]);
        self.store_item(dst, index, &result);
        self.close_for(index, len);
        dst
    }

    fn store_item(&mut self, list: Reg, index: Reg, words: &[Reg]) {
        let scale = small(words.len());
        for (at, src) in words.iter().enumerate() {
            self.push(Inst::Store { src: *src, addr: list, index: Some(index), scale, offset: small(1 + at) });
        }
    }

    fn filter_list(&mut self, list: Reg, len: Reg, elem: &Ty, lambda: &Lambda) -> Reg {
        let width = small(elem.shape().words());
        let (dst, index, kept) = (self.reg(Kind::Addr), self.reg(Kind::Int), self.reg(Kind::Int));
        self.push(Inst::Alloc { dst, count: Some(len), scale: width, extra: 1 });
        self.push(Inst::Const { dst: kept, bits: 0 });
        let one = self.int(1);
        self.open();
        let item = self.list_item(list, index, elem);
        let cond = self.apply(lambda, vec![item.clone()])[0];
        let (then, ()) = self.block(|b| {
            b.store_item(dst, kept, &item);
            b.push(Inst::Prim { prim: Prim::IAdd, dst: kept, args: [kept, one], span: lambda.body.span });
        });
        self.push(Inst::If { cond, then, otherwise: Vec::new() });
        self.close_for(index, len);
        self.push(Inst::Store { src: kept, addr: dst, index: None, scale: 0, offset: 0 });
        dst
    }

    fn fold_list(&mut self, list: Reg, len: Reg, elem: &Ty, start: &Expr, lambda: &Lambda) -> Regs {
        let first = self.expr(start);
        let state = self.regs_of(&start.ty);
        self.move_all(&state, &first);
        let index = self.reg(Kind::Int);
        self.open();
        let item = self.list_item(list, index, elem);
        let next = self.apply(lambda, vec![state.clone(), item]);
        // The next state may be made of registers of this one in another order, so it is moved by way of new ones.
        let held = self.regs_of(&start.ty);
        self.move_all(&held, &next);
        self.move_all(&state, &held);
        self.close_for(index, len);
        state
    }
}

/// Offsets within a value: sema limits the size of types, so they are small.
fn small(n: usize) -> u32 {
    u32::try_from(n).expect("objects of constant size are small")
}
