//! The structure that compiled code and its caller share; the generated code knows its offsets.

#![allow(unsafe_code, reason = "compiled code calls back with its own state")]

use std::ffi::c_void;
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Trap};
use crate::runtime::value::words::Word;

/// Status: all rows are done.
pub(super) const DONE: i64 = 0;
/// Status: a row error.
pub(super) const FAILED: i64 = 1;
/// Status: a flush wants no more.
pub(super) const STOPPED: i64 = 2;

/// The argument of compiled code.
#[repr(C)]
pub(super) struct State<'a> {
    /// The task's context.
    pub(super) cx: &'a Cx,
    /// Words of captured values.
    pub(super) captures: *const Word,
    /// The batch's first row.
    pub(super) rows: *const Word,
    /// The next row; when code fails or flushes, the row that it is at.
    pub(super) row: u64,
    /// The row after the last.
    pub(super) end: u64,
    /// Where the next emitted row goes.
    pub(super) pos: *mut Word,
    /// Where the emit buffer is full.
    pub(super) limit: *mut Word,
    /// For each row, where the emitted rows ended: `pos + shift`.
    pub(super) ends: *mut u64,
    /// The difference that makes an address in the emit buffer a number of bytes since the batch began.
    pub(super) shift: u64,
    /// A [`Flush`].
    pub(super) flush: *mut c_void,
    /// The place that failed, an index in the sites of the code.
    pub(super) site: u64,
    /// Operands of the primitive that failed.
    pub(super) operands: [Word; 2],
    /// For each row, the address of the state that it updates.
    pub(super) states: *const Word,
}

/// The callback that takes emitted rows; true to stop.
pub(super) struct Flush<'f>(pub(super) &'f mut dyn FnMut(&mut State<'_>) -> bool);

/// Offset of [`State::cx`].
pub(super) const CX: i32 = offset_of!(State<'static>, cx) as i32;
/// Offset of [`State::captures`].
pub(super) const CAPTURES: i32 = offset_of!(State<'static>, captures) as i32;
/// Offset of [`State::rows`].
pub(super) const ROWS: i32 = offset_of!(State<'static>, rows) as i32;
/// Offset of [`State::row`].
pub(super) const ROW: i32 = offset_of!(State<'static>, row) as i32;
/// Offset of [`State::end`].
pub(super) const END: i32 = offset_of!(State<'static>, end) as i32;
/// Offset of [`State::pos`].
pub(super) const POS: i32 = offset_of!(State<'static>, pos) as i32;
/// Offset of [`State::limit`].
pub(super) const LIMIT: i32 = offset_of!(State<'static>, limit) as i32;
/// Offset of [`State::ends`].
pub(super) const ENDS: i32 = offset_of!(State<'static>, ends) as i32;
/// Offset of [`State::shift`].
pub(super) const SHIFT: i32 = offset_of!(State<'static>, shift) as i32;
/// Offset of [`State::site`].
pub(super) const SITE: i32 = offset_of!(State<'static>, site) as i32;
/// Offset of [`State::operands`].
pub(super) const OPERANDS: i32 = offset_of!(State<'static>, operands) as i32;
/// Offset of [`State::states`].
pub(super) const STATES: i32 = offset_of!(State<'static>, states) as i32;

/// Has the emit buffer emptied; not 0 to stop. A panic stops, as it must not unwind through compiled code.
///
/// # Safety
/// Called by compiled code with its own state.
pub(super) unsafe extern "C" fn flush_rows(state: *mut State<'_>) -> u32 {
    // SAFETY: who calls compiled code has made the state, and uses it again only after the call.
    let state = unsafe { &mut *state };
    // SAFETY: `Machine::run` has put a live `Flush` there, and nobody else uses it during the call.
    let flush = unsafe { &mut *state.flush.cast::<Flush<'_>>() };
    u32::from(catch_unwind(AssertUnwindSafe(|| (flush.0)(state))).unwrap_or(true))
}

/// Zeroed words of the task's arena; null if there is no memory, with the row error in the context.
pub(super) extern "C" fn alloc_words(cx: &Cx, words: u64) -> *mut Word {
    let alloc = AssertUnwindSafe(|| cx.arena.zeroed(words as usize).as_mut_ptr());
    catch_unwind(alloc).unwrap_or_else(|_| {
        cx.trap.set(Some(Box::new(Trap::new(Reason::Bug, format!("no memory for {words} words of a row")))));
        std::ptr::null_mut()
    })
}
