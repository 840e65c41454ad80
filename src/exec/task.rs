//! A task: one partition of a stage, from its leaves through kernels to the sink.

use crate::runtime::spark::sample::{State, States};
use crate::stage::{Kernel, Split, Stage, StateSpec};

use super::data::batch::Batch;
use super::data::read::BadRow;
use super::errors::{JobError, RowError, RowErrors, TaskResult};
use super::metrics::add;
use super::operators::context::ReadRows;
use super::operators::context::{RowCounts, TaskContext, TaskEnv};
use super::operators::runtime::{Output, StageCode, TaskCode};

pub struct TaskDone {
    /// The output that it leaves for later stages.
    pub output: Output,
    /// The text that `print` wrote in its kernels.
    pub printed: Vec<u8>,
    /// Additions to counters.
    pub counted: Vec<(i64, i64)>,
    /// Row errors that make the job fail.
    pub errors: RowErrors,
    /// Rows that were left out.
    pub rejected: RowErrors,
    /// All of these, when they are to be written.
    pub rejects: Vec<RowError>,
}

/// Runs the task of a partition.
///
/// # Errors
/// Whatever ends the job. Row errors are part of the result.
pub fn run_task(stage: &Stage, code: &dyn StageCode, partition: usize, env: &TaskEnv<'_>) -> TaskResult<TaskDone> {
    add(&env.metrics.tasks, 1);
    let mut task = TaskContext::new(stage, partition, env);
    let mut running = code.start(&task)?;
    for split in &stage.tasks[partition] {
        run_split(&mut task, &mut *running, *split)?;
    }
    let output = running.finish(&task)?;
    Ok(TaskDone {
        output,
        printed: task.cx.printed.take(),
        counted: task.counted,
        errors: task.faults.errors,
        rejected: task.faults.rejected,
        rejects: task.faults.rejects,
    })
}

fn run_split<'a>(task: &mut TaskContext<'_>, code: &mut (dyn TaskCode<'a> + 'a), split: Split) -> TaskResult<()> {
    let (stage, env) = (task.stage, task.env);
    let pipeline = &stage.pipelines[split.pipeline];
    let source = pipeline.leaf.source();
    begin_states(task, &pipeline.kernels)?;
    task.cx.padded.set([0; 2]);
    let mut reader = code.open(task, split)?;
    // Counts by the functions of a gather belong to no row.
    task.take_counts();
    let on_error = env.on_error_of(source);
    let mut batch = Batch::new(pipeline.leaf_row.shape());
    let (mut bad, mut counts, mut bytes) = (Vec::new(), RowCounts::default(), 0);
    let mut arena = env.accountant.nothing();
    while !code.is_full() && reader.next(&mut task.cx, &mut batch, &mut bad)? {
        env.poll()?;
        arena.set(task.cx.arena.allocated()).map_err(|over| JobError::Budget(over, stage.span))?;
        let mut bad = bad.drain(..).peekable();
        let rows = ReadRows { reader: &*reader, batch: &batch, on_error };
        let mut n = 0;
        while n < batch.len() {
            while let Some(row) = bad.next_if(|row: &BadRow| row.before <= n && !code.is_full()) {
                task.bad_row(row, source, &mut counts);
            }
            if code.is_full() {
                break;
            }
            let to = bad.peek().map_or(batch.len(), |row| row.before.min(batch.len()));
            n = code.run(task, &rows, [n, to], &mut counts)?;
            arena.set(task.cx.arena.allocated()).map_err(|over| JobError::Budget(over, stage.span))?;
        }
        if !code.is_full() {
            bad.for_each(|row| task.bad_row(row, source, &mut counts));
        }
        let read = reader.bytes();
        add(&env.metrics.bytes_read, read - bytes);
        bytes = read;
    }
    if source.is_some() {
        counts.add_to(env.metrics);
    }
    Ok(())
}

/// Begins the states of a pipeline's kernels with the partition; they go on from split to split. Stages are cut so that
/// only what comes after all splits of a task have met has states.
fn begin_states(task: &mut TaskContext<'_>, kernels: &[Kernel]) -> TaskResult<()> {
    let wanted: usize = kernels.iter().map(|kernel| kernel.states.len()).sum();
    if task.cx.local(|states: &mut States| states.0.len()) != wanted {
        let specs = kernels.iter().flat_map(|kernel| &kernel.states);
        let states = specs.map(|spec| begin_state(task, spec)).collect::<TaskResult<Vec<State>>>()?;
        task.cx.local(|begun| *begun = States(states));
    }
    Ok(())
}

fn begin_state(task: &TaskContext<'_>, spec: &StateSpec) -> TaskResult<State> {
    Ok(match spec {
        StateSpec::Sample { draw, seed } => State::begin_draw(*draw, *seed, task.partition),
        StateSpec::Number { counted: Some(stage), .. } => {
            State::begin_count(task.env.feeds.rows_before(*stage, task.partition)? as i64, 1)
        }
        StateSpec::Number { counted: None, partitions, .. } => {
            State::begin_count(task.partition as i64, *partitions as i64)
        }
    })
}
