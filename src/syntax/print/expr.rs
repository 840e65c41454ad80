//! Expressions and stages as text, with no more parentheses than precedence asks for.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use crate::base::source::{Sources, Span};
use crate::syntax::ast::{Arg, BinOp, Expr, ExprKind, FPart, Name, Stage, UnOp};
use crate::syntax::parse::is_comparison;
use crate::syntax::scan::{Kind, Scanner, is_keyword};

/// Prints expressions; literals come from the source where it has them.
#[derive(Clone, Copy)]
pub(super) struct Printer<'a> {
    pub(super) sources: &'a Sources,
}

/// How tightly a form binds; what binds looser than its place asks for takes parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Pipelines, and commands with several arguments: only where a value begins.
    Pipe,
    /// Lambdas, `if`, `let`, commands: they extend as far as they can.
    Open,
    Or,
    And,
    Not,
    Comparison,
    Coalesce,
    Sum,
    Product,
    Minus,
    Power,
    Postfix,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// An operand that binds looser takes parentheses.
    level: Level,
    /// A bare `in` would end the bound part of a `let` here.
    no_in: bool,
    /// A `{` after a name would open a block here.
    no_brace: bool,
    /// A statement begins here.
    begins: bool,
}

impl Place {
    /// Any expression but a pipeline.
    pub(super) const TOP: Self = Self { level: Level::Open, no_in: false, no_brace: false, begins: false };
    /// The text behind `=` in a statement.
    pub(super) const VALUE: Self = Self { level: Level::Pipe, no_in: false, no_brace: false, begins: false };
    /// A value that is a statement.
    pub(super) const STATEMENT: Self = Self { level: Level::Pipe, no_in: false, no_brace: false, begins: true };
    /// The list of a `for`.
    pub(super) const LIST: Self = Self { level: Level::Pipe, no_in: false, no_brace: true, begins: false };
    /// The head of a block.
    pub(super) const HEAD: Self = Self { level: Level::Open, no_in: false, no_brace: true, begins: false };

    fn at(self, level: Level) -> Self {
        Self { level, ..self }
    }

    fn bound(self) -> Self {
        Self { level: Level::Open, no_in: true, ..self }
    }
}

impl<'a> Printer<'a> {
    /// The value of a statement: a pipeline, a command, or an expression.
    pub(super) fn value(self, expr: &Expr, place: Place) -> String {
        if let ExprKind::Pipe(head, stages) = &expr.kind {
            let stages: String = stages.iter().map(|stage| format!(" | {}", self.stage(stage))).collect();
            format!("{}{stages}", self.value_head(head, place))
        } else {
            self.value_head(expr, place)
        }
    }

    /// The first token of a value. At a statement's beginning `let` would be taken for the statement, and `{` after a
    /// name in the condition of an `if` for a block.
    pub(super) fn value_head(self, expr: &Expr, place: Place) -> String {
        match &expr.kind {
            _ if place.level != Level::Pipe => self.expr(expr, place.at(Level::Open)),
            ExprKind::If(c, a, b) if place.begins => {
                let [a, b] = [a, b].map(|e| self.expr(e, Place::TOP));
                format!("if {} then {a} else {b}", self.expr(c, Place::HEAD))
            }
            ExprKind::Command(name, args) if args.len() > 1 || args.iter().any(|arg| arg.name.is_some()) => {
                let first = args[0].name.is_some() || starts_argument(&self.stage_arg(&args[0], Place::TOP));
                let args: Vec<String> = args.iter().map(|arg| self.stage_arg(arg, place.at(Level::Open))).collect();
                if first { format!("{} {}", name.text, args.join(", ")) } else { self.call(name, args) }
            }
            ExprKind::Let(..) if place.begins => format!("({})", self.expr(expr, Place::TOP)),
            _ => self.expr(expr, place.at(Level::Open)),
        }
    }

    fn call(self, name: &Name, args: Vec<String>) -> String {
        format!("{}({})", name.text, args.join(", "))
    }

    /// A stage without its bar.
    pub(super) fn stage(self, stage: &Stage) -> String {
        if stage.args.is_empty() {
            return stage.name.text.clone();
        }
        if self.has_call_form(stage) {
            return self.call(&stage.name, self.call_args(&stage.args));
        }
        let args: Vec<String> = stage.args.iter().map(|arg| self.stage_arg(arg, Place::TOP)).collect();
        format!("{} {}", stage.name.text, args.join(", "))
    }

    /// Whether the stage was written `name(…)`.
    fn has_call_form(self, stage: &Stage) -> bool {
        let end = stage.name.span.end;
        self.sources.text(Span { start: end, end: end.saturating_add(1), ..stage.name.span }) == "("
    }

    fn stage_arg(self, arg: &Arg, place: Place) -> String {
        let value = if let ExprKind::Section(op) = &arg.value.kind {
            op.text().to_string()
        } else {
            self.expr(&arg.value, place)
        };
        match &arg.name {
            Some(name) => format!("{}: {value}", name.text),
            None => value,
        }
    }

    fn call_args(self, args: &[Arg]) -> Vec<String> {
        args.iter().map(|arg| self.call_arg(arg)).collect()
    }

    /// An argument of a call: a pipeline needs no parentheses there, if its stages leave the commas alone.
    fn call_arg(self, arg: &Arg) -> String {
        match (&arg.value.kind, &arg.name) {
            (ExprKind::Pipe(head, stages), None) => {
                let stages = stages.iter().map(|stage| format!(" | {}", self.inner_stage(stage)));
                format!("{}{}", self.expr(head, Place::TOP), stages.collect::<String>())
            }
            _ => self.stage_arg(arg, Place::TOP),
        }
    }

    fn inner_stage(self, stage: &Stage) -> String {
        let plain = matches!(stage.args.as_slice(), [] | [Arg { name: None, .. }]);
        if plain { self.stage(stage) } else { self.call(&stage.name, self.call_args(&stage.args)) }
    }

    /// An expression at a place, in parentheses if the place asks for them.
    pub(super) fn expr(self, expr: &Expr, place: Place) -> String {
        let level = self.level(expr);
        let ends_let = place.no_in && is_membership(expr);
        let ends_head = place.no_brace && matches!(expr.kind, ExprKind::If(..));
        if level < place.level || ends_let || ends_head {
            let inner = Place { level: Level::Pipe, ..Place::TOP };
            return format!("({})", self.grown(expr, inner));
        }
        self.grown(expr, place)
    }

    fn grown(self, expr: &Expr, place: Place) -> String {
        stacker::maybe_grow(128 << 10, 4 << 20, || self.bare(expr, place))
    }

    fn level(self, expr: &Expr) -> Level {
        match &expr.kind {
            ExprKind::Pipe(..) => Level::Pipe,
            ExprKind::Command(_, args) if args.len() != 1 || args[0].name.is_some() => Level::Postfix,
            ExprKind::Command(..) | ExprKind::Lambda(..) | ExprKind::If(..) | ExprKind::Let(..) => Level::Open,
            ExprKind::Binary(op, ..) => binary_level(*op),
            ExprKind::Compare(..) => Level::Comparison,
            ExprKind::Unary(UnOp::Not, _) => Level::Not,
            ExprKind::Unary(UnOp::Neg, _) => Level::Minus,
            ExprKind::Int(n) if *n < 0 => Level::Minus,
            ExprKind::Float(x, _) if x.is_sign_negative() => Level::Minus,
            ExprKind::Int(_)
            | ExprKind::Float(..)
            | ExprKind::Bool(_)
            | ExprKind::Str(_)
            | ExprKind::FString(_)
            | ExprKind::None
            | ExprKind::Name(_)
            | ExprKind::Tuple(_)
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Map(_)
            | ExprKind::Record { .. }
            | ExprKind::Call(..)
            | ExprKind::Method(..)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::Slice(..)
            | ExprKind::Comprehension { .. }
            | ExprKind::Section(_)
            | ExprKind::Error => Level::Postfix,
        }
    }

    fn bare(self, expr: &Expr, place: Place) -> String {
        let open = |e: &Expr| self.expr(e, place.at(Level::Open));
        match &expr.kind {
            ExprKind::Int(n) => self.int(*n, expr.span),
            ExprKind::Float(_, text) => text.clone(),
            ExprKind::Bool(b) => self.boolean(*b, expr.span),
            ExprKind::Str(text) => self.string(text, expr.span),
            ExprKind::FString(parts) => self.fstring(parts, expr.span),
            ExprKind::None => "None".to_string(),
            ExprKind::Name(name) => name.clone(),
            ExprKind::Tuple(elements) => tuple(elements.iter().map(|e| self.expr(e, Place::TOP))),
            ExprKind::List(elements) => format!("[{}]", self.list(elements)),
            ExprKind::Set(elements) => format!("{{{}}}", self.list(elements)),
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Record { base, fields } => self.record(base.as_deref(), fields),
            ExprKind::Unary(UnOp::Neg, value) => format!("-{}", self.expr(value, place.at(Level::Minus))),
            ExprKind::Unary(UnOp::Not, value) => format!("not {}", self.expr(value, place.at(Level::Not))),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, place),
            ExprKind::Compare(first, rest) => {
                let at = place.at(Level::Coalesce);
                let rest = rest.iter().map(|(op, e)| format!(" {} {}", op.text(), self.expr(e, at)));
                format!("{}{}", self.expr(first, at), rest.collect::<String>())
            }
            ExprKind::If(c, a, b) => format!("if {} then {} else {}", open(c), open(a), open(b)),
            ExprKind::Let(pattern, bound, body) => {
                let bound = self.expr(bound, place.bound());
                format!("let {} = {bound} in {}", self.pattern(pattern), open(body))
            }
            ExprKind::Lambda(params, body) => format!("{} -> {}", self.params(params), open(body)),
            ExprKind::Call(name, args) => self.call(name, self.call_args(args)),
            ExprKind::Command(name, args) => self.command(name, args, place),
            ExprKind::Method(value, name, args) => {
                format!("{}.{}", self.receiver(value), self.call(name, self.call_args(args)))
            }
            ExprKind::Field(value, name) => format!("{}.{}", self.receiver(value), name.text),
            ExprKind::Index(value, index) => format!("{}[{}]", self.receiver(value), self.expr(index, Place::TOP)),
            ExprKind::Slice(value, parts) => format!("{}[{}]", self.receiver(value), self.slice(parts)),
            ExprKind::Comprehension { .. } => format!("[{}]", self.comprehension(expr, String::new())),
            ExprKind::Section(op) => format!("({})", op.text()),
            ExprKind::Pipe(..) => self.value(expr, Place::TOP),
            ExprKind::Error => self.sources.text(expr.span).to_string(),
        }
    }

    /// A comprehension without its brackets: the element, the clauses before, and its own.
    fn comprehension(self, expr: &Expr, before: String) -> String {
        let ExprKind::Comprehension { body, pattern, list, condition, more } = &expr.kind else {
            return format!("{}{before}", self.expr(expr, Place::TOP));
        };
        let condition = condition.as_ref().map(|c| format!(" if {}", self.expr(c, Place::TOP))).unwrap_or_default();
        let list = self.expr(list, Place::TOP);
        let clauses = format!("{before} for {} in {list}{condition}", self.pattern(pattern));
        match more {
            true => self.comprehension(body, clauses),
            false => format!("{}{clauses}", self.expr(body, Place::TOP)),
        }
    }

    fn list(self, elements: &[Expr]) -> String {
        elements.iter().map(|e| self.expr(e, Place::TOP)).collect::<Vec<_>>().join(", ")
    }

    /// The key of a map; a plain name as the first one would make it a record.
    fn map(self, entries: &[(Expr, Expr)]) -> String {
        if entries.is_empty() {
            return "{:}".to_string();
        }
        let entries: Vec<String> = entries.iter().enumerate().map(|(n, entry)| self.entry(n, entry)).collect();
        format!("{{{}}}", entries.join(", "))
    }

    fn entry(self, n: usize, (key, value): &(Expr, Expr)) -> String {
        let text = self.expr(key, Place::TOP);
        let value = self.expr(value, Place::TOP);
        if n == 0 && matches!(key.kind, ExprKind::Name(_)) {
            format!("({text}): {value}")
        } else {
            format!("{text}: {value}")
        }
    }

    fn record(self, base: Option<&Expr>, fields: &[(Name, Expr)]) -> String {
        let fields: Vec<String> =
            fields.iter().map(|(name, e)| format!("{}: {}", name.text, self.expr(e, Place::TOP))).collect();
        let base = base.map(|base| format!("{} with ", self.expr(base, Place::TOP)));
        format!("{{{}{}}}", base.unwrap_or_default(), fields.join(", "))
    }

    fn binary(self, op: BinOp, left: &Expr, right: &Expr, place: Place) -> String {
        let (l, r) = match op {
            BinOp::Pow => (Level::Postfix, Level::Minus),
            BinOp::Coalesce => (Level::Sum, Level::Coalesce),
            op if is_comparison(op) => (Level::Coalesce, Level::Coalesce),
            op => (binary_level(op), tighter(binary_level(op))),
        };
        format!("{} {} {}", self.expr(left, place.at(l)), op.text(), self.expr(right, place.at(r)))
    }

    /// `f a`; as a call if the argument could be read as something else.
    fn command(self, name: &Name, args: &[Arg], place: Place) -> String {
        let [Arg { name: None, value }] = args else { return self.call(name, self.call_args(args)) };
        let text = self.expr(value, place.at(Level::Open));
        let brace = place.no_brace && text.starts_with('{');
        if starts_argument(&text) && !brace {
            format!("{} {text}", name.text)
        } else {
            format!("{} ({text})", name.text)
        }
    }

    fn receiver(self, value: &Expr) -> String {
        if let ExprKind::Int(_) | ExprKind::Float(..) = value.kind {
            format!("({})", self.expr(value, Place::TOP))
        } else {
            self.expr(value, Place::TOP.at(Level::Postfix))
        }
    }

    fn slice(self, parts: &[Option<Box<Expr>>; 3]) -> String {
        let part = |n: usize| parts[n].as_ref().map(|e| self.expr(e, Place::TOP)).unwrap_or_default();
        let step = if parts[2].is_some() { format!(":{}", part(2)) } else { String::new() };
        format!("{}:{}{step}", part(0), part(1))
    }

    // ---- literals

    /// The text of a literal in the source, if there is exactly one token of this kind.
    fn written(self, span: Span, kinds: &[Kind]) -> Option<&'a str> {
        let text = self.sources.text(span);
        let mut tokens = Scanner::new(text);
        let first = tokens.next()?;
        (kinds.contains(&first.kind) && first.start == 0 && first.end == text.len()).then_some(text)
    }

    fn int(self, n: i64, span: Span) -> String {
        let text = self.written(span, &[Kind::Number]).filter(|_| n >= 0);
        text.map_or_else(|| n.to_string(), str::to_string)
    }

    fn boolean(self, b: bool, span: Span) -> String {
        let text =
            self.written(span, &[Kind::Word]).filter(|text| matches!(*text, "true" | "false" | "True" | "False"));
        text.map_or_else(|| b.to_string(), str::to_string)
    }

    /// A string literal, as it was written if it was.
    pub(super) fn string(self, text: &str, span: Span) -> String {
        if let Some(written) = self.written(span, &[Kind::Str]) {
            return written.to_string();
        }
        format!("\"{}\"", escape(text))
    }

    fn fstring(self, parts: &[FPart], span: Span) -> String {
        let written = self.sources.text(span);
        if written.starts_with("f\"") || written.starts_with("f'") {
            return written.to_string();
        }
        let parts: String = parts.iter().map(|part| self.fpart(part)).collect();
        format!("f\"{parts}\"")
    }

    fn fpart(self, part: &FPart) -> String {
        match part {
            FPart::Text(text) => escape(text).replace('{', "{{").replace('}', "}}"),
            FPart::Value { value, repr, spec, spec_span: _ } => {
                let text = self.expr(value, Place::TOP);
                let space = if text.starts_with('{') || text.ends_with('}') { " " } else { "" };
                let repr = if *repr { "!r" } else { "" };
                let spec = if spec.is_empty() { String::new() } else { format!(":{spec}") };
                format!("{{{space}{text}{space}{repr}{spec}}}")
            }
        }
    }

    // ---- what does not fit a line

    /// A bracket of several lines, one element each; `None` for what has no brackets.
    pub(super) fn broken(self, expr: &Expr, indent: usize) -> Option<String> {
        let elements = |list: &[Expr]| list.iter().map(|e| self.expr(e, Place::TOP)).collect::<Vec<_>>();
        match &expr.kind {
            ExprKind::List(list) => Some(column("[", &elements(list), "]", indent)),
            ExprKind::Tuple(list) => Some(column("(", &elements(list), ")", indent)),
            ExprKind::Set(list) => Some(column("{", &elements(list), "}", indent)),
            ExprKind::Map(entries) if !entries.is_empty() => {
                let lines: Vec<String> = entries.iter().enumerate().map(|(n, entry)| self.entry(n, entry)).collect();
                Some(column("{", &lines, "}", indent))
            }
            ExprKind::Record { base: None, fields } => {
                let line = |(name, e): &(Name, Expr)| format!("{}: {}", name.text, self.expr(e, Place::TOP));
                Some(column("{", &fields.iter().map(line).collect::<Vec<_>>(), "}", indent))
            }
            ExprKind::Call(name, args) if !args.is_empty() => {
                Some(column(&format!("{}(", name.text), &self.call_args(args), ")", indent))
            }
            ExprKind::Command(name, args) => self.broken_arg(&name.text, args, indent),
            ExprKind::Lambda(params, body) => {
                self.broken(body, indent).map(|body| format!("{} -> {body}", self.params(params)))
            }
            _ => None,
        }
    }

    /// An `if` or `let` in lines, one branch or binding each: `if a then b`, `else if c then d`, `else e`.
    pub(super) fn ladder(self, expr: &Expr, width: usize) -> Vec<String> {
        let (mut lines, mut rest, mut prefix) = (Vec::new(), expr, "");
        loop {
            let whole = |rest| format!("{prefix}{}", self.expr(rest, Place::TOP));
            match &rest.kind {
                ExprKind::If(condition, then, otherwise) => {
                    let [condition, then] = [condition, then].map(|part| self.expr(part, Place::TOP));
                    lines.push(format!("{prefix}if {condition} then {then}"));
                    (rest, prefix) = (otherwise, "else ");
                }
                // Behind `else`, a binding and its body share a line where they fit.
                ExprKind::Let(pattern, bound, body) if prefix.is_empty() || whole(rest).chars().count() > width => {
                    let bound = self.expr(bound, Place::TOP.bound());
                    lines.push(format!("{prefix}let {} = {bound} in", self.pattern(pattern)));
                    (rest, prefix) = (body, "");
                }
                _ => {
                    lines.push(whole(rest));
                    return lines;
                }
            }
        }
    }

    fn broken_arg(self, name: &str, args: &[Arg], indent: usize) -> Option<String> {
        let [Arg { name: None, value }] = args else { return None };
        self.broken(value, indent).map(|value| format!("{name} {value}"))
    }

    /// A stage with a bracket of several lines.
    pub(super) fn broken_stage(self, stage: &Stage, indent: usize) -> Option<String> {
        if self.has_call_form(stage) {
            return Some(column(&format!("{}(", stage.name.text), &self.call_args(&stage.args), ")", indent));
        }
        self.broken_arg(&stage.name.text, &stage.args, indent)
    }
}

/// Elements in brackets, one a line; a comma after the last keeps a tuple of one a tuple.
fn column(open: &str, elements: &[String], close: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let lines: String = elements.iter().map(|element| format!("{pad}  {element},\n")).collect();
    format!("{open}\n{lines}{pad}{close}")
}

fn binary_level(op: BinOp) -> Level {
    match op {
        BinOp::Or => Level::Or,
        BinOp::And => Level::And,
        BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge | BinOp::In | BinOp::NotIn => {
            Level::Comparison
        }
        BinOp::Coalesce => Level::Coalesce,
        BinOp::Add | BinOp::Sub => Level::Sum,
        BinOp::Mul | BinOp::Div | BinOp::FloorDiv | BinOp::Mod => Level::Product,
        BinOp::Pow => Level::Power,
    }
}

/// The level of a right operand: one that binds as loosely as the operator takes parentheses.
fn tighter(level: Level) -> Level {
    match level {
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Sum => Level::Product,
        Level::Product => Level::Minus,
        Level::Pipe
        | Level::Open
        | Level::Not
        | Level::Comparison
        | Level::Coalesce
        | Level::Minus
        | Level::Power
        | Level::Postfix => Level::Postfix,
    }
}

/// Whether a bare `in` stands at the outermost level of a comparison.
fn is_membership(expr: &Expr) -> bool {
    let membership = |op: BinOp| matches!(op, BinOp::In | BinOp::NotIn);
    match &expr.kind {
        ExprKind::Binary(op, ..) => membership(*op),
        ExprKind::Compare(_, rest) => rest.iter().any(|(op, _)| membership(*op)),
        _ => false,
    }
}

/// Whether a text after a name and a blank is read as its argument.
fn starts_argument(text: &str) -> bool {
    let word = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
    if matches!(word, "true" | "false" | "True" | "False" | "None" | "not") {
        return true;
    }
    !is_keyword(word)
        && !text.starts_with(['-', '+'])
        && text.starts_with(|c: char| c.is_alphanumeric() || "_\"'([{.".contains(c))
}

/// The inside of a string literal with double quotes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            c if c.is_control() && (c as u32) < 256 => out += &format!("\\x{:02x}", c as u32),
            c => out.push(c),
        }
    }
    out
}

/// `(a, b)`, `(a,)`, `()`
pub(super) fn tuple(elements: impl Iterator<Item = String>) -> String {
    let elements: Vec<String> = elements.collect();
    match elements.as_slice() {
        [only] => format!("({only},)"),
        elements => format!("({})", elements.join(", ")),
    }
}
