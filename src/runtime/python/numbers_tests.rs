//! Numbers against CPython 3.11.

use serde_json::Value as Json;

use super::numbers::*;
use super::operators::*;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;
use crate::runtime::recorded;
use crate::runtime::recorded::{Args, float};
use crate::runtime::value::shape::Shape;

#[test]
fn numbers_are_pythons() {
    let cx = Cx::new();
    recorded::check("numbers", |name, args| match args.len() {
        1 => one(&cx, name, args),
        _ => several(&cx, name, args),
    });
}

fn one(cx: &Cx, name: &str, args: Args<'_>) -> Res<Json> {
    Ok(match name {
        "int_of_str" => int_of_str(cx, args.str(0))?.into(),
        "float_of_str" => float(float_of_str(cx, args.str(0))?),
        "int_if_said" => int_if_said(cx, args.str(0))?.into(),
        "float_if_said" => float_if_said(cx, args.str(0))?.map_or(Json::Null, float),
        "int_of_float" | "trunc" => int_of_float(cx, args.float(0))?.into(),
        "round" => round(cx, args.float(0))?.into(),
        "floor" => floor(cx, args.float(0))?.into(),
        "ceil" => ceil(cx, args.float(0))?.into(),
        "sqrt" => float(sqrt(cx, args.float(0))?),
        "exp" => float(exp(cx, args.float(0))?),
        "log" => float(log(cx, args.float(0))?),
        "log2" => float(log2(cx, args.float(0))?),
        "log10" => float(log10(cx, args.float(0))?),
        "sin" => float(sin(cx, args.float(0))?),
        "cos" => float(cos(cx, args.float(0))?),
        "tan" => float(tan(cx, args.float(0))?),
        "atan" => float(atan(cx, args.float(0))?),
        "asin" => float(asin(cx, args.float(0))?),
        "acos" => float(acos(cx, args.float(0))?),
        "abs" => abs_int(cx, args.int(0))?.into(),
        "float" => float(args.int(0) as f64),
        "hex" => hex(cx, args.int(0))?.into(),
        "oct" => oct(cx, args.int(0))?.into(),
        "bin" => bin(cx, args.int(0))?.into(),
        "sum_ints" => sum_ints(cx, args.value(0, &Shape::list(Shape::Int)).value(0))?.into(),
        "sum_floats" => float(sum_floats(cx, args.value(0, &Shape::list(Shape::Float)).value(0))?),
        other => panic!("{other}"),
    })
}

fn several(cx: &Cx, name: &str, args: Args<'_>) -> Res<Json> {
    Ok(match name {
        "int_of_str_base" => int_of_str_base(cx, args.str(0), args.int(1))?.into(),
        "round_digits" => float(round_digits(cx, args.float(0), args.int(1))?),
        "round_int_digits" => round_int_digits(cx, args.int(0), args.int(1))?.into(),
        "floordiv" => float(float_floordiv(cx, args.float(0), args.float(1))?),
        "int_div" => float(int_div(cx, args.int(0), args.int(1))?),
        "mod" => float(float_mod(cx, args.float(0), args.float(1))?),
        "pow" => float(float_pow(cx, args.float(0), args.float(1))?),
        "atan2" => float(atan2(cx, args.float(0), args.float(1))?),
        "hypot" => float(hypot(cx, args.float(0), args.float(1))?),
        "log_base" => float(log_base(cx, args.float(0), args.float(1))?),
        "int_pow" => int_pow(cx, args.int(0), args.int(1))?.into(),
        "int_eq_float" => int_eq_float(cx, args.int(0), args.float(1))?.into(),
        "int_lt_float" => int_lt_float(cx, args.int(0), args.float(1))?.into(),
        "int_le_float" => int_le_float(cx, args.int(0), args.float(1))?.into(),
        "float_lt_int" => float_lt_int(cx, args.float(0), args.int(1))?.into(),
        "float_le_int" => float_le_int(cx, args.float(0), args.int(1))?.into(),
        "range" => {
            let list = range(cx, args.int(0), args.int(1), args.int(2))?;
            recorded::object(&Shape::list(Shape::Int), list)
        }
        other => panic!("{other}"),
    })
}

/// The quick ways to read numbers say what the careful ones say, or leave it to them.
#[test]
fn plain_numbers_are_those_of_the_careful_way() {
    let cx = Cx::new();
    let mut seed = 7u64;
    let mut next = |n: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % n
    };
    for _ in 0..20_000 {
        let len = next(20) as usize;
        let letters = b"0123456789012345678901234567890123456789.-:/ +e";
        let few = if next(2) == 0 { 41 } else { letters.len() as u64 };
        let text: String = (0..len).map(|_| letters[next(few) as usize] as char).collect();
        assert_eq!(int_of_str(&cx, &text), int_of_str_base(&cx, &text, 10), "{text:?}");
        let want = text.trim().parse::<f64>().ok().map(f64::to_bits);
        assert_eq!(float_of_str(&cx, &text).ok().map(f64::to_bits), want, "{text:?}");
    }
}

/// All texts of up to six of these letters.
#[test]
fn short_floats_are_those_of_the_careful_way() {
    let cx = Cx::new();
    let letters = ["-", ".", "0", "5", "9", "/", ":", "e"];
    let mut texts = vec![String::new()];
    for _ in 0..6 {
        let last: Vec<String> = texts.iter().flat_map(|text| letters.map(|letter| format!("{text}{letter}"))).collect();
        for text in &last {
            let want = text.parse::<f64>().ok().map(f64::to_bits);
            assert_eq!(float_of_str(&cx, text).ok().map(f64::to_bits), want, "{text:?}");
        }
        texts = last;
    }
}

/// CPython makes `10 ** 2**63` on the way and does not come back; the law is that of all places beyond the digits.
#[test]
fn rounds_to_the_smallest_place() {
    assert_eq!(round_int_digits(&Cx::new(), 5, i64::MIN), Ok(0));
    assert_eq!(round_digits(&Cx::new(), 5.0, i64::MIN), Ok(0.0));
}
