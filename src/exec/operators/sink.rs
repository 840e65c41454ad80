//! Sinks: what becomes of the rows of a task.

use std::sync::Arc;

use crate::base::source::Span;
use crate::engine::staging::Staged;
use crate::engine::{Engine, Failure};
use crate::runtime::call::cx::Cx;
use crate::runtime::spark::placing::Order;
use crate::runtime::value::arena::Arena;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::table::{EntryIdx, Table};
use crate::runtime::value::words::Value;
use crate::stage::{PlaceBy, Sink, Stage};

use super::batched::combine::Combined;
use super::placement::{Bounds, hash_places, range_of};
use super::rows::combine::{CombineCode, CombineWay, Combiner, Compiled, Running};
use super::top::Top;
use crate::exec::data::batch::Batch;
use crate::exec::data::block::{Block, BlockWriter, push_placed};
use crate::exec::data::lines::Lines;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::format::{RowWriter, SaveTo};
use crate::exec::memory::{Accountant, Charge};

/// What a task leaves.
#[derive(Debug)]
pub enum Output {
    /// A block for each partition of the next stage.
    Buckets(Vec<Arc<Block>>),
    /// Rows.
    Rows(Arc<Block>),
    /// A number of rows.
    Count(u64),
    /// The state of a fold, if there was a row or a zero.
    State(Option<Arc<Datum>>),
    /// Lines of text.
    Lines(Lines),
    /// Nothing to keep.
    Nothing,
}

/// The functions of a sink with their code.
#[derive(Clone)]
pub struct SinkCode {
    combine: Option<CombineWay>,
    place: Option<Compiled>,
    fold: Option<(Compiled, Compiled)>,
    staged: bool,
}

impl SinkCode {
    /// Compiles the functions of a stage's sink.
    pub fn new(sink: &Sink, engine: &dyn Engine) -> Self {
        let mut code = Self { combine: None, place: None, fold: None, staged: engine.staged() };
        match sink {
            Sink::Shuffle { place, combine, .. } => {
                code.combine = combine.as_ref().map(|kernels| CombineWay::of_values(kernels, engine));
                if let PlaceBy::Custom(kernel) = place {
                    code.place = Some(Compiled::new(kernel, engine));
                }
            }
            Sink::Fold { seq, comb, .. } => {
                code.fold = Some((Compiled::new(seq, engine), Compiled::new(comb, engine)));
            }
            Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Top { .. } | Sink::Discard => {}
            Sink::Save { .. } | Sink::Lines => {}
        }
        code
    }

    /// The function that merges the states of a fold.
    pub fn comb(&self) -> Option<&Compiled> {
        self.fold.as_ref().map(|(_, comb)| comb)
    }
}

/// A sink in a task.
pub struct SinkState {
    kind: Kind,
    /// The operator that wants the rows.
    span: Span,
    /// The first row error of the sink's own functions, for the task to take.
    pub failed: Option<Failure>,
    /// What ends the task.
    pub ended: Option<JobError>,
    /// The sink wants no more rows.
    pub full: bool,
    /// Where the rows of a batch go.
    places: Vec<u32>,
}

enum Kind {
    Buckets { writers: Vec<BlockWriter>, place: Place },
    Combine { table: Table, combiner: Box<Combiner>, charge: Charge, to: (Order, usize) },
    Combined { combined: Box<Combined>, to: (Order, usize) },
    Rows { writer: BlockWriter, limit: u64 },
    Count(u64),
    Top(Box<Top>),
    Fold { state: Option<Batch>, arena: Arena, shape: Shape, seq: Box<Running>, charge: Charge },
    Discard,
    Save { writer: Box<dyn RowWriter>, rows: u64 },
    Lines(Lines),
}

/// Where a row goes.
enum Place {
    Hash(Order),
    Custom(Box<Running>),
    Range { bounds: Arc<Bounds>, ascending: bool },
    RoundRobin(u64),
}

/// What a sink needs besides its stage.
pub struct SinkInputs<'a> {
    /// The partition.
    pub partition: usize,
    /// Bounds of ranges, where rows are placed by range.
    pub bounds: Option<Arc<Bounds>>,
    /// Where a save goes.
    pub output: Option<SaveTo<'a>>,
    /// The accountant.
    pub accountant: &'a Arc<Accountant>,
    /// How many rows a running `take` still wants.
    pub take_left: Option<usize>,
}

impl SinkState {
    /// The sink of a stage in a task.
    ///
    /// # Errors
    /// An output file cannot be created.
    pub fn start(stage: &Stage, code: &SinkCode, inputs: &SinkInputs<'_>) -> TaskResult<Self> {
        let row = stage.row.shape();
        let writer = || match code.staged {
            true => BlockWriter::of_shape(inputs.accountant, stage.span, &row),
            false => BlockWriter::new(inputs.accountant, stage.span),
        };
        let kind = match &stage.sink {
            Sink::Shuffle { place, partitions, .. } if code.combine.is_some() => {
                let to = (order_of(place), *partitions);
                match code.combine.as_ref().expect("just tested") {
                    CombineWay::Rows(combine) => start_combine(combine, to, inputs.accountant),
                    CombineWay::Staged(update) => {
                        let combined = Box::new(update.start(inputs.accountant));
                        Kind::Combined { combined, to }
                    }
                }
            }
            Sink::Shuffle { place, partitions, .. } => {
                let place = start_place(place, *partitions, code, inputs)?;
                Kind::Buckets { writers: (0..*partitions).map(|_| writer()).collect(), place }
            }
            Sink::Rows => Kind::Rows { writer: writer(), limit: u64::MAX },
            Sink::Take(n) => {
                let limit = inputs.take_left.unwrap_or(*n).min(*n);
                Kind::Rows { writer: writer(), limit: limit as u64 }
            }
            Sink::Count => Kind::Count(0),
            Sink::Top { n, descending } => {
                Kind::Top(Box::new(Top::new(row.clone(), *n, *descending, inputs.accountant)))
            }
            Sink::Fold { zero, .. } => start_fold(zero.as_deref(), code, stage, inputs.accountant),
            Sink::Discard => Kind::Discard,
            Sink::Save { .. } => {
                let to = inputs.output.ok_or_else(|| JobError::Bug("a save without a directory".into()))?;
                Kind::Save { writer: to.format.writer(to.output, inputs.partition)?, rows: 0 }
            }
            Sink::Lines => Kind::Lines(Lines::new(inputs.accountant)),
        };
        let full = matches!(kind, Kind::Rows { limit: 0, .. });
        Ok(Self { kind, span: stage.span, failed: None, ended: None, full, places: Vec::new() })
    }

    /// Takes a row. The first row error and errors are left in the sink.
    pub fn row(&mut self, cx: &Cx, row: Value<'_>) {
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
            Kind::Combined { combined, .. } => combined.add(cx, Staged::one(row), &mut |_, failure| {
                self.failed.get_or_insert(failure);
            }),
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
            Kind::Fold { state, arena, shape, seq, charge } => {
                let failed = fold(state, arena, shape, seq, cx, row).err();
                self.failed = self.failed.take().or(failed);
                charge.set(arena.allocated()).map_err(over)
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

    /// Appends the state of a fold to nothing: whether there is one, and its words.
    pub fn fold_state(&self, out: &mut Vec<u64>) {
        out.clear();
        if let Kind::Fold { state, shape, .. } = &self.kind {
            out.push(u64::from(state.is_some()));
            match state {
                Some(state) => out.extend_from_slice(state.row(0).words()),
                None => out.resize(1 + shape.words(), 0),
            }
        }
    }

    /// Changes the state of a fold to what [`SinkState::fold_state`] gave and code has changed; it is copied.
    pub fn set_fold(&mut self, words: &[u64]) {
        if let (Kind::Fold { state, arena, shape, charge, .. }, [1, words @ ..]) = (&mut self.kind, words) {
            let mut next = Batch::new(shape.clone());
            next.push(&[words]);
            if !shape.is_flat() {
                // The old state may be in the old arena, and the new one made of parts of it.
                let renewed = Arena::new();
                let copied = copy(next.row(0), &renewed);
                next.clear();
                next.push(&[&copied]);
                *arena = renewed;
                self.ended = charge.set(arena.allocated()).map_err(|over| JobError::Budget(over, self.span)).err();
            }
            *state = Some(next);
        }
    }

    /// Whether it must see each row before the kernel goes on: it may want no more.
    pub fn counts_each(&self) -> bool {
        matches!(self.kind, Kind::Rows { limit, .. } if limit < u64::MAX)
    }

    /// Takes rows; how many were taken before the sink was full or ended. `failed` receives the row errors of the sink's
    /// own functions, in order.
    pub fn rows(&mut self, cx: &Cx, staged: Staged<'_>, failed: &mut dyn FnMut(usize, Failure)) -> usize {
        if self.ended.is_some() {
            return 0;
        }
        if let Kind::Count(count) = &mut self.kind {
            *count += staged.len() as u64;
            return staged.len();
        }
        match &mut self.kind {
            Kind::Top(top) => {
                let over = (0..staged.len()).find_map(|n| top.push(staged.row(n)).err());
                self.ended = over.map(|over| JobError::Budget(over, self.span));
                return staged.len();
            }
            Kind::Combined { combined, .. } => {
                self.ended = combined.add(cx, staged, failed).err();
                return staged.len();
            }
            Kind::Buckets { writers, place: Place::Hash(order) } => {
                hash_places(*order, staged, writers.len(), &mut self.places);
                self.ended = push_placed(writers, staged, &self.places).err();
                return staged.len();
            }
            Kind::Rows { writer, limit: u64::MAX } => {
                self.ended = (0..staged.len()).try_for_each(|n| writer.push(staged.row(n))).err();
                return staged.len();
            }
            _ => {}
        }
        for n in 0..staged.len() {
            if self.full || self.ended.is_some() {
                return n;
            }
            self.row(cx, staged.row(n));
            if let Some(failure) = self.failed.take() {
                failed(n, failure);
            }
        }
        staged.len()
    }

    /// What the task leaves.
    ///
    /// # Errors
    /// An output file cannot be finished, or the budget of memory is exceeded.
    pub fn finish(self, stage: &Stage, accountant: &Arc<Accountant>) -> TaskResult<Output> {
        Ok(match self.kind {
            Kind::Buckets { writers, .. } => {
                Output::Buckets(writers.into_iter().map(|writer| Arc::new(writer.finish())).collect())
            }
            Kind::Combine { table, to, .. } => spread(&table, to, accountant, stage.span)?,
            Kind::Combined { combined, to } => Output::Buckets(combined.spread(to, accountant, stage.span)?),
            Kind::Rows { writer, .. } => Output::Rows(Arc::new(writer.finish())),
            Kind::Count(count) => Output::Count(count),
            Kind::Top(top) => {
                let mut writer = BlockWriter::new(accountant, stage.span);
                top.sorted().try_for_each(|row| writer.push(row))?;
                Output::Rows(Arc::new(writer.finish()))
            }
            Kind::Fold { state, .. } => Output::State(state.map(|state| Datum::copy(state.row(0)))),
            Kind::Discard => Output::Nothing,
            Kind::Save { writer, rows } => {
                writer.finish()?;
                Output::Count(rows)
            }
            Kind::Lines(lines) => Output::Lines(lines),
        })
    }
}

fn start_place(place: &PlaceBy, partitions: usize, code: &SinkCode, inputs: &SinkInputs<'_>) -> TaskResult<Place> {
    Ok(match place {
        PlaceBy::Hash(order) => Place::Hash(*order),
        PlaceBy::RoundRobin(order) => Place::RoundRobin(order.first_turn(inputs.partition, partitions) as u64),
        PlaceBy::Custom(_) => {
            let compiled = code.place.as_ref().expect("compiled with the sink");
            Place::Custom(Box::new(compiled.start()))
        }
        PlaceBy::Range { ascending, .. } => {
            let bounds = inputs.bounds.clone().ok_or_else(|| JobError::Bug("ranges without bounds".into()))?;
            Place::Range { bounds, ascending: *ascending }
        }
    })
}

impl Place {
    fn of(&mut self, cx: &Cx, row: Value<'_>, partitions: usize) -> Result<usize, Failure> {
        let n = partitions as u64;
        match self {
            Self::Hash(order) => Ok(order.partition(row.field(0), partitions)),
            Self::RoundRobin(next) => {
                *next += 1;
                Ok(((*next - 1) % n) as usize)
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

/// By whose hash a shuffle places the keys that it combines.
fn order_of(place: &PlaceBy) -> Order {
    match place {
        PlaceBy::Hash(order) | PlaceBy::RoundRobin(order) => *order,
        PlaceBy::Custom(_) | PlaceBy::Range { .. } => Order::Own,
    }
}

fn start_combine(combine: &CombineCode, to: (Order, usize), accountant: &Arc<Accountant>) -> Kind {
    let combiner = combine.start();
    let charge = accountant.charge(0).expect("nothing is always within the budget");
    Kind::Combine { table: combiner.table(), combiner: Box::new(combiner), charge, to }
}

fn start_fold(zero: Option<&Datum>, code: &SinkCode, stage: &Stage, accountant: &Arc<Accountant>) -> Kind {
    let (seq, _) = code.fold.as_ref().expect("compiled with the sink");
    let arena = Arena::new();
    let shape = zero.map_or_else(|| stage.row.shape(), |zero| zero.value().shape().clone());
    let state = zero.map(|zero| {
        let mut batch = Batch::new(shape.clone());
        batch.push(&[&copy(zero.value(), &arena)]);
        batch
    });
    Kind::Fold { state, arena, shape, seq: Box::new(seq.start()), charge: accountant.nothing() }
}

fn copy(value: Value<'_>, arena: &Arena) -> Vec<u64> {
    let mut words = Vec::new();
    value.copy_to(arena, &mut words);
    words
}

/// Folds a row into the state, which lives in an arena of its own; that is renewed when it has grown.
fn fold(
    state: &mut Option<Batch>,
    arena: &mut Arena,
    shape: &Shape,
    seq: &mut Running,
    cx: &Cx,
    row: Value<'_>,
) -> Result<(), Failure> {
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
        let words = copy(next.row(0), &renewed);
        next.clear();
        next.push(&[&words]);
        *arena = renewed;
    }
    *state = Some(next);
    Ok(())
}

/// The entries of a table as blocks by the hash of their keys.
fn spread(
    table: &Table,
    (order, partitions): (Order, usize),
    accountant: &Arc<Accountant>,
    span: Span,
) -> TaskResult<Output> {
    let mut writers: Vec<_> = (0..partitions).map(|_| BlockWriter::new(accountant, span)).collect();
    let mut state = Batch::new(table.state_shape().clone());
    for n in 0..table.len() {
        let idx = EntryIdx(n as u32);
        state.clear();
        state.push(&[table.state(idx)]);
        let at = order.entry_partition(table, idx, partitions);
        writers[at].push_parts(table.key_bytes(idx), state.row(0))?;
    }
    Ok(Output::Buckets(writers.into_iter().map(|writer| Arc::new(writer.finish())).collect()))
}
