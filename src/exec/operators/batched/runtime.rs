//! The batched runtime: its stages, and how the batches of a task reach the sink.

use std::sync::Arc;

use crate::engine::{BatchCode, BatchEngine, Engine};
use crate::plan::node::SourceId;
use crate::runtime::value::shape::Shape;
use crate::stage::{Gather, Leaf, Pipeline, Split, Stage};

use super::combine::{CombineReader, GatherCode};
use super::fold::{FoldCode, Folding};
use super::group::GroupReader;
use super::pass::{Pass, RowPass};
use super::sink::{BatchSink, SinkCode};
use super::sort::SortReader;
use crate::exec::data::block::Block;
use crate::exec::data::read::Reader;
use crate::exec::errors::{OnError, TaskResult};
use crate::exec::kernel::KernelCode;
use crate::exec::operators::context::{ReadRows, RowCounts, TaskContext};
use crate::exec::operators::leaves::open_leaf;
use crate::exec::operators::placement::Bounds;
use crate::exec::operators::runtime::{Output, Runtime, StageCode, TaskCode};

/// The batched runtime.
pub struct Batched {
    engine: Box<dyn BatchEngine>,
}

impl Batched {
    /// The runtime for an engine.
    pub fn new(engine: Box<dyn BatchEngine>) -> Self {
        Self { engine }
    }
}

impl Runtime for Batched {
    fn compile(&self, stage: &Stage, on_error: &dyn Fn(Option<SourceId>) -> OnError) -> Box<dyn StageCode> {
        if super::moves::only_moves(stage) {
            return Box::new(super::moves::Moves);
        }
        let engine = &*self.engine;
        let pipelines = stage.pipelines.iter().map(|pipeline| {
            let held = on_error(pipeline.leaf.source()) != OnError::Fail;
            PipelineCode::new(stage, pipeline, engine, held)
        });
        Box::new(BatchStage { pipelines: pipelines.collect(), sink: SinkCode::new(&stage.sink, engine) })
    }

    fn bounds(&self, blocks: &[Arc<Block>], pair: &Shape, ranges: usize, original: bool) -> TaskResult<Bounds> {
        Ok(Bounds::sample(blocks, pair, ranges, original))
    }

    fn engine(&self) -> &dyn Engine {
        &*self.engine
    }
}

/// The code of a stage.
struct BatchStage {
    pipelines: Vec<PipelineCode>,
    sink: SinkCode,
}

/// The code of a pipeline.
struct PipelineCode {
    path: RowPath,
    /// The functions of the combine that the leaf gathers, if it gathers one.
    combine: Option<GatherCode>,
}

/// How the rows of a batch reach the sink.
enum RowPath {
    /// Through a kernel, or as they are.
    Batches(Option<Arc<KernelCode<dyn BatchCode>>>),
    /// Through kernels, one input row at a time.
    ByRow(Vec<Arc<KernelCode<dyn BatchCode>>>),
    /// Folded where they are emitted.
    Folded(FoldCode),
}

impl PipelineCode {
    /// `held` says that rows are held back until they are known not to fail.
    fn new(stage: &Stage, pipeline: &Pipeline, engine: &dyn BatchEngine, held: bool) -> Self {
        let kernel = |kernel| KernelCode::by_batch(kernel, engine);
        let fold = || if held { None } else { FoldCode::new(pipeline, &stage.sink, engine) };
        let path = if pipeline.kernels.len() > 1 || stage.runs_by_row(pipeline) {
            RowPath::ByRow(pipeline.kernels.iter().map(kernel).collect())
        } else {
            fold().map_or_else(|| RowPath::Batches(pipeline.kernels.first().map(kernel)), RowPath::Folded)
        };
        let combine = match &pipeline.leaf {
            Leaf::Gather { from, how: Gather::Combine { combine, partial } } => {
                Some(GatherCode::new(combine, *partial, from.local, engine))
            }
            Leaf::Gather { how: Gather::Keep | Gather::Group | Gather::Sort { .. }, .. } | Leaf::CoGroup { .. } => None,
            Leaf::Source(_) | Leaf::Rows(_) | Leaf::Whole(_) | Leaf::Zip(..) | Leaf::Cartesian { .. } => None,
        };
        Self { path, combine }
    }
}

impl StageCode for BatchStage {
    fn start<'a>(&'a self, task: &TaskContext<'a>) -> TaskResult<Box<dyn TaskCode<'a> + 'a>> {
        Ok(Box::new(BatchTask { code: self, sink: BatchSink::start(&self.sink, task)?, running: Running::Nothing }))
    }
}

/// A task that goes batch by batch.
struct BatchTask<'a> {
    code: &'a BatchStage,
    sink: BatchSink<'a>,
    running: Running<'a>,
}

/// The pipeline that is open, as it runs.
enum Running<'a> {
    Nothing,
    Batches(Pass<'a>),
    ByRow(RowPass<'a>),
    Folded(Folding<'a>),
}

impl<'a> TaskCode<'a> for BatchTask<'a> {
    fn open(&mut self, task: &mut TaskContext<'_>, split: Split) -> TaskResult<Box<dyn Reader + 'a>> {
        let (stage, code) = (task.stage, &self.code.pipelines[split.pipeline]);
        let pipeline = &stage.pipelines[split.pipeline];
        let row = pipeline.leaf_row.shape();
        self.running = match &code.path {
            RowPath::Batches(kernel) => Running::Batches(Pass::new(
                kernel.as_deref(),
                &row,
                &self.sink,
                task.env.accountant.nothing(),
                stage.span,
            )),
            RowPath::ByRow(kernels) => Running::ByRow(RowPass::new(kernels.iter().map(|kernel| &**kernel), &row)),
            RowPath::Folded(fold) => Running::Folded(fold.start()),
        };
        match open_leaf(task, &pipeline.leaf, split.partition)? {
            Some(reader) => Ok(reader),
            None => gather(task, &pipeline.leaf, code.combine.as_ref(), split.partition),
        }
    }

    fn run(
        &mut self,
        task: &mut TaskContext<'_>,
        rows: &ReadRows<'_>,
        range: [usize; 2],
        counts: &mut RowCounts,
    ) -> TaskResult<usize> {
        let (segment, next) = match &mut self.running {
            Running::Nothing => unreachable!("a pipeline is open"),
            Running::ByRow(pass) => return pass.run(task, &mut self.sink, rows, range, counts),
            Running::Batches(pass) => {
                pass.run(&task.cx, &mut self.sink, rows.batch, range, rows.on_error != OnError::Fail)?
            }
            Running::Folded(folding) => {
                let fold = self.sink.fold_mut().expect("folds are compiled for sinks that fold");
                folding.run(&task.cx, fold, rows.batch, range, task.stage.span)?
            }
        };
        counts.kept += segment.kept;
        counts.filtered += segment.rows - segment.kept - segment.failures.len() as u64;
        for (n, failure) in segment.failures {
            task.failed_row(rows, n, failure, counts);
        }
        Ok(next)
    }

    fn is_full(&self) -> bool {
        self.sink.full
    }

    fn finish(self: Box<Self>, task: &TaskContext<'_>) -> TaskResult<Output> {
        self.sink.finish(task)
    }
}

/// Opens a gather that groups, sorts or combines.
fn gather<'a>(
    task: &mut TaskContext<'_>,
    leaf: &Leaf,
    combine: Option<&'a GatherCode>,
    partition: usize,
) -> TaskResult<Box<dyn Reader + 'a>> {
    let (env, span) = (task.env, task.stage.span);
    let accountant = env.accountant;
    Ok(match (leaf, combine) {
        (Leaf::Gather { from, how: Gather::Group }, _) => {
            let sides = vec![env.arriving(from, partition)?];
            Box::new(GroupReader::new(sides, false, accountant, partition, span)?)
        }
        (Leaf::Gather { from, how: Gather::Sort { ascending } }, _) => {
            Box::new(SortReader::new(env.arriving(from, partition)?, *ascending, accountant, partition, span)?)
        }
        (Leaf::Gather { from, how: Gather::Combine { .. } }, Some(code)) => {
            let arriving = env.arriving(from, partition)?;
            let tasks = (0..arriving.blocks.len()).map(|task| if from.local { partition } else { task });
            let on_error: Vec<OnError> =
                tasks.map(|sender| env.on_error_of(env.feeds.source(from.stage, sender))).collect();
            Box::new(CombineReader::new(task, &arriving, code, &on_error)?)
        }
        (Leaf::CoGroup { left, right }, _) => {
            let sides = vec![env.arriving(left, partition)?, env.arriving(right, partition)?];
            let again = left.local && env.feeds.grouped_again(left.stage);
            Box::new(GroupReader::new(sides, again, accountant, partition, span)?)
        }
        (Leaf::Gather { how: Gather::Keep | Gather::Combine { .. }, .. }, _) => {
            unreachable!("opened or compiled before")
        }
        (Leaf::Source(_) | Leaf::Rows(_) | Leaf::Whole(_) | Leaf::Zip(..) | Leaf::Cartesian { .. }, _) => {
            unreachable!("opened before")
        }
    })
}
