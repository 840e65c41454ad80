//! The tokens of a pattern: characters, and escapes as one token of a backslash and a character.
//!
//! Source: CPython 3.11, Lib/re/_parser.py, `Tokenizer`.

use std::fmt;

/// A token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    /// A character.
    Char(char),
    /// A backslash and a character.
    Escape(char),
}

impl Token {
    /// Its length in characters.
    pub fn len(self) -> usize {
        match self {
            Self::Char(_) => 1,
            Self::Escape(_) => 2,
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(c) => write!(f, "{c}"),
            Self::Escape(c) => write!(f, "\\{c}"),
        }
    }
}

/// A pattern that is read token by token.
pub struct Source {
    chars: Vec<char>,
    /// The place behind the next token.
    index: usize,
    /// The next token.
    pub next: Option<Token>,
}

impl Source {
    /// The tokens of a pattern.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let mut source = Self { chars: pattern.chars().collect(), index: 0, next: None };
        source.advance()?;
        Ok(source)
    }

    fn advance(&mut self) -> Result<(), String> {
        self.next = match self.chars.get(self.index..).unwrap_or_default() {
            [] => None,
            ['\\'] => return Err(self.error_at("bad escape (end of pattern)", self.chars.len() - 1)),
            ['\\', c, ..] => Some(Token::Escape(*c)),
            [c, ..] => Some(Token::Char(*c)),
        };
        self.index += self.next.map_or(0, Token::len);
        Ok(())
    }

    /// Takes the next token.
    pub fn get(&mut self) -> Result<Option<Token>, String> {
        let this = self.next;
        self.advance()?;
        Ok(this)
    }

    /// Takes the next token if it is this character.
    pub fn eat(&mut self, c: char) -> Result<bool, String> {
        let found = self.next == Some(Token::Char(c));
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Takes at most so many characters of a kind.
    pub fn get_while(&mut self, most: usize, test: impl Fn(char) -> bool) -> Result<String, String> {
        let mut text = String::new();
        while let Some(Token::Char(c)) = self.next
            && test(c)
            && text.len() < most
        {
            text.push(c);
            self.advance()?;
        }
        Ok(text)
    }

    /// Takes all up to a character, which is taken too.
    pub fn get_until(&mut self, end: char, what: &str) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.get()? {
                None if text.is_empty() => return Err(self.error(&format!("missing {what}"), 0)),
                None => {
                    let len = text.chars().count();
                    return Err(self.error(&format!("missing {end}, unterminated name"), len));
                }
                Some(Token::Char(c)) if c == end => break,
                Some(token) => text.push_str(&token.to_string()),
            }
        }
        if text.is_empty() { Err(self.error(&format!("missing {what}"), 1)) } else { Ok(text) }
    }

    /// The place of the next token.
    pub fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    /// Goes on at a place.
    pub fn seek(&mut self, place: usize) -> Result<(), String> {
        self.index = place;
        self.advance()
    }

    /// A message with its place: so many characters before the next token.
    pub fn error(&self, what: &str, behind: usize) -> String {
        self.error_at(what, self.tell() - behind)
    }

    /// A message with its place.
    pub fn error_at(&self, what: &str, place: usize) -> String {
        let message = format!("{what} at position {place}");
        if !self.chars.contains(&'\n') {
            return message;
        }
        let before = &self.chars[..place];
        let line = before.iter().filter(|&&c| c == '\n').count() + 1;
        let column = before.iter().rposition(|&c| c == '\n').map_or(place + 1, |at| place - at);
        format!("{message} (line {line}, column {column})")
    }
}
