//! The memory of compiled code: writable while it is made, executable after, freed when dropped.

#![allow(unsafe_code, reason = "owns machine code and calls it")]

use std::mem::ManuallyDrop;
use std::ptr::{null_mut, without_provenance_mut};

use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, default_libcall_names};

use crate::engine::emit::EmitBuffer;
use crate::engine::{Failure, Ran};
use crate::kir::Func;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Value, Word};

use super::func::{Emitted, Site};
use super::state::{DONE, FAILED, Flush, State};

/// The signature of compiled code.
type Entry = unsafe extern "C" fn(state: *mut State<'_>) -> u32;

/// Machine code, with the memory that holds it and the data that it points to.
pub(super) struct Machine {
    entry: Entry,
    module: ManuallyDrop<JITModule>,
    sites: Vec<Site>,
    /// Shapes and texts whose addresses are constants of the code.
    _funcs: Vec<Func>,
}

// SAFETY: after `compile` no method of `module` is called until `drop`, which has sole ownership; `entry` is a plain
// function pointer and the code that it points to is never written again.
unsafe impl Send for Machine {}
// SAFETY: as for `Send`: all that a shared reference can do is call `entry`, which keeps its state in its arguments.
unsafe impl Sync for Machine {}

/// Where a call begins.
pub(super) struct Call<'a> {
    /// The task's context.
    pub(super) cx: &'a Cx,
    /// Words of captured values.
    pub(super) captures: &'a [Word],
    /// The rows.
    pub(super) rows: &'a [Word],
    /// The first row, and the one after the last.
    pub(super) range: [usize; 2],
}

impl Call<'_> {
    fn state(&self) -> State<'_> {
        State {
            cx: self.cx,
            captures: self.captures.as_ptr(),
            rows: self.rows.as_ptr(),
            row: self.range[0] as u64,
            end: self.range[1] as u64,
            pos: null_mut(),
            limit: null_mut(),
            ends: null_mut(),
            shift: 0,
            flush: null_mut(),
            site: 0,
            operands: [0; 2],
            states: null_mut(),
        }
    }
}

impl Machine {
    /// Compiles kernels into one function, which `emit` makes of the very kernels that are kept.
    ///
    /// # Panics
    /// If Cranelift refuses kernels that the verifier accepts: a bug of ours.
    pub(super) fn compile(
        isa: &OwnedTargetIsa,
        funcs: Vec<Func>,
        emit: impl FnOnce(&mut Function, &[Func]) -> Emitted,
    ) -> Self {
        let builder = JITBuilder::with_isa(isa.clone(), default_libcall_names());
        let mut module = JITModule::new(builder);
        let mut context = module.make_context();
        let Emitted { sites, .. } = emit(&mut context.func, &funcs);
        let id = module
            .declare_anonymous_function(&context.func.signature)
            .expect("an anonymous function can always be declared");
        if let Err(error) = module.define_function(id, &mut context) {
            panic!("kernel {} does not compile: {error:?}\n{}", funcs[0].name, context.func.display());
        }
        module.finalize_definitions().expect("code without relocations to symbols can be finalized");
        let code = module.get_finalized_function(id);
        // SAFETY: `emit` gave the function the signature of `Entry`, and the module that owns the code is kept.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(code) };
        Self { entry, module: ManuallyDrop::new(module), sites, _funcs: funcs }
    }

    /// Runs a kernel over rows into the emit buffer; `flush` takes its rows when it is full.
    pub(super) fn run_rows(
        &self,
        call: &Call<'_>,
        buffer: &mut EmitBuffer,
        flush: &mut dyn FnMut(&mut EmitBuffer, usize) -> bool,
    ) -> Ran {
        let mut state = call.state();
        state.ends = buffer.ends.as_mut_ptr();
        enter(&mut state, buffer);
        let mut taking = |state: &mut State<'_>| {
            leave(state, buffer);
            let stop = flush(buffer, state.row as usize);
            assert!(stop || !buffer.is_full(), "a full emit buffer is emptied");
            enter(state, buffer);
            stop
        };
        let mut flush = Flush(&mut taking);
        state.flush = (&raw mut flush).cast();
        let status = self.call(&mut state);
        leave(&state, buffer);
        self.ran(status, call.cx, &state)
    }

    /// Runs a kernel on one row; `emit` receives each row at once.
    pub(super) fn run_row(
        &self,
        call: &Call<'_>,
        room: &mut [Word],
        shape: &Shape,
        emit: &mut dyn FnMut(Value<'_>),
    ) -> Ran {
        let mut end = 0;
        let mut state = call.state();
        (state.pos, state.ends) = (room.as_mut_ptr(), &raw mut end);
        state.limit = state.pos.wrapping_add(room.len());
        let mut taking = |state: &mut State<'_>| {
            state.pos = state.pos.wrapping_sub(room.len());
            // SAFETY: the kernel has just stored a row of this shape there; what it points to lives as long as the batch.
            emit(unsafe { Value::new(shape, &room[..shape.words()]) });
            false
        };
        let mut flush = Flush(&mut taking);
        state.flush = (&raw mut flush).cast();
        let status = self.call(&mut state);
        self.ran(status, call.cx, &state)
    }

    /// Runs code that updates states: row `n` of the call that at `states[n]`.
    pub(super) fn update(&self, call: &Call<'_>, states: &[Word]) -> Ran {
        let mut state = call.state();
        state.states = states.as_ptr();
        let status = self.call(&mut state);
        self.ran(status, call.cx, &state)
    }

    /// Runs code that folds: `fold` holds 0 or 1 and the words of the state, `counts` what each row has given.
    pub(super) fn fold(&self, call: &Call<'_>, counts: &mut EmitBuffer, fold: &mut [Word]) -> Ran {
        let mut state = call.state();
        state.states = fold.as_mut_ptr();
        state.ends = counts.ends.as_mut_ptr();
        state.pos = without_provenance_mut(counts.used * size_of::<Word>());
        let status = self.call(&mut state);
        counts.used = state.pos.addr() / size_of::<Word>();
        self.ran(status, call.cx, &state)
    }

    fn call(&self, state: &mut State<'_>) -> i64 {
        // SAFETY: the code reads as many words of captures and rows as it has registers for them, which callers fill by
        // the kernel's own lists; it stores below `limit`, and `ends` and `states` have an element for each row.
        // Everything that the state points to outlives the call.
        i64::from(unsafe { (self.entry)(state) })
    }

    fn ran(&self, status: i64, cx: &Cx, state: &State<'_>) -> Ran {
        match status {
            DONE => Ran::Done,
            FAILED => Ran::Failed(state.row as usize, self.failure(cx, state)),
            _ => Ran::Stopped,
        }
    }

    /// The failure: a runtime function left its row error in the context, a primitive its operands in the state.
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

/// Lets code emit behind the rows that are in the buffer already.
fn enter(state: &mut State<'_>, buffer: &mut EmitBuffer) {
    let base = buffer.words.as_mut_ptr();
    state.pos = base.wrapping_add(buffer.used);
    state.limit = base.wrapping_add(buffer.words.len() + 1 - buffer.stride());
    state.shift = buffer.before().wrapping_mul(8).wrapping_sub(base as u64);
}

/// Takes over the rows that code has emitted.
fn leave(state: &State<'_>, buffer: &mut EmitBuffer) {
    buffer.used = (state.pos as usize - buffer.words.as_ptr() as usize) / size_of::<Word>();
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: `module` is taken once, here. `entry` is called through `&self` only, so no call is in progress and
        // none can follow.
        unsafe { ManuallyDrop::take(&mut self.module).free_memory() }
    }
}
