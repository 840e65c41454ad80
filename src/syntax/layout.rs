//! From text to statements: where each one starts and ends, before the grammar sees any.
//!
//! ```text
//! x = a   # c            Line "x = a"
//!   | map f              (the same line)
//! for i in xs {          Head "for i in xs"
//!   print i              Line "print i"
//! }                      Close
//! ```
//!
//! The masked text has the bytes of the source at the same places, with blanks for comments and for the line breaks inside
//! of a statement. Strings that are not closed, brackets that do not match, foreign characters and what goes over a limit
//! are reported here; such a piece is `broken`. A nesting measure is kept while scanning, so that neither pest nor a
//! walker of the tree meets more than [`MAX_DEPTH`] levels: brackets, and operators, lambdas and `if`s in a row, count.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many kinds of tokens")]

use super::ast::Comment;
use super::errors;
use super::limits::{Depth, MAX_DEPTH, MAX_DIAGS, MAX_STAGES, MAX_TOKENS};
use super::scan::{Kind, Scanner, Token, is_keyword};
use crate::base::diag::Diag;
use crate::base::source::{FileId, Span};

/// The statements of a source.
pub(crate) struct Layout {
    pub masked: String,
    pub chunks: Vec<Chunk>,
    pub comments: Vec<Comment>,
    pub diags: Vec<Diag>,
    /// The greatest nesting measure of a statement.
    pub depth: usize,
}

/// A piece of the program.
#[derive(Debug)]
pub(crate) enum Chunk {
    /// A statement without a block.
    Line(Piece),
    /// The text before the `{` of a block.
    Head(Piece),
    /// The `}` of a block.
    Close(usize),
}

/// The place of a statement, and what is known to be wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub start: usize,
    pub end: usize,
    /// Reported already; the grammar need not see it.
    pub broken: bool,
    /// The bracket that is still open at the end.
    pub unclosed: Option<usize>,
}

/// Cuts a source into statements.
pub(crate) fn cut(file: FileId, text: &str) -> Layout {
    let tokens: Vec<Token> = Scanner::new(text).take(MAX_TOKENS + 1).collect();
    if tokens.len() > MAX_TOKENS {
        let end = tokens[MAX_TOKENS].end;
        let diags = vec![errors::too_many_tokens(Span::new(file, end - 1, end), MAX_TOKENS)];
        return Layout { masked: String::new(), chunks: Vec::new(), comments: Vec::new(), diags, depth: 0 };
    }
    let first = Cutter::new(file, text, &tokens, false).run();
    if first.unbalanced { Cutter::new(file, text, &tokens, true).run().finish() } else { first.finish() }
}

/// A bracket that is open.
struct Open {
    sign: u8,
    at: usize,
    depth: Depth,
    /// Whether the bracket belongs to an operand before it, which counts already: `x[0]`, `list[int]`.
    suffix: bool,
}

struct Cutter<'a> {
    file: FileId,
    text: &'a str,
    tokens: &'a [Token],
    /// Whether a statement that starts inside of an open bracket closes it: the second try, after an imbalance.
    repair: bool,
    masked: Vec<u8>,
    chunks: Vec<Chunk>,
    comments: Vec<Comment>,
    diags: Vec<Diag>,
    stack: Vec<Open>,
    base: Depth,
    depth: usize,
    blocks: Vec<usize>,
    unbalanced: bool,
    stopped: bool,
    /// Index of the first token of the statement, if one has begun.
    begin: Option<usize>,
    /// Index of the last token that is no comment and no line break.
    last: Option<usize>,
    /// Whether a `{` may open a block: `for`, `while`, `if` without `then`, `else`.
    header: bool,
    broken: bool,
    stages: usize,
    /// How many `then` wait for their `else`.
    thens: usize,
    /// Whether a head without its block was seen, whose `}` will come.
    headless: bool,
    /// The last answer of `next_significant`, so that a run of line breaks is looked through once.
    next_known: usize,
}

impl<'a> Cutter<'a> {
    fn new(file: FileId, text: &'a str, tokens: &'a [Token], repair: bool) -> Self {
        Self {
            file,
            text,
            tokens,
            repair,
            masked: text.as_bytes().to_vec(),
            chunks: Vec::new(),
            comments: Vec::new(),
            diags: Vec::new(),
            stack: Vec::new(),
            base: Depth::default(),
            depth: 0,
            blocks: Vec::new(),
            unbalanced: false,
            stopped: false,
            begin: None,
            last: None,
            header: false,
            broken: false,
            stages: 0,
            thens: 0,
            headless: false,
            next_known: 0,
        }
    }

    fn run(mut self) -> Self {
        for at in 0..self.tokens.len() {
            if self.stopped || self.diags.len() > MAX_DIAGS {
                return self;
            }
            self.token(at);
        }
        self.end_statement();
        for at in std::mem::take(&mut self.blocks).into_iter().rev() {
            self.unbalanced = true;
            self.diags.push(errors::unclosed_bracket(self.span(at, at + 1), "{", "}"));
            self.chunks.push(Chunk::Close(self.text.len()));
        }
        self
    }

    fn finish(self) -> Layout {
        let masked = String::from_utf8(self.masked).expect("whole tokens were replaced by blanks");
        Layout { masked, chunks: self.chunks, comments: self.comments, diags: self.diags, depth: self.depth }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn word(&self, at: usize) -> &'a str {
        let token = self.tokens[at];
        &self.text[token.start..token.end]
    }

    fn token(&mut self, at: usize) {
        let token = self.tokens[at];
        match token.kind {
            Kind::Comment => return self.comment(token),
            Kind::Newline => return self.newline(at),
            Kind::Semicolon if self.stack.is_empty() => return self.end_statement(),
            Kind::Close if self.stack.is_empty() => return self.close_block(token),
            _ => self.start_statement(at),
        }
        match token.kind {
            Kind::Open if self.opens_block(token) => return self.open_block(token),
            Kind::Open => self.open(token),
            Kind::FStart | Kind::FOpen => self.push(token),
            Kind::Close => self.close(token),
            Kind::FClose | Kind::FEnd => self.pop_to(if token.kind == Kind::FEnd { b'f' } else { b'{' }, token),
            Kind::Word => self.count_word(at),
            Kind::Op => self.count_op(at),
            Kind::Number | Kind::Str | Kind::FSpec => {}
            Kind::Unclosed => self.unclosed_string(token),
            Kind::FStray => self.fail(errors::stray_brace(self.span(token.start, token.end))),
            Kind::Semicolon | Kind::Bad => self.bad(token),
            Kind::Newline | Kind::Comment => {}
        }
        self.last = Some(at);
    }

    // ---- statements

    fn start_statement(&mut self, at: usize) {
        if self.begin.is_none() {
            self.begin = Some(at);
            self.header = matches!(self.word(at), "for" | "while" | "if" | "else" | "elif");
            self.base = Depth::default();
            self.stages = 0;
            self.thens = 0;
            self.last = None;
        }
    }

    fn piece(&mut self) -> Option<Piece> {
        let start = self.tokens[self.begin.take()?].start;
        let end = self.last.take().map_or(start, |at| self.tokens[at].end);
        let unclosed = self.stack.last().map(|open| open.at);
        self.unbalanced |= unclosed.is_some();
        while self.pop().is_some() {}
        self.depth = self.depth.max(self.base.total());
        if self.base.total() > MAX_DEPTH {
            let first = self.text[start..end].split(' ').next().map_or(end, |word| start + word.len().min(20));
            let first = self.text.floor_char_boundary(first.max(start + 1));
            self.fail(errors::too_deep(self.span(start, first), MAX_DEPTH));
        }
        let broken = std::mem::take(&mut self.broken);
        Some(Piece { start, end, broken, unclosed })
    }

    fn end_statement(&mut self) {
        let header = self.header;
        if let Some(piece) = self.piece() {
            self.headless |= header && self.text[piece.start..piece.end].split(' ').next() != Some("if");
            self.chunks.push(Chunk::Line(piece));
        }
    }

    fn fail(&mut self, diag: Diag) {
        if !self.broken {
            self.diags.push(diag);
        }
        self.broken = true;
    }

    fn newline(&mut self, at: usize) {
        if self.begin.is_none() {
            return;
        }
        let Some(next) = self.next_significant(at) else { return self.blank(at) };
        let goes_on = if self.stack.is_empty() { self.continues(next) } else { !(self.repair && self.restarts(next)) };
        if goes_on { self.blank(at) } else { self.end_statement() }
    }

    fn blank(&mut self, at: usize) {
        let start = self.tokens[at].start;
        self.masked[start] = b' ';
        if start > 0 && self.masked[start - 1] == b'\r' {
            self.masked[start - 1] = b' ';
        }
    }

    fn next_significant(&mut self, at: usize) -> Option<usize> {
        if self.next_known > at {
            return (self.next_known < self.tokens.len()).then_some(self.next_known);
        }
        let ahead = &self.tokens[at..];
        let n = ahead.iter().position(|token| !matches!(token.kind, Kind::Newline | Kind::Comment));
        self.next_known = n.map_or(self.tokens.len(), |n| at + n);
        self.next_significant(at)
    }

    /// Number of bytes before a token's line begins to have text.
    fn indent(&self, at: usize) -> usize {
        let start = self.tokens[at].start;
        let line = self.text[..start].rfind('\n').map_or(0, |n| n + 1);
        self.text[line..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count()
    }

    /// Whether the next line belongs to this statement: it starts with what only continues, or this line asks for more
    /// and the next is indented deeper.
    fn continues(&self, next: usize) -> bool {
        let (Some(begin), Some(last)) = (self.begin, self.last) else { return false };
        let after = self.tokens.get(next + 1);
        match self.tokens[next].kind {
            Kind::Op if self.word(next) == "|" => return true,
            Kind::Op if self.word(next) == "." => return after.is_some_and(|token| token.kind == Kind::Word),
            Kind::Word if self.word(next) == "then" => return true,
            Kind::Word if self.word(next) == "else" => return self.thens > 0,
            _ => {}
        }
        if self.indent(next) <= self.indent(begin) {
            return false;
        }
        asks_for_more(self.tokens[last], self.word(last)) || only_continues(self.tokens[next], self.word(next))
    }

    /// Whether the next line can only be a new statement although a bracket is open.
    fn restarts(&self, next: usize) -> bool {
        let Some(begin) = self.begin else { return false };
        let assigns = self.tokens.get(next + 1).is_some_and(|token| &self.text[token.start..token.end] == "=");
        let statement = matches!(self.word(next), "let" | "def" | "type" | "param" | "use" | "for" | "while" | "}");
        (statement || assigns) && self.indent(next) <= self.indent(begin)
    }

    // ---- blocks

    fn opens_block(&self, token: Token) -> bool {
        if !self.header || !self.stack.is_empty() || &self.text[token.start..token.end] != "{" {
            return false;
        }
        let Some(last) = self.last else { return false };
        match self.tokens[last].kind {
            Kind::Word if self.names_a_field(last) => true,
            Kind::Word => {
                !matches!(self.word(last), "in" | "and" | "or" | "not" | "while" | "if" | "for" | "then" | "with")
            }
            Kind::Number | Kind::Str | Kind::FEnd | Kind::Close => true,
            Kind::FStart | Kind::FOpen | Kind::FSpec | Kind::FClose | Kind::FStray => false,
            Kind::Unclosed | Kind::Open | Kind::Newline | Kind::Semicolon | Kind::Comment => false,
            Kind::Op | Kind::Bad => false,
        }
    }

    fn open_block(&mut self, token: Token) {
        if let Some(piece) = self.piece() {
            self.chunks.push(Chunk::Head(piece));
        }
        if self.blocks.len() >= MAX_DEPTH {
            self.diags.push(errors::too_deep(self.span(token.start, token.end), MAX_DEPTH));
            self.stopped = true;
        }
        self.blocks.push(token.start);
    }

    fn close_block(&mut self, token: Token) {
        if self.word_at(token) == "}" && self.blocks.pop().is_some() {
            self.end_statement();
            self.chunks.push(Chunk::Close(token.start));
        } else if self.word_at(token) == "}" && std::mem::take(&mut self.headless) {
            self.end_statement();
        } else {
            self.unbalanced = true;
            self.fail(errors::stray_close(self.span(token.start, token.end), self.word_at(token)));
            self.broken &= self.begin.is_some();
        }
    }

    fn word_at(&self, token: Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    // ---- brackets and the nesting measure

    fn level(&mut self) -> &mut Depth {
        self.stack.last_mut().map_or(&mut self.base, |open| &mut open.depth)
    }

    fn open(&mut self, token: Token) {
        let operand = self.last.is_some_and(|at| {
            matches!(self.tokens[at].kind, Kind::Word | Kind::Close | Kind::Str | Kind::FEnd | Kind::Number)
        });
        if operand && self.word_at(token) != "(" {
            self.level().chain += 1;
        }
        self.push(token);
        let adjacent = self.last.is_some_and(|at| self.tokens[at].end == token.start);
        if let Some(open) = self.stack.last_mut() {
            open.suffix = operand && adjacent && open.sign == b'[';
        }
    }

    fn push(&mut self, token: Token) {
        let sign = self.text.as_bytes()[token.start];
        self.stack.push(Open { sign, at: token.start, depth: Depth::default(), suffix: false });
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.stack.pop()?;
        let level = self.level();
        level.inner = level.inner.max(open.depth.total() + usize::from(!open.suffix));
        Some(open)
    }

    fn close(&mut self, token: Token) {
        let sign = match self.word_at(token) {
            ")" => b'(',
            "]" => b'[',
            _ => b'{',
        };
        if self.stack.iter().rev().take(MAX_DEPTH).take_while(|open| open.sign != b'f').any(|open| open.sign == sign) {
            self.pop_to(sign, token);
        } else if let Some(open) = self.pop() {
            self.unbalanced = true;
            self.mismatched(&open, token);
        } else {
            self.unbalanced = true;
            self.fail(errors::stray_close(self.span(token.start, token.end), self.word_at(token)));
        }
    }

    /// Closes brackets up to the one that `token` closes; those between are not closed.
    fn pop_to(&mut self, sign: u8, token: Token) {
        while let Some(open) = self.pop() {
            if open.sign == sign {
                return;
            }
            self.unbalanced = true;
            self.mismatched(&open, token);
        }
    }

    fn mismatched(&mut self, open: &Open, token: Token) {
        let (opener, closer) = pair(open.sign);
        let place = self.span(open.at, open.at + 1);
        let found = self.span(token.start, token.end);
        self.fail(errors::mismatched(place, opener, closer, found, self.word_at(token)));
    }

    fn count_word(&mut self, at: usize) {
        let is_name = |last: usize| self.tokens[last].kind == Kind::Word && !is_keyword(self.word(last));
        let after_name = self.last.is_some_and(is_name);
        match self.word(at) {
            _ if self.last.is_none() || self.names_a_field(at) => {}
            "then" => {
                self.thens += 1;
                self.header &= !self.stack.is_empty();
            }
            "else" => self.thens = self.thens.saturating_sub(1),
            "in" => {}
            "if" | "let" | "not" | "and" | "or" | "for" => self.level().chain += 1,
            _ if after_name => self.level().chain += 1,
            _ => {}
        }
    }

    /// Whether a word stands where a keyword is a name like any other: `r.in`, `in: 1`.
    fn names_a_field(&self, at: usize) -> bool {
        let colon = self.tokens.get(at + 1).is_some_and(|token| self.word_at(*token) == ":");
        colon || at > 0 && self.word(at - 1) == "."
    }

    fn count_op(&mut self, at: usize) {
        match self.word(at) {
            "," => self.level().next_segment(),
            "|" => {
                self.level().next_segment();
                self.stages += 1;
                if self.stages == MAX_STAGES + 1 {
                    let token = self.tokens[at];
                    self.fail(errors::too_many_stages(self.span(token.start, token.end), MAX_STAGES));
                }
            }
            "=" | ":" => {}
            _ => self.level().chain += 1,
        }
    }

    // ---- what is wrong in itself

    fn unclosed_string(&mut self, token: Token) {
        if let Some(bottom) = self.stack.iter().position(|open| open.sign == b'f') {
            self.stack.truncate(bottom);
        }
        let quotes = self.text[token.start..].trim_start_matches(['f', 'r']);
        let len = if quotes.starts_with("\"\"\"") || quotes.starts_with("'''") { 3 } else { 1 };
        self.fail(errors::unclosed_string(self.file, token.start, &self.text[token.start..token.end], &quotes[..len]));
    }

    fn bad(&mut self, token: Token) {
        let diag = errors::bad_character(self.span(token.start, token.end), self.word_at(token));
        self.fail(diag);
    }

    fn comment(&mut self, token: Token) {
        let line = self.text[..token.start].rfind('\n').map_or(0, |n| n + 1);
        let own_line = self.text[line..token.start].chars().all(|c| matches!(c, ' ' | '\t' | ';'));
        let text = self.word_at(token).trim_end().to_string();
        self.masked[token.start..token.end].fill(b' ');
        let span = self.span(token.start, token.start + text.len());
        self.comments.push(Comment { span, text, own_line });
    }
}

/// The signs of a bracket.
pub(crate) fn pair(sign: u8) -> (&'static str, &'static str) {
    match sign {
        b'(' => ("(", ")"),
        b'[' => ("[", "]"),
        b'f' => ("f\"", "\""),
        _ => ("{", "}"),
    }
}

/// Whether a line that ends so goes on in the next one.
fn asks_for_more(last: Token, text: &str) -> bool {
    match last.kind {
        Kind::Op => !matches!(text, "?" | "!" | "."),
        Kind::Word => matches!(text, "in" | "and" | "or" | "not" | "then" | "else" | "if" | "with"),
        _ => false,
    }
}

/// Whether a line that starts so can only be part of the statement before.
fn only_continues(next: Token, text: &str) -> bool {
    match next.kind {
        Kind::Op => true,
        Kind::Word => matches!(text, "in" | "and" | "or" | "not"),
        _ => false,
    }
}
