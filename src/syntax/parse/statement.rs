//! From the grammar's pairs to statements, patterns and types.

#![expect(clippy::wildcard_enum_match_arm, reason = "the rules of the grammar are made by pest, 150 of them")]

use pest::iterators::Pair;

use super::BlockHead;
use super::expr::{Build, parts, trailing_comma};
use crate::syntax::ast::{DefParam, Expr, Name, Pattern, StmtKind, TypeExpr, TypeExprKind};
use crate::syntax::grammar::Rule;

impl Build<'_> {
    /// A statement without a block.
    pub(super) fn statement(&mut self, pair: Pair<'_, Rule>) -> StmtKind {
        match pair.as_rule() {
            Rule::let_stmt => self.let_stmt(pair),
            Rule::def_stmt => self.def_stmt(pair),
            Rule::type_stmt => self.type_stmt(pair),
            Rule::param_stmt => self.param_stmt(pair),
            Rule::use_stmt => self.use_stmt(pair),
            Rule::assign_stmt => {
                let mut parts = parts(pair);
                let name = self.name(&parts.next().expect("an assignment starts with a name"));
                StmtKind::Assign { name, value: self.top(parts.next().expect("an assignment has a value")) }
            }
            rule => {
                debug_assert_eq!(rule, Rule::expr_stmt);
                StmtKind::Expr(self.top(parts(pair).next().expect("an expression statement holds an expression")))
            }
        }
    }

    /// The head of a block.
    pub(super) fn head(&mut self, pair: Pair<'_, Rule>) -> BlockHead {
        let rule = pair.as_rule();
        let mut parts = parts(pair);
        let mut condition = |build: &mut Self| build.expr(parts.next().expect("a head with a condition"));
        match rule {
            Rule::while_head => BlockHead::While(condition(self)),
            Rule::if_head => BlockHead::If(condition(self)),
            Rule::else_if_head => BlockHead::ElseIf(condition(self)),
            Rule::else_head => BlockHead::Else,
            rule => {
                debug_assert_eq!(rule, Rule::for_head);
                let pattern = self.pattern(parts.next().expect("`for` has a pattern"));
                BlockHead::For(pattern, self.top(parts.next().expect("`for` has a list")))
            }
        }
    }

    fn let_stmt(&mut self, pair: Pair<'_, Rule>) -> StmtKind {
        let mut parts = parts(pair);
        let pattern = self.pattern(parts.next().expect("`let` has a pattern"));
        let (ty, value) = self.annotated(&mut parts);
        StmtKind::Let { pattern, ty, value: value.expect("`let` has a value") }
    }

    /// `: type = value`, of which either may be missing.
    fn annotated<'i>(&mut self, parts: &mut impl Iterator<Item = Pair<'i, Rule>>) -> (Option<TypeExpr>, Option<Expr>) {
        let mut ty = None;
        for part in parts {
            match part.as_rule() {
                Rule::annotation => ty = Some(self.annotation(part)),
                Rule::expr => return (ty, Some(self.expr(part))),
                _ => return (ty, Some(self.top(part))),
            }
        }
        (ty, None)
    }

    fn annotation(&mut self, pair: Pair<'_, Rule>) -> TypeExpr {
        self.type_expr(parts(pair).next().expect("an annotation holds a type"))
    }

    fn def_stmt(&mut self, pair: Pair<'_, Rule>) -> StmtKind {
        let mut parts = parts(pair);
        let name = self.name(&parts.next().expect("`def` has a name"));
        let params = parts.next().expect("`def` has parameters").into_inner();
        let params =
            params.filter(|part| part.as_rule() == Rule::def_param).map(|param| self.def_param(param)).collect();
        let next = parts.next().expect("`def` has a body");
        let (result, body) = match next.as_rule() {
            Rule::type_expr => (Some(self.type_expr(next)), parts.next().expect("`def` has a body")),
            _ => (None, next),
        };
        StmtKind::Def { name, params, result, body: self.top(body) }
    }

    fn def_param(&mut self, pair: Pair<'_, Rule>) -> DefParam {
        let mut parts = parts(pair);
        let name = self.name(&parts.next().expect("a parameter has a name"));
        DefParam { name, ty: parts.next().map(|part| self.annotation(part)) }
    }

    fn type_stmt(&mut self, pair: Pair<'_, Rule>) -> StmtKind {
        let mut parts = parts(pair);
        let name = self.name(&parts.next().expect("`type` has a name"));
        StmtKind::Type { name, ty: self.type_expr(parts.next().expect("`type` has a type")) }
    }

    fn param_stmt(&mut self, pair: Pair<'_, Rule>) -> StmtKind {
        let mut parts = parts(pair);
        let name = self.name(&parts.next().expect("`param` has a name"));
        let (ty, default) = self.annotated(&mut parts);
        StmtKind::Param { name, ty, default, doc: None }
    }

    fn use_stmt(&mut self, pair: Pair<'_, Rule>) -> StmtKind {
        let path = parts(pair).next().expect("`use` has a path");
        let path_span = self.span(&path);
        StmtKind::Use { path: self.string(path.as_str(), path_span), path_span }
    }

    /// A name where one is declared or referred to.
    pub(super) fn name(&self, pair: &Pair<'_, Rule>) -> Name {
        Name { text: pair.as_str().to_string(), span: self.span(pair) }
    }

    /// The names that a `let`, a loop or a lambda binds.
    pub(super) fn pattern(&mut self, pair: Pair<'_, Rule>) -> Pattern {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::name => Pattern::Name(self.name(&pair)),
            Rule::wildcard => Pattern::Wildcard(span),
            Rule::tuple_pattern => {
                let single = !trailing_comma(&pair);
                let mut elements: Vec<Pattern> = parts(pair).map(|part| self.pattern(part)).collect();
                match elements.pop() {
                    Some(only) if single && elements.is_empty() => only,
                    last => {
                        elements.extend(last);
                        Pattern::Tuple(elements, span)
                    }
                }
            }
            _ => self.pattern(parts(pair).next().expect("a pattern holds one")),
        }
    }

    /// A written type.
    pub(super) fn type_expr(&mut self, pair: Pair<'_, Rule>) -> TypeExpr {
        let span = self.span(&pair);
        let mut parts = parts(pair);
        let first = parts.next().expect("a type starts with a name or a bracket");
        let mut params = None;
        let mut ty = self.type_primary(first, &mut params);
        for part in parts {
            let kind = match part.as_rule() {
                Rule::question => {
                    params = None;
                    let mark = self.span(&part);
                    ty = TypeExpr { span: ty.span.to(mark), kind: TypeExprKind::Option(Box::new(ty)) };
                    continue;
                }
                _ => {
                    let result = Box::new(self.type_expr(part));
                    TypeExprKind::Func(params.take().unwrap_or_else(|| vec![ty.clone()]), result)
                }
            };
            ty = TypeExpr { kind, span };
        }
        ty
    }

    /// A type without `?` and `->`; `params` gets what stands in parentheses, should an arrow follow.
    fn type_primary(&mut self, pair: Pair<'_, Rule>, params: &mut Option<Vec<TypeExpr>>) -> TypeExpr {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let trailing = trailing_comma(&pair);
        let mut parts = parts(pair);
        let kind = match rule {
            Rule::type_named => {
                let name = self.name(&parts.next().expect("a named type has a name"));
                let args = parts.next().into_iter().flat_map(|args| super::expr::parts(args));
                TypeExprKind::Named(name, args.map(|arg| self.type_expr(arg)).collect())
            }
            Rule::type_record => TypeExprKind::Record(parts.map(|field| self.type_field(field)).collect()),
            _ => {
                let mut elements: Vec<TypeExpr> = parts.map(|part| self.type_expr(part)).collect();
                *params = Some(elements.clone());
                if elements.len() == 1 && !trailing {
                    return elements.remove(0);
                }
                TypeExprKind::Tuple(elements)
            }
        };
        TypeExpr { kind, span }
    }

    fn type_field(&mut self, pair: Pair<'_, Rule>) -> (Name, TypeExpr) {
        let mut parts = parts(pair);
        let name = self.name(&parts.next().expect("a field has a name"));
        (name, self.type_expr(parts.next().expect("a field has a type")))
    }
}
