//! Stages: the plan cut where rows must be kept, and the kernels between the cuts.
//!
//! A stage reads partitions of its leaves (files, or what earlier stages left), runs each row through the kernels of its
//! pipeline, and leaves what its sink makes of the rows. `textFile | flatMap … | reduceByKey +` followed by `collect` is
//! two stages: one leaves blocks for each reducer, one gathers them by key and leaves the rows.
//!
//! A stage says everything that a task needs, in data: kernels, captured values, types. So a task can be run by another
//! process from the stage, the number of a partition, and blocks of bytes.

pub mod cut;
pub mod lower;
pub mod print;
mod steady;
mod verify;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::index::id;
use crate::base::source::Span;
use crate::kir::Func;
use crate::plan::node::{FormatSpec, Numbering, RddId, Reusable, SourceId};
use crate::runtime::spark::placing::Order;
use crate::runtime::spark::sample::Draw;
use crate::runtime::value::datum::Datum;
use crate::types::ty::Ty;

id!(pub StageId, "Stage of an action, in the order of execution.");

/// All stages of an action; a stage comes after those that it reads.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The stages; the last one is the action's.
    pub stages: Vec<Stage>,
}

/// A stage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stage {
    /// The ways from a leaf to the sink; more than one after a union.
    pub pipelines: Vec<Pipeline>,
    /// For each partition that the stage leaves, the leaf partitions that it is made of, in order.
    pub tasks: Vec<Vec<Split>>,
    /// The destination of the rows.
    pub sink: Sink,
    /// Type of the rows that reach the sink.
    pub row: Ty,
    /// The name by which later actions find its output, if they may use it again.
    #[serde(skip)]
    pub reuse: Option<ReuseKey>,
    /// The operator that ends it.
    pub span: Span,
}

impl Stage {
    /// Whether a pipeline runs one input row at a time: its functions or those of the sink print or count, and what a row
    /// that fails has printed and counted is taken back.
    pub fn runs_by_row(&self, pipeline: &Pipeline) -> bool {
        let of_sink = match &self.sink {
            Sink::Shuffle { combine: Some(combine), .. } => vec![&combine.create, &combine.merge_value],
            Sink::Shuffle { place: PlaceBy::Custom(kernel), .. } => vec![&**kernel],
            Sink::Fold { seq, .. } => vec![seq],
            Sink::Shuffle { .. } | Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Top { .. } => Vec::new(),
            Sink::Discard | Sink::Save { .. } | Sink::Lines => Vec::new(),
        };
        pipeline.kernels.iter().chain(of_sink).any(|kernel| kernel.func.has_effects())
    }

    /// All kernels that a task of the stage may run.
    pub fn kernels_mut(&mut self) -> Vec<&mut Kernel> {
        let mut all = Vec::new();
        for pipeline in &mut self.pipelines {
            if let Leaf::Gather { how: Gather::Combine { combine, .. }, .. } = &mut pipeline.leaf {
                all.extend(combine.kernels_mut());
            }
            all.extend(&mut pipeline.kernels);
        }
        match &mut self.sink {
            Sink::Shuffle { place, combine, .. } => {
                if let PlaceBy::Custom(kernel) = place {
                    all.push(kernel);
                }
                all.extend(combine.iter_mut().flat_map(|combine| combine.kernels_mut()));
            }
            Sink::Fold { seq, comb, .. } => all.extend([seq, comb]),
            Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Top { .. } => {}
            Sink::Discard | Sink::Save { .. } | Sink::Lines => {}
        }
        all
    }
}

/// A partition of a pipeline's leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Split {
    /// Index in [`Stage::pipelines`].
    pub pipeline: usize,
    /// Partition of the leaf.
    pub partition: usize,
}

/// A way from a leaf through kernels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pipeline {
    /// Where rows come from.
    pub leaf: Leaf,
    /// Type of the leaf's rows.
    pub leaf_row: Ty,
    /// Kernels in order: one when the steps are fused, none when rows pass as they are.
    pub kernels: Vec<Kernel>,
}

/// A kernel with the driver's values that it captured and the states that it keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kernel {
    /// The code.
    pub func: Func,
    /// Captured values in the order of the capture registers.
    pub captures: Vec<Arc<Datum>>,
    /// States of sampling and numbering, by slot.
    pub states: Vec<StateSpec>,
    /// The place in the job, for listings.
    pub span: Span,
}

/// How a state of a kernel begins in a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum StateSpec {
    /// A sampler.
    Sample {
        /// How it draws; of `sampleByKey` each element brings its fraction.
        draw: Draw,
        /// Seed of the job; the partition's number is mixed in.
        seed: i64,
    },
    /// Numbers. For [`Numbering::Index`] the partitions of the stage before are counted.
    Number {
        /// How.
        how: Numbering,
        /// The stage whose rows are numbered, for [`Numbering::Index`].
        counted: Option<StageId>,
        /// Number of partitions.
        partitions: usize,
    },
}

impl Leaf {
    /// The input that it is, if it is one.
    pub fn source(&self) -> Option<SourceId> {
        match self {
            Self::Source(source) => Some(*source),
            Self::Rows(_) | Self::Whole(_) | Self::Zip(..) | Self::Cartesian { .. } => None,
            Self::Gather { .. } | Self::CoGroup { .. } => None,
        }
    }
}

/// Where the rows of a pipeline come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Leaf {
    /// An input of the job.
    Source(SourceId),
    /// Rows that a stage left, partition by partition.
    Rows(StageId),
    /// A whole partition of a stage as one row: its number and its elements as a list.
    Whole(StageId),
    /// Pairs of rows at equal positions.
    Zip(StageId, StageId),
    /// All pairs of rows: partition `p` is left `p / right_partitions`, right `p % right_partitions`.
    Cartesian {
        /// Left rows.
        left: StageId,
        /// Right rows.
        right: StageId,
        /// Partitions of the right side.
        right_partitions: usize,
    },
    /// The pairs that a shuffle brings to a partition.
    Gather {
        /// The stage that shuffled, or left its rows in place.
        from: Feed,
        /// The result.
        how: Gather,
    },
    /// Both sides' values by key.
    CoGroup {
        /// Left pairs.
        left: Feed,
        /// Right pairs.
        right: Feed,
    },
}

/// Pairs that arrive at a partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Feed {
    /// The stage that left them.
    pub stage: StageId,
    /// Whether they are that stage's rows of the same partition; else its blocks for this partition.
    pub local: bool,
    /// Type of a pair as it arrives.
    pub row: Ty,
}

/// The elements that a partition makes of the pairs that arrive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Gather {
    /// Nothing.
    Keep,
    /// Lists the values of each key.
    Group,
    /// Combines values of each key; `partial` says that states arrive and not values.
    Combine {
        /// The functions.
        combine: Box<CombineKernels>,
        /// Whether the map side combined already.
        partial: bool,
    },
    /// Sorts by key.
    Sort {
        /// Up or down.
        ascending: bool,
    },
}

/// The functions of a combine as kernels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CombineKernels {
    /// Type of keys.
    pub key: Ty,
    /// Type of values.
    pub value: Ty,
    /// Type of states.
    pub state: Ty,
    /// Value to state.
    pub create: Kernel,
    /// State and value to state.
    pub merge_value: Kernel,
    /// Two states to one.
    pub merge_combiners: Kernel,
}

impl CombineKernels {
    fn kernels_mut(&mut self) -> [&mut Kernel; 3] {
        [&mut self.create, &mut self.merge_value, &mut self.merge_combiners]
    }
}

/// The destination of the rows of a stage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "there is one a stage")]
pub enum Sink {
    /// Blocks for each partition of the next stage.
    Shuffle {
        /// Where a row goes.
        place: PlaceBy,
        /// Number of partitions.
        partitions: usize,
        /// Values are combined before they move.
        combine: Option<Box<CombineKernels>>,
    },
    /// Kept rows.
    Rows,
    /// The first rows of each partition.
    Take(usize),
    /// The number of rows.
    Count,
    /// Rows are `(key, element)`; the first by key of each partition.
    Top {
        /// How many.
        n: usize,
        /// Largest first.
        descending: bool,
    },
    /// All rows of a partition combined into one.
    Fold {
        /// Where a partition begins; the first row if there is none.
        zero: Option<Arc<Datum>>,
        /// State and row to state.
        seq: Kernel,
        /// Two states to one, for the driver.
        comb: Kernel,
    },
    /// Nothing is kept: the kernels have effects.
    Discard,
    /// Rows are written to files.
    Save {
        /// Output directory.
        path: String,
        /// The format of the files.
        format: FormatSpec,
    },
    /// Rows are lines for standard output.
    Lines,
}

/// Where a shuffle sends a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PlaceBy {
    /// By the hash of its key.
    Hash(Order),
    /// By a function of its key.
    Custom(Box<Kernel>),
    /// By ranges of keys sampled from the rows of the stage before.
    Range {
        /// The stage whose rows are sampled.
        sampled: StageId,
        /// Up or down.
        ascending: bool,
        /// Whether bounds are the keys of the values, see `plan::node::Place`.
        original: bool,
    },
    /// In turn.
    RoundRobin(Order),
}

/// The name by which later actions of the job find an output of a stage and use it again.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ReuseKey {
    /// The RDD that it belongs to.
    pub rdd: RddId,
    /// The part of the RDD that it is.
    pub output: Reusable,
    /// The type of the rows, which passes may narrow from action to action.
    pub row: Ty,
}
