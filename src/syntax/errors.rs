//! The diagnostics of the syntax layer: one constructor each.
//!
//! Texts speak of the language ("a pipeline stage"), never of the grammar's rules.

use std::ops::Range;

use crate::base::codes;
use crate::base::diag::Diag;
use crate::base::source::{FileId, Span};
use crate::syntax::ast::{Arg, BinOp, Expr, ExprKind, Name, UnOp};

/// The text at a place does not fit: `expected` and `found` in the language's words.
pub fn unexpected(at: Span, expected: &str, found: &str) -> Diag {
    Diag::error(codes::SYNTAX, format!("expected {expected}, found {found}"), at, format!("expected {expected} here"))
}

/// A bracket that nothing closes.
pub fn unclosed_bracket(open: Span, opener: &str, closer: &str) -> Diag {
    let message = format!("`{opener}` is never closed");
    Diag::error(codes::UNCLOSED_BRACKET, message, open, format!("no `{closer}` belongs to this `{opener}`"))
        .help(format!("add the missing `{closer}`"))
}

/// A bracket that is still open where the text can only be read as if it were closed.
pub fn unclosed_before(open: Span, opener: &str, closer: &str, at: Span, found: &str) -> Diag {
    let message = format!("expected `{closer}`, found {found}");
    Diag::error(codes::UNCLOSED_BRACKET, message, at, format!("expected `{closer}` before this"))
        .also(open, format!("this `{opener}` is not closed"))
        .help(format!("add the missing `{closer}`"))
}

/// A bracket closed by another one.
pub fn mismatched(open: Span, opener: &str, closer: &str, at: Span, found: &str) -> Diag {
    let message = format!("expected `{closer}`, found `{found}`");
    Diag::error(codes::MISMATCHED_BRACKET, message, at, format!("expected `{closer}` here"))
        .also(open, format!("this `{opener}` is still open"))
}

/// A closing bracket without an opening one.
pub fn stray_close(at: Span, sign: &str) -> Diag {
    let opener = match sign {
        ")" => "(",
        "]" => "[",
        _ => "{",
    };
    Diag::error(
        codes::MISMATCHED_BRACKET,
        format!("`{sign}` closes nothing"),
        at,
        format!("no `{opener}` is open here"),
    )
    .help(format!("remove it, or add the `{opener}` it belongs to"))
}

/// A string whose quotes are missing at the end.
pub fn unclosed_string(file: FileId, start: usize, text: &str, quotes: &str) -> Diag {
    let prefix = text.find(quotes).unwrap_or(0);
    let at = Span::new(file, start, start + prefix + quotes.len());
    let diag = Diag::error(codes::UNCLOSED_STRING, "this string is not closed", at, "the string starts here");
    if quotes.len() == 3 {
        return diag.help(format!("close it with {quotes}"));
    }
    diag.help(format!("close it with {quotes} on the same line, or use three quotes for text of several lines"))
}

/// A `}` in the text of an f-string.
pub fn stray_brace(at: Span) -> Diag {
    Diag::error(codes::BAD_FSTRING, "`}` in an f-string closes nothing", at, "no `{` is open here")
        .help("a brace that stands for itself is doubled: `}}`")
}

/// A character that the language does not have.
pub fn bad_character(at: Span, text: &str) -> Diag {
    let c = text.chars().next().unwrap_or(' ');
    let named = match c {
        '\0' => "a NUL byte".to_string(),
        '\u{feff}' => "a byte order mark".to_string(),
        '\u{a0}' => "a no-break space".to_string(),
        c if c.is_control() || c.is_whitespace() => format!("the character U+{:04X}", c as u32),
        c => format!("`{c}`"),
    };
    let diag = Diag::error(codes::BAD_CHARACTER, format!("{named} means nothing here"), at, "this character");
    let Some((help, instead)) = plain_instead(c) else { return diag };
    let diag = diag.help(help);
    if instead.is_empty() { diag } else { diag.fix(at, instead) }
}

/// The character or word that is probably meant.
fn plain_instead(c: char) -> Option<(&'static str, &'static str)> {
    Some(match c {
        '“' | '”' | '„' | '«' | '»' => ("use the plain quote `\"`", "\""),
        '‘' | '’' | '`' => ("use the plain quote `'` or `\"`", "'"),
        '–' | '—' | '−' => ("use the plain minus sign `-`", "-"),
        '×' => ("use `*`", "*"),
        '÷' => ("use `/`", "/"),
        '≤' => ("use `<=`", "<="),
        '≥' => ("use `>=`", ">="),
        '≠' => ("use `!=`", "!="),
        '→' => ("use `->`", "->"),
        '\u{a0}' => ("use a plain space", " "),
        ';' => ("`;` separates statements, and cannot stand inside of brackets", ""),
        '\\' => ("a statement goes on in the next line when that begins with `|`, or inside of brackets", ""),
        '^' => ("a power is written `**`", "**"),
        '\0' => ("the file is not text, or is encoded as UTF-16: save it as UTF-8", ""),
        '@' | '$' | '~' => return None,
        _ => return None,
    })
}

/// A program nested deeper than the limit.
pub fn too_deep(at: Span, limit: usize) -> Diag {
    let message = format!("more than {limit} levels of nesting, or operators in a row");
    Diag::error(codes::LIMIT, message, at, "in the statement that begins here")
        .help("give parts of it names with `let`")
}

/// A statement with too many stages.
pub fn too_many_stages(at: Span, limit: usize) -> Diag {
    Diag::error(codes::LIMIT, format!("more than {limit} pipeline stages in one statement"), at, "one stage too many")
        .help("give the first part of the pipeline a name with `let`")
}

/// A source with too many tokens.
pub fn too_many_tokens(at: Span, limit: usize) -> Diag {
    Diag::error(codes::LIMIT, format!("a source of more than {limit} words and signs"), at, "the limit is reached here")
        .help("read data with `textFile` instead of writing it into the job")
}

/// A source that is too large.
pub fn too_large(at: Span, bytes: usize, limit: usize) -> Diag {
    let message = format!("a source of {bytes} bytes; the limit is {} MiB", limit >> 20);
    Diag::error(codes::LIMIT, message, at, "in this file")
        .help("read data with `textFile` instead of writing it into the job")
}

/// A keyword where a name belongs.
pub fn keyword_as_name(at: Span, word: &str) -> Diag {
    let message = format!("expected a name, found the keyword `{word}`");
    Diag::error(codes::KEYWORD_AS_NAME, message, at, format!("`{word}` is a word of the language"))
        .help(format!("choose another name, for example `{word}_`"))
}

/// A block head without its block.
pub fn missing_block(at: Span, head: &str, found: &str) -> Diag {
    let message = format!("expected `{{` after the head of `{head}`, found {found}");
    Diag::error(codes::BLOCK, message, at, "expected `{` here")
        .help(format!("the statements of `{head}` stand in braces: `{head} … {{ … }}`"))
}

/// `else` that follows no `if` block.
pub fn else_without_if(at: Span) -> Diag {
    Diag::error(codes::BLOCK, "`else` follows no `if` block", at, "no `if … { … }` ends right before this")
}

/// An int literal beyond 64 bits.
pub fn int_too_large(at: Span) -> Diag {
    Diag::error(codes::BAD_NUMBER, "an int has 64 bits; this one does not fit", at, "too large")
        .help("the largest int is 9223372036854775807; a float, written with a point or `e`, goes further")
}

/// A number with something wrong inside.
pub fn bad_number(at: Span, message: &str, help: &str) -> Diag {
    Diag::error(codes::BAD_NUMBER, message, at, "this number").help(help)
}

/// An escape that strings do not have.
pub fn bad_escape(at: Span, text: &str, help: &str) -> Diag {
    let message = format!("`{text}` is not an escape that strings have");
    Diag::error(codes::BAD_ESCAPE, message, at, "this escape").help(help)
}

/// `=` where a comparison or a named argument is meant.
pub fn assignment_in_expression(at: Span, expected: &str, help: &str) -> Diag {
    let message = format!("expected {expected}, found `=`");
    Diag::error(codes::ASSIGNMENT, message, at, "an assignment is a statement, not a value").help(help)
}

/// Words and signs of another language.
pub fn foreign(at: Span, found: &str, help: &str) -> Diag {
    Diag::error(codes::FOREIGN, format!("{found} is not part of the language"), at, "not known here").help(help)
}

/// Python's `lambda x: e`.
pub(super) fn python_lambda(at: Span) -> Diag {
    foreign(at, "`lambda`", "a lambda is written `x -> e`, or `(a, b) -> e`")
}

/// Python's `lambda a, b: e` among arguments, which the grammar takes for a command, names and a named argument: its place
/// and which arguments it is.
pub(super) fn lambda_among(args: &[Arg]) -> Option<(Span, Range<usize>)> {
    let first =
        args.iter().position(|arg| matches!(&arg.value.kind, ExprKind::Command(name, _) if name.text == "lambda"))?;
    let ExprKind::Command(word, _) = &args[first].value.kind else { return None };
    let last = first + args[first..].iter().position(|arg| arg.name.is_some())?;
    let names = args[first + 1..last].iter().all(|arg| matches!(arg.value.kind, ExprKind::Name(_)));
    (names && args[first].name.is_none()).then(|| (word.span, first..last + 1))
}

/// Python's `x is None` and `x is not None`, which the grammar takes for a call of `x` with what follows; and the
/// operator that is meant.
pub(super) fn python_is(name: &Name, value: &Expr) -> Option<(Diag, BinOp)> {
    let ExprKind::Command(is, args) = &value.kind else { return None };
    let (test, op) = match &args[..] {
        [Arg { value: Expr { kind: ExprKind::None, .. }, .. }] => ("== None", BinOp::Eq),
        [Arg { value: Expr { kind: ExprKind::Unary(UnOp::Not, inner), .. }, .. }]
            if matches!(inner.kind, ExprKind::None) =>
        {
            ("!= None", BinOp::Ne)
        }
        _ => return None,
    };
    let help = format!("write `{} {test}`", name.text);
    (is.text == "is").then(|| (foreign(is.span, "`is`", &help).fix(value.span, test), op))
}
