//! The part of the driver's plan that an action needs, with what stands for RDDs that are stored.
//!
//! ```text
//! driver's plan: textFile ← map ← reduceByKey      record of the RDD of `map`: stored at MEMORY_ONLY
//! part:          textFile ← map ← cache ← combine by key
//! ```
//!
//! The nodes of the driver's plan say how RDDs are computed, and never change; where RDDs are stored changes while the job
//! runs, and whoever reads them finds that here.

use std::collections::HashMap;

use super::node::{Node, NodeId, NodeKind, Plan, SourceId};

/// The source that stands for the inputs of nodes whose output is at hand. Nothing reads it.
pub const NOT_READ: SourceId = SourceId(u32::MAX);

/// The storage of RDDs when an action is planned.
pub trait Storage {
    /// The nodes that stand for a node of the driver's plan, innermost first: the node itself or a source, then nodes
    /// that store its RDD. Each of these reads the one before.
    fn layers(&self, node: &Node) -> Vec<Node> {
        vec![node.clone()]
    }

    /// Whether the output of a node is at hand, as the driver's plan describes it.
    fn at_hand(&self, node: &Node) -> bool;

    /// Whether the output of a node, or a part of it, is used again by later actions.
    fn used_again(&self, node: &Node) -> bool;
}

/// The part of the driver's plan that an action on a node needs: a plan of its own, and the node that the action reads.
///
/// Of a node whose output is at hand, sources that nobody reads stand in the place of the inputs.
pub fn part(plan: &Plan, root: NodeId, storage: &dyn Storage) -> (Plan, NodeId) {
    let mut layers: HashMap<NodeId, Vec<Node>> = HashMap::new();
    let order = plan.reached(root, |id| {
        let all = layers.entry(id).or_insert_with(|| storage.layers(&plan.nodes[id]));
        if all.iter().any(|node| storage.at_hand(node)) { Vec::new() } else { all[0].inputs() }
    });
    let (mut out, mut new_ids) = (Plan::ordered(plan.order), HashMap::new());
    for id in order {
        let mut all = layers.remove(&id).expect("a node that is reached has layers");
        let at_hand = all.iter().rposition(|node| storage.at_hand(node));
        let mut inner = None;
        for (at, mut node) in all.drain(at_hand.unwrap_or(0)..).enumerate() {
            if at_hand.is_some() && at == 0 {
                let ends = node.inputs().into_iter().map(|input| (input, out.nodes.push(not_read(&plan.nodes[input]))));
                let ends: HashMap<_, _> = ends.collect();
                node.map_inputs(|input| ends[&input]);
            } else {
                node.map_inputs(|input| inner.unwrap_or_else(|| new_ids[&input]));
            }
            inner = Some(out.nodes.push(node));
        }
        new_ids.insert(id, inner.expect("a node has at least one layer"));
    }
    let elided = plan.elided.iter().filter_map(|(node, span)| Some((*new_ids.get(node)?, *span)));
    out.elided = elided.collect();
    let root = new_ids[&root];
    (out, root)
}

/// A source with the facts of a node that is not needed.
fn not_read(node: &Node) -> Node {
    let kind = NodeKind::Source { source: NOT_READ, what: "kept".into() };
    Node { kind, ..node.clone() }
}
