//! Functions by pattern: Python's `re` on texts. Patterns are those of `regex`.
//!
//! Compiled patterns are kept in the task's context by their text.

use std::sync::Arc;

use super::operators::check_text;
use super::regex::{Matches, Pattern};
use super::text::quoted;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{ObjRef, Word, list_word, str_list, str_words};

/// How many compiled patterns a task keeps.
const KEPT: usize = 512;

/// The compiled pattern.
fn compiled(cx: &Cx, pattern: &str) -> Res<Arc<Pattern>> {
    cx.made_of(pattern, KEPT, || {
        Pattern::new(pattern).map_err(|why| Trap::new(Reason::Value, format!("pattern {}: {why}", quoted(pattern))))
    })
}

/// Whether a pattern can be compiled; if not, why, in the words of diagnostics.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    Pattern::new(pattern).map(drop)
}

/// `re.search(pattern, text) is not None`
pub fn matches(cx: &Cx, text: &str, pattern: &str) -> Res<bool> {
    compiled(cx, pattern)?.is_match(text)
}

/// `re.fullmatch(pattern, text) is not None`
pub fn fullmatch(cx: &Cx, text: &str, pattern: &str) -> Res<bool> {
    compiled(cx, pattern)?.is_full_match(text)
}

/// The text of the first match: `re.search(pattern, text).group()`.
pub fn search<'a>(cx: &'a Cx, text: &'a str, pattern: &'a str) -> Res<Option<&'a str>> {
    let pattern = compiled(cx, pattern)?;
    let found = pattern.search(text, 0)?.map(|found| found.whole());
    Ok(found.map(|(start, end)| &text[start..end]))
}

/// The groups of the first match: `re.search(pattern, text).groups("")`, as an option of a list.
pub fn groups(cx: &Cx, text: &str, pattern: &str) -> Res<[Word; 2]> {
    let pattern = compiled(cx, pattern)?;
    Ok(match pattern.search(text, pattern.groups)? {
        None => [0, 0],
        Some(found) => [1, groups_of(cx, &found)],
    })
}

/// The texts of the groups of a match as a list.
fn groups_of(cx: &Cx, found: &Matches<'_>) -> Word {
    str_list(&cx.arena, found.groups().collect::<Vec<_>>())
}

/// `re.findall(pattern, text)` of a pattern with at most one group: the texts of the matches, or of their group.
pub fn findall(cx: &Cx, text: &str, pattern: &str) -> Res<ObjRef> {
    let compiled = compiled(cx, pattern)?;
    let groups = compiled.groups;
    if groups > 1 {
        let why =
            format!("pattern {} has {groups} groups; findallGroups gives the groups of each match", quoted(pattern));
        return Err(Trap::new(Reason::Value, why));
    }
    let mut matches = Matches::all(&compiled, text, groups);
    list(cx, |out| {
        let mut len = 0;
        while matches.next()? {
            out.extend(str_words(matches.group(groups)));
            len += 1;
        }
        Ok(len)
    })
}

/// A list whose elements `write` appends; it returns how many they are.
fn list(cx: &Cx, write: impl FnOnce(&mut Vec<Word>) -> Res<usize>) -> Res<ObjRef> {
    let mut trap = None;
    let list = cx.list(|out| {
        write(out).unwrap_or_else(|found| {
            trap = Some(found);
            0
        })
    });
    trap.map_or(Ok(list), Err)
}

/// The groups of each match: `re.findall(pattern, text)` of a pattern with several groups.
pub fn findall_groups(cx: &Cx, text: &str, pattern: &str) -> Res<ObjRef> {
    let pattern = compiled(cx, pattern)?;
    let mut matches = Matches::all(&pattern, text, pattern.groups);
    let mut lists = Vec::new();
    while matches.next()? {
        lists.push(groups_of(cx, &matches));
    }
    Ok(ObjRef(list_word(&cx.arena, lists.len(), &lists)))
}

/// `re.split(pattern, text)`; groups that took no part in a match are empty texts.
pub fn split(cx: &Cx, text: &str, pattern: &str) -> Res<ObjRef> {
    let pattern = compiled(cx, pattern)?;
    let mut matches = Matches::all(&pattern, text, pattern.groups);
    list(cx, |out| {
        let (mut from, mut len) = (0, 1);
        while matches.next()? {
            let (start, end) = matches.whole();
            out.extend(str_words(&text[from..start]));
            matches.groups().for_each(|group| out.extend(str_words(group)));
            from = end;
            len += 1 + pattern.groups;
        }
        out.extend(str_words(&text[from..]));
        Ok(len)
    })
}

/// `re.sub(pattern, replacement, text)`
pub fn sub<'a>(cx: &'a Cx, text: &'a str, pattern: &'a str, replacement: &'a str) -> Res<&'a str> {
    sub_max(cx, text, pattern, replacement, 0)
}

/// `re.sub(pattern, replacement, text, count)`; all if the count is 0.
pub fn sub_max<'a>(cx: &'a Cx, text: &'a str, pattern: &'a str, replacement: &'a str, count: i64) -> Res<&'a str> {
    let pattern = compiled(cx, pattern)?;
    let template = template(&pattern, replacement)
        .map_err(|why| Trap::new(Reason::Value, format!("replacement {}: {why}", quoted(replacement))))?;
    if count < 0 {
        return Ok(text);
    }
    let asks_groups = template.iter().any(|part| matches!(part, Part::Group(n) if *n > 0));
    let mut matches = Matches::all(&pattern, text, if asks_groups { pattern.groups } else { 0 });
    let mut trap = None;
    let replaced = cx.text(|out| {
        trap = replace(&mut matches, text, &template, count, out).err();
    });
    trap.map_or(Ok(replaced), Err)
}

/// Appends the text with the matches replaced.
fn replace(matches: &mut Matches<'_>, text: &str, template: &[Part], count: i64, out: &mut String) -> Res<()> {
    let (mut from, mut left) = (0, count);
    while matches.next()? {
        let (start, end) = matches.whole();
        out.push_str(&text[from..start]);
        for part in template {
            out.push_str(match part {
                Part::Text(text) => text,
                Part::Group(n) => matches.group(*n),
            });
        }
        from = end;
        left -= 1;
        check_text(Some(out.len()))?;
        if left == 0 {
            break;
        }
    }
    out.push_str(&text[from..]);
    Ok(())
}

/// A part of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

/// Reads a replacement: `\1`, `\g<1>`, `\g<name>`, and the escapes of Python's texts.
///
/// Source: CPython 3.11, Lib/re/_parser.py, `parse_template`.
fn template(pattern: &Pattern, replacement: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (found, after) = escape(pattern, &rest[at + 1..])?;
        match found {
            Part::Text(more) => text.push_str(&more),
            Part::Group(n) if n <= pattern.groups => {
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
fn escape<'r>(pattern: &Pattern, rest: &'r str) -> Result<(Part, &'r str), String> {
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
        'g' => return named_group(pattern, after),
        '0'..='9' => return numbered(rest),
        c if c.is_ascii_alphabetic() => return Err(format!("bad escape \\{c}")),
        c => return Ok((Part::Text(format!("\\{c}")), after)),
    };
    Ok((Part::Text(simple.into()), after))
}

/// `<1>` or `<name>`
fn named_group<'r>(pattern: &Pattern, rest: &'r str) -> Result<(Part, &'r str), String> {
    let (name, after) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).ok_or("`\\g` needs `<group>`")?;
    if !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()) {
        return Ok((Part::Group(name.parse().map_err(|_| format!("there is no group {name}"))?), after));
    }
    let found = pattern.group_named(name);
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
}
