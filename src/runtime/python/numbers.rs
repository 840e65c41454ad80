//! Numbers: text to numbers, between ints and floats, rounding, and Python's `math`.
//!
//! Where Python raises ValueError (domain errors, `int("x")`, `int(nan)`), OverflowError or ZeroDivisionError, a row error
//! is raised; ints have 64 bits.

use super::letters::{decimal, is_space};
use super::operators::check_list;
use super::text::quoted;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Value, Word};

/// `int(text)`
pub fn int_of_str(_cx: &Cx, text: &str) -> Res<i64> {
    if let Some(n) = plain_int(text.as_bytes()) {
        return Ok(n);
    }
    parse_int(text, 10)
}

/// The common case: up to 16 ASCII digits, maybe a minus.
fn plain_int(text: &[u8]) -> Option<i64> {
    let (negative, text) = without_minus(text);
    let n = digits(text)? as i64;
    Some(if negative { -n } else { n })
}

fn without_minus(text: &[u8]) -> (bool, &[u8]) {
    text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest))
}

/// The number that 1 to 16 ASCII digits say.
fn digits(text: &[u8]) -> Option<u64> {
    match text.len() {
        1..=8 => eight_digits(text),
        9..=16 => {
            let (high, low) = text.split_at(text.len() - 8);
            Some(eight_digits(high)? * 100_000_000 + eight_digits(low)?)
        }
        _ => None,
    }
}

/// The number that 1 to 8 ASCII digits say.
fn eight_digits(text: &[u8]) -> Option<u64> {
    let word = last_of_word(text);
    digits_of_word(word | ZEROS.checked_shr(8 * text.len() as u32).unwrap_or(0))
}

/// Eight times the digit 0.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// 1 to 8 bytes at the upper end of a little-endian word, whose other bytes are 0. Loads overlap where they must.
#[inline(always)]
fn last_of_word(text: &[u8]) -> u64 {
    let up = 8 * (8 - text.len());
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << up | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => {
            let middle = text.len() / 2;
            let (first, between) = (u64::from(text[0]) << up, u64::from(text[middle]) << (up + 8 * middle));
            first | between | u64::from(text[text.len() - 1]) << 56
        }
    }
}

/// The number that eight ASCII digits say, of which pairs, fours and eights are added up at once.
///
/// Source: D. Lemire, "Quickly parsing eight digits" (2018).
#[inline(always)]
fn digits_of_word(word: u64) -> Option<u64> {
    let digits = word ^ ZEROS;
    // A digit is below ten: adding six to it changes none of the upper four bits.
    if (digits | digits.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff)
}

/// Powers of ten that are exact floats.
const POWERS: [f64; 8] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// The common case of a float: a minus or none, digits with a point or none, so few that both they and the power of ten are
/// exact floats and their quotient is the nearest to what is written (Clinger 1990).
fn plain_float(text: &[u8]) -> Option<f64> {
    match text.len() {
        1..=8 => short_float(text),
        9..=16 => longer_float(text),
        _ => None,
    }
}

/// The same of up to eight bytes, in a word and nearly without branches, which lengths and signs would make
/// unpredictable: a minus becomes a zero, and the digits before the point move up over it.
#[inline]
fn short_float(text: &[u8]) -> Option<f64> {
    let up = 8 * (8 - text.len());
    let negative = u64::from(text[0] == b'-');
    let minus = (negative * u64::from(b'-' ^ b'0')) << up;
    let word = (last_of_word(text) | ZEROS.checked_shr(8 * text.len() as u32).unwrap_or(0)) ^ minus;
    // 0x80 in the lowest byte that is a point, at least.
    let points = word ^ (0x0101_0101_0101_0101 * u64::from(b'.'));
    let point = points.wrapping_sub(0x0101_0101_0101_0101) & !points & 0x8080_8080_8080_8080;
    let (word, places, rest) = if point == 0 {
        (word, 0, 1)
    } else {
        let at = point.trailing_zeros() / 8 * 8;
        let before = (1 << at) - 1;
        let behind = !(before << 8 | 0xff);
        (word & behind | (word & before) << 8 | u64::from(b'0'), 7 - at as usize / 8, 2)
    };
    if text.len() < rest + negative as usize {
        return None;
    }
    let x = digits_of_word(word)? as f64 / POWERS[places];
    Some(f64::from_bits(x.to_bits() | negative << 63))
}

fn longer_float(text: &[u8]) -> Option<f64> {
    let (negative, text) = without_minus(text);
    if text.len() > 15 {
        return None;
    }
    let x = match text.iter().position(|byte| *byte == b'.') {
        None => digits(text)? as f64,
        Some(at) => {
            let (whole, places) = (digits(&text[..at])?, &text[at + 1..]);
            let scale = POWERS.get(places.len())?;
            (whole * *scale as u64 + digits(places)?) as f64 / scale
        }
    };
    Some(if negative { -x } else { x })
}

/// `int(text, base)`
pub fn int_of_str_base(_cx: &Cx, text: &str, base: i64) -> Res<i64> {
    match u32::try_from(base) {
        Ok(base) if base == 0 || (2..=36).contains(&base) => parse_int(text, base),
        _ => Err(Trap::new(Reason::Value, format!("int() base must be >= 2 and <= 36, or 0, not {base}"))),
    }
}

/// White space that may stand around a number: that of `str.isspace` but four control characters.
fn surrounds(c: char) -> bool {
    is_space(c) && !('\x1c'..='\x1f').contains(&c)
}

/// Python's rules: white space around, a sign, a prefix where the base allows it, single underscores between digits,
/// digits of any script.
fn parse_int(text: &str, base: u32) -> Res<i64> {
    let wrong = || Trap::new(Reason::Value, format!("invalid literal for int() with base {base}: {}", quoted(text)));
    let trimmed = text.trim_matches(surrounds);
    let (negative, body) = match trimmed.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (radix, digits) = radix_of(body, base);
    let digits = if digits.len() == body.len() { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    let (mut n, mut after_digit, mut big) = (0i128, false, false);
    for c in digits.chars() {
        if c == '_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = decimal(c).or_else(|| c.to_digit(36)).filter(|&d| d < radix).ok_or_else(wrong)?;
        n = n * i128::from(radix) + i128::from(digit);
        if n > 1 << 64 {
            (n, big) = (1 << 64, true);
        }
        after_digit = true;
    }
    if !after_digit || base == 0 && radix == 10 && digits.starts_with('0') && n != 0 {
        return Err(wrong());
    }
    let overflow = || Trap::new(Reason::Overflow, format!("{} does not fit 64 bits", quoted(text)));
    if big { Err(overflow()) } else { i64::try_from(if negative { -n } else { n }).map_err(|_| overflow()) }
}

/// The radix that a prefix (`0x`, `0o`, `0b`) gives, and what follows the prefix.
fn radix_of(body: &str, base: u32) -> (u32, &str) {
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if (base == radix || base == 0)
            && let Some(rest) = prefixes.iter().find_map(|prefix| body.strip_prefix(prefix))
        {
            return (radix, rest);
        }
    }
    (if base == 0 { 10 } else { base }, body)
}

/// `float(text)`
pub fn float_of_str(_cx: &Cx, text: &str) -> Res<f64> {
    match plain_float(text.as_bytes()) {
        Some(x) => Ok(x),
        None => any_float(text),
    }
}

#[cold]
fn any_float(text: &str) -> Res<f64> {
    if let Some(x) = parse_float(text) {
        return Ok(x);
    }
    let plain = text.trim_matches(surrounds);
    let wrong = || Trap::new(Reason::Value, format!("could not convert string to float: {}", quoted(text)));
    parse_float(plain).or_else(|| parse_float(&normal_digits(plain)?)).ok_or_else(wrong)
}

/// Text without white space or underscores.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    fast_float2::parse(text).ok()
}

/// Underscores between digits taken out, digits of other scripts as ASCII.
fn normal_digits(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match decimal(c) {
            Some(digit) => out.push(char::from_digit(digit, 10)?),
            None if c == '_' => {
                let between =
                    out.ends_with(|c: char| c.is_ascii_digit()) && chars.peek().is_some_and(|&c| decimal(c).is_some());
                if !between {
                    return None;
                }
            }
            None => out.push(c),
        }
    }
    Some(out)
}

/// `int(text)`, or nothing where that is a row error.
pub fn int_if_said(cx: &Cx, text: &str) -> Res<Option<i64>> {
    Ok(int_of_str(cx, text).ok())
}

/// `float(text)`, or nothing where that is a row error.
pub fn float_if_said(cx: &Cx, text: &str) -> Res<Option<f64>> {
    Ok(float_of_str(cx, text).ok())
}

/// `int(x)`: towards zero.
pub fn int_of_float(_cx: &Cx, x: f64) -> Res<i64> {
    if x.is_nan() {
        return Err(Trap::new(Reason::Value, "cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(Trap::new(Reason::Overflow, "cannot convert float infinity to integer"));
    }
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if !(-LIMIT..LIMIT).contains(&x) {
        return Err(Trap::new(Reason::Overflow, format!("{x:?} does not fit 64 bits")));
    }
    Ok(x as i64)
}

/// `math.floor(x)`
pub fn floor(cx: &Cx, x: f64) -> Res<i64> {
    int_of_float(cx, x.floor())
}

/// `math.ceil(x)`
pub fn ceil(cx: &Cx, x: f64) -> Res<i64> {
    int_of_float(cx, x.ceil())
}

/// `round(x)`: half to even.
pub fn round(cx: &Cx, x: f64) -> Res<i64> {
    int_of_float(cx, x.round_ties_even())
}

/// `round(x, digits)`: half to even of the exact value.
///
/// Source: CPython 3.11, Objects/floatobject.c, `double_round`: digits as `%.*f` gives them, read again.
pub fn round_digits(_cx: &Cx, x: f64, digits: i64) -> Res<f64> {
    if !x.is_finite() || digits > 323 {
        return Ok(x);
    }
    if digits < -308 {
        return Ok(0.0 * x);
    }
    let rounded = if digits >= 0 { format!("{x:.*}", digits as usize) } else { round_left(x, -digits as i32) };
    let result = parse_float(&rounded).unwrap_or(x);
    if result.is_infinite() {
        return Err(Trap::new(Reason::Overflow, "rounded value too large to represent"));
    }
    Ok(result)
}

/// The text of `x` rounded to a multiple of `10^places`.
fn round_left(x: f64, places: i32) -> String {
    // Digits before the point.
    let whole = if x == 0.0 {
        1
    } else {
        format!("{:e}", x.abs()).rsplit('e').next().map_or(0, |e| e.parse().unwrap_or(0)) + 1
    };
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if whole > places {
        return format!("{x:.*e}", (whole - places - 1) as usize);
    }
    // Nothing is left but a carry, when x is above half of the place's unit.
    let half = parse_float(&format!("5e{}", places - 1)).unwrap_or(f64::INFINITY);
    if whole == places && x.abs() > half { format!("{sign}1e{places}") } else { format!("{sign}0") }
}

/// `round(n, digits)` of an int.
pub fn round_int_digits(_cx: &Cx, n: i64, digits: i64) -> Res<i64> {
    if digits >= 0 {
        return Ok(n);
    }
    let Some(unit) = u32::try_from(digits.unsigned_abs()).ok().filter(|&d| d <= 19).map(|d| 10i128.pow(d)) else {
        return Ok(0);
    };
    let n128 = i128::from(n);
    let (quotient, rest) = (n128.div_euclid(unit), n128.rem_euclid(unit));
    let up = rest * 2 > unit || rest * 2 == unit && quotient % 2 != 0;
    let rounded = (quotient + i128::from(up)) * unit;
    i64::try_from(rounded)
        .map_err(|_| Trap::new(Reason::Overflow, format!("round({n}, {digits}) does not fit 64 bits")))
}

/// `abs(n)`
pub fn abs_int(_cx: &Cx, n: i64) -> Res<i64> {
    n.checked_abs().ok_or_else(|| Trap::new(Reason::Overflow, format!("abs({n}) does not fit 64 bits")))
}

/// `abs(x)`
pub fn abs_float(_cx: &Cx, x: f64) -> Res<f64> {
    Ok(x.abs())
}

/// The result of `math` functions: NaN from a number is a domain error, infinity from a finite number a range error.
fn checked(name: &str, x: f64, result: f64) -> Res<f64> {
    if result.is_nan() && !x.is_nan() {
        return Err(Trap::new(Reason::Value, format!("math domain error: {name}({x:?})")));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(Trap::new(Reason::Overflow, format!("math range error: {name}({x:?})")));
    }
    Ok(result)
}

/// `math.sqrt(x)`
pub fn sqrt(_cx: &Cx, x: f64) -> Res<f64> {
    checked("sqrt", x, x.sqrt())
}

/// `math.exp(x)`
pub fn exp(_cx: &Cx, x: f64) -> Res<f64> {
    checked("exp", x, x.exp())
}

/// Logarithms are not defined at zero: a domain error in Python.
fn logarithm(name: &str, x: f64, result: f64) -> Res<f64> {
    checked(name, x, if x == 0.0 { f64::NAN } else { result })
}

/// `math.log(x)`
pub fn log(_cx: &Cx, x: f64) -> Res<f64> {
    logarithm("log", x, x.ln())
}

/// `math.log(x, base)`
pub fn log_base(cx: &Cx, x: f64, base: f64) -> Res<f64> {
    let (above, below) = (log(cx, x)?, log(cx, base)?);
    if below == 0.0 {
        return Err(Trap::new(Reason::ZeroDivision, "float division by zero: log to the base 1"));
    }
    Ok(above / below)
}

/// `math.log2(x)`
pub fn log2(_cx: &Cx, x: f64) -> Res<f64> {
    logarithm("log2", x, x.log2())
}

/// `math.log10(x)`
pub fn log10(_cx: &Cx, x: f64) -> Res<f64> {
    logarithm("log10", x, x.log10())
}

/// `math.sin(x)`
pub fn sin(_cx: &Cx, x: f64) -> Res<f64> {
    checked("sin", x, x.sin())
}

/// `math.cos(x)`
pub fn cos(_cx: &Cx, x: f64) -> Res<f64> {
    checked("cos", x, x.cos())
}

/// `math.tan(x)`
pub fn tan(_cx: &Cx, x: f64) -> Res<f64> {
    checked("tan", x, x.tan())
}

/// `math.atan(x)`
pub fn atan(_cx: &Cx, x: f64) -> Res<f64> {
    Ok(x.atan())
}

/// `math.asin(x)`
pub fn asin(_cx: &Cx, x: f64) -> Res<f64> {
    checked("asin", x, x.asin())
}

/// `math.acos(x)`
pub fn acos(_cx: &Cx, x: f64) -> Res<f64> {
    checked("acos", x, x.acos())
}

/// `math.atan2(y, x)`
pub fn atan2(_cx: &Cx, y: f64, x: f64) -> Res<f64> {
    Ok(y.atan2(x))
}

/// `math.isnan(x)`
pub fn isnan(_cx: &Cx, x: f64) -> Res<bool> {
    Ok(x.is_nan())
}

/// `math.isinf(x)`
pub fn isinf(_cx: &Cx, x: f64) -> Res<bool> {
    Ok(x.is_infinite())
}

/// `math.hypot(x, y)`
///
/// Source: CPython 3.11, Modules/mathmodule.c, `vector_norm`: the squares are summed in extended precision, and the root
/// is corrected once.
pub fn hypot(_cx: &Cx, x: f64, y: f64) -> Res<f64> {
    let (x, y) = (x.abs(), y.abs());
    let most = if x > y { x } else { y };
    if x.is_infinite() || y.is_infinite() {
        return Ok(f64::INFINITY);
    }
    if x.is_nan() || y.is_nan() {
        return Ok(f64::NAN);
    }
    if most == 0.0 {
        return Ok(0.0);
    }
    Ok(if most < f64::MIN_POSITIVE {
        f64::MIN_POSITIVE * norm(x / f64::MIN_POSITIVE, y / f64::MIN_POSITIVE)
    } else {
        norm(x, y)
    })
}

/// A number as two halves whose products are exact.
fn halves(x: f64) -> (f64, f64) {
    const T27: f64 = 134_217_729.0;
    let t = x * T27;
    let high = t - (t - x);
    (high, x - high)
}

/// A sum that keeps what rounding loses, by the size of the parts.
struct Squares {
    sum: f64,
    lost: [f64; 3],
}

impl Squares {
    fn add(&mut self, part: f64, size: usize) {
        let before = self.sum;
        self.sum += part;
        self.lost[size] += (before - self.sum) + part;
    }

    /// The sum, less the 1 that it began with.
    fn total(&self) -> f64 {
        self.sum - 1.0 + (self.lost[0] + self.lost[1] + self.lost[2])
    }
}

fn norm(x: f64, y: f64) -> f64 {
    // The power of two that brings the larger into [0.5, 1).
    let scale = 0.5f64.powi(((x.max(y).to_bits() >> 52) & 0x7ff) as i32 - 1022);
    let mut squares = Squares { sum: 1.0, lost: [0.0; 3] };
    for v in [x * scale, y * scale] {
        let (high, low) = halves(v);
        squares.add(high * high, 0);
        squares.add(2.0 * high * low, 1);
        squares.lost[2] += low * low;
    }
    let root = squares.total().sqrt();
    // One step of Newton's method, with what is left over.
    let (high, low) = halves(root);
    squares.add(-high * high, 0);
    squares.add(-2.0 * high * low, 1);
    squares.add(-low * low, 2);
    (root + squares.total() / (2.0 * root)) / scale
}

fn in_radix<'a>(cx: &'a Cx, n: i64, prefix: &str, digits: impl FnOnce(u64) -> String) -> Res<&'a str> {
    Ok(cx.text(|out| {
        out.push_str(if n < 0 { "-" } else { "" });
        out.push_str(prefix);
        out.push_str(&digits(n.unsigned_abs()));
    }))
}

/// `hex(n)`
pub fn hex(cx: &Cx, n: i64) -> Res<&str> {
    in_radix(cx, n, "0x", |n| format!("{n:x}"))
}

/// `oct(n)`
pub fn oct(cx: &Cx, n: i64) -> Res<&str> {
    in_radix(cx, n, "0o", |n| format!("{n:o}"))
}

/// `bin(n)`
pub fn bin(cx: &Cx, n: i64) -> Res<&str> {
    in_radix(cx, n, "0b", |n| format!("{n:b}"))
}

/// `sum(ints)`: added wider, checked once.
pub fn sum_ints(_cx: &Cx, list: Value<'_>) -> Res<i64> {
    let sum: i128 = list.list_words().iter().map(|&word| i128::from(word as i64)).sum();
    i64::try_from(sum).map_err(|_| Trap::new(Reason::Overflow, format!("the sum {sum} does not fit 64 bits")))
}

/// `sum(floats)`: from left to right.
pub fn sum_floats(_cx: &Cx, list: Value<'_>) -> Res<f64> {
    Ok(list.list_words().iter().fold(0.0, |sum, &word| sum + f64::from_bits(word)))
}

/// `list(range(start, stop, step))`
pub fn range(cx: &Cx, start: i64, stop: i64, step: i64) -> Res<ObjRef> {
    if step == 0 {
        return Err(Trap::new(Reason::Value, "range() arg 3 must not be zero"));
    }
    let (from, to, by) = (i128::from(start), i128::from(stop), i128::from(step));
    let distance = if step > 0 { to - from } else { from - to };
    let len = if distance <= 0 { 0 } else { (distance - 1) / by.abs() + 1 };
    let len = check_list(usize::try_from(len).ok())?;
    Ok(cx.list(|out| {
        out.extend((0..len as i128).map(|n| (from + n * by) as Word));
        len
    }))
}
