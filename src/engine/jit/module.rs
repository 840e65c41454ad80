//! The memory of compiled code: writable while it is made, executable after, freed when dropped.

#![allow(unsafe_code, reason = "owns machine code and calls it")]

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, default_libcall_names};

use crate::engine::Failure;
use crate::kir::Func;
use crate::runtime::cx::Cx;
use crate::runtime::shape::Shape;
use crate::runtime::trap::{Reason, Trap};
use crate::runtime::value::{Value, Word};

use super::func::{Emitted, Site, emit_func};

/// What compiled code receives besides the row. Its offsets are known to `func`.
#[repr(C)]
pub(super) struct State<'a> {
    /// The task's context.
    cx: &'a Cx,
    /// Words of captured values.
    captures: *const Word,
    /// Where emitted rows go.
    sink: *mut c_void,
    /// The place that failed, an index in the sites of the kernel.
    site: u64,
    /// Operands of the primitive that failed.
    operands: [Word; 2],
}

/// Where emitted rows go: the callback of the task and the shape of the rows.
struct RowSink<'a, 'b> {
    emit: &'a mut dyn FnMut(Value<'_>),
    shape: &'b Shape,
}

/// Offset of [`State::captures`].
pub(super) const CAPTURES: i32 = std::mem::offset_of!(State<'static>, captures) as i32;
/// Offset of [`State::cx`].
pub(super) const CX: i32 = std::mem::offset_of!(State<'static>, cx) as i32;
/// Offset of [`State::site`].
pub(super) const SITE: i32 = std::mem::offset_of!(State<'static>, site) as i32;
/// Offset of [`State::operands`].
pub(super) const OPERANDS: i32 = std::mem::offset_of!(State<'static>, operands) as i32;

/// The signature of compiled kernels.
type Entry = unsafe extern "C" fn(state: *mut State<'_>, row: *const Word) -> u32;

/// The machine code of a kernel, with the memory that holds it and the data that it points to.
pub(super) struct Machine {
    entry: Entry,
    module: ManuallyDrop<JITModule>,
    sites: Vec<Site>,
    emits: Arc<Shape>,
    /// Shapes and texts whose addresses are constants of the code.
    _func: Func,
}

// SAFETY: after `compile` no method of `module` is called until `drop`, which has sole ownership; `entry` is a plain
// function pointer and the code that it points to is never written again.
unsafe impl Send for Machine {}
// SAFETY: as for `Send`: all that a shared reference can do is call `entry`, which keeps its state in its arguments.
unsafe impl Sync for Machine {}

impl Machine {
    /// Compiles a kernel.
    ///
    /// # Panics
    /// If Cranelift refuses a kernel that the verifier accepts: a bug of ours.
    pub(super) fn compile(isa: &OwnedTargetIsa, func: &Func) -> Self {
        let builder = JITBuilder::with_isa(isa.clone(), default_libcall_names());
        let mut module = JITModule::new(builder);
        let mut context = module.make_context();
        let Emitted { sites, .. } = emit_func(&mut context.func, func, isa.frontend_config());
        let id = module
            .declare_anonymous_function(&context.func.signature)
            .expect("an anonymous function can always be declared");
        if let Err(error) = module.define_function(id, &mut context) {
            panic!("kernel {} does not compile: {error:?}\n{}", func.name, context.func.display());
        }
        module.finalize_definitions().expect("code without relocations to symbols can be finalized");
        let code = module.get_finalized_function(id);
        // SAFETY: `emit_func` gave the function the signature of `Entry`, and the module that owns the code is kept.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(code) };
        Self { entry, module: ManuallyDrop::new(module), sites, emits: func.emits.clone(), _func: func.clone() }
    }

    /// Runs the code on a row.
    pub(super) fn run(
        &self,
        cx: &Cx,
        captures: &[Word],
        row: &[Word],
        emit: &mut dyn FnMut(Value<'_>),
    ) -> Result<(), Failure> {
        let mut sink = RowSink { emit, shape: &self.emits };
        let mut state =
            State { cx, captures: captures.as_ptr(), sink: (&raw mut sink).cast(), site: 0, operands: [0; 2] };
        // SAFETY: the kernel reads as many words of captures and row as it has registers for them, which callers fill by
        // the kernel's own lists; `state` and what it points to outlive the call.
        let status = unsafe { (self.entry)(&raw mut state, row.as_ptr()) };
        if status == 0 { Ok(()) } else { Err(self.failure(cx, &state)) }
    }

    /// What failed: a runtime function left its row error in the context, a primitive its operands in the state.
    fn failure(&self, cx: &Cx, state: &State<'_>) -> Failure {
        let Site { span, prim } = self.sites[state.site as usize];
        let trap = match (prim, cx.trap.take()) {
            (_, Some(trap)) => *trap,
            (Some(prim), None) => {
                let [a, b] = state.operands;
                let reason = prim.eval(a, b).err().unwrap_or(Reason::Bug);
                Trap::new(reason, prim.describe(reason, a, b))
            }
            (None, None) => Trap::new(Reason::Bug, "a runtime function failed without a row error"),
        };
        Failure { span, trap }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: `module` is taken once, here. `entry` is called through `&self` only, so no call is in progress and
        // none can follow.
        unsafe { ManuallyDrop::take(&mut self.module).free_memory() }
    }
}

/// Hands a row on; 1 if the callback panicked, which must not unwind through compiled code.
///
/// # Safety
/// Called by compiled kernels with their own state and the words of a row of the kernel's emitted shape.
pub(super) unsafe extern "C" fn emit_row(state: *mut State<'_>, row: *const Word) -> u32 {
    // SAFETY: `Machine::run` has put a live `RowSink` there, and nobody else uses it during the call.
    let sink = unsafe { &mut *(*state).sink.cast::<RowSink<'_, '_>>() };
    // SAFETY: the kernel has written the words of a row of this shape.
    let words = unsafe { std::slice::from_raw_parts(row, sink.shape.words()) };
    // SAFETY: as above; what the words point to lives as long as the batch.
    let value = unsafe { Value::new(sink.shape, words) };
    u32::from(catch_unwind(AssertUnwindSafe(|| (sink.emit)(value))).is_err())
}

/// Zeroed words of the task's arena.
pub(super) extern "C" fn alloc_words(cx: &Cx, words: u64) -> *mut Word {
    cx.arena.zeroed(words as usize).as_mut_ptr()
}
