//! Templates of `str.format`: `"{}, {name!r:>8} and {0[1]:.{digits}f}"`.
//!
//! In: a template. Out: its pieces, or the error that CPython 3.11 raises. sema takes constant templates apart with
//! [`parse`] and makes of them the same as of f-strings; [`fill`] fills templates that are known only at run time.
//!
//! Source: CPython 3.11, Objects/stringlib/unicode_format.h.

use super::{format, text};
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

/// A piece of a template.
#[derive(Clone, PartialEq, Debug)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// A replacement field.
    Field(Field),
}

/// A replacement field.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The argument.
    pub arg: Arg,
    /// Components of the argument, from the outside to the inside.
    pub path: Vec<Step>,
    /// The conversion of the value before the spec is applied.
    pub conversion: Option<Conversion>,
    /// The format spec, whose fields have no fields in their specs.
    pub spec: Vec<Piece>,
}

/// `!s` or `!r`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    /// `str(value)`
    Str,
    /// `repr(value)`
    Repr,
}

/// The argument of a field.
#[derive(Clone, PartialEq, Debug)]
pub enum Arg {
    /// By position; automatic numbers are filled in.
    At(usize),
    /// By name.
    Named(String),
}

/// A step to a component.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// `.name`
    Attribute(String),
    /// `[0]`
    Item(usize),
    /// `[key]`
    Key(String),
}

/// Takes a template apart.
///
/// # Errors
/// The message of CPython's `ValueError`.
pub fn parse(template: &str) -> Result<Vec<Piece>, String> {
    Numbers::default().pieces(&template.chars().collect::<Vec<_>>(), 2)
}

/// How the fields so far name their arguments.
#[derive(Default)]
struct Numbers {
    /// How many fields have an automatic number.
    automatic: usize,
    /// Whether a field has a number of its own.
    manual: bool,
}

impl Numbers {
    fn pieces(&mut self, chars: &[char], levels: usize) -> Result<Vec<Piece>, String> {
        if levels == 0 {
            return Err("Max string recursion exceeded".into());
        }
        let (mut pieces, mut literal, mut at) = (Vec::new(), String::new(), 0);
        while let Some(&c) = chars.get(at) {
            at += 1;
            match c {
                '{' | '}' if chars.get(at) == Some(&c) => {
                    literal.push(c);
                    at += 1;
                }
                '}' => return Err("Single '}' encountered in format string".into()),
                '{' if at == chars.len() => return Err("Single '{' encountered in format string".into()),
                '{' => {
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    let (field, len) = self.field(&chars[at..], levels)?;
                    pieces.push(Piece::Field(field));
                    at += len;
                }
                _ => literal.push(c),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(pieces)
    }

    /// The field behind a brace, and how many characters it has with the brace that closes it.
    fn field(&mut self, chars: &[char], levels: usize) -> Result<(Field, usize), String> {
        let name = name(chars)?;
        let mut at = name.len();
        let conversion = if chars[at] == '!' { Some(conversion(&chars[at..])?) } else { None };
        at += if conversion.is_some() { 2 } else { 0 };
        let spec = if chars[at] == ':' { spec(&chars[at + 1..])? } else { &[] };
        at += spec.len() + usize::from(chars[at] == ':');
        let (arg, path) = self.argument(name)?;
        let spec = if spec.is_empty() { Vec::new() } else { self.pieces(spec, levels - 1)? };
        Ok((Field { arg, path, conversion, spec }, at + 1))
    }

    /// `0.name[key]`, taken apart.
    fn argument(&mut self, name: &[char]) -> Result<(Arg, Vec<Step>), String> {
        let end = name.iter().position(|c| matches!(c, '.' | '[')).unwrap_or(name.len());
        let first: String = name[..end].iter().collect();
        let number = number(&first)?;
        if first.is_empty() && self.manual {
            return Err("cannot switch from manual field specification to automatic field numbering".into());
        }
        if number.is_some() && self.automatic > 0 {
            return Err("cannot switch from automatic field numbering to manual field specification".into());
        }
        let arg = match number {
            Some(number) => Arg::At(number),
            None if first.is_empty() => Arg::At(self.automatic),
            None => Arg::Named(first.clone()),
        };
        self.automatic += usize::from(first.is_empty());
        self.manual |= number.is_some();
        Ok((arg, path(&name[end..])?))
    }
}

/// The name of a field, up to the character that ends it.
fn name(chars: &[char]) -> Result<&[char], String> {
    let mut bracket = false;
    for (at, c) in chars.iter().enumerate() {
        match c {
            '{' => return Err("unexpected '{' in field name".into()),
            '[' => bracket = true,
            ']' => bracket = false,
            '}' | ':' | '!' if !bracket => return Ok(&chars[..at]),
            _ => {}
        }
    }
    Err("expected '}' before end of string".into())
}

/// The conversion at a `!`.
fn conversion(chars: &[char]) -> Result<Conversion, String> {
    match chars {
        [_] => Err("end of string while looking for conversion specifier".into()),
        [_, _] => Err("unmatched '{' in format spec".into()),
        [_, '}', ..] => Err("unmatched '{' in format spec".into()),
        [_, kind, ':' | '}', ..] => match kind {
            'r' => Ok(Conversion::Repr),
            's' => Ok(Conversion::Str),
            _ => Err(format!("Unknown conversion specifier {kind}")),
        },
        _ => Err("expected ':' after conversion specifier".into()),
    }
}

/// The spec behind a colon, up to the brace that closes the field.
fn spec(chars: &[char]) -> Result<&[char], String> {
    let mut depth = 0;
    for (at, c) in chars.iter().enumerate() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Ok(&chars[..at]),
            '}' => depth -= 1,
            _ => {}
        }
    }
    Err("unmatched '{' in format spec".into())
}

/// A number in decimal digits; nothing if there is anything else.
fn number(text: &str) -> Result<Option<usize>, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| "Too many decimal digits in format string".into())
}

/// `.name[0][key]`, taken apart.
fn path(mut chars: &[char]) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    while let [first, rest @ ..] = chars {
        let end = match first {
            '.' => rest.iter().position(|c| matches!(c, '.' | '[')).unwrap_or(rest.len()),
            '[' => rest.iter().position(|c| *c == ']').ok_or("Missing ']' in format string")?,
            _ => return Err("Only '.' or '[' may follow ']' in format field specifier".into()),
        };
        let name: String = rest[..end].iter().collect();
        if name.is_empty() {
            return Err("Empty attribute in format string".into());
        }
        steps.push(match (first, number(&name)?) {
            ('.', _) => Step::Attribute(name),
            (_, Some(number)) => Step::Item(number),
            (_, None) => Step::Key(name),
        });
        chars = &rest[(end + usize::from(*first == '[')).min(rest.len())..];
    }
    Ok(steps)
}

/// `template.format(…)` of a template that is known only at run time: `values` is a tuple of the arguments, of which the last
/// ones have the names that `names` lists with commas between; a unit that fills the tuple up is not counted.
pub fn fill<'a>(cx: &'a Cx, template: &str, count: i64, names: &str, values: Value<'a>) -> Res<&'a str> {
    let names: Vec<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
    let given = Given { values, positional: count as usize, names };
    let pieces = parse(template).map_err(|why| Trap::new(Reason::Value, why))?;
    let mut out = String::new();
    given.write(cx, &pieces, &mut out)?;
    super::operators::check_text(Some(out.len()))?;
    Ok(cx.arena.str(&out))
}

struct Given<'a, 'n> {
    values: Value<'a>,
    positional: usize,
    names: Vec<&'n str>,
}

impl<'a> Given<'a, '_> {
    fn write(&self, cx: &'a Cx, pieces: &[Piece], out: &mut String) -> Res<()> {
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(field) => {
                    let mut value = self.argument(&field.arg)?;
                    for step in &field.path {
                        value = component(value, step)?;
                    }
                    let mut spec = String::new();
                    self.write(cx, &field.spec, &mut spec)?;
                    match field.conversion {
                        None => out.push_str(format::format(cx, value, cx.arena.str(&spec))?),
                        Some(Conversion::Str) => out.push_str(&format::format_str(&text::str_of(value), &spec)?),
                        Some(Conversion::Repr) => out.push_str(&format::format_str(&text::repr_of(value), &spec)?),
                    }
                }
            }
        }
        Ok(())
    }

    fn argument(&self, arg: &Arg) -> Res<Value<'a>> {
        match arg {
            Arg::At(n) if *n < self.positional => Ok(self.values.field(*n)),
            Arg::At(n) => {
                let detail = format!("Replacement index {n} out of range for positional args tuple");
                Err(Trap::new(Reason::Index, detail))
            }
            Arg::Named(name) => match self.names.iter().position(|known| known == name) {
                Some(at) => Ok(self.values.field(self.positional + at)),
                None => Err(Trap::new(Reason::Key, text::quoted(name))),
            },
        }
    }
}

/// A component of a value.
fn component<'a>(value: Value<'a>, step: &Step) -> Res<Value<'a>> {
    let (reason, shown) = match (value.shape(), step) {
        (Shape::Tuple(parts), Step::Item(n)) if *n < parts.shapes.len() => return Ok(value.field(*n)),
        (Shape::List(_), Step::Item(n)) if *n < value.len() => return Ok(value.item(*n)),
        (Shape::Map(key, _), Step::Item(_) | Step::Key(_)) => {
            let found = value.entries().find(|(found, _)| match (&**key, step) {
                (Shape::Str, Step::Key(name)) => found.str() == name,
                (Shape::Int, Step::Item(n)) => found.int() == *n as i64,
                _ => false,
            });
            match found {
                Some((_, item)) => return Ok(item),
                None => (Reason::Key, shown(step)),
            }
        }
        (_, Step::Item(n)) => (Reason::Index, format!("there is no component {n}")),
        (_, Step::Attribute(_) | Step::Key(_)) => (Reason::Value, format!("there is no component {}", shown(step))),
    };
    Err(Trap::new(reason, shown))
}

fn shown(step: &Step) -> String {
    match step {
        Step::Item(n) => n.to_string(),
        Step::Attribute(name) | Step::Key(name) => text::quoted(name),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::runtime::arbitrary::Datum;
    use crate::runtime::recorded;

    /// The arguments that `scripts/record_python.py` fills in.
    fn arguments() -> (Shape, Datum) {
        let pair = Shape::tuple(vec![Shape::Int, Shape::Str]);
        let shapes = vec![
            Shape::Int,
            Shape::Str,
            Shape::Float,
            Shape::list(Shape::Int),
            pair,
            Shape::Int,
            Shape::Str,
            Shape::Map(Arc::new(Shape::Str), Arc::new(Shape::Str)),
        ];
        let text = |text: &str| Datum::Str(text.into());
        let values = vec![
            Datum::Int(42),
            text("häh"),
            Datum::Float(-2.5),
            Datum::Items(vec![Datum::Int(3), Datum::Int(4)]),
            Datum::Tuple(vec![Datum::Int(1), text("x")]),
            Datum::Int(7),
            text("text"),
            Datum::Entries(vec![(text("k"), text("v")), (text("a b"), text("w"))]),
        ];
        (Shape::tuple(shapes), Datum::Tuple(values))
    }

    #[test]
    fn templates_are_pythons() {
        let (shape, values) = arguments();
        let built = Datum::build_all(&shape, &[values]);
        recorded::each("templates", |_, args, answer| {
            let (cx, template) = (Cx::new(), args.str(0));
            let found = fill(&cx, template, 5, "n,t,m", built.value(0)).ok();
            assert_eq!(found, answer["ok"].as_str(), "{template}");
        });
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said_as_in_python() {
        for (template, message) in [
            ("{", "Single '{' encountered in format string"),
            ("{}}", "Single '}' encountered in format string"),
            ("{0}{}", "cannot switch from manual field specification to automatic field numbering"),
            ("{!x}", "Unknown conversion specifier x"),
            ("{a.}", "Empty attribute in format string"),
            ("{:{:{}}}", "Max string recursion exceeded"),
        ] {
            assert_eq!(parse(template), Err(message.to_owned()), "{template}");
        }
    }
}
