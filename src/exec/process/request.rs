//! The input of a task as it travels: nothing in it refers to the process that asks.
//!
//! Inputs are numbered anew, those that the stage reads first; of each only the partitions of the task travel. Blocks of
//! earlier stages travel in the order in which [`reads`] lists what a task reads, so that both sides know which is which.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::base::source::Span;
use crate::plan::node::SourceId;
use crate::runtime::value::shape::Shape;
use crate::stage::{Gather, Leaf, Split, Stage, StageId, StateSpec};

use super::parcel::{Parcel, malformed};
use crate::exec::data::block::Block;
use crate::exec::errors::{OnError, TaskResult};
use crate::exec::io::inputs::{Input, InputKind, Inputs};
use crate::exec::io::shared::{FilesPart, is_shared};
use crate::exec::io::{OutputDir, SharedOutput};
use crate::exec::memory::Accountant;
use crate::exec::operators::context::{Feeds, TaskEnv};
use crate::exec::operators::placement::Bounds;

/// The part that all tasks of a stage share.
#[derive(Serialize, Deserialize)]
pub struct StagePart {
    /// The stage, with its inputs numbered as here.
    pub stage: Stage,
    /// Its inputs: what happens to their rows that fail, and the operator.
    pub inputs: Vec<(Option<OnError>, Span)>,
    /// The treatment of other rows that fail.
    pub on_error: OnError,
    /// Keeps rejects for the directory of rejected rows.
    pub keep_rejects: bool,
    /// Budget of memory in bytes.
    pub memory: usize,
    /// Bounds of ranges, and whether they are sorted.
    pub bounds: Option<(Parcel, bool)>,
    /// Where a save goes.
    pub output: Option<SharedOutput>,
}

/// The part that is for one task.
#[derive(Serialize, Deserialize)]
pub struct TaskPart {
    /// Its partition.
    pub partition: usize,
    /// Of each input of the stage, the partitions that it reads, with their numbers.
    pub inputs: Vec<(Vec<usize>, InputPart)>,
    /// The outputs of earlier stages, in the order of [`reads`].
    pub blocks: Vec<Vec<Parcel>>,
    /// How many rows earlier stages have left in the partitions before its own.
    pub rows_before: Vec<(StageId, u64)>,
    /// The treatment of values that fail in a combine, by the task that has sent them; else it is as for other rows.
    pub senders: Vec<(StageId, usize, OnError)>,
    /// How many rows a running `take` still wants.
    pub take_left: Option<usize>,
    /// How long it may still run, and how long the job may.
    pub time_left: Option<(Duration, Duration)>,
}

/// Partitions of an input.
#[derive(Serialize, Deserialize)]
pub enum InputPart {
    /// Files.
    Files(FilesPart),
    /// Rows.
    Rows(Vec<Parcel>, Shape),
    /// Ints: first, end; and the step.
    Range(Vec<(i64, i64)>, i64),
}

/// Blocks that a task reads.
pub struct Read {
    /// The stage that has left them.
    pub stage: StageId,
    /// The partition.
    pub partition: usize,
    /// Whether they are the blocks of a shuffle for the partition; else the stage's own rows of it.
    pub shuffled: bool,
    /// The shape of the rows.
    pub shape: Shape,
}

/// The outputs of other stages that a task of a stage reads.
///
/// # Errors
/// The leaf's rows are not what the leaf gives.
pub fn reads(stage: &Stage, partition: usize) -> TaskResult<Vec<Read>> {
    let mut all = Vec::new();
    for split in &stage.tasks[partition] {
        let (pipeline, part) = (&stage.pipelines[split.pipeline], split.partition);
        let row = pipeline.leaf_row.shape();
        let mut rows = |stage, partition, shape| all.push(Read { stage, partition, shuffled: false, shape });
        match &pipeline.leaf {
            Leaf::Source(_) => {}
            Leaf::Rows(from) => rows(*from, part, row),
            Leaf::Whole(from) => {
                let [_, Shape::List(elem)] = components(&row)? else { return Err(malformed("a whole partition")) };
                rows(*from, part, (**elem).clone());
            }
            Leaf::Zip(left, right) => {
                let [a, b] = components(&row)?;
                rows(*left, part, a.clone());
                rows(*right, part, b.clone());
            }
            Leaf::Cartesian { left, right, right_partitions } => {
                let [a, b] = components(&row)?;
                rows(*left, part / right_partitions, a.clone());
                rows(*right, part % right_partitions, b.clone());
            }
            Leaf::Gather { from, .. } => all.push(Read::of(from, part)),
            Leaf::CoGroup { left, right } => all.extend([left, right].map(|from| Read::of(from, part))),
        }
    }
    Ok(all)
}

fn components(shape: &Shape) -> TaskResult<&[Shape; 2]> {
    let Shape::Tuple(components) = shape else { return Err(malformed("a leaf's rows")) };
    (&*components.shapes).try_into().map_err(|_| malformed("a leaf's rows"))
}

impl Read {
    fn of(from: &crate::stage::Feed, partition: usize) -> Self {
        Self { stage: from.stage, partition, shuffled: !from.local, shape: from.row.shape() }
    }
}

/// The inputs that a stage reads, by their new numbers.
fn sources(stage: &Stage) -> Vec<SourceId> {
    let mut all: Vec<SourceId> = stage.pipelines.iter().filter_map(|pipeline| pipeline.leaf.source()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the task of a partition can run elsewhere: it reads and writes what other processes find too.
pub fn can_travel(stage: &Stage, partition: usize, env: &TaskEnv<'_>) -> bool {
    let reads_shared = |split: &Split| {
        let Some(source) = stage.pipelines[split.pipeline].leaf.source() else { return true };
        match &env.inputs[source].kind {
            InputKind::Files(input) => is_shared(input, split.partition),
            InputKind::Rows { .. } | InputKind::Range { .. } => true,
        }
    };
    stage.tasks[partition].iter().all(reads_shared) && env.output.is_none_or(|to| to.output.shared().is_some())
}

impl StagePart {
    /// The part that the tasks of a stage share.
    pub fn of(stage: &Stage, env: &TaskEnv<'_>, memory: usize) -> Self {
        let (mut stage, sources) = (stage.clone(), sources(stage));
        for pipeline in &mut stage.pipelines {
            if let Leaf::Source(source) = &mut pipeline.leaf {
                *source = SourceId(sources.partition_point(|before| before < source) as u32);
            }
        }
        let inputs = sources.iter().map(|source| (env.inputs[*source].on_error, env.inputs[*source].span)).collect();
        let output = env.output.and_then(|to| to.output.shared());
        let bounds = env.bounds.as_ref().map(|bounds| {
            let (keys, sorted) = bounds.keys();
            (Parcel::of(&keys), sorted)
        });
        Self { stage, inputs, on_error: env.on_error, keep_rejects: env.keep_rejects, memory, bounds, output }
    }

    /// The output into which a save writes.
    ///
    /// # Errors
    /// It is not there.
    pub fn output(&self) -> TaskResult<Option<OutputDir>> {
        Ok(self.output.as_ref().map(OutputDir::of_another_process).transpose()?)
    }
}

impl TaskPart {
    /// The part for the task of a partition.
    ///
    /// # Errors
    /// What an earlier stage left is not there.
    pub fn of(stage: &Stage, partition: usize, env: &TaskEnv<'_>) -> TaskResult<Self> {
        let mut wanted: BTreeMap<SourceId, Vec<usize>> =
            sources(stage).into_iter().map(|source| (source, Vec::new())).collect();
        for split in &stage.tasks[partition] {
            let source = stage.pipelines[split.pipeline].leaf.source();
            wanted.entry(source.unwrap_or(SourceId(u32::MAX))).or_default().push(split.partition);
        }
        wanted.remove(&SourceId(u32::MAX));
        let pick = |(source, partitions): (SourceId, Vec<usize>)| {
            let part = InputPart::of(&env.inputs[source].kind, &partitions);
            (partitions, part)
        };
        let blocks = reads(stage, partition)?.iter().map(|read| env.blocks(read)).collect::<TaskResult<_>>()?;
        Ok(Self {
            partition,
            inputs: wanted.into_iter().map(pick).collect(),
            blocks,
            rows_before: rows_before(stage, partition, env.feeds)?,
            senders: senders(stage, partition, env),
            take_left: env.take_left,
            time_left: env.deadline.map(|(end, limit)| (end.saturating_duration_since(Instant::now()), limit)),
        })
    }
}

impl TaskEnv<'_> {
    fn blocks(&self, read: &Read) -> TaskResult<Vec<Parcel>> {
        let blocks = match read.shuffled {
            true => self.feeds.blocks(read.stage, read.partition)?,
            false => vec![self.feeds.rows(read.stage, read.partition)?],
        };
        Ok(blocks.iter().map(|block| Parcel::of(block)).collect())
    }
}

fn rows_before(stage: &Stage, partition: usize, feeds: &dyn Feeds) -> TaskResult<Vec<(StageId, u64)>> {
    let kernels = stage.pipelines.iter().flat_map(|pipeline| &pipeline.kernels);
    let counted = kernels.flat_map(|kernel| &kernel.states).filter_map(|state| match state {
        StateSpec::Number { counted, .. } => *counted,
        StateSpec::Sample { .. } => None,
    });
    counted.map(|stage| Ok((stage, feeds.rows_before(stage, partition)?))).collect()
}

/// The treatment of values that fail in the combines of a task.
fn senders(stage: &Stage, partition: usize, env: &TaskEnv<'_>) -> Vec<(StageId, usize, OnError)> {
    let mut all = Vec::new();
    for split in &stage.tasks[partition] {
        let Leaf::Gather { from, how: Gather::Combine { .. } } = &stage.pipelines[split.pipeline].leaf else {
            continue;
        };
        let tasks = match from.local {
            true => split.partition..split.partition + 1,
            false => 0..env.feeds.tasks(from.stage),
        };
        let of_task = |task| {
            let source = env.feeds.source(from.stage, task)?;
            Some((from.stage, task, env.inputs.get(source)?.on_error?))
        };
        all.extend(tasks.filter_map(of_task));
    }
    all
}

impl InputPart {
    fn of(kind: &InputKind, wanted: &[usize]) -> Self {
        match kind {
            InputKind::Files(input) => Self::Files(FilesPart::of(input, wanted)),
            InputKind::Rows { partitions, shape } => {
                Self::Rows(wanted.iter().map(|partition| Parcel::of(&partitions[*partition])).collect(), shape.clone())
            }
            InputKind::Range { partitions, step } => {
                Self::Range(wanted.iter().map(|partition| partitions[*partition]).collect(), *step)
            }
        }
    }

    fn open(self, held: usize, accountant: &Arc<Accountant>, span: Span) -> TaskResult<InputKind> {
        let kind = match self {
            Self::Files(part) => InputKind::Files(Arc::new(part.open().map_err(malformed)?)),
            Self::Rows(parcels, shape) => {
                let blocks: TaskResult<Vec<_>> =
                    parcels.into_iter().map(|parcel| parcel.open(&shape, accountant, span)).collect();
                InputKind::Rows { partitions: blocks?, shape }
            }
            Self::Range(_, 0) => return Err(malformed("a range of step 0")),
            Self::Range(partitions, step) => InputKind::Range { partitions, step },
        };
        if kind.partitions() == held { Ok(kind) } else { Err(malformed("partitions of an input are missing")) }
    }
}

/// A request that has arrived, as what a task asks for.
pub struct Arrived {
    /// The inputs.
    pub inputs: Inputs,
    blocks: BTreeMap<(StageId, usize, bool), Vec<Arc<Block>>>,
    shapes: BTreeMap<StageId, Shape>,
    rows_before: Vec<(StageId, u64)>,
    senders: Vec<(StageId, usize, OnError)>,
}

/// Numbers of inputs behind those of the stage, for what happens to the rows of senders.
const SENDERS: [OnError; 3] = [OnError::Fail, OnError::Skip, OnError::Reject];

impl Arrived {
    /// Opens what has come for a task.
    ///
    /// # Errors
    /// It does not fit the stage, or the budget of memory is exceeded.
    pub fn new(shared: &StagePart, task: TaskPart, accountant: &Arc<Accountant>) -> TaskResult<Self> {
        let stage = &shared.stage;
        if task.partition >= stage.tasks.len() || task.inputs.len() != shared.inputs.len() {
            return Err(malformed("a task of another stage"));
        }
        let mut inputs = Inputs::new();
        for ((held, part), (on_error, span)) in task.inputs.into_iter().zip(&shared.inputs) {
            let kind = part.open(held.len(), accountant, *span)?;
            inputs.push(Input { kind, on_error: *on_error, span: *span, only: Some(held) });
        }
        for on_error in SENDERS {
            let kind = InputKind::Range { partitions: Vec::new(), step: 1 };
            inputs.push(Input { kind, on_error: Some(on_error), span: stage.span, only: None });
        }
        for split in &stage.tasks[task.partition] {
            let pipeline = &stage.pipelines[split.pipeline];
            let Some(input) = pipeline.leaf.source().map(|source| &inputs[source]) else { continue };
            let held = input.only.as_ref().is_some_and(|only| only.contains(&split.partition));
            if !held || input.kind.shape() != pipeline.leaf_row.shape() {
                return Err(malformed("a partition that the task reads is missing"));
            }
        }
        let (mut blocks, mut shapes) = (BTreeMap::new(), BTreeMap::new());
        let reads = reads(stage, task.partition)?;
        if reads.len() != task.blocks.len() {
            return Err(malformed("blocks that the task reads are missing"));
        }
        for (read, parcels) in reads.into_iter().zip(task.blocks) {
            let opened = parcels.into_iter().map(|parcel| parcel.open(&read.shape, accountant, stage.span));
            let opened: Vec<Arc<Block>> = opened.collect::<TaskResult<_>>()?;
            if !read.shuffled && opened.len() != 1 {
                return Err(malformed("one block of rows is wanted"));
            }
            blocks.insert((read.stage, read.partition, read.shuffled), opened);
            shapes.insert(read.stage, read.shape);
        }
        Ok(Self { inputs, blocks, shapes, rows_before: task.rows_before, senders: task.senders })
    }

    fn find(&self, stage: StageId, partition: usize, shuffled: bool) -> TaskResult<&[Arc<Block>]> {
        let found = self.blocks.get(&(stage, partition, shuffled));
        found.map(Vec::as_slice).ok_or_else(|| malformed(format!("stage {} is not among the blocks", stage.0)))
    }
}

impl Feeds for Arrived {
    fn rows(&self, stage: StageId, partition: usize) -> TaskResult<Arc<Block>> {
        Ok(self.find(stage, partition, false)?[0].clone())
    }

    fn blocks(&self, stage: StageId, partition: usize) -> TaskResult<Vec<Arc<Block>>> {
        Ok(self.find(stage, partition, true)?.to_vec())
    }

    fn tasks(&self, stage: StageId) -> usize {
        self.blocks.iter().find(|((of, ..), _)| *of == stage).map_or(0, |(_, blocks)| blocks.len())
    }

    fn shape(&self, stage: StageId) -> Shape {
        self.shapes.get(&stage).cloned().unwrap_or(Shape::Int)
    }

    fn source(&self, stage: StageId, task: usize) -> Option<SourceId> {
        let (.., on_error) = self.senders.iter().find(|(of, by, _)| (*of, *by) == (stage, task))?;
        let at = SENDERS.iter().position(|sender| sender == on_error)?;
        Some(SourceId((self.inputs.len() - SENDERS.len() + at) as u32))
    }

    fn rows_before(&self, stage: StageId, _partition: usize) -> TaskResult<u64> {
        let found = self.rows_before.iter().find(|(of, _)| *of == stage);
        found.map(|(_, rows)| *rows).ok_or_else(|| malformed("the rows before a partition are not counted"))
    }

    fn grouped_again(&self, _stage: StageId) -> bool {
        // Rows that are grouped already go with the request.
        false
    }
}

/// The bounds that have arrived with a stage.
///
/// # Errors
/// They are no keys of its rows.
pub fn bounds(shared: &StagePart, accountant: &Arc<Accountant>) -> TaskResult<Option<Arc<Bounds>>> {
    let Some((keys, sorted)) = &shared.bounds else { return Ok(None) };
    let Shape::Tuple(pair) = shared.stage.row.shape() else { return Err(malformed("ranges of rows without keys")) };
    let [key, _] = &*pair.shapes else { return Err(malformed("ranges of rows without keys")) };
    let keys = keys.open(key, accountant, shared.stage.span)?;
    Ok(Some(Arc::new(Bounds::of_keys(keys, key, *sorted))))
}
