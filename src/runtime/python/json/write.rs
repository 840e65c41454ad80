//! JSON texts as Python's `json.dumps` writes them: `, ` and `: ` between, all but ASCII escaped, floats as their `repr`.
//!
//! In: a [`Value`], or JSON that was read. A record and a map are objects, tuples and lists arrays, `None` is `null`.
//!
//! Source: CPython 3.11, Lib/json/encoder.py.

use jiter::Peek;

use crate::runtime::python::numbers;
use crate::runtime::python::text::{write_float, write_int};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

use super::reader::{Json, Reader, is_float};

/// Appends a value.
pub(super) fn write_value(value: Value<'_>, out: &mut Vec<u8>) {
    match value.shape() {
        Shape::Int => write_int(value.int(), out),
        Shape::Float => write_number(value.float(), out),
        Shape::Bool => out.extend_from_slice(if value.bool() { b"true" } else { b"false" }),
        Shape::Str => write_text(value.str(), out),
        Shape::Option(_) => match value.option() {
            None => out.extend_from_slice(b"null"),
            Some(inner) => write_value(inner, out),
        },
        Shape::Tuple(components) => {
            let fields = (0..components.shapes.len()).map(|n| value.field(n));
            match &components.names {
                None => write_array(fields, out),
                Some(names) => {
                    let key = |out: &mut Vec<u8>, n: usize| write_text(&names[n], out);
                    write_object(fields, key, out);
                }
            }
        }
        Shape::List(_) | Shape::Set(_) => write_array(value.items(), out),
        Shape::Map(..) => {
            let keys: Vec<Value<'_>> = value.entries().map(|(key, _)| key).collect();
            write_object(value.entries().map(|(_, item)| item), |out, n| write_key(keys[n], out), out);
        }
    }
}

fn write_array<'v>(items: impl Iterator<Item = Value<'v>>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (n, item) in items.enumerate() {
        write_comma(n, out);
        write_value(item, out);
    }
    out.push(b']');
}

fn write_object<'v>(items: impl Iterator<Item = Value<'v>>, key: impl Fn(&mut Vec<u8>, usize), out: &mut Vec<u8>) {
    out.push(b'{');
    for (n, item) in items.enumerate() {
        write_comma(n, out);
        key(out, n);
        out.extend_from_slice(b": ");
        write_value(item, out);
    }
    out.push(b'}');
}

/// Keys are texts: those that are not are written as JSON and quoted.
fn write_key(key: Value<'_>, out: &mut Vec<u8>) {
    match key.shape() {
        Shape::Str => return write_text(key.str(), out),
        Shape::Option(_) => {
            if let Some(inner) = key.option() {
                return write_key(inner, out);
            }
        }
        Shape::Int | Shape::Float | Shape::Bool | Shape::Tuple(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => {
        }
    }
    out.push(b'"');
    write_value(key, out);
    out.push(b'"');
}

fn write_comma(n: usize, out: &mut Vec<u8>) {
    if n > 0 {
        out.extend_from_slice(b", ");
    }
}

fn write_number(x: f64, out: &mut Vec<u8>) {
    if x.is_finite() {
        return write_float(x, out);
    }
    let text: &[u8] = match (x.is_nan(), x > 0.0) {
        (true, _) => b"NaN",
        (false, true) => b"Infinity",
        (false, false) => b"-Infinity",
    };
    out.extend_from_slice(text);
}

/// Appends a text in quotes.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\x08' => out.extend_from_slice(b"\\b"),
            '\x0c' => out.extend_from_slice(b"\\f"),
            ' '..='~' => out.push(c as u8),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
    out.push(b'"');
}

/// Appends what is read, as `json.dumps(json.loads(text))`: of equal keys the last one counts, at the place of the first.
pub(super) fn write_again(reader: &mut Reader<'_>, peek: Peek, out: &mut Vec<u8>) -> Json<()> {
    match peek {
        Peek::String => write_text(reader.known_str()?, out),
        Peek::Array => {
            out.push(b'[');
            let (mut next, mut n) = (reader.known_array()?, 0);
            while let Some(peek) = next {
                write_comma(n, out);
                write_again(reader, peek, out)?;
                (next, n) = (reader.array_step()?, n + 1);
            }
            out.push(b']');
        }
        Peek::Object => write_members(reader, out)?,
        Peek::True | Peek::False | Peek::Null => {
            let start = reader.current_index();
            reader.known_skip(peek)?;
            out.extend_from_slice(reader.slice_to_current(start));
        }
        peek => write_digits(reader.known_number_bytes(peek)?, out),
    }
    Ok(())
}

fn write_members(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Json<()> {
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    let mut places = hashbrown::HashMap::new();
    let mut next = reader.known_object()?.map(str::to_owned);
    while let Some(key) = next {
        let mut item = Vec::new();
        let peek = reader.peek()?;
        write_again(reader, peek, &mut item)?;
        let place = *places.entry(key.clone()).or_insert(members.len());
        if place == members.len() {
            members.push((key, item));
        } else {
            members[place].1 = item;
        }
        next = reader.next_key()?.map(str::to_owned);
    }
    out.push(b'{');
    for (n, (key, item)) in members.iter().enumerate() {
        write_comma(n, out);
        write_text(key, out);
        out.extend_from_slice(b": ");
        out.extend_from_slice(item);
    }
    out.push(b'}');
    Ok(())
}

/// A number as Python reads and writes it: ints of any size digit by digit, anything else as a float.
fn write_digits(number: &[u8], out: &mut Vec<u8>) {
    if !is_float(number) {
        return out.extend_from_slice(if number == b"-0" { b"0" } else { number });
    }
    let text = str::from_utf8(number).unwrap_or("nan");
    write_number(numbers::parse_float(text).unwrap_or(f64::NAN), out);
}
