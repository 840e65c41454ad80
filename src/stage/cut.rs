//! Cuts a plan into stages.
//!
//! Nodes are visited inputs first. A narrow node lengthens the pipelines of its input, a union puts pipelines side by
//! side, a coalesce groups their partitions; every other node is the leaf of new pipelines and makes stages of what it
//! reads. An RDD that more than one node or leaf needs is made by one stage and read twice.

use std::collections::HashMap;

use crate::base::source::Span;
use crate::kir::escape;
use crate::kir::print::print_func;
use crate::kir::verify::verify;
use crate::plan::func::Func;
use crate::plan::node::{Action, Node, NodeId, NodeKind, Numbering, Place, Plan, Reusable, Step, StepOp, Wide};
use crate::runtime::spark::sample::Draw;
use crate::types::ty::Ty;

use super::lower::{lower_combine, lower_func, lower_steps};
use super::{
    CombineKernels, Feed, Gather, Graph, Leaf, Pipeline, PlaceBy, ReuseKey, Sink, Split, Stage, StageId, StateSpec,
};

/// The stages of an action on the node `root` of an optimised plan.
pub fn cut(plan: &Plan, root: NodeId, action: &Action, span: Span) -> Graph {
    let order = plan.needed(root, |_| false);
    let mut uses: HashMap<NodeId, usize> = HashMap::from([(root, 1)]);
    for id in &order {
        plan.nodes[*id].inputs().iter().for_each(|input| *uses.entry(*input).or_default() += 1);
    }
    let mut cutter = Cutter { plan, uses, lines: HashMap::new(), rows: HashMap::new(), graph: Graph::default() };
    for id in order {
        let open = cutter.open(id);
        cutter.lines.insert(id, open);
    }
    cutter.finish(root, action, span);
    cutter.graph.stages.iter_mut().for_each(keep_in_scratch);
    cutter.graph
}

/// Lists that no row keeps go to scratch memory of the task: each place of a stage's kernels has its own.
fn keep_in_scratch(stage: &mut Stage) {
    let mut slot = 0;
    for kernel in stage.kernels_mut() {
        slot = escape::keep_in_scratch(&mut kernel.func, slot);
        debug_assert_eq!(verify(&kernel.func), Ok(()), "{}", print_func(&kernel.func, None));
    }
}

/// Pipelines under construction, with the partitions that they make.
#[derive(Clone)]
struct OpenPipelines {
    pipes: Vec<OpenPipeline>,
    tasks: Vec<Vec<Split>>,
    elem: Ty,
}

/// A pipeline under construction: kernels are lowered when the stage is made.
#[derive(Clone)]
struct OpenPipeline {
    leaf: Leaf,
    leaf_row: Ty,
    segments: Vec<Segment>,
}

/// The steps of one kernel.
#[derive(Clone)]
struct Segment {
    steps: Vec<Step>,
    counted: Option<StageId>,
    span: Span,
}

struct Cutter<'a> {
    plan: &'a Plan,
    uses: HashMap<NodeId, usize>,
    lines: HashMap<NodeId, OpenPipelines>,
    /// Stages that leave the rows of a node.
    rows: HashMap<NodeId, StageId>,
    graph: Graph,
}

impl Cutter<'_> {
    /// The pipelines of a node, whose inputs have theirs.
    fn open(&mut self, id: NodeId) -> OpenPipelines {
        let node = &self.plan.nodes[id];
        match &node.kind {
            NodeKind::Source { source, .. } => open_leaf(Leaf::Source(*source), node.elem.clone(), node),
            NodeKind::Narrow { input, steps } => self.narrow(*input, steps, node),
            NodeKind::MapPartitions { input, func } => {
                let row = Ty::pair(Ty::Int, Ty::list(self.plan.nodes[*input].elem.clone()));
                let leaf = Leaf::Whole(self.rows_stage(*input));
                let op = StepOp::FlatMap(func.clone());
                let step = Step { op, elem: node.elem.clone(), keeps: false, span: node.span };
                let mut open = open_leaf(leaf, row, node);
                open.pipes[0].segments.push(Segment { steps: vec![step], counted: None, span: node.span });
                open.elem = node.elem.clone();
                open
            }
            NodeKind::Coalesce { input, groups, .. } => self.coalesce(*input, groups),
            NodeKind::Union { inputs } => self.union(inputs, node),
            NodeKind::Zip { inputs: [l, r] } => {
                let leaf = Leaf::Zip(self.rows_stage(*l), self.rows_stage(*r));
                open_leaf(leaf, node.elem.clone(), node)
            }
            NodeKind::Cartesian { inputs: [l, r] } => {
                let (left, right) = (self.rows_stage(*l), self.rows_stage(*r));
                let right_partitions = self.plan.nodes[*r].partitions;
                open_leaf(Leaf::Cartesian { left, right, right_partitions }, node.elem.clone(), node)
            }
            NodeKind::Shuffle { input, place, wide, local } => self.shuffle(id, *input, place, wide, *local),
            NodeKind::CoGroup { inputs: [l, r], local } => {
                let left = self.feed(id, 0, *l, local[0]);
                let right = self.feed(id, 1, *r, local[1]);
                open_leaf(Leaf::CoGroup { left, right }, node.elem.clone(), node)
            }
            NodeKind::Cache { input, level } => {
                let reuse = ReuseKey { rdd: node.rdd, output: Reusable::Cache(*level), row: node.elem.clone() };
                let stage = self.stored_rows_stage(*input, Some(reuse));
                open_leaf(Leaf::Rows(stage), node.elem.clone(), node)
            }
        }
    }

    /// The pipelines of an input: taken if nothing else needs them, else copied.
    fn take(&mut self, input: NodeId) -> OpenPipelines {
        let uses = self.uses.get_mut(&input).expect("every input was counted");
        *uses -= 1;
        if *uses == 0 {
            return self.lines.remove(&input).expect("inputs come first");
        }
        self.lines[&input].clone()
    }

    fn narrow(&mut self, input: NodeId, steps: &[Step], node: &Node) -> OpenPipelines {
        let numbered = steps.iter().position(|step| matches!(step.op, StepOp::Number(Numbering::Index)));
        let mut open = match numbered {
            None => self.take(input),
            Some(at) => self.numbered(input, &steps[..at], node),
        };
        let rest = &steps[numbered.unwrap_or(0)..];
        let counted = match open.pipes[..] {
            [OpenPipeline { leaf: Leaf::Rows(stage), .. }] if numbered.is_some() => Some(stage),
            _ => None,
        };
        for pipe in &mut open.pipes {
            pipe.segments.push(Segment { steps: rest.to_vec(), counted, span: node.span });
        }
        open.elem = node.elem.clone();
        open
    }

    /// Numbering needs the sizes of the partitions before: its input is kept, and counted on the way.
    fn numbered(&mut self, input: NodeId, before: &[Step], node: &Node) -> OpenPipelines {
        if before.is_empty() {
            let stage = self.rows_stage(input);
            return open_rows(stage, &self.plan.nodes[input]);
        }
        let mut open = self.take(input);
        for pipe in &mut open.pipes {
            pipe.segments.push(Segment { steps: before.to_vec(), counted: None, span: node.span });
        }
        open.elem = before[before.len() - 1].elem.clone();
        let elem = open.elem.clone();
        let partitions = open.tasks.len();
        let stage = self.stage(open, Sink::Rows, None, node.span);
        let mut numbered = open_rows(stage, node);
        (numbered.elem, numbered.pipes[0].leaf_row) = (elem.clone(), elem);
        debug_assert_eq!(numbered.tasks.len(), partitions);
        numbered
    }

    fn coalesce(&mut self, input: NodeId, groups: &[Vec<usize>]) -> OpenPipelines {
        let mut open = self.without_states(input);
        let joined = |group: &Vec<usize>| group.iter().flat_map(|at| open.tasks[*at].iter().copied()).collect();
        open.tasks = groups.iter().map(joined).collect();
        open
    }

    fn union(&mut self, inputs: &[NodeId], node: &Node) -> OpenPipelines {
        let mut all = OpenPipelines { pipes: Vec::new(), tasks: Vec::new(), elem: node.elem.clone() };
        for (nth, input) in inputs.iter().enumerate() {
            let open = self.without_states(*input);
            let first = all.pipes.len();
            all.pipes.extend(open.pipes);
            let shift = |split: Split| Split { pipeline: split.pipeline + first, ..split };
            let tasks = open.tasks.into_iter().map(|task| task.into_iter().map(shift).collect::<Vec<_>>());
            if node.partitioner.is_some() && nth > 0 {
                all.tasks.iter_mut().zip(tasks).for_each(|(task, more)| task.extend(more));
            } else {
                all.tasks.extend(tasks);
            }
        }
        all
    }

    /// The pipelines of an input of which no kernel counts or samples: those depend on the partition's number, which a
    /// union or coalesce above would change.
    fn without_states(&mut self, input: NodeId) -> OpenPipelines {
        let stateful = self.lines[&input].pipes.iter().flat_map(|pipe| &pipe.segments).any(|segment| {
            segment
                .steps
                .iter()
                .any(|step| matches!(step.op, StepOp::Sample { .. } | StepOp::SampleBy { .. } | StepOp::Number(_)))
        });
        if !stateful {
            return self.take(input);
        }
        let stage = self.rows_stage(input);
        open_rows(stage, &self.plan.nodes[input])
    }

    fn shuffle(&mut self, id: NodeId, input: NodeId, place: &Place, wide: &Wide, local: bool) -> OpenPipelines {
        let node = &self.plan.nodes[id];
        let elem = &self.plan.nodes[input].elem;
        let kernels = |combine| {
            let (key, value) = self.plan.nodes[input].pair();
            Box::new(lower_combine(combine, key, value, node.pair().1, node.span))
        };
        let (how, arriving, combine) = match wide {
            Wide::Keep => (Gather::Keep, elem.clone(), None),
            Wide::Group => (Gather::Group, elem.clone(), None),
            Wide::Sort { ascending } => (Gather::Sort { ascending: *ascending }, elem.clone(), None),
            Wide::Combine(combine) => {
                let kernels = kernels(combine);
                let partial = combine.map_side && !local;
                let arriving = if partial { node.elem.clone() } else { elem.clone() };
                let how = Gather::Combine { combine: kernels.clone(), partial };
                (how, arriving, partial.then_some(kernels))
            }
        };
        let stage = if local {
            self.rows_stage(input)
        } else {
            self.shuffle_stage(id, input, place, combine, arriving.clone())
        };
        let from = Feed { stage, local, row: arriving };
        open_leaf(Leaf::Gather { from, how }, node.elem.clone(), node)
    }

    fn shuffle_stage(
        &mut self,
        id: NodeId,
        input: NodeId,
        place: &Place,
        combine: Option<Box<CombineKernels>>,
        row: Ty,
    ) -> StageId {
        let node = &self.plan.nodes[id];
        let (place, open) = match place {
            Place::Hash => (PlaceBy::Hash(self.plan.order), self.take(input)),
            Place::RoundRobin => (PlaceBy::RoundRobin(self.plan.order), self.take(input)),
            Place::Here => unreachable!("what stays where it is is local"),
            Place::Custom(func) => {
                let key = self.plan.nodes[input].pair().0;
                let kernel = lower_func("partition function", func, &[key], node.span);
                (PlaceBy::Custom(Box::new(kernel)), self.take(input))
            }
            Place::Range { ascending, original } => {
                let sampled = self.rows_stage(input);
                let open = open_rows(sampled, &self.plan.nodes[input]);
                (PlaceBy::Range { sampled, ascending: *ascending, original: *original }, open)
            }
        };
        let reuse = ReuseKey { rdd: node.rdd, output: Reusable::Shuffle, row };
        let sink = Sink::Shuffle { place, partitions: node.partitions, combine };
        self.stage(open, sink, Some(reuse), node.span)
    }

    /// One side of a cogroup.
    fn feed(&mut self, id: NodeId, side: usize, input: NodeId, local: bool) -> Feed {
        let node = &self.plan.nodes[id];
        let row = self.plan.nodes[input].elem.clone();
        if local {
            return Feed { stage: self.rows_stage(input), local, row };
        }
        let open = self.take(input);
        let sink = Sink::Shuffle { place: PlaceBy::Hash(self.plan.order), partitions: node.partitions, combine: None };
        let reuse = ReuseKey { rdd: node.rdd, output: Reusable::Side(side), row: row.clone() };
        Feed { stage: self.stage(open, sink, Some(reuse), node.span), local, row }
    }

    /// The stage that leaves the rows of a node.
    fn rows_stage(&mut self, input: NodeId) -> StageId {
        self.stored_rows_stage(input, None)
    }

    fn stored_rows_stage(&mut self, input: NodeId, reuse: Option<ReuseKey>) -> StageId {
        let open = self.take(input);
        if let (Some(stage), None) = (plain_rows(&open), &reuse) {
            return stage;
        }
        if let (Some(stage), None) = (self.rows.get(&input), &reuse) {
            return *stage;
        }
        let stage = self.stage(open, Sink::Rows, reuse, self.plan.nodes[input].span);
        self.rows.insert(input, stage);
        stage
    }

    fn stage(&mut self, open: OpenPipelines, sink: Sink, reuse: Option<ReuseKey>, span: Span) -> StageId {
        let partitions = open.tasks.len();
        let row = open.elem;
        let pipelines = open.pipes.into_iter().map(|pipe| pipe.lower(partitions)).collect();
        self.graph.stages.push(Stage { pipelines, tasks: open.tasks, sink, row, reuse, span });
        StageId(u32::try_from(self.graph.stages.len() - 1).expect("fewer than 2^32 stages"))
    }

    /// The stage of the action itself.
    fn finish(&mut self, root: NodeId, action: &Action, span: Span) {
        let mut open = self.take(root);
        let elem = open.elem.clone();
        let sink = match action {
            Action::Collect => Sink::Rows,
            Action::Count => Sink::Count,
            Action::Take(n) => Sink::Take(*n),
            Action::TakeOrdered { n, key, key_ty, descending } => {
                let (op, elem) = (StepOp::Map(key.beside(&elem)), Ty::pair(key_ty.clone(), elem));
                open.push_step(Step { op, elem, keeps: false, span });
                Sink::Top { n: *n, descending: *descending }
            }
            Action::Reduce(func) => {
                let seq = lower_func("reduce", func, &[&elem, &elem], span);
                Sink::Fold { zero: None, comb: seq.clone(), seq }
            }
            Action::Aggregate { zero, ty, seq, comb } => Sink::Fold {
                zero: Some(zero.clone()),
                seq: lower_func("aggregate", seq, &[ty, &elem], span),
                comb: lower_func("combine", comb, &[ty, ty], span),
            },
            Action::Foreach(func) => {
                open.push_func(func, span);
                Sink::Discard
            }
            Action::Save { path, format, row, .. } => {
                row.iter().for_each(|func| open.push_func(func, span));
                Sink::Save { path: path.clone(), format: format.clone() }
            }
            Action::Show(line) => {
                open.push_func(line, span);
                Sink::Lines
            }
        };
        self.stage(open, sink, None, span);
    }
}

impl OpenPipelines {
    /// Adds a function of the action to the last kernel of each pipeline.
    fn push_func(&mut self, func: &Func, span: Span) {
        let op = StepOp::Map(func.clone());
        self.push_step(Step { op, elem: func.lambda.body.ty.clone(), keeps: false, span });
    }

    /// Adds a step of the action to the last kernel of each pipeline.
    fn push_step(&mut self, step: Step) {
        self.elem = step.elem.clone();
        for pipe in &mut self.pipes {
            match pipe.segments.last_mut() {
                Some(segment) => segment.steps.push(step.clone()),
                None => pipe.segments.push(Segment { steps: vec![step.clone()], counted: None, span: step.span }),
            }
        }
    }
}

impl OpenPipeline {
    fn lower(self, partitions: usize) -> Pipeline {
        let mut row = self.leaf_row.clone();
        let (mut kernels, mut slots) = (Vec::with_capacity(self.segments.len()), 0);
        for segment in &self.segments {
            let state = |op: &StepOp| state_of(op, segment.counted, partitions);
            let kernel = lower_steps(&row, &segment.steps, state, slots, segment.span);
            slots += kernel.states.len();
            kernels.push(kernel);
            row = segment.steps.last().map_or(row, |step| step.elem.clone());
        }
        Pipeline { leaf: self.leaf, leaf_row: self.leaf_row, kernels }
    }
}

fn state_of(op: &StepOp, counted: Option<StageId>, partitions: usize) -> StateSpec {
    match op {
        StepOp::Sample { draw, seed } => StateSpec::Sample { draw: *draw, seed: *seed },
        StepOp::SampleBy { with_replacement, seed, .. } => {
            StateSpec::Sample { draw: Draw::of_sample(*with_replacement, 0.0), seed: *seed }
        }
        StepOp::Number(how) => {
            // Unique ids of a segment that also has indices: only the indices count the rows before.
            let counted = counted.filter(|_| matches!(how, Numbering::Index));
            StateSpec::Number { how: *how, counted, partitions }
        }
        StepOp::Map(_) | StepOp::Filter(_) | StepOp::FlatMap(_) => unreachable!("functions have no state"),
    }
}

fn open_leaf(leaf: Leaf, row: Ty, node: &Node) -> OpenPipelines {
    let tasks = (0..node.partitions).map(|partition| vec![Split { pipeline: 0, partition }]).collect();
    OpenPipelines { pipes: vec![OpenPipeline { leaf, leaf_row: row.clone(), segments: Vec::new() }], tasks, elem: row }
}

fn open_rows(stage: StageId, node: &Node) -> OpenPipelines {
    open_leaf(Leaf::Rows(stage), node.elem.clone(), node)
}

/// The stage whose rows open pipelines read as it is.
fn plain_rows(open: &OpenPipelines) -> Option<StageId> {
    match &open.pipes[..] {
        [OpenPipeline { leaf: Leaf::Rows(stage), segments, .. }] if segments.is_empty() => {
            let plain = |(at, task): (usize, &Vec<Split>)| task[..] == [Split { pipeline: 0, partition: at }];
            open.tasks.iter().enumerate().all(plain).then_some(*stage)
        }
        _ => None,
    }
}
