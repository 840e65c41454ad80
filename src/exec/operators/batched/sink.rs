//! Sinks of the batched runtime: what becomes of the rows of a task, a batch at a time.

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::emit::{EmitBuffer, RowSlice};
use crate::engine::{BatchCode, BatchEngine, Failure, Ran};
use crate::runtime::call::cx::Cx;
use crate::runtime::spark::placing::Order;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::Word;
use crate::stage::{PlaceBy, Sink};

use super::combine::{CombineCode, Combined};
use super::fold::{Fold, UpdateFoldCode};
use super::top::Top;
use crate::exec::data::block::{BlockWriter, finish_all, push_placed};
use crate::exec::data::heap::RowLayout;
use crate::exec::data::lines::Lines;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::format::RowWriter;
use crate::exec::kernel::KernelCode;
use crate::exec::operators::context::TaskContext;
use crate::exec::operators::placement::{Bounds, NOWHERE, combined_order, hash_places, range_of};
use crate::exec::operators::runtime::Output;

/// The functions of a sink with their code.
pub(super) struct SinkCode {
    combine: Option<CombineCode>,
    place: Option<Arc<KernelCode<dyn BatchCode>>>,
    fold: Option<UpdateFoldCode>,
}

impl SinkCode {
    /// Compiles the functions of a stage's sink.
    pub(super) fn new(sink: &Sink, engine: &dyn BatchEngine) -> Self {
        let mut code = Self { combine: None, place: None, fold: None };
        match sink {
            Sink::Shuffle { place, combine, .. } => {
                code.combine = combine.as_ref().map(|kernels| CombineCode::of_values(kernels, engine));
                if let PlaceBy::Custom(kernel) = place {
                    code.place = Some(KernelCode::by_batch(kernel, engine));
                }
            }
            Sink::Fold { seq, .. } => code.fold = Some(UpdateFoldCode::new(seq, engine)),
            Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Top { .. } | Sink::Discard => {}
            Sink::Save { .. } | Sink::Lines => {}
        }
        code
    }
}

/// A sink in a task.
pub(super) struct BatchSink<'a> {
    kind: Kind<'a>,
    /// The operator that wants the rows.
    span: Span,
    /// The error that ends the task.
    pub(super) ended: Option<JobError>,
    /// The sink wants no more rows.
    pub(super) full: bool,
}

enum Kind<'a> {
    Buckets { writers: Vec<BlockWriter>, place: Place<'a>, places: Vec<u32> },
    Combine { combined: Combined<'a>, to: (Order, usize) },
    Rows { writer: BlockWriter, limit: u64 },
    Count(u64),
    Top(Top),
    Fold(Fold<'a>),
    Discard,
    Save { writer: Box<dyn RowWriter>, rows: u64 },
    Lines(Lines),
}

/// Where rows go.
enum Place<'a> {
    Hash(Order),
    Custom(Placing<'a>),
    Range { bounds: Arc<Bounds>, ascending: bool },
    RoundRobin(u64),
}

/// A function of the job that says where keys go.
struct Placing<'a> {
    kernel: &'a KernelCode<dyn BatchCode>,
    buffer: EmitBuffer,
    keys: Vec<Word>,
}

impl<'a> BatchSink<'a> {
    /// The sink of a stage in a task.
    ///
    /// # Errors
    /// An output file cannot be created.
    pub(super) fn start(code: &'a SinkCode, task: &TaskContext<'_>) -> TaskResult<Self> {
        let (stage, accountant) = (task.stage, task.env.accountant);
        let row = stage.row.shape();
        let writer = || BlockWriter::new(accountant, stage.span, &RowLayout::new(&row));
        let kind = match (&stage.sink, &code.combine, &code.fold) {
            (Sink::Shuffle { place, partitions, .. }, Some(combine), _) => {
                Kind::Combine { combined: combine.start(accountant), to: (combined_order(place), *partitions) }
            }
            (Sink::Shuffle { place, partitions, .. }, None, _) => Kind::Buckets {
                writers: BlockWriter::several(accountant, stage.span, &row, *partitions),
                place: Place::start(place, *partitions, code, task)?,
                places: Vec::new(),
            },
            (Sink::Fold { zero, .. }, _, Some(fold)) => Kind::Fold(fold.start(zero.as_deref(), task)),
            (Sink::Fold { .. }, _, None) => unreachable!("compiled with the sink"),
            (Sink::Rows, ..) => Kind::Rows { writer: writer(), limit: u64::MAX },
            (Sink::Take(n), ..) => {
                Kind::Rows { writer: writer(), limit: task.env.take_left.unwrap_or(*n).min(*n) as u64 }
            }
            (Sink::Count, ..) => Kind::Count(0),
            (Sink::Top { n, descending }, ..) => Kind::Top(Top::new(row.clone(), *n, *descending, accountant)),
            (Sink::Discard, ..) => Kind::Discard,
            (Sink::Save { .. }, ..) => Kind::Save { writer: task.row_writer()?, rows: 0 },
            (Sink::Lines, ..) => Kind::Lines(Lines::new(accountant)),
        };
        let full = matches!(kind, Kind::Rows { limit: 0, .. });
        Ok(Self { kind, span: stage.span, ended: None, full })
    }

    /// Whether it must see each row before the kernel goes on: it may want no more.
    pub(super) fn counts_each(&self) -> bool {
        matches!(self.kind, Kind::Rows { limit, .. } if limit < u64::MAX)
    }

    /// The fold, if it is one.
    pub(super) fn fold_mut(&mut self) -> Option<&mut Fold<'a>> {
        match &mut self.kind {
            Kind::Fold(fold) => Some(fold),
            Kind::Buckets { .. } | Kind::Combine { .. } | Kind::Rows { .. } | Kind::Count(_) | Kind::Top(_) => None,
            Kind::Discard | Kind::Save { .. } | Kind::Lines(_) => None,
        }
    }

    /// Takes rows; how many were taken before the sink was full or ended. `failed` receives the row errors of the sink's
    /// own functions, in order.
    pub(super) fn take(&mut self, cx: &Cx, rows: RowSlice<'_>, failed: &mut dyn FnMut(usize, Failure)) -> usize {
        if self.ended.is_some() {
            return 0;
        }
        let span = self.span;
        let over = |over| JobError::Budget(over, span);
        let mut each = (0..rows.len()).map(|n| rows.row(n));
        let done = match &mut self.kind {
            Kind::Buckets { writers, place, places } => {
                place.of(cx, rows, writers.len(), places, failed);
                push_placed(writers, rows, places)
            }
            Kind::Combine { combined, .. } => combined.add(cx, rows, failed),
            Kind::Rows { writer, limit: u64::MAX } => writer.push_all(rows),
            Kind::Rows { writer, limit } => {
                let room = rows.len().min((*limit - writer.rows()) as usize);
                let done = each.take(room).try_for_each(|row| writer.push(row));
                self.full = writer.rows() >= *limit;
                self.ended = done.err();
                return room;
            }
            Kind::Count(count) => {
                *count += rows.len() as u64;
                Ok(())
            }
            Kind::Top(top) => each.try_for_each(|row| top.push(row)).map_err(over),
            Kind::Fold(fold) => fold.add(cx, rows, span, failed),
            Kind::Discard => Ok(()),
            Kind::Save { writer, rows: written } => {
                *written += rows.len() as u64;
                each.try_for_each(|row| writer.row(row)).map_err(JobError::from)
            }
            Kind::Lines(lines) => each.try_for_each(|row| lines.push(row.str().as_bytes())).map_err(over),
        };
        self.ended = done.err();
        rows.len()
    }

    /// Ends the sink; gives the output that the task leaves.
    ///
    /// # Errors
    /// An output file cannot be finished, or the budget of memory is exceeded.
    pub(super) fn finish(self, task: &TaskContext<'_>) -> TaskResult<Output> {
        let accountant = task.env.accountant;
        Ok(match self.kind {
            Kind::Buckets { writers, .. } => Output::Buckets(finish_all(writers)),
            Kind::Combine { combined, to } => Output::Buckets(combined.spread(to, accountant, self.span)?),
            Kind::Rows { writer, .. } => Output::Rows(writer.finish()),
            Kind::Count(count) => Output::Count(count),
            Kind::Top(top) => {
                let mut writer = BlockWriter::new(accountant, self.span, &RowLayout::new(&task.stage.row.shape()));
                top.sorted().try_for_each(|row| writer.push(row))?;
                Output::Rows(writer.finish())
            }
            Kind::Fold(fold) => Output::State(fold.finish()),
            Kind::Discard => Output::Nothing,
            Kind::Save { writer, rows } => {
                writer.finish()?;
                Output::Count(rows)
            }
            Kind::Lines(lines) => Output::Lines(lines),
        })
    }
}

impl<'a> Place<'a> {
    fn start(place: &PlaceBy, partitions: usize, code: &'a SinkCode, task: &TaskContext<'_>) -> TaskResult<Self> {
        Ok(match place {
            PlaceBy::Hash(order) => Self::Hash(*order),
            PlaceBy::RoundRobin(order) => Self::RoundRobin(order.first_turn(task.partition, partitions) as u64),
            PlaceBy::Custom(_) => {
                let kernel = code.place.as_ref().expect("compiled with the sink");
                let buffer = EmitBuffer::new(Arc::new(Shape::Int));
                Self::Custom(Placing { kernel, buffer, keys: Vec::new() })
            }
            PlaceBy::Range { ascending, .. } => Self::Range { bounds: task.env.bounds()?, ascending: *ascending },
        })
    }

    /// The partitions of rows; [`NOWHERE`] for those that fail.
    fn of(
        &mut self,
        cx: &Cx,
        rows: RowSlice<'_>,
        partitions: usize,
        places: &mut Vec<u32>,
        failed: &mut dyn FnMut(usize, Failure),
    ) {
        let keys = (0..rows.len()).map(|n| rows.row(n));
        match self {
            Self::Hash(order) => hash_places(*order, rows, partitions, places),
            Self::Custom(placing) => placing.of(cx, rows, partitions, places, failed),
            Self::Range { bounds, ascending } => {
                places.clear();
                places.extend(keys.map(|row| range_of(bounds, row.field(0), partitions, *ascending) as u32));
            }
            Self::RoundRobin(next) => {
                let first = *next;
                *next += rows.len() as u64;
                places.clear();
                places.extend((first..*next).map(|turn| (turn % partitions as u64) as u32));
            }
        }
    }
}

impl Placing<'_> {
    /// Runs the function on the keys of rows.
    fn of(
        &mut self,
        cx: &Cx,
        rows: RowSlice<'_>,
        partitions: usize,
        places: &mut Vec<u32>,
        failed: &mut dyn FnMut(usize, Failure),
    ) {
        let Self { kernel, buffer, keys } = self;
        keys.clear();
        (0..rows.len()).for_each(|n| keys.extend_from_slice(rows.row(n).field(0).words()));
        places.clear();
        buffer.begin(rows.len());
        let mut from = 0;
        while from < rows.len() {
            let ran = kernel.run(cx, keys, [from, rows.len()], buffer, &mut |buffer, _| {
                take_places(buffer, partitions, places);
                false
            });
            take_places(buffer, partitions, places);
            let Ran::Failed(at, failure) = ran else { break };
            buffer.close(at);
            failed(at, failure);
            places.push(NOWHERE);
            from = at + 1;
        }
    }
}

/// Takes the numbers that a function of the job has given for keys.
fn take_places(buffer: &mut EmitBuffer, partitions: usize, places: &mut Vec<u32>) {
    let rows = buffer.slice(buffer.len());
    let place = |n: usize| rows.row(n).int().rem_euclid(partitions as i64) as u32;
    places.extend((0..rows.len()).map(place));
    buffer.take(buffer.len());
}
