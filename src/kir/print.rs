//! Kernels as text, for `sparkc explain --kernels` and for messages about faults of the compiler.

use std::fmt::Write;

use crate::base::source::Sources;

use super::{Func, Inst, Kind, Reg};

/// A kernel's listing; with sources, instructions that can fail name their place.
pub fn print_func(func: &Func, sources: Option<&Sources>) -> String {
    let mut printer = Printer { out: String::new(), func, sources };
    printer.header();
    printer.block(&func.body, 1);
    printer.out
}

struct Printer<'a> {
    out: String,
    func: &'a Func,
    sources: Option<&'a Sources>,
}

impl Printer<'_> {
    fn header(&mut self) {
        let typed = |reg: &Reg| format!("{}: {}", name(*reg), kind_name(self.func.regs[*reg]));
        let params: Vec<_> = self.func.params.iter().map(typed).collect();
        let captures: Vec<_> = self.func.captures.iter().map(typed).collect();
        let _ = write!(self.out, "kernel {}({})", self.func.name, params.join(", "));
        if !captures.is_empty() {
            let _ = write!(self.out, " captures ({})", captures.join(", "));
        }
        self.out.push('\n');
    }

    fn block(&mut self, insts: &[Inst], depth: usize) {
        for inst in insts {
            self.inst(inst, depth);
        }
    }

    fn line(&mut self, depth: usize, text: &str, span: Option<crate::base::source::Span>) {
        let indent = "  ".repeat(depth);
        let _ = write!(self.out, "{indent}{text}");
        if let (Some(sources), Some(span)) = (self.sources, span) {
            let (line, col) = sources.line_col(span);
            let width = 56usize.saturating_sub(indent.len() + text.chars().count());
            let _ = write!(self.out, "{:width$} @ {line}:{col}", "");
        }
        self.out.push('\n');
    }

    fn inst(&mut self, inst: &Inst, depth: usize) {
        match inst {
            Inst::Const { dst, bits } => {
                let value = self.constant(*dst, *bits);
                self.line(depth, &format!("{} = const {value}", name(*dst)), None);
            }
            Inst::Str { dst, text } => {
                self.line(depth, &format!("{}, {} = str {text:?}", name(dst[0]), name(dst[1])), None)
            }
            Inst::Shape { dst, shape } => self.line(depth, &format!("{} = shape {shape:?}", name(*dst)), None),
            Inst::Move { dst, src } => self.line(depth, &format!("{} = {}", name(*dst), name(*src)), None),
            Inst::Prim { prim, dst, args, span } => {
                let text = format!("{} = {prim:?} {}", name(*dst), names(&args[..prim.arity()]));
                self.line(depth, &text, prim.can_fail().then_some(*span));
            }
            Inst::Call { func, args, dsts, span, .. } => {
                let text = format!("{} = call {}({})", names(dsts), func.name, names(args));
                self.line(depth, &text, Some(*span));
            }
            Inst::Load { dst, addr, index, scale, offset } => {
                let text = format!("{} = load {}", name(*dst), place(*addr, *index, *scale, *offset));
                self.line(depth, &text, None);
            }
            Inst::Store { src, addr, index, scale, offset } => {
                self.line(depth, &format!("store {} = {}", place(*addr, *index, *scale, *offset), name(*src)), None)
            }
            Inst::Alloc { dst, count, scale, extra } => {
                let count = count.map_or(String::new(), |reg| format!("{} * {scale} + ", name(reg)));
                self.line(depth, &format!("{} = alloc {count}{extra}", name(*dst)), None);
            }
            Inst::If { cond, then, otherwise } => {
                self.line(depth, &format!("if {}", name(*cond)), None);
                self.block(then, depth + 1);
                self.line(depth, "else", None);
                self.block(otherwise, depth + 1);
            }
            Inst::For { index, len, body } => {
                self.line(depth, &format!("for {} in 0..{}", name(*index), name(*len)), None);
                self.block(body, depth + 1);
            }
            Inst::Guard { cond } => self.line(depth, &format!("next unless {}", name(*cond)), None),
            Inst::Emit { regs } => self.line(depth, &format!("emit {}", names(regs)), None),
        }
    }

    fn constant(&self, dst: Reg, bits: u64) -> String {
        match self.func.regs[dst] {
            Kind::Int => (bits as i64).to_string(),
            Kind::Float => format!("{:?}", f64::from_bits(bits)),
            Kind::Bool => (bits != 0).to_string(),
            Kind::Addr => "null".into(),
        }
    }
}

fn place(addr: Reg, index: Option<Reg>, scale: u32, offset: u32) -> String {
    match index {
        None => format!("{}[{offset}]", name(addr)),
        Some(index) => format!("{}[{} * {scale} + {offset}]", name(addr), name(index)),
    }
}

fn name(reg: Reg) -> String {
    format!("r{}", reg.0)
}

fn names(regs: &[Reg]) -> String {
    regs.iter().map(|reg| name(*reg)).collect::<Vec<_>>().join(", ")
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Bool => "bool",
        Kind::Addr => "addr",
    }
}
