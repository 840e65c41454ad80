//! The plan of one action while passes work on it.
//!
//! Nodes are copied from the driver's plan, inputs first. A pass changes nodes in place and may append new ones anywhere;
//! [`Draft::compact`] then drops what is not needed any more and puts inputs before users again. *Fixed* nodes stand for
//! output that is at hand already, so no pass may change them.

use std::collections::HashMap;

use crate::base::index::{Id, IndexVec};
use crate::base::source::Span;
use crate::plan::node::{Action, Node, NodeId, NodeKind, Partitioner, Plan, SourceId};

/// The source that stands for the inputs of fixed nodes. Nothing reads it.
pub const NOT_READ: SourceId = SourceId(u32::MAX);

/// What earlier actions left, and what later ones will want.
pub struct Reuse<'a> {
    /// Nodes whose output is at hand, as the driver's plan describes it.
    pub kept: &'a dyn Fn(NodeId) -> bool,
    /// Nodes whose output will be kept for later actions.
    pub later: &'a dyn Fn(NodeId) -> bool,
}

/// The plan of one action while passes work on it.
pub struct Draft {
    /// The nodes.
    pub plan: Plan,
    /// The node that the action reads.
    pub root: NodeId,
    /// The action.
    pub action: Action,
    /// For each node the driver's node that it stands for.
    pub origin: Vec<NodeId>,
    /// Operators that made no node, with the partitioner that their input had already.
    pub elided: Vec<(Span, Partitioner)>,
    fixed: Vec<bool>,
    later: Vec<NodeId>,
}

impl Draft {
    /// A copy of what `root` needs; nodes that are kept are fixed.
    pub fn copy(plan: &Plan, root: NodeId, action: &Action, reuse: &Reuse<'_>) -> Self {
        let mut draft = Self {
            plan: Plan::ordered(plan.order),
            root,
            action: action.clone(),
            origin: Vec::new(),
            elided: Vec::new(),
            fixed: Vec::new(),
            later: plan.needed(root, reuse.kept).into_iter().filter(|id| (reuse.later)(*id)).collect(),
        };
        let stop = reuse.kept;
        let mut new_ids = HashMap::new();
        for id in plan.needed(root, stop) {
            let mut node = plan.nodes[id].clone();
            let fixed = stop(id);
            if fixed {
                let ends = node.inputs().into_iter().map(|input| (input, draft.not_read(plan, input)));
                let ends: HashMap<_, _> = ends.collect();
                node.map_inputs(|input| ends[&input]);
            } else {
                node.map_inputs(|input| new_ids[&input]);
            }
            new_ids.insert(id, draft.push(node, id, fixed));
        }
        draft.root = new_ids[&root];
        let elided = plan.elided.iter().filter(|(node, _)| new_ids.contains_key(node));
        draft.elided = elided.filter_map(|(node, span)| Some((*span, plan.nodes[*node].partitioner?))).collect();
        draft
    }

    /// A source with the facts of a node that is not copied.
    fn not_read(&mut self, plan: &Plan, id: NodeId) -> NodeId {
        let kind = NodeKind::Source { source: NOT_READ, what: "kept".into() };
        let node = Node { kind, ..plan.nodes[id].clone() };
        self.push(node, id, true)
    }

    fn push(&mut self, node: Node, origin: NodeId, fixed: bool) -> NodeId {
        self.origin.push(origin);
        self.fixed.push(fixed);
        self.plan.nodes.push(node)
    }

    /// Appends a node that stands for the same RDD of the driver as `like`.
    pub fn add(&mut self, node: Node, like: NodeId) -> NodeId {
        self.push(node, self.origin[like.index()], false)
    }

    /// A node, to change it.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.plan.nodes[id]
    }

    /// The nodes that are needed, inputs first.
    pub fn order(&self) -> Vec<NodeId> {
        self.plan.needed(self.root, |_| false)
    }

    /// Whether a node must stay as it is.
    pub fn is_fixed(&self, id: NodeId) -> bool {
        self.fixed[id.index()]
    }

    /// Whether what a node leaves is kept for later actions: its rows must stay as the driver's plan describes them.
    pub fn is_kept_for_later(&self, id: NodeId) -> bool {
        self.later.contains(&self.origin[id.index()])
    }

    /// How often each node is read by others, and the root by the action.
    pub fn uses(&self) -> IndexVec<NodeId, usize> {
        let mut uses = IndexVec::new();
        for _ in self.plan.nodes.iter() {
            uses.push(0);
        }
        uses[self.root] += 1;
        for id in self.order() {
            self.plan.nodes[id].inputs().into_iter().for_each(|input| uses[input] += 1);
        }
        uses
    }

    /// Drops nodes that are not needed and puts inputs before their users.
    pub fn compact(&mut self) {
        let order = self.order();
        let empty = Plan::ordered(self.plan.order);
        let old = std::mem::replace(&mut self.plan, empty);
        let (origin, fixed) = (std::mem::take(&mut self.origin), std::mem::take(&mut self.fixed));
        let mut new_ids = HashMap::with_capacity(order.len());
        for id in order {
            let mut node = old.nodes[id].clone();
            node.map_inputs(|input| new_ids[&input]);
            new_ids.insert(id, self.push(node, origin[id.index()], fixed[id.index()]));
        }
        self.root = new_ids[&self.root];
    }
}
