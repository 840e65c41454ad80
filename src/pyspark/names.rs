//! Names of a program: all of them, so that made-up ones differ, and those of the driver that change.

use std::collections::{HashMap, HashSet};

use crate::syntax::ast::{Pattern, Program, Stmt, StmtKind};

/// Names that the top level and blocks bind.
pub(super) fn all_names(programs: &[Program]) -> HashSet<String> {
    let mut names = HashSet::new();
    for program in programs {
        for stmt in &program.body {
            let mut note = |name: &str, _: bool| names.extend([name.to_owned()]);
            bound(stmt, &mut note, 0);
        }
    }
    names
}

/// Names of the driver that get another value after their first: assigned, bound in a loop, or bound twice.
pub(super) fn changing_names(programs: &[Program]) -> HashSet<String> {
    let mut values: HashMap<String, usize> = HashMap::new();
    for program in programs {
        for stmt in &program.body {
            let mut note = |name: &str, changes: bool| {
                *values.entry(name.to_owned()).or_default() += if changes { 2 } else { 1 };
            };
            bound(stmt, &mut note, 0);
        }
    }
    values.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

fn bound(stmt: &Stmt, note: &mut impl FnMut(&str, bool), loops: usize) {
    match &stmt.kind {
        StmtKind::Let { pattern, .. } => pattern_names(pattern).iter().for_each(|name| note(name, loops > 0)),
        StmtKind::Assign { name, .. } => note(&name.text, true),
        StmtKind::Def { name, .. } | StmtKind::Param { name, .. } => note(&name.text, false),
        StmtKind::Type { .. } | StmtKind::Use { .. } | StmtKind::Expr(_) => {}
        StmtKind::For { pattern, body, .. } => {
            pattern_names(pattern).iter().for_each(|name| note(name, true));
            body.iter().for_each(|stmt| bound(stmt, note, loops + 1));
        }
        StmtKind::While { body, .. } => body.iter().for_each(|stmt| bound(stmt, note, loops + 1)),
        StmtKind::If { arms, otherwise } => {
            let bodies = arms.iter().map(|(_, body)| body).chain(otherwise);
            bodies.flatten().for_each(|stmt| bound(stmt, note, loops));
        }
    }
}

/// The names of a pattern.
pub(super) fn pattern_names(pattern: &Pattern) -> Vec<&str> {
    match pattern {
        Pattern::Name(name) => vec![&name.text],
        Pattern::Wildcard(_) => Vec::new(),
        Pattern::Tuple(parts, _) => parts.iter().flat_map(pattern_names).collect(),
    }
}

/// A pattern as Python writes targets of assignments; `_` for what is dropped. `bind` says what names are in Python.
pub(super) fn target<'a>(pattern: &'a Pattern, bind: &mut impl FnMut(&'a str) -> String) -> String {
    match pattern {
        Pattern::Name(name) => bind(&name.text),
        Pattern::Wildcard(_) => "_".to_owned(),
        Pattern::Tuple(parts, _) => {
            let parts: Vec<String> = parts.iter().map(|part| target(part, bind)).collect();
            if parts.len() == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
        }
    }
}
