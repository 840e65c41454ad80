//! Sinks of the reference runtime: what becomes of the rows of a task, row by row.

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::{Code, Engine, Failure};
use crate::runtime::call::cx::Cx;
use crate::runtime::spark::placing::Order;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::codec;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::{EntryIdx, Table};
use crate::runtime::value::words::Value;
use crate::stage::{PlaceBy, Sink};

use super::combine::{CombineCode, Combiner};
use super::top::Top;
use crate::exec::data::batch::Batch;
use crate::exec::data::block::{BlockWriter, corrupt, finish_all};
use crate::exec::data::heap::RowLayout;
use crate::exec::data::lines::Lines;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::format::RowWriter;
use crate::exec::kernel::{KernelCode, RowKernel};
use crate::exec::memory::Charge;
use crate::exec::operators::context::TaskContext;
use crate::exec::operators::placement::{Bounds, combined_order, range_of};
use crate::exec::operators::runtime::Output;

/// The functions of a sink with their code.
pub(super) struct SinkCode {
    combine: Option<CombineCode>,
    place: Option<Arc<KernelCode<dyn Code>>>,
    fold: Option<Arc<KernelCode<dyn Code>>>,
}

impl SinkCode {
    /// Compiles the functions of a stage's sink.
    pub(super) fn new(sink: &Sink, engine: &dyn Engine) -> Self {
        let mut code = Self { combine: None, place: None, fold: None };
        match sink {
            Sink::Shuffle { place, combine, .. } => {
                code.combine = combine.as_ref().map(|kernels| CombineCode::new(kernels, engine));
                if let PlaceBy::Custom(kernel) = place {
                    code.place = Some(KernelCode::by_row(kernel, engine));
                }
            }
            Sink::Fold { seq, .. } => code.fold = Some(KernelCode::by_row(seq, engine)),
            Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Top { .. } | Sink::Discard => {}
            Sink::Save { .. } | Sink::Lines => {}
        }
        code
    }
}

/// A sink in a task.
pub(super) struct RowSink {
    kind: Kind,
    /// The operator that wants the rows.
    span: Span,
    /// The first row error of the sink's own functions, for the task to take.
    pub(super) failed: Option<Failure>,
    /// The error that ends the task.
    pub(super) ended: Option<JobError>,
    /// The sink wants no more rows.
    pub(super) full: bool,
}

enum Kind {
    Buckets { writers: Vec<BlockWriter>, place: Place },
    Combine { table: Table, combiner: Box<Combiner>, charge: Charge, to: (Order, usize) },
    Rows { writer: BlockWriter, limit: u64 },
    Count(u64),
    Top(Top),
    Fold(Box<Fold>),
    Discard,
    Save { writer: Box<dyn RowWriter>, rows: u64 },
    Lines(Lines),
}

/// Where a row goes.
enum Place {
    Hash(Order),
    Custom(RowKernel),
    Range { bounds: Arc<Bounds>, ascending: bool },
    RoundRobin(u64),
}

/// A fold in progress. Its state lives in an arena of its own, which is renewed when it has grown.
struct Fold {
    state: Option<Batch>,
    arena: Arena,
    shape: Shape,
    seq: RowKernel,
    charge: Charge,
}

impl RowSink {
    /// The sink of a stage in a task.
    ///
    /// # Errors
    /// An output file cannot be created.
    pub(super) fn start(code: &SinkCode, task: &TaskContext<'_>) -> TaskResult<Self> {
        let (stage, accountant) = (task.stage, task.env.accountant);
        let layout = RowLayout::new(&stage.row.shape());
        let writer = || BlockWriter::new(accountant, stage.span, &layout);
        let kind = match (&stage.sink, &code.combine, &code.fold) {
            (Sink::Shuffle { place, partitions, .. }, Some(combine), _) => {
                let combiner = combine.start();
                let (table, to) = (combiner.table(), (combined_order(place), *partitions));
                Kind::Combine { table, combiner: Box::new(combiner), charge: accountant.nothing(), to }
            }
            (Sink::Shuffle { place, partitions, .. }, None, _) => {
                let place = start_place(place, *partitions, code, task)?;
                Kind::Buckets { writers: (0..*partitions).map(|_| writer()).collect(), place }
            }
            (Sink::Fold { zero, .. }, _, Some(seq)) => Kind::Fold(Box::new(Fold::start(zero.as_deref(), seq, task))),
            (Sink::Fold { .. }, _, None) => unreachable!("compiled with the sink"),
            (Sink::Rows, ..) => Kind::Rows { writer: writer(), limit: u64::MAX },
            (Sink::Take(n), ..) => {
                Kind::Rows { writer: writer(), limit: task.env.take_left.unwrap_or(*n).min(*n) as u64 }
            }
            (Sink::Count, ..) => Kind::Count(0),
            (Sink::Top { n, descending }, ..) => Kind::Top(Top::new(stage.row.shape(), *n, *descending, accountant)),
            (Sink::Discard, ..) => Kind::Discard,
            (Sink::Save { .. }, ..) => Kind::Save { writer: task.row_writer()?, rows: 0 },
            (Sink::Lines, ..) => Kind::Lines(Lines::new(accountant)),
        };
        let full = matches!(kind, Kind::Rows { limit: 0, .. });
        Ok(Self { kind, span: stage.span, failed: None, ended: None, full })
    }

    /// Takes a row. The first row error and errors are left in the sink.
    pub(super) fn row(&mut self, cx: &Cx, row: Value<'_>) {
        if self.full || self.ended.is_some() {
            return;
        }
        let over = |over| JobError::Budget(over, self.span);
        let done = match &mut self.kind {
            Kind::Buckets { writers, place } => match place.of(cx, row, writers.len()) {
                Ok(at) => writers[at].push(row),
                Err(failure) => {
                    self.failed.get_or_insert(failure);
                    Ok(())
                }
            },
            Kind::Combine { table, combiner, charge, .. } => {
                // A value that fails is left out; others of the same row are not, wherever they are combined.
                let failed = combiner.add_value(table, cx, row.field(0), row.field(1)).err();
                self.failed = self.failed.take().or(failed);
                charge.set(table.memory()).map_err(|over| JobError::Budget(over, combiner.span()))
            }
            Kind::Rows { writer, limit } => {
                let done = writer.push(row);
                self.full = writer.rows() >= *limit;
                done
            }
            Kind::Count(count) => {
                *count += 1;
                Ok(())
            }
            Kind::Top(top) => top.push(row).map_err(over),
            Kind::Fold(fold) => {
                let failed = fold.row(cx, row).err();
                self.failed = self.failed.take().or(failed);
                fold.charge.set(fold.arena.allocated()).map_err(over)
            }
            Kind::Discard => Ok(()),
            Kind::Save { writer, rows } => {
                *rows += 1;
                writer.row(row).map_err(JobError::from)
            }
            Kind::Lines(lines) => lines.push(row.str().as_bytes()).map_err(over),
        };
        self.ended = done.err();
    }

    /// Ends the sink; gives the output that the task leaves.
    ///
    /// # Errors
    /// An output file cannot be finished, or the budget of memory is exceeded.
    pub(super) fn finish(self, task: &TaskContext<'_>) -> TaskResult<Output> {
        Ok(match self.kind {
            Kind::Buckets { writers, .. } => Output::Buckets(finish_all(writers)),
            Kind::Combine { table, to, .. } => spread(&table, to, task)?,
            Kind::Rows { writer, .. } => Output::Rows(writer.finish()),
            Kind::Count(count) => Output::Count(count),
            Kind::Top(top) => {
                let layout = RowLayout::new(&task.stage.row.shape());
                let mut writer = BlockWriter::new(task.env.accountant, self.span, &layout);
                top.sorted().try_for_each(|row| writer.push(row))?;
                Output::Rows(writer.finish())
            }
            Kind::Fold(fold) => Output::State(fold.state.map(|state| Datum::copy(state.row(0)))),
            Kind::Discard => Output::Nothing,
            Kind::Save { writer, rows } => {
                writer.finish()?;
                Output::Count(rows)
            }
            Kind::Lines(lines) => Output::Lines(lines),
        })
    }
}

fn start_place(place: &PlaceBy, partitions: usize, code: &SinkCode, task: &TaskContext<'_>) -> TaskResult<Place> {
    Ok(match place {
        PlaceBy::Hash(order) => Place::Hash(*order),
        PlaceBy::RoundRobin(order) => Place::RoundRobin(order.first_turn(task.partition, partitions) as u64),
        PlaceBy::Custom(_) => Place::Custom(code.place.as_ref().expect("compiled with the sink").start()),
        PlaceBy::Range { ascending, .. } => Place::Range { bounds: task.env.bounds()?, ascending: *ascending },
    })
}

impl Place {
    fn of(&mut self, cx: &Cx, row: Value<'_>, partitions: usize) -> Result<usize, Failure> {
        match self {
            Self::Hash(order) => Ok(order.partition(row.field(0), partitions)),
            Self::RoundRobin(next) => {
                *next += 1;
                Ok(((*next - 1) % partitions as u64) as usize)
            }
            Self::Custom(func) => {
                let mut at = 0;
                func.row(cx, row.field(0), &mut |value| at = value.int().rem_euclid(partitions as i64) as usize)?;
                Ok(at)
            }
            Self::Range { bounds, ascending } => Ok(range_of(bounds, row.field(0), partitions, *ascending)),
        }
    }
}

impl Fold {
    fn start(zero: Option<&Datum>, seq: &Arc<KernelCode<dyn Code>>, task: &TaskContext<'_>) -> Self {
        let arena = Arena::new();
        let shape = zero.map_or_else(|| task.stage.row.shape(), |zero| zero.value().shape().clone());
        let state = zero.map(|zero| one_row(&shape, &copy(zero.value(), &arena)));
        Self { state, arena, shape, seq: seq.start(), charge: task.env.accountant.nothing() }
    }

    /// Folds a row into the state.
    fn row(&mut self, cx: &Cx, row: Value<'_>) -> Result<(), Failure> {
        let Self { state, arena, shape, seq, .. } = self;
        let mut next = Batch::new(shape.clone());
        match state {
            None => next.push(&[&copy(row, arena)]),
            Some(old) => {
                let parts = [old.row(0).words(), row.words()];
                seq.call(cx, &parts, &mut |value| next.push(&[&copy(value, arena)]))?;
            }
        }
        if arena.allocated() > 4 << 20 && !shape.is_flat() {
            let renewed = Arena::new();
            next = one_row(shape, &copy(next.row(0), &renewed));
            *arena = renewed;
        }
        *state = Some(next);
        Ok(())
    }
}

fn one_row(shape: &Shape, words: &[u64]) -> Batch {
    let mut batch = Batch::new(shape.clone());
    batch.push(&[words]);
    batch
}

fn copy(value: Value<'_>, arena: &Arena) -> Vec<u64> {
    let mut words = Vec::new();
    value.copy_to(arena, &mut words);
    words
}

/// The entries of a table as blocks by the hash of their keys.
fn spread(table: &Table, (order, partitions): (Order, usize), task: &TaskContext<'_>) -> TaskResult<Output> {
    let pair = Shape::pair(table.key_shape().clone(), table.state_shape().clone());
    let mut writers = BlockWriter::several(task.env.accountant, task.stage.span, &pair, partitions);
    let (mut row, mut words, mut arena) = (Batch::new(pair), Vec::new(), Arena::new());
    for n in 0..table.len() {
        let idx = EntryIdx(n as u32);
        row.clear();
        words.clear();
        arena.reset();
        codec::decode(table.key_shape(), &mut table.key_bytes(idx), &arena, &mut words).map_err(corrupt)?;
        row.push(&[&words, table.state(idx)]);
        writers[order.entry_partition(table, idx, partitions)].push(row.row(0))?;
    }
    Ok(Output::Buckets(finish_all(writers)))
}
