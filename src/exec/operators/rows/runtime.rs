//! The reference runtime: its stages, and the rows of a task one by one through the kernels.

use std::sync::Arc;

use crate::engine::{Code, Engine, Failure};
use crate::plan::node::SourceId;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;
use crate::stage::{Feed, Gather, Leaf, Pipeline, Split, Stage};

use super::combine::{CombineCode, CombineReader, Combining};
use super::group::GroupReader;
use super::sink::{RowSink, SinkCode};
use super::sort::SortReader;
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::data::read::Reader;
use crate::exec::errors::{OnError, TaskResult};
use crate::exec::kernel::{KernelCode, RowKernel};
use crate::exec::operators::context::{ReadRows, RowCounts, RowEffects, TaskContext};
use crate::exec::operators::leaves::open_leaf;
use crate::exec::operators::placement::Bounds;
use crate::exec::operators::runtime::{Output, Runtime, StageCode, TaskCode};

/// How many rows go by between two looks at the memory.
const BETWEEN_LOOKS: usize = 256;

/// The reference runtime.
pub struct Rows {
    engine: Box<dyn Engine>,
}

impl Rows {
    /// The runtime for an engine.
    pub fn new(engine: Box<dyn Engine>) -> Self {
        Self { engine }
    }
}

impl Runtime for Rows {
    fn compile(&self, stage: &Stage, _on_error: &dyn Fn(Option<SourceId>) -> OnError) -> Box<dyn StageCode> {
        let engine = &*self.engine;
        let pipelines = stage.pipelines.iter().map(|pipeline| PipelineCode::new(pipeline, engine));
        Box::new(RowStage { pipelines: pipelines.collect(), sink: SinkCode::new(&stage.sink, engine) })
    }

    fn bounds(&self, blocks: &[Arc<Block>], pair: &Shape, ranges: usize, original: bool) -> TaskResult<Bounds> {
        Ok(Bounds::sample(blocks, pair, ranges, original))
    }

    fn engine(&self) -> &dyn Engine {
        &*self.engine
    }
}

/// The code of a stage.
struct RowStage {
    pipelines: Vec<PipelineCode>,
    sink: SinkCode,
}

/// The code of a pipeline.
struct PipelineCode {
    kernels: Vec<Arc<KernelCode<dyn Code>>>,
    /// The functions of the combine that the leaf gathers, if it gathers one.
    combine: Option<CombineCode>,
}

impl PipelineCode {
    fn new(pipeline: &Pipeline, engine: &dyn Engine) -> Self {
        let combine = match &pipeline.leaf {
            Leaf::Gather { how: Gather::Combine { combine, .. }, .. } => Some(CombineCode::new(combine, engine)),
            Leaf::Gather { how: Gather::Keep | Gather::Group | Gather::Sort { .. }, .. } | Leaf::CoGroup { .. } => None,
            Leaf::Source(_) | Leaf::Rows(_) | Leaf::Whole(_) | Leaf::Zip(..) | Leaf::Cartesian { .. } => None,
        };
        let kernels = pipeline.kernels.iter().map(|kernel| KernelCode::by_row(kernel, engine));
        Self { kernels: kernels.collect(), combine }
    }
}

impl StageCode for RowStage {
    fn start<'a>(&'a self, task: &TaskContext<'a>) -> TaskResult<Box<dyn TaskCode<'a> + 'a>> {
        let sink = RowSink::start(&self.sink, task)?;
        Ok(Box::new(RowTask { code: self, sink, kernels: Vec::new(), held: Batch::new(task.stage.row.shape()) }))
    }
}

/// A task that goes row by row.
struct RowTask<'a> {
    code: &'a RowStage,
    sink: RowSink,
    /// The kernels of the pipeline that is open.
    kernels: Vec<RowKernel>,
    /// The rows that an input row gives, until it is known not to fail.
    held: Batch,
}

impl<'a> TaskCode<'a> for RowTask<'a> {
    fn open(&mut self, task: &mut TaskContext<'_>, split: Split) -> TaskResult<Box<dyn Reader + 'a>> {
        let (stage, code) = (task.stage, &self.code.pipelines[split.pipeline]);
        self.kernels = code.kernels.iter().map(KernelCode::start).collect();
        let leaf = &stage.pipelines[split.pipeline].leaf;
        if let Some(reader) = open_leaf(task, leaf, split.partition)? {
            return Ok(reader);
        }
        match leaf {
            Leaf::Gather { from, how } => gather(task, from, how, code, split.partition),
            Leaf::CoGroup { left, right } => {
                let sides = [left, right].map(|side| task.env.arriving(side, split.partition));
                let sides = sides.into_iter().collect::<TaskResult<Vec<_>>>()?;
                Ok(Box::new(GroupReader::new(sides, task.env.accountant, split.partition, stage.span)?))
            }
            Leaf::Source(_) | Leaf::Rows(_) | Leaf::Whole(_) | Leaf::Zip(..) | Leaf::Cartesian { .. } => {
                unreachable!("opened above")
            }
        }
    }

    fn run(
        &mut self,
        task: &mut TaskContext<'_>,
        rows: &ReadRows<'_>,
        range: [usize; 2],
        counts: &mut RowCounts,
    ) -> TaskResult<usize> {
        let [from, to] = [range[0], range[1].min(range[0] + BETWEEN_LOOKS)];
        for n in from..to {
            if self.sink.full {
                break;
            }
            match self.run_row(task, rows.batch.row(n), rows.on_error) {
                Ok(0) => counts.filtered += 1,
                Ok(_) => counts.kept += 1,
                Err(failure) => task.failed_row(rows, n, failure, counts),
            }
            if let Some(error) = self.sink.ended.take() {
                return Err(error);
            }
        }
        Ok(to)
    }

    fn is_full(&self) -> bool {
        self.sink.full
    }

    fn finish(self: Box<Self>, task: &TaskContext<'_>) -> TaskResult<Output> {
        self.sink.finish(task)
    }
}

impl RowTask<'_> {
    /// Runs a row through the kernels into the sink; the number of rows it gave. Unless errors make the job fail, the rows
    /// that it gives are held back until it is known not to fail.
    fn run_row(&mut self, task: &mut TaskContext<'_>, row: Value<'_>, on_error: OnError) -> Result<u64, Failure> {
        let (cx, sink, held) = (&task.cx, &mut self.sink, &mut self.held);
        let mut effects = RowEffects::begin(cx);
        let mut emitted = 0;
        let done = if on_error == OnError::Fail {
            run_kernels(&mut self.kernels, cx, row, &mut |value| {
                emitted += 1;
                sink.row(cx, value);
                if sink.full {
                    effects.filled(cx);
                }
            })
        } else {
            held.clear();
            let done = run_kernels(&mut self.kernels, cx, row, &mut |value| held.push(&[value.words()]));
            if done.is_ok() {
                emitted = held.len() as u64;
                held.iter().for_each(|value| sink.row(cx, value));
            }
            done
        };
        let failed = sink.failed.take();
        effects.end(task, done, failed).map(|()| emitted)
    }
}

/// Runs kernels one after the other: a row that one emits goes through all others before the next is emitted, as in one
/// fused kernel, so that effects come in the same order and the same row error is the first.
fn run_kernels(
    kernels: &mut [RowKernel],
    cx: &Cx,
    row: Value<'_>,
    emit: &mut dyn FnMut(Value<'_>),
) -> Result<(), Failure> {
    let Some((first, rest)) = kernels.split_first_mut() else {
        emit(row);
        return Ok(());
    };
    if rest.is_empty() {
        return first.row(cx, row, emit);
    }
    let mut failed = None;
    let done = first.row(cx, row, &mut |value| {
        if failed.is_none() {
            let next = || run_kernels(rest, cx, value, emit);
            failed = stacker::maybe_grow(64 * 1024, 1024 * 1024, next).err();
        }
    });
    failed.map_or(done, Err)
}

/// Opens a gather that groups, sorts or combines.
fn gather(
    task: &mut TaskContext<'_>,
    from: &Feed,
    how: &Gather,
    code: &PipelineCode,
    partition: usize,
) -> TaskResult<Box<dyn Reader>> {
    let arriving = task.env.arriving(from, partition)?;
    let (accountant, span) = (task.env.accountant, task.stage.span);
    Ok(match (how, &code.combine) {
        (Gather::Sort { ascending }, _) => {
            Box::new(SortReader::new(arriving, *ascending, accountant, partition, span)?)
        }
        (Gather::Combine { partial, .. }, Some(code)) => {
            let tasks = (0..arriving.blocks.len()).map(|task| if from.local { partition } else { task });
            let on_error =
                tasks.map(|sender| task.env.on_error_of(task.env.feeds.source(from.stage, sender))).collect();
            let combining = Combining { code, partial: *partial, local: from.local, on_error };
            Box::new(CombineReader::new(task, &arriving, &combining)?)
        }
        (Gather::Combine { .. }, None) => unreachable!("compiled with the pipeline"),
        (Gather::Group | Gather::Keep, _) => Box::new(GroupReader::new(vec![arriving], accountant, partition, span)?),
    })
}
