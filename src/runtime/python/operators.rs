//! The functions behind infix operators that are no primitives: texts, lists, Python's arithmetic of floats,
//! comparisons.
//!
//! Equality and order here are those of `==` and `<`: NaN equals nothing and compares with nothing (as keys it does, see
//! `key`). Tuples and lists compare at the first place where they differ.

use std::cmp::Ordering;

use super::text;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::key;
use crate::runtime::value::objects::{find, find_item};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{ObjRef, Value};

/// Bytes of the longest text that a function makes: 1 GiB.
pub const MAX_TEXT: usize = 1 << 30;

/// Words of the longest list that a function makes from little: 1 GiB.
pub const MAX_LIST: usize = 1 << 27;

/// A row error when a text of this many bytes is too long to be made.
pub fn check_text(bytes: Option<usize>) -> Res<usize> {
    bytes.filter(|&n| n <= MAX_TEXT).ok_or_else(|| Trap::new(Reason::TooLarge, "a text of more than 1 GiB"))
}

/// A row error when a list of this many words is too long to be made.
pub fn check_list(words: Option<usize>) -> Res<usize> {
    words.filter(|&n| n <= MAX_LIST).ok_or_else(|| Trap::new(Reason::TooLarge, "a list of more than 1 GiB"))
}

/// `a + b` of texts.
pub fn concat<'a>(cx: &'a Cx, a: &'a str, b: &'a str) -> Res<&'a str> {
    if a.is_empty() || b.is_empty() {
        return Ok(if a.is_empty() { b } else { a });
    }
    check_text(a.len().checked_add(b.len()))?;
    Ok(cx.text(|out| {
        out.push_str(a);
        out.push_str(b);
    }))
}

/// `a + b` of lists.
pub fn list_concat(cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<ObjRef> {
    Ok(cx.list(|out| {
        out.extend_from_slice(a.list_words());
        out.extend_from_slice(b.list_words());
        a.len() + b.len()
    }))
}

/// `text * n`
pub fn repeat<'a>(cx: &'a Cx, text: &'a str, n: i64) -> Res<&'a str> {
    let n = usize::try_from(n).unwrap_or(0);
    check_text(text.len().checked_mul(n))?;
    Ok(cx.text(|out| (0..n).for_each(|_| out.push_str(text))))
}

/// `list * n`
pub fn list_repeat(cx: &Cx, list: Value<'_>, n: i64) -> Res<ObjRef> {
    let n = usize::try_from(n).unwrap_or(0);
    check_list(list.list_words().len().max(1).checked_mul(n))?;
    Ok(cx.list(|out| {
        (0..n).for_each(|_| out.extend_from_slice(list.list_words()));
        list.len() * n
    }))
}

/// `a / b` of ints: the float that is nearest to the exact quotient, as CPython's `long_true_divide`.
pub fn int_div(_cx: &Cx, a: i64, b: i64) -> Res<f64> {
    if b == 0 {
        return Err(Trap::new(Reason::ZeroDivision, format!("division by zero: {a} / 0")));
    }
    const EXACT: u64 = 1 << 53;
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Ok(a as f64 / b as f64);
    }
    Ok(nearest_quotient(i128::from(a), i128::from(b)))
}

/// The float that is nearest to the exact quotient; both are below 2⁶⁶ in magnitude, and `b` is not zero.
pub fn nearest_quotient(a: i128, b: i128) -> f64 {
    const EXACT: u128 = 1 << 53;
    let (dividend, divisor) = (a.unsigned_abs(), b.unsigned_abs());
    if a == 0 || (dividend <= EXACT && divisor <= EXACT) {
        return a as f64 / b as f64;
    }
    // The dividend is shifted so far up that the quotient has at least 61 bits; a rest makes the last one odd, so that the
    // one rounding of the conversion is that of the exact quotient.
    let shift = dividend.leading_zeros() - 1;
    let dividend = dividend << shift;
    let quotient = (dividend / divisor) | u128::from(!dividend.is_multiple_of(divisor));
    let nearest = quotient as f64 * 2f64.powi(-(shift as i32));
    if (a < 0) == (b < 0) { nearest } else { -nearest }
}

/// `x // y` of floats: rounds down.
///
/// Source: CPython 3.11, Objects/floatobject.c, `_float_div_mod`.
pub fn float_floordiv(_cx: &Cx, x: f64, y: f64) -> Res<f64> {
    if y == 0.0 {
        return Err(Trap::new(Reason::ZeroDivision, "float floor division by zero"));
    }
    let rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest != 0.0 && (y < 0.0) != (rest < 0.0) {
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return Ok(0f64.copysign(x / y));
    }
    let floor = quotient.floor();
    Ok(if quotient - floor > 0.5 { floor + 1.0 } else { floor })
}

/// `x % y` of floats: the sign of `y`.
pub fn float_mod(_cx: &Cx, x: f64, y: f64) -> Res<f64> {
    if y == 0.0 {
        return Err(Trap::new(Reason::ZeroDivision, "float modulo by zero"));
    }
    let rest = x % y;
    if rest == 0.0 {
        return Ok(0f64.copysign(y));
    }
    Ok(if (y < 0.0) != (rest < 0.0) { rest + y } else { rest })
}

/// `x ** n` of ints; a negative `n` is a row error (Python answers with a float).
pub fn int_pow(_cx: &Cx, x: i64, n: i64) -> Res<i64> {
    let overflow = || Trap::new(Reason::Overflow, format!("{x} ** {n} does not fit 64 bits"));
    if n < 0 {
        return Err(Trap::new(Reason::Value, format!("{x} ** {n} is no int: a negative exponent needs a float")));
    }
    match x {
        0 | 1 => Ok(if n == 0 { 1 } else { x }),
        -1 => Ok(if n % 2 == 0 { 1 } else { -1 }),
        _ => u32::try_from(n).ok().and_then(|n| x.checked_pow(n)).ok_or_else(overflow),
    }
}

/// `x ** y` of floats.
pub fn float_pow(_cx: &Cx, x: f64, y: f64) -> Res<f64> {
    if x == 0.0 && y < 0.0 {
        return Err(Trap::new(Reason::ZeroDivision, "0.0 cannot be raised to a negative power"));
    }
    let result = x.powf(y);
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(Trap::new(Reason::Value, format!("{x:?} ** {y:?} is no real number")));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(Trap::new(Reason::Overflow, format!("{x:?} ** {y:?} is too large for a float")));
    }
    Ok(result)
}

/// The exact order of an int and a float, `None` for NaN.
pub fn cmp_int_float(n: i64, x: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if x.is_nan() {
        return None;
    }
    if x >= LIMIT {
        return Some(Ordering::Less);
    }
    if x < -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = x.trunc();
    Some(n.cmp(&(whole as i64)).then_with(|| 0.0.partial_cmp(&(x - whole)).unwrap_or(Ordering::Equal)))
}

/// `n == x`
pub fn int_eq_float(_cx: &Cx, n: i64, x: f64) -> Res<bool> {
    Ok(cmp_int_float(n, x).is_some_and(Ordering::is_eq))
}

/// `n < x`
pub fn int_lt_float(_cx: &Cx, n: i64, x: f64) -> Res<bool> {
    Ok(cmp_int_float(n, x).is_some_and(Ordering::is_lt))
}

/// `n <= x`
pub fn int_le_float(_cx: &Cx, n: i64, x: f64) -> Res<bool> {
    Ok(cmp_int_float(n, x).is_some_and(Ordering::is_le))
}

/// `x < n`
pub fn float_lt_int(_cx: &Cx, x: f64, n: i64) -> Res<bool> {
    Ok(cmp_int_float(n, x).is_some_and(Ordering::is_gt))
}

/// `x <= n`
pub fn float_le_int(_cx: &Cx, x: f64, n: i64) -> Res<bool> {
    Ok(cmp_int_float(n, x).is_some_and(Ordering::is_ge))
}

/// `a == b` of texts.
pub fn str_eq(_cx: &Cx, a: &str, b: &str) -> Res<bool> {
    Ok(a == b)
}

/// `a < b` of texts.
pub fn str_lt(_cx: &Cx, a: &str, b: &str) -> Res<bool> {
    Ok(a < b)
}

/// `a <= b` of texts.
pub fn str_le(_cx: &Cx, a: &str, b: &str) -> Res<bool> {
    Ok(a <= b)
}

/// `a == b` of any shape.
pub fn equal(_cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<bool> {
    Ok(equal_values(a, b))
}

/// `a != b` of any shape.
pub fn not_equal(_cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<bool> {
    Ok(!equal_values(a, b))
}

/// `a < b` of any shape with an order.
pub fn less(_cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<bool> {
    Ok(compare_values(a, b).is_some_and(Ordering::is_lt))
}

/// `a <= b` of any shape with an order.
pub fn less_equal(_cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<bool> {
    Ok(compare_values(a, b).is_some_and(Ordering::is_le))
}

/// Python's `==`.
pub fn equal_values(a: Value<'_>, b: Value<'_>) -> bool {
    match a.shape() {
        Shape::Int | Shape::Bool | Shape::Str => key::eq(a, b),
        Shape::Float => a.float() == b.float(),
        Shape::Tuple(components) => (0..components.shapes.len()).all(|n| equal_values(a.field(n), b.field(n))),
        Shape::Option(_) => match (a.option(), b.option()) {
            (None, None) => true,
            (Some(a), Some(b)) => equal_values(a, b),
            (None, Some(_)) | (Some(_), None) => false,
        },
        Shape::List(_) => a.len() == b.len() && a.items().zip(b.items()).all(|(a, b)| equal_values(a, b)),
        Shape::Set(_) => a.len() == b.len() && a.items().all(|item| find(b, item).is_some()),
        Shape::Map(..) => {
            let same = |(key, item)| find_item(b, key).is_some_and(|found| equal_values(item, found));
            a.len() == b.len() && a.entries().all(same)
        }
    }
}

/// The order by Python's `<`, `None` where NaN stands at the first difference; sets order by inclusion.
fn compare_values(a: Value<'_>, b: Value<'_>) -> Option<Ordering> {
    match a.shape() {
        Shape::Int | Shape::Bool | Shape::Str => Some(key::cmp(a, b)),
        Shape::Float => a.float().partial_cmp(&b.float()),
        Shape::Tuple(components) => {
            let orders = (0..components.shapes.len()).map(|n| compare_values(a.field(n), b.field(n)));
            first_difference(orders).unwrap_or(Some(Ordering::Equal))
        }
        Shape::Option(_) => match (a.option(), b.option()) {
            (Some(a), Some(b)) => compare_values(a, b),
            (None, _) | (_, None) => Some(key::cmp(a, b)),
        },
        Shape::List(_) => {
            let orders = a.items().zip(b.items()).map(|(a, b)| compare_values(a, b));
            first_difference(orders).unwrap_or(Some(a.len().cmp(&b.len())))
        }
        Shape::Set(_) | Shape::Map(..) => Some(key::cmp(a, b)),
    }
}

fn first_difference(mut orders: impl Iterator<Item = Option<Ordering>>) -> Option<Option<Ordering>> {
    orders.find(|order| *order != Some(Ordering::Equal))
}

/// The text of a value in a row error, shortened.
pub fn shown(value: Value<'_>) -> String {
    let text = text::repr_of(value);
    if text.chars().count() > 80 { text.chars().take(77).chain("...".chars()).collect() } else { text }
}
