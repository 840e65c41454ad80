//! W1107: something is kept that is computed once at most. W1103, W1109: something is computed again that could be kept.
//!
//! ```text
//! r | map f | cache | count                     r | map f | count
//! let p = r | partitionBy 8                     let p = r | partitionBy 8 | cache       used by two joins
//! let p = textFile "x" | map parse              let p = textFile "x" | map parse | cache       used by two actions
//! ```
//!
//! An RDD that is stored between actions is worth its memory from the second use on. Sorts and `zipWithIndex` count for
//! two: Spark computes their input twice. A variable whose uses are not all understood is left alone. An RDD that is
//! computed again, reads no file and shuffles nothing is cheap. Functions with effects and rows that are left out show
//! how often they are computed: nothing is advised to keep what is made with them.

use crate::base::diag::Diag;
use crate::base::source::Span;
use crate::catalog::facts::{Facts, Origin};
use crate::catalog::words;
use crate::syntax::ast::{Expr, ExprKind};

use super::chain::Chain;
use super::edit::Op;
use super::flow::{Site, Var};
use super::program::Program;
use super::{errors, joined};

/// Looks for what is kept and used once.
pub(super) fn unused(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for (at, site) in program.flow.sites.iter().enumerate().filter(|(_, site)| !site.is_mark()) {
        for step in 0..site.chain.steps.len() {
            if site.chain.steps[step].persists() {
                diags.extend(kept(program, site, at, step));
            }
        }
    }
}

fn kept<'a>(program: &Program<'a>, site: &Site<'a>, at: usize, step: usize) -> Option<Diag> {
    // The part of a variable that it stores may serve other uses of the variable.
    if site.chain.is_on_variable(step) {
        return None;
    }
    let times = program.flow.reached(at, step + 1);
    let found = &site.chain.steps[step];
    if times.most != 1 || !found.args.iter().all(|level| is_level(&level.value)) {
        return None;
    }
    let edit = program.facts.replace(&site.chain, step, step, &[]);
    Some(errors::unused_persist(found.span, &found.name.text).fix_with(edit.map(|edit| vec![edit])))
}

/// Whether a storage level is one that exists: another one ends the job.
fn is_level(level: &Expr) -> bool {
    matches!(&level.kind, ExprKind::Str(level) if (words::LEVELS.accepts)(level))
}

/// W1103: pairs are placed once and moved again by each use.
pub(super) fn placed_again(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for var in &program.flow.vars {
        let Some(kind) = again(program, var) else { continue };
        if kind == Again::Placed {
            diags.extend(advice(program, var, errors::placed_not_kept));
        }
    }
}

/// W1109: a pipeline is computed again by each action.
pub(super) fn computed_again(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for var in &program.flow.vars {
        if again(program, var) == Some(Again::Computed) && joined::side(program, var).is_none() {
            diags.extend(advice(program, var, errors::computed_again));
        }
    }
}

/// The work that each use of a variable does again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// The last of it is that pairs are placed by their keys.
    Placed,
    /// Anything else that costs.
    Computed,
}

/// The work that several uses of a variable do again, if storing it would save that and cannot be seen.
fn again(program: &Program<'_>, var: &Var<'_>) -> Option<Again> {
    let flow = &program.flow;
    // Another variable may have this name.
    let var = flow.var(var.name).filter(|known| known.span == var.span)?;
    let chain = flow.chain_of(var);
    if !flow.is_shared(var) || !costs(program, chain) || !flow.is_quiet(chain, chain.steps.len(), &program.facts) {
        return None;
    }
    let last = chain.steps.iter().rev().find(|step| !step.keeps_keys());
    let placed = last.is_some_and(|step| step.is("partitionBy"));
    Some(if placed { Again::Placed } else { Again::Computed })
}

/// Whether what is not kept of a chain reads a file or moves elements.
fn costs(program: &Program<'_>, chain: &Chain<'_>) -> bool {
    let flow = &program.flow;
    for step in chain.steps.iter().rev() {
        if step.persists() {
            return false;
        }
        if step.moves() {
            return true;
        }
    }
    let reads_files = program.facts.row(chain.head).is_some_and(|row| row.facts == Facts::Source(Origin::Files));
    match chain.head_name() {
        // A variable that is shared itself is to be stored there, and one that a statement stores is stored.
        Some(name) => flow
            .var(name)
            .is_some_and(|var| !flow.is_marked(var) && !flow.is_shared(var) && costs(program, flow.chain_of(var))),
        None => !chain.steps.is_empty() && reads_files,
    }
}

fn advice(program: &Program<'_>, var: &Var<'_>, made: fn(Span, &[Span]) -> Diag) -> Option<Diag> {
    let facts = &program.facts;
    if !facts.are_free(&["cache"]) {
        return None;
    }
    let edit = facts.append(program.flow.chain_of(var), &[Op::new("cache")]);
    let uses: Vec<Span> = program.flow.uses(var.name).map(|(_, site)| site.chain.head.span).collect();
    Some(made(var.span, &uses).fix_with(edit.map(|edit| vec![edit])))
}
