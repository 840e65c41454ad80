//! Plans as text, for `sparkc explain`.
//!
//! ```text
//! combine by key  (str, int)  2 partitions, hash(2)      reduceByKey @ 3:5
//!   flatMap, map  (str, int)  2 partitions
//!     textFile in/x  str  2 partitions
//! ```

use std::collections::HashMap;
use std::fmt::Write;

use crate::base::source::Sources;
use crate::runtime::spark::sample::Draw;

use super::node::{Node, NodeId, NodeKind, Numbering, Partitioner, Place, Plan, Step, StepOp, Wide};

/// The part of a plan that `root` needs, as a tree; a node that is used twice is printed once and then referred to.
pub fn print_plan(plan: &Plan, root: NodeId, sources: &Sources) -> String {
    let mut out = String::new();
    let mut numbers: HashMap<NodeId, usize> = HashMap::new();
    let mut uses: HashMap<NodeId, usize> = HashMap::new();
    for id in plan.needed(root, |_| false) {
        plan.nodes[id].inputs().iter().for_each(|input| *uses.entry(*input).or_default() += 1);
    }
    let mut work = vec![(root, 0)];
    while let Some((id, depth)) = work.pop() {
        let node = &plan.nodes[id];
        let indent = "  ".repeat(depth.min(40));
        if let Some(number) = numbers.get(&id) {
            let _ = writeln!(out, "{indent}the same as #{number}");
            continue;
        }
        let mut mark = String::new();
        if uses.get(&id).copied().unwrap_or(0) > 1 {
            numbers.insert(id, numbers.len() + 1);
            mark = format!("#{} ", numbers[&id]);
        }
        let _ = writeln!(out, "{indent}{mark}{}", print_node(node, sources));
        work.extend(node.inputs().into_iter().rev().map(|input| (input, depth + 1)));
    }
    out
}

/// One node on one line.
pub fn print_node(node: &Node, sources: &Sources) -> String {
    let (line, col) = sources.line_col(node.span);
    let partitioner = node.partitioner.map_or(String::new(), |p| format!(", {}", print_partitioner(p)));
    let plural = if node.partitions == 1 { "" } else { "s" };
    format!(
        "{}  {}  {} partition{plural}{partitioner}  @ {line}:{col}",
        print_kind(&node.kind),
        node.elem,
        node.partitions
    )
}

/// A partitioner as in `hash(2)`.
pub fn print_partitioner(partitioner: Partitioner) -> String {
    match partitioner {
        Partitioner::Hash(n) => format!("hash({n})"),
        Partitioner::Range(_) => "range".into(),
        Partitioner::Custom(_) => "custom".into(),
    }
}

fn print_kind(kind: &NodeKind) -> String {
    match kind {
        NodeKind::Source { what, .. } => what.clone(),
        NodeKind::Narrow { steps, .. } => print_steps(steps),
        NodeKind::MapPartitions { .. } => "mapPartitions".into(),
        NodeKind::Coalesce { .. } => "coalesce".into(),
        NodeKind::Union { .. } => "union".into(),
        NodeKind::Zip { .. } => "zip".into(),
        NodeKind::Cartesian { .. } => "cartesian".into(),
        NodeKind::Shuffle { place, wide, local, .. } => print_shuffle(place, wide, *local),
        NodeKind::CoGroup { local, .. } => {
            let side = |local: bool| if local { "in place" } else { "shuffled" };
            format!("cogroup (left {}, right {})", side(local[0]), side(local[1]))
        }
        NodeKind::Cache { level, .. } => format!("cache {}", level.name()),
    }
}

/// Steps by their names.
pub fn print_steps(steps: &[Step]) -> String {
    let names: Vec<_> = steps.iter().map(|step| step_name(&step.op)).collect();
    if names.is_empty() { "pass".into() } else { names.join(", ") }
}

/// A step's name.
pub fn step_name(op: &StepOp) -> &'static str {
    match op {
        StepOp::Map(_) => "map",
        StepOp::Filter(_) => "filter",
        StepOp::FlatMap(_) => "flatMap",
        StepOp::Sample { draw: Draw::Between(..), .. } => "randomSplit",
        StepOp::Sample { .. } => "sample",
        StepOp::SampleBy { .. } => "sampleByKey",
        StepOp::Number(Numbering::Index) => "zipWithIndex",
        StepOp::Number(Numbering::UniqueId) => "zipWithUniqueId",
    }
}

fn print_shuffle(place: &Place, wide: &Wide, local: bool) -> String {
    let what = match wide {
        Wide::Keep => "partition",
        Wide::Group => "group by key",
        Wide::Combine(combine) if combine.map_side => "combine by key (map side too)",
        Wide::Combine(_) => "combine by key",
        Wide::Sort { ascending: true } => "sort by key",
        Wide::Sort { ascending: false } => "sort by key, descending",
    };
    let how = match (place, local) {
        (_, true) | (Place::Here, _) => ", in place",
        (Place::RoundRobin, _) => ", dealt in turn",
        (Place::Custom(_), _) => ", by the job's function",
        (Place::Hash | Place::Range { .. }, _) => "",
    };
    format!("{what}{how}")
}
