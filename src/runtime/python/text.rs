//! The text of values: Python's `str` and `repr`, to the letter (CPython 3.11).
//!
//! In: a [`Value`]. Out: UTF-8 appended to a buffer: `('Lily', 23)`, `{'count': 1, 'total': 2.0}`, `[None, 1e+16]`,
//! `{1, 2}`, `set()`, `()`. Everything that prints values goes through here: `print`, `str`, f-strings, part files.
//!
//! A record prints as a dict, an option as `None` or its value. Sets print in order of insertion (Python: in hash order).

use super::unicode;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

/// Appends `str(value)`: a text stands for itself, everything else is its `repr`.
pub fn write_str(value: Value<'_>, out: &mut Vec<u8>) {
    match value.shape() {
        Shape::Str => out.extend_from_slice(value.str().as_bytes()),
        Shape::Option(_) => match value.option() {
            None => out.extend_from_slice(b"None"),
            Some(inner) => write_str(inner, out),
        },
        Shape::Int | Shape::Float | Shape::Bool | Shape::Tuple(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => {
            write_repr(value, out);
        }
    }
}

/// Appends `repr(value)`.
pub fn write_repr(value: Value<'_>, out: &mut Vec<u8>) {
    match value.shape() {
        Shape::Int => write_int(value.int(), out),
        Shape::Float => write_float(value.float(), out),
        Shape::Bool => out.extend_from_slice(bool_text(value.bool()).as_bytes()),
        Shape::Str => write_quoted(value.str(), out),
        Shape::Tuple(_) => write_components(value, out),
        Shape::Option(_) => match value.option() {
            None => out.extend_from_slice(b"None"),
            Some(inner) => write_repr(inner, out),
        },
        Shape::List(_) => write_all(b'[', value.items(), b']', out),
        Shape::Set(_) if value.is_empty() => out.extend_from_slice(b"set()"),
        Shape::Set(_) => write_all(b'{', value.items(), b'}', out),
        Shape::Map(..) => {
            out.push(b'{');
            for (n, (key, item)) in value.entries().enumerate() {
                write_comma(n, out);
                write_repr(key, out);
                out.extend_from_slice(b": ");
                write_repr(item, out);
            }
            out.push(b'}');
        }
    }
}

/// `str(value)` as a new text.
pub fn str_of(value: Value<'_>) -> String {
    let mut out = Vec::new();
    write_str(value, &mut out);
    String::from_utf8(out).expect("the writers of this module append UTF-8")
}

/// `repr(value)` as a new text.
pub fn repr_of(value: Value<'_>) -> String {
    let mut out = Vec::new();
    write_repr(value, &mut out);
    String::from_utf8(out).expect("the writers of this module append UTF-8")
}

/// `repr` of a text as a new text, as error messages quote it.
pub fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    write_quoted(text, &mut out);
    String::from_utf8(out).expect("the writers of this module append UTF-8")
}

/// `True` or `False`.
pub fn bool_text(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

fn write_comma(n: usize, out: &mut Vec<u8>) {
    if n > 0 {
        out.extend_from_slice(b", ");
    }
}

fn write_all<'a>(open: u8, items: impl Iterator<Item = Value<'a>>, close: u8, out: &mut Vec<u8>) {
    out.push(open);
    for (n, item) in items.enumerate() {
        write_comma(n, out);
        write_repr(item, out);
    }
    out.push(close);
}

/// A tuple `(1, 2)`, `(1,)`, `()`, or a record `{'a': 1}`.
fn write_components(value: Value<'_>, out: &mut Vec<u8>) {
    let components = value.components();
    if components.is_stats {
        return write_stats(value, out);
    }
    let (open, close) = if components.names.is_some() { (b'{', b'}') } else { (b'(', b')') };
    out.push(open);
    for n in 0..components.shapes.len() {
        write_comma(n, out);
        if let Some(names) = &components.names {
            write_quoted(&names[n], out);
            out.extend_from_slice(b": ");
        }
        write_repr(value.field(n), out);
    }
    if components.shapes.len() == 1 && components.names.is_none() {
        out.push(b',');
    }
    out.push(close);
}

/// A counter of `statistics`: `(count: 3, mean: 2.0, stdev: 0.81…, max: 3.0, min: 1.0)`. Its fields are the count, the mean,
/// the sum of the squares of all distances from the mean, the largest and the smallest value.
fn write_stats(value: Value<'_>, out: &mut Vec<u8>) {
    let count = value.field(0).int();
    let [mean, squares, max, min] = [1, 2, 3, 4].map(|n| value.field(n).float());
    out.extend_from_slice(format!("(count: {count}").as_bytes());
    let stdev = if count <= 0 { f64::NAN } else { (squares / count as f64).sqrt() };
    for (name, figure) in [("mean", mean), ("stdev", stdev), ("max", max), ("min", min)] {
        out.extend_from_slice(format!(", {name}: ").as_bytes());
        write_float(figure, out);
    }
    out.push(b')');
}

/// Appends an int.
pub fn write_int(n: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// Appends `repr` of a text: in single quotes, or in double quotes if it holds single ones only; what does not print is
/// escaped.
pub fn write_quoted(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let double = memchr::memchr(b'\'', bytes).is_some() && memchr::memchr(b'"', bytes).is_none();
    let quote = if double { b'"' } else { b'\'' };
    out.reserve(bytes.len() + 2);
    out.push(quote);
    let mut done = 0;
    let plain = |b: u8| (0x20..0x7f).contains(&b) && b != b'\\' && b != quote;
    while let Some(run) = bytes[done..].iter().position(|&b| !plain(b)) {
        out.extend_from_slice(&bytes[done..done + run]);
        done += run;
        let c = text[done..].chars().next().expect("the run stopped at a character");
        write_escaped(c, quote, out);
        done += c.len_utf8();
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(quote);
}

fn write_escaped(c: char, quote: u8, out: &mut Vec<u8>) {
    match c {
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c if c as u32 == u32::from(quote) => out.extend_from_slice(&[b'\\', quote]),
        c if is_printable(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        c if (c as u32) < 0x100 => out.extend_from_slice(format!("\\x{:02x}", c as u32).as_bytes()),
        c if (c as u32) < 0x10000 => out.extend_from_slice(format!("\\u{:04x}", c as u32).as_bytes()),
        c => out.extend_from_slice(format!("\\U{:08x}", c as u32).as_bytes()),
    }
}

/// Python's `str.isprintable` of a character.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() { (' '..='~').contains(&c) } else { !in_ranges(c, &unicode::NOT_PRINTABLE) }
}

/// Whether a table of [`unicode`] has the character.
pub fn in_ranges(c: char, ranges: &[(u32, u32)]) -> bool {
    let c = c as u32;
    let after = ranges.partition_point(|&(first, _)| first <= c);
    after > 0 && c <= ranges[after - 1].1
}

/// The shortest decimal digits of a finite float that is not zero: digits `d₁d₂…` and the place of the point, so that
/// the number is `0.d₁d₂… × 10^point`.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    digits: [u8; 20],
    len: usize,
    /// Where the decimal point stands, counted from before the first digit.
    pub point: i32,
}

impl Digits {
    /// The digits of `x`'s magnitude; the digit 0 for zero.
    ///
    /// Source of the digits: zmij (Schubfach), which is shortest and nearest as `repr` is; only its layout differs.
    pub fn of(x: f64) -> Self {
        let mut found = Self { digits: [b'0'; 20], len: 1, point: 1 };
        if x == 0.0 {
            return found;
        }
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(x.abs()).as_bytes();
        let (mantissa, exponent) = match text.iter().position(|&b| b == b'e') {
            Some(at) => (&text[..at], parse_exponent(&text[at + 1..])),
            None => (text, 0),
        };
        let whole = mantissa.iter().position(|&b| b == b'.').unwrap_or(mantissa.len());
        found.len = 0;
        let mut leading = 0;
        for &b in mantissa.iter().filter(|&&b| b != b'.') {
            if found.len == 0 && b == b'0' {
                leading += 1;
            } else {
                found.digits[found.len] = b;
                found.len += 1;
            }
        }
        while found.len > 1 && found.digits[found.len - 1] == b'0' {
            found.len -= 1;
        }
        found.point = whole as i32 + exponent - leading;
        found
    }

    /// The digits as ASCII.
    pub fn digits(&self) -> &[u8] {
        &self.digits[..self.len]
    }
}

fn parse_exponent(text: &[u8]) -> i32 {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let n = digits.iter().fold(0, |n, &b| n * 10 + i32::from(b - b'0'));
    if negative { -n } else { n }
}

/// Appends `repr` of a float: `5.0`, `1e+16`, `1e-05`, `-0.0`, `inf`, `nan`.
pub fn write_float(x: f64, out: &mut Vec<u8>) {
    if x.is_nan() {
        return out.extend_from_slice(b"nan");
    }
    if x.is_sign_negative() {
        out.push(b'-');
    }
    if x.is_infinite() {
        return out.extend_from_slice(b"inf");
    }
    if x.trunc() == x && x.abs() < 1e15 {
        write_int(x.abs() as i64, out);
        return out.extend_from_slice(b".0");
    }
    let found = Digits::of(x);
    if -4 < found.point && found.point <= 16 {
        write_fixed(found.digits(), found.point, out);
    } else {
        write_scientific(found.digits(), found.point, out);
    }
}

/// `123.45`, `0.001`, `120.0`
fn write_fixed(digits: &[u8], point: i32, out: &mut Vec<u8>) {
    if point <= 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', point.unsigned_abs() as usize));
        return out.extend_from_slice(digits);
    }
    let whole = (point as usize).min(digits.len());
    out.extend_from_slice(&digits[..whole]);
    out.extend(std::iter::repeat_n(b'0', point as usize - whole));
    out.push(b'.');
    out.extend_from_slice(if whole < digits.len() { &digits[whole..] } else { b"0" });
}

/// `1.5e-07`, `1e+16`
fn write_scientific(digits: &[u8], point: i32, out: &mut Vec<u8>) {
    out.push(digits[0]);
    if digits.len() > 1 {
        out.push(b'.');
        out.extend_from_slice(&digits[1..]);
    }
    write_exponent(point - 1, out);
}

/// Appends `e+16`, `e-05`: a sign and at least two digits.
pub fn write_exponent(exponent: i32, out: &mut Vec<u8>) {
    out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    write_int(i64::from(exponent.abs()), out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::recorded::Args;

    #[test]
    fn repr_is_pythons() {
        recorded::check("text", |name, args: Args<'_>| match name {
            "repr" if args.is_str(0) => Ok(quoted(args.str(0)).into()),
            "repr" => {
                let mut out = Vec::new();
                write_float(args.float(0), &mut out);
                Ok(String::from_utf8(out).unwrap().into())
            }
            "repr of a block" => Ok(recorded::digest(&quoted(&recorded::block(args.int(0)))).into()),
            other => panic!("{other}"),
        });
    }
}
