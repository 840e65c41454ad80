//! The diagnostic about a statement that the grammar does not accept.
//!
//! pest knows how far it came and which rules it tried there. Those become words of the language ("a pipeline stage", "`)`"),
//! and the token that stands there, with the one before it, tells typical mistakes: a keyword as a name, `=` for `==`,
//! Python's `lambda`, a block without braces.

#![expect(clippy::wildcard_enum_match_arm, reason = "the rules of the grammar are made by pest, 150 of them")]

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::ast::{Expr, ExprKind, StmtKind};
use super::errors;
use super::grammar::{Grammar, Rule};
use super::layout::{Piece, pair};
use super::scan::{Kind, Scanner, Token, is_keyword};
use crate::base::diag::Diag;
use crate::base::source::{FileId, Span};

/// The diagnostic for a statement, given pest's error.
pub(crate) fn explain(file: FileId, masked: &str, piece: &Piece, error: &Error<Rule>) -> Diag {
    let mut site = Site::new(file, masked, piece, error);
    if let Some(open) = piece.unclosed {
        return site.unclosed(masked, open);
    }
    if matches!(site.first(), "for" | "while") {
        match Grammar::parse(Rule::head, site.text) {
            Ok(_) => return site.missing_block(site.text.len()),
            Err(error) => site = Site::new(file, masked, piece, &error),
        }
    }
    let tries =
        [Site::foreign, Site::block, Site::number, Site::keyword, Site::assignment, Site::parts_of_let, Site::fstring];
    tries.iter().find_map(|attempt| attempt(&site)).unwrap_or_else(|| site.unexpected())
}

/// The diagnostic for a statement in which a bracket stays open and nothing else is wrong.
pub(crate) fn unclosed(file: FileId, masked: &str, piece: &Piece) -> Diag {
    let open = piece.unclosed.unwrap_or(piece.start);
    let (opener, closer) = pair(masked.as_bytes()[open]);
    errors::unclosed_bracket(Span::new(file, open, open + 1), opener, closer)
}

/// A statement that the grammar takes for a command, and that is the habit of another language: `import x`.
pub(crate) fn foreign_statement(stmt: &StmtKind) -> Option<Diag> {
    let StmtKind::Expr(Expr { kind: ExprKind::Command(name, _), .. }) = stmt else { return None };
    let (_, help) = FIRST_WORDS.iter().find(|(words, _)| words.contains(&name.text.as_str()))?;
    let certain = matches!(name.text.as_str(), "import" | "from" | "return" | "yield");
    certain.then(|| errors::foreign(name.span, &format!("`{}`", name.text), help))
}

/// The help where a condition follows its value.
const CONDITIONAL: &str = "a conditional value is written `if c then a else b`";

/// The place where a statement stopped making sense.
struct Site<'a> {
    file: FileId,
    /// The statement.
    text: &'a str,
    /// Where it starts in the file.
    base: usize,
    tokens: Vec<Token>,
    /// The byte in the statement where it stopped.
    at: usize,
    /// The index of the token there, or the number of tokens.
    index: usize,
    tried: Vec<Rule>,
}

impl<'a> Site<'a> {
    fn new(file: FileId, masked: &'a str, piece: &Piece, error: &Error<Rule>) -> Self {
        let text = &masked[piece.start..piece.end];
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let tokens: Vec<Token> = Scanner::new(text).filter(|token| token.kind != Kind::Newline).collect();
        let index = tokens.partition_point(|token| token.end <= at);
        let tried = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.clone(),
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        Self { file, text, base: piece.start, tokens, at, index, tried }
    }

    fn word(&self, index: usize) -> &'a str {
        self.tokens.get(index).map_or("", |token| &self.text[token.start..token.end])
    }

    fn first(&self) -> &'a str {
        self.word(0)
    }

    fn found(&self) -> &'a str {
        self.word(self.index)
    }

    fn before(&self) -> &'a str {
        if self.index == 0 { "" } else { self.word(self.index - 1) }
    }

    fn token_span(&self, index: usize) -> Span {
        match self.tokens.get(index) {
            Some(token) => Span::new(self.file, self.base + token.start, self.base + token.end),
            None => Span::new(self.file, self.base + self.text.len(), self.base + self.text.len()),
        }
    }

    fn span(&self) -> Span {
        self.token_span(self.index)
    }

    fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.index).map(|token| token.kind)
    }

    /// The token that stands there, in words.
    fn found_text(&self) -> String {
        match self.kind() {
            None => "the end of the statement".to_string(),
            Some(Kind::Str | Kind::FStart) => "a string".to_string(),
            Some(Kind::FSpec) => "`:`".to_string(),
            Some(Kind::Word) if is_keyword(self.found()) => format!("the keyword `{}`", self.found()),
            Some(_) => format!("`{}`", shorten(self.found())),
        }
    }

    // ---- typical mistakes

    fn unclosed(&self, masked: &str, open: usize) -> Diag {
        let (opener, closer) = pair(masked.as_bytes()[open]);
        let place = Span::new(self.file, open, open + 1);
        let closable = self.tried.iter().any(|rule| closes(*rule) == Some(closer));
        if !closable || self.kind().is_none() {
            return errors::unclosed_bracket(place, opener, closer);
        }
        errors::unclosed_before(place, opener, closer, self.span(), &self.found_text())
    }

    /// Habits of Python and other languages.
    fn foreign(&self) -> Option<Diag> {
        let near = self.index.saturating_sub(6)..(self.index + 1).min(self.tokens.len());
        if let Some(index) = near.clone().find(|index| self.word(*index) == "lambda") {
            return Some(errors::python_lambda(self.token_span(index)));
        }
        if self.index > 0
            && let Some((_, help)) = FIRST_WORDS.iter().find(|(words, _)| words.contains(&self.first()))
        {
            return Some(errors::foreign(self.token_span(0), &format!("`{}`", self.first()), help));
        }
        if self.before() == "|" && self.found() == ">" {
            return Some(errors::foreign(self.span(), "`|>`", "the stages of a pipeline are separated by `|` alone"));
        }
        if self.tried.contains(&Rule::conversion) {
            return None;
        }
        let (_, help) = SIGNS.iter().find(|(sign, _)| *sign == self.found())?;
        Some(errors::foreign(self.span(), &format!("`{}`", self.found()), help))
    }

    fn missing_block(&self, at: usize) -> Diag {
        let (start, found) = match self.tokens.iter().find(|token| token.start >= at) {
            Some(token) => (token.start, format!("`{}`", &self.text[token.start..token.end])),
            None => (self.text.len(), "the end of the line".to_string()),
        };
        let end = if start == self.text.len() { start } else { start + 1 };
        errors::missing_block(Span::new(self.file, self.base + start, self.base + end), self.first(), &found)
    }

    /// `for x in xs:`, `if c:` and an `else` without its block.
    fn block(&self) -> Option<Diag> {
        let colon = self.found() == ":";
        match self.first() {
            "for" | "while" if self.tried.contains(&Rule::EOI) && self.kind() != Some(Kind::Bad) => {
                Some(self.missing_block(self.at))
            }
            "for" | "while" | "if" if colon => Some(self.missing_block(self.at)),
            "else" => Some(self.missing_block(if self.word(1) == "if" { self.at } else { "else".len() })),
            "def" if colon && (0..self.index).any(|i| self.word(i) == "=") => Some(self.unexpected().help(
                "a lambda's parameters have no types; where one is needed, pass a function: `def f(a: int, b) = …`",
            )),
            "def" if colon => {
                let help = "the body of a function follows `=`: `def f(x) = e`";
                Some(errors::foreign(self.span(), "`:` before a body", help))
            }
            "if" if self.tried.contains(&Rule::kw_then) && self.kind().is_none() => {
                let diag = self.unexpected();
                Some(diag.help("write `if c then a else b` for a value, or `if c { … }` for statements"))
            }
            _ => None,
        }
    }

    /// `1abc`, `2nd`
    fn number(&self) -> Option<Diag> {
        let letters = self.found().contains(|c: char| c.is_alphabetic() || c == '_');
        if self.kind() != Some(Kind::Number) || !letters || self.tried.contains(&Rule::comma) {
            return None;
        }
        let help = match self.found().get(..2) {
            Some("0x" | "0X") => "the digits of a hexadecimal int are 0 to 9 and a to f",
            _ => "a name does not start with a digit; digits of an int may be separated by single `_`",
        };
        Some(errors::bad_number(self.span(), "this is not a number", help))
    }

    fn keyword(&self) -> Option<Diag> {
        let wants_name = |rule: &Rule| {
            matches!(rule, Rule::name | Rule::pattern | Rule::def_param | Rule::tuple_pattern | Rule::stage)
        };
        let name_only = self.tried.iter().any(wants_name) && !self.tried.contains(&Rule::expr);
        let assigned = self.index == 0 && self.word(1) == "=";
        let bound = matches!(self.found(), "->" | "=") && is_keyword(self.before());
        if bound && (self.index == 1 || self.found() == "->") {
            return Some(errors::keyword_as_name(self.token_span(self.index - 1), self.before()));
        }
        if !is_keyword(self.found()) || !(name_only || assigned) {
            return None;
        }
        Some(errors::keyword_as_name(self.span(), self.found()))
    }

    fn assignment(&self) -> Option<Diag> {
        if self.found() != "=" {
            return None;
        }
        if matches!(self.before(), "+" | "-" | "*" | "/" | "//" | "%" | "**") {
            let name = self.first();
            let help = format!("write `{name} = {name} {} …`", self.before());
            return Some(errors::foreign(self.token_span(self.index - 1), &format!("`{}=`", self.before()), &help));
        }
        let named = self.index > 1 && matches!(self.word(self.index - 2), "(" | ",");
        let values = |token: &Token| matches!(&self.text[token.start..token.end], "|" | "->");
        let target = self.tried.contains(&Rule::EOI) && !self.tokens[..self.index].iter().any(values);
        let help = if self.first() == "def" {
            "the parameters of a `def` have no defaults: each call gives all of them".to_string()
        } else if target {
            "on the left of `=` stands one name; a comparison is written `==`".to_string()
        } else if named {
            format!("a named argument is written `{}: value`, a comparison `==`", self.before())
        } else {
            "a comparison is written `==`".to_string()
        };
        let (expected, _) = self.expected();
        Some(errors::assignment_in_expression(self.span(), &expected, &help))
    }

    /// `let x = a not in b in …`
    fn parts_of_let(&self) -> Option<Diag> {
        if self.found() == "not" && self.tried.contains(&Rule::kw_in) {
            let help = "a membership test in the bound part of `let` takes parentheses: `let x = (a not in b) in …`";
            return Some(self.unexpected().help(help));
        }
        None
    }

    fn fstring(&self) -> Option<Diag> {
        let token = self.tokens.get(self.index)?;
        let inside = self.tokens[..self.index].iter().rev().find(|t| matches!(t.kind, Kind::FStart | Kind::FEnd));
        if inside.is_none_or(|t| t.kind == Kind::FEnd) {
            return None;
        }
        let in_format = self.index > 0 && self.tokens[self.index - 1].kind == Kind::FSpec;
        let help = match token.kind {
            _ if in_format => "a format is fixed text, as in `{x:>10.2f}`: no value can stand in it",
            Kind::FSpec => "a format is Python's, as in `{x:>10.2f}`, and holds no quotes, braces or backslashes",
            Kind::FClose if self.before() == "{" => "a brace that stands for itself is doubled: `{{`, `}}`",
            _ if self.found() == "|" => "a pipeline takes parentheses: `{(xs | count)}`",
            _ if self.found() == "if" && !self.expected().0.contains("expression") => CONDITIONAL,
            _ => "braces in an f-string hold an expression: `{x}`, `{x!r}`, `{x:.2f}`",
        };
        Some(self.unexpected().help(help))
    }

    // ---- the general case

    fn unexpected(&self) -> Diag {
        let (expected, closers) = self.expected();
        let diag = errors::unexpected(self.span(), &expected, &self.found_text());
        match self.hint(&expected, closers) {
            Some(help) => diag.help(help),
            None => diag,
        }
    }

    fn hint(&self, expected: &str, closers: bool) -> Option<&'static str> {
        let operand = matches!(self.kind(), Some(Kind::Number | Kind::Str | Kind::FStart | Kind::Word | Kind::Open));
        if self.before() == "{" && self.found() == "}" {
            return Some("the empty map is written `{:}`, the empty set `set()`");
        }
        if self.index == 0 && self.found() == "|" {
            return Some("a pipeline begins with a value: `textFile(\"in.txt\") | …`");
        }
        if self.before() == "|" {
            return Some("each `|` is followed by the name of an operator: `| map f`");
        }
        if self.found() == "if" && !expected.contains("expression") {
            return Some(CONDITIONAL);
        }
        if self.found() == "is" {
            return Some("write `x == None`, `x != None`");
        }
        if self.found() == "except" {
            return Some(MAY_FAIL);
        }
        if self.found() == "for" && !expected.contains("expression") {
            return Some(
                "a comprehension stands in `[…]`; `set([…])` and `dict([(k, v) for …])` make sets and maps of it",
            );
        }
        if expected.contains("`->`") {
            return None;
        }
        if self.found() == "->" {
            return Some(
                "the parameters of a lambda are names, or patterns of names in parentheses: `(a, (b, _)) -> e`",
            );
        }
        if self.found() == "|" && closers {
            return Some("a pipeline that is an element or an argument takes parentheses");
        }
        if matches!(self.first(), "let" | "param") && expected == "`=`" && self.kind() == Some(Kind::Word) {
            return Some("a type is written after a colon: `name: int = value`");
        }
        if self.first() == "def" && expected == "`(`" {
            return Some("the parameters of a function stand in parentheses: `def f(x) = e`");
        }
        if self.before() == ")" && self.kind() == Some(Kind::Word) && self.tried.contains(&Rule::arrow) {
            return Some("a lambda has an arrow: `(a, b) -> e`; arguments are separated by commas");
        }
        if self.first() == "type" && expected == "`=`" {
            return Some("a type is named by `type Name = {field: int}`");
        }
        let opened = matches!(self.before(), "(" | "[" | "{" | ",");
        if operand && !opened && (closers || expected.contains("the end of the statement")) && !is_keyword(self.found())
        {
            return Some("arguments are separated by commas, statements by line breaks or `;`");
        }
        None
    }

    /// The tokens that could stand there, and whether a closing bracket is among them.
    fn expected(&self) -> (String, bool) {
        let mut words: Vec<(Rank, &'static str)> = self.tried.iter().filter_map(|rule| describe(*rule)).collect();
        words.sort_unstable();
        words.dedup();
        let closers = self.tried.iter().any(|rule| closes(*rule).is_some());
        let opened = matches!(self.before(), "(" | "[" | "{" | ",");
        let best = words.first().map_or(Rank::Rare, |(rank, _)| *rank);
        let last = if best == Rank::Needed && closers { Rank::Needed } else { best.max(Rank::Thing) };
        let last = if opened { last.max(Rank::Thing) } else { last };
        let mut words: Vec<&str> = words.iter().filter(|(rank, _)| *rank <= last).map(|(_, word)| *word).collect();
        if words.contains(&"an expression") {
            words.retain(|word| !matches!(*word, "a name" | "a name or a pattern" | "a field name"));
        }
        if self.before() == "|" {
            words = vec!["a pipeline stage"];
        }
        if words.contains(&"a name or a pattern") {
            words.retain(|word| *word != "a name");
        }
        if closers && !opened && self.tried.contains(&Rule::comma) {
            words.insert(0, "`,`");
        }
        words.dedup();
        let text = match words.as_slice() {
            [] => "a statement".to_string(),
            [only] => (*only).to_string(),
            [init @ .., last] => format!("{} or {last}", init.join(", ")),
        };
        (text, closers)
    }
}

/// How much a rule says about what is missing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Nothing goes on without it.
    Needed,
    /// An expression, a name, a stage.
    Thing,
    /// The tokens that may follow nearly everywhere.
    Usual,
    /// Possible, and hardly ever meant.
    Rare,
}

/// The closing bracket that a rule stands for.
fn closes(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::close_paren => Some(")"),
        Rule::close_bracket => Some("]"),
        Rule::close_brace => Some("}"),
        _ => None,
    }
}

/// A rule in the language's words.
fn describe(rule: Rule) -> Option<(Rank, &'static str)> {
    use Rank::{Needed, Rare, Thing, Usual};
    Some(match rule {
        Rule::close_paren => (Needed, "`)`"),
        Rule::close_bracket => (Needed, "`]`"),
        Rule::close_brace => (Needed, "`}`"),
        Rule::kw_then => (Needed, "`then`"),
        Rule::kw_else => (Needed, "`else`"),
        Rule::kw_in => (Needed, "`in`"),
        Rule::assign => (Needed, "`=`"),
        Rule::open_paren | Rule::def_params => (Needed, "`(`"),
        Rule::string => (Thing, "a string"),
        Rule::stage | Rule::inner_stage => (Thing, "a pipeline stage"),
        Rule::pattern | Rule::lambda_params | Rule::tuple_pattern | Rule::wildcard => (Thing, "a name or a pattern"),
        Rule::name | Rule::def_param => (Thing, "a name"),
        Rule::word | Rule::record_field | Rule::type_field => (Thing, "a field name"),
        Rule::type_expr | Rule::type_named | Rule::type_paren | Rule::type_record => (Thing, "a type"),
        Rule::stage_arg | Rule::stage_args | Rule::call_arg | Rule::inner_arg => (Thing, "an argument"),
        Rule::map_entry => (Thing, "an entry `key: value`"),
        Rule::conversion => (Usual, "`!r`"),
        Rule::spec => (Usual, "`:` and a format"),
        Rule::comma | Rule::last_comma => (Usual, "`,`"),
        Rule::bar => (Usual, "`|`"),
        Rule::EOI => (Usual, "the end of the statement"),
        Rule::colon | Rule::annotation => (Rare, "`:`"),
        Rule::arrow => (Rare, "`->`"),
        Rule::kw_for | Rule::comprehension => (Rare, "`for`"),
        Rule::kw_if => (Rare, "`if`"),
        Rule::kw_with | Rule::update => (Rare, "`with`"),
        rule if is_operator(rule) => (Usual, "an operator"),
        rule if is_value(rule) => (Thing, "an expression"),
        _ => return None,
    })
}

fn is_operator(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::pow
            | Rule::mul
            | Rule::floor_div
            | Rule::div
            | Rule::modulo
            | Rule::add
            | Rule::sub
            | Rule::eq
            | Rule::ne
            | Rule::le
            | Rule::lt
            | Rule::ge
            | Rule::gt
            | Rule::coalesce
            | Rule::and
            | Rule::or
            | Rule::in_op
            | Rule::not_in
    )
}

fn is_value(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::expr
            | Rule::bound
            | Rule::top
            | Rule::expr_stmt
            | Rule::command_arg
            | Rule::bound_arg
            | Rule::postfix
            | Rule::neg
            | Rule::fvalue
            | Rule::let_expr
            | Rule::if_expr
    )
}

/// Signs of other languages, and what is written here instead.
const SIGNS: [(&str, &str); 9] = [
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("&", "write `and`"),
    ("!", "write `not`"),
    ("=>", "a lambda is written `x -> e`"),
    ("?", "a conditional value is written `if c then a else b`, a default for an option `x ?? default`"),
    ("...", "`…` and `...` mean nothing here"),
    ("elif", "write `else if`"),
    ("?.", "write `if` or `??`"),
];

/// The help for Python's `try`.
const MAY_FAIL: &str = "what may fail gives an option: `toInt(s) ?? 0`; `onError \"skip\"` leaves rows out that fail";

/// First words of statements in other languages, and what is written here instead.
const FIRST_WORDS: [(&[&str], &str); 8] = [
    (&["elif", "elseif", "elsif"], "write `else if`"),
    (&["import", "from", "include", "require"], "`use \"common.spk\"` brings in the definitions of another file"),
    (&["var", "val", "const", "set"], "a name is introduced by `let name = value`"),
    (&["fn", "func", "function", "fun"], "a function is defined by `def f(x) = e`"),
    (&["return", "yield"], "the body of a function is one expression, and its value is the result"),
    (&["class", "struct", "record", "case"], "a record type is written `type Name = {field: int}`"),
    (&["match", "switch"], "conditions are written `if c then a else b`"),
    (&["try", "except", "catch"], MAY_FAIL),
];

fn shorten(text: &str) -> String {
    const LIMIT: usize = 24;
    if text.chars().count() <= LIMIT { text.to_string() } else { text.chars().take(LIMIT).chain(['…']).collect() }
}
