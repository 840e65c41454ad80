//! The plan of one action while passes work on it.
//!
//! It begins as the part of the driver's plan that the action needs. A pass changes nodes in place and may append new ones
//! anywhere; [`Draft::compact`] then drops what is not needed any more and puts inputs before users again. *Fixed* nodes
//! stand for output that is at hand already, so no pass may change them.

use std::collections::{HashMap, HashSet};

use crate::base::index::{Id, IndexVec};
use crate::base::source::Span;
use crate::plan::node::{Action, Node, NodeId, NodeKind, Partitioner, Plan, RddId};
use crate::plan::part::{NOT_READ, Storage, part};

/// A thing that a pass did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The operator in the job.
    pub span: Span,
    /// The object, in a clause.
    pub text: String,
}

impl Note {
    /// A note on an operator.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }
}

/// The plan of one action while passes work on it.
pub struct Draft {
    /// The nodes.
    pub plan: Plan,
    /// The node that the action reads.
    pub root: NodeId,
    /// The action.
    pub action: Action,
    /// Operators that made no node, with the partitioner that their input had already.
    pub elided: Vec<(Span, Partitioner)>,
    fixed: Vec<bool>,
    used_again: HashSet<RddId>,
}

impl Draft {
    /// A plan for what `root` needs of the driver's plan; nodes whose output is at hand are fixed.
    pub fn new(plan: &Plan, root: NodeId, action: &Action, storage: &dyn Storage) -> Self {
        let (plan, root) = part(plan, root, storage);
        let is_fixed =
            |node: &Node| storage.at_hand(node) || matches!(node.kind, NodeKind::Source { source: NOT_READ, .. });
        let computed = plan.nodes.iter().filter(|node| !matches!(node.kind, NodeKind::Cache { .. }));
        let elided = plan.elided.iter().filter_map(|(node, span)| Some((*span, plan.nodes[*node].partitioner?)));
        Self {
            root,
            action: action.clone(),
            elided: elided.collect(),
            fixed: plan.nodes.iter().map(is_fixed).collect(),
            used_again: computed.filter(|node| storage.used_again(node)).map(|node| node.rdd).collect(),
            plan,
        }
    }

    fn push(&mut self, node: Node, fixed: bool) -> NodeId {
        self.fixed.push(fixed);
        self.plan.nodes.push(node)
    }

    /// Appends a node.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.push(node, false)
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

    /// Whether later actions use the output of a node again: its rows must stay as the driver's plan describes them.
    pub fn is_used_again(&self, id: NodeId) -> bool {
        self.used_again.contains(&self.plan.nodes[id].rdd)
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
        let fixed = std::mem::take(&mut self.fixed);
        let mut new_ids = HashMap::with_capacity(order.len());
        for id in order {
            let mut node = old.nodes[id].clone();
            node.map_inputs(|input| new_ids[&input]);
            new_ids.insert(id, self.push(node, fixed[id.index()]));
        }
        self.root = new_ids[&self.root];
    }
}
