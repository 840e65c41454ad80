//! Checks that a plan is well formed; run after each pass.

use crate::types::ty::Ty;

use super::node::{Node, NodeId, NodeKind, Plan, Wide};

/// The mistakes in the part of a plan that `root` needs, or nothing.
pub fn verify(plan: &Plan, root: NodeId) -> Result<(), String> {
    for id in plan.needed(root, |_| false) {
        verify_node(plan, &plan.nodes[id]).map_err(|why| format!("node {}: {why}", id.0))?;
    }
    Ok(())
}

fn verify_node(plan: &Plan, node: &Node) -> Result<(), String> {
    match &node.kind {
        NodeKind::Source { .. } | NodeKind::MapPartitions { .. } => Ok(()),
        NodeKind::Coalesce { input, .. } | NodeKind::Cache { input, .. } => same(&plan.nodes[*input].elem, &node.elem),
        NodeKind::Narrow { input, steps } => {
            let last = steps.last().map_or(&plan.nodes[*input].elem, |step| &step.elem);
            same(last, &node.elem)?;
            (node.partitions == plan.nodes[*input].partitions)
                .then_some(())
                .ok_or_else(|| "a narrow chain changes the number of partitions".into())
        }
        NodeKind::Union { inputs } => inputs.iter().try_for_each(|input| same(&plan.nodes[*input].elem, &node.elem)),
        NodeKind::Zip { inputs: [l, r] } | NodeKind::Cartesian { inputs: [l, r] } => {
            let pair = Ty::pair(plan.nodes[*l].elem.clone(), plan.nodes[*r].elem.clone());
            same(&pair, &node.elem)
        }
        NodeKind::Shuffle { input, wide, .. } => {
            let from = &plan.nodes[*input];
            match wide {
                Wide::Keep | Wide::Sort { .. } => same(&from.elem, &node.elem),
                Wide::Group => {
                    let (key, value) = from.pair();
                    same(&Ty::pair(key.clone(), Ty::list(value.clone())), &node.elem)
                }
                Wide::Combine(_) => same(from.pair().0, node.pair().0),
            }
        }
        NodeKind::CoGroup { inputs: [l, r], .. } => {
            same(plan.nodes[*l].pair().0, plan.nodes[*r].pair().0)?;
            same(plan.nodes[*l].pair().0, node.pair().0)
        }
    }
}

fn same(want: &Ty, got: &Ty) -> Result<(), String> {
    if want == got { Ok(()) } else { Err(format!("{got} where {want} arrives")) }
}
