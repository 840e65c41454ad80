//! JSON: parts of a text by their path, and values as JSON.
//!
//! ```text
//! get('{"user": {"name": "Ann"}, "n": [1, 2.50]}', 'user.name') = Some("Ann")
//! get(…, 'n') = Some("[1, 2.5]")      get(…, 'n[7]') = None
//! ```
//!
//! The grammar is that of Python's `json.loads`, with `NaN` and `Infinity`; of equal keys of an object the last one counts.
//! The whole text is looked through at each call, so that malformed JSON is a row error wherever it stands; no tree is built.
//! Nesting beyond 200 is a row error, and so is an escape of half a surrogate pair.

#![expect(clippy::wildcard_enum_match_arm, reason = "the errors are jiter's")]

mod field;
mod reader;
mod write;

use jiter::{JiterError, JiterErrorType, JsonErrorType, Peek};

use self::field::{Step, steps};
use self::reader::{Json, Reader, is_float, reader};
use super::operators::check_text;
use super::text::quoted;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Value, str_list};

/// Whether a path can be read; if not, why, in the words of diagnostics.
pub fn check_field(field: &str) -> Result<(), String> {
    steps(field).map(drop)
}

/// The value at a path, as JSON; `None` if there is none.
fn found<'t>(text: &'t str, field: &str) -> Res<Option<&'t str>> {
    let steps = steps(field).map_err(|why| Trap::new(Reason::Value, format!("field {}: {why}", quoted(field))))?;
    let mut json = Some(whole(text).map_err(|error| malformed(text, &error))?);
    for step in steps {
        let Some(outer) = json else { return Ok(None) };
        json = inner(outer, step).map_err(|error| malformed(outer, &error))?;
    }
    Ok(json)
}

/// A text without the white space around, if it is JSON from end to end.
fn whole(text: &str) -> Json<&str> {
    let mut reader = reader(text);
    let peek = reader.peek()?;
    let found = skipped(&mut reader, text, peek)?;
    reader.finish()?;
    Ok(found)
}

/// The text of the value that begins here.
fn skipped<'t>(reader: &mut Reader<'_>, text: &'t str, peek: Peek) -> Json<&'t str> {
    let start = reader.current_index();
    reader.known_skip(peek)?;
    Ok(&text[start..reader.current_index()])
}

/// The value one step inside of another.
fn inner<'t>(outer: &'t str, step: Step<'_>) -> Json<Option<&'t str>> {
    let mut reader = reader(outer);
    match (step, reader.peek()?) {
        (Step::Key(key), Peek::Object) => member(&mut reader, outer, key),
        (Step::Item(position), Peek::Array) if position >= 0 => item(&mut reader, outer, position as u64),
        (Step::Item(position), Peek::Array) => {
            let len = items(&mut reader, outer)?.len() as i64;
            let mut again = reader::reader(outer);
            again.peek()?;
            u64::try_from(len + position).map_or(Ok(None), |position| item(&mut again, outer, position))
        }
        (Step::Key(_) | Step::Item(_), _) => Ok(None),
    }
}

/// The value of a key: the last one if it stands there several times.
fn member<'t>(reader: &mut Reader<'_>, outer: &'t str, wanted: &str) -> Json<Option<&'t str>> {
    let mut found = None;
    let mut meant = reader.known_object()?.map(|key| key == wanted);
    while let Some(is_meant) = meant {
        let peek = reader.peek()?;
        let value = skipped(reader, outer, peek)?;
        if is_meant {
            found = Some(value);
        }
        meant = reader.next_key()?.map(|key| key == wanted);
    }
    Ok(found)
}

/// The element at a position.
fn item<'t>(reader: &mut Reader<'_>, outer: &'t str, position: u64) -> Json<Option<&'t str>> {
    let mut next = reader.known_array()?;
    for _ in 0..position {
        let Some(peek) = next else { return Ok(None) };
        reader.known_skip(peek)?;
        next = reader.array_step()?;
    }
    next.map(|peek| skipped(reader, outer, peek)).transpose()
}

/// All elements.
fn items<'t>(reader: &mut Reader<'_>, outer: &'t str) -> Json<Vec<&'t str>> {
    let mut found = Vec::new();
    let mut next = reader.known_array()?;
    while let Some(peek) = next {
        found.push(skipped(reader, outer, peek)?);
        next = reader.array_step()?;
    }
    Ok(found)
}

/// The row error for a text that is no JSON, with the place in it.
fn malformed(text: &str, error: &JiterError) -> Trap {
    let before = &text.as_bytes()[..error.index.min(text.len())];
    let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
    let tail = before.rsplit(|&b| b == b'\n').next().unwrap_or(before);
    // Characters, not bytes: those that do not go on with one before.
    let column = 1 + tail.iter().filter(|&&b| b & 0xc0 != 0x80).count();
    let place = if line == 1 { format!("column {column}") } else { format!("line {line}, column {column}") };
    Trap::new(Reason::Value, format!("no JSON: {} at {place}", wrong(&error.error_type)))
}

/// The mistake, in the words of row errors.
fn wrong(error: &JiterErrorType) -> String {
    let JiterErrorType::JsonError(error) = error else { return error.to_string() };
    let known = match error {
        JsonErrorType::EofWhileParsingList => "an array ends too early",
        JsonErrorType::EofWhileParsingObject => "an object ends too early",
        JsonErrorType::EofWhileParsingString => "a text ends too early",
        JsonErrorType::EofWhileParsingValue => "expected a value, found the end",
        JsonErrorType::ExpectedSomeIdent => "expected `true`, `false` or `null`",
        JsonErrorType::ExpectedSomeValue => "expected a value",
        JsonErrorType::KeyMustBeAString => "expected a key in double quotes",
        JsonErrorType::TrailingComma => "expected one more after the comma",
        JsonErrorType::TrailingCharacters => "expected nothing more",
        JsonErrorType::ControlCharacterWhileParsingString => "a control character in a text",
        JsonErrorType::LoneLeadingSurrogateInHexEscape => "half of a surrogate pair",
        JsonErrorType::RecursionLimitExceeded => "values nested deeper than 200",
        // Other messages are in such words already.
        other => return other.to_string(),
    };
    known.to_owned()
}

/// Whether a text is JSON, so that nothing else here fails for it.
pub fn is_json(_cx: &Cx, text: &str) -> Res<bool> {
    Ok(whole(text).is_ok())
}

/// `json.loads(text)` at a path: a text as it is, anything else as `json.dumps` writes it; nothing where there is nothing,
/// or `null`.
pub fn get<'a>(cx: &'a Cx, text: &'a str, field: &'a str) -> Res<Option<&'a str>> {
    match found(text, field)? {
        None | Some("null") => Ok(None),
        Some(json) => shown(cx, json).map(Some),
    }
}

/// The elements of the array at a path, as [`get`] gives them, but `null` as it is; none if there is no array.
pub fn list(cx: &Cx, text: &str, field: &str) -> Res<ObjRef> {
    let Some(json) = found(text, field)?.filter(|json| json.starts_with('[')) else {
        return Ok(ObjRef(str_list(&cx.arena, [])));
    };
    let found = items(&mut reader(json), json).map_err(|error| malformed(json, &error))?;
    let shown: Vec<&str> = found.into_iter().map(|json| shown(cx, json)).collect::<Res<_>>()?;
    Ok(ObjRef(str_list(&cx.arena, shown)))
}

/// The keys of the object at a path, in the order in which they first stand there; none if there is no object.
pub fn keys(cx: &Cx, text: &str, field: &str) -> Res<ObjRef> {
    let Some(json) = found(text, field)?.filter(|json| json.starts_with('{')) else {
        return Ok(ObjRef(str_list(&cx.arena, [])));
    };
    let found = keys_of(cx, json).map_err(|error| malformed(json, &error))?;
    Ok(ObjRef(str_list(&cx.arena, found)))
}

fn keys_of<'a>(cx: &'a Cx, json: &str) -> Json<Vec<&'a str>> {
    let (mut found, mut seen) = (Vec::new(), hashbrown::HashSet::new());
    let mut reader = reader(json);
    reader.peek()?;
    let mut next = reader.known_object()?.map(|key| cx.arena.str(key));
    while let Some(key) = next {
        if seen.insert(key) {
            found.push(key);
        }
        reader.next_skip()?;
        next = reader.next_key()?.map(|key| cx.arena.str(key));
    }
    Ok(found)
}

/// The text that stands for a value of JSON.
fn shown<'a>(cx: &'a Cx, json: &'a str) -> Res<&'a str> {
    if let Some(text) = plain(json) {
        return Ok(text);
    }
    let mut reader = reader(json);
    let wrong = |error: JiterError| malformed(json, &error);
    if json.starts_with('"') {
        return Ok(cx.arena.str(reader.next_str().map_err(wrong)?));
    }
    let mut out = Vec::new();
    let peek = reader.peek().map_err(wrong)?;
    write::write_again(&mut reader, peek, &mut out).map_err(wrong)?;
    ascii(cx, &out)
}

/// The written text, in the arena.
fn ascii<'a>(cx: &'a Cx, written: &[u8]) -> Res<&'a str> {
    check_text(Some(written.len()))?;
    Ok(cx.arena.str(str::from_utf8(written).expect("JSON is written in ASCII")))
}

/// The common cases, where the text is there already: a text without escapes, an int, a truth value.
fn plain(json: &str) -> Option<&str> {
    if let Some(text) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return (!text.contains('\\')).then_some(text);
    }
    let is_same = !json.starts_with(['{', '[']) && !is_float(json.as_bytes()) && json != "-0";
    // The `e` of `true` is no exponent.
    (is_same || matches!(json, "true" | "false")).then_some(json)
}

/// `json.dumps(value)`
pub fn of_value<'a>(cx: &'a Cx, value: Value<'a>) -> Res<&'a str> {
    let mut out = Vec::new();
    write::write_value(value, &mut out);
    ascii(cx, &out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::recorded::{shape_of, texts};

    #[test]
    fn json_is_pythons() {
        let cx = Cx::new();
        recorded::check("json_texts", |name, args| {
            Ok(match name {
                "dumps" => of_value(&cx, args.value(1, &shape_of(args.json(0))).value(0))?.into(),
                "is_json" => is_json(&cx, args.str(0))?.into(),
                "get" => get(&cx, args.str(0), args.str(1))?.into(),
                "list" => texts(list(&cx, args.str(0), args.str(1))?),
                "keys" => texts(keys(&cx, args.str(0), args.str(1))?),
                other => panic!("{other}"),
            })
        });
    }

    #[test]
    fn malformed_json_has_a_place() {
        let cx = Cx::new();
        for (text, place) in [
            ("", "expected a value, found the end at column 1"),
            ("{\"é\": }", "expected a value at column 7"),
            ("[1,\n 2", "an array ends too early at line 2, column 3"),
            ("{\"a\": 1} x", "expected nothing more at column 10"),
            (&"[".repeat(500), "values nested deeper than 200 at column 202"),
        ] {
            assert_eq!(get(&cx, text, "").unwrap_err().detail, format!("no JSON: {place}"), "{text}");
        }
    }
}
