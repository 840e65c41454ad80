//! Actions: the plan of an RDD is optimised, cut into stages and run, and what its partitions leave becomes a value.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::source::Sources;
use crate::engine::jit::{Jit, OptLevel};
use crate::exec::data::batch::Batch;
use crate::exec::data::block::Block;
use crate::exec::errors::OnError;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::io::format::text::line_of;
use crate::exec::io::formats::output_format;
use crate::exec::operators::batched::top::Top;
use crate::exec::operators::runtime::Output;
use crate::exec::schedule::Exec;
use crate::hir::{Arg, CoreOp, Expr};
use crate::opt::{self, Optimised};
use crate::plan::node::{Action, FormatSpec, Node, RddId, Reusable};
use crate::plan::part::{Storage, part};
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::stage::cut::cut;
use crate::stage::{Graph, ReuseKey, Sink, print};
use crate::types::ty::Ty;

use super::defaults::default_of;
use super::errors;
use super::eval::{func_arg, value_arg};
use super::job::{Job, Val, is_whole};
use super::options::Explain;
use super::rdds::Rdds;

impl Job<'_> {
    /// Runs an action, or explains it.
    pub(super) fn action(&mut self, op: CoreOp, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let rdd = self.rdd_arg(args, 0)?;
        let action = self.action_of(op, rdd, args, expr)?;
        self.perform(rdd, &action, expr).map(Val::Data)
    }

    /// Runs an action on an RDD, or explains it; `expr` has the place and the type of its value.
    pub(super) fn perform(&mut self, rdd: RddId, action: &Action, expr: &Expr) -> TaskResult<Arc<Datum>> {
        self.fix_groups(rdd, expr)?;
        let started = std::time::Instant::now();
        let optimised = self.optimise(rdd, action);
        let graph = self.cut(&optimised, expr);
        self.optimising += started.elapsed();
        if let Some((what, _)) = self.explained {
            self.explain_action(what, rdd, action, &optimised, &graph, expr);
            if let Action::Save { path, .. } = action {
                self.unsaved.push(path.clone());
            }
            return Ok(default_of(&expr.ty.shape()));
        }
        if let Action::Take(n) = action {
            let blocks = self.exec.take(&graph, *n)?;
            self.note_computed(rdd, Some(blocks.len()));
            self.make_checkpoints(rdd, expr)?;
            return Ok(self.list_of_rows(&blocks, &self.rdds.node(rdd).elem, *n));
        }
        let outputs = self.exec.run(&graph)?;
        self.note_computed(rdd, None);
        let value = self.value_of(action, outputs, &graph, expr)?;
        self.make_checkpoints(rdd, expr)?;
        Ok(value)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "`core` sends few of the many operators here")]
    fn action_of(&mut self, op: CoreOp, rdd: RddId, args: &[Arg], expr: &Expr) -> TaskResult<Action> {
        Ok(match op {
            CoreOp::Collect => Action::Collect,
            CoreOp::Count => Action::Count,
            CoreOp::Show => Action::Show(line_of(&self.rdds.node(rdd).elem, expr.span)),
            CoreOp::Take => Action::Take(self.count_arg(args, "take", false, expr)?),
            CoreOp::TakeOrdered => {
                let descending = self.data(value_arg(args, 3)?)?.value().bool();
                let name = if descending { "top" } else { "takeOrdered" };
                let n = self.count_arg(args, name, descending, expr)?;
                let key = self.func(func_arg(args, 2)?)?;
                let key_ty = key.lambda.body.ty.clone();
                Action::TakeOrdered { n, key, key_ty, descending }
            }
            CoreOp::Reduce => Action::Reduce(self.func(func_arg(args, 1)?)?),
            CoreOp::Aggregate => Action::Aggregate {
                zero: self.data(value_arg(args, 1)?)?,
                ty: expr.ty.clone(),
                seq: self.func(func_arg(args, 2)?)?,
                comb: self.func(func_arg(args, 3)?)?,
            },
            CoreOp::Foreach => Action::Foreach(self.func(func_arg(args, 1)?)?),
            CoreOp::Save(name) => {
                let path = self.str_arg(args, 1)?;
                let options = (2..args.len()).map(|at| self.optional_str(args, at)).collect::<TaskResult<_>>()?;
                let format = FormatSpec { name: name.to_owned(), options };
                let known = output_format(&format);
                let known = known.map_err(|detail| errors::value(expr.span, detail))?;
                let row = known.row_function(&self.rdds.node(rdd).elem, expr.span);
                Action::Save { operator: known.operator(), path: self.output_path(path), format, row }
            }
            other => return Err(JobError::Bug(format!("{other:?} is no action"))),
        })
    }

    /// How many elements: PySpark's `take` of a negative number gives none, `takeOrdered`'s is an error.
    fn count_arg(&mut self, args: &[Arg], name: &str, clamp: bool, expr: &Expr) -> TaskResult<usize> {
        let n = self.int_arg(args, 1)?;
        match usize::try_from(n) {
            Ok(n) => Ok(n),
            Err(_) if clamp || name == "take" => Ok(0),
            Err(_) => Err(errors::negative_number(expr.span, name, n)),
        }
    }

    /// Whether an RDD has no elements, found out on the side: nothing is counted or printed. Where rows may be left out, and
    /// where nothing runs, it is taken to have some.
    pub(super) fn has_no_elements(&mut self, rdd: RddId, expr: &Expr) -> TaskResult<bool> {
        if self.explained.is_some() || self.options.exec.on_error != OnError::Fail {
            return Ok(false);
        }
        let blocks = self.on_the_side(rdd, &Action::Take(1), expr, |exec, graph| exec.take(graph, 1))?;
        Ok(blocks.iter().all(|block| block.is_empty()))
    }

    /// Runs an action of which the job sees nothing: what rows print and count is dropped.
    pub(super) fn on_the_side<T>(
        &mut self,
        rdd: RddId,
        action: &Action,
        expr: &Expr,
        run: impl FnOnce(&mut Exec, &Graph) -> TaskResult<T>,
    ) -> TaskResult<T> {
        let optimised = self.optimise(rdd, action);
        let graph = self.cut(&optimised, expr);
        let counters = self.exec.counters.clone();
        self.exec.muted = true;
        let found = run(&mut self.exec, &graph);
        self.exec.muted = false;
        self.exec.counters = counters;
        found
    }

    /// The optimised plan of an action on an RDD.
    pub(super) fn optimise(&self, rdd: RddId, action: &Action) -> Optimised {
        let known = Known { rdds: &self.rdds, exec: &self.exec, frontier: self.frontier() };
        opt::optimise(&self.rdds.plan, rdd.node(), action, &self.options.disabled_passes, &known)
    }

    /// The outputs that are worth leaving for later actions: those that variables of the driver still need, down to the first
    /// shuffle or cache on each way.
    fn frontier(&self) -> HashSet<(RddId, Reusable)> {
        let live = self.live_now().into_iter();
        live.flat_map(|rdd| self.rdds.outputs(rdd, &self.options.disabled_passes, |_, _| true)).collect()
    }

    /// The stages of an optimised action.
    pub(super) fn cut(&self, optimised: &Optimised, expr: &Expr) -> Graph {
        let mut graph = cut(&optimised.plan, optimised.root, &optimised.action, expr.span);
        let frontier = self.frontier();
        let is_wanted = |key: &ReuseKey| match key.output {
            Reusable::Cache(level) if level.ends_lineage() => true,
            Reusable::Cache(_) | Reusable::Shuffle | Reusable::Side(_) => {
                frontier.contains(&(key.rdd, key.output)) || self.exec.is_whole(key)
            }
        };
        for stage in &mut graph.stages {
            stage.reuse = stage.reuse.take().filter(is_wanted);
        }
        graph
    }

    fn explain_action(
        &mut self,
        what: Explain,
        rdd: RddId,
        action: &Action,
        optimised: &Optimised,
        graph: &Graph,
        expr: &Expr,
    ) {
        let sources = &self.compiled.sources;
        let (line, col) = sources.line_col(expr.span);
        let head = format!("{} @ {line}:{col}\n", action.name());
        let body = match what {
            Explain::Plan => {
                let (plan, root) = part(&self.rdds.plan, rdd.node(), &self.rdds);
                crate::plan::print::print_plan(&plan, root, sources)
            }
            Explain::Opt => opt::print_log(optimised, sources),
            Explain::Stages => print::print_stages(graph, sources),
            Explain::Kernels => print::print_kernels(graph, sources),
            Explain::Clif => self.print_code(graph, Jit::clif),
            Explain::Asm => self.print_code(graph, Jit::assembly),
        };
        if let Some((_, text)) = &mut self.explained {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&head);
            for line in body.lines() {
                text.push_str(format!("  {line}").trim_end());
                text.push('\n');
            }
        }
    }

    /// Listings of the compiled kernels of all stages.
    fn print_code(&self, graph: &Graph, list: fn(&Jit, &crate::kir::Func, &Sources) -> String) -> String {
        let jit = match Jit::new(OptLevel::Speed) {
            Ok(jit) => jit,
            Err(cause) => return cause,
        };
        let mut out = String::new();
        for (n, stage) in graph.stages.iter().enumerate() {
            for kernel in print::kernels(stage) {
                out.push_str(&format!("; stage {n}: {}\n", kernel.func.name));
                out.push_str(&list(&jit, &kernel.func, &self.compiled.sources));
                out.push('\n');
            }
        }
        out
    }

    /// The list of at most `n` rows of blocks.
    fn list_of_rows(&self, blocks: &[Arc<Block>], elem: &Ty, n: usize) -> Arc<Datum> {
        let mut rows = Batch::new(elem.shape());
        for block in blocks {
            let left = n - rows.len();
            block.values().take(left).for_each(|row| rows.push(&[row.words()]));
        }
        self.list_of(&rows)
    }

    /// The value of an action from what the partitions left.
    fn value_of(
        &mut self,
        action: &Action,
        outputs: Vec<Output>,
        graph: &Graph,
        expr: &Expr,
    ) -> TaskResult<Arc<Datum>> {
        match action {
            Action::Collect => {
                let Ty::List(elem) = &expr.ty else {
                    return Err(JobError::Bug(format!("a collect of type {}", expr.ty)));
                };
                Ok(self.list_of_rows(&rows_of(outputs), elem, usize::MAX))
            }
            Action::Count => {
                let count = |output: &Output| if let Output::Count(n) = output { *n } else { 0 };
                Ok(Datum::int(outputs.iter().map(count).sum::<u64>() as i64))
            }
            Action::TakeOrdered { n, descending, .. } => self.merge_tops(outputs, graph, *n, *descending),
            Action::Reduce(_) | Action::Aggregate { .. } => self.merge_states(outputs, graph, expr),
            Action::Foreach(_) | Action::Save { .. } | Action::Show(_) | Action::Take(_) => Ok(Datum::unit()),
        }
    }

    fn merge_tops(&self, outputs: Vec<Output>, graph: &Graph, n: usize, descending: bool) -> TaskResult<Arc<Datum>> {
        let stage = graph.stages.last().expect("an action has a stage");
        let row = stage.row.shape();
        let mut top = Top::new(row.clone(), n, descending, &self.exec.accountant);
        for block in rows_of(outputs) {
            block.values().try_for_each(|row| top.push(row)).map_err(|over| JobError::Budget(over, stage.span))?;
        }
        let Shape::Tuple(parts) = &row else { return Err(JobError::Bug("a top of rows without keys".into())) };
        let mut elements = Batch::new(parts.shapes[1].clone());
        top.sorted().for_each(|row| elements.push(&[row.field(1).words()]));
        Ok(self.list_of(&elements))
    }

    /// Merges the states of a fold in the order of partitions, from the zero if there is one.
    fn merge_states(&mut self, outputs: Vec<Output>, graph: &Graph, expr: &Expr) -> TaskResult<Arc<Datum>> {
        let Some(Sink::Fold { zero, comb, .. }) = graph.stages.last().map(|stage| &stage.sink) else {
            return Err(JobError::Bug("a fold without its functions".into()));
        };
        let (comb, mut total) = (self.exec.compile(comb), zero.clone());
        let (mut printed, mut counted) = (Vec::new(), Vec::new());
        for output in outputs {
            let Output::State(Some(state)) = output else { continue };
            total = Some(match total {
                None => state,
                Some(before) => {
                    let mut called = self.exec.call(&comb, &[before.words(), state.words()])?;
                    printed.append(&mut called.printed);
                    counted.append(&mut called.counted);
                    let merged = called.result.map_err(|failure| JobError::driver(failure.span, failure.trap))?;
                    merged.ok_or_else(|| JobError::Bug("a function gave no value".into()))?
                }
            });
        }
        self.exec.print(&printed)?;
        for (counter, n) in counted {
            self.exec.add_to_counter(counter, n, expr.span)?;
        }
        total.ok_or_else(|| errors::empty_reduce(expr.span))
    }
}

fn rows_of(outputs: Vec<Output>) -> Vec<Arc<Block>> {
    let rows = |output| if let Output::Rows(block) = output { Some(block) } else { None };
    outputs.into_iter().filter_map(rows).collect()
}

/// The knowledge with which an action is planned: the records of the job, the outputs of earlier actions, and the
/// outputs that will be used again.
struct Known<'a> {
    rdds: &'a Rdds,
    exec: &'a Exec,
    frontier: HashSet<(RddId, Reusable)>,
}

impl Storage for Known<'_> {
    fn layers(&self, node: &Node) -> Vec<Node> {
        self.rdds.layers(node)
    }

    fn at_hand(&self, node: &Node) -> bool {
        let outputs = node.reusable();
        let all = !outputs.is_empty() && outputs.len() == node.inputs().len();
        all && outputs.into_iter().all(|output| is_whole(self.exec, node.rdd, output))
    }

    /// Also where one side of a cogroup is at hand, whose rows are as they are.
    fn used_again(&self, node: &Node) -> bool {
        let is_used = |output| self.frontier.contains(&(node.rdd, output)) || is_whole(self.exec, node.rdd, output);
        node.reusable().into_iter().any(is_used)
    }
}
