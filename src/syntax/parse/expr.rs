//! From the grammar's pairs to expressions and pipelines; operators by precedence climbing.

#![expect(clippy::wildcard_enum_match_arm, reason = "the rules of the grammar are made by pest, 150 of them")]

use std::cell::RefCell;
use std::sync::LazyLock;

use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use crate::base::diag::Diag;
use crate::base::source::{FileId, Span};
use crate::syntax::ast::{Arg, BinOp, Expr, ExprIds, ExprKind, Name, Stage, UnOp};
use crate::syntax::errors;
use crate::syntax::grammar::Rule;

/// Makes the tree of one statement.
pub(super) struct Build<'a> {
    pub(super) file: FileId,
    /// Where the statement starts in the file.
    pub(super) offset: usize,
    pub(super) ids: &'a mut ExprIds,
    pub(super) diags: &'a mut Vec<Diag>,
}

/// Python's precedence, loosest first; `??` binds tighter than comparisons and looser than arithmetic.
static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(Op::prefix(Rule::not))
        .op(left(Rule::eq)
            | left(Rule::ne)
            | left(Rule::lt)
            | left(Rule::le)
            | left(Rule::gt)
            | left(Rule::ge)
            | left(Rule::in_op)
            | left(Rule::not_in))
        .op(Op::infix(Rule::coalesce, Assoc::Right))
        .op(left(Rule::add) | left(Rule::sub))
        .op(left(Rule::mul) | left(Rule::div) | left(Rule::floor_div) | left(Rule::modulo))
        .op(Op::prefix(Rule::neg))
        .op(Op::infix(Rule::pow, Assoc::Right))
});

/// An operand while operators are put together.
struct Operand {
    expr: Expr,
    /// A comparison without parentheses, which another one would extend.
    chain: bool,
    /// 2**63, which only a minus sign before it makes an int.
    needs_minus: bool,
}

impl Operand {
    fn plain(expr: Expr) -> Self {
        Self { expr, chain: false, needs_minus: false }
    }
}

/// The parts of a pair that are not mere signs.
pub(super) fn parts(pair: Pair<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pair.into_inner().filter(|part| !is_sign(part.as_rule()))
}

/// Whether the last element of a bracket has a comma after it, which makes a tuple of one.
pub(super) fn trailing_comma(pair: &Pair<'_, Rule>) -> bool {
    pair.clone().into_inner().any(|part| part.as_rule() == Rule::last_comma)
}

fn is_sign(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::open_paren
            | Rule::close_paren
            | Rule::close_bracket
            | Rule::close_brace
            | Rule::comma
            | Rule::last_comma
            | Rule::colon
            | Rule::bar
            | Rule::assign
            | Rule::arrow
            | Rule::EOI
            | Rule::kw_let
            | Rule::kw_def
            | Rule::kw_type
            | Rule::kw_param
            | Rule::kw_use
            | Rule::kw_for
            | Rule::kw_while
            | Rule::kw_if
            | Rule::kw_then
            | Rule::kw_else
            | Rule::kw_in
            | Rule::kw_with
    )
}

/// The operator of a sign; `None` for what is no operator with two operands.
fn bin_op(rule: Rule) -> Option<BinOp> {
    Some(match rule {
        Rule::add => BinOp::Add,
        Rule::sub => BinOp::Sub,
        Rule::mul => BinOp::Mul,
        Rule::div => BinOp::Div,
        Rule::floor_div => BinOp::FloorDiv,
        Rule::modulo => BinOp::Mod,
        Rule::pow => BinOp::Pow,
        Rule::eq => BinOp::Eq,
        Rule::ne => BinOp::Ne,
        Rule::lt => BinOp::Lt,
        Rule::le => BinOp::Le,
        Rule::gt => BinOp::Gt,
        Rule::ge => BinOp::Ge,
        Rule::and => BinOp::And,
        Rule::or => BinOp::Or,
        Rule::in_op => BinOp::In,
        Rule::not_in => BinOp::NotIn,
        Rule::coalesce => BinOp::Coalesce,
        _ => return None,
    })
}

/// A part that the grammar guarantees.
fn part<'i>(parts: &mut impl Iterator<Item = Pair<'i, Rule>>) -> Pair<'i, Rule> {
    parts.next().expect("the grammar has this part")
}

impl Build<'_> {
    /// The place of a pair, without the blanks that pest leaves at its end.
    pub(super) fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        let end = span.start() + span.as_str().trim_end_matches([' ', '\t']).len();
        Span::new(self.file, self.offset + span.start(), self.offset + end)
    }

    fn make(&mut self, kind: ExprKind, span: Span) -> Expr {
        Expr { id: self.ids.fresh(), kind, span }
    }

    fn boxed(&mut self, pair: Pair<'_, Rule>) -> Box<Expr> {
        Box::new(self.expr(pair))
    }

    /// A value with its stages.
    pub(super) fn top(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = self.span(&pair);
        let mut parts = parts(pair);
        let head = part(&mut parts);
        let head = if head.as_rule() == Rule::command_top { self.command_top(head) } else { self.expr(head) };
        self.pipe(head, parts, span)
    }

    fn pipe<'i>(&mut self, head: Expr, stages: impl Iterator<Item = Pair<'i, Rule>>, span: Span) -> Expr {
        let stages: Vec<Stage> = stages.map(|stage| self.stage(stage)).collect();
        if stages.is_empty() { head } else { self.make(ExprKind::Pipe(Box::new(head), stages), span) }
    }

    fn stage(&mut self, pair: Pair<'_, Rule>) -> Stage {
        let span = self.span(&pair);
        let mut parts = parts(pair);
        let name = self.name(&part(&mut parts));
        let args = parts.next().map(|args| self.args(args)).unwrap_or_default();
        Stage { name, args, span }
    }

    fn args(&mut self, pair: Pair<'_, Rule>) -> Vec<Arg> {
        if pair.as_rule() == Rule::inner_arg {
            return vec![self.arg(pair)];
        }
        let mut args: Vec<Arg> = parts(pair).map(|arg| self.arg(arg)).collect();
        if let Some((place, range)) = errors::lambda_among(&args) {
            self.diags.push(errors::python_lambda(place));
            let value = self.make(ExprKind::Error, place);
            args.splice(range, [Arg { name: None, value }]);
        }
        args
    }

    /// `name: value`, `+`, a value, or in a call a value with stages.
    fn arg(&mut self, pair: Pair<'_, Rule>) -> Arg {
        let span = self.span(&pair);
        let mut parts = parts(pair);
        let first = part(&mut parts);
        if first.as_rule() != Rule::named_arg {
            let value = self.value(first);
            return Arg { name: None, value: self.pipe(value, parts, span) };
        }
        let mut parts = self::parts(first);
        let name = self.name(&part(&mut parts));
        Arg { name: Some(name), value: self.value(part(&mut parts)) }
    }

    /// An expression or a section.
    fn value(&mut self, pair: Pair<'_, Rule>) -> Expr {
        if pair.as_rule() == Rule::section { self.section(pair) } else { self.expr(pair) }
    }

    fn section(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = self.span(&pair);
        let op = bin_op(part(&mut pair.into_inner()).as_rule()).expect("a section holds an operator");
        self.make(ExprKind::Section(op), span)
    }

    fn command_top(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = self.span(&pair);
        let mut parts = parts(pair);
        let name = self.name(&part(&mut parts));
        let args = self.args(part(&mut parts));
        self.command(name, args, span)
    }

    fn command(&mut self, name: Name, args: Vec<Arg>, span: Span) -> Expr {
        let Some((diag, op)) = args.first().and_then(|arg| errors::python_is(&name, &arg.value)) else {
            return self.make(ExprKind::Command(name, args), span);
        };
        self.diags.push(diag);
        let tested = self.make(ExprKind::Name(name.text), name.span);
        let none = self.make(ExprKind::None, span);
        self.make(ExprKind::Binary(op, Box::new(tested), Box::new(none)), span)
    }

    /// An expression with its operators.
    pub(super) fn expr(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let mut pairs = pair.into_inner();
        if pairs.len() == 1 {
            let operand = self.primary(part(&mut pairs));
            return self.finish(operand);
        }
        let this = RefCell::new(self);
        let operand = PRATT
            .map_primary(|pair| this.borrow_mut().primary(pair))
            .map_prefix(|op, operand| this.borrow_mut().prefix(op, operand))
            .map_infix(|left, op, right| this.borrow_mut().infix(left, &op, right))
            .parse(pairs);
        this.into_inner().finish(operand)
    }

    fn finish(&mut self, operand: Operand) -> Expr {
        if operand.needs_minus {
            self.diags.push(errors::int_too_large(operand.expr.span));
        }
        operand.expr
    }

    fn prefix(&mut self, op: Pair<'_, Rule>, operand: Operand) -> Operand {
        let span = self.span(&op).to(operand.expr.span);
        if op.as_rule() == Rule::neg && operand.needs_minus {
            return Operand::plain(Expr { span, ..operand.expr });
        }
        let op = if op.as_rule() == Rule::neg { UnOp::Neg } else { UnOp::Not };
        let value = Box::new(self.finish(operand));
        Operand::plain(self.make(ExprKind::Unary(op, value), span))
    }

    fn infix(&mut self, left: Operand, op: &Pair<'_, Rule>, right: Operand) -> Operand {
        let op = bin_op(op.as_rule()).expect("an infix operator");
        let chain = left.chain;
        let (left, right) = (self.finish(left), self.finish(right));
        let span = left.span.to(right.span);
        let comparison = is_comparison(op);
        let kind = match left.kind {
            ExprKind::Compare(first, mut rest) if comparison && chain => {
                rest.push((op, right));
                ExprKind::Compare(first, rest)
            }
            ExprKind::Binary(before, first, second) if comparison && chain => {
                ExprKind::Compare(first, vec![(before, *second), (op, right)])
            }
            kind => ExprKind::Binary(op, Box::new(Expr { kind, ..left }), Box::new(right)),
        };
        Operand { expr: self.make(kind, span), chain: comparison, needs_minus: false }
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Operand {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::postfix => self.postfix(pair),
            Rule::let_expr | Rule::bound_let => {
                let mut parts = parts(pair);
                let pattern = self.pattern(part(&mut parts));
                let bound = self.boxed(part(&mut parts));
                let body = self.boxed(part(&mut parts));
                Operand::plain(self.make(ExprKind::Let(pattern, bound, body), span))
            }
            Rule::if_expr | Rule::bound_if => {
                let mut parts = parts(pair);
                let condition = self.boxed(part(&mut parts));
                let then = self.boxed(part(&mut parts));
                let otherwise = self.boxed(part(&mut parts));
                Operand::plain(self.make(ExprKind::If(condition, then, otherwise), span))
            }
            Rule::lambda | Rule::bound_lambda => self.lambda(pair),
            rule => {
                debug_assert!(matches!(rule, Rule::command | Rule::bound_command));
                let mut parts = parts(pair);
                let name = self.name(&part(&mut parts));
                let value = self.expr(part(&mut self::parts(part(&mut parts))));
                Operand::plain(self.command(name, vec![Arg { name: None, value }], span))
            }
        }
    }

    fn lambda(&mut self, pair: Pair<'_, Rule>) -> Operand {
        let span = self.span(&pair);
        let mut parts = parts(pair);
        let params = part(&mut self::parts(part(&mut parts)));
        let params = match params.as_rule() {
            Rule::tuple_pattern => self::parts(params).map(|param| self.pattern(param)).collect(),
            _ => vec![self.pattern(params)],
        };
        let body = self.boxed(part(&mut parts));
        Operand::plain(self.make(ExprKind::Lambda(params, body), span))
    }

    /// An atom with `.name`, `.name(…)` and `[…]` after it.
    fn postfix(&mut self, pair: Pair<'_, Rule>) -> Operand {
        let mut parts = pair.into_inner();
        let mut operand = self.atom(part(&mut parts));
        for suffix in parts {
            let value = Box::new(self.finish(operand));
            let span = value.span.to(self.span(&suffix));
            let kind = self.suffix(value, suffix);
            operand = Operand::plain(self.make(kind, span));
        }
        operand
    }

    fn suffix(&mut self, value: Box<Expr>, pair: Pair<'_, Rule>) -> ExprKind {
        match pair.as_rule() {
            Rule::field => ExprKind::Field(value, self.name(&part(&mut parts(pair)))),
            Rule::method => {
                let mut parts = parts(pair);
                let name = self.name(&part(&mut parts));
                ExprKind::Method(value, name, self.args(part(&mut parts)))
            }
            _ => self.index(value, pair),
        }
    }

    fn index(&mut self, value: Box<Expr>, pair: Pair<'_, Rule>) -> ExprKind {
        let mut slots = [None, None, None];
        let mut at = 0;
        let mut slice = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::colon => {
                    slice = true;
                    at += 1;
                }
                Rule::expr => slots[at] = Some(self.boxed(part)),
                rule => debug_assert_eq!(rule, Rule::close_bracket),
            }
        }
        match slots {
            [Some(index), None, None] if !slice => ExprKind::Index(value, index),
            slots => ExprKind::Slice(value, slots),
        }
    }

    fn atom(&mut self, pair: Pair<'_, Rule>) -> Operand {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::int => return self.int_operand(pair.as_str(), span),
            Rule::float => self.float(pair.as_str(), span),
            Rule::string => ExprKind::Str(self.string(pair.as_str(), span)),
            Rule::fstring => ExprKind::FString(self.fstring(pair)),
            Rule::boolean => ExprKind::Bool(pair.as_str().eq_ignore_ascii_case("true")),
            Rule::none => ExprKind::None,
            Rule::variable => ExprKind::Name(pair.as_str().to_string()),
            Rule::call => {
                let mut parts = parts(pair);
                let name = self.name(&part(&mut parts));
                ExprKind::Call(name, self.args(part(&mut parts)))
            }
            Rule::paren => return self.paren(pair),
            Rule::list => self.list(pair),
            rule => {
                debug_assert_eq!(rule, Rule::brace);
                self.brace(pair)
            }
        };
        Operand::plain(self.make(kind, span))
    }

    fn int_operand(&mut self, text: &str, span: Span) -> Operand {
        let (kind, needs_minus) = self.int(text, span);
        Operand { expr: self.make(kind, span), chain: false, needs_minus }
    }

    /// `(+)`, `(e)`, `(e | stage)`, or a tuple. Parentheses end a comparison, so that no chain goes on behind them.
    fn paren(&mut self, pair: Pair<'_, Rule>) -> Operand {
        let span = self.span(&pair);
        let trailing = trailing_comma(&pair);
        let mut parts = parts(pair).peekable();
        let Some(first) = parts.next() else { return Operand::plain(self.make(ExprKind::Tuple(Vec::new()), span)) };
        let first = self.value(first);
        let expr = match parts.peek().map(Pair::as_rule) {
            Some(Rule::stage) => {
                let start = first.span;
                let mut pipe = self.pipe(first, parts, span);
                pipe.span = stages_end(&pipe).map_or(span, |end| start.to(end));
                pipe
            }
            None if !trailing => first,
            Some(_) | None => {
                let mut elements = vec![first];
                elements.extend(parts.map(|part| self.expr(part)));
                self.make(ExprKind::Tuple(elements), span)
            }
        };
        Operand::plain(expr)
    }

    fn list(&mut self, pair: Pair<'_, Rule>) -> ExprKind {
        let mut parts = parts(pair).peekable();
        let Some(first) = parts.next() else { return ExprKind::List(Vec::new()) };
        let first = self.expr(first);
        if parts.peek().map(Pair::as_rule) != Some(Rule::comprehension) {
            let mut elements = vec![first];
            elements.extend(parts.map(|part| self.expr(part)));
            return ExprKind::List(elements);
        }
        let clause = part(&mut parts);
        self.comprehension(first, clause, parts)
    }

    /// A clause and those behind it, which are its body.
    fn comprehension<'p>(
        &mut self,
        element: Expr,
        clause: Pair<'p, Rule>,
        mut behind: impl Iterator<Item = Pair<'p, Rule>>,
    ) -> ExprKind {
        let mut parts = parts(clause);
        let pattern = self.pattern(part(&mut parts));
        let list = self.boxed(part(&mut parts));
        let condition = parts.next().map(|part| self.boxed(part));
        let (body, more) = match behind.next() {
            Some(next) => {
                let span = element.span.to(self.span(&next));
                let behind: Box<dyn Iterator<Item = Pair<'p, Rule>>> = Box::new(behind);
                let inner = self.comprehension(element, next, behind);
                (self.make(inner, span), true)
            }
            None => (element, false),
        };
        ExprKind::Comprehension { body: Box::new(body), pattern, list, condition, more }
    }

    fn brace(&mut self, pair: Pair<'_, Rule>) -> ExprKind {
        let mut parts = parts(pair);
        let first = part(&mut parts);
        match first.as_rule() {
            Rule::empty_map => return ExprKind::Map(Vec::new()),
            Rule::fields => return ExprKind::Record { base: None, fields: self.fields(first) },
            _ => {}
        }
        let first = self.expr(first);
        let rest = part(&mut parts);
        match rest.as_rule() {
            Rule::update => ExprKind::Record { base: Some(Box::new(first)), fields: self.fields(rest) },
            Rule::map_rest => self.map(first, rest),
            _ => {
                let mut elements = vec![first];
                elements.extend(self::parts(rest).map(|part| self.expr(part)));
                ExprKind::Set(elements)
            }
        }
    }

    fn map(&mut self, key: Expr, rest: Pair<'_, Rule>) -> ExprKind {
        let mut parts = parts(rest);
        let value = self.expr(part(&mut parts));
        let mut entries = vec![(key, value)];
        for entry in parts {
            let mut parts = self::parts(entry);
            let key = self.expr(part(&mut parts));
            entries.push((key, self.expr(part(&mut parts))));
        }
        ExprKind::Map(entries)
    }

    fn fields(&mut self, pair: Pair<'_, Rule>) -> Vec<(Name, Expr)> {
        let mut fields = Vec::new();
        for field in parts(pair) {
            let mut parts = parts(field);
            let name = self.name(&part(&mut parts));
            fields.push((name, self.expr(part(&mut parts))));
        }
        fields
    }
}

fn stages_end(pipe: &Expr) -> Option<Span> {
    let ExprKind::Pipe(_, stages) = &pipe.kind else { return None };
    stages.last().map(|stage| stage.span)
}

/// Whether an operator is one of those that Python chains.
pub(crate) fn is_comparison(op: BinOp) -> bool {
    matches!(op, BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge | BinOp::In | BinOp::NotIn)
}
