//! The code of a stage: its kernels, folds and combines, compiled once for all of its tasks.
//!
//! `StageCode::new(stage, engine)` also decides which of the readers and sinks a pipeline takes: the staged ones, which
//! hand kernels batches, where [`crate::exec::operators::batched`] can; the ones that go row by row everywhere else. `task` runs it.

use crate::engine::Engine;
use crate::plan::node::SourceId;
use crate::stage::{Gather, Leaf, Pipeline, Sink, Stage};

use crate::exec::io::inputs::OnError;
use crate::exec::operators::batched;
use crate::exec::operators::batched::fold::FoldCode;
use crate::exec::operators::rows::combine::{CombineWay, Compiled};
use crate::exec::operators::sink::SinkCode;

/// The code of a stage: what its tasks share.
pub struct StageCode {
    /// The code of each of its pipelines.
    pub(super) pipelines: Vec<PipelineCode>,
    /// The sink's functions.
    pub sink: SinkCode,
    /// Whether its tasks only move rows, see [`batched::copy`].
    pub(super) only_moves: bool,
}

/// The code of a pipeline.
pub(super) struct PipelineCode {
    /// Kernels, in order; none where rows pass as they are, or are folded where they are emitted.
    pub(super) kernels: Vec<Compiled>,
    /// Whether the readers are the staged ones.
    pub(super) staged: bool,
    /// Whether kernels run over batches, see [`crate::exec::operators::batched`].
    pub(super) batched: bool,
    /// The functions of a combine, where the leaf gathers one.
    pub(super) combine: Option<CombineWay>,
    /// The kernel and the fold of the sink as one.
    pub(super) fold: Option<FoldCode>,
}

impl PipelineCode {
    /// `staged` says that the sink takes batches, `held` that rows are held back until they are known not to fail.
    fn new(pipeline: &Pipeline, sink: &Sink, engine: &dyn Engine, staged: bool, held: bool) -> Self {
        let batched = staged && batched::pipeline_can(pipeline);
        let fold = if batched && !held { FoldCode::new(pipeline, sink, engine) } else { None };
        let kernels = if fold.is_some() { &[][..] } else { &pipeline.kernels };
        Self {
            kernels: kernels.iter().map(|kernel| Compiled::new(kernel, engine)).collect(),
            batched,
            fold,
            combine: match &pipeline.leaf {
                Leaf::Gather { from, how: Gather::Combine { combine, partial } } => {
                    Some(match (partial, from.local) {
                        (true, _) => CombineWay::of_states(combine, engine),
                        (false, true) => CombineWay::of_values(combine, engine),
                        // What several tasks have left of a key is combined by map partition first.
                        (false, false) => CombineWay::of_rows(combine, engine),
                    })
                }
                _ => None,
            },
            staged: engine.staged(),
        }
    }
}

impl StageCode {
    /// Compiles the kernels of a stage; `on_error` says what happens to rows of an input, or of none, that fail.
    pub fn new(stage: &Stage, engine: &dyn Engine, on_error: impl Fn(Option<SourceId>) -> OnError) -> Self {
        let staged = batched::sink_can(stage, engine);
        let pipelines = stage.pipelines.iter().map(|pipeline| {
            let held = on_error(pipeline.leaf.source()) != OnError::Fail;
            PipelineCode::new(pipeline, &stage.sink, engine, staged, held)
        });
        let only_moves = engine.staged() && batched::copy::only_moves(stage);
        Self { pipelines: pipelines.collect(), sink: SinkCode::new(&stage.sink, engine), only_moves }
    }
}
