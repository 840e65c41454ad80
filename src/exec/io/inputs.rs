//! The inputs of a job: files, lists and ranges, with how they are cut into partitions.

use std::sync::Arc;

use crate::base::index::IndexVec;
use crate::base::source::Span;
use crate::plan::node::{Batching, SourceId};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Value;

use super::format::FileInput;
use crate::exec::data::block::Block;
use crate::exec::errors::OnError;

/// An input.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its kind.
    pub kind: InputKind,
    /// The treatment of its rows that fail; the job's own setting if absent.
    pub on_error: Option<OnError>,
    /// The operator in the job.
    pub span: Span,
    /// The numbers of the partitions that it has, where it has only those that a task reads.
    pub only: Option<Vec<usize>>,
}

impl Input {
    /// Where a partition lies in what the input has.
    pub fn position(&self, partition: usize) -> usize {
        let held = self.only.as_ref().map(|only| only.iter().position(|held| *held == partition));
        held.flatten().unwrap_or(partition)
    }
}

/// The kind of an input.
#[derive(Clone, Debug)]
pub enum InputKind {
    /// Files.
    Files(Arc<FileInput>),
    /// Encoded rows by partition.
    Rows { partitions: Vec<Arc<Block>>, shape: Shape },
    /// Ints by partition: first, end, step.
    Range { partitions: Vec<(i64, i64)>, step: i64 },
}

/// All inputs of a job.
pub type Inputs = IndexVec<SourceId, Input>;

/// The treatment of rows of an input, or of none, that fail: the job's setting unless the input says otherwise.
pub fn on_error_of(inputs: &Inputs, source: Option<SourceId>, job: OnError) -> OnError {
    // Rows that an earlier action stored have no input any more.
    let input = source.and_then(|source| inputs.get(source));
    input.and_then(|input| input.on_error).unwrap_or(job)
}

impl InputKind {
    /// Number of partitions.
    pub fn partitions(&self) -> usize {
        match self {
            Self::Files(input) => input.partitions.len(),
            Self::Rows { partitions, .. } => partitions.len(),
            Self::Range { partitions, .. } => partitions.len(),
        }
    }

    /// The shape of its rows.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Files(input) => input.format.shape(),
            Self::Rows { shape, .. } => shape.clone(),
            Self::Range { .. } => Shape::Int,
        }
    }

    /// How PySpark would serialise it.
    pub fn batching(&self) -> Batching {
        match self {
            Self::Files(input) => input.format.batching(),
            Self::Rows { partitions, .. } => {
                let rows: usize = partitions.iter().map(|block| block.len()).sum();
                Batching::Fixed(batch_of(rows, partitions.len()))
            }
            Self::Range { .. } => Batching::Doubling,
        }
    }

    /// Bytes to read, where known.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Files(input) => input.files.iter().map(|file| file.size).sum(),
            Self::Rows { .. } | Self::Range { .. } => 0,
        }
    }
}

/// Partitions without rows, of a shape: in the place of files that are not there yet.
pub fn no_rows(shape: &Shape, partitions: usize) -> InputKind {
    InputKind::Rows { partitions: vec![Block::empty(); partitions.max(1)], shape: shape.clone() }
}

/// Slices a list as PySpark's `parallelize` does: batches of `max(1, min(len / n, 1024))` elements, of which each
/// partition takes those from `batches * i / n` to `batches * (i + 1) / n` (`SparkContext.parallelize`,
/// `JavaRDD.readRDDFromFile`, `ParallelCollectionRDD.slice`).
pub fn slice_list(list: Value<'_>, n: usize) -> InputKind {
    let len = list.len();
    let batch = batch_of(len, n);
    let batches = len.div_ceil(batch);
    let bound = |i: usize| (batches * i / n * batch).min(len);
    let partitions =
        (0..n).map(|i| Block::uncharged(list.elem_shape(), (bound(i)..bound(i + 1)).map(|at| list.item(at))));
    InputKind::Rows { partitions: partitions.collect(), shape: list.elem_shape().clone() }
}

/// How many elements of a list PySpark's `parallelize` pickles at once.
fn batch_of(len: usize, slices: usize) -> usize {
    (len / slices.max(1)).clamp(1, 1024)
}

/// Slices a range as PySpark does: partition `i` begins at `start + int(i * size / n) * step`, in float division.
pub fn slice_range(start: i64, end: i64, step: i64, n: usize) -> Option<InputKind> {
    let (wide_start, wide_end, wide_step) = (i128::from(start), i128::from(end), i128::from(step));
    let size = match step.signum() {
        1 if end > start => (wide_end - wide_start + wide_step - 1) / wide_step,
        -1 if end < start => (wide_start - wide_end - wide_step - 1) / -wide_step,
        _ => 0,
    };
    let bound = |i: usize| {
        let at = (i as f64 * size as f64 / n as f64) as i128;
        i64::try_from(wide_start + at.min(size) * wide_step).ok()
    };
    let partitions: Option<Vec<_>> = (0..n)
        .map(|i| {
            let last = if i + 1 == n { wide_start + size * wide_step } else { i128::from(bound(i + 1)?) };
            Some((bound(i)?, last.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64))
        })
        .collect();
    Some(InputKind::Range { partitions: partitions?, step })
}
