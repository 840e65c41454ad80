//! Runtime functions that kernels call for constructs of the language and for operators, not for functions of the catalog:
//! joining the lists of a `flatMap`, making lines of rows, sampling and numbering.

use super::kernel;
use super::sample::{State, States};
use crate::rt;
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Value, list_word};

/// `[[a], [b, c]]` to `[a, b, c]`.
pub static FLATTEN: &RtFn = rt!(kernel::flatten, (Value<'_>) -> ObjRef);
/// A list cut up in lists of so many elements, or of twice as many each time: `[[a], [b, c]]` of `[a, b, c]`.
pub static CHUNKS: &RtFn = rt!(kernel::chunks, (Value<'_>, i64, bool) -> ObjRef);
/// The text of a value, as Python's `str`.
pub static LINE: &RtFn = rt!(kernel::line, (Value<'_>) -> &str);
/// How often the sampler of a slot wants the next element.
pub static COPIES: &RtFn = rt!(kernel::copies, (i64) -> i64);
/// How often the sampler of a slot wants the next element, whose fraction this is.
pub static COPIES_AT: &RtFn = rt!(kernel::copies_at, (i64, f64) -> i64);
/// The next number of a slot.
pub static NEXT: &RtFn = rt!(kernel::next, (i64) -> i64);

/// All of these.
pub static ALL: &[&RtFn] = &[FLATTEN, CHUNKS, LINE, COPIES, COPIES_AT, NEXT];

fn flatten(cx: &Cx, lists: Value<'_>) -> Res<ObjRef> {
    let mut words = Vec::new();
    let mut len = 0;
    for list in lists.items() {
        words.extend_from_slice(list.list_words());
        len += list.len();
    }
    Ok(ObjRef(list_word(&cx.arena, len, &words)))
}

fn chunks(cx: &Cx, list: Value<'_>, first: i64, doubles: bool) -> Res<ObjRef> {
    let (words, width) = (list.list_words(), list.elem_shape().words());
    let (mut from, mut size) = (0, first.max(1) as usize);
    let mut lists = Vec::new();
    while from < list.len() {
        let to = list.len().min(from.saturating_add(size));
        lists.push(list_word(&cx.arena, to - from, &words[from * width..to * width]));
        from = to;
        size = if doubles { size.saturating_mul(2) } else { size };
    }
    Ok(ObjRef(list_word(&cx.arena, lists.len(), &lists)))
}

fn line<'a>(cx: &'a Cx, value: Value<'a>) -> Res<&'a str> {
    if let crate::runtime::value::shape::Shape::Str = value.shape() {
        return Ok(value.str());
    }
    Ok(cx.arena.str(&crate::runtime::python::text::str_of(value)))
}

fn copies(cx: &Cx, slot: i64) -> Res<i64> {
    state(cx, slot, State::copies)
}

fn copies_at(cx: &Cx, slot: i64, fraction: f64) -> Res<i64> {
    state(cx, slot, |state| state.copies_at(fraction))
}

fn next(cx: &Cx, slot: i64) -> Res<i64> {
    state(cx, slot, State::next_number)
}

fn state(cx: &Cx, slot: i64, run: impl FnOnce(&mut State) -> i64) -> Res<i64> {
    cx.local(|States(states)| {
        let state = usize::try_from(slot).ok().and_then(|slot| states.get_mut(slot));
        state.map(run).ok_or_else(|| Trap::new(Reason::Bug, "a kernel's state is missing"))
    })
}
