//! URLs: Python's `urllib.parse`.
//!
//! ```text
//! unquote("a%20b") = "a b"                 quote("a b/ü") = "a%20b/%C3%BC"
//! urlparse("http://x.org:80/a;p?q=1#f") = scheme, netloc, path, params, query, fragment, hostname
//! ```
//!
//! Bytes that are no UTF-8 become U+FFFD, as in Python. Source: CPython 3.11, Lib/urllib/parse.py.

use std::net::Ipv6Addr;

use super::letters;
use super::normal::normalize;
use super::text::quoted;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Word, str_words};

/// Schemes whose last part of the path may have parameters: `uses_params`.
const WITH_PARAMS: &[&str] = &[
    "", "ftp", "hdl", "prospero", "http", "imap", "https", "shttp", "rtsp", "rtsps", "rtspu", "sip", "sips", "mms",
    "sftp", "tel",
];

/// `unquote(text)`
pub fn unquote<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(if text.contains('%') { cx.text(|out| push_unquoted(text, out)) } else { text })
}

/// `unquote_plus(text)`
pub fn unquote_plus<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    if !text.contains('+') {
        return unquote(cx, text);
    }
    Ok(cx.text(|out| push_unquoted(&text.replace('+', " "), out)))
}

/// Runs of ASCII are decoded one by one: escapes on both sides of another character are no bytes of one sequence.
fn push_unquoted(text: &str, out: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.find(|c: char| !c.is_ascii()).unwrap_or(rest.len());
        out.push_str(&String::from_utf8_lossy(&bytes_of(&rest.as_bytes()[..ascii])));
        rest = &rest[ascii..];
        let other = rest.find(|c: char| c.is_ascii()).unwrap_or(rest.len());
        out.push_str(&rest[..other]);
        rest = &rest[other..];
    }
}

/// The bytes that stand for themselves and those of escapes.
fn bytes_of(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let (mut bytes, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    bytes
}

/// `quote(text, safe)`
pub fn quote<'a>(cx: &'a Cx, text: &'a str, safe: &str) -> Res<&'a str> {
    Ok(quoted_with(cx, text, safe, false))
}

/// `quote_plus(text)`
pub fn quote_plus<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(quoted_with(cx, text, "", true))
}

fn quoted_with<'a>(cx: &'a Cx, text: &'a str, safe: &str, plus: bool) -> &'a str {
    let is_safe = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || byte.is_ascii() && safe.as_bytes().contains(&byte)
    };
    if text.bytes().all(is_safe) {
        return text;
    }
    cx.text(|out| {
        for byte in text.bytes() {
            match byte {
                b' ' if plus => out.push('+'),
                byte if is_safe(byte) => out.push(byte.into()),
                byte => {
                    let digit = |n: u8| char::from(b"0123456789ABCDEF"[usize::from(n)]);
                    out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
                }
            }
        }
    })
}

/// `parse_qsl(text)`: pairs of names and values; what has no value is left out.
pub fn parse_qsl(cx: &Cx, text: &str) -> Res<ObjRef> {
    let mut pairs = Vec::new();
    for (name, value) in text.split('&').filter_map(|field| field.split_once('=')) {
        if !value.is_empty() {
            pairs.push([unquote_plus(cx, name)?, unquote_plus(cx, value)?]);
        }
    }
    Ok(cx.list(|out| {
        out.extend(pairs.iter().flatten().flat_map(|text| str_words(text)));
        pairs.len()
    }))
}

/// `urlparse(text)`: scheme, netloc, path, params, query and fragment, then the host, which may be none.
pub fn urlparse(cx: &Cx, text: &str) -> Res<[Word; 15]> {
    let bare = text.trim_start_matches(|c| c <= ' ').replace(['\t', '\r', '\n'], "");
    let mut rest = cx.arena.str(&bare);
    let mut scheme = "";
    if let Some((before, after)) = rest.split_once(':')
        && before.starts_with(|c: char| c.is_ascii_alphabetic())
        && before.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    {
        (scheme, rest) = (letters::lower(cx, before)?, after);
    }
    let mut netloc = "";
    if let Some(after) = rest.strip_prefix("//") {
        (netloc, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        check_brackets(netloc)?;
    }
    let cut = |text: &'_ str, at: char| -> (usize, usize) {
        text.find(at).map_or((text.len(), text.len()), |n| (n, n + at.len_utf8()))
    };
    let (end, from) = cut(rest, '#');
    let (rest, fragment) = (&rest[..end], &rest[from..]);
    let (end, from) = cut(rest, '?');
    let (mut path, query) = (&rest[..end], &rest[from..]);
    check_netloc(cx, netloc)?;
    let mut params = "";
    if WITH_PARAMS.contains(&scheme) {
        let last = path.rfind('/').unwrap_or(0);
        let (end, from) = cut(&path[last..], ';');
        (path, params) = (&path[..last + end], &path[last + from..]);
    }
    let host = hostname(cx, netloc)?;
    let mut words = [0; 15];
    for (n, part) in [scheme, netloc, path, params, query, fragment].into_iter().enumerate() {
        words[2 * n..2 * n + 2].copy_from_slice(&str_words(part));
    }
    words[12] = Word::from(host.is_some());
    words[13..].copy_from_slice(&str_words(host.unwrap_or_default()));
    Ok(words)
}

/// What stands in brackets must be an address of IPv6 or of a later version.
fn check_brackets(netloc: &str) -> Res<()> {
    let wrong = || Err(Trap::new(Reason::Value, format!("invalid IPv6 URL: {}", quoted(netloc))));
    let (open, close) = (netloc.find('['), netloc.contains(']'));
    let Some(open) = open else { return if close { wrong() } else { Ok(()) } };
    if !close {
        return wrong();
    }
    let host = &netloc[open + 1..];
    let host = host.split(']').next().unwrap_or(host);
    let valid = match host.strip_prefix('v') {
        Some(later) => later.split_once('.').is_some_and(|(version, rest)| {
            !version.is_empty() && version.bytes().all(|b| b.is_ascii_hexdigit()) && !rest.is_empty()
        }),
        None => {
            let (address, scope) = host.split_once('%').unwrap_or((host, "0"));
            address.parse::<Ipv6Addr>().is_ok() && !scope.is_empty() && !scope.contains('%')
        }
    };
    if valid { Ok(()) } else { wrong() }
}

/// No character may stand for one that ends a netloc.
fn check_netloc(cx: &Cx, netloc: &str) -> Res<()> {
    if netloc.is_ascii() {
        return Ok(());
    }
    let bare = netloc.replace(['@', ':', '#', '?'], "");
    let normal = normalize(cx, "NFKC", cx.arena.str(&bare))?;
    if bare == normal || !normal.contains(['/', '?', '#', '@', ':']) {
        return Ok(());
    }
    let why = format!("netloc {} contains invalid characters under NFKC normalization", quoted(netloc));
    Err(Trap::new(Reason::Value, why))
}

/// The host of a netloc in lower case, without user, password and port.
fn hostname<'a>(cx: &'a Cx, netloc: &'a str) -> Res<Option<&'a str>> {
    let info = netloc.rsplit('@').next().unwrap_or(netloc);
    let host = match info.split_once('[') {
        Some((_, bracketed)) => bracketed.split(']').next(),
        None => info.split(':').next(),
    };
    let Some(host) = host.filter(|host| !host.is_empty()) else { return Ok(None) };
    // The zone of an address keeps its case.
    let (name, zone) = host.split_at(host.find('%').unwrap_or(host.len()));
    let name = letters::lower(cx, name)?;
    Ok(Some(cx.text(|out| {
        out.push_str(name);
        out.push_str(zone);
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::value::shape::Shape;
    use crate::runtime::value::words::built;

    #[test]
    fn urls_are_pythons() {
        let cx = Cx::new();
        let texts = |n: usize| vec![Shape::Str; n];
        let parts = Shape::tuple([texts(6), vec![Shape::option(Shape::Str)]].concat());
        let pairs = Shape::list(Shape::tuple(texts(2)));
        recorded::check("urls", |name, args| {
            Ok(match name {
                "unquote" => unquote(&cx, args.str(0))?.into(),
                "unquote_plus" => unquote_plus(&cx, args.str(0))?.into(),
                "quote" => quote(&cx, args.str(0), args.str(1))?.into(),
                "quote_plus" => quote_plus(&cx, args.str(0))?.into(),
                "parse_qsl" => recorded::object(&pairs, parse_qsl(&cx, args.str(0))?),
                "urlparse" => recorded::json_of(built(&parts, &urlparse(&cx, args.str(0))?)),
                other => panic!("{other}"),
            })
        });
    }
}
