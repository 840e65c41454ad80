//! The values of literals: ints, floats, strings with Python's escapes, f-strings.

use pest::iterators::Pair;

use super::expr::{Build, parts};
use crate::base::source::Span;
use crate::syntax::ast::{ExprKind, FPart};
use crate::syntax::errors;
use crate::syntax::grammar::Rule;

impl Build<'_> {
    /// An int, and whether it is 2**63, which needs a minus sign before it.
    pub(super) fn int(&mut self, text: &str, span: Span) -> (ExprKind, bool) {
        let digits = text.replace('_', "");
        let (radix, body) = match digits.as_bytes() {
            [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
            [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
            [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
            _ => (10, &digits[..]),
        };
        let misplaced = text.ends_with('_') || text.contains("__");
        if misplaced || body.is_empty() || !body.chars().all(|c| c.is_digit(radix)) {
            let help = format!("its digits are those of base {radix}, and `_` stands between two of them");
            self.diags.push(errors::bad_number(span, "this is not an int", &help));
            return (ExprKind::Error, false);
        }
        if radix == 10 && body.len() > 1 && body.starts_with('0') && body.bytes().any(|b| b != b'0') {
            self.diags.push(errors::bad_number(
                span,
                "an int does not start with 0",
                "remove the zero; octal ints start with `0o`",
            ));
            return (ExprKind::Error, false);
        }
        match u64::from_str_radix(body, radix) {
            Ok(n) if n == 1 << 63 => (ExprKind::Int(i64::MIN), true),
            Ok(n) => match i64::try_from(n) {
                Ok(n) => (ExprKind::Int(n), false),
                Err(_) => self.int_error(span),
            },
            Err(_) => self.int_error(span),
        }
    }

    fn int_error(&mut self, span: Span) -> (ExprKind, bool) {
        self.diags.push(errors::int_too_large(span));
        (ExprKind::Error, false)
    }

    /// A float, with its text.
    pub(super) fn float(&mut self, text: &str, span: Span) -> ExprKind {
        match text.replace('_', "").parse::<f64>() {
            Ok(x) if x.is_finite() => ExprKind::Float(x, text.to_string()),
            _ => {
                let help = "the largest float is about 1.8e308; infinity is `float(\"inf\")`";
                self.diags.push(errors::bad_number(span, "this number is too large for a float", help));
                ExprKind::Error
            }
        }
    }

    /// The value of a string literal, given with its quotes.
    pub(super) fn string(&mut self, literal: &str, span: Span) -> String {
        let raw = literal.starts_with('r');
        let prefix = usize::from(raw);
        let quotes = quote_len(&literal[prefix..]);
        let start = prefix + quotes;
        let body = &literal[start..literal.len() - quotes];
        if raw {
            return body.to_string();
        }
        self.unescape(body, Span { start: span.start + start as u32, ..span })
    }

    /// Resolves escapes; `span` starts where `body` does.
    fn unescape(&mut self, body: &str, span: Span) -> String {
        let mut out = String::with_capacity(body.len());
        let mut rest = body;
        while let Some(n) = rest.find('\\') {
            out.push_str(&rest[..n]);
            rest = &rest[n..];
            let len = match escape(rest) {
                Ok((text, len)) => {
                    out.extend(text);
                    len
                }
                Err((len, help)) => {
                    let start = span.start as usize + body.len() - rest.len();
                    let at = Span::new(self.file, start, start + len);
                    self.diags.push(errors::bad_escape(at, &rest[..len], help));
                    len
                }
            };
            rest = &rest[len..];
        }
        out.push_str(rest);
        out
    }

    /// The parts of an f-string.
    pub(super) fn fstring(&mut self, pair: Pair<'_, Rule>) -> Vec<FPart> {
        let mut out = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() == Rule::fvalue {
                out.push(self.fvalue(part));
                continue;
            }
            let start = self.offset + part.as_span().start();
            out.push(FPart::Text(self.ftext(part.as_str(), start)));
        }
        out
    }

    /// Text between the values of an f-string: doubled braces stand for one.
    fn ftext(&mut self, text: &str, start: usize) -> String {
        let mut out = String::new();
        let mut from = 0;
        loop {
            let brace = text[from..].find("{{").into_iter().chain(text[from..].find("}}")).min();
            let to = brace.map_or(text.len(), |n| from + n);
            out += &self.unescape(&text[from..to], Span::new(self.file, start + from, start + to));
            if brace.is_none() {
                return out;
            }
            out += &text[to..=to];
            from = to + 2;
        }
    }

    fn fvalue(&mut self, pair: Pair<'_, Rule>) -> FPart {
        let end = self.span(&pair).end.saturating_sub(1);
        let mut parts = parts(pair);
        let value = self.expr(parts.next().expect("a value of an f-string holds an expression"));
        let mut spec_span = Span { start: end, end, ..value.span };
        let (mut repr, mut spec) = (false, String::new());
        for part in parts {
            if part.as_rule() == Rule::conversion {
                repr = part.as_str().starts_with("!r");
            } else {
                let text = part.into_inner().next().expect("a format has a text, if only an empty one");
                let span = text.as_span();
                spec_span = Span::new(self.file, self.offset + span.start(), self.offset + span.end());
                spec = text.as_str().to_string();
            }
        }
        FPart::Value { value, repr, spec, spec_span }
    }
}

fn quote_len(literal: &str) -> usize {
    if literal.starts_with("\"\"\"") || literal.starts_with("'''") { 3 } else { 1 }
}

/// The text of an escape at the start of `rest`, and its length; or the length of a wrong one, and what would be right.
fn escape(rest: &str) -> Result<(Option<char>, usize), (usize, &'static str)> {
    let Some(c) = rest[1..].chars().next() else { return Err((1, "a backslash is written `\\\\`")) };
    let simple = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' if !rest[2..].starts_with(|c: char| c.is_ascii_digit()) => '\0',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        '\\' | '\'' | '"' => c,
        '\n' => return Ok((None, 2)),
        'x' => return hex(rest, 2),
        'u' => return hex(rest, 4),
        'U' => return hex(rest, 8),
        _ => return Err((1 + c.len_utf8(), "a backslash is written `\\\\`; raw strings, r\"…\", have no escapes")),
    };
    Ok((Some(simple), 2))
}

fn hex(rest: &str, digits: usize) -> Result<(Option<char>, usize), (usize, &'static str)> {
    let found = rest[2..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
    if found < digits {
        return Err((2 + found, "`\\x` takes 2 hexadecimal digits, `\\u` 4, `\\U` 8"));
    }
    let value = u32::from_str_radix(&rest[2..2 + digits], 16).unwrap_or(u32::MAX);
    match char::from_u32(value) {
        Some(c) => Ok((Some(c), 2 + digits)),
        None => Err((2 + digits, "a character's number is at most 10FFFF, and not from D800 to DFFF")),
    }
}
