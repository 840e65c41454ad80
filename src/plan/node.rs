//! The nodes of the plan.
//!
//! A plan is an arena: nodes refer to their inputs by id, and nothing recurses
//! over it, so a lineage may be as long as it likes. The driver appends to one plan while the job runs; an action takes
//! the part that it needs and hands it to the optimiser.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::index::{IndexVec, id};
use crate::base::source::Span;
use crate::runtime::spark::placing::Order;
use crate::runtime::spark::sample::Draw;
use crate::types::ty::Ty;

use super::func::Func;
pub use super::level::Level;

id!(pub NodeId, "Node of a plan.");
id!(pub RddId, "RDD of the job: the same in the driver's plan and in the plans of all actions.");
id!(pub SourceId, "Input of the job: files, a list or a range; `exec` knows what it is.");

/// A step of a computation: it gives the elements of an RDD.
#[derive(Clone, Debug)]
pub struct Node {
    /// The RDD whose elements it gives.
    pub rdd: RddId,
    /// How it is computed.
    pub kind: NodeKind,
    /// Type of its elements.
    pub elem: Ty,
    /// Number of its partitions.
    pub partitions: usize,
    /// How keys are placed in partitions, if that is known.
    pub partitioner: Option<Partitioner>,
    /// How PySpark serialises it.
    pub batching: Batching,
    /// The RDD of PySpark's batches as lists, if it was made by flattening these.
    pub batches: Option<RddId>,
    /// The operator in the job.
    pub span: Span,
}

/// How keys are placed in partitions. Equal partitioners place equal keys alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Partitioner {
    /// The stable hash of the key modulo the number of partitions.
    Hash(usize),
    /// Ranges of keys, found by sampling when this RDD was computed.
    Range(RddId),
    /// A function of the job, which this RDD was the first to use.
    Custom(RddId),
}

/// How PySpark serialises an RDD.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Batching {
    /// Element by element.
    Single,
    /// So many at once.
    Fixed(usize),
    /// Twice as many each time.
    Doubling,
    /// In pairs of what two RDDs have.
    Paired,
}

/// How an RDD is computed.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// Elements from outside.
    Source { source: SourceId, what: String },
    /// Element by element, within a partition.
    Narrow { input: NodeId, steps: Vec<Step> },
    /// The whole partition at once: `f(partition number, elements) -> elements`.
    MapPartitions { input: NodeId, func: Func },
    /// Partitions of the input by their numbers, those of a group joined to one. `chosen_with`: Spark chooses the groups by
    /// where partitions lie, and those of this RDD hold for the node.
    Coalesce { input: NodeId, groups: Arc<[Vec<usize>]>, chosen_with: Option<RddId> },
    /// The partitions of all inputs, one after the other; those with one number joined if the node has a partitioner.
    Union { inputs: Vec<NodeId> },
    /// Pairs of elements at equal positions.
    Zip { inputs: [NodeId; 2] },
    /// All pairs of elements.
    Cartesian { inputs: [NodeId; 2] },
    /// Elements placed in new partitions. `local`: the input is placed that way already, so nothing moves.
    Shuffle { input: NodeId, place: Place, wide: Wide, local: bool },
    /// Pairs of two inputs grouped by key; `local` for each input that is placed that way already.
    CoGroup { inputs: [NodeId; 2], local: [bool; 2] },
    /// Stored for later actions at a storage level.
    Cache { input: NodeId, level: Level },
}

/// A step of a narrow chain.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its effect on an element.
    pub op: StepOp,
    /// Type of the elements after it.
    pub elem: Ty,
    /// Whether keys stay as they are.
    pub keeps: bool,
    /// The operator in the job.
    pub span: Span,
}

/// The fate of the keys of pairs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// They stay as they are.
    Stay,
    /// The job says that they stay (`preservesPartitioning`), which nothing shows.
    SaidToStay,
    /// They may be others.
    MayChange,
}

/// The effect of a step on an element.
#[derive(Clone, Debug)]
pub enum StepOp {
    /// Replaces it.
    Map(Func),
    /// Keeps it or not.
    Filter(Func),
    /// Replaces it by the elements of a list.
    FlatMap(Func),
    /// Keeps it as often as the sampler says.
    Sample { draw: Draw, seed: i64 },
    /// Keeps it as often as the sampler says, with a fraction that a function makes of it.
    SampleBy { fraction: Func, with_replacement: bool, seed: i64 },
    /// Pairs it with its number.
    Number(Numbering),
}

/// How elements are numbered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Numbering {
    /// 0, 1, 2, … over all partitions; a job counts the partitions before.
    Index,
    /// position × number of partitions + partition.
    UniqueId,
}

/// Where a shuffle places an element.
#[derive(Clone, Debug)]
pub enum Place {
    /// By the hash of its key.
    Hash,
    /// By a function of its key.
    Custom(Func),
    /// By sampled ranges of keys. `original`: the pairs are `(f(k), (k, v))`, and keys `k` bound the ranges of keys `f(k)`.
    Range { ascending: bool, original: bool },
    /// In turn, whatever it is.
    RoundRobin,
    /// Where it is: nothing moves.
    Here,
}

/// The effect of a shuffle on the elements of a partition.
#[derive(Clone, Debug)]
pub enum Wide {
    /// Nothing.
    Keep,
    /// Lists the values of each key.
    Group,
    /// Combines the values of each key.
    Combine(Combine),
    /// Sorts by key, stably.
    Sort { ascending: bool },
}

/// How the values of a key are combined.
#[derive(Clone, Debug)]
pub struct Combine {
    /// The first value to a state.
    pub create: Func,
    /// A state and another value to a state.
    pub merge_value: Func,
    /// States of two map partitions to one, in their order.
    pub merge_combiners: Func,
    /// Whether values are combined before they move.
    pub map_side: bool,
}

/// A question of the driver about an RDD.
#[derive(Clone, Debug)]
pub enum Action {
    /// All elements.
    Collect,
    /// Their number.
    Count,
    /// The first n.
    Take(usize),
    /// The n smallest by key, or largest.
    TakeOrdered { n: usize, key: Func, key_ty: Ty, descending: bool },
    /// All combined into one.
    Reduce(Func),
    /// All folded into a state a partition, states combined in order.
    Aggregate { zero: Arc<crate::runtime::value::datum::Datum>, ty: Ty, seq: Func, comb: Func },
    /// A function run for each.
    Foreach(Func),
    /// Rows written to files of a format, as what the function makes of them, if the format gives one.
    Save { operator: &'static str, path: String, format: FormatSpec, row: Option<Func> },
    /// Elements printed on standard output, each as the line that the function makes of it.
    Show(Func),
}

/// A format of files that are written, as the job asks for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FormatSpec {
    /// The format's name; `exec` knows the formats.
    pub name: String,
    /// The operator's arguments behind the path.
    pub options: Vec<Option<String>>,
}

impl Action {
    /// Its name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Count => "count",
            Self::Take(_) => "take",
            Self::TakeOrdered { .. } => "takeOrdered",
            Self::Reduce(_) => "reduce",
            Self::Aggregate { .. } => "aggregate",
            Self::Foreach(_) => "foreach",
            Self::Save { operator, .. } => operator,
            Self::Show(_) => "print",
        }
    }
}

/// An arena of nodes.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The nodes, inputs before users.
    pub nodes: IndexVec<NodeId, Node>,
    /// Whose order rows have.
    pub order: Order,
    /// RDDs whose number of partitions was asked for.
    pub(super) asked: Vec<NodeId>,
    /// Operators that made no node, because this node is placed as they would place it.
    pub elided: Vec<(NodeId, Span)>,
}

impl Node {
    /// The inputs, in order.
    pub fn inputs(&self) -> Vec<NodeId> {
        match &self.kind {
            NodeKind::Source { .. } => Vec::new(),
            NodeKind::Narrow { input, .. } | NodeKind::MapPartitions { input, .. } => vec![*input],
            NodeKind::Coalesce { input, .. } | NodeKind::Shuffle { input, .. } | NodeKind::Cache { input, .. } => {
                vec![*input]
            }
            NodeKind::Union { inputs } => inputs.clone(),
            NodeKind::Zip { inputs } | NodeKind::Cartesian { inputs } | NodeKind::CoGroup { inputs, .. } => {
                inputs.to_vec()
            }
        }
    }

    /// Changes the inputs, in order.
    pub fn map_inputs(&mut self, change: impl Fn(NodeId) -> NodeId) {
        match &mut self.kind {
            NodeKind::Source { .. } => {}
            NodeKind::Narrow { input, .. } | NodeKind::MapPartitions { input, .. } => *input = change(*input),
            NodeKind::Coalesce { input, .. } | NodeKind::Shuffle { input, .. } | NodeKind::Cache { input, .. } => {
                *input = change(*input);
            }
            NodeKind::Union { inputs } => inputs.iter_mut().for_each(|input| *input = change(*input)),
            NodeKind::Zip { inputs } | NodeKind::Cartesian { inputs } | NodeKind::CoGroup { inputs, .. } => {
                inputs.iter_mut().for_each(|input| *input = change(*input));
            }
        }
    }

    /// The part of its output that later actions may use again.
    pub fn reusable(&self) -> Vec<Reusable> {
        match &self.kind {
            NodeKind::Cache { level, .. } => vec![Reusable::Cache(*level)],
            NodeKind::Shuffle { local: false, .. } => vec![Reusable::Shuffle],
            NodeKind::CoGroup { local, .. } => {
                [0, 1].into_iter().filter(|side| !local[*side]).map(Reusable::Side).collect()
            }
            NodeKind::Source { .. } | NodeKind::Narrow { .. } | NodeKind::MapPartitions { .. } => Vec::new(),
            NodeKind::Coalesce { .. } | NodeKind::Union { .. } | NodeKind::Zip { .. } => Vec::new(),
            NodeKind::Cartesian { .. } | NodeKind::Shuffle { local: true, .. } => Vec::new(),
        }
    }

    /// Types of key and value of a pair RDD.
    pub fn pair(&self) -> (&Ty, &Ty) {
        if let Ty::Tuple(tys) = &self.elem
            && let [key, value] = tys.as_slice()
        {
            return (key, value);
        }
        unreachable!("sema asks for pairs, this is {}", self.elem)
    }
}

/// An output of a node that later actions may use again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reusable {
    /// Blocks of a shuffle, as long as a variable of the driver may use them.
    Shuffle,
    /// Blocks of one side of a cogroup, likewise.
    Side(usize),
    /// Rows, for as long as they are stored at a level.
    Cache(Level),
}

impl RddId {
    /// The RDD that a node of the driver's plan gives.
    pub fn of(node: NodeId) -> Self {
        Self(node.0)
    }

    /// The node of the driver's plan that computes it.
    pub fn node(self) -> NodeId {
        NodeId(self.0)
    }
}

impl Plan {
    /// An empty plan of RDDs in an order.
    pub fn ordered(order: Order) -> Self {
        Self { order, ..Self::default() }
    }

    /// The RDDs whose number of partitions operators have asked for, since this was last called.
    pub fn asked(&mut self) -> Vec<NodeId> {
        std::mem::take(&mut self.asked)
    }

    /// The nodes that `root` needs, inputs first; `stop` nodes are listed, and not what they need.
    pub fn needed(&self, root: NodeId, stop: impl Fn(NodeId) -> bool) -> Vec<NodeId> {
        self.reached(root, |node| if stop(node) { Vec::new() } else { self.nodes[node].inputs() })
    }

    /// The nodes that are reached from `root` by way of some inputs of each, inputs first.
    pub fn reached(&self, root: NodeId, mut inputs: impl FnMut(NodeId) -> Vec<NodeId>) -> Vec<NodeId> {
        let mut order = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut work = vec![(root, false)];
        while let Some((node, ready)) = work.pop() {
            if ready {
                order.push(node);
            } else if seen.insert(node) {
                work.push((node, true));
                work.extend(inputs(node).into_iter().rev().map(|input| (input, false)));
            }
        }
        order
    }
}
