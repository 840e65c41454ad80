//! The end of a walk: inferred types are put into the program, a type that nothing determines becomes `()`, and names that
//! nothing uses are reported.

use std::collections::{HashMap, HashSet};

use crate::base::diag::Severity;
use crate::base::source::Span;
use crate::hir::walk::each_expr_mut;
use crate::hir::{self, Expr, LocalId, Stmt};
use crate::types::signature::Constraint;
use crate::types::ty::Ty;

use super::scope::Scope;
use super::{Checked, Checker, DeclaredWhat, Infer, RangeName, RangeUse, Waiting, errors};

impl Checker<'_> {
    pub(super) fn finish(mut self, mut body: Vec<Stmt>) -> Checked {
        self.unused(body.is_empty());
        let ranges = self.drop_unread_ranges(&mut body);
        self.open_lets();
        self.waiting_constraints();
        let mut params = std::mem::take(&mut self.params);
        let infer = &self.infer;
        if self.diags.iter().all(|diag| diag.severity != Severity::Error) {
            stmts(infer, &mut body);
            for param in &mut params {
                param.ty = close(infer, &param.ty);
                param.default.iter_mut().for_each(|default| expr(infer, default));
            }
        }
        let mut locals = crate::base::index::IndexVec::new();
        for local in self.locals.iter() {
            locals.push(hir::Local { name: local.name.clone(), ty: close(infer, &local.ty) });
        }
        let types = self.types.into_iter().map(|(id, ty)| (id, close(infer, &ty))).collect();
        let stage_types = self.stage_types.into_iter().map(|(span, ty)| (span, close(infer, &ty))).collect();
        let lets = self.lets.into_iter().map(|(name, ty)| (name, close(infer, &ty))).collect();
        Checked {
            parsing: std::time::Duration::ZERO,
            program: Some(hir::Program { params, body, locals }),
            diags: self.diags,
            ast: Vec::new(),
            types,
            uses: self.uses,
            stages: self.stages,
            stage_types,
            functions: self.functions,
            ranges,
            lets,
        }
    }

    /// Constraints whose types were found later. A number that nothing determines is an int.
    fn waiting_constraints(&mut self) {
        for Waiting { ty, constraint, function, span } in std::mem::take(&mut self.waiting) {
            let found = self.infer.zonk(&ty, None);
            match (constraint.holds(&found), constraint) {
                (Some(true), _) => {}
                (Some(false), _) => {
                    let found = self.show(&found);
                    self.report(&Scope::top(), errors::constraint(span, &function, constraint, &found));
                }
                (None, Constraint::Num) => {
                    self.infer.unify(&found, &Ty::Int);
                }
                (
                    None,
                    Constraint::Key
                    | Constraint::Ord
                    | Constraint::Less
                    | Constraint::Eq
                    | Constraint::Show
                    | Constraint::Json,
                ) => {}
            }
        }
    }

    /// A name for a `range` that is only used as an RDD has no list, and one that is only used as a list no RDD.
    fn drop_unread_ranges(&mut self, body: &mut Vec<Stmt>) -> HashMap<Span, RangeUse> {
        let ranges = std::mem::take(&mut self.ranges);
        if ranges.is_empty() {
            return HashMap::new();
        }
        for (local, range) in
            ranges.iter().map(|(local, range)| (*local, range)).collect::<std::collections::BTreeMap<_, _>>()
        {
            let shown = self.lets.iter_mut().find(|(name, _)| **name == *self.locals[local].name);
            if let (Some((_, ty)), true) = (shown, range.rdds > 0 && range.lists == 0) {
                *ty = self.locals[range.rdd].ty.clone();
            }
        }
        let unused: HashSet<LocalId> = ranges.values().filter(|range| range.rdds == 0).map(|range| range.rdd).collect();
        drop_sets(body, &|local| unused.contains(&local) || ranges.get(&local).is_some_and(|range| range.lists == 0));
        let used = |range: RangeName| (range.name, RangeUse { list: range.lists > 0, rdd: range.rdds > 0 });
        ranges.into_values().map(used).collect()
    }

    /// A variable whose type nothing determines.
    fn open_lets(&mut self) {
        if self.diags.iter().any(|diag| diag.severity == Severity::Error) {
            return;
        }
        for item in &self.declared {
            if let DeclaredWhat::Let(local) = item.what {
                let ty = self.infer.zonk(&self.locals[local].ty, None);
                if is_open(&ty) {
                    let diag = errors::open_let(item.span, item.name, &self.show(&ty));
                    self.diags.push(diag);
                }
            }
        }
    }

    /// Reports what nothing uses; the functions of a file without statements are there for others to `use`.
    fn unused(&mut self, only_definitions: bool) {
        // A function that only an unused function uses is reported by the latter alone.
        let declared = std::mem::take(&mut self.declared);
        let mut unused_defs = Vec::new();
        for item in &declared {
            if let DeclaredWhat::Def(def) = &item.what
                && !self.used_defs.contains(&def.name.span)
            {
                unused_defs.push((def.clone(), item.name));
            }
        }
        for (def, name) in unused_defs {
            self.check_unused(&def);
            if !only_definitions && !name.starts_with('_') && !self.used_defs.contains(&def.name.span) {
                self.report(&Scope::top(), errors::unused_def(def.name.span, name));
            }
        }
        for item in &declared {
            match item.what {
                DeclaredWhat::Let(local) if !self.used.contains(&local) => {
                    let rdd = matches!(self.infer.resolve(&self.locals[local].ty), Ty::Rdd(_));
                    self.report(&Scope::top(), errors::unused_let(item.span, item.name, rdd));
                }
                DeclaredWhat::Param(local) if !self.used.contains(&local) => {
                    self.report(&Scope::top(), errors::unused_param(item.span, item.name));
                }
                DeclaredWhat::Let(_) | DeclaredWhat::Param(_) | DeclaredWhat::Def(_) => {}
            }
        }
        self.declared = declared;
    }
}

/// The type that was found; what is still open is never looked at, and is `()`.
fn close(infer: &Infer, ty: &Ty) -> Ty {
    infer.zonk(ty, Some(&Ty::Tuple(Vec::new())))
}

/// Drops the statements that set these variables.
fn drop_sets(body: &mut Vec<Stmt>, dropped: &dyn Fn(LocalId) -> bool) {
    body.retain_mut(|stmt| {
        match stmt {
            Stmt::Set(local, _) if dropped(*local) => return false,
            Stmt::Set(..) | Stmt::Do(_) => {}
            Stmt::For(_, _, body) | Stmt::While(_, body) => drop_sets(body, dropped),
            Stmt::If(_, then, otherwise) => {
                drop_sets(then, dropped);
                drop_sets(otherwise, dropped);
            }
        }
        true
    });
}

/// Whether a type has a part that nothing determined.
pub(super) fn is_open(ty: &Ty) -> bool {
    match ty {
        Ty::Var(_) => true,
        Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Counter | Ty::Stats | Ty::Error => false,
        Ty::Tuple(tys) => tys.iter().any(is_open),
        Ty::Record(fields) => fields.iter().any(|(_, ty)| is_open(ty)),
        Ty::Option(ty) | Ty::List(ty) | Ty::Set(ty) | Ty::Rdd(ty) => is_open(ty),
        Ty::Map(key, value) => is_open(key) || is_open(value),
        Ty::Func(params, result) => params.iter().any(is_open) || is_open(result),
    }
}

fn stmts(infer: &Infer, body: &mut [Stmt]) {
    each_expr_mut(body, &mut |value| expr(infer, value));
}

fn expr(infer: &Infer, value: &mut Expr) {
    value.each_mut(&mut |at| at.ty = close(infer, &at.ty));
}
