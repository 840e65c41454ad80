//! Walks over the syntax tree.

use crate::syntax::ast::{Expr, ExprKind, FPart, Pattern, Stmt, StmtKind};

/// The direct subexpressions of an expression, in the order in which they are written.
pub(super) fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Int(_) | ExprKind::Float(..) | ExprKind::Bool(_) | ExprKind::Str(_) => Vec::new(),
        ExprKind::None | ExprKind::Name(_) | ExprKind::Section(_) | ExprKind::Error => Vec::new(),
        ExprKind::FString(parts) => parts.iter().filter_map(value).collect(),
        ExprKind::Tuple(parts) | ExprKind::List(parts) | ExprKind::Set(parts) => parts.iter().collect(),
        ExprKind::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        ExprKind::Record { base, fields } => {
            base.iter().map(|base| &**base).chain(fields.iter().map(|(_, value)| value)).collect()
        }
        ExprKind::Unary(_, a) | ExprKind::Field(a, _) | ExprKind::Lambda(_, a) => vec![a],
        ExprKind::Binary(_, a, b) | ExprKind::Let(_, a, b) | ExprKind::Index(a, b) => vec![a, b],
        ExprKind::Compare(first, rest) => {
            std::iter::once(&**first).chain(rest.iter().map(|(_, value)| value)).collect()
        }
        ExprKind::If(a, b, c) => vec![a, b, c],
        ExprKind::Call(_, args) | ExprKind::Command(_, args) => args.iter().map(|arg| &arg.value).collect(),
        ExprKind::Method(of, _, args) => std::iter::once(&**of).chain(args.iter().map(|arg| &arg.value)).collect(),
        ExprKind::Slice(of, parts) => {
            std::iter::once(&**of).chain(parts.iter().flatten().map(|part| &**part)).collect()
        }
        ExprKind::Comprehension { body, list, condition, .. } => {
            [&**body, &**list].into_iter().chain(condition.as_deref()).collect()
        }
        ExprKind::Pipe(head, stages) => {
            let args = stages.iter().flat_map(|stage| &stage.args).map(|arg| &arg.value);
            std::iter::once(&**head).chain(args).collect()
        }
    }
}

fn value(part: &FPart) -> Option<&Expr> {
    match part {
        FPart::Text(_) => None,
        FPart::Value { value, .. } => Some(value),
    }
}

/// Visits an expression and all that is in it.
pub(super) fn each<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    visit(expr);
    for child in children(expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || each(child, visit));
    }
}

/// The expressions that a statement itself holds, without those of its body.
pub(super) fn own_exprs(stmt: &Stmt) -> Vec<&Expr> {
    match &stmt.kind {
        StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } | StmtKind::Expr(value) => vec![value],
        StmtKind::Def { body, .. } => vec![body],
        StmtKind::Type { .. } | StmtKind::Use { .. } => Vec::new(),
        StmtKind::Param { default, .. } => default.iter().collect(),
        StmtKind::For { list, .. } => vec![list],
        StmtKind::While { condition, .. } => vec![condition],
        StmtKind::If { arms, .. } => arms.iter().map(|(condition, _)| condition).collect(),
    }
}

/// The bodies of a statement.
pub(super) fn bodies(stmt: &Stmt) -> Vec<&[Stmt]> {
    match &stmt.kind {
        StmtKind::For { body, .. } | StmtKind::While { body, .. } => vec![body],
        StmtKind::If { arms, otherwise } => {
            arms.iter().map(|(_, body)| body.as_slice()).chain(otherwise.as_deref()).collect()
        }
        StmtKind::Let { .. } | StmtKind::Assign { .. } | StmtKind::Def { .. } | StmtKind::Type { .. } => Vec::new(),
        StmtKind::Param { .. } | StmtKind::Use { .. } | StmtKind::Expr(_) => Vec::new(),
    }
}

/// Visits statements and those in their bodies.
pub(super) fn each_stmt<'a>(body: &'a [Stmt], visit: &mut dyn FnMut(&'a Stmt)) {
    for stmt in body {
        visit(stmt);
        for inner in bodies(stmt) {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || each_stmt(inner, visit));
        }
    }
}

/// The names that a statement gives a meaning.
pub(super) fn bound(stmt: &Stmt) -> Vec<&str> {
    match &stmt.kind {
        StmtKind::Let { pattern, .. } | StmtKind::For { pattern, .. } => names(pattern),
        StmtKind::Assign { name, .. } | StmtKind::Def { name, .. } | StmtKind::Param { name, .. } => vec![&name.text],
        StmtKind::Type { .. } | StmtKind::Use { .. } | StmtKind::Expr(_) => Vec::new(),
        StmtKind::While { .. } | StmtKind::If { .. } => Vec::new(),
    }
}

/// The names of a pattern.
pub(super) fn names(pattern: &Pattern) -> Vec<&str> {
    match pattern {
        Pattern::Name(name) => vec![&name.text],
        Pattern::Wildcard(_) => Vec::new(),
        Pattern::Tuple(parts, _) => parts.iter().flat_map(names).collect(),
    }
}

/// Whether a name stands anywhere in an expression, also where something within it binds the name.
pub(super) fn mentions(expr: &Expr, name: &str) -> bool {
    let mut found = false;
    each(expr, &mut |at| {
        found |= match &at.kind {
            ExprKind::Name(text) => text == name,
            ExprKind::Call(called, _) | ExprKind::Command(called, _) => called.text == name,
            _ => false,
        };
    });
    found
}

/// Whether an expression itself binds a name: a lambda, a `let`, a comprehension.
pub(super) fn binds(expr: &Expr, name: &str) -> bool {
    let patterns = match &expr.kind {
        ExprKind::Lambda(patterns, _) => patterns.as_slice(),
        ExprKind::Let(pattern, ..) | ExprKind::Comprehension { pattern, .. } => std::slice::from_ref(pattern),
        _ => &[],
    };
    patterns.iter().any(|pattern| names(pattern).contains(&name))
}
