//! From text to tokens, without meaning: only what `layout` needs to find statements, and what a message says it found.
//!
//! `map f"{x}" # c` gives `Word Word… FStart FOpen Word FClose FEnd Comment`. F-strings are scanned through, so that
//! brackets and strings inside of their braces are seen. Nothing is rejected here: an unclosed string and a character that
//! the language does not have are tokens too. The scanner never looks at a byte twice, except for the end of a string.

/// A token: its kind and its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// The kind of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Name or keyword.
    Word,
    /// Number.
    Number,
    /// A string that is not an f-string, with prefix and quotes.
    Str,
    /// `f"`
    FStart,
    /// `{` in an f-string.
    FOpen,
    /// `:spec` in an f-string.
    FSpec,
    /// `}` of an f-string's value.
    FClose,
    /// A `}` in an f-string's text that is not doubled.
    FStray,
    /// The closing quotes of an f-string.
    FEnd,
    /// A string whose line ends before its quotes do; the token is what is left of the line.
    Unclosed,
    /// `(`, `[`, `{`
    Open,
    /// `)`, `]`, `}`
    Close,
    /// A line break.
    Newline,
    /// `;`
    Semicolon,
    /// From `#` to the end of the line.
    Comment,
    /// An operator or another sign.
    Op,
    /// A character that the language does not have.
    Bad,
}

/// Where the scanner is within f-strings.
enum Mode {
    /// Text of an f-string: its quotes, and where it starts.
    Text { quotes: &'static str, start: usize },
    /// A value of an f-string, with the number of brackets open in it.
    Value { open: usize },
}

/// The scanner.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    pos: usize,
    modes: Vec<Mode>,
}

/// Signs of two or three characters, longest first.
const SIGNS: [&str; 12] = ["&&", "||", "**", "//", "==", "!=", "<=", ">=", "->", "=>", "??", "..."];

impl<'a> Scanner<'a> {
    /// Scans a text from its beginning, behind a byte order mark.
    pub(crate) fn new(text: &'a str) -> Self {
        let pos = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, pos, modes: Vec::new() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        *self.text.as_bytes().get(self.pos + ahead).unwrap_or(&0)
    }

    fn take(&mut self, kind: Kind, len: usize) -> Token {
        let start = self.pos;
        self.pos += len;
        Token { kind, start, end: self.pos }
    }

    fn take_while(&mut self, kind: Kind, keep: impl Fn(char) -> bool) -> Token {
        let rest = self.rest();
        let len = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.take(kind, len)
    }

    /// A number as a whole, `1e-5` included; what is wrong inside of it is for the grammar to say.
    fn number(&mut self) -> Token {
        let bytes = self.rest().as_bytes();
        let hex = bytes.len() > 1 && bytes[0] == b'0' && bytes[1].eq_ignore_ascii_case(&b'x');
        let mut len = 0;
        while let Some(&b) = bytes.get(len) {
            let exponent_sign = !hex && matches!(b, b'+' | b'-') && bytes[len - 1].eq_ignore_ascii_case(&b'e');
            let point = b == b'.' && bytes.get(len + 1).is_none_or(|next| !next.is_ascii_alphabetic() && *next != b'.');
            if !(b.is_ascii_alphanumeric() || b == b'_' || exponent_sign || point && !bytes[..len].contains(&b'.')) {
                break;
            }
            len += 1;
        }
        self.take(Kind::Number, len)
    }

    /// A string that starts with `prefix` bytes before its quotes.
    fn string(&mut self, prefix: usize) -> Token {
        let quotes = quotes_at(&self.rest()[prefix..]);
        if self.byte(0) == b'f' {
            self.modes.push(Mode::Text { quotes, start: self.pos });
            return self.take(Kind::FStart, prefix + quotes.len());
        }
        let bytes = self.rest().as_bytes();
        let mut at = prefix + quotes.len();
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 2,
                b'\n' if quotes.len() == 1 => break,
                _ if bytes[at..].starts_with(quotes.as_bytes()) => return self.take(Kind::Str, at + quotes.len()),
                _ => at += 1,
            }
        }
        let start = self.pos;
        self.pos = at.min(bytes.len()) + start;
        self.unclosed(start)
    }

    /// Gives up on a string, and on what it is nested in: one token from its quotes to where the scanner stands, which is
    /// the end of the line, or of the file for three quotes.
    fn unclosed(&mut self, start: usize) -> Token {
        self.modes.clear();
        Token { kind: Kind::Unclosed, start, end: self.pos }
    }

    /// The next token within the text of an f-string.
    fn fstring_text(&mut self, quotes: &'static str, start: usize) -> Option<Token> {
        let bytes = self.text.as_bytes();
        while let Some(&b) = bytes.get(self.pos) {
            match b {
                b'\\' => self.pos += if matches!(self.byte(1), b'{' | b'}') { 1 } else { 2 },
                b'{' | b'}' if self.byte(1) == b => self.pos += 2,
                b'{' => {
                    self.modes.push(Mode::Value { open: 0 });
                    return Some(self.take(Kind::FOpen, 1));
                }
                b'}' => return Some(self.take(Kind::FStray, 1)),
                b'\n' if quotes.len() == 1 => break,
                _ if bytes[self.pos..].starts_with(quotes.as_bytes()) => {
                    self.modes.pop();
                    return Some(self.take(Kind::FEnd, quotes.len()));
                }
                _ => self.pos += 1,
            }
        }
        self.pos = self.pos.min(self.text.len());
        Some(self.unclosed(start))
    }

    /// The meaning of `}` and `:` depends on whether they belong to a value of an f-string.
    fn value_end(&mut self, b: u8) -> Option<Token> {
        let Some(Mode::Value { open }) = self.modes.last_mut() else { return None };
        match b {
            b'(' | b'[' | b'{' => *open += 1,
            b')' | b']' | b'}' if *open > 0 => *open -= 1,
            b'}' => {
                self.modes.pop();
                return Some(self.take(Kind::FClose, 1));
            }
            b':' if *open == 0 => {
                let len = self.rest().find(['{', '}', '\n', '"', '\'', '\\']).unwrap_or(self.rest().len());
                return Some(self.take(Kind::FSpec, len));
            }
            _ => {}
        }
        None
    }

    /// A value of an f-string must end on its line, unless the f-string has three quotes.
    fn unclosed_value(&mut self, at_end: bool) -> Option<Token> {
        let start = self.modes.iter().find_map(|mode| match mode {
            Mode::Text { quotes, start } if at_end || quotes.len() == 1 => Some(*start),
            Mode::Text { .. } | Mode::Value { .. } => None,
        });
        start.map(|start| self.unclosed(start))
    }

    fn sign(&mut self, c: char) -> Token {
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            return self.take(Kind::Op, sign.len());
        }
        let known = "+-*/%<>=|,.:?&!".contains(c);
        self.take(if known { Kind::Op } else { Kind::Bad }, c.len_utf8())
    }

    fn plain(&mut self, c: char) -> Token {
        match c {
            '#' => self.take_while(Kind::Comment, |c| c != '\n'),
            ';' => self.take(Kind::Semicolon, 1),
            '(' | '[' | '{' => self.take(Kind::Open, 1),
            ')' | ']' | '}' => self.take(Kind::Close, 1),
            '"' | '\'' => self.string(0),
            'f' | 'r' if matches!(self.byte(1), b'"' | b'\'') => self.string(1),
            '0'..='9' => self.number(),
            '.' if self.byte(1).is_ascii_digit() => self.number(),
            c if c == '_' || c.is_alphabetic() => self.take_while(Kind::Word, |c| c == '_' || c.is_alphanumeric()),
            c => self.sign(c),
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(&Mode::Text { quotes, start }) = self.modes.last() {
            return self.fstring_text(quotes, start);
        }
        while matches!(self.byte(0), b' ' | b'\t') {
            self.pos += 1;
        }
        let c = match self.rest().chars().next() {
            Some(c) => c,
            None => return self.unclosed_value(true),
        };
        if c == '\n' {
            return self.unclosed_value(false).or_else(|| Some(self.take(Kind::Newline, 1)));
        }
        if c == '\r' && self.byte(1) == b'\n' {
            self.pos += 1;
            return self.next();
        }
        let end = if c.is_ascii() { self.value_end(self.byte(0)) } else { None };
        end.or_else(|| Some(self.plain(c)))
    }
}

/// The quotes that a text starts with.
fn quotes_at(text: &str) -> &'static str {
    let all = ["\"\"\"", "'''", "\"", "'"];
    all.into_iter().find(|quotes| text.starts_with(quotes)).expect("called at a quote only")
}

/// Words that cannot be names.
pub(crate) fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 20] = [
        "let", "def", "type", "param", "use", "for", "while", "if", "then", "else", "in", "and", "or", "not", "with",
        "true", "false", "True", "False", "None",
    ];
    KEYWORDS.contains(&word)
}
