//! Sets and maps of the language: making them, asking them, combining them.
//!
//! The semantics are those of Python's dict, which `value::objects` keeps; results are new objects in the arena.

use super::operators::shown;
use crate::runtime::call::abi::Words;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::objects::{TableBuilder, find, find_item};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{ObjRef, Value};

/// `set(list)`, also of a map's keys.
pub fn set(cx: &Cx, items: Value<'_>) -> Res<ObjRef> {
    let mut table = TableBuilder::set(items.elem_shape());
    for item in items.items() {
        table.insert(item, &[]);
    }
    Ok(table.finish(&cx.arena))
}

/// `dict(pairs)`
pub fn dict(cx: &Cx, pairs: Value<'_>) -> Res<ObjRef> {
    let shapes = &pairs.elem_shape_components().shapes;
    let mut table = TableBuilder::map(&shapes[0], &shapes[1]);
    for pair in pairs.items() {
        table.insert(pair.field(0), pair.field(1).words());
    }
    Ok(table.finish(&cx.arena))
}

/// `key in table`
pub fn contains(_cx: &Cx, table: Value<'_>, key: Value<'_>) -> Res<bool> {
    Ok(find(table, key).is_some())
}

/// `map[key]`
pub fn item<'a>(_cx: &'a Cx, map: Value<'a>, key: Value<'a>) -> Res<Words<'a>> {
    let found = find_item(map, key).ok_or_else(|| Trap::new(Reason::Key, format!("key not found: {}", shown(key))));
    Ok(Words(found?.words()))
}

/// `map.get(key)`
pub fn get<'a>(cx: &'a Cx, map: Value<'a>, key: Value<'a>) -> Res<Words<'a>> {
    let words = cx.arena.zeroed(1 + map.item_shape().words());
    if let Some(found) = find_item(map, key) {
        words[0] = 1;
        words[1..].copy_from_slice(found.words());
    }
    Ok(Words(words))
}

/// `list(map.values())`
pub fn values(cx: &Cx, map: Value<'_>) -> Res<ObjRef> {
    Ok(cx.list(|out| map.entries().inspect(|(_, item)| out.extend_from_slice(item.words())).count()))
}

/// `list(map.items())`
pub fn items(cx: &Cx, map: Value<'_>) -> Res<ObjRef> {
    Ok(cx.list(|out| {
        for (key, item) in map.entries() {
            out.extend_from_slice(key.words());
            out.extend_from_slice(item.words());
        }
        map.len()
    }))
}

/// A set of the elements that pass, in their order.
fn set_of<'a>(cx: &Cx, like: Value<'a>, items: impl Iterator<Item = Value<'a>>) -> ObjRef {
    let mut table = TableBuilder::set(like.elem_shape());
    for item in items {
        table.insert(item, &[]);
    }
    table.finish(&cx.arena)
}

/// `a | b` of sets: those of `a`, then the new ones of `b`.
pub fn union(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(set_of(cx, a, a.items().chain(b.items())))
}

/// `a & b` of sets, in the order of `a`.
pub fn intersection(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(set_of(cx, a, a.items().filter(|&item| find(b, item).is_some())))
}

/// `a - b` of sets, in the order of `a`.
pub fn difference(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(set_of(cx, a, a.items().filter(|&item| find(b, item).is_none())))
}

/// `a ^ b` of sets: those of `a` alone, then those of `b` alone.
pub fn symmetric_difference(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    let left = a.items().filter(|&item| find(b, item).is_none());
    Ok(set_of(cx, a, left.chain(b.items().filter(|&item| find(a, item).is_none()))))
}

/// `a <= b` of sets.
pub fn is_subset(_cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<bool> {
    Ok(a.len() <= b.len() && a.items().all(|item| find(b, item).is_some()))
}

/// A map of these entries; the last of equal keys wins.
fn map_of<'a>(cx: &Cx, like: Value<'a>, entries: impl Iterator<Item = (Value<'a>, Value<'a>)>) -> ObjRef {
    let mut table = TableBuilder::map(like.elem_shape(), like.item_shape());
    for (key, item) in entries {
        table.insert(key, item.words());
    }
    table.finish(&cx.arena)
}

/// `a | b` of maps: the values of `b` win.
pub fn merge(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(map_of(cx, a, a.entries().chain(b.entries())))
}

/// The map with a value for a key.
pub fn updated(cx: &Cx, map: Value<'_>, key: Value<'_>, item: Value<'_>) -> Res<ObjRef> {
    Ok(map_of(cx, map, map.entries().chain(std::iter::once((key, item)))))
}

/// How often each element of a list occurs.
pub fn count_by_value(cx: &Cx, items: Value<'_>) -> Res<ObjRef> {
    let mut table = TableBuilder::map(items.elem_shape(), &Shape::Int);
    for item in items.items() {
        let n = table.find(item).map_or(0, |n| table.item_at(n)[0]);
        table.insert(item, &[n + 1]);
    }
    Ok(table.finish(&cx.arena))
}

/// The map without a key.
pub fn without(cx: &Cx, map: Value<'_>, key: Value<'_>) -> Res<ObjRef> {
    let gone = find(map, key);
    Ok(map_of(cx, map, map.entries().enumerate().filter(|&(n, _)| Some(n) != gone).map(|(_, entry)| entry)))
}
