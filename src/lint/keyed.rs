//! W1102: a map that leaves the keys alone, but does not say so.
//!
//! ```text
//! r | reduceByKey + | map (k, v) -> (k, v * 2) | groupByKey      r | reduceByKey + | mapValues (v -> v * 2) | groupByKey
//! ```
//!
//! Pairs that `reduceByKey` has brought together are moved again, because `map` might have changed the keys. It fires
//! only where that is so: pairs come placed by the hash of their keys, and go to an operator that places them so again,
//! in as many partitions. Then the pairs of each partition come from the same partition, in the same order. It does not
//! fire where another operator would see that the pairs are placed: a `join` of two that are placed alike has other
//! partitions. Nor where functions have effects: without the second move each action computes them again.

use crate::base::diag::Diag;
use crate::base::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Pattern};

use super::chain::{Chain, Step};
use super::edit::Op;
use super::facts::{Facts, Function, Params};
use super::flow::{Flow, Role};
use super::program::Program;
use super::values::part_of;
use super::{errors, walk};

/// Looks at all chains.
pub(super) fn check(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for (at, site) in program.flow.sites.iter().enumerate() {
        for step in 0..site.chain.steps.len() {
            if site.chain.steps[step].is("map") {
                diags.extend(mapped(program, at, &site.chain, step));
            }
        }
    }
}

fn mapped<'a>(program: &Program<'a>, site: usize, chain: &Chain<'a>, at: usize) -> Option<Diag> {
    let Program { facts, flow } = program;
    let step = &chain.steps[at];
    let text = on_values(facts, &facts.function(step.arg("f")?)?)?;
    let placed = placed(flow, chain, at)?;
    chain.pair_before(at, facts)?;
    if !facts.are_free(&["mapValues"]) || !unseen(flow, site, at + 1) {
        return None;
    }
    let again = again(program, site, at + 1, &placed)?;
    let ops = [Op::new("mapValues").with(text)];
    let edit = facts.replace(chain, at, at, &ops);
    let diag = errors::map_keeps_keys(step.span, placed.by.span, again, &super::edit::shown(&ops));
    Some(diag.fix_with(edit.map(|edit| vec![edit])))
}

/// The function of the values that a function of pairs is, if it gives the key back and does not look at it.
fn on_values(facts: &Facts<'_>, function: &Function<'_>) -> Option<String> {
    let ExprKind::Tuple(parts) = &function.body.kind else { return None };
    let [key, value] = parts.as_slice() else { return None };
    match function.params {
        Params::Parts([Pattern::Name(name), pattern]) => {
            let is_key = matches!(&key.kind, ExprKind::Name(found) if *found == name.text);
            if !is_key || walk::mentions(value, &name.text) || walk::names(pattern).contains(&name.text.as_str()) {
                return None;
            }
            let pattern = match pattern {
                Pattern::Name(value) => value.text.clone(),
                Pattern::Wildcard(_) => "_".to_owned(),
                Pattern::Tuple(_, span) => facts.text(*span).to_owned(),
            };
            Some(format!("{pattern} -> {}", body(facts, value, &[], "")))
        }
        Params::One(name) => {
            let values = parts_of(value, name)?;
            let is_key = part_of(key, name) == Some(0);
            is_key.then(|| format!("{name} -> {}", body(facts, value, &values, name)))
        }
        Params::Parts(_) | Params::Ignored => None,
    }
}

/// The places of `name[1]`; none if the name is used otherwise or bound again.
fn parts_of(expr: &Expr, name: &str) -> Option<Vec<Span>> {
    let (mut spans, mut names, mut bound) = (Vec::new(), 0, false);
    walk::each(expr, &mut |at| {
        if part_of(at, name) == Some(1) {
            spans.push(at.span);
        }
        names += usize::from(matches!(&at.kind, ExprKind::Name(found) if found == name));
        bound |= walk::binds(at, name);
    });
    (names == spans.len() && !bound).then_some(spans)
}

/// The text of an expression as the body of a lambda, with a name in some places.
fn body(facts: &Facts<'_>, expr: &Expr, places: &[Span], name: &str) -> String {
    let (mut out, mut at) = (String::new(), expr.span.start);
    for span in places {
        out += facts.text(Span { start: at, end: span.start, ..expr.span });
        out += name;
        at = span.end;
    }
    out += facts.text(Span { start: at, ..expr.span });
    if matches!(expr.kind, ExprKind::Pipe(..) | ExprKind::Let(..) | ExprKind::Command(..)) {
        format!("({out})")
    } else {
        out
    }
}

/// How pairs are placed by the hash of their keys.
pub(super) struct Placed<'f, 'a> {
    /// The partitioner of the pairs.
    pub(super) by: &'f Step<'a>,
    /// In how many partitions, if that is written; otherwise in as many as there were.
    pub(super) partitions: Option<&'a Expr>,
}

/// How pairs are placed before a step.
pub(super) fn placed<'f, 'a>(flow: &'f Flow<'a>, chain: &'f Chain<'a>, at: usize) -> Option<Placed<'f, 'a>> {
    for step in chain.steps[..at].iter().rev() {
        if step.keeps_keys() {
            continue;
        }
        return step.gives_placed().then(|| Placed { by: step, partitions: step.arg("numPartitions") });
    }
    let var = flow.var(chain.head_name()?)?;
    let chain = flow.chain_of(var);
    placed(flow, chain, chain.steps.len())
}

/// The place of an operator that would move the pairs to where they are, if nothing on the way had forgotten that.
fn again<'a>(program: &Program<'a>, site: usize, from: usize, placed: &Placed<'_, 'a>) -> Option<Span> {
    let Program { facts, flow } = program;
    let found = &flow.sites[site];
    for (at, step) in found.chain.steps.iter().enumerate().skip(from) {
        if step.keeps_keys() {
            continue;
        }
        // Elements that were shuffled are there for all actions; elements that were not are computed by each.
        let fits = step.places_by_hash() && same_partitions(step, placed) && flow.is_quiet(&found.chain, at, facts);
        return fits.then_some(step.span);
    }
    match found.role {
        Role::Let(var) => flow.uses(flow.vars[var].name).find_map(|(site, _)| again(program, site, 0, placed)),
        Role::Used | Role::Argument(..) | Role::Unknown => None,
    }
}

/// Whether a step has as many partitions as pairs are placed in.
fn same_partitions(step: &Step<'_>, placed: &Placed<'_, '_>) -> bool {
    match (step.arg("numPartitions"), placed.partitions) {
        (None, _) => true,
        (Some(own), Some(other)) => match (&own.kind, &other.kind) {
            (ExprKind::Int(own), ExprKind::Int(other)) => own == other,
            _ => false,
        },
        (Some(_), None) => false,
    }
}

/// Whether nothing behind a step can see whether its input is placed by the hash of its keys.
pub(super) fn unseen(flow: &Flow<'_>, site: usize, from: usize) -> bool {
    let found = &flow.sites[site];
    for step in &found.chain.steps[from..] {
        if step.keeps_keys() {
            continue;
        }
        let known = step.facts().is_some_and(|facts| facts.sees_elements_only());
        return is_placed_anew(step) || step.places_by_key() || step.is_action() && known;
    }
    match found.role {
        Role::Used => true,
        Role::Unknown => false,
        Role::Let(var) => match flow.var(flow.vars[var].name) {
            Some(var) => flow.uses(var.name).all(|(site, _)| unseen(flow, site, 0)),
            None => false,
        },
        Role::Argument(site, step) => is_placed_anew(&flow.sites[site].chain.steps[step]),
    }
}

/// Whether it is the same for all inputs of a step whether they are placed.
fn is_placed_anew(step: &Step<'_>) -> bool {
    step.forgets() || step.places_all_by_hash() && step.arg("numPartitions").is_some()
}
