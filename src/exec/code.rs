//! The code of a stage: its kernels, folds and combines, compiled once for all of its tasks.
//!
//! `StageCode::new(stage, engine)` also decides which of the readers and sinks a pipeline takes: the staged ones, which
//! hand kernels batches, where [`super::staged`] can; the ones that go row by row everywhere else. `task` runs it.

use crate::engine::Engine;
use crate::stage::{CombineKernels, Gather, Leaf, Stage};

use super::combine::{CombineCode, Compiled};
use super::sink::SinkCode;
use super::staged;
use super::staged::combine::UpdateCode;
use super::staged::fold::FoldCode;

/// The code of a stage: what its tasks share.
pub struct StageCode {
    /// The code of each of its pipelines.
    pub(super) pipelines: Vec<PipelineCode>,
    /// The sink's functions.
    pub sink: SinkCode,
    /// Whether its tasks only move rows, see [`staged::copy`].
    pub(super) only_moves: bool,
}

/// The code of a pipeline.
pub(super) struct PipelineCode {
    /// Kernels, in order; none where rows pass as they are.
    pub(super) kernels: Vec<Compiled>,
    /// Whether the readers are the staged ones.
    pub(super) staged: bool,
    /// Whether kernels run over batches, see [`super::staged`].
    pub(super) batched: bool,
    /// The functions of a combine, where the leaf gathers one.
    pub(super) combine: Option<GatherCode>,
    /// The kernel and the fold of the sink as one.
    pub(super) fold: Option<FoldCode>,
}

/// The functions of a combine after a shuffle.
pub(super) enum GatherCode {
    /// For the reference, and what only it can do.
    Rows(CombineCode),
    /// Batch by batch.
    Staged(UpdateCode),
}

impl GatherCode {
    /// `local` says that all values of a partition arrive as one block.
    fn new(kernels: &CombineKernels, partial: bool, local: bool, engine: &dyn Engine) -> Self {
        let staged = match (partial, local) {
            (true, _) => UpdateCode::of_states(kernels, engine),
            (false, true) => UpdateCode::of_values(kernels, engine),
            (false, false) => None,
        };
        staged.map_or_else(|| Self::Rows(CombineCode::new(kernels, engine)), Self::Staged)
    }
}

impl StageCode {
    /// Compiles the kernels of a stage.
    pub fn new(stage: &Stage, engine: &dyn Engine) -> Self {
        let staged = staged::sink_can(stage, engine);
        let pipelines = stage.pipelines.iter().map(|pipeline| PipelineCode {
            kernels: pipeline.kernels.iter().map(|kernel| Compiled::new(kernel, engine)).collect(),
            batched: staged && staged::pipeline_can(pipeline),
            fold: match staged && staged::pipeline_can(pipeline) {
                true => FoldCode::new(pipeline, &stage.sink, engine),
                false => None,
            },
            combine: match &pipeline.leaf {
                Leaf::Gather { from, how: Gather::Combine { combine, partial } } => {
                    Some(GatherCode::new(combine, *partial, from.local, engine))
                }
                _ => None,
            },
            staged: engine.staged(),
        });
        let only_moves = engine.staged() && staged::copy::only_moves(stage);
        Self { pipelines: pipelines.collect(), sink: SinkCode::new(&stage.sink, engine), only_moves }
    }
}
