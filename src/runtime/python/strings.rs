//! Texts: Python's `str` methods but those about letters (`letters`) and positions (`slices`).
//!
//! Texts are UTF-8; results are views of the argument where they can be. Numbers of characters are of code points, as in
//! Python. Arguments that Python's methods leave out by default are functions of their own here (`split` and `split_sep`).

use memchr::memmem;

use super::letters::is_space;
use super::operators::check_text;
use super::strings;
use super::text::quoted;
use crate::rt;
use crate::runtime::call::abi::RtFn;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::scan;
use crate::runtime::value::words::{ObjRef, Value, Word, str_list, str_words};

/// `text.split(separator)`
pub fn split_sep(cx: &Cx, text: &str, separator: &str) -> Res<ObjRef> {
    check_separator(separator)?;
    Ok(cx.list(|out| cut_at(text, separator, usize::MAX, out)))
}

/// The same as a list in scratch memory, which has no more pieces than are wanted.
pub static SPLIT_SEP: &RtFn = rt!(strings::split_sep_scratch, (i64, i64, &str, &str) -> ObjRef);

fn split_sep_scratch(cx: &Cx, slot: i64, wanted: i64, text: &str, separator: &str) -> Res<ObjRef> {
    if let &[byte] = separator.as_bytes()
        && (1..=scan::FEW as i64).contains(&wanted)
    {
        return Ok(cx.scratch_few(slot as usize, |out| scan::first_pieces(text, byte, wanted as usize, out)));
    }
    check_separator(separator)?;
    Ok(cx.scratch(slot as usize, |out| cut_at(text, separator, wanted as usize, out)))
}

/// Appends the words of the first pieces between separators; how many they are.
fn cut_at(text: &str, separator: &str, wanted: usize, out: &mut Vec<Word>) -> usize {
    let &[first, ref rest @ ..] = separator.as_bytes() else { unreachable!("separators are not empty") };
    if rest.is_empty() {
        return scan::pieces(text, first, wanted, out);
    }
    let (before, mut from) = (out.len(), 0);
    let mut cut = |at: usize| {
        out.extend(str_words(&text[from..at]));
        from = at + separator.len();
        (out.len() - before) / 2 < wanted
    };
    // A searcher costs more than a short line is worth, but it is safe from texts that are nearly all separators.
    let all = if separator.len() <= 4 {
        let is_here = |at: &usize| text.as_bytes()[*at + 1..].starts_with(rest);
        let mut end = 0;
        let apart = move |at: &usize| {
            *at >= end && {
                end = *at + separator.len();
                true
            }
        };
        memchr::memchr_iter(first, text.as_bytes()).filter(is_here).filter(apart).all(&mut cut)
    } else {
        memmem::find_iter(text.as_bytes(), separator.as_bytes()).all(&mut cut)
    };
    if all {
        out.extend(str_words(&text[from..]));
    }
    (out.len() - before) / 2
}

fn check_separator(separator: &str) -> Res<()> {
    if separator.is_empty() { Err(Trap::new(Reason::Value, "empty separator")) } else { Ok(()) }
}

/// `text.split()`: at runs of white space, without empty pieces.
pub fn split(cx: &Cx, text: &str) -> Res<ObjRef> {
    Ok(cx.list(|out| words_of(text, usize::MAX, out)))
}

/// The same as a list in scratch memory, which has no more words than are wanted.
pub static SPLIT: &RtFn = rt!(strings::split_scratch, (i64, i64, &str) -> ObjRef);

fn split_scratch(cx: &Cx, slot: i64, wanted: i64, text: &str) -> Res<ObjRef> {
    Ok(cx.scratch(slot as usize, |out| words_of(text, wanted as usize, out)))
}

fn words_of(text: &str, wanted: usize, out: &mut Vec<Word>) -> usize {
    let before = out.len();
    if let Some(len) = scan::words(text, wanted, out) {
        return len;
    }
    out.truncate(before);
    text.split(is_space).filter(|word| !word.is_empty()).take(wanted).for_each(|word| out.extend(str_words(word)));
    (out.len() - before) / 2
}

/// `maxsplit` as a number of cuts: negative is any.
fn cuts(max: i64) -> usize {
    usize::try_from(max).unwrap_or(usize::MAX)
}

/// `text.split(separator, max)`
pub fn split_sep_max(cx: &Cx, text: &str, separator: &str, max: i64) -> Res<ObjRef> {
    check_separator(separator)?;
    Ok(ObjRef(str_list(&cx.arena, text.splitn(cuts(max).saturating_add(1), separator))))
}

/// `text.rsplit(separator)`
pub fn rsplit_sep(cx: &Cx, text: &str, separator: &str) -> Res<ObjRef> {
    rsplit_sep_max(cx, text, separator, -1)
}

/// `text.rsplit(separator, max)`
pub fn rsplit_sep_max(cx: &Cx, text: &str, separator: &str, max: i64) -> Res<ObjRef> {
    check_separator(separator)?;
    let mut pieces: Vec<&str> = text.rsplitn(cuts(max).saturating_add(1), separator).collect();
    pieces.reverse();
    Ok(ObjRef(str_list(&cx.arena, pieces)))
}

/// `text.split(None, max)`
pub fn split_max(cx: &Cx, text: &str, max: i64) -> Res<ObjRef> {
    let (mut pieces, mut rest) = (Vec::new(), text.trim_start_matches(is_space));
    while pieces.len() < cuts(max) {
        let Some(end) = rest.find(is_space) else { break };
        pieces.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(is_space);
    }
    // The rest keeps the white space at its end when the cuts are used up.
    let last = if pieces.len() < cuts(max) { rest.trim_end_matches(is_space) } else { rest };
    Ok(ObjRef(str_list(&cx.arena, pieces.into_iter().chain((!last.is_empty()).then_some(last)))))
}

/// `text.rsplit(None, max)`
pub fn rsplit_max(cx: &Cx, text: &str, max: i64) -> Res<ObjRef> {
    let (mut pieces, mut rest) = (Vec::new(), text.trim_end_matches(is_space));
    while pieces.len() < cuts(max) {
        let Some((at, space)) = rest.char_indices().rfind(|(_, c)| is_space(*c)) else { break };
        pieces.push(&rest[at + space.len_utf8()..]);
        rest = rest[..at].trim_end_matches(is_space);
    }
    let last = if pieces.len() < cuts(max) { rest.trim_start_matches(is_space) } else { rest };
    pieces.extend((!last.is_empty()).then_some(last));
    Ok(ObjRef(str_list(&cx.arena, pieces.into_iter().rev())))
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `text.splitlines()`
pub fn splitlines(cx: &Cx, text: &str) -> Res<ObjRef> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while let Some((at, end)) = rest.char_indices().find(|(_, c)| is_line_end(*c)) {
        let width = if rest[at..].starts_with("\r\n") { 2 } else { end.len_utf8() };
        lines.push(&rest[..at]);
        rest = &rest[at + width..];
    }
    Ok(ObjRef(str_list(&cx.arena, lines.into_iter().chain((!rest.is_empty()).then_some(rest)))))
}

/// `text.strip()`
pub fn strip<'a>(_cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(if starts_bare(text) && ends_bare(text) { text } else { text.trim_matches(is_space) })
}

/// Whether a text begins with a visible character, as most texts do; if not, it may.
fn starts_bare(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_graphic)
}

/// The same of its end.
fn ends_bare(text: &str) -> bool {
    text.as_bytes().last().is_some_and(u8::is_ascii_graphic)
}

/// `text.lstrip()`
pub fn lstrip<'a>(_cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(if starts_bare(text) { text } else { text.trim_start_matches(is_space) })
}

/// `text.rstrip()`
pub fn rstrip<'a>(_cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(if ends_bare(text) { text } else { text.trim_end_matches(is_space) })
}

/// `text.strip(chars)`
pub fn strip_chars<'a>(_cx: &'a Cx, text: &'a str, chars: &'a str) -> Res<&'a str> {
    Ok(text.trim_matches(|c| chars.contains(c)))
}

/// `text.lstrip(chars)`
pub fn lstrip_chars<'a>(_cx: &'a Cx, text: &'a str, chars: &'a str) -> Res<&'a str> {
    Ok(text.trim_start_matches(|c| chars.contains(c)))
}

/// `text.rstrip(chars)`
pub fn rstrip_chars<'a>(_cx: &'a Cx, text: &'a str, chars: &'a str) -> Res<&'a str> {
    Ok(text.trim_end_matches(|c| chars.contains(c)))
}

/// `text.replace(old, new)`
pub fn replace<'a>(cx: &'a Cx, text: &'a str, old: &'a str, new: &'a str) -> Res<&'a str> {
    replace_max(cx, text, old, new, -1)
}

/// `text.replace(old, new, max)`
pub fn replace_max<'a>(cx: &'a Cx, text: &'a str, old: &'a str, new: &'a str, max: i64) -> Res<&'a str> {
    let max = cuts(max);
    if old.is_empty() {
        return replace_empty(cx, text, new, max);
    }
    let finder = memmem::Finder::new(old);
    let Some(first) = finder.find(text.as_bytes()).filter(|_| max > 0) else { return Ok(text) };
    if new.len() > old.len() {
        let places = finder.find_iter(text.as_bytes()).take(max).count();
        check_text(places.checked_mul(new.len() - old.len()).and_then(|more| more.checked_add(text.len())))?;
    }
    Ok(cx.text(|out| {
        let mut from = 0;
        for at in finder.find_iter(&text.as_bytes()[first..]).take(max) {
            out.push_str(&text[from..first + at]);
            out.push_str(new);
            from = first + at + old.len();
        }
        out.push_str(&text[from..]);
    }))
}

/// The empty text stands before every character and at the end.
fn replace_empty<'a>(cx: &'a Cx, text: &'a str, new: &'a str, max: usize) -> Res<&'a str> {
    check_text(new.len().checked_mul(text.len() + 1).and_then(|more| more.checked_add(text.len())))?;
    Ok(cx.text(|out| {
        for (n, c) in text.chars().enumerate() {
            if n < max {
                out.push_str(new);
            }
            out.push(c);
        }
        if text.chars().count() < max {
            out.push_str(new);
        }
    }))
}

/// `part in text`
pub fn contains(_cx: &Cx, text: &str, part: &str) -> Res<bool> {
    Ok(match part.as_bytes() {
        [byte] => memchr::memchr(*byte, text.as_bytes()).is_some(),
        bytes => memmem::find(text.as_bytes(), bytes).is_some(),
    })
}

/// Number of characters before a byte.
fn chars_before(text: &str, byte: usize) -> i64 {
    text[..byte].chars().count() as i64
}

/// `text.find(part)`
pub fn find(_cx: &Cx, text: &str, part: &str) -> Res<i64> {
    Ok(memmem::find(text.as_bytes(), part.as_bytes()).map_or(-1, |at| chars_before(text, at)))
}

/// `text.find(part, start)`
pub fn find_from(_cx: &Cx, text: &str, part: &str, start: i64) -> Res<i64> {
    let len = text.chars().count() as i64;
    let start = if start < 0 { (start + len).max(0) } else { start };
    if start > len {
        return Ok(-1);
    }
    let from = byte_of(text, start as usize);
    let found = memmem::find(&text.as_bytes()[from..], part.as_bytes());
    Ok(found.map_or(-1, |at| start + chars_before(&text[from..], at)))
}

/// The byte where the n-th character begins; the end if there are no more.
pub fn byte_of(text: &str, n: usize) -> usize {
    text.char_indices().nth(n).map_or(text.len(), |(at, _)| at)
}

/// `text.rfind(part)`
pub fn rfind(_cx: &Cx, text: &str, part: &str) -> Res<i64> {
    Ok(memmem::rfind(text.as_bytes(), part.as_bytes()).map_or(-1, |at| chars_before(text, at)))
}

fn not_found(text: &str, part: &str) -> Trap {
    let shown = if text.chars().count() > 60 {
        format!("{}...", text.chars().take(57).collect::<String>())
    } else {
        text.into()
    };
    Trap::new(Reason::Value, format!("substring not found: {} in {}", quoted(part), quoted(&shown)))
}

/// `text.index(part)`
pub fn index(cx: &Cx, text: &str, part: &str) -> Res<i64> {
    match find(cx, text, part)? {
        -1 => Err(not_found(text, part)),
        at => Ok(at),
    }
}

/// `text.rindex(part)`
pub fn rindex(cx: &Cx, text: &str, part: &str) -> Res<i64> {
    match rfind(cx, text, part)? {
        -1 => Err(not_found(text, part)),
        at => Ok(at),
    }
}

/// `text.count(part)`
pub fn count(_cx: &Cx, text: &str, part: &str) -> Res<i64> {
    Ok(match part.as_bytes() {
        [] => text.chars().count() as i64 + 1,
        [byte] => memchr::memchr_iter(*byte, text.as_bytes()).count() as i64,
        bytes => memmem::find_iter(text.as_bytes(), bytes).count() as i64,
    })
}

/// `text.startswith(prefix)`
pub fn startswith(_cx: &Cx, text: &str, prefix: &str) -> Res<bool> {
    Ok(text.starts_with(prefix))
}

/// `text.endswith(suffix)`
pub fn endswith(_cx: &Cx, text: &str, suffix: &str) -> Res<bool> {
    Ok(text.ends_with(suffix))
}

/// `text.removeprefix(prefix)`
pub fn removeprefix<'a>(_cx: &'a Cx, text: &'a str, prefix: &'a str) -> Res<&'a str> {
    Ok(text.strip_prefix(prefix).unwrap_or(text))
}

/// `text.removesuffix(suffix)`
pub fn removesuffix<'a>(_cx: &'a Cx, text: &'a str, suffix: &'a str) -> Res<&'a str> {
    Ok(text.strip_suffix(suffix).unwrap_or(text))
}

/// `text.partition(separator)`
pub fn partition(_cx: &Cx, text: &str, separator: &str) -> Res<[Word; 6]> {
    check_separator(separator)?;
    let (head, middle, tail) = match memmem::find(text.as_bytes(), separator.as_bytes()) {
        Some(at) => (&text[..at], separator, &text[at + separator.len()..]),
        None => (text, "", ""),
    };
    Ok(three(head, middle, tail))
}

/// `text.rpartition(separator)`
pub fn rpartition(_cx: &Cx, text: &str, separator: &str) -> Res<[Word; 6]> {
    check_separator(separator)?;
    let (head, middle, tail) = match memmem::rfind(text.as_bytes(), separator.as_bytes()) {
        Some(at) => (&text[..at], separator, &text[at + separator.len()..]),
        None => ("", "", text),
    };
    Ok(three(head, middle, tail))
}

fn three(a: &str, b: &str, c: &str) -> [Word; 6] {
    let ([a, a_len], [b, b_len], [c, c_len]) = (str_words(a), str_words(b), str_words(c));
    [a, a_len, b, b_len, c, c_len]
}

/// `separator.join(items)`
pub fn join<'a>(cx: &'a Cx, separator: &'a str, items: Value<'a>) -> Res<&'a str> {
    let bytes = items.items().map(|item| item.str().len()).sum::<usize>();
    check_text(separator.len().checked_mul(items.len()).and_then(|n| n.checked_add(bytes)))?;
    Ok(cx.text(|out| {
        for (n, item) in items.items().enumerate() {
            if n > 0 {
                out.push_str(separator);
            }
            out.push_str(item.str());
        }
    }))
}

/// All texts of a list, one after the other: what an f-string becomes.
pub fn concat<'a>(cx: &'a Cx, items: Value<'a>) -> Res<&'a str> {
    join(cx, "", items)
}

/// `len(text)`
pub fn len(_cx: &Cx, text: &str) -> Res<i64> {
    Ok(text.chars().count() as i64)
}

/// Bytes of the text as UTF-8.
pub fn byte_len(_cx: &Cx, text: &str) -> Res<i64> {
    Ok(text.len() as i64)
}

/// Spaces to add so that the text has so many characters.
fn padding(text: &str, width: i64) -> Res<usize> {
    let more = usize::try_from(width.saturating_sub(text.chars().count() as i64)).unwrap_or(0);
    check_text(more.checked_mul(4).and_then(|n| n.checked_add(text.len())))?;
    Ok(more)
}

fn fill_char(fill: &str) -> Res<char> {
    let mut chars = fill.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(c),
        _ => {
            Err(Trap::new(Reason::Value, format!("the fill must be exactly one character long, not {}", quoted(fill))))
        }
    }
}

fn pad<'a>(cx: &'a Cx, text: &'a str, left: usize, right: usize, fill: char) -> &'a str {
    if left + right == 0 {
        return text;
    }
    cx.text(|out| {
        out.extend(std::iter::repeat_n(fill, left));
        out.push_str(text);
        out.extend(std::iter::repeat_n(fill, right));
    })
}

/// `text.ljust(width, fill)`
pub fn ljust<'a>(cx: &'a Cx, text: &'a str, width: i64, fill: &'a str) -> Res<&'a str> {
    Ok(pad(cx, text, 0, padding(text, width)?, fill_char(fill)?))
}

/// `text.rjust(width, fill)`
pub fn rjust<'a>(cx: &'a Cx, text: &'a str, width: i64, fill: &'a str) -> Res<&'a str> {
    Ok(pad(cx, text, padding(text, width)?, 0, fill_char(fill)?))
}

/// `text.center(width, fill)`
pub fn center<'a>(cx: &'a Cx, text: &'a str, width: i64, fill: &'a str) -> Res<&'a str> {
    let more = padding(text, width)?;
    let left = more / 2 + (more & width as usize & 1);
    Ok(pad(cx, text, left, more - left, fill_char(fill)?))
}

/// `text.zfill(width)`
pub fn zfill<'a>(cx: &'a Cx, text: &'a str, width: i64) -> Res<&'a str> {
    let more = padding(text, width)?;
    if more == 0 {
        return Ok(text);
    }
    let sign = if text.starts_with(['+', '-']) { 1 } else { 0 };
    Ok(cx.text(|out| {
        out.push_str(&text[..sign]);
        out.extend(std::iter::repeat_n('0', more));
        out.push_str(&text[sign..]);
    }))
}

/// `ord(text)`
pub fn ord(_cx: &Cx, text: &str) -> Res<i64> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(i64::from(u32::from(c))),
        _ => Err(Trap::new(Reason::Value, format!("ord() expects one character, found {}", quoted(text)))),
    }
}

/// `chr(n)`; surrogates are a row error, as no text can hold them.
pub fn chr(cx: &Cx, n: i64) -> Res<&str> {
    let c = u32::try_from(n).ok().and_then(char::from_u32);
    let c = c.ok_or_else(|| Trap::new(Reason::Value, format!("chr() arg not a character: {n}")))?;
    Ok(cx.text(|out| out.push(c)))
}

/// The characters of a text, as a list of texts.
pub fn chars(cx: &Cx, text: &str) -> Res<ObjRef> {
    let pieces = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
    Ok(ObjRef(str_list(&cx.arena, pieces)))
}
