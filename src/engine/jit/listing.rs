//! Listings of compiled kernels, for `sparkc explain --clif` and `--asm`.

use std::fmt::Write;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;

use crate::base::source::{Sources, Span};
use crate::kir::Func;

use super::func::emit_func;

/// The Cranelift IR of a kernel.
pub(super) fn clif(isa: &OwnedTargetIsa, func: &Func, sources: &Sources) -> String {
    let (context, places) = compiled(isa, func);
    comment(&context.func.display().to_string(), &places, sources)
}

/// The machine code of a kernel.
pub(super) fn assembly(isa: &OwnedTargetIsa, func: &Func, sources: &Sources) -> String {
    let (context, places) = compiled(isa, func);
    let code = context.compiled_code().expect("compiled below");
    let mut text = format!("; {} bytes\n", code.code_buffer().len());
    for range in code.buffer.get_srclocs_sorted() {
        if let Some(span) = places.get(range.loc.bits() as usize) {
            let (line, col) = sources.line_col(*span);
            let _ = writeln!(text, "; bytes {:#06x} to {:#06x} are for {line}:{col}", range.start, range.end);
        }
    }
    text + code.vcode.as_deref().unwrap_or_default()
}

/// A kernel through Cranelift, and the places that source locations stand for.
fn compiled(isa: &OwnedTargetIsa, func: &Func) -> (Context, Vec<Span>) {
    let mut context = Context::new();
    let places = emit_func(&mut context.func, func, isa.frontend_config()).places;
    context.set_disasm(true);
    if let Err(error) = context.compile(&**isa, &mut ControlPlane::default()) {
        panic!("kernel {} does not compile: {:?}", func.name, error.inner);
    }
    (context, places)
}

/// Replaces source locations (`@0003`) by comments with the place in the job.
fn comment(clif: &str, places: &[Span], sources: &Sources) -> String {
    let mut out = String::new();
    for line in clif.lines() {
        let location = line.strip_prefix('@').and_then(|rest| rest.split_once(' '));
        let place = location.and_then(|(number, rest)| {
            let number = usize::from_str_radix(number, 16).ok()?;
            Some((places.get(number)?, rest))
        });
        match place {
            None if line.starts_with("     ") => {
                let _ = write!(out, "     {}", line.trim_start());
            }
            None => out.push_str(line),
            Some((span, rest)) => {
                let (line, col) = sources.line_col(*span);
                let _ = write!(out, "     {:<60} ; {line}:{col}", rest.trim_start());
            }
        }
        out.push('\n');
    }
    out
}
