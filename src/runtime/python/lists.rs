//! Lists: Python's functions on them. Lists are values: `append` and the like return new ones.

use std::cmp::Ordering;

use super::operators::{equal_values, shown};
use crate::runtime::call::abi::Words;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::key;
use crate::runtime::value::objects::TableBuilder;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{ObjRef, Value, Word};

/// `len(list)`, and of sets and maps.
pub fn len(_cx: &Cx, list: Value<'_>) -> Res<i64> {
    Ok(list.len() as i64)
}

/// `len(x) == 0`
pub fn is_empty(_cx: &Cx, list: Value<'_>) -> Res<bool> {
    Ok(list.is_empty())
}

/// `item in list`
pub fn contains(_cx: &Cx, list: Value<'_>, item: Value<'_>) -> Res<bool> {
    Ok(list.items().any(|other| equal_values(other, item)))
}

/// `list.index(item)`
pub fn index(_cx: &Cx, list: Value<'_>, item: Value<'_>) -> Res<i64> {
    let found = list.items().position(|other| equal_values(other, item));
    found.map(|at| at as i64).ok_or_else(|| Trap::new(Reason::Value, format!("{} is not in list", shown(item))))
}

/// `list.count(item)`
pub fn count(_cx: &Cx, list: Value<'_>, item: Value<'_>) -> Res<i64> {
    Ok(list.items().filter(|&other| equal_values(other, item)).count() as i64)
}

/// A list of these elements, which are values of the list's shape.
fn list_of<'a>(cx: &Cx, items: impl Iterator<Item = Value<'a>>) -> ObjRef {
    cx.list(|out| items.inspect(|item| out.extend_from_slice(item.words())).count())
}

/// Orders as sorts do, descending on demand; equal elements keep their order either way, as with Python's `reverse`.
fn ordered(a: Value<'_>, b: Value<'_>, reverse: bool) -> Ordering {
    if reverse { key::cmp(b, a) } else { key::cmp(a, b) }
}

/// `sorted(list, reverse=reverse)`
pub fn sorted(cx: &Cx, list: Value<'_>, reverse: bool) -> Res<ObjRef> {
    if let Shape::Int = list.elem_shape() {
        let mut ints: Vec<i64> = list.list_words().iter().map(|&word| word as i64).collect();
        ints.sort_unstable();
        if reverse {
            ints.reverse();
        }
        return Ok(cx.list(|out| {
            out.extend(ints.iter().map(|&n| n as Word));
            ints.len()
        }));
    }
    let mut items: Vec<Value<'_>> = list.items().collect();
    items.sort_by(|&a, &b| ordered(a, b, reverse));
    Ok(list_of(cx, items.into_iter()))
}

/// The elements in the order of their keys; `keys` has as many elements as `list`.
pub fn sort_by_keys(cx: &Cx, list: Value<'_>, keys: Value<'_>, reverse: bool) -> Res<ObjRef> {
    let mut pairs: Vec<(Value<'_>, Value<'_>)> = keys.items().zip(list.items()).collect();
    pairs.sort_by(|a, b| ordered(a.0, b.0, reverse));
    Ok(list_of(cx, pairs.into_iter().map(|(_, item)| item)))
}

/// The first element with the smallest key, or the largest; `keys` has as many elements as `list`.
pub fn best_by_keys<'a>(_cx: &'a Cx, list: Value<'a>, keys: Value<'a>, largest: bool) -> Res<Words<'a>> {
    let name = if largest { "max" } else { "min" };
    let mut pairs = keys.items().zip(list.items());
    let first = pairs.next().ok_or_else(|| Trap::new(Reason::Empty, format!("{name}() of an empty list")))?;
    let better = |a: Value<'_>, b: Value<'_>| if largest { key::cmp(a, b).is_gt() } else { key::cmp(a, b).is_lt() };
    let best = pairs.fold(first, |best, pair| if better(pair.0, best.0) { pair } else { best });
    Ok(Words(best.1.words()))
}

/// `min(list)`: the first of the smallest.
pub fn min<'a>(cx: &'a Cx, list: Value<'a>) -> Res<Words<'a>> {
    best_by_keys(cx, list, list, false)
}

/// `max(list)`: the first of the largest.
pub fn max<'a>(cx: &'a Cx, list: Value<'a>) -> Res<Words<'a>> {
    best_by_keys(cx, list, list, true)
}

/// `list(reversed(list))`
pub fn reversed(cx: &Cx, list: Value<'_>) -> Res<ObjRef> {
    Ok(list_of(cx, list.items().rev()))
}

/// `any(bools)`
pub fn any(_cx: &Cx, list: Value<'_>) -> Res<bool> {
    Ok(list.list_words().iter().any(|&word| word != 0))
}

/// `all(bools)`
pub fn all(_cx: &Cx, list: Value<'_>) -> Res<bool> {
    Ok(list.list_words().iter().all(|&word| word != 0))
}

/// `list(enumerate(list, start))`
pub fn enumerate(cx: &Cx, list: Value<'_>, start: i64) -> Res<ObjRef> {
    if start.checked_add(list.len() as i64).is_none() {
        return Err(Trap::new(Reason::Overflow, "a number of enumerate() does not fit 64 bits"));
    }
    Ok(cx.list(|out| {
        for (n, item) in list.items().enumerate() {
            out.push((start + n as i64) as Word);
            out.extend_from_slice(item.words());
        }
        list.len()
    }))
}

/// `list(zip(a, b))`
pub fn zip(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(cx.list(|out| {
        for (a, b) in a.items().zip(b.items()) {
            out.extend_from_slice(a.words());
            out.extend_from_slice(b.words());
        }
        a.len().min(b.len())
    }))
}

/// The elements without those that are equal to an earlier one.
pub fn distinct(cx: &Cx, list: Value<'_>) -> Res<ObjRef> {
    let mut seen = TableBuilder::set(list.elem_shape());
    Ok(list_of(cx, list.items().filter(|&item| seen.insert(item, &[]))))
}

/// The list of a set's elements or a map's keys, in order of insertion; a list itself.
pub fn list_of_items(cx: &Cx, items: Value<'_>) -> Res<ObjRef> {
    Ok(list_of(cx, items.items()))
}

/// An element as an option.
fn option_of<'a>(cx: &'a Cx, list: Value<'a>, item: Option<Value<'a>>) -> Words<'a> {
    let words = cx.arena.zeroed(1 + list.elem_shape().words());
    if let Some(item) = item {
        words[0] = 1;
        words[1..].copy_from_slice(item.words());
    }
    Words(words)
}

/// The first element, if there is one.
pub fn head<'a>(cx: &'a Cx, list: Value<'a>) -> Res<Words<'a>> {
    Ok(option_of(cx, list, list.items().next()))
}

/// The last element, if there is one.
pub fn last<'a>(cx: &'a Cx, list: Value<'a>) -> Res<Words<'a>> {
    Ok(option_of(cx, list, list.items().next_back()))
}
