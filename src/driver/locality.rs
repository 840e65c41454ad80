//! Where partitions lie as far as Spark knows it, which `coalesce` asks (`--order pyspark`).
//!
//! A partition lies on the machine once the shuffle or the cache that it is narrowly made of has been computed, and its
//! shuffle brought it anything. `coalesce` asks when its partitions are first wanted: by an action, or by an operator that
//! takes its own number of partitions from there. Its groups are fixed from then on.

use std::collections::HashSet;

use crate::exec::errors::TaskResult;
use crate::exec::operators::runtime::Output;
use crate::hir::Expr;
use crate::plan::coalesce::groups;
use crate::plan::node::{Action, NodeId, NodeKind, Partitioner, Place, RddId};

use super::job::Job;
use super::options::Order;

impl Job<'_> {
    /// Whether locality matters: PySpark's order is asked for, and the job runs.
    fn notes_locality(&self) -> bool {
        self.rdds.plan.order == Order::PySpark && self.explained.is_none()
    }

    /// Fixes the groups of `coalesce` in what an RDD is made of.
    pub(super) fn fix_groups(&mut self, root: RddId, expr: &Expr) -> TaskResult<()> {
        if !self.notes_locality() {
            return Ok(());
        }
        for rdd in self.rdds.lineage(root, |_| false) {
            if let NodeKind::Coalesce { chosen_with: Some(with), .. } = self.rdds.node(rdd).kind
                && self.rdds.get(with).locality.groups.is_none()
            {
                let found = self.groups_of(with, expr)?;
                let found = found.map(Into::into).or_else(|| self.rdds.groups(self.rdds.node(with)).cloned());
                self.rdds.get_mut(with).locality.groups = found;
            }
        }
        Ok(())
    }

    /// Fixes the groups of what the last operator asked for its number of partitions.
    pub(super) fn fix_asked(&mut self, expr: &Expr) -> TaskResult<()> {
        for node in self.rdds.plan.asked() {
            self.fix_groups(RddId::of(node), expr)?;
        }
        Ok(())
    }

    /// Notes that an RDD has been computed: all of it, or the first `taken` partitions.
    pub(super) fn note_computed(&mut self, root: RddId, taken: Option<usize>) {
        if !self.notes_locality() {
            return;
        }
        let is_wide = |rdd: RddId| {
            matches!(self.rdds.node(rdd).kind, NodeKind::Shuffle { .. } | NodeKind::CoGroup { .. })
                && !self.rdds.get(rdd).is_checkpointed()
        };
        // Up to the first shuffle on each way, `take` has computed only what it looked at.
        let near: HashSet<RddId> = self.rdds.lineage(root, is_wide).into_iter().collect();
        let computed: Vec<(RddId, bool)> =
            self.rdds.lineage(root, |_| false).into_iter().map(|rdd| (rdd, is_wide(rdd))).collect();
        let total = self.rdds.node(root).partitions;
        for (rdd, is_wide) in computed {
            let partitions = self.rdds.node(rdd).partitions;
            let record = self.rdds.get_mut(rdd);
            record.locality.ran |= is_wide;
            if record.levels().next().is_none() {
                continue;
            }
            let known = record.locality.cached.get_or_insert_with(|| vec![false; partitions]);
            let seen = match taken {
                Some(taken) if near.contains(&rdd) && partitions == total => taken.min(partitions),
                Some(_) if near.contains(&rdd) => 0,
                Some(_) | None => partitions,
            };
            known[..seen].fill(true);
        }
    }

    /// Which partitions a coalesced RDD joins, if not neighbours.
    fn groups_of(&mut self, rdd: RddId, expr: &Expr) -> TaskResult<Option<Vec<Vec<usize>>>> {
        let NodeKind::Coalesce { input, .. } = self.rdds.node(rdd).kind else { return Ok(None) };
        let mut lies = Vec::new();
        for partition in 0..self.rdds.plan.nodes[input].partitions {
            lies.push(self.lies(input, partition, expr)?);
        }
        Ok(groups(&lies, self.rdds.node(rdd).partitions))
    }

    /// Whether a partition, or any that it is narrowly made of, lies on the machine.
    fn lies(&mut self, node: NodeId, partition: usize, expr: &Expr) -> TaskResult<bool> {
        let (mut work, mut seen) = (vec![(node, partition)], HashSet::new());
        while let Some((node, partition)) = work.pop() {
            if !seen.insert((node, partition)) {
                continue;
            }
            let rdd = RddId::of(node);
            let record = self.rdds.get(rdd);
            if record.locality.cached.as_ref().is_some_and(|known| known[partition]) {
                return Ok(true);
            }
            match self.made_of(node, partition) {
                _ if record.is_checkpointed() => {}
                Some(parents) => work.extend(parents),
                None if record.locality.ran && self.is_filled(rdd, partition, expr)? => return Ok(true),
                None => {}
            }
        }
        Ok(false)
    }

    /// The partitions that one is narrowly made of; nothing for those of a shuffle.
    fn made_of(&self, node: NodeId, partition: usize) -> Option<Vec<(NodeId, usize)>> {
        let plan = &self.rdds.plan;
        let partitions = |node: NodeId| plan.nodes[node].partitions;
        let of = &plan.nodes[node];
        let in_place = |input: &NodeId| plan.nodes[*input].partitioner == Some(Partitioner::Hash(of.partitions));
        Some(match &of.kind {
            NodeKind::Source { .. } => Vec::new(),
            NodeKind::Narrow { input, .. } | NodeKind::MapPartitions { input, .. } | NodeKind::Cache { input, .. } => {
                vec![(*input, partition)]
            }
            NodeKind::Coalesce { input, groups, .. } => {
                let groups = self.rdds.groups(of).unwrap_or(groups);
                groups[partition].iter().map(|parent| (*input, *parent)).collect()
            }
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
    fn is_filled(&mut self, rdd: RddId, partition: usize, expr: &Expr) -> TaskResult<bool> {
        if self.rdds.get(rdd).locality.filled.is_none() {
            let count = |output: Output| matches!(output, Output::Count(n) if n > 0);
            let outputs = self.on_the_side(rdd, &Action::Count, expr, |exec, graph| exec.run(graph))?;
            self.rdds.get_mut(rdd).locality.filled = Some(outputs.into_iter().map(count).collect());
        }
        let filled = self.rdds.get(rdd).locality.filled.as_ref();
        Ok(filled.and_then(|filled| filled.get(partition)).copied().unwrap_or(false))
    }
}
