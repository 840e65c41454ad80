//! Python's format specs: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
//!
//! In: a value and a spec (`>8.2f`, `,`, `#06x`). Out: the text that `format(value, spec)` gives in CPython 3.11, or what is
//! wrong with the spec. [`check`] says the same before a program runs.
//!
//! Source: CPython 3.11, Python/formatter_unicode.c and Python/pystrtod.c; the names of steps are theirs.

use super::operators::{check_text, shown};
use super::text;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

/// A spec, read.
#[derive(Clone, Debug)]
struct Spec {
    fill: char,
    align: Option<char>,
    sign: char,
    sign_given: bool,
    no_negative_zero: bool,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// `format(value, spec)`
pub fn format<'a>(cx: &'a Cx, value: Value<'a>, spec: &'a str) -> Res<&'a str> {
    let wrong = |why: String| Trap::new(Reason::Value, why);
    if let Shape::Option(_) = value.shape()
        && let Some(inner) = value.option()
    {
        return format(cx, inner, spec);
    }
    if spec.is_empty() {
        return Ok(cx.arena.str(&text::str_of(value)));
    }
    check(spec, value.shape()).map_err(wrong)?;
    let numeric = !matches!(value.shape(), Shape::Str);
    let spec = parse(spec, numeric).map_err(wrong)?;
    check_text(spec.width.checked_mul(4))?;
    check_text(Some(spec.precision.unwrap_or(0)))?;
    let out = match value.shape() {
        Shape::Str => format_text(value.str(), &spec),
        Shape::Int | Shape::Bool => format_int(value.words()[0] as i64, &spec)?,
        Shape::Float => format_float(value.float(), &spec),
        Shape::Tuple(_) | Shape::Option(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => {
            return Err(wrong(format!("{} cannot be formatted by a spec", shown(value))));
        }
    };
    Ok(cx.arena.str(&out))
}

/// `format(text, spec)` of a text that is no value.
pub fn format_str(text: &str, spec: &str) -> Res<String> {
    let wrong = |why: String| Trap::new(Reason::Value, why);
    let spec = parse(spec, false).map_err(wrong)?;
    check_str(&spec).map_err(wrong)?;
    check_text(spec.width.checked_mul(4))?;
    Ok(format_text(text, &spec))
}

/// `str(value)`
pub fn str<'a>(cx: &'a Cx, value: Value<'a>) -> Res<&'a str> {
    if let Shape::Str = value.shape() {
        return Ok(value.str());
    }
    Ok(cx.arena.str(&text::str_of(value)))
}

/// `repr(value)`
pub fn repr<'a>(cx: &'a Cx, value: Value<'a>) -> Res<&'a str> {
    Ok(cx.arena.str(&text::repr_of(value)))
}

/// `print(value)`: a line of the task's output.
pub fn print(cx: &Cx, value: Value<'_>) -> Res<()> {
    let mut printed = cx.printed.borrow_mut();
    text::write_str(value, &mut printed);
    printed.push(b'\n');
    Ok(())
}

/// Whether values of the shape can be formatted by the spec; if not, why.
pub fn check(spec: &str, shape: &Shape) -> Result<(), String> {
    match shape {
        _ if spec.is_empty() => Ok(()),
        Shape::Option(inner) => check(spec, inner),
        Shape::Str => check_str(&parse(spec, false)?),
        Shape::Int | Shape::Bool => check_int(&parse(spec, true)?),
        Shape::Float => check_float(&parse(spec, true)?),
        Shape::Tuple(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => {
            Err(format!("the format spec {} is for numbers and texts", text::quoted(spec)))
        }
    }
}

/// Reads a spec; numbers stand at the right by default.
fn parse(text: &str, numeric: bool) -> Result<Spec, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let eat = |at: &mut usize, set: &str| {
        let found = chars.get(*at).copied().filter(|&c| set.contains(c));
        *at += usize::from(found.is_some());
        found
    };
    let (mut fill, mut align) = (None, None);
    if chars.get(1).is_some_and(|&c| "<>=^".contains(c)) {
        (fill, align, at) = (Some(chars[0]), Some(chars[1]), 2);
    } else if let Some(found) = eat(&mut at, "<>=^") {
        align = Some(found);
    }
    let sign = eat(&mut at, " +-");
    let no_negative_zero = eat(&mut at, "z").is_some();
    let alternate = eat(&mut at, "#").is_some();
    if fill.is_none() && eat(&mut at, "0").is_some() {
        fill = Some('0');
        align = align.or(numeric.then_some('='));
    }
    let width = digits(&chars, &mut at)?;
    let grouping = match (eat(&mut at, ","), eat(&mut at, "_")) {
        (Some(_), Some(_)) => return Err("cannot specify both ',' and '_'".into()),
        (comma, underscore) => comma.or(underscore),
    };
    if grouping.is_some() && eat(&mut at, ",").is_some() {
        return Err("cannot specify both ',' and '_'".into());
    }
    let precision = match eat(&mut at, ".") {
        Some(_) => Some(digits(&chars, &mut at)?.ok_or("format specifier missing precision")?),
        None => None,
    };
    let kind = chars.get(at).copied();
    if chars.len() > at + 1 {
        return Err(format!("invalid format specifier {}", text::quoted(text)));
    }
    let spec = Spec {
        fill: fill.unwrap_or(' '),
        align,
        sign: sign.unwrap_or('-'),
        sign_given: sign.is_some(),
        no_negative_zero,
        alternate,
        width: width.unwrap_or(0),
        grouping,
        precision,
        kind,
    };
    check_grouping(&spec)?;
    Ok(spec)
}

fn digits(chars: &[char], at: &mut usize) -> Result<Option<usize>, String> {
    let start = *at;
    while chars.get(*at).is_some_and(char::is_ascii_digit) {
        *at += 1;
    }
    let text: String = chars[start..*at].iter().collect();
    if text.is_empty() {
        return Ok(None);
    }
    // Python's limit is that of a C int.
    let n = text.parse::<usize>().ok().filter(|&n| n <= i32::MAX as usize);
    n.map(Some).ok_or_else(|| "too many decimal digits in format string".into())
}

fn check_grouping(spec: &Spec) -> Result<(), String> {
    let Some(separator) = spec.grouping else { return Ok(()) };
    match spec.kind {
        None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F') => Ok(()),
        Some('b' | 'o' | 'x' | 'X') if separator == '_' => Ok(()),
        Some(kind) => Err(format!("cannot specify '{separator}' with '{kind}'")),
    }
}

fn unknown(kind: char, of: &str) -> Result<(), String> {
    Err(format!("unknown format code '{kind}' for {of}"))
}

fn check_str(spec: &Spec) -> Result<(), String> {
    match spec.kind {
        Some(kind) if kind != 's' => unknown(kind, "a text"),
        _ if spec.sign_given => Err("a sign is not allowed for a text".into()),
        _ if spec.no_negative_zero => Err("'z' is not allowed for a text".into()),
        _ if spec.alternate => Err("'#' is not allowed for a text".into()),
        _ if spec.align == Some('=') => Err("'=' alignment is not allowed for a text".into()),
        _ => match spec.grouping {
            Some(separator) => Err(format!("cannot specify '{separator}' with 's'")),
            None => Ok(()),
        },
    }
}

fn check_int(spec: &Spec) -> Result<(), String> {
    match spec.kind {
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => Ok(()),
        None | Some('b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n') => {
            if spec.precision.is_some() {
                Err("a precision is not allowed for an int; `.2f` writes it as a float".into())
            } else if spec.no_negative_zero {
                Err("'z' is not allowed for an int".into())
            } else if spec.kind == Some('c') && (spec.sign_given || spec.alternate) {
                Err("a sign or '#' is not allowed with 'c'".into())
            } else {
                Ok(())
            }
        }
        Some(kind) => unknown(kind, "an int"),
    }
}

fn check_float(spec: &Spec) -> Result<(), String> {
    match spec.kind {
        None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => Ok(()),
        Some(kind) => unknown(kind, "a float"),
    }
}

fn format_text(text: &str, spec: &Spec) -> String {
    let kept: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
    let padding = spec.width.saturating_sub(kept.chars().count());
    let left = match spec.align {
        Some('>') => padding,
        Some('^') => padding / 2,
        _ => 0,
    };
    let mut out = String::new();
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(&kept);
    out.extend(std::iter::repeat_n(spec.fill, padding - left));
    out
}

/// A number in parts: sign, prefix (`0x`), digits before the point, the rest with the point.
struct Number {
    negative: bool,
    prefix: &'static str,
    digits: String,
    rest: String,
}

fn format_int(n: i64, spec: &Spec) -> Res<String> {
    let size = n.unsigned_abs();
    let (prefix, digits) = match spec.kind {
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return Ok(format_float(n as f64, spec)),
        Some('c') => {
            let c = u32::try_from(n).ok().and_then(char::from_u32);
            let c = c.ok_or_else(|| Trap::new(Reason::Overflow, format!("%c arg is no character: {n}")))?;
            let rest = c.to_string();
            return Ok(layout(&Number { negative: false, prefix: "", digits: String::new(), rest }, spec));
        }
        Some('b') => ("0b", format!("{size:b}")),
        Some('o') => ("0o", format!("{size:o}")),
        Some('x') => ("0x", format!("{size:x}")),
        Some('X') => ("0X", format!("{size:X}")),
        _ => ("", size.to_string()),
    };
    let prefix = if spec.alternate { prefix } else { "" };
    Ok(layout(&Number { negative: n < 0, prefix, digits, rest: String::new() }, spec))
}

fn format_float(x: f64, spec: &Spec) -> String {
    let (kind, x) = match spec.kind {
        Some('%') => ('f', x * 100.0),
        Some('n') => ('g', x),
        Some(kind) => (kind.to_ascii_lowercase(), x),
        // Without a type: as `repr`, or as `g` with at least one digit behind the point.
        None => ('r', x),
    };
    let mut text = match x {
        x if x.is_nan() => "nan".to_owned(),
        x if x.is_infinite() => "inf".to_owned(),
        x => float_digits(x.abs(), kind, spec.precision, spec.alternate),
    };
    if matches!(spec.kind, Some('E' | 'F' | 'G')) {
        text.make_ascii_uppercase();
    }
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    let negative = x.is_sign_negative() && !x.is_nan() && !(spec.no_negative_zero && is_zero(&text));
    let mut rest = text.split_off(whole);
    if spec.kind == Some('%') {
        rest.push('%');
    }
    layout(&Number { negative, prefix: "", digits: text, rest }, spec)
}

/// Whether the digits before the exponent are all zero.
fn is_zero(text: &str) -> bool {
    text.split(['e', 'E']).next().is_some_and(|mantissa| mantissa.bytes().all(|b| b == b'0' || b == b'.'))
}

/// The digits of a finite float without a sign.
fn float_digits(x: f64, kind: char, precision: Option<usize>, alternate: bool) -> String {
    let dot_zero = kind == 'r';
    match (kind, precision) {
        ('e', _) => {
            let (digits, point) = rounded(x, precision.unwrap_or(6));
            let len = digits.len() as i64;
            place(&digits, point, len, Place { exponent: true, dot_zero: false, alternate })
        }
        ('f', _) => fixed(x, precision.unwrap_or(6), alternate),
        ('r', None) => {
            let found = text::Digits::of(x);
            let digits = std::str::from_utf8(found.digits()).unwrap_or("0");
            let exponent = found.point <= -4 || found.point > 16;
            let (point, end) = (i64::from(found.point), digits.len() as i64);
            place(digits, point, end, Place { exponent, dot_zero, alternate })
        }
        _ => {
            let precision = precision.unwrap_or(6).max(1);
            let (digits, point) = rounded(x, precision - 1);
            let exponent = point <= -4 || point > precision as i64 - i64::from(dot_zero);
            let kept = digits.trim_end_matches('0');
            let kept = if kept.is_empty() { "0" } else { kept };
            let end = if alternate { precision } else { kept.len() };
            place(kept, point, end as i64, Place { exponent, dot_zero, alternate })
        }
    }
}

/// How digits are laid out.
#[derive(Clone, Copy)]
struct Place {
    exponent: bool,
    dot_zero: bool,
    alternate: bool,
}

/// Places after which every double is exact; more are zeros.
const EXACT: usize = 1100;

/// `%.{precision}f`
fn fixed(x: f64, precision: usize, alternate: bool) -> String {
    let mut text = format!("{x:.*}", precision.min(EXACT));
    text.extend(std::iter::repeat_n('0', precision.saturating_sub(EXACT)));
    if alternate && precision == 0 {
        text.push('.');
    }
    text
}

/// The first digit and `after` more, correctly rounded, and where the point stands before them.
fn rounded(x: f64, after: usize) -> (String, i64) {
    let text = format!("{x:.*e}", after.min(EXACT));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.extend(std::iter::repeat_n('0', after.saturating_sub(EXACT)));
    (digits, exponent.parse::<i64>().unwrap_or(0) + 1)
}

/// Lays digits out around the point, with zeros up to `end` digits.
///
/// Source: CPython 3.11, Python/pystrtod.c, `format_float_short`.
fn place(digits: &str, point: i64, end: i64, how: Place) -> String {
    let exponent = how.exponent.then_some(point - 1);
    let point = if how.exponent { 1 } else { point };
    let end = if !how.exponent && how.dot_zero { end.max(point + 1) } else { end.max(point) };
    let start = if point <= 0 { point - 1 } else { 0 };
    let mut out = String::new();
    for at in start..end {
        if at == point {
            out.push('.');
        }
        out.push(usize::try_from(at).ok().and_then(|at| digits.as_bytes().get(at)).map_or('0', |&b| b as char));
    }
    if how.alternate && end == point {
        out.push('.');
    }
    if let Some(exponent) = exponent {
        let mut bytes = Vec::new();
        text::write_exponent(exponent as i32, &mut bytes);
        out.extend(bytes.into_iter().map(char::from));
    }
    out
}

/// Sign, padding and groups around a number.
fn layout(number: &Number, spec: &Spec) -> String {
    let sign = match (number.negative, spec.sign) {
        (true, _) => "-",
        (false, '+') => "+",
        (false, ' ') => " ",
        (false, _) => "",
    };
    let align = spec.align.unwrap_or('>');
    let fixed = sign.len() + number.prefix.len() + number.rest.chars().count();
    let least = if spec.fill == '0' && align == '=' { spec.width.saturating_sub(fixed) } else { 0 };
    let digits = grouped(&number.digits, least, spec);
    let padding = spec.width.saturating_sub(fixed + digits.len());
    let (left, inside) = match align {
        '<' => (0, 0),
        '^' => (padding / 2, 0),
        '=' => (0, padding),
        _ => (padding, 0),
    };
    let mut out = String::with_capacity(spec.width.max(fixed + digits.len()));
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(sign);
    out.push_str(number.prefix);
    out.extend(std::iter::repeat_n(spec.fill, inside));
    out.push_str(&digits);
    out.push_str(&number.rest);
    out.extend(std::iter::repeat_n(spec.fill, padding - left - inside));
    out
}

/// The digits with separators, and with zeros in front so that they are `least` characters long.
fn grouped(digits: &str, least: usize, spec: &Spec) -> String {
    if digits.is_empty() {
        return String::new();
    }
    let Some(separator) = spec.grouping else {
        let zeros = least.saturating_sub(digits.len());
        return std::iter::repeat_n('0', zeros).chain(digits.chars()).collect();
    };
    let group = if matches!(spec.kind, Some('b' | 'o' | 'x' | 'X')) { 4 } else { 3 };
    // So many digits that, with separators, they are long enough.
    let mut len = digits.len().max((least * group).div_ceil(group + 1));
    while len + (len - 1) / group < least {
        len += 1;
    }
    let padded = std::iter::repeat_n('0', len - digits.len()).chain(digits.chars());
    let mut out = String::with_capacity(len + len / group);
    for (n, c) in padded.enumerate() {
        if n > 0 && (len - n).is_multiple_of(group) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;

    #[test]
    fn formats_are_pythons() {
        let cx = Cx::new();
        recorded::check("formats", |name, args| {
            let shape = match name {
                "int" => Shape::Int,
                "float" => Shape::Float,
                "bool" => Shape::Bool,
                _ => Shape::Str,
            };
            let value = args.value(0, &shape);
            Ok(format(&cx, value.value(0), args.str(1))?.into())
        });
    }
}
