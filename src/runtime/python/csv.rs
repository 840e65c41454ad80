//! Fields of CSV lines, in two manners.
//!
//! `split` cuts at commas outside of double quotes and keeps the quotes: the effect of splitting by the regular expression
//! `,(?=(?:[^"]*"[^"]*")*[^"]*$)`, which old Spark jobs use: a comma cuts exactly when the number of quotes to its right
//! is even. `fields` follows RFC 4180: quotes around a field are taken off, doubled quotes inside stand for one.

use super::csv;
use super::text::quoted;
use crate::rt;
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::scan;
use crate::runtime::value::words::{ObjRef, Word, str_words};

/// The pieces between the commas outside of double quotes; quotes stay.
pub fn split(cx: &Cx, text: &str) -> Res<ObjRef> {
    Ok(cx.list(|out| scan::fields::outside_quotes(text, usize::MAX, out)))
}

/// The same as a list in scratch memory, which has no more pieces than are wanted.
pub static SPLIT: &RtFn = rt!(csv::split_scratch, (i64, i64, &str) -> ObjRef);

fn split_scratch(cx: &Cx, slot: i64, wanted: i64, text: &str) -> Res<ObjRef> {
    Ok(cx.scratch(slot as usize, |out| scan::fields::outside_quotes(text, wanted as usize, out)))
}

/// The fields of a record by RFC 4180, as Python's `csv.reader(…, strict=True)` reads a line: line breaks at
/// its end do not count; an empty text has none.
///
/// # Errors
/// A quoted field that is not closed, text behind one, a line break in a field without quotes.
pub fn fields(cx: &Cx, text: &str) -> Res<ObjRef> {
    let mut trap = None;
    let list = cx.list(|out| fields_of(cx, text, usize::MAX, out).unwrap_or_else(|found| put(&mut trap, found)));
    trap.map_or(Ok(list), Err)
}

/// The same as a list in scratch memory, which has no more fields than are wanted.
pub static FIELDS: &RtFn = rt!(csv::fields_scratch, (i64, i64, &str) -> ObjRef);

fn fields_scratch(cx: &Cx, slot: i64, wanted: i64, text: &str) -> Res<ObjRef> {
    let (slot, wanted, mut trap) = (slot as usize, wanted as usize, None);
    let list = cx.scratch(slot, |out| fields_of(cx, text, wanted, out).unwrap_or_else(|found| put(&mut trap, found)));
    trap.map_or(Ok(list), Err)
}

/// Keeps a row error for when the list is finished, which is then of no use.
fn put(trap: &mut Option<Trap>, found: Trap) -> usize {
    *trap = Some(found);
    0
}

/// Appends the words of the first fields; how many they are. A row error in a later field is one too.
fn fields_of(cx: &Cx, text: &str, wanted: usize, out: &mut Vec<Word>) -> Res<usize> {
    let break_at = memchr::memchr2(b'\r', b'\n', text.as_bytes());
    let text = if break_at.is_some() { text.trim_end_matches(['\r', '\n']) } else { text };
    if text.is_empty() {
        return Ok(0);
    }
    // The quick way does not look at line breaks.
    if break_at.is_none_or(|at| at >= text.len()) {
        let before = out.len();
        if let Some(len) = scan::fields::fields(text, wanted, out) {
            return Ok(len);
        }
        out.truncate(before);
    }
    let (mut rest, mut len) = (Some(text), 0);
    while let Some(text) = rest {
        let (field, after) = field(cx, text)?;
        if len < wanted {
            out.extend(str_words(field));
            len += 1;
        }
        rest = after;
    }
    Ok(len)
}

/// The first field, and what follows its comma.
fn field<'a>(cx: &'a Cx, text: &'a str) -> Res<(&'a str, Option<&'a str>)> {
    let Some(inner) = text.strip_prefix('"') else {
        let (field, after) = text.split_once(',').map_or((text, None), |(field, after)| (field, Some(after)));
        if memchr::memchr2(b'\r', b'\n', field.as_bytes()).is_some() {
            let found = quoted(&shortened(field));
            return Err(Trap::new(Reason::Value, format!("a field with a line break is not quoted: {found}")));
        }
        return Ok((field, after));
    };
    let unclosed = || Trap::new(Reason::Value, format!("a quoted field is not closed: {}", quoted(&shortened(text))));
    let mut doubled = false;
    let mut end = 0;
    loop {
        end += memchr::memchr(b'"', &inner.as_bytes()[end..]).ok_or_else(unclosed)?;
        if !inner[end + 1..].starts_with('"') {
            break;
        }
        doubled = true;
        end += 2;
    }
    let field = &inner[..end];
    let field = if doubled { cx.text(|out| out.push_str(&field.replace("\"\"", "\""))) } else { field };
    let after = &inner[end + 1..];
    match after.strip_prefix(',') {
        Some(after) => Ok((field, Some(after))),
        None if after.is_empty() => Ok((field, None)),
        None => {
            let found = quoted(&shortened(after));
            Err(Trap::new(Reason::Value, format!("a comma is expected after a quoted field, found {found}")))
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 60 { text.chars().take(57).chain("...".chars()).collect() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::recorded::texts;
    use crate::runtime::value::shape::Shape;
    use crate::runtime::value::words::built;

    #[test]
    fn csv_is_pythons() {
        let cx = Cx::new();
        recorded::check("csv_lines", |name, args| match name {
            "split" => Ok(texts(split(&cx, args.str(0))?)),
            "fields" => Ok(texts(fields(&cx, args.str(0))?)),
            other => panic!("{other}"),
        });
    }
    /// The quick ways against the careful one and against the definition by quotes to the right.
    #[test]
    fn masks_cut_where_the_definitions_do() {
        let cx = Cx::new();
        let mut seed = 3u64;
        let mut next = |n: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % n
        };
        let pieces = ["a", ",", "\"", "\"b\",", ",\"c,d\"", "\"\"", "some text of a field", "é,"];
        for _ in 0..5000 {
            let few = 2 + next(pieces.len() - 1);
            let text: String = (0..next(12)).map(|_| pieces[next(few)]).collect();
            for wanted in [1, 3, usize::MAX] {
                let mut words = Vec::new();
                scan::fields::outside_quotes(&text, wanted, &mut words);
                let right = |at: usize| text[at..].matches('"').count();
                let mut from = 0;
                let cuts = text.char_indices().filter(|(at, c)| *c == ',' && right(*at) % 2 == 0).map(|(at, _)| at);
                let mut want: Vec<Word> = Vec::new();
                for at in cuts.chain([text.len()]).take(wanted) {
                    want.extend(str_words(&text[from..at]));
                    from = at + 1;
                }
                assert_eq!(words, want, "{text:?} {wanted}");
            }
            let careful = |text| {
                let (mut rest, mut all) = (Some(text), Vec::new());
                while let Some(text) = rest {
                    let (found, after) = field(&cx, text)?;
                    all.push(found.to_owned());
                    rest = after;
                }
                Ok::<_, Trap>(all)
            };
            let want = if text.is_empty() { Ok(Vec::new()) } else { careful(&text) };
            for wanted in [1, 3, usize::MAX] {
                let mut words = Vec::new();
                let found = fields_of(&cx, &text, wanted, &mut words);
                let texts = words.chunks(2).map(|pair| built(&Shape::Str, pair).str().to_owned()).collect::<Vec<_>>();
                match (&want, found) {
                    (Ok(want), Ok(len)) => {
                        assert_eq!((&texts[..], len), (&want[..want.len().min(wanted)], texts.len()), "{text:?}");
                    }
                    (want, found) => assert_eq!(want.as_ref().err(), found.as_ref().err(), "{text:?}"),
                }
            }
        }
    }
}
