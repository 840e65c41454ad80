//! What Spark knows of where partitions lie, as far as `coalesce` asks (`--order pyspark`).
//!
//! A partition lies on the machine once the shuffle or the cache that it is narrowly made of has been computed, and its
//! shuffle brought it anything. `coalesce` asks when its partitions are first wanted: by an action, or by an operator that
//! takes its own number of partitions from there. Its groups are fixed from then on.

use std::collections::{HashMap, HashSet};

use crate::exec::errors::TaskResult;
use crate::exec::operators::sink::Output;
use crate::hir::Expr;
use crate::plan::coalesce::groups;
use crate::plan::node::{Action, NodeId, NodeKind, Partitioner, Place};

use super::job::Job;
use super::options::Order;

/// What lies on the machine.
#[derive(Default)]
pub(super) struct Located {
    /// Shuffles that have been computed.
    ran: HashSet<NodeId>,
    /// For shuffles that were asked about, the partitions that something came to.
    filled: HashMap<NodeId, Vec<bool>>,
    /// Partitions of caches that have been computed.
    cached: HashMap<NodeId, Vec<bool>>,
    /// Coalesced nodes whose groups are fixed.
    fixed: HashSet<NodeId>,
}

impl Located {
    /// What is known of a node is known of another one from now on.
    pub(super) fn rename(&mut self, from: NodeId, to: NodeId) {
        if self.ran.remove(&from) {
            self.ran.insert(to);
        }
        if self.fixed.remove(&from) {
            self.fixed.insert(to);
        }
        if let Some(filled) = self.filled.remove(&from) {
            self.filled.insert(to, filled);
        }
    }

    /// What is known of a node holds no more: it is written to files, of which Spark does not ask where they lie.
    pub(super) fn forget(&mut self, node: NodeId) {
        self.ran.remove(&node);
        self.filled.remove(&node);
        self.cached.remove(&node);
    }
}

impl Job<'_> {
    /// Fixes the groups of `coalesce` in what an RDD is made of.
    pub(super) fn fix_groups(&mut self, root: NodeId, expr: &Expr) -> TaskResult<()> {
        if self.plan.order != Order::PySpark || self.explained.is_some() {
            return Ok(());
        }
        for node in self.plan.needed(root, |_| false) {
            let Some(like) = self.plan.coalesced_like(node) else { continue };
            if self.located.fixed.insert(like)
                && let Some(found) = self.groups_of(like, expr)?
            {
                self.plan.set_groups(like, found);
            }
            self.plan.same_groups(node, like);
        }
        Ok(())
    }

    /// Fixes the groups of what the last operator asked for its number of partitions.
    pub(super) fn fix_asked(&mut self, expr: &Expr) -> TaskResult<()> {
        for node in self.plan.asked() {
            self.fix_groups(node, expr)?;
        }
        Ok(())
    }

    /// Notes that an RDD has been computed: all of it, or the first `taken` partitions.
    pub(super) fn note_computed(&mut self, root: NodeId, taken: Option<usize>) {
        if self.plan.order != Order::PySpark || self.explained.is_some() {
            return;
        }
        // Up to the first shuffle on each way, `take` has computed only what it looked at.
        let shuffles =
            |node: NodeId| matches!(self.plan.nodes[node].kind, NodeKind::Shuffle { .. } | NodeKind::CoGroup { .. });
        let near: HashSet<NodeId> = self.plan.needed(root, shuffles).into_iter().collect();
        let total = self.plan.nodes[root].partitions;
        for node in self.plan.needed(root, |_| false) {
            let partitions = self.plan.nodes[node].partitions;
            match (&self.plan.nodes[node].kind, taken) {
                (NodeKind::Shuffle { .. } | NodeKind::CoGroup { .. }, _) => {
                    self.located.ran.insert(node);
                }
                (NodeKind::Cache { .. }, Some(taken)) if near.contains(&node) => {
                    let known = self.located.cached.entry(node).or_insert_with(|| vec![false; partitions]);
                    let seen = if partitions == total { taken.min(partitions) } else { 0 };
                    known[..seen].fill(true);
                }
                (NodeKind::Cache { .. }, _) => {
                    self.located.cached.insert(node, vec![true; partitions]);
                }
                (_, _) => {}
            }
        }
    }

    /// Which partitions a coalesced node joins, if not neighbours.
    fn groups_of(&mut self, node: NodeId, expr: &Expr) -> TaskResult<Option<Vec<Vec<usize>>>> {
        let NodeKind::Coalesce { input, .. } = self.plan.nodes[node].kind else { return Ok(None) };
        let mut lies = Vec::new();
        for partition in 0..self.plan.nodes[input].partitions {
            lies.push(self.lies(input, partition, expr)?);
        }
        Ok(groups(&lies, self.plan.nodes[node].partitions))
    }

    /// Whether a partition, or any that it is narrowly made of, lies on the machine.
    fn lies(&mut self, node: NodeId, partition: usize, expr: &Expr) -> TaskResult<bool> {
        let (mut work, mut seen) = (vec![(node, partition)], HashSet::new());
        while let Some((node, partition)) = work.pop() {
            if !seen.insert((node, partition)) {
                continue;
            }
            if self.located.cached.get(&node).is_some_and(|known| known[partition]) {
                return Ok(true);
            }
            match self.made_of(node, partition) {
                Some(parents) => work.extend(parents),
                None if self.located.ran.contains(&node) && self.is_filled(node, partition, expr)? => return Ok(true),
                None => {}
            }
        }
        Ok(false)
    }

    /// The partitions that one is narrowly made of; nothing for those of a shuffle.
    fn made_of(&self, node: NodeId, partition: usize) -> Option<Vec<(NodeId, usize)>> {
        let partitions = |node: NodeId| self.plan.nodes[node].partitions;
        let of = &self.plan.nodes[node];
        let in_place = |input: &NodeId| self.plan.nodes[*input].partitioner == Some(Partitioner::Hash(of.partitions));
        Some(match &of.kind {
            NodeKind::Source { .. } => Vec::new(),
            NodeKind::Narrow { input, .. } | NodeKind::MapPartitions { input, .. } | NodeKind::Cache { input, .. } => {
                vec![(*input, partition)]
            }
            NodeKind::Coalesce { input, groups } => groups[partition].iter().map(|parent| (*input, *parent)).collect(),
            NodeKind::Union { inputs } if of.partitioner.is_some() => {
                inputs.iter().map(|input| (*input, partition)).collect()
            }
            NodeKind::Union { inputs } => {
                let mut left = partition;
                let mut inputs = inputs.iter();
                let input = inputs.find(|input| {
                    let here = left < partitions(**input);
                    left -= if here { 0 } else { partitions(**input) };
                    here
                });
                input.map(|input| (*input, left)).into_iter().collect()
            }
            NodeKind::Zip { inputs } => inputs.iter().map(|input| (*input, partition)).collect(),
            NodeKind::Cartesian { inputs: [left, right] } => {
                let n = partitions(*right).max(1);
                vec![(*left, partition / n), (*right, partition % n)]
            }
            NodeKind::Shuffle { input, local: true, .. } => vec![(*input, partition)],
            NodeKind::Shuffle { input, place: Place::Hash, .. } if in_place(input) => vec![(*input, partition)],
            NodeKind::Shuffle { input, place: Place::Range { .. }, .. } if of.partitions == 1 => {
                (0..partitions(*input)).map(|parent| (*input, parent)).collect()
            }
            NodeKind::CoGroup { inputs, .. } if inputs.iter().all(in_place) => {
                inputs.iter().map(|input| (*input, partition)).collect()
            }
            NodeKind::Shuffle { .. } | NodeKind::CoGroup { .. } => return None,
        })
    }

    /// Whether a shuffle brought a partition anything.
    fn is_filled(&mut self, node: NodeId, partition: usize, expr: &Expr) -> TaskResult<bool> {
        if !self.located.filled.contains_key(&node) {
            let count = |output: Output| matches!(output, Output::Count(n) if n > 0);
            let outputs = self.on_the_side(node, &Action::Count, expr, |exec, graph| exec.run(graph))?;
            self.located.filled.insert(node, outputs.into_iter().map(count).collect());
        }
        Ok(self.located.filled[&node].get(partition).copied().unwrap_or(false))
    }
}
