//! W1104: a side of joins is moved by each of them. W1105: a side of a join only adds duplicates.
//!
//! ```text
//! let users = rows                          let users = rows | partitionBy 8 | cache
//! for day in days { users | join day.., 8 } ...
//!
//! orders | join paid | map (k, (v, _)) -> (k, v) | distinct
//! orders | join paid.mapValues(_ -> ()).distinct() | map (k, (v, _)) -> (k, v) | distinct
//! ```
//!
//! W1104 fires where all that uses a variable are operators by key of two RDDs that name one number of partitions: placed
//! so before, its pairs stay where they are, and come in the same order. Without a number, an operator of two sides that
//! are placed alike has other partitions than before.
//!
//! W1105 fires where the values of the right side are dropped and duplicates of the result too. The pairs of the left
//! side lead, so that each element of the result comes first where it came before. A right side with one pair a key, or
//! one that is placed by its keys, is left alone.

use crate::base::diag::{Diag, Edit};
use crate::base::source::Span;
use crate::catalog::facts::Facts as Known;
use crate::syntax::ast::{Expr, ExprKind, Pattern, StmtKind};
use crate::types::ty::Ty;

use super::chain::{Chain, Step};
use super::edit::Op;
use super::facts::{Facts, Function, Params, has_effect};
use super::flow::{Flow, Role, Site, Var};
use super::program::Program;
use super::{errors, keyed, walk};

/// W1104: looks at variables.
pub(super) fn moved_again(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for var in &program.flow.vars {
        diags.extend(side(program, var));
    }
}

/// The message of W1104 about a variable.
pub(super) fn side(program: &Program<'_>, var: &Var<'_>) -> Option<Diag> {
    let Program { facts, flow } = program;
    let var = flow.var(var.name).filter(|known| known.span == var.span)?;
    let chain = flow.chain_of(var);
    let end = chain.steps.len();
    if !flow.is_shared(var) || keyed::placed(flow, chain, end).is_some() || end == 0 {
        return None;
    }
    let joins: Option<Vec<&Step<'_>>> = flow.uses(var.name).map(|(_, site)| joined_by(flow, site)).collect();
    let joins = joins?;
    let partitions = joins.first()?.arg("numPartitions")?;
    let same = |join: &&Step<'_>| join.arg("numPartitions").is_some_and(|n| same_number(n, partitions));
    let kept = chain.steps.iter().any(|step| step.persists());
    let known = is_known_before(facts, flow, partitions, var.span);
    if kept || !known || !joins.iter().all(same) || !facts.are_free(&["partitionBy", "cache"]) {
        return None;
    }
    if !flow.is_quiet(chain, end, facts) {
        return None;
    }
    let ops = [Op::new("partitionBy").with(facts.text(partitions.span)), Op::new("cache")];
    let edit = facts.append(chain, &ops);
    let diag = errors::moved_by_joins(var.span, joins[0].span, &super::edit::shown(&ops));
    Some(diag.fix_with(edit.map(|edit| vec![edit])))
}

/// The operator of two RDDs that a use of a variable goes to, with nothing between that forgets keys.
fn joined_by<'f, 'a>(flow: &'f Flow<'a>, site: &'f Site<'a>) -> Option<&'f Step<'a>> {
    let step = match site.chain.steps.iter().find(|step| !step.keeps_keys()) {
        Some(step) => step,
        None => match site.role {
            Role::Argument(site, step) => &flow.sites[site].chain.steps[step],
            Role::Let(_) | Role::Used | Role::Unknown => return None,
        },
    };
    step.places_all_by_hash().then_some(step)
}

fn same_number(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Int(a), ExprKind::Int(b)) => a == b,
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        _ => false,
    }
}

/// Whether a number is written, or the name of one that is set once before a place and never again.
fn is_known_before(facts: &Facts<'_>, flow: &Flow<'_>, number: &Expr, place: Span) -> bool {
    match &number.kind {
        ExprKind::Int(n) => *n > 0,
        ExprKind::Name(name) => {
            let sets = facts.program.body.iter().filter(|stmt| stmt.span.end <= place.start);
            let mut sets = sets.filter(|stmt| matches!(stmt.kind, StmtKind::Let { .. } | StmtKind::Param { .. }));
            flow.is_clear(name) && sets.any(|stmt| walk::bound(stmt).contains(&name.as_str()))
        }
        _ => false,
    }
}

/// W1105: looks at all chains.
pub(super) fn duplicates(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for site in &program.flow.sites {
        for at in 0..site.chain.steps.len() {
            if site.chain.steps[at].is("join") {
                diags.extend(doubled(program, &site.chain, at));
            }
        }
    }
}

fn doubled<'a>(program: &Program<'a>, chain: &Chain<'a>, at: usize) -> Option<Diag> {
    let Program { facts, flow } = program;
    let (join, next) = (&chain.steps[at], chain.steps.get(at + 1)?);
    let end = at + 1 + chain.steps[at + 1..].iter().position(|step| !step.is_elementwise())?;
    let quiet = |step: &Step<'a>| step.args.iter().all(|arg| !has_effect(&arg.value, &facts.effects));
    if !drops_right(facts, next) || !chain.steps[end].is("distinct") || !chain.steps[at..end].iter().all(quiet) {
        return None;
    }
    let other = join.arg("other")?;
    let right = facts.chain(other);
    if !is_unplaced(facts, flow, &right)
        || has_one_a_key(facts, flow, &right)
        || !facts.are_free(&["mapValues", "distinct"])
    {
        return None;
    }
    let diag = errors::join_duplicates(other.span, next.span, chain.steps[end].span);
    Some(diag.fix_all(deduplicated(other, join.args.len())))
}

fn deduplicated(other: &Expr, args: usize) -> Vec<Edit> {
    let insert = |at: u32, text: &str| Edit { span: Span { start: at, end: at, ..other.span }, text: text.to_owned() };
    let stages = " | mapValues (_ -> ()) | distinct";
    match &other.kind {
        ExprKind::Pipe(..) if args > 1 => {
            vec![insert(other.span.start, "("), insert(other.span.end, &format!("{stages})"))]
        }
        ExprKind::Pipe(..) => vec![insert(other.span.end, stages)],
        _ => vec![insert(other.span.end, ".mapValues(_ -> ()).distinct()")],
    }
}

/// Whether a step behind a join drops the values of the right side.
fn drops_right<'a>(facts: &Facts<'a>, step: &Step<'a>) -> bool {
    if step.is("keys") {
        return true;
    }
    let Some(function) = step.arg("f").and_then(|f| facts.function(f)) else { return false };
    let values = match (function.params, step.is("map"), step.is("mapValues")) {
        (Params::Parts([_, Pattern::Tuple(values, _)]), true, _) => values.as_slice(),
        (Params::Parts(values), _, true) => values,
        (_, true, _) => return uses_left_only(&function),
        (_, _, _) => return false,
    };
    match values {
        [_, Pattern::Wildcard(_)] => true,
        [_, right] => walk::names(right).iter().all(|name| !walk::mentions(function.body, name)),
        _ => false,
    }
}

/// Whether a function of `(key, (left, right))` uses `p[0]` and `p[1][0]` alone.
fn uses_left_only(function: &Function<'_>) -> bool {
    let Params::One(name) = function.params else { return matches!(function.params, Params::Ignored) };
    let is = |expr: &Expr, n: i64| matches!(expr.kind, ExprKind::Int(found) if found == n);
    let is_name = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(found) if found == name);
    let (mut names, mut fine, mut bound) = (0_usize, 0_usize, false);
    walk::each(function.body, &mut |at| {
        names += usize::from(is_name(at));
        bound |= walk::binds(at, name);
        if let ExprKind::Index(of, index) = &at.kind {
            let key = is_name(of) && is(index, 0);
            let left = is(index, 0) && matches!(&of.kind, ExprKind::Index(of, index) if is_name(of) && is(index, 1));
            fine += usize::from(key || left);
        }
    });
    names == fine && !bound
}

/// Whether pairs are surely not placed by their keys.
fn is_unplaced(facts: &Facts<'_>, flow: &Flow<'_>, chain: &Chain<'_>) -> bool {
    if let Some(step) = chain.steps.iter().rev().find(|step| !step.keeps_keys()) {
        return step.unplaces();
    }
    match chain.head_name() {
        Some(name) => flow.var(name).is_some_and(|var| is_unplaced(facts, flow, flow.chain_of(var))),
        None => facts.row(chain.head).is_some_and(|row| matches!(row.facts, Known::Source(_))),
    }
}

/// Whether there is surely one pair a key.
fn has_one_a_key<'a>(facts: &Facts<'a>, flow: &Flow<'a>, chain: &Chain<'a>) -> bool {
    let unit = |ty: &Ty| matches!(ty, Ty::Tuple(parts) if parts.is_empty());
    for (at, step) in chain.steps.iter().enumerate().rev() {
        if step.gives_one_a_key() || step.is("distinct") && chain.pair_before(at, facts).is_some_and(|(_, v)| unit(v)) {
            return true;
        }
        if !step.keeps_one_a_key() {
            return false;
        }
    }
    let var = chain.head_name().and_then(|name| flow.var(name));
    var.is_some_and(|var| has_one_a_key(facts, flow, flow.chain_of(var)))
}
