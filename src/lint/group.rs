//! W1101: values are grouped only to be reduced.
//!
//! ```text
//! r | groupByKey | mapValues len     r | mapValues (_ -> 1) | reduceByKey +
//! r | groupByKey | mapValues sum     r | reduceByKey +          ints that cannot be negative
//! r | groupByKey | mapValues max     r | reduceByKey max        no floats
//! ```
//!
//! Both sides have the same keys in the same order of arrival, in the same partitions. A sum in another order is the same
//! only for ints, and only if no part of it can leave the 64 bits that the whole stays in: so none may be negative. Sums
//! of floats depend on the order; the largest of floats does where a `nan` or a `-0.0` is among them.

use crate::base::codes;
use crate::base::diag::Diag;
use crate::types::ty::Ty;

use super::Program;
use super::chain::Chain;
use super::edit::{Op, shown};
use super::values::{Reduction, is_exact};

/// Looks at all chains.
pub(super) fn check(program: &Program<'_>, diags: &mut Vec<Diag>) {
    for site in &program.flow.sites {
        let chain = &site.chain;
        for at in 1..chain.steps.len() {
            if chain.steps[at - 1].is("groupByKey") && chain.steps[at].is("mapValues") {
                diags.extend(grouped(program, chain, at - 1));
            }
        }
    }
}

fn grouped<'a>(program: &Program<'a>, chain: &Chain<'a>, at: usize) -> Option<Diag> {
    let facts = &program.facts;
    let (group, mapped) = (&chain.steps[at], &chain.steps[at + 1]);
    let reduction = facts.reduction(mapped.arg("f")?)?;
    let (_, value) = chain.pair_before(at, facts)?;
    let partitions = group.arg("numPartitions").map(|n| facts.text(n.span).to_owned());
    let reduce = |func: &str| Op::new("reduceByKey").with(func).with_some(partitions.clone());
    let ops = match reduction {
        Reduction::Len => vec![Op::new("mapValues").with("_ -> 1"), reduce("+")],
        Reduction::Sum if *value == Ty::Int && facts.values_not_negative(chain, at, &program.flow) => vec![reduce("+")],
        Reduction::Max if is_exact(value) => vec![reduce("max")],
        Reduction::Min if is_exact(value) => vec![reduce("min")],
        Reduction::Sum | Reduction::Max | Reduction::Min => return None,
    };
    if !facts.are_free(&["mapValues", "reduceByKey", "max", "min"]) {
        return None;
    }
    let diag = Diag::warning(
        codes::GROUP_THEN_REDUCE,
        "values are grouped only to be reduced",
        group.span,
        "all values of a key are brought together here",
    )
    .also(mapped.span, "and one is made of them here")
    .help(format!("reduce them as they come: `{}`", shown(&ops)));
    Some(match facts.replace(chain, at, at + 1, &ops) {
        Some(edit) => diag.fix_all(vec![edit]),
        None => diag,
    })
}
