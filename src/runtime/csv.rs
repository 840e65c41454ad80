//! Fields of CSV lines, in two manners.
//!
//! `split` cuts at commas outside of double quotes and keeps the quotes: the effect of splitting by the regular expression
//! `,(?=(?:[^"]*"[^"]*")*[^"]*$)`, which old Spark jobs use: a comma cuts exactly when the number of quotes to its right
//! is even. `fields` follows RFC 4180: quotes around a field are taken off, doubled quotes inside stand for one.

use super::abi::ObjRef;
use super::cx::Cx;
use super::text::quoted;
use super::trap::{Reason, Res, Trap};
use super::value::str_words;

/// The pieces between the commas outside of double quotes; quotes stay.
pub fn split(cx: &Cx, text: &str) -> Res<ObjRef> {
    let bytes = text.as_bytes();
    let quotes = memchr::memchr_iter(b'"', bytes).count();
    Ok(cx.list(|out| {
        let (mut from, mut len, mut right) = (0, 1, quotes);
        let mut cut = |at: usize, from: &mut usize| {
            out.extend(str_words(&text[*from..at]));
            *from = at + 1;
            len += 1;
        };
        if quotes == 0 {
            memchr::memchr_iter(b',', bytes).for_each(|at| cut(at, &mut from));
        } else {
            for at in memchr::memchr2_iter(b',', b'"', bytes) {
                if bytes[at] == b'"' {
                    right -= 1;
                } else if right % 2 == 0 {
                    cut(at, &mut from);
                }
            }
        }
        out.extend(str_words(&text[from..]));
        len
    }))
}

/// The fields of a record by RFC 4180, as Python's `csv.reader(…, strict=True)` reads a line; an empty text has none.
pub fn fields(cx: &Cx, text: &str) -> Res<ObjRef> {
    if memchr::memchr(b'"', text.as_bytes()).is_none() && !text.is_empty() {
        return split(cx, text);
    }
    let mut trap = None;
    let list = cx.list(|out| {
        let (mut rest, mut len) = (text, 0);
        while !rest.is_empty() || len > 0 {
            match field(cx, rest) {
                Ok((field, after)) => {
                    out.extend(str_words(field));
                    len += 1;
                    match after {
                        Some(after) => rest = after,
                        None => break,
                    }
                }
                Err(found) => {
                    trap = Some(found);
                    break;
                }
            }
        }
        len
    });
    trap.map_or(Ok(list), Err)
}

/// The first field, and what follows its comma.
fn field<'a>(cx: &'a Cx, text: &'a str) -> Res<(&'a str, Option<&'a str>)> {
    let Some(inner) = text.strip_prefix('"') else {
        return Ok(text.split_once(',').map_or((text, None), |(field, after)| (field, Some(after))));
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
    use crate::runtime::recorded::{self, texts};

    #[test]
    fn csv_is_pythons() {
        let cx = Cx::new();
        recorded::check("csv_lines", |name, args| match name {
            "split" => Ok(texts(split(&cx, args.str(0))?)),
            "fields" => Ok(texts(fields(&cx, args.str(0))?)),
            other => panic!("{other}"),
        });
    }
}
