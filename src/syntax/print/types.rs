//! Patterns, types and the heads of definitions, as text.

use super::expr::{Printer, tuple};
use crate::syntax::ast::{Pattern, StmtKind, TypeExpr, TypeExprKind};

impl Printer<'_> {
    /// A pattern.
    pub(super) fn pattern(self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Name(name) => name.text.clone(),
            Pattern::Wildcard(_) => "_".to_string(),
            Pattern::Tuple(elements, _) => tuple(elements.iter().map(|element| self.pattern(element))),
        }
    }

    /// The parameters of a lambda: one name stands alone.
    pub(super) fn params(self, params: &[Pattern]) -> String {
        match params {
            [only @ (Pattern::Name(_) | Pattern::Wildcard(_))] => self.pattern(only),
            params => {
                let params: Vec<String> = params.iter().map(|param| self.pattern(param)).collect();
                format!("({})", params.join(", "))
            }
        }
    }

    /// `: type`, or nothing.
    pub(super) fn annotation(self, ty: Option<&TypeExpr>) -> String {
        ty.map(|ty| format!(": {}", self.type_expr(ty))).unwrap_or_default()
    }

    /// `def f(a: int) -> int = `; nothing for another statement.
    pub(super) fn def_head(self, kind: &StmtKind) -> String {
        let StmtKind::Def { name, params, result, body: _ } = kind else { return String::new() };
        let params: Vec<String> =
            params.iter().map(|p| format!("{}{}", p.name.text, self.annotation(p.ty.as_ref()))).collect();
        let result = result.as_ref().map(|ty| format!(" -> {}", self.type_expr(ty))).unwrap_or_default();
        format!("def {}({}){result} = ", name.text, params.join(", "))
    }

    /// A type.
    pub(super) fn type_expr(self, ty: &TypeExpr) -> String {
        match &ty.kind {
            TypeExprKind::Named(name, args) if args.is_empty() => name.text.clone(),
            TypeExprKind::Named(name, args) => {
                let args: Vec<String> = args.iter().map(|arg| self.type_expr(arg)).collect();
                format!("{}[{}]", name.text, args.join(", "))
            }
            TypeExprKind::Tuple(elements) => tuple(elements.iter().map(|element| self.type_expr(element))),
            TypeExprKind::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, ty)| format!("{}: {}", name.text, self.type_expr(ty))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            TypeExprKind::Option(inner) if matches!(inner.kind, TypeExprKind::Func(..)) => {
                format!("({})?", self.type_expr(inner))
            }
            TypeExprKind::Option(inner) => format!("{}?", self.type_expr(inner)),
            TypeExprKind::Func(params, result) => {
                let params: Vec<String> = params.iter().map(|param| self.type_expr(param)).collect();
                format!("({}) -> {}", params.join(", "), self.type_expr(result))
            }
        }
    }
}
