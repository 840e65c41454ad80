//! Patterns: Python's syntax of regular expressions as the linear-time engine of the crate `regex` has it.
//!
//! [`translate`] turns a pattern of Python's `re` into one of the crate's with the same meaning, or says what of it has
//! no linear-time equivalent: lookaround (`(?=…)`, `(?<!…)`), references back (`\1`, `(?P=name)`), conditional and
//! atomic groups, possessive quantifiers. Known differences: `$` is the very end of the text (in Python also before a
//! line end that ends it), and `\s` leaves out the control characters U+001C to U+001F.
//!
//! Compiled patterns are kept in the task's context by their text.

#![expect(clippy::wildcard_enum_match_arm, reason = "the errors are those of the crate `regex`")]

use std::iter::Peekable;
use std::str::Chars;
use std::sync::Arc;

use regex::Regex;

use super::text::quoted;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};

/// How many compiled patterns a task keeps.
const KEPT: usize = 512;

/// The compiled pattern.
pub fn compiled(cx: &Cx, pattern: &str) -> Res<Arc<Regex>> {
    cx.made_of(pattern, KEPT, || {
        compile(pattern).map_err(|why| Trap::new(Reason::Value, format!("pattern {}: {why}", quoted(pattern))))
    })
}

/// Whether a pattern can be compiled; if not, why, in the words of diagnostics.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    compile(pattern).map(drop)
}

fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&translate(pattern)?).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".into(),
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or("it cannot be read");
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
    })
}

/// A pattern of Python's as one of the crate's.
pub fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    // Whether a quantifier stands just before, so that a `+` would make it possessive.
    let mut quantified = false;
    while let Some(c) = chars.next() {
        let was_quantified = std::mem::take(&mut quantified);
        match c {
            '\\' => translate_escape(&mut chars, &mut out, false)?,
            '[' => translate_class(&mut chars, &mut out)?,
            '(' => translate_group(&mut chars, &mut out)?,
            '+' if was_quantified => return Err("possessive quantifiers are not supported".into()),
            '*' | '+' => {
                quantified = true;
                out.push(c);
            }
            '?' => {
                quantified = !was_quantified;
                out.push(c);
            }
            '{' => quantified = translate_brace(&mut chars, &mut out),
            '}' => out.push_str("\\}"),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// `{2}`, `{2,}`, `{,3}`, `{2,3}` are quantifiers, any other brace is itself.
fn translate_brace(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> bool {
    let rest: String = chars.clone().take_while(|&c| c != '}').collect();
    let closed = chars.clone().any(|c| c == '}');
    let (low, high) = rest.split_once(',').unwrap_or((&rest, "0"));
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !closed || rest.is_empty() || !number(low) || !number(high) {
        out.push_str("\\{");
        return false;
    }
    out.push('{');
    out.push_str(if low.is_empty() { "0" } else { low });
    out.push_str(&rest[low.len()..]);
    out.push('}');
    for _ in 0..=rest.chars().count() {
        chars.next();
    }
    true
}

fn translate_escape(chars: &mut Peekable<Chars<'_>>, out: &mut String, in_class: bool) -> Result<(), String> {
    let c = chars.next().ok_or("a backslash ends the pattern")?;
    match c {
        'Z' if !in_class => out.push_str("\\z"),
        'A' | 'B' if !in_class => out.extend(['\\', c]),
        'b' => out.push_str(if in_class { "\\x08" } else { "\\b" }),
        'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'a' | 'f' | 'n' | 'r' | 't' | 'v' => out.extend(['\\', c]),
        'x' | 'u' | 'U' => translate_code(c, chars, out)?,
        '0' => {
            // `\0`, `\07`, `\012`: an octal code.
            let mut code = 0;
            for _ in 0..2 {
                let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                code = code * 8 + digit;
                chars.next();
            }
            out.push_str(&format!("\\x{{{code:x}}}"));
        }
        '1'..='9' => return Err("references back to a group are not supported: matching takes linear time".into()),
        c if c.is_ascii_alphabetic() => return Err(format!("bad escape \\{c}")),
        c => push_literal(c, out),
    }
    Ok(())
}

/// `\x41`, `\u20ac`, `\U0001f600`
fn translate_code(kind: char, chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let len = match kind {
        'x' => 2,
        'u' => 4,
        _ => 8,
    };
    let digits: String = chars.by_ref().take(len).collect();
    if digits.chars().count() < len || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(format!("incomplete escape \\{kind}{digits}"));
    }
    out.push_str(&format!("\\x{{{digits}}}"));
    Ok(())
}

/// A character that stands for itself.
fn push_literal(c: char, out: &mut String) {
    if c.is_ascii_punctuation() && c != '<' && c != '>' {
        out.push('\\');
    }
    out.push(c);
}

/// The rest of `[…]`. Brackets, `&&`, `--` and `~~` mean nothing inside of Python's classes.
fn translate_class(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    if chars.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    loop {
        match chars.next().ok_or("a `[` is not closed")? {
            ']' => break,
            '\\' => translate_escape(chars, out, true)?,
            '-' => {
                out.push('-');
                // The end of a range that is a minus itself.
                if chars.next_if_eq(&'-').is_some() {
                    out.push_str("\\-");
                }
            }
            c @ ('[' | '&' | '~' | '^') => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(']');
    Ok(())
}

/// The characters behind `(`.
fn translate_group(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('(');
    if chars.peek() != Some(&'?') {
        return Ok(());
    }
    let after: String = chars.clone().skip(1).take(2).collect();
    let none = |what: &str| Err(format!("{what} not supported: matching takes linear time"));
    match after.as_str() {
        s if s.starts_with(['=', '!']) || s == "<=" || s == "<!" => {
            none("lookaround (`(?=`, `(?!`, `(?<=`, `(?<!`) is")
        }
        "P=" => none("references back to a group (`(?P=name)`) are"),
        s if s.starts_with('(') => none("conditional groups (`(?(`) are"),
        s if s.starts_with('>') => none("atomic groups (`(?>`) are"),
        s if s.starts_with('<') => Err("a named group is written `(?P<name>…)`".into()),
        s if s.starts_with('#') => {
            // A comment, up to the next parenthesis.
            out.pop();
            chars.find(|&c| c == ')').map(drop).ok_or_else(|| "a comment is not closed".into())
        }
        _ => translate_flags(chars, out),
    }
}

/// `?:`, `?P<name>`, `?i)`, `?i-s:`: the crate's syntax too, but for the flags `a` and `L`.
fn translate_flags(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.extend(chars.next());
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphabetic() || *c == '-') {
        match c {
            'a' | 'L' | 'R' | 'U' => return Err(format!("the flag `{c}` is not supported")),
            'P' => {
                out.push(c);
                break;
            }
            c => out.push(c),
        }
    }
    Ok(())
}
