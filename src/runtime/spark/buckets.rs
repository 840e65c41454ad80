//! Histograms: where the borders of buckets are, and which bucket an element is in.
//!
//! `histogram` maps each element to the number of its bucket with these functions and counts the numbers. A bucket takes
//! its lower border and not its upper one, but for the last, which takes both. With borders that are equally far apart the
//! number is computed by a division, as PySpark does: at a border its rounding decides, not the comparison.
//!
//! Source: PySpark 4.3, `histogram` in core/rdd.py.

use std::cmp::Ordering;

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::python::operators::{check_list, cmp_int_float, nearest_quotient, shown};
use crate::runtime::value::key;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{ObjRef, Value, Word};

/// The number of what is in no bucket.
const NOWHERE: i64 = -1;
/// Borders whose distances differ by less are equally far apart.
const EVEN: f64 = 1e-10;

/// A number as Python computes with it: ints are exact.
#[derive(Clone, Copy)]
enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    fn of(value: Value<'_>) -> Option<Self> {
        match value.shape() {
            Shape::Int => Some(Self::Int(i128::from(value.int()))),
            Shape::Float => Some(Self::Float(value.float())),
            Shape::Bool | Shape::Str | Shape::Tuple(_) | Shape::Option(_) | Shape::List(_) => None,
            Shape::Set(_) | Shape::Map(..) => None,
        }
    }

    /// An int or a float; zero for what is none, which types keep out.
    fn read(value: Value<'_>) -> Self {
        Self::of(value).unwrap_or(Self::Int(0))
    }

    fn float(self) -> f64 {
        match self {
            Self::Int(n) => n as f64,
            Self::Float(x) => x,
        }
    }

    fn minus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Self::Int(a - b),
            (a, b) => Self::Float(a.float() - b.float()),
        }
    }

    /// `a / b`
    fn over(self, other: Self) -> Res<f64> {
        match (self, other) {
            (_, b) if b.float() == 0.0 => {
                Err(Trap::new(Reason::ZeroDivision, "the buckets of a histogram have no width"))
            }
            (Self::Int(a), Self::Int(b)) => Ok(nearest_quotient(a, b)),
            (a, b) => Ok(a.float() / b.float()),
        }
    }
}

/// How many buckets are asked for: at least one.
pub fn count(_cx: &Cx, buckets: i64) -> Res<i64> {
    if buckets < 1 {
        return Err(Trap::new(Reason::Value, format!("`histogram` makes one bucket at least, found {buckets}")));
    }
    check_list(usize::try_from(buckets).ok().and_then(|n| n.checked_mul(8)))?;
    Ok(buckets)
}

/// The width of `n` buckets over a span: an int if that fits, as Python has it.
fn width(span: Number, n: i64) -> Res<Number> {
    let each = span.over(Number::Int(i128::from(n)))?;
    if each.is_infinite() {
        return Err(Trap::new(Reason::Value, "`histogram` cannot make buckets of an infinite range"));
    }
    Ok(match span {
        Number::Int(span) if each as i128 * i128::from(n) == span => Number::Int(each as i128),
        Number::Float(span) if is_product(each.trunc(), n as f64, span) => Number::Float(each.trunc()),
        span @ (Number::Int(_) | Number::Float(_)) => Number::Float(span.float() / n as f64),
    })
}

/// Whether `a * b` is just `product`.
fn is_product(a: f64, b: f64, product: f64) -> bool {
    a * b == product && a.mul_add(b, -product) == 0.0
}

/// The borders of `n` buckets from the smallest element to the largest.
pub fn borders(cx: &Cx, low: Value<'_>, high: Value<'_>, n: i64) -> Res<ObjRef> {
    let (low, high) = (Number::read(low), Number::read(high));
    let width = width(high.minus(low), n)?;
    let border = |at: i64| match (width, low) {
        (Number::Int(width), Number::Int(low)) => (i128::from(at) * width + low) as f64,
        (width, low) => at as f64 * width.float() + low.float(),
    };
    Ok(cx.list(|out| {
        out.extend((0..n).map(|at| border(at).to_bits()));
        out.push(high.float().to_bits());
        n as usize + 1
    }))
}

/// The bucket, of `n` from the smallest element to the largest, that an element is in.
pub fn nth(_cx: &Cx, low: Value<'_>, high: Value<'_>, n: i64, element: Value<'_>) -> Res<i64> {
    let low = Number::read(low);
    let width = width(Number::read(high).minus(low), n)?;
    Ok((Number::read(element).minus(low).over(width)? as i64).min(n - 1))
}

/// The order of two borders, or of an element and a border.
fn order(a: Value<'_>, b: Value<'_>) -> Ordering {
    match (a.shape(), b.shape()) {
        (Shape::Int, Shape::Float) => cmp_int_float(a.int(), b.float()).unwrap_or(Ordering::Equal),
        (Shape::Float, Shape::Float) => a.float().partial_cmp(&b.float()).unwrap_or(Ordering::Equal),
        (_, _) => key::cmp(a, b),
    }
}

/// Whether it has no place in an order: NaN and `None`.
fn is_nowhere(value: Value<'_>) -> bool {
    match value.shape() {
        Shape::Float => value.float().is_nan(),
        Shape::Option(_) => value.option().is_none_or(is_nowhere),
        Shape::Int | Shape::Bool | Shape::Str | Shape::Tuple(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => {
            false
        }
    }
}

/// The borders that a job gives, if they are such: ascending, two at least.
pub fn given(_cx: &Cx, borders: Value<'_>) -> Res<ObjRef> {
    let wrong = |detail: String| Err(Trap::new(Reason::Value, detail));
    if borders.len() < 2 {
        return wrong(format!("`histogram` takes two borders of buckets at least, found {}", borders.len()));
    }
    if borders.items().any(is_nowhere) {
        return wrong("`histogram` takes borders that can be compared, found nan or None".into());
    }
    for (a, b) in borders.items().zip(borders.items().skip(1)) {
        let (found, next) = (shown(a), shown(b));
        match order(a, b) {
            Ordering::Less => {}
            Ordering::Equal => return wrong(format!("`histogram` takes each border once, found {next} twice")),
            Ordering::Greater => {
                return wrong(format!("`histogram` takes sorted borders, found {next} behind {found}"));
            }
        }
    }
    Ok(ObjRef(borders.words()[0]))
}

/// How far the borders are apart, if all are equally far; else 0.
pub fn distance(_cx: &Cx, borders: Value<'_>) -> Res<f64> {
    let numbers: Option<Vec<Number>> = borders.items().map(Number::of).collect();
    let Some([first, .., last]) = numbers.as_deref() else { return Ok(0.0) };
    let steps = numbers.iter().flatten().zip(numbers.iter().flatten().skip(1)).map(|(a, b)| b.minus(*a).float());
    let (least, most) = steps.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), step| (a.min(step), b.max(step)));
    // Of infinite steps the difference is NaN, and they are not equal.
    let even = most - least < EVEN;
    if even { last.minus(*first).over(Number::Int(borders.len() as i128 - 1)) } else { Ok(0.0) }
}

/// The bucket between borders that an element is in; -1 if it is in none.
pub fn between(_cx: &Cx, borders: Value<'_>, distance: f64, element: Value<'_>) -> Res<i64> {
    let mut items = borders.items();
    let (Some(first), Some(last)) = (items.next(), items.next_back()) else { return Ok(NOWHERE) };
    if is_nowhere(element) || order(element, last).is_gt() || order(element, first).is_lt() {
        return Ok(NOWHERE);
    }
    let buckets = borders.len() as i64 - 1;
    let at = if distance == 0.0 {
        position(borders, element)
    } else {
        Number::read(element).minus(Number::read(first)).over(Number::Float(distance))? as i64
    };
    Ok(at.min(buckets - 1))
}

/// How many borders behind the first are not above an element.
fn position(borders: Value<'_>, element: Value<'_>) -> i64 {
    let (mut low, mut high) = (0, borders.len());
    while low < high {
        let middle = low.midpoint(high);
        if order(element, borders.item(middle)).is_lt() { high = middle } else { low = middle + 1 }
    }
    low as i64 - 1
}

/// How many elements each of `n` buckets has, from pairs of a bucket and a number.
pub fn counts(cx: &Cx, pairs: Value<'_>, n: i64) -> Res<ObjRef> {
    let mut counts = vec![0 as Word; usize::try_from(n).unwrap_or(0)];
    for pair in pairs.items() {
        let at = usize::try_from(pair.field(0).int()).ok();
        if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
            *count = pair.field(1).int() as Word;
        }
    }
    Ok(cx.list(|out| {
        out.extend_from_slice(&counts);
        counts.len()
    }))
}
