//! Positions: indexing and slicing of texts and lists with Python's negative positions and steps.

use super::slices;
use super::strings::byte_of;
use crate::rt;
use crate::runtime::call::abi::{Instead, RtFn, Words};
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Value};

/// The position that an index means in `len` elements.
fn position(len: usize, index: i64, what: &str) -> Res<usize> {
    let at = if index < 0 { index.checked_add(len as i64) } else { Some(index) };
    at.and_then(|at| usize::try_from(at).ok())
        .filter(|&at| at < len)
        .ok_or_else(|| Trap::new(Reason::Index, format!("{what} index out of range: {index}, length {len}")))
}

/// `text[index]`
pub fn text_item<'a>(_cx: &'a Cx, text: &'a str, index: i64) -> Res<&'a str> {
    if text.is_ascii() {
        let at = position(text.len(), index, "string")?;
        return Ok(&text[at..=at]);
    }
    let at = byte_of(text, position(text.chars().count(), index, "string")?);
    let width = text[at..].chars().next().map_or(0, char::len_utf8);
    Ok(&text[at..at + width])
}

/// `list[index]`
pub fn list_item<'a>(_cx: &'a Cx, list: Value<'a>, index: i64) -> Res<Words<'a>> {
    Ok(Words(list.item(position(list.len(), index, "list")?).words()))
}

/// The function that a kernel calls when an index that it has checked itself is out of range: always a row error.
pub static OUT_OF_RANGE: &RtFn = rt!(slices::out_of_range, (i64, i64) -> (), Instead::OutOfRange);

fn out_of_range(_cx: &Cx, index: i64, len: i64) -> Res<()> {
    position(len as usize, index, "list")?;
    Err(Trap::new(Reason::Bug, format!("index {index} is within the length {len}")))
}

/// The positions of a slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Range {
    /// A run: first, past the last.
    Run(usize, usize),
    /// First, step (not 1), how many.
    Steps(usize, i64, usize),
}

/// The positions that `start:stop:step` mean in `len` elements.
///
/// Source: CPython 3.11, Objects/sliceobject.c, `PySlice_AdjustIndices`.
fn range(len: usize, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Res<Range> {
    let (len, step) = (len as i64, step.unwrap_or(1));
    if step == 0 {
        return Err(Trap::new(Reason::Value, "slice step cannot be zero"));
    }
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let bound = |at: i64| if at < 0 { at.saturating_add(len).max(low) } else { at.min(high) };
    let start = start.map_or(if step < 0 { high } else { low }, bound);
    let stop = stop.map_or(if step < 0 { low } else { high }, bound);
    let distance = if step < 0 { start - stop } else { stop - start };
    if distance <= 0 {
        return Ok(Range::Run(0, 0));
    }
    if step == 1 {
        return Ok(Range::Run(start as usize, stop as usize));
    }
    let count = (distance as u64 - 1) / step.unsigned_abs() + 1;
    Ok(Range::Steps(start as usize, step, count as usize))
}

impl Range {
    fn positions(self) -> impl Iterator<Item = usize> {
        let (start, step, count) = match self {
            Self::Run(start, stop) => (start, 1, stop - start),
            Self::Steps(start, step, count) => (start, step, count),
        };
        (0..count as i64).map(move |n| (start as i64 + n * step) as usize)
    }
}

fn option(value: Value<'_>) -> Option<i64> {
    value.option().map(Value::int)
}

/// `text[start:stop:step]`
pub fn text_slice<'a>(cx: &'a Cx, text: &'a str, start: Value<'a>, stop: Value<'a>, step: Value<'a>) -> Res<&'a str> {
    slice_text(cx, text, option(start), option(stop), option(step))
}

fn slice_text<'a>(cx: &'a Cx, text: &'a str, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Res<&'a str> {
    if text.is_ascii() {
        return Ok(match range(text.len(), start, stop, step)? {
            Range::Run(start, stop) => &text[start..stop],
            steps @ Range::Steps(..) => {
                cx.text(|out| out.extend(steps.positions().map(|at| text.as_bytes()[at] as char)))
            }
        });
    }
    match range(text.chars().count(), start, stop, step)? {
        Range::Run(start, stop) => {
            let from = byte_of(text, start);
            Ok(&text[from..from + byte_of(&text[from..], stop - start)])
        }
        steps @ Range::Steps(..) => {
            let chars: Vec<char> = text.chars().collect();
            Ok(cx.text(|out| out.extend(steps.positions().map(|at| chars[at]))))
        }
    }
}

/// `list[start:stop:step]`
pub fn list_slice(cx: &Cx, list: Value<'_>, start: Value<'_>, stop: Value<'_>, step: Value<'_>) -> Res<ObjRef> {
    let found = range(list.len(), option(start), option(stop), option(step))?;
    let (words, width) = (list.list_words(), list.elem_shape().words());
    Ok(cx.list(|out| match found {
        Range::Run(start, stop) => {
            out.extend_from_slice(&words[start * width..stop * width]);
            stop - start
        }
        Range::Steps(.., count) => {
            found.positions().for_each(|at| out.extend_from_slice(&words[at * width..(at + 1) * width]));
            count
        }
    }))
}
