//! W1101: values are grouped only to be reduced.
//!
//! ```text
//! r | groupByKey | mapValues len     r | mapValues (_ -> 1) | reduceByKey +
//! r | groupByKey | mapValues sum     r | reduceByKey +          ints that cannot be negative
//! r | groupByKey | mapValues max     r | reduceByKey max        no floats
//! r | groupBy f | mapValues len      r | keyBy f | mapValues (_ -> 1) | reduceByKey +
//! ```
//!
//! `map (k, vs) -> (k, len(vs))` is the same, where nothing sees that the pairs are placed by their keys behind it.
//!
//! Both sides have the same keys in the same order of arrival, in the same partitions. A sum in another order is the same
//! only for ints, and only if no part of it can leave the 64 bits that the whole stays in: so none may be negative. Sums
//! of floats depend on the order; the largest of floats does where a `nan` or a `-0.0` is among them.

use crate::base::diag::Diag;
use crate::types::ty::Ty;

use super::chain::Chain;
use super::edit::{Op, shown};
use super::program::Program;
use super::values::{Reduction, is_exact};
use super::{errors, keyed};

/// Looks at all chains.
pub(super) fn check(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for (site, found) in program.flow.sites.iter().enumerate() {
        for at in 1..found.chain.steps.len() {
            if ["groupByKey", "groupBy"].iter().any(|name| found.chain.steps[at - 1].is(name)) {
                diags.extend(grouped(program, site, at - 1));
            }
        }
    }
}

fn grouped(program: &Program<'_>, site: usize, at: usize) -> Option<Diag> {
    let Program { facts, flow } = program;
    let chain = &flow.sites[site].chain;
    let (group, mapped) = (&chain.steps[at], &chain.steps[at + 1]);
    let func = mapped.arg("f")?;
    let reduction = if mapped.is("mapValues") {
        facts.reduction(func)?
    } else if mapped.is("map") && keyed::unseen(flow, site, at + 2) {
        facts.reduction_of_pairs(func)?
    } else {
        return None;
    };
    let ops = operators(program, chain, at, reduction)?;
    if !facts.are_free(&["keyBy", "mapValues", "reduceByKey", "max", "min"]) {
        return None;
    }
    let edit = facts.replace(chain, at, at + 1, &ops);
    Some(errors::grouped_to_be_reduced(group.span, mapped.span, &shown(&ops)).fix_with(edit.map(|edit| vec![edit])))
}

/// The operators that do the same without groups.
fn operators<'a>(program: &Program<'a>, chain: &Chain<'a>, at: usize, reduction: Reduction) -> Option<Vec<Op>> {
    let facts = &program.facts;
    let group = &chain.steps[at];
    let (mut ops, value, adds) = if group.is("groupBy") {
        let key = Op::new("keyBy").with(facts.text(group.arg("f")?.span));
        (vec![key], chain.elem_before(at, facts)?, false)
    } else {
        let (_, value) = chain.pair_before(at, facts)?;
        (Vec::new(), value, *value == Ty::Int && facts.values_not_negative(chain, at, &program.flow))
    };
    let partitions = group.arg("numPartitions").map(|n| facts.text(n.span).to_owned());
    let reduce = |func: &str| Op::new("reduceByKey").with(func).with_some(partitions.clone());
    let values = |func: &str| Op::new("mapValues").with(func);
    match reduction {
        Reduction::Len => ops.extend([values("_ -> 1"), reduce("+")]),
        Reduction::Sum if adds => ops.push(reduce("+")),
        Reduction::Mean if adds => {
            let plus = reduce("(a, b) -> (a[0] + b[0], a[1] + b[1])");
            ops.extend([values("v -> (v, 1)"), plus, values("s -> s[0] / s[1]")]);
        }
        Reduction::Max if is_exact(value) => ops.push(reduce("max")),
        Reduction::Min if is_exact(value) => ops.push(reduce("min")),
        Reduction::Sum | Reduction::Mean | Reduction::Max | Reduction::Min => return None,
    }
    Some(ops)
}
