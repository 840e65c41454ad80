//! Letters as CPython 3.11 knows them (Unicode 14): case mappings with those to several characters (ß → SS) and the final
//! sigma, and the `str.is…` predicates.

use super::text::in_ranges;
use super::unicode;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;

type Runs = [(u32, u32, u32, i32)];

/// Appends what a character maps to.
fn push_mapped(c: char, runs: &Runs, several: &[(u32, &str)], out: &mut String) {
    let n = c as u32;
    if let Ok(at) = several.binary_search_by_key(&n, |&(from, _)| from) {
        return out.push_str(several[at].1);
    }
    let after = runs.partition_point(|&(first, ..)| first <= n);
    let to = after.checked_sub(1).map(|at| runs[at]).and_then(|(first, last, step, delta)| {
        (n <= last && (n - first).is_multiple_of(step)).then(|| n.wrapping_add_signed(delta))
    });
    out.push(to.and_then(char::from_u32).unwrap_or(c));
}

fn push_upper(c: char, out: &mut String) {
    push_mapped(c, &unicode::TO_UPPER, &unicode::TO_UPPER_SEVERAL, out);
}

fn push_title(c: char, out: &mut String) {
    push_mapped(c, &unicode::TO_TITLE, &unicode::TO_TITLE_SEVERAL, out);
}

/// Appends the lower case of the character at a byte of the text.
fn push_lower(text: &str, at: usize, c: char, out: &mut String) {
    if c == 'Σ' {
        return out.push(if is_final_sigma(text, at) { 'ς' } else { 'σ' });
    }
    push_mapped(c, &unicode::TO_LOWER, &unicode::TO_LOWER_SEVERAL, out);
}

/// Whether a sigma ends a word: a cased character before and none after, ignorable ones aside.
fn is_final_sigma(text: &str, at: usize) -> bool {
    let decides = |c: &char| !in_ranges(*c, &unicode::IGNORABLE);
    let before = text[..at].chars().rev().find(decides);
    let after = text[at + 'Σ'.len_utf8()..].chars().find(decides);
    before.is_some_and(is_cased) && !after.is_some_and(is_cased)
}

fn is_cased(c: char) -> bool {
    in_ranges(c, &unicode::CASED)
}

fn is_upper(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_uppercase() } else { in_ranges(c, &unicode::UPPER) }
}

fn is_lower(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_lowercase() } else { in_ranges(c, &unicode::LOWER) }
}

fn is_title(c: char) -> bool {
    !c.is_ascii() && in_ranges(c, &unicode::TITLE)
}

/// Python's white space.
pub fn is_space(c: char) -> bool {
    match c {
        ' ' | '\t'..='\r' | '\x1c'..='\x1f' => true,
        c if c.is_ascii() => false,
        c => in_ranges(c, &unicode::SPACE),
    }
}

/// The value of a decimal digit of any script.
pub fn decimal(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let after = unicode::ZEROS.partition_point(|&zero| zero <= c as u32);
    let digit = c as u32 - unicode::ZEROS[after.checked_sub(1)?];
    (digit < 10).then_some(digit)
}

/// `text.upper()`
pub fn upper<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    if !text.bytes().any(|b| b.is_ascii_lowercase() || !b.is_ascii()) {
        return Ok(text);
    }
    Ok(cx.text(|out| {
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_uppercase();
        } else {
            text.chars().for_each(|c| push_upper(c, out));
        }
    }))
}

/// `text.lower()`
pub fn lower<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    if !text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
        return Ok(text);
    }
    Ok(cx.text(|out| {
        if text.is_ascii() {
            out.push_str(text);
            out.make_ascii_lowercase();
        } else {
            text.char_indices().for_each(|(at, c)| push_lower(text, at, c, out));
        }
    }))
}

/// `text.casefold()`
pub fn casefold<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    if text.is_ascii() {
        return lower(cx, text);
    }
    Ok(cx.text(|out| text.chars().for_each(|c| push_mapped(c, &unicode::TO_FOLD, &unicode::TO_FOLD_SEVERAL, out))))
}

/// `text.title()`
pub fn title<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(cx.text(|out| {
        let mut in_word = false;
        for (at, c) in text.char_indices() {
            if in_word {
                push_lower(text, at, c, out);
            } else {
                push_title(c, out);
            }
            in_word = is_cased(c);
        }
    }))
}

/// `text.capitalize()`
pub fn capitalize<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(cx.text(|out| {
        for (at, c) in text.char_indices() {
            if at == 0 {
                push_title(c, out);
            } else {
                push_lower(text, at, c, out);
            }
        }
    }))
}

/// `text.swapcase()`
pub fn swapcase<'a>(cx: &'a Cx, text: &'a str) -> Res<&'a str> {
    Ok(cx.text(|out| {
        for (at, c) in text.char_indices() {
            if is_upper(c) {
                push_lower(text, at, c, out);
            } else if is_lower(c) {
                push_upper(c, out);
            } else {
                out.push(c);
            }
        }
    }))
}

/// Whether there is a character and all pass.
fn all(text: &str, test: impl Fn(char) -> bool) -> Res<bool> {
    Ok(!text.is_empty() && text.chars().all(test))
}

/// `text.isdigit()`
pub fn isdigit(_cx: &Cx, text: &str) -> Res<bool> {
    all(text, |c| c.is_ascii_digit() || !c.is_ascii() && in_ranges(c, &unicode::DIGIT))
}

/// `text.isdecimal()`
pub fn isdecimal(_cx: &Cx, text: &str) -> Res<bool> {
    all(text, |c| decimal(c).is_some())
}

/// `text.isnumeric()`
pub fn isnumeric(_cx: &Cx, text: &str) -> Res<bool> {
    all(text, |c| c.is_ascii_digit() || !c.is_ascii() && in_ranges(c, &unicode::NUMERIC))
}

/// `text.isalpha()`
pub fn isalpha(_cx: &Cx, text: &str) -> Res<bool> {
    all(text, |c| c.is_ascii_alphabetic() || !c.is_ascii() && in_ranges(c, &unicode::ALPHA))
}

/// `text.isalnum()`
pub fn isalnum(_cx: &Cx, text: &str) -> Res<bool> {
    all(text, |c| {
        c.is_ascii_alphanumeric()
            || !c.is_ascii()
                && [&unicode::ALPHA[..], &unicode::DIGIT, &unicode::NUMERIC].iter().any(|table| in_ranges(c, table))
    })
}

/// `text.isspace()`
pub fn isspace(_cx: &Cx, text: &str) -> Res<bool> {
    all(text, is_space)
}

/// `text.isprintable()`
pub fn isprintable(_cx: &Cx, text: &str) -> Res<bool> {
    Ok(text.chars().all(super::text::is_printable))
}

/// `text.isascii()`
pub fn isascii(_cx: &Cx, text: &str) -> Res<bool> {
    Ok(text.is_ascii())
}

/// `text.isupper()`
pub fn isupper(_cx: &Cx, text: &str) -> Res<bool> {
    Ok(!text.chars().any(|c| is_lower(c) || is_title(c)) && text.chars().any(is_upper))
}

/// `text.islower()`
pub fn islower(_cx: &Cx, text: &str) -> Res<bool> {
    Ok(!text.chars().any(|c| is_upper(c) || is_title(c)) && text.chars().any(is_lower))
}

/// `text.istitle()`
pub fn istitle(_cx: &Cx, text: &str) -> Res<bool> {
    let (mut found, mut in_word) = (false, false);
    for c in text.chars() {
        let (starts, goes_on) = (is_upper(c) || is_title(c), is_lower(c));
        if starts && in_word || goes_on && !in_word {
            return Ok(false);
        }
        in_word = starts || goes_on;
        found |= in_word;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::recorded::Args;

    #[test]
    fn letters_are_pythons() {
        let cx = Cx::new();
        recorded::check("letters", |name, args: Args<'_>| {
            let block = if args.is_str(0) { String::new() } else { recorded::block(args.int(0)) };
            let call = |name: &str, text: &str| -> Res<serde_json::Value> {
                Ok(match name {
                    "upper" => upper(&cx, text)?.into(),
                    "lower" => lower(&cx, text)?.into(),
                    "casefold" => casefold(&cx, text)?.into(),
                    "title" => title(&cx, text)?.into(),
                    "capitalize" => capitalize(&cx, text)?.into(),
                    "swapcase" => swapcase(&cx, text)?.into(),
                    "isdigit" => isdigit(&cx, text)?.into(),
                    "isdecimal" => isdecimal(&cx, text)?.into(),
                    "isnumeric" => isnumeric(&cx, text)?.into(),
                    "isalpha" => isalpha(&cx, text)?.into(),
                    "isalnum" => isalnum(&cx, text)?.into(),
                    "isspace" => isspace(&cx, text)?.into(),
                    "isprintable" => isprintable(&cx, text)?.into(),
                    "isupper" => isupper(&cx, text)?.into(),
                    "islower" => islower(&cx, text)?.into(),
                    "istitle" => istitle(&cx, text)?.into(),
                    other => panic!("{other}"),
                })
            };
            if args.is_str(0) {
                return call(name, args.str(0));
            }
            // A whole block: each character by itself, answers joined.
            let name = name.strip_prefix("block ").unwrap();
            let mut all = String::new();
            for c in block.chars() {
                let answer = call(name, c.encode_utf8(&mut [0; 4]))?;
                all.push_str(answer.as_str().unwrap_or(if answer == true { "1" } else { "0" }));
                all.push('|');
            }
            Ok(recorded::digest(&all).into())
        });
    }
}
