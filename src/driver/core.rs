//! Core operators: what the driver does for each.

use std::path::Path;

use crate::exec::errors::OnError;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::RejectDir;
use crate::exec::io::format::text::{Decoding, ReaderOptions, Text};
use crate::exec::io::format::whole::WholeFiles;
use crate::exec::io::format::{FileInput, InputFormat};
use crate::exec::io::inputs::{Input, InputKind, no_rows, slice_list, slice_range};
use crate::hir::{Arg, CoreOp, Expr, Lambda};
use crate::plan::func::Func;
use crate::plan::node::{Combine, Keys, NodeId, NodeKind, Numbering, RddId, StepOp};
use crate::runtime::call::trap::Trap;
use crate::runtime::value::datum::Datum;
use crate::types::ty::Ty;

use super::errors;
use super::eval::{func_arg, value_arg};
use super::job::{Job, Val};
use super::options::{EngineKind, Order};

impl Job<'_> {
    /// Builds the plan of an operator, or runs the action that it is.
    pub(super) fn core(&mut self, op: CoreOp, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let span = expr.span;
        match op {
            CoreOp::TextFile => self.text_file(args, expr),
            CoreOp::WholeTextFiles => self.whole_text_files(args, expr),
            CoreOp::Parallelize => self.parallelize(args, expr),
            CoreOp::Range => self.range(args, expr),
            CoreOp::EmptyRdd => {
                let shape = elem(&expr.ty).shape();
                self.source(InputKind::Rows { partitions: Vec::new(), shape }, "emptyRDD".into(), expr)
            }
            CoreOp::Map => self.step_said(args, StepOp::Map, expr),
            CoreOp::MapKeep => self.step(args, StepOp::Map, Keys::Stay, expr),
            CoreOp::Filter => self.step(args, StepOp::Filter, Keys::Stay, expr),
            CoreOp::FlatMap => self.step_said(args, StepOp::FlatMap, expr),
            CoreOp::FlatMapKeep => self.step(args, StepOp::FlatMap, Keys::Stay, expr),
            CoreOp::Glom => self.glom(args, expr),
            CoreOp::MapPartitions => self.map_partitions(args, expr),
            CoreOp::ZipWithIndex => self.number(args, Numbering::Index, expr),
            CoreOp::ZipWithUniqueId => self.number(args, Numbering::UniqueId, expr),
            CoreOp::Sample => self.sample(args, expr),
            CoreOp::SampleBy => self.sample_by(args, expr),
            CoreOp::RandomSplit => self.random_split(args, expr),
            CoreOp::TakeSample => self.take_sample(args, expr),
            CoreOp::Coalesce => {
                let (input, n) = (self.node_arg(args, 0)?, self.int_arg(args, 1)?);
                built(self.rdds.plan.coalesce(input, n, span), expr)
            }
            CoreOp::Repartition => {
                let (input, n) = (self.node_arg(args, 0)?, self.int_arg(args, 1)?);
                built(self.rdds.plan.repartition(input, n, span), expr)
            }
            CoreOp::Pick => self.pick(args, expr),
            CoreOp::UnionAll => {
                let inputs: TaskResult<Vec<NodeId>> = (0..args.len()).map(|at| self.node_arg(args, at)).collect();
                built(self.rdds.plan.union(inputs?, span), expr)
            }
            CoreOp::Union | CoreOp::Zip | CoreOp::Cartesian => self.two_sided(op, args, expr),
            CoreOp::PartitionBy => {
                let (input, n) = (self.node_arg(args, 0)?, self.optional_int(args, 1)?);
                built(self.rdds.plan.partition_by(input, n, span), expr)
            }
            CoreOp::PartitionByFunc => {
                let (input, n) = (self.node_arg(args, 0)?, self.optional_int(args, 1)?);
                let func = self.func(func_arg(args, 2)?)?;
                built(self.rdds.plan.partition_by_func(input, n, func, span), expr)
            }
            CoreOp::CombineByKey => self.combine(args, expr),
            CoreOp::GroupByKey => {
                let (input, n) = (self.node_arg(args, 0)?, self.optional_int(args, 1)?);
                let func = self.optional_func(args, 2)?;
                built(self.rdds.plan.group(input, n, func, span), expr)
            }
            CoreOp::CoGroup => {
                let (left, right) = (self.node_arg(args, 0)?, self.node_arg(args, 1)?);
                let n = self.optional_int(args, 2)?;
                built(self.rdds.plan.cogroup(left, right, n, span), expr)
            }
            CoreOp::SortByKey => self.sort(args, expr),
            CoreOp::SortWithin => self.sort_within(args, expr),
            CoreOp::Persist | CoreOp::Unpersist | CoreOp::StorageLevel => self.lineage(op, args, expr),
            CoreOp::SetName | CoreOp::Name | CoreOp::Id | CoreOp::DebugString | CoreOp::CleanShuffles => {
                self.lineage(op, args, expr)
            }
            CoreOp::Checkpoint | CoreOp::IsCheckpointed | CoreOp::CheckpointFile => self.checkpoints(op, args, expr),
            CoreOp::SetCheckpointDir | CoreOp::CheckpointDir => self.checkpoints(op, args, expr),
            CoreOp::DefaultParallelism => Ok(Val::Data(Datum::int(self.options.partitions as i64))),
            CoreOp::OnError => self.on_error(args, expr),
            CoreOp::NumPartitions => {
                let node = self.node_arg(args, 0)?;
                Ok(Val::Data(Datum::int(self.rdds.plan.nodes[node].partitions as i64)))
            }
            CoreOp::NewCounter => self.new_counter(args),
            CoreOp::CounterValue => self.counter_value(args),
            CoreOp::Collect | CoreOp::Count | CoreOp::Take | CoreOp::TakeOrdered | CoreOp::Reduce => {
                self.action(op, args, expr)
            }
            CoreOp::Aggregate | CoreOp::Foreach | CoreOp::Save(_) | CoreOp::Show => self.action(op, args, expr),
        }
    }

    fn map_partitions(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let (input, func) = (self.node_arg(args, 0)?, self.func(func_arg(args, 1)?)?);
        let keeps = self.data(value_arg(args, 2)?)?.value().bool();
        Ok(Val::rdd(self.rdds.plan.map_partitions(input, func, elem(&expr.ty).clone(), keeps, expr.span)))
    }

    fn pick(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let (input, partitions) = (self.node_arg(args, 0)?, self.data(value_arg(args, 1)?)?);
        let partitions: Vec<i64> = partitions.value().items().map(|at| at.int()).collect();
        built(self.rdds.plan.pick(input, &partitions, expr.span), expr)
    }

    fn sort_within(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let input = self.rdd_arg(args, 0)?;
        let ascending = self.data(value_arg(args, 1)?)?.value().bool();
        let anew = !self.rdds.get(input).is_stored();
        Ok(Val::rdd(self.rdds.plan.sort_within(input.node(), ascending, anew, expr.span)))
    }

    fn new_counter(&mut self, args: &[Arg]) -> TaskResult<Val> {
        let start = if args.is_empty() { 0 } else { self.int_arg(args, 0)? };
        self.exec.counters.push(start);
        Ok(Val::Data(Datum::int(self.exec.counters.len() as i64 - 1)))
    }

    fn counter_value(&mut self, args: &[Arg]) -> TaskResult<Val> {
        let counter = self.int_arg(args, 0)?;
        let value = usize::try_from(counter).ok().and_then(|at| self.exec.counters.get(at));
        Ok(Val::Data(Datum::int(value.copied().unwrap_or(0))))
    }

    /// The RDD of an argument.
    pub(super) fn rdd_arg(&mut self, args: &[Arg], at: usize) -> TaskResult<RddId> {
        self.rdd(value_arg(args, at)?)
    }

    /// The node that computes the RDD of an argument.
    pub(super) fn node_arg(&mut self, args: &[Arg], at: usize) -> TaskResult<NodeId> {
        self.rdd_arg(args, at).map(RddId::node)
    }

    /// The int of an argument.
    pub(super) fn int_arg(&mut self, args: &[Arg], at: usize) -> TaskResult<i64> {
        Ok(self.data(value_arg(args, at)?)?.value().int())
    }

    /// The text of an argument.
    pub(super) fn str_arg(&mut self, args: &[Arg], at: usize) -> TaskResult<String> {
        Ok(self.data(value_arg(args, at)?)?.value().str().to_owned())
    }

    /// The int of an optional argument.
    pub(super) fn optional_int(&mut self, args: &[Arg], at: usize) -> TaskResult<Option<i64>> {
        Ok(self.data(value_arg(args, at)?)?.value().option().map(|value| value.int()))
    }

    /// A function that need not be given.
    fn optional_func(&mut self, args: &[Arg], at: usize) -> TaskResult<Option<Func>> {
        if args.len() <= at { Ok(None) } else { self.func(func_arg(args, at)?).map(Some) }
    }

    /// The text of an optional argument.
    pub(super) fn optional_str(&mut self, args: &[Arg], at: usize) -> TaskResult<Option<String>> {
        let Some(Arg::Value(expr)) = args.get(at) else { return Ok(None) };
        Ok(self.data(expr)?.value().option().map(|value| value.str().to_owned()))
    }

    fn source(&mut self, kind: InputKind, what: String, expr: &Expr) -> TaskResult<Val> {
        let (partitions, batching) = (kind.partitions(), kind.batching());
        let source = self.exec.inputs.push(Input { kind, on_error: None, span: expr.span, only: None });
        let node = self.rdds.plan.source(source, what, elem(&expr.ty).clone(), partitions, expr.span);
        self.rdds.plan.batch_source(node, batching);
        Ok(Val::rdd(node))
    }

    fn reader_options(&self, lossy: bool) -> ReaderOptions {
        let decoding = if lossy { Decoding::Lossy } else { Decoding::Strict };
        ReaderOptions { decoding, ..self.options.exec.reader }
    }

    /// Spark's `defaultMinPartitions`, unless the job says otherwise.
    fn min_partitions(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<usize> {
        let n = self.optional_int(args, 1)?.unwrap_or(self.options.partitions.min(2) as i64);
        at_least(n, 0, "minPartitions", expr)
    }

    fn text_file(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let path = self.str_arg(args, 0)?;
        let min = self.min_partitions(args, expr)?;
        let lossy = match self.optional_str(args, 2)?.as_deref() {
            None | Some("strict" | "utf-8" | "UTF-8") => false,
            Some("lossy") => true,
            Some(other) => return Err(errors::unknown_encoding(expr.span, other)),
        };
        let again = self.options.engine == EngineKind::Both || self.options.outputs_below.is_some();
        if path == "-" && again {
            return Err(errors::stdin_read_again(expr.span));
        }
        let format = Text { options: self.reader_options(lossy) };
        self.files(("textFile", path, Box::new(format)), min, expr)
    }

    /// An RDD of files, by the operator that reads them, their path and their format.
    fn files(
        &mut self,
        (operator, written, format): (&str, String, Box<dyn InputFormat>),
        min_partitions: usize,
        expr: &Expr,
    ) -> TaskResult<Val> {
        let (path, row) = (self.input_path(written.clone()), format.shape());
        let kind = match FileInput::list(&path, min_partitions, format) {
            Ok(input) => InputKind::Files(input.into()),
            Err(_) if self.is_unsaved(&path) => no_rows(&row, min_partitions),
            Err(errors) => return Err(JobError::Io(errors, Some(expr.span))),
        };
        let source = self.source(kind, format!("{operator} {path}"), expr)?;
        Ok(self.called(source, written))
    }

    /// Whether a path is, or lies in, what a job that is explained has not saved.
    fn is_unsaved(&self, path: &str) -> bool {
        self.unsaved.iter().any(|saved| Path::new(path).starts_with(saved))
    }

    /// RDDs of files are called by their path, as in Spark.
    fn called(&mut self, source: Val, path: String) -> Val {
        if let Val::Rdd(rdd) = source {
            self.rdds.get_mut(rdd).name = Some(path);
        }
        source
    }

    fn whole_text_files(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let path = self.str_arg(args, 0)?;
        let min = self.min_partitions(args, expr)?;
        let format = WholeFiles { options: self.reader_options(false) };
        self.files(("wholeTextFiles", path, Box::new(format)), min, expr)
    }

    fn slices(&mut self, args: &[Arg], at: usize, expr: &Expr) -> TaskResult<usize> {
        let n = self.optional_int(args, at)?.unwrap_or(self.options.partitions as i64);
        at_least(n, 1, "numSlices", expr)
    }

    fn parallelize(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let list = self.data(value_arg(args, 0)?)?;
        let n = self.slices(args, 1, expr)?;
        let what = format!("parallelize {} elements", list.value().len());
        self.source(slice_list(list.value(), n), what, expr)
    }

    fn range(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let (start, end, step) = (self.int_arg(args, 0)?, self.int_arg(args, 1)?, self.int_arg(args, 2)?);
        let n = self.slices(args, 3, expr)?;
        if step == 0 {
            return Err(errors::zero_step(expr.span));
        }
        let kind = slice_range(start, end, step, n).ok_or_else(|| errors::range_bound(expr.span))?;
        self.source(kind, format!("range {start}, {end}, {step}"), expr)
    }

    fn step(&mut self, args: &[Arg], op: impl FnOnce(Func) -> StepOp, keys: Keys, expr: &Expr) -> TaskResult<Val> {
        let (input, func) = (self.node_arg(args, 0)?, self.func(func_arg(args, 1)?)?);
        Ok(Val::rdd(self.rdds.plan.step(input, op(func), elem(&expr.ty).clone(), keys, expr.span)))
    }

    /// A step of which the job may say that it keeps keys.
    fn step_said(&mut self, args: &[Arg], op: impl FnOnce(Func) -> StepOp, expr: &Expr) -> TaskResult<Val> {
        let said = self.data(value_arg(args, 2)?)?.value().option().is_some_and(|said| said.bool());
        self.step(args, op, if said { Keys::SaidToStay } else { Keys::MayChange }, expr)
    }

    fn number(&mut self, args: &[Arg], how: Numbering, expr: &Expr) -> TaskResult<Val> {
        let input = self.node_arg(args, 0)?;
        if how == Numbering::Index && self.rdds.plan.nodes[input].partitions > 1 {
            // PySpark counts the partitions at once.
            self.fix_groups(RddId::of(input), expr)?;
            self.note_computed(RddId::of(input), None);
        }
        Ok(Val::rdd(self.rdds.plan.step(
            input,
            StepOp::Number(how),
            elem(&expr.ty).clone(),
            Keys::MayChange,
            expr.span,
        )))
    }

    /// Each partition as one list: a function of the whole partition.
    fn glom(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let input = self.node_arg(args, 0)?;
        let ty = elem(&expr.ty).clone();
        let list = |elements| Expr::list(vec![elements], ty.clone(), expr.span);
        let func = Func::closed(Lambda::closed(expr.span, [Ty::Int, ty.clone()], |_, [_, elements]| list(elements)));
        Ok(Val::rdd(self.rdds.plan.map_partitions(input, func, ty, false, expr.span)))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "`core` sends few of the many operators here")]
    fn two_sided(&mut self, op: CoreOp, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let (left, right) = (self.node_arg(args, 0)?, self.node_arg(args, 1)?);
        let ty = elem(&expr.ty).clone();
        match op {
            CoreOp::Union => built(self.rdds.plan.union(vec![left, right], expr.span), expr),
            CoreOp::Zip => built(self.rdds.plan.zip(left, right, ty, expr.span), expr),
            _ => built(self.rdds.plan.cartesian(left, right, ty, expr.span), expr),
        }
    }

    fn combine(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let input = self.node_arg(args, 0)?;
        let combine = Combine {
            create: self.func(func_arg(args, 1)?)?,
            merge_value: self.func(func_arg(args, 2)?)?,
            merge_combiners: self.func(func_arg(args, 3)?)?,
            map_side: false,
        };
        let places = (self.optional_int(args, 4)?, self.optional_func(args, 5)?);
        let Some([_, state]) = elem(&expr.ty).components().and_then(|tys| <[&Ty; 2]>::try_from(tys).ok()) else {
            return Err(JobError::Bug("a combine that gives no pairs".into()));
        };
        built(self.rdds.plan.combine(input, combine, state.clone(), places, expr.span), expr)
    }

    /// PySpark samples at once, and gives an RDD without elements back as it is.
    fn sort(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let rdd = self.rdd_arg(args, 0)?;
        let ascending = self.data(value_arg(args, 1)?)?.value().bool();
        let n = self.optional_int(args, 2)?;
        let mapped = self.data(value_arg(args, 3)?)?.value().option().is_some_and(|mapped| mapped.bool());
        let sorted = self.rdds.plan.sort(rdd.node(), ascending, n, mapped, expr.span);
        if let Ok(node) = sorted
            && self.rdds.plan.order == Order::PySpark
            && self.rdds.plan.nodes[node].partitions > 1
        {
            self.fix_groups(rdd, expr)?;
            if self.has_no_elements(rdd, expr)? {
                return Ok(Val::Rdd(rdd));
            }
            self.note_computed(rdd, None);
        }
        built(sorted, expr)
    }

    fn on_error(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let rdd = self.rdd_arg(args, 0)?;
        let (mode, dir) = (self.str_arg(args, 1)?, self.optional_str(args, 2)?);
        let mode = match (mode.as_str(), dir.is_some()) {
            ("fail", _) => OnError::Fail,
            ("skip", _) => OnError::Skip,
            ("reject", true) => OnError::Reject,
            ("reject", false) if self.options.reject_dir.is_some() => OnError::Reject,
            ("reject", false) => return Err(errors::no_reject_directory(expr.span)),
            (other, _) => return Err(errors::unknown_mode(expr.span, other)),
        };
        let NodeKind::Source { source, .. } = self.rdds.node(rdd).kind else {
            return Err(errors::on_error_of_no_source(expr.span));
        };
        if self.rdds.get(rdd).is_stored() {
            return Err(errors::on_error_of_no_source(expr.span));
        }
        self.exec.inputs[source].on_error = Some(mode);
        if let (Some(dir), OnError::Reject, None) = (dir, mode, &self.explained) {
            let path = self.output_path(dir);
            let other =
                self.exec.rejects().filter(|rejects| self.options.reject_dir.is_none() && !rejects.is_at(&path));
            if let Some(rejects) = other {
                return Err(errors::two_reject_directories(expr.span, rejects.path(), &path));
            }
            let rejects = RejectDir::prepare(&path, self.options.exec.overwrite);
            let rejects = rejects.map_err(errors::io(expr.span))?;
            self.exec.reject_to(rejects);
        }
        Ok(Val::Rdd(rdd))
    }
}

/// The element type of an RDD's type.
pub(super) fn elem(ty: &Ty) -> &Ty {
    let Ty::Rdd(elem) = ty else { unreachable!("sema gives operators that make RDDs an rdd type, not {ty}") };
    elem
}

fn built(node: Result<NodeId, Trap>, expr: &Expr) -> TaskResult<Val> {
    node.map(Val::rdd).map_err(|trap| JobError::driver(expr.span, trap))
}

/// A number that is at least `min`.
fn at_least(n: i64, min: i64, what: &str, expr: &Expr) -> TaskResult<usize> {
    match usize::try_from(n) {
        Ok(n) if n >= min as usize && n <= 1_000_000 => Ok(n),
        _ => Err(errors::out_of_range(expr.span, what, min, n)),
    }
}
