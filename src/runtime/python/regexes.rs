//! Functions by pattern: Python's `re` on texts. Patterns are those of `patterns`.
//!
//! All of `findall`, `sub` and `split` run over the matches as Python does: from left to right without overlaps, where an
//! empty match may follow the match before it.

use regex::{Captures, Regex};

use super::operators::check_text;
use super::patterns::compiled;
use super::text::quoted;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Word, list_word, str_list, str_words};

/// `re.search(pattern, text) is not None`
pub fn matches(cx: &Cx, text: &str, pattern: &str) -> Res<bool> {
    Ok(compiled(cx, pattern)?.is_match(text))
}

/// `re.fullmatch(pattern, text) is not None`
pub fn fullmatch(cx: &Cx, text: &str, pattern: &str) -> Res<bool> {
    Ok(compiled(cx, &format!("\\A(?:{pattern})\\Z"))?.is_match(text))
}

/// The text of the first match: `re.search(pattern, text).group()`.
pub fn search<'a>(cx: &'a Cx, text: &'a str, pattern: &'a str) -> Res<Option<&'a str>> {
    Ok(compiled(cx, pattern)?.find(text).map(|found| found.as_str()))
}

/// The groups of the first match: `re.search(pattern, text).groups("")`, as an option of a list.
pub fn groups(cx: &Cx, text: &str, pattern: &str) -> Res<[Word; 2]> {
    let regex = compiled(cx, pattern)?;
    Ok(match regex.captures(text) {
        None => [0, 0],
        Some(found) => [1, str_list(&cx.arena, groups_of(&found))],
    })
}

/// The texts of the groups of a match; empty for those that took no part.
fn groups_of<'t>(found: &Captures<'t>) -> impl Iterator<Item = &'t str> + use<'t> {
    let groups: Vec<&'t str> = found.iter().skip(1).map(|group| group.map_or("", |group| group.as_str())).collect();
    groups.into_iter()
}

/// Runs over all matches in Python's way.
fn each_match<'t>(regex: &Regex, text: &'t str, mut run: impl FnMut(&Captures<'t>) -> bool) {
    let mut from = 0;
    while from <= text.len() {
        let Some(found) = regex.captures_at(text, from) else { return };
        let whole = found.get_match();
        if !run(&found) {
            return;
        }
        // After an empty match the search goes on behind the next character.
        from = whole.end();
        if whole.is_empty() {
            from += text[from..].chars().next().map_or(1, char::len_utf8);
        }
    }
}

/// `re.findall(pattern, text)` of a pattern with at most one group: the texts of the matches, or of their group.
pub fn findall(cx: &Cx, text: &str, pattern: &str) -> Res<ObjRef> {
    let regex = compiled(cx, pattern)?;
    let groups = regex.captures_len() - 1;
    if groups > 1 {
        let why =
            format!("pattern {} has {groups} groups; findallGroups gives the groups of each match", quoted(pattern));
        return Err(Trap::new(Reason::Value, why));
    }
    Ok(cx.list(|out| {
        let mut len = 0;
        each_match(&regex, text, |found| {
            out.extend(str_words(found.get(groups).map_or("", |group| group.as_str())));
            len += 1;
            true
        });
        len
    }))
}

/// The groups of each match: `re.findall(pattern, text)` of a pattern with several groups.
pub fn findall_groups(cx: &Cx, text: &str, pattern: &str) -> Res<ObjRef> {
    let regex = compiled(cx, pattern)?;
    let mut lists = Vec::new();
    each_match(&regex, text, |found| {
        lists.push(str_list(&cx.arena, groups_of(found)));
        true
    });
    Ok(ObjRef(list_word(&cx.arena, lists.len(), &lists)))
}

/// `re.split(pattern, text)`; groups that took no part in a match are empty texts.
pub fn split(cx: &Cx, text: &str, pattern: &str) -> Res<ObjRef> {
    let regex = compiled(cx, pattern)?;
    Ok(cx.list(|out| {
        let (mut from, mut len) = (0, 1);
        each_match(&regex, text, |found| {
            let whole = found.get_match();
            out.extend(str_words(&text[from..whole.start()]));
            groups_of(found).for_each(|group| out.extend(str_words(group)));
            from = whole.end();
            len += found.len();
            true
        });
        out.extend(str_words(&text[from..]));
        len
    }))
}

/// `re.sub(pattern, replacement, text)`
pub fn sub<'a>(cx: &'a Cx, text: &'a str, pattern: &'a str, replacement: &'a str) -> Res<&'a str> {
    sub_max(cx, text, pattern, replacement, 0)
}

/// `re.sub(pattern, replacement, text, count)`; all if the count is 0.
pub fn sub_max<'a>(cx: &'a Cx, text: &'a str, pattern: &'a str, replacement: &'a str, count: i64) -> Res<&'a str> {
    let regex = compiled(cx, pattern)?;
    if count < 0 {
        return Ok(text);
    }
    let template = template(&regex, replacement)
        .map_err(|why| Trap::new(Reason::Value, format!("replacement {}: {why}", quoted(replacement))))?;
    let (mut from, mut left, mut trap) = (0, count, None);
    let replaced = cx.text(|out| {
        each_match(&regex, text, |found| {
            let whole = found.get_match();
            out.push_str(&text[from..whole.start()]);
            template.iter().for_each(|part| part.push(found, out));
            from = whole.end();
            left -= 1;
            trap = check_text(Some(out.len())).err();
            left != 0 && trap.is_none()
        });
        out.push_str(&text[from..]);
    });
    trap.map_or(Ok(replaced), Err)
}

/// A part of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

impl Part {
    fn push(&self, found: &Captures<'_>, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Group(n) => out.push_str(found.get(*n).map_or("", |group| group.as_str())),
        }
    }
}

/// Reads a replacement: `\1`, `\g<1>`, `\g<name>`, and the escapes of Python's texts.
///
/// Source: CPython 3.11, Lib/re/_parser.py, `parse_template`.
fn template(regex: &Regex, replacement: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (found, after) = escape(regex, &rest[at + 1..])?;
        match found {
            Part::Text(more) => text.push_str(&more),
            Part::Group(n) if n < regex.captures_len() => {
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Group(n));
            }
            Part::Group(n) => return Err(format!("there is no group {n}")),
        }
        rest = after;
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}

/// The meaning of an escape, and the rest of the pattern; `rest` begins behind the backslash.
fn escape<'r>(regex: &Regex, rest: &'r str) -> Result<(Part, &'r str), String> {
    let c = rest.chars().next().ok_or("a backslash ends it")?;
    let after = &rest[c.len_utf8()..];
    let simple = match c {
        'a' => "\x07",
        'b' => "\x08",
        'f' => "\x0c",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'v' => "\x0b",
        '\\' => "\\",
        'g' => return named_group(regex, after),
        '0'..='9' => return numbered(rest),
        c if c.is_ascii_alphabetic() => return Err(format!("bad escape \\{c}")),
        c => return Ok((Part::Text(format!("\\{c}")), after)),
    };
    Ok((Part::Text(simple.into()), after))
}

/// `<1>` or `<name>`
fn named_group<'r>(regex: &Regex, rest: &'r str) -> Result<(Part, &'r str), String> {
    let (name, after) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).ok_or("`\\g` needs `<group>`")?;
    if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
        return Ok((Part::Group(name.parse().map_err(|_| format!("there is no group {name}"))?), after));
    }
    let found = regex.capture_names().position(|other| other == Some(name));
    found.map(|n| (Part::Group(n), after)).ok_or_else(|| format!("there is no group {}", quoted(name)))
}

/// `\1`, `\12` are groups; `\012` and three octal digits are a code.
fn numbered(rest: &str) -> Result<(Part, &str), String> {
    let bytes = rest.as_bytes();
    let octal = |at: usize| bytes.get(at).is_some_and(|b| (b'0'..=b'7').contains(b));
    let len = match bytes[0] {
        b'0' => 1 + usize::from(octal(1)) + usize::from(octal(1) && octal(2)),
        _ if octal(0) && octal(1) && octal(2) => 3,
        _ => {
            let len = 1 + usize::from(bytes.get(1).is_some_and(u8::is_ascii_digit));
            return Ok((Part::Group(rest[..len].parse().unwrap_or(usize::MAX)), &rest[len..]));
        }
    };
    let code = u32::from_str_radix(&rest[..len], 8).unwrap_or(u32::MAX);
    let c = char::from_u32(code).filter(|_| code <= 0o377).ok_or("an octal code is above 0o377")?;
    Ok((Part::Text(c.into()), &rest[len..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::python::patterns::check_pattern;
    use crate::runtime::recorded;
    use crate::runtime::recorded::texts;
    use crate::runtime::value::shape::Shape;

    #[test]
    fn regexes_are_pythons() {
        let cx = Cx::new();
        recorded::check("regexes", |name, args| {
            let (text, pattern) = (args.str(0), args.str(1));
            Ok(match name {
                "matches" => matches(&cx, text, pattern)?.into(),
                "fullmatch" => fullmatch(&cx, text, pattern)?.into(),
                "search" => search(&cx, text, pattern)?.into(),
                "groups" => match groups(&cx, text, pattern)? {
                    [0, _] => serde_json::Value::Null,
                    [_, list] => texts(ObjRef(list)),
                },
                "findall" => texts(findall(&cx, text, pattern)?),
                "findallGroups" => {
                    recorded::object(&Shape::list(Shape::list(Shape::Str)), findall_groups(&cx, text, pattern)?)
                }
                "split" => texts(split(&cx, text, pattern)?),
                "sub" => sub_max(&cx, text, pattern, args.str(2), args.int(3))?.into(),
                other => panic!("{other}"),
            })
        });
    }

    #[test]
    fn what_takes_more_than_linear_time_is_named() {
        for (pattern, word) in [
            ("(?=a)", "lookaround"),
            ("(?<!a)b", "lookaround"),
            (r"(a)\1", "references back"),
            ("(?P<x>a)(?P=x)", "references back"),
            ("(?>a)", "atomic"),
            ("a++", "possessive"),
            ("(a)?(?(1)b)", "conditional"),
        ] {
            assert!(check_pattern(pattern).unwrap_err().contains(word), "{pattern}");
        }
    }
}
