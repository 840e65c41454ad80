//! The RDDs of a job: how each is computed, and a record of what else is known of it.
//!
//! A node of the plan says how an RDD is computed and never changes. Its record does: `setName`, `persist`, `unpersist`,
//! `checkpoint` and what actions have computed change it, and whoever holds the RDD, or has made another of it before, finds
//! the change when an action is planned ([`Storage::layers`]). PySpark does the same.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::base::source::Span;
use crate::opt;
use crate::plan::level::NOT_KEPT;
use crate::plan::node::{Level, Node, NodeId, NodeKind, Plan, RddId, Reusable, SourceId};
use crate::plan::part::Storage;
use crate::runtime::spark::placing::Order;

/// The RDDs of a job.
pub(super) struct Rdds {
    /// How they are computed. A node's inputs are the nodes that compute other RDDs, wherever those are stored.
    pub(super) plan: Plan,
    records: BTreeMap<RddId, Rdd>,
    /// The record of an RDD of which nothing is known.
    plain: Rdd,
}

/// The record of an RDD, beside the way it is computed.
#[derive(Default)]
pub(super) struct Rdd {
    /// Its name.
    pub(super) name: Option<String>,
    /// Where `persist` stores it.
    stored: Option<Stored>,
    /// Its checkpoint.
    pub(super) checkpoint: Option<Checkpoint>,
    /// Where its partitions lie.
    pub(super) locality: Locality,
}

/// How an RDD is stored once it is computed.
struct Stored {
    /// The node that does so; it reads the node that computes the RDD.
    node: NodeId,
    level: Level,
}

/// A checkpoint: once an action has read the RDD, its rows take the place of its lineage.
pub(super) struct Checkpoint {
    stored: Stored,
    /// The rows, once they are written.
    pub(super) written: Option<Written>,
}

/// The rows of a checkpoint.
pub(super) struct Written {
    /// They are an input of the job.
    pub(super) source: SourceId,
    /// The name of the input in plans.
    pub(super) what: String,
    /// Their directory, unless this process holds them.
    pub(super) file: Option<String>,
}

/// The partitions whose place Spark knows, and the groups that followed from it.
#[derive(Default)]
pub(super) struct Locality {
    /// Whether its shuffle has run.
    pub(super) ran: bool,
    /// The partitions to which the shuffle brought anything, once that was asked.
    pub(super) filled: Option<Vec<bool>>,
    /// The partitions that have been computed and stored.
    pub(super) cached: Option<Vec<bool>>,
    /// The groups of a coalesced RDD, once they are chosen.
    pub(super) groups: Option<Arc<[Vec<usize>]>>,
}

impl Rdd {
    /// The level at which `persist` stores it.
    pub(super) fn level(&self) -> Option<Level> {
        self.stored.as_ref().map(|stored| stored.level)
    }

    /// Whether it is stored, or will be.
    pub(super) fn is_stored(&self) -> bool {
        self.stored.is_some() || self.checkpoint.is_some()
    }

    /// Whether its lineage is not needed any more.
    pub(super) fn is_checkpointed(&self) -> bool {
        self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.written.is_some())
    }

    /// The level of a checkpoint that is still to be written.
    pub(super) fn open_checkpoint(&self) -> Option<Level> {
        self.checkpoint.as_ref().filter(|checkpoint| checkpoint.written.is_none()).map(|mark| mark.stored.level)
    }

    /// The levels at which actions store its rows, outermost first.
    pub(super) fn levels(&self) -> impl Iterator<Item = Level> {
        self.level().into_iter().chain(self.open_checkpoint())
    }

    /// Its storage level, as Spark prints it.
    pub(super) fn level_text(&self) -> String {
        let local = self.checkpoint.as_ref().is_some_and(Checkpoint::is_local);
        let level = self.level().or(local.then_some(Level::LocalCheckpoint));
        level.map_or_else(|| NOT_KEPT.into(), |level| level.text(local))
    }
}

impl Checkpoint {
    /// Whether this process holds the rows, or will.
    pub(super) fn is_local(&self) -> bool {
        self.stored.level == Level::LocalCheckpoint
    }
}

impl Rdds {
    /// No RDDs yet.
    pub(super) fn new(order: Order) -> Self {
        Self { plan: Plan::ordered(order), records: BTreeMap::new(), plain: Rdd::default() }
    }

    /// The record of an RDD.
    pub(super) fn get(&self, rdd: RddId) -> &Rdd {
        self.records.get(&rdd).unwrap_or(&self.plain)
    }

    /// The record of an RDD, to change it.
    pub(super) fn get_mut(&mut self, rdd: RddId) -> &mut Rdd {
        self.records.entry(rdd).or_default()
    }

    /// The node that computes an RDD.
    pub(super) fn node(&self, rdd: RddId) -> &Node {
        &self.plan.nodes[rdd.node()]
    }

    /// Stores an RDD that is not stored yet from the next action on.
    pub(super) fn persist(&mut self, rdd: RddId, level: Level, span: Span) {
        let stored = self.store(rdd, level, span);
        self.get_mut(rdd).stored = Some(stored);
    }

    /// Stores an RDD no more, and gives the level at which it was stored.
    pub(super) fn unpersist(&mut self, rdd: RddId) -> Option<Level> {
        self.get_mut(rdd).stored.take().map(|stored| stored.level)
    }

    /// Marks an RDD for a checkpoint, if it is not marked.
    pub(super) fn mark(&mut self, rdd: RddId, level: Level, span: Span) {
        if self.get(rdd).checkpoint.is_none() {
            let stored = self.store(rdd, level, span);
            self.get_mut(rdd).checkpoint = Some(Checkpoint { stored, written: None });
        }
    }

    fn store(&mut self, rdd: RddId, level: Level, span: Span) -> Stored {
        Stored { node: self.plan.cache(rdd.node(), level, span), level }
    }

    /// Whether any RDD is marked whose checkpoint is still to be written.
    pub(super) fn has_open_checkpoints(&self) -> bool {
        self.records.values().any(|rdd| rdd.open_checkpoint().is_some())
    }

    /// The RDDs that one is made of, and itself, inputs first. Checkpoints have no lineage; RDDs that `stop` are listed, and
    /// not what they are made of.
    pub(super) fn lineage(&self, rdd: RddId, stop: impl Fn(RddId) -> bool) -> Vec<RddId> {
        let stops = |node| self.get(RddId::of(node)).is_checkpointed() || stop(RddId::of(node));
        self.plan.needed(rdd.node(), stops).into_iter().map(RddId::of).collect()
    }

    /// The outputs that actions on an RDD read, or make for others: on each way down its lineage those before the first that
    /// `ends` it, and that one. `disabled` are the passes that do not run: which shuffles stay in place follows from these.
    pub(super) fn outputs(
        &self,
        rdd: RddId,
        disabled: &[String],
        ends: impl Fn(RddId, Reusable) -> bool,
    ) -> HashSet<(RddId, Reusable)> {
        let mut found = HashSet::new();
        let mut end = |rdd, output| {
            found.insert((rdd, output));
            ends(rdd, output)
        };
        self.plan.reached(rdd.node(), |id| {
            let rdd = RddId::of(id);
            let record = self.get(rdd);
            if record.levels().any(|level| end(rdd, Reusable::Cache(level))) || record.is_checkpointed() {
                return Vec::new();
            }
            let node = &self.plan.nodes[id];
            let mut inputs = node.inputs();
            let mut in_place = opt::in_place(&self.plan, id, disabled).into_iter().enumerate();
            inputs.retain(|_| match in_place.next() {
                Some((side, false)) if matches!(node.kind, NodeKind::CoGroup { .. }) => !end(rdd, Reusable::Side(side)),
                Some((_, false)) => !end(rdd, Reusable::Shuffle),
                Some((_, true)) | None => true,
            });
            inputs
        });
        found
    }

    /// The groups of a coalesced RDD, as they are now.
    pub(super) fn groups<'a>(&'a self, node: &'a Node) -> Option<&'a Arc<[Vec<usize>]>> {
        let NodeKind::Coalesce { groups, chosen_with, .. } = &node.kind else { return None };
        let chosen = chosen_with.and_then(|with| self.get(with).locality.groups.as_ref());
        Some(chosen.unwrap_or(groups))
    }
}

/// The records of a job, and the RDDs that its actions have computed.
impl Storage for Rdds {
    fn layers(&self, node: &Node) -> Vec<Node> {
        let record = self.get(node.rdd);
        let mut first = node.clone();
        let chosen = self.groups(node);
        if let (NodeKind::Coalesce { groups, .. }, Some(chosen)) = (&mut first.kind, chosen) {
            *groups = chosen.clone();
        }
        let mut layers = vec![first];
        let checkpoint = record.checkpoint.as_ref();
        if let Some(Checkpoint { stored, written }) = checkpoint {
            let mut node = self.plan.nodes[stored.node].clone();
            if let Some(Written { source, what, .. }) = written {
                layers.clear();
                node.kind = NodeKind::Source { source: *source, what: what.clone() };
            }
            layers.push(node);
        }
        layers.extend(record.stored.as_ref().map(|stored| self.plan.nodes[stored.node].clone()));
        layers
    }

    fn at_hand(&self, _: &Node) -> bool {
        false
    }

    fn used_again(&self, _: &Node) -> bool {
        false
    }
}
