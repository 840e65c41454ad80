//! How long the stages of a job took, and what went through them: for `--timings`, `--json` and `sparkc bench`.
//!
//! Stages that end in the same operator and have the same shape are one entry: the iterations of a loop are added up, so
//! that a job of 200 iterations has a table that can be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::base::source::Span;
use crate::plan::node::SourceId;
use crate::runtime::value::shape::Shape;
use crate::stage::print::title;
use crate::stage::{Stage, StageId};

use crate::exec::data::block::Block;
use crate::exec::errors::TaskResult;
use crate::exec::metrics::add;
use crate::exec::operators::context::Feeds;
use crate::exec::operators::runtime::Output;

/// The stages of a job, those of equal shape added up, in the order in which they ran first.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    /// The stages.
    pub stages: Vec<StageTiming>,
}

/// One stage, or several of the same shape and place.
#[derive(Clone, Debug)]
pub struct StageTiming {
    /// Its inputs and outputs: `source -> shuffle`.
    pub title: String,
    /// The operator that ends it.
    pub span: Span,
    /// How often it ran.
    pub runs: u64,
    /// Its figures.
    pub work: Work,
}

/// The figures of a stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// Tasks.
    pub tasks: u64,
    /// Rows that it took, from inputs and from earlier stages.
    pub rows: u64,
    /// Their bytes: of files as they are read, of blocks as they lie in memory.
    pub bytes: u64,
    /// Rows that it left: in blocks, or written.
    pub rows_left: u64,
    /// Time on the clock, without that of the compiler.
    pub time: Duration,
}

impl Timings {
    /// Adds a run of a stage.
    pub(in crate::exec) fn add(&mut self, stage: &Stage, work: Work) {
        let title = title(stage);
        let known = self.stages.iter_mut().find(|known| known.span == stage.span && known.title == title);
        match known {
            Some(known) => {
                known.runs += 1;
                known.work.add(work);
            }
            None => self.stages.push(StageTiming { title, span: stage.span, runs: 1, work }),
        }
    }
}

impl Work {
    fn add(&mut self, more: Self) {
        self.tasks += more.tasks;
        self.rows += more.rows;
        self.bytes += more.bytes;
        self.rows_left += more.rows_left;
        self.time += more.time;
    }
}

/// How many rows a task has left, where they are counted.
pub(in crate::exec) fn rows_left(output: &Output) -> u64 {
    match output {
        Output::Buckets(blocks) => blocks.iter().map(|block| block.len() as u64).sum(),
        Output::Rows(block) => block.len() as u64,
        Output::Count(rows) => *rows,
        Output::State(state) => u64::from(state.is_some()),
        Output::Lines(lines) => memchr::memchr_iter(b'\n', lines.text()).count() as u64,
        Output::Nothing => 0,
    }
}

/// The outputs of earlier stages, counted when tasks ask for them.
pub(in crate::exec) struct CountedFeeds<'a> {
    feeds: &'a dyn Feeds,
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl<'a> CountedFeeds<'a> {
    /// Counts from now on.
    pub(in crate::exec) fn new(feeds: &'a dyn Feeds) -> Self {
        Self { feeds, rows: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    /// Rows and bytes so far.
    pub(in crate::exec) fn counted(&self) -> [u64; 2] {
        [self.rows.load(Relaxed), self.bytes.load(Relaxed)]
    }

    fn count(&self, block: &Block) {
        add(&self.rows, block.len() as u64);
        add(&self.bytes, block.bytes() as u64);
    }
}

impl Feeds for CountedFeeds<'_> {
    fn rows(&self, stage: StageId, partition: usize) -> TaskResult<Arc<Block>> {
        self.feeds.rows(stage, partition).inspect(|block| self.count(block))
    }

    fn blocks(&self, stage: StageId, partition: usize) -> TaskResult<Vec<Arc<Block>>> {
        self.feeds.blocks(stage, partition).inspect(|blocks| blocks.iter().for_each(|block| self.count(block)))
    }

    fn tasks(&self, stage: StageId) -> usize {
        self.feeds.tasks(stage)
    }

    fn shape(&self, stage: StageId) -> Shape {
        self.feeds.shape(stage)
    }

    fn source(&self, stage: StageId, task: usize) -> Option<SourceId> {
        self.feeds.source(stage, task)
    }

    fn rows_before(&self, stage: StageId, partition: usize) -> TaskResult<u64> {
        self.feeds.rows_before(stage, partition)
    }

    fn grouped_again(&self, stage: StageId) -> bool {
        self.feeds.grouped_again(stage)
    }
}
