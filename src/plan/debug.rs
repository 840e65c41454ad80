//! A lineage in the form of Spark's `toDebugString`.
//!
//! ```text
//! (2) ShuffledRDD[3] at job.spk:2:5 []
//!  +-(3) MapPartitionsRDD[2] at job.spk:1:40 []
//!     |  ones ParallelCollectionRDD[1] at job.spk:1:9 [Memory Serialized 1x Replicated]
//! ```
//!
//! A line a RDD: its number of partitions where they change, its name, what makes it, its number and place, and how it
//! is kept. The lineage that a shuffle reads is indented. A lineage that was printed above is not printed again.

use std::collections::HashSet;

use crate::base::source::Sources;

use super::node::{Level, Node, NodeId, NodeKind, Plan, RddId, Wide};

/// The lineage of a node of a plan that an action would run.
pub fn print_lineage<'n>(
    plan: &Plan,
    root: NodeId,
    name_of: impl Fn(RddId) -> Option<&'n str>,
    sources: &Sources,
) -> String {
    let mut out = Vec::new();
    let mut seen = HashSet::new();
    let mut work = vec![Line { node: root, prefix: String::new(), apart: true, last: true, first: true }];
    while let Some(line) = work.pop() {
        let (maker, level) = maker_of(plan, line.node);
        let node = &plan.nodes[maker];
        let name = name_of(node.rdd).map_or(String::new(), |name| format!("{name} "));
        let level = level.map_or(String::new(), |level| level.text(false));
        let again = if seen.insert(line.node) { "" } else { " …" };
        let text = format!("{name}{}[{}] at {} [{level}]{again}", class_of(node), node.rdd.0, sources.place(node.span));
        let below = line.below(node.partitions);
        out.push(format!("{}{text}", line.head(node.partitions)));
        if again.is_empty() {
            let inputs: Vec<(NodeId, bool)> = inputs_of(node);
            let count = inputs.len();
            let lines = inputs.into_iter().enumerate().map(|(at, (node, apart))| Line {
                node,
                prefix: below.clone(),
                apart,
                last: at + 1 == count,
                first: false,
            });
            work.extend(lines.rev());
        }
    }
    out.join("\n")
}

/// An RDD to print: `apart` if a shuffle reads it.
struct Line {
    node: NodeId,
    prefix: String,
    apart: bool,
    last: bool,
    first: bool,
}

impl Line {
    /// The text before the RDD.
    fn head(&self, partitions: usize) -> String {
        match (self.first, self.apart) {
            (true, _) => format!("({partitions}) "),
            (_, true) => format!("{}+-({partitions}) ", self.outer()),
            (_, false) => self.prefix.clone(),
        }
    }

    /// The prefix of what it is made of.
    fn below(&self, partitions: usize) -> String {
        let width = format!("({partitions})").len();
        let left = (width - 1) / 2;
        let bar = format!("{}|{}", " ".repeat(left), " ".repeat(width - left));
        match (self.first, self.apart) {
            (true, _) => bar,
            (_, true) => format!("{}{}{bar}", self.outer(), if self.last { "  " } else { "| " }),
            (_, false) => self.prefix.clone(),
        }
    }

    /// The prefix without its last bar.
    fn outer(&self) -> &str {
        self.prefix.trim_end().strip_suffix('|').unwrap_or(&self.prefix)
    }
}

/// The node that computes an RDD, behind those that store it, and the level at which they do.
fn maker_of(plan: &Plan, mut node: NodeId) -> (NodeId, Option<Level>) {
    let mut stored = None;
    while let NodeKind::Cache { input, level } = &plan.nodes[node].kind {
        stored = stored.or(Some(*level).filter(|level| *level != Level::Checkpoint));
        node = *input;
    }
    (node, stored)
}

/// The inputs of a node, and whether a shuffle reads them.
fn inputs_of(node: &Node) -> Vec<(NodeId, bool)> {
    let apart = match &node.kind {
        NodeKind::Shuffle { local, .. } => vec![!local],
        NodeKind::CoGroup { local, .. } => local.iter().map(|local| !local).collect(),
        NodeKind::Source { .. } | NodeKind::Narrow { .. } => Vec::new(),
        NodeKind::MapPartitions { .. } | NodeKind::Coalesce { .. } => Vec::new(),
        NodeKind::Union { .. } | NodeKind::Zip { .. } | NodeKind::Cartesian { .. } => Vec::new(),
        NodeKind::Cache { .. } => Vec::new(),
    };
    node.inputs().into_iter().enumerate().map(|(at, input)| (input, apart.get(at).copied().unwrap_or(false))).collect()
}

/// The class name that Spark gives such an RDD.
fn class_of(node: &Node) -> String {
    match &node.kind {
        NodeKind::Source { what, .. } => match what.split(' ').next() {
            Some("textFile" | "wholeTextFiles" | "binaryFiles" | "binaryRecords") => format!("{what} HadoopRDD"),
            Some("checkpoint") => "ReliableCheckpointRDD".into(),
            Some("localCheckpoint") => "LocalCheckpointRDD".into(),
            Some("emptyRDD") => "EmptyRDD".into(),
            Some(_) | None => "ParallelCollectionRDD".into(),
        },
        NodeKind::Narrow { .. } | NodeKind::MapPartitions { .. } => "MapPartitionsRDD".into(),
        NodeKind::Coalesce { .. } => "CoalescedRDD".into(),
        NodeKind::Union { .. } if node.partitioner.is_some() => "PartitionerAwareUnionRDD".into(),
        NodeKind::Union { .. } => "UnionRDD".into(),
        NodeKind::Zip { .. } => "ZippedPartitionsRDD2".into(),
        NodeKind::Cartesian { .. } => "CartesianRDD".into(),
        NodeKind::Shuffle { local: true, wide: Wide::Sort { .. }, .. } => "MapPartitionsRDD".into(),
        NodeKind::Shuffle { .. } => "ShuffledRDD".into(),
        NodeKind::CoGroup { .. } => "CoGroupedRDD".into(),
        NodeKind::Cache { .. } => String::new(),
    }
}
