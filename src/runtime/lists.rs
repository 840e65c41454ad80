//! Lists.

use super::abi::{ObjRef, RtFn};
use super::cx::Cx;
use super::trap::Res;
use super::value::{Value, list_word};
use crate::rt;

/// Joins a list of lists.
pub static FLATTEN: RtFn = rt!(flatten, (Value<'_>) -> ObjRef);

/// Joins a list of lists.
pub fn flatten(cx: &Cx, lists: Value<'_>) -> Res<ObjRef> {
    let mut words = Vec::new();
    let mut len = 0;
    for list in lists.items() {
        words.extend_from_slice(list.list_words());
        len += list.len();
    }
    Ok(ObjRef(list_word(&cx.arena, len, &words)))
}
