//! Paths to a part of a JSON text: `user.name`, `items[0].id`, `["odd.key"][-1]`. A path may begin with `$`, and the empty
//! path is the whole text.
//!
//! A name reaches to the next `.` or `[`; a number in brackets is a position in an array, from the end if negative; a quoted
//! text in brackets is a key that may hold anything but its quote.

use crate::runtime::python::text::quoted;

/// A step from a value to one inside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step<'f> {
    /// The value of a key of an object.
    Key(&'f str),
    /// The element of an array at a position.
    Item(i64),
}

/// Reads a path; if it cannot be read, why.
pub(super) fn steps(field: &str) -> Result<Vec<Step<'_>>, String> {
    let mut rest = match field.strip_prefix('$') {
        Some(rest) if rest.is_empty() || rest.starts_with(['.', '[']) => rest,
        Some(_) | None => field,
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = match (rest.strip_prefix('['), rest.strip_prefix('.')) {
            (Some(inside), _) => bracket(inside)?,
            (None, Some(after)) => name(after)?,
            // A dot stands before a name, but for the first of all.
            (None, None) if rest.len() == field.len() => name(rest)?,
            (None, None) => return Err(format!("expected `.` or `[` before {}", quoted(rest))),
        };
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}

fn name(rest: &str) -> Result<(Step<'_>, &str), String> {
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    if end == 0 {
        return Err("a name is missing; a key with dots is written `[\"a.b\"]`".into());
    }
    Ok((Step::Key(&rest[..end]), &rest[end..]))
}

/// The content behind `[`: a position, or a key in quotes.
fn bracket(inside: &str) -> Result<(Step<'_>, &str), String> {
    let unclosed = || "a `[` is not closed".to_owned();
    if let Some(quote) = inside.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let (key, after) = inside[1..].split_once(quote).ok_or_else(unclosed)?;
        return Ok((Step::Key(key), after.strip_prefix(']').ok_or_else(unclosed)?));
    }
    let (position, after) = inside.split_once(']').ok_or_else(unclosed)?;
    let number =
        position.parse().map_err(|_| format!("{} is neither a position nor a quoted key", quoted(position)))?;
    Ok((Step::Item(number), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        use Step::{Item, Key};
        for (field, expected) in [
            ("", vec![]),
            ("$", vec![]),
            ("a", vec![Key("a")]),
            ("$.a", vec![Key("a")]),
            ("$x", vec![Key("$x")]),
            ("user name.b", vec![Key("user name"), Key("b")]),
            ("a[0][-12].é", vec![Key("a"), Item(0), Item(-12), Key("é")]),
            ("[\"a.b\"]['[\"]'].c", vec![Key("a.b"), Key("[\"]"), Key("c")]),
        ] {
            assert_eq!(steps(field), Ok(expected), "{field}");
        }
        for field in [".", "a.", "a..b", "a[", "a[x]", "a[\"x]", "a[\"x\"", "a[0]b", "a[]", "[1.5]", "$.", "a[0"] {
            assert!(steps(field).is_err(), "{field}");
        }
    }
}
