//! The parser of Python's regular expressions: from text to a [`Node`].
//!
//! It follows CPython's own parser, token by token, so that it takes and refuses the same patterns, with CPython's
//! messages: `multiple repeat at position 2`. Flags are resolved as they are read, as those of the whole pattern stand
//! at its start.
//!
//! Source: CPython 3.11, Lib/re/_parser.py.

use std::collections::HashMap;
use std::sync::Arc;

use super::flags::Flags;
use super::node::{At, Kind, MAX_REPEAT, Node};
use super::set::{self, Category, Item};
use super::source::{Source, Token};
use crate::runtime::python::text::quoted;

/// A pattern that was read.
pub struct Parsed {
    /// The tree.
    pub node: Node,
    /// The number of groups.
    pub groups: usize,
    /// The groups that have names.
    pub names: HashMap<String, usize>,
}

/// How deep groups nest at most; CPython ends at its own limit of recursion.
const MOST_NESTED: usize = 400;

/// Reads a pattern, or says in CPython's words what is wrong with it.
pub fn parse(pattern: &str) -> Result<Parsed, String> {
    let mut parser = Parser {
        source: Source::new(pattern)?,
        global: Flags::default(),
        names: HashMap::new(),
        widths: vec![None],
        behind_from: None,
        conditions: Vec::new(),
        late: None,
    };
    let node = parser.alternatives(None, 0)?;
    if parser.global.ascii && parser.global.unicode {
        return Err("ASCII and UNICODE flags are incompatible".into());
    }
    if parser.source.next.is_some() {
        return Err(parser.source.error("unbalanced parenthesis", 0));
    }
    let groups = parser.widths.len() - 1;
    if let Some((group, at)) = parser.conditions.iter().find(|(group, _)| *group > groups) {
        return Err(parser.source.error_at(&format!("invalid group reference {group}"), *at));
    }
    match parser.late {
        Some(late) => Err(late.into()),
        None => Ok(Parsed { node: node.node, groups, names: parser.names }),
    }
}

/// A node, and what CPython's parser asks of it later.
struct Element {
    node: Node,
    /// What it lists, if it is one character or a class that is not turned around.
    items: Option<Vec<Item>>,
    role: Role,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Other,
    At,
    Repeat,
}

impl From<Node> for Element {
    fn from(node: Node) -> Self {
        let role = if let Node::At(_) = node { Role::At } else { Role::Other };
        Self { node, items: None, role }
    }
}

struct Parser {
    source: Source,
    /// The flags of the whole pattern.
    global: Flags,
    names: HashMap<String, usize>,
    /// The least and the greatest width of the groups that are closed, by number.
    widths: Vec<Option<(u64, u64)>>,
    /// The number of the first group inside of the look-behind that is being read.
    behind_from: Option<usize>,
    /// The groups that conditions ask for, with their places: they may come later.
    conditions: Vec<(usize, usize)>,
    /// A mistake that CPython finds after it has read all.
    late: Option<&'static str>,
}

type Parse<T> = Result<T, String>;

impl Parser {
    /// `a|b|c`; without flags those of the whole pattern are taken.
    fn alternatives(&mut self, flags: Option<Flags>, depth: usize) -> Parse<Element> {
        if depth > MOST_NESTED {
            return Err(format!("groups are nested more than {MOST_NESTED} deep"));
        }
        let mut found = vec![self.sequence(flags, depth, depth == 0)?];
        while self.source.eat('|')? {
            found.push(self.sequence(flags, depth, false)?);
        }
        if found.len() == 1 {
            return Ok(found.pop().expect("there is one"));
        }
        if found.iter().all(|element| element.items.is_some()) {
            let items = found.into_iter().filter_map(|element| element.items).flatten().collect();
            return Ok(class(items, false, flags.unwrap_or(self.global)));
        }
        Ok(Node::Alt(found.into_iter().map(|element| element.node).collect()).into())
    }

    fn sequence(&mut self, outer: Option<Flags>, depth: usize, first: bool) -> Parse<Element> {
        let mut parts: Vec<Element> = Vec::new();
        while let Some(token) = self.source.next {
            if matches!(token, Token::Char('|' | ')')) {
                break;
            }
            self.source.get()?;
            let flags = outer.unwrap_or(self.global);
            match token {
                Token::Char(' ' | '\t'..='\r') if flags.verbose => {}
                Token::Char('#') if flags.verbose => {
                    while !matches!(self.source.get()?, None | Some(Token::Char('\n'))) {}
                }
                Token::Escape(c) => parts.push(self.escape(c, flags)?),
                Token::Char('[') => parts.push(self.class(flags)?),
                Token::Char(c @ ('*' | '+' | '?' | '{')) => self.repeat(c, &mut parts, flags)?,
                Token::Char('.') if flags.dot_all => parts.push(set_node(set::Set::new(Vec::new()).negated())),
                Token::Char('.') => parts.push(set_node(set::Set::new(vec![(0x0a, 0x0a)]).negated())),
                Token::Char('(') => parts.extend(self.group(flags, depth, first && parts.is_empty())?),
                Token::Char('^') => {
                    parts.push(Node::At(if flags.multi_line { At::LineStart } else { At::Start }).into())
                }
                Token::Char('$') => {
                    parts.push(Node::At(if flags.multi_line { At::LineEnd } else { At::LastLine }).into())
                }
                Token::Char(c) => parts.push(character(c.into(), flags)),
            }
        }
        if parts.len() == 1 {
            return Ok(parts.pop().expect("there is one"));
        }
        Ok(Node::Concat(parts.into_iter().map(|part| part.node).collect()).into())
    }

    /// A repetition of the last part.
    fn repeat(&mut self, kind: char, parts: &mut Vec<Element>, flags: Flags) -> Parse<()> {
        let here = self.source.tell();
        let (min, max) = match kind {
            '?' => (0, Some(1)),
            '*' => (0, None),
            '+' => (1, None),
            _ => match self.bounds(here)? {
                Some(bounds) => bounds,
                None => {
                    parts.push(character('{'.into(), flags));
                    return Ok(());
                }
            },
        };
        let behind = self.source.tell() - here + 1;
        let item = match parts.pop() {
            Some(item) if item.role == Role::Repeat => return Err(self.source.error("multiple repeat", behind)),
            Some(item) if item.role != Role::At => item,
            Some(_) | None => return Err(self.source.error("nothing to repeat", behind)),
        };
        let kind = if self.source.eat('?')? {
            Kind::Lazy
        } else if self.source.eat('+')? {
            Kind::Possessive
        } else {
            Kind::Greedy
        };
        let node = Node::Repeat(Box::new(item.node), min, max, kind);
        parts.push(Element { node, items: None, role: Role::Repeat });
        Ok(())
    }

    /// The rest of `{2,3}`, or nothing if it is no repetition.
    fn bounds(&mut self, here: usize) -> Parse<Option<(u32, Option<u32>)>> {
        if self.source.next == Some(Token::Char('}')) {
            return Ok(None);
        }
        let low = self.source.get_while(usize::MAX, |c| c.is_ascii_digit())?;
        let high = if self.source.eat(',')? {
            self.source.get_while(usize::MAX, |c| c.is_ascii_digit())?
        } else {
            low.clone()
        };
        if !self.source.eat('}')? {
            self.source.seek(here)?;
            return Ok(None);
        }
        let number = |text: &str| match text.parse() {
            _ if text.is_empty() => Ok(None),
            Ok(n) if n < u32::MAX => Ok(Some(n)),
            Ok(_) | Err(_) => Err("the repetition number is too large"),
        };
        let (min, max) = (number(&low)?.unwrap_or(0), number(&high)?);
        if max.is_some_and(|max| max < min) {
            let behind = self.source.tell() - here;
            return Err(self.source.error("min repeat greater than max repeat", behind));
        }
        Ok(Some((min, max)))
    }

    fn escape(&mut self, c: char, flags: Flags) -> Parse<Element> {
        let at = match c {
            'A' => At::Start,
            'Z' => At::End,
            'b' => At::Word(flags.ascii),
            'B' => At::NotWord(flags.ascii),
            '1'..='9' => return self.reference(c, flags),
            c => {
                let item = self.item(c, false)?;
                return Ok(match item {
                    Item::Literal(code) => character(code, flags),
                    Item::Range(..) | Item::Category(..) => class(vec![item], false, flags),
                });
            }
        };
        Ok(Node::At(at).into())
    }

    /// `\1`, or three octal digits.
    fn reference(&mut self, c: char, flags: Flags) -> Parse<Element> {
        let mut text = String::from(c);
        let octal = |token| matches!(token, Some(Token::Char('0'..='7')));
        if let Some(Token::Char(second @ '0'..='9')) = self.source.next {
            self.source.get()?;
            text.push(second);
            if c < '8' && second < '8' && octal(self.source.next) {
                text.push_str(&self.source.get_while(1, |_| true)?);
                return Ok(character(self.octal(&text)?, flags));
            }
        }
        let group: usize = text.parse().map_err(|_| "bad escape")?;
        if group >= self.widths.len() {
            return Err(self.source.error(&format!("invalid group reference {group}"), text.len()));
        }
        self.closed(group, text.len() + 1)?;
        Ok(Node::Same(group, flags.fold()).into())
    }

    fn octal(&self, digits: &str) -> Parse<u32> {
        u32::from_str_radix(digits, 8).ok().filter(|&code| code <= 0o377).ok_or_else(|| {
            let what = format!("octal escape value \\{digits} outside of range 0-0o377");
            self.source.error(&what, digits.len() + 1)
        })
    }

    /// A group that a reference names must be closed, and not of the look-behind around the reference.
    fn closed(&self, group: usize, behind: usize) -> Parse<()> {
        if self.widths[group].is_none() {
            return Err(self.source.error("cannot refer to an open group", behind));
        }
        self.before_look_behind(group)
    }

    fn before_look_behind(&self, group: usize) -> Parse<()> {
        match self.behind_from {
            Some(_) if self.widths.get(group).is_none_or(Option::is_none) => {
                Err(self.source.error("cannot refer to an open group", 0))
            }
            Some(from) if group >= from => {
                Err(self.source.error("cannot refer to group defined in the same lookbehind subpattern", 0))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// An escape that stands for a character or a category, in a class or outside.
    fn item(&mut self, c: char, in_class: bool) -> Parse<Item> {
        let code = match c {
            'd' | 'D' => return Ok(Item::Category(Category::Digit, c == 'D')),
            's' | 'S' => return Ok(Item::Category(Category::Space, c == 'S')),
            'w' | 'W' => return Ok(Item::Category(Category::Word, c == 'W')),
            'a' => 0x07,
            'b' if in_class => 0x08,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            'x' => self.hexadecimal(c, 2)?,
            'u' => self.hexadecimal(c, 4)?,
            'U' => self.hexadecimal(c, 8)?,
            'N' => self.named()?,
            '0'..='7' if in_class || c == '0' => {
                let rest = self.source.get_while(2, |c| matches!(c, '0'..='7'))?;
                self.octal(&format!("{c}{rest}"))?
            }
            c if c.is_ascii_alphanumeric() => return Err(self.source.error(&format!("bad escape \\{c}"), 2)),
            c => c.into(),
        };
        Ok(Item::Literal(code))
    }

    fn hexadecimal(&mut self, kind: char, len: usize) -> Parse<u32> {
        let digits = self.source.get_while(len, |c| c.is_ascii_hexdigit())?;
        if digits.len() < len {
            return Err(self.source.error(&format!("incomplete escape \\{kind}{digits}"), digits.len() + 2));
        }
        let code = u32::from_str_radix(&digits, 16).ok().filter(|&code| code <= 0x0010_FFFF);
        code.ok_or_else(|| self.source.error(&format!("bad escape \\{kind}{digits}"), digits.len() + 2))
    }

    /// `\N{EM DASH}`
    fn named(&mut self) -> Parse<u32> {
        if !self.source.eat('{')? {
            return Err(self.source.error("missing {", 0));
        }
        let name = self.source.get_until('}', "character name")?;
        // The crate forgives blanks and hyphens. Characters without a name, such as line ends, have other names there.
        let is_exact = |c: &char| {
            unicode_names2::name(*c).is_none_or(|exact| exact.to_string().eq_ignore_ascii_case(&name))
                && !name.contains(|c: char| c.is_ascii_control())
        };
        unicode_names2::character(&name).filter(is_exact).map(u32::from).ok_or_else(|| {
            let what = format!("undefined character name {}", quoted(&name));
            self.source.error(&what, name.chars().count() + 4)
        })
    }

    /// The rest of `[…]`.
    fn class(&mut self, flags: Flags) -> Parse<Element> {
        let here = self.source.tell() - 1;
        let negated = self.source.eat('^')?;
        let mut items: Vec<Item> = Vec::new();
        loop {
            let this = self.source.get()?.ok_or_else(|| self.source.error_at("unterminated character set", here))?;
            if this == Token::Char(']') && !items.is_empty() {
                break;
            }
            let low = self.class_item(this)?;
            if !self.source.eat('-')? {
                items.push(low);
                continue;
            }
            let that = self.source.get()?.ok_or_else(|| self.source.error_at("unterminated character set", here))?;
            if that == Token::Char(']') {
                items.extend([low, Item::Literal('-'.into())]);
                break;
            }
            match (&low, self.class_item(that)?) {
                (&Item::Literal(low), Item::Literal(high)) if low <= high => items.push(Item::Range(low, high)),
                _ => {
                    let (text, len) = (format!("{this}-{that}"), this.len() + 1 + that.len());
                    return Err(self.source.error(&format!("bad character range {text}"), len));
                }
            }
        }
        let mut unique: Vec<Item> = Vec::with_capacity(items.len());
        for item in items {
            if !unique.contains(&item) {
                unique.push(item);
            }
        }
        Ok(class(unique, negated, flags))
    }

    fn class_item(&mut self, token: Token) -> Parse<Item> {
        match token {
            Token::Escape(c) => self.item(c, true),
            Token::Char(c) => Ok(Item::Literal(c.into())),
        }
    }

    /// What follows `(`; nothing if it was a comment or a flag.
    fn group(&mut self, flags: Flags, depth: usize, first: bool) -> Parse<Option<Element>> {
        let start = self.source.tell() - 1;
        if !self.source.eat('?')? {
            return self.captured(None, flags, depth, start).map(Some);
        }
        let Some(token) = self.source.get()? else { return Err(self.source.error("unexpected end of pattern", 0)) };
        match token {
            Token::Char('P') => self.named_group(flags, depth, start).map(Some),
            Token::Char(':') => self.body(flags, depth, start).map(|body| Some(Element { role: Role::Other, ..body })),
            Token::Char('#') => loop {
                if self.source.next.is_none() {
                    return Err(self.source.error_at("missing ), unterminated comment", start));
                }
                if self.source.get()? == Some(Token::Char(')')) {
                    return Ok(None);
                }
            },
            Token::Char(c @ ('=' | '!' | '<')) => self.look(c, flags, depth, start).map(Some),
            Token::Char('(') => self.conditional(flags, depth, start).map(Some),
            Token::Char('>') => Ok(Some(Node::Atomic(Box::new(self.body(flags, depth, start)?.node)).into())),
            Token::Char(c) if "iLmsxatu-".contains(c) => match Flags::read(c, &mut self.source, &mut self.global)? {
                None if first => Ok(None),
                None => Err(self.source.error_at("global flags not at the start of the expression", start)),
                Some((add, del)) => {
                    let plain = add == Flags::default() && del == Flags::default();
                    let body = self.body(flags.inside(add, del), depth, start)?;
                    let items = body.items.filter(|_| plain);
                    Ok(Some(Element { node: body.node, items, role: Role::Other }))
                }
            },
            token @ (Token::Char(_) | Token::Escape(_)) => {
                Err(self.source.error(&format!("unknown extension ?{token}"), token.len() + 1))
            }
        }
    }

    /// Alternatives up to `)`.
    fn body(&mut self, flags: Flags, depth: usize, start: usize) -> Parse<Element> {
        let body = self.alternatives(Some(flags), depth + 1)?;
        self.close(start)?;
        Ok(body)
    }

    fn close(&mut self, start: usize) -> Parse<()> {
        if self.source.eat(')')? {
            return Ok(());
        }
        Err(self.source.error_at("missing ), unterminated subpattern", start))
    }

    /// A group that captures.
    fn captured(&mut self, name: Option<String>, flags: Flags, depth: usize, start: usize) -> Parse<Element> {
        let number = self.widths.len();
        self.widths.push(None);
        if let Some(name) = name {
            let behind = name.chars().count() + 1;
            if let Some(other) = self.names.get(&name) {
                let name = quoted(&name);
                let what = format!("redefinition of group name {name} as group {number}; was group {other}");
                return Err(self.source.error(&what, behind));
            }
            self.names.insert(name, number);
        }
        let body = self.body(flags, depth, start)?;
        self.widths[number] = Some(body.node.width(&self.widths));
        Ok(Node::Group(number, Box::new(body.node)).into())
    }

    /// `(?P<name>…)` and `(?P=name)`
    fn named_group(&mut self, flags: Flags, depth: usize, start: usize) -> Parse<Element> {
        if self.source.eat('<')? {
            let name = self.source.get_until('>', "group name")?;
            self.check_name(&name)?;
            return self.captured(Some(name), flags, depth, start);
        }
        if self.source.eat('=')? {
            let name = self.source.get_until(')', "group name")?;
            self.check_name(&name)?;
            let group = self.group_named(&name)?;
            self.closed(group, name.chars().count() + 1)?;
            return Ok(Node::Same(group, flags.fold()).into());
        }
        let Some(token) = self.source.get()? else { return Err(self.source.error("unexpected end of pattern", 0)) };
        Err(self.source.error(&format!("unknown extension ?P{token}"), token.len() + 2))
    }

    fn check_name(&self, name: &str) -> Parse<()> {
        if is_identifier(name) { Ok(()) } else { Err(self.bad_name(name)) }
    }

    fn bad_name(&self, name: &str) -> String {
        let what = format!("bad character in group name {}", quoted(name));
        self.source.error(&what, name.chars().count() + 1)
    }

    fn group_named(&self, name: &str) -> Parse<usize> {
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| self.source.error(&format!("unknown group name {}", quoted(name)), name.chars().count() + 1))
    }

    /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`
    fn look(&mut self, c: char, flags: Flags, depth: usize, start: usize) -> Parse<Element> {
        if c != '<' {
            let body = self.body(flags, depth, start)?;
            return Ok(Node::Look(Box::new(body.node), c == '!', None).into());
        }
        let negative = match self.source.get()? {
            None => return Err(self.source.error("unexpected end of pattern", 0)),
            Some(Token::Char('=')) => false,
            Some(Token::Char('!')) => true,
            Some(token) => return Err(self.source.error(&format!("unknown extension ?<{token}"), token.len() + 2)),
        };
        let outer = self.behind_from;
        self.behind_from = outer.or(Some(self.widths.len()));
        let body = self.alternatives(Some(flags), depth + 1)?;
        self.behind_from = outer;
        self.close(start)?;
        let (low, high) = body.node.width(&self.widths);
        if low != high {
            self.late = Some("look-behind requires fixed-width pattern");
        }
        Ok(Node::Look(Box::new(body.node), negative, Some(low)).into())
    }

    /// `(?(1)yes|no)`
    fn conditional(&mut self, flags: Flags, depth: usize, start: usize) -> Parse<Element> {
        let name = self.source.get_until(')', "group name")?;
        let behind = name.chars().count() + 1;
        let group = if is_identifier(&name) {
            self.group_named(&name)?
        } else {
            let number = name.trim().parse::<u64>().map_err(|_| self.bad_name(&name))?;
            match usize::try_from(number) {
                Ok(0) => return Err(self.source.error("bad group number", behind)),
                Ok(group) if number < MAX_REPEAT / 2 => group,
                Ok(_) | Err(_) => {
                    return Err(self.source.error(&format!("invalid group reference {number}"), behind));
                }
            }
        };
        if !self.conditions.iter().any(|(other, _)| *other == group) {
            self.conditions.push((group, self.source.tell() - behind));
        }
        self.before_look_behind(group)?;
        let yes = self.sequence(Some(flags), depth + 1, false)?;
        let mut no = Node::Concat(Vec::new());
        if self.source.eat('|')? {
            no = self.sequence(Some(flags), depth + 1, false)?.node;
            if self.source.next == Some(Token::Char('|')) {
                return Err(self.source.error("conditional backref with more than two branches", 0));
            }
        }
        self.close(start)?;
        Ok(Node::If(group, Box::new(yes.node), Box::new(no)).into())
    }
}

/// Whether a name is an identifier of Python's.
fn is_identifier(name: &str) -> bool {
    static IDENTIFIER: std::sync::LazyLock<Option<regex::Regex>> =
        std::sync::LazyLock::new(|| regex::Regex::new(r"\A[_\p{XID_Start}]\p{XID_Continue}*\z").ok());
    IDENTIFIER.as_ref().is_some_and(|identifier| identifier.is_match(name))
}

fn set_node(set: set::Set) -> Element {
    Node::Set(Arc::new(set)).into()
}

/// One character.
fn character(code: u32, flags: Flags) -> Element {
    let set = set::literal(code, flags.fold());
    let node = match (set.ranges(), char::from_u32(code)) {
        ([(first, last)], Some(c)) if first == last => Node::Char(c),
        _ => Node::Set(Arc::new(set)),
    };
    Element { node, items: Some(vec![Item::Literal(code)]), role: Role::Other }
}

/// A class of what it lists.
fn class(items: Vec<Item>, negated: bool, flags: Flags) -> Element {
    let set = match items[..] {
        [Item::Literal(code)] if !negated => return character(code, flags),
        [Item::Literal(code)] => set::literal(code, flags.fold()),
        _ => set::class(&items, flags.ascii, flags.fold()),
    };
    if negated {
        return set_node(set.negated());
    }
    Element { node: Node::Set(Arc::new(set)), items: Some(items), role: Role::Other }
}
