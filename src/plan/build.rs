//! Appends nodes to a plan, with the facts that follow: element type, number of partitions, partitioner.
//!
//! These facts are part of a job's meaning (`numPartitions`, part files), so they are fixed here and no pass changes
//! them. The rules are PySpark's (`pyspark/rdd.py`, `_defaultReducePartitions` without `spark.default.parallelism`).

use crate::base::source::Span;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::spark::placing::Order;
use crate::types::ty::Ty;

use super::func::Func;
use super::node::{
    Batching, Combine, Keys, Level, Node, NodeId, NodeKind, Partitioner, Place, Plan, RddId, SourceId, Step, StepOp,
    Wide,
};

impl Plan {
    pub(super) fn add(
        &mut self,
        kind: NodeKind,
        elem: Ty,
        partitions: usize,
        partitioner: Option<Partitioner>,
        span: Span,
    ) -> NodeId {
        let (rdd, batching) = (RddId::of(self.next()), self.batching_of(&kind));
        self.nodes.push(Node { rdd, kind, elem, partitions, partitioner, batching, batches: None, span })
    }

    /// The node that is added next.
    fn next(&self) -> NodeId {
        NodeId(u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes"))
    }

    /// How PySpark serialises what it makes of inputs that it has serialised. For a source, see [`Plan::batch_source`].
    fn batching_of(&self, kind: &NodeKind) -> Batching {
        match kind {
            NodeKind::Coalesce { input, .. } | NodeKind::Cache { input, .. } => self.nodes[*input].batching,
            NodeKind::Union { inputs } => {
                let first = self.nodes[inputs[0]].batching;
                let same = inputs.iter().all(|input| self.nodes[*input].batching == first);
                if same { first } else { Batching::Doubling }
            }
            NodeKind::Zip { .. } => Batching::Paired,
            NodeKind::Source { .. } | NodeKind::Narrow { .. } | NodeKind::MapPartitions { .. } => Batching::Doubling,
            NodeKind::Cartesian { .. } | NodeKind::Shuffle { .. } | NodeKind::CoGroup { .. } => Batching::Doubling,
        }
    }

    /// Elements from outside.
    pub fn source(&mut self, source: SourceId, what: String, elem: Ty, partitions: usize, span: Span) -> NodeId {
        self.add(NodeKind::Source { source, what }, elem, partitions, None, span)
    }

    /// Notes how PySpark serialises a source.
    pub fn batch_source(&mut self, node: NodeId, batching: Batching) {
        self.nodes[node].batching = batching;
    }

    /// A step on each element.
    pub fn step(&mut self, input: NodeId, op: StepOp, elem: Ty, keys: Keys, span: Span) -> NodeId {
        let from = &self.nodes[input];
        let (partitioner, keeps) = (from.partitioner.filter(|_| keys != Keys::MayChange), keys == Keys::Stay);
        let partitions = from.partitions;
        let steps = vec![Step { op, elem: elem.clone(), keeps, span }];
        self.add(NodeKind::Narrow { input, steps }, elem, partitions, partitioner, span)
    }

    /// The whole partition at once.
    pub fn map_partitions(&mut self, input: NodeId, func: Func, elem: Ty, keeps: bool, span: Span) -> NodeId {
        let from = &self.nodes[input];
        let (partitions, partitioner) = (from.partitions, from.partitioner.filter(|_| keeps));
        self.add(NodeKind::MapPartitions { input, func }, elem, partitions, partitioner, span)
    }

    /// Fewer partitions, each of contiguous ones of the input.
    pub fn coalesce(&mut self, input: NodeId, n: i64, span: Span) -> Res<NodeId> {
        let n = positive(n, "coalesce")?;
        let from = &self.nodes[input];
        let (elem, m) = (from.elem.clone(), from.partitions);
        let n = n.min(m);
        let groups: Vec<Vec<usize>> = (0..n).map(|i| (i * m / n..(i + 1) * m / n).collect()).collect();
        let chosen_with = Some(RddId::of(self.next()));
        Ok(self.add(NodeKind::Coalesce { input, groups: groups.into(), chosen_with }, elem, n, None, span))
    }

    /// Some partitions of the input, in the order that is given.
    ///
    /// # Errors
    /// A partition that there is not.
    pub fn pick(&mut self, input: NodeId, partitions: &[i64], span: Span) -> Res<NodeId> {
        let from = &self.nodes[input];
        let there = |at: &i64| usize::try_from(*at).ok().filter(|at| *at < from.partitions);
        let groups: Option<Vec<Vec<usize>>> = partitions.iter().map(|at| there(at).map(|at| vec![at])).collect();
        let groups = groups.ok_or_else(|| {
            let detail = match from.partitions.checked_sub(1) {
                Some(last) => format!("`runJob` takes partitions from 0 to {last}, found {partitions:?}"),
                None => format!("`runJob` takes partitions that there are, and there are none; found {partitions:?}"),
            };
            Trap::new(Reason::Value, detail)
        })?;
        let (elem, n) = (from.elem.clone(), groups.len());
        Ok(self.add(NodeKind::Coalesce { input, groups: groups.into(), chosen_with: None }, elem, n, None, span))
    }

    /// The same elements, dealt over n partitions in turn.
    pub fn repartition(&mut self, input: NodeId, n: i64, span: Span) -> Res<NodeId> {
        let n = positive(n, "repartition")?;
        if self.order == Order::PySpark {
            return self.repartition_batches(input, n, span);
        }
        let elem = self.nodes[input].elem.clone();
        let kind = NodeKind::Shuffle { input, place: Place::RoundRobin, wide: Wide::Keep, local: false };
        Ok(self.add(kind, elem, n, None, span))
    }

    /// Partitions of all inputs, one after the other; aligned when all have one partitioner. Inputs without partitions
    /// do not count, as in Spark's `SparkContext.union`.
    ///
    /// # Errors
    /// Too many partitions.
    pub fn union(&mut self, mut inputs: Vec<NodeId>, span: Span) -> Res<NodeId> {
        self.asked.extend(&inputs);
        let elem = self.nodes[inputs[0]].elem.clone();
        let first = inputs[0];
        inputs.retain(|input| self.nodes[*input].partitions > 0);
        if inputs.is_empty() {
            inputs.push(first);
        }
        let shared = self.shared_partitioner(&inputs);
        let counts = inputs.iter().map(|input| self.nodes[*input].partitions);
        let partitions =
            if shared.is_some() { self.nodes[inputs[0]].partitions } else { bounded(counts.sum(), "union")? };
        Ok(self.add(NodeKind::Union { inputs }, elem, partitions, shared, span))
    }

    /// The partitioner that all inputs have.
    fn shared_partitioner(&self, inputs: &[NodeId]) -> Option<Partitioner> {
        let first = &self.nodes[*inputs.first()?];
        let alike = |input: &NodeId| {
            let node = &self.nodes[*input];
            node.partitioner == first.partitioner && node.partitions == first.partitions
        };
        first.partitioner.filter(|_| inputs.iter().all(alike))
    }

    /// Pairs of elements at equal positions.
    pub fn zip(&mut self, left: NodeId, right: NodeId, elem: Ty, span: Span) -> Res<NodeId> {
        self.asked.extend([left, right]);
        let (l, r) = (self.nodes[left].partitions, self.nodes[right].partitions);
        if l != r {
            let detail = format!("`zip` needs as many partitions on both sides, found {l} and {r}");
            return Err(Trap::new(Reason::Value, detail));
        }
        Ok(self.add(NodeKind::Zip { inputs: [left, right] }, elem, l, None, span))
    }

    /// All pairs of elements.
    ///
    /// # Errors
    /// Too many partitions.
    pub fn cartesian(&mut self, left: NodeId, right: NodeId, elem: Ty, span: Span) -> Res<NodeId> {
        let partitions = bounded(self.nodes[left].partitions * self.nodes[right].partitions, "cartesian")?;
        if self.order == Order::PySpark {
            return self.cartesian_batches([left, right], elem, partitions, span);
        }
        Ok(self.add(NodeKind::Cartesian { inputs: [left, right] }, elem, partitions, None, span))
    }

    /// Pairs placed by the hash of their keys. An input that is placed so already is returned as it is.
    pub fn partition_by(&mut self, input: NodeId, n: Option<i64>, span: Span) -> Res<NodeId> {
        let n = self.reduce_partitions(input, n)?;
        if self.nodes[input].partitioner == Some(Partitioner::Hash(n)) {
            self.elided.push((input, span));
            return Ok(input);
        }
        let elem = self.nodes[input].elem.clone();
        Ok(self.shuffle(input, Place::Hash, Wide::Keep, elem, n, span))
    }

    /// Pairs placed by a function of their keys. An input that is placed by it already is returned as it is.
    pub fn partition_by_func(&mut self, input: NodeId, n: Option<i64>, func: Func, span: Span) -> Res<NodeId> {
        let n = self.reduce_partitions(input, n)?;
        if self.placed_by(input, &func, n) {
            self.elided.push((input, span));
            return Ok(input);
        }
        let elem = self.nodes[input].elem.clone();
        Ok(self.shuffle(input, Place::Custom(func), Wide::Keep, elem, n, span))
    }

    /// The values of each key combined; `state` is the type of the result's values, `func` places keys if it is given.
    pub fn combine(
        &mut self,
        input: NodeId,
        combine: Combine,
        state: Ty,
        (n, func): (Option<i64>, Option<Func>),
        span: Span,
    ) -> Res<NodeId> {
        let n = self.reduce_partitions(input, n)?;
        let elem = Ty::pair(self.nodes[input].pair().0.clone(), state);
        Ok(self.shuffle(input, place_of(func), Wide::Combine(combine), elem, n, span))
    }

    /// The values of each key in a list; `func` places keys if it is given.
    pub fn group(&mut self, input: NodeId, n: Option<i64>, func: Option<Func>, span: Span) -> Res<NodeId> {
        let n = self.reduce_partitions(input, n)?;
        let (key, value) = self.nodes[input].pair();
        let elem = Ty::pair(key.clone(), Ty::list(value.clone()));
        Ok(self.shuffle(input, place_of(func), Wide::Group, elem, n, span))
    }

    /// Pairs sorted by key over all partitions. `mapped`: they are `(f(k), (k, v))`. PySpark's bounds are then the sampled
    /// `k`, against which it compares `f(k)`, so that its partitions are sorted and their sequence may not be.
    pub fn sort(&mut self, input: NodeId, ascending: bool, n: Option<i64>, mapped: bool, span: Span) -> Res<NodeId> {
        let n = self.reduce_partitions(input, n)?;
        let elem = self.nodes[input].elem.clone();
        let original = mapped && self.order == Order::PySpark && is_mapped_to_same(&elem);
        let (place, wide) = (Place::Range { ascending, original }, Wide::Sort { ascending });
        if n == 1 {
            // PySpark joins all partitions and sorts there, so one partition stays as it was placed.
            let from = &self.nodes[input];
            let partitioner = from.partitioner.filter(|_| from.partitions == 1);
            let node = self.shuffle(input, place, wide, elem, n, span);
            self.nodes[node].partitioner = partitioner;
            return Ok(node);
        }
        Ok(self.shuffle(input, place, wide, elem, n, span))
    }

    /// Pairs sorted by key within their partitions. `anew`: the input need not be there itself, so that a shuffle can sort
    /// what it gathers.
    pub fn sort_within(&mut self, input: NodeId, ascending: bool, anew: bool, span: Span) -> NodeId {
        let from = &self.nodes[input];
        let (elem, partitions, partitioner) = (from.elem.clone(), from.partitions, from.partitioner);
        let wide = Wide::Sort { ascending };
        let kind = if let NodeKind::Shuffle { input, place, wide: Wide::Keep, local: false } = &from.kind
            && anew
        {
            NodeKind::Shuffle { input: *input, place: place.clone(), wide, local: false }
        } else {
            NodeKind::Shuffle { input, place: Place::Here, wide, local: true }
        };
        self.add(kind, elem, partitions, partitioner, span)
    }

    fn shuffle(&mut self, input: NodeId, place: Place, wide: Wide, elem: Ty, n: usize, span: Span) -> NodeId {
        let own = RddId::of(self.next());
        let (partitioner, local) = match &place {
            Place::Hash => (Some(Partitioner::Hash(n)), self.is_claimed(input, n)),
            Place::Custom(func) => match self.nodes[input].partitioner {
                Some(there) if self.placed_by(input, func, n) => (Some(there), true),
                _ => (Some(Partitioner::Custom(self.same_placing(func, n).unwrap_or(own))), false),
            },
            Place::Range { .. } => (Some(Partitioner::Range(own)), false),
            Place::RoundRobin => (None, false),
            Place::Here => (self.nodes[input].partitioner, true),
        };
        self.add(NodeKind::Shuffle { input, place, wide, local }, elem, n, partitioner, span)
    }

    /// Whether a function of the job has placed the pairs of a node in `n` partitions.
    fn placed_by(&self, input: NodeId, func: &Func, n: usize) -> bool {
        let node = &self.nodes[input];
        match node.partitioner {
            Some(Partitioner::Custom(first)) => node.partitions == n && self.same_placing(func, n) == Some(first),
            Some(Partitioner::Hash(_) | Partitioner::Range(_)) | None => false,
        }
    }

    /// The first RDD that a function like this one places in `n` partitions.
    fn same_placing(&self, func: &Func, n: usize) -> Option<RddId> {
        let said = func.canonical();
        let same = |node: &&Node| matches!(&node.kind, NodeKind::Shuffle { place: Place::Custom(other), .. } if node.partitions == n && other.canonical() == said);
        self.nodes.iter().find(same).map(|node| node.rdd)
    }

    /// Whether the job says, and nothing shows, that a node is placed by `hash(n)`: `preservesPartitioning` of a map.
    /// Its statement holds for any passes, so such a node is never moved.
    fn is_claimed(&self, node: NodeId, n: usize) -> bool {
        let mut work = vec![node];
        while let Some(at) = work.pop() {
            let node = &self.nodes[at];
            if node.partitioner != Some(Partitioner::Hash(n)) {
                continue;
            }
            match &node.kind {
                NodeKind::MapPartitions { .. } => return true,
                NodeKind::Narrow { steps, .. } if steps.iter().any(|step| !step.keeps) => return true,
                NodeKind::Narrow { input, .. } | NodeKind::Cache { input, .. } => work.push(*input),
                NodeKind::Union { inputs, .. } => work.extend(inputs),
                NodeKind::Source { .. } | NodeKind::Coalesce { .. } | NodeKind::Zip { .. } => {}
                NodeKind::Cartesian { .. } | NodeKind::Shuffle { .. } | NodeKind::CoGroup { .. } => {}
            }
        }
        false
    }

    /// Both sides' values of each key. By default as many partitions as both sides have together, unless they share a
    /// partitioner.
    pub fn cogroup(&mut self, left: NodeId, right: NodeId, n: Option<i64>, span: Span) -> Res<NodeId> {
        self.asked.extend([left, right]);
        let (l, r) = (&self.nodes[left], &self.nodes[right]);
        let n = match (n, l.partitioner) {
            (Some(n), _) => positive(n, "numPartitions")?,
            (None, Some(_)) if r.partitioner == l.partitioner && r.partitions == l.partitions => l.partitions,
            (None, _) => bounded(l.partitions + r.partitions, "numPartitions")?,
        };
        let lists = Ty::pair(Ty::list(l.pair().1.clone()), Ty::list(r.pair().1.clone()));
        let elem = Ty::pair(l.pair().0.clone(), lists);
        let joined = l.partitioner.is_some() && l.partitioner == r.partitioner && l.partitions == r.partitions;
        if self.order == Order::PySpark && joined && l.partitioner != Some(Partitioner::Hash(n)) {
            return self.cogroup_tagged([left, right], elem, n, span);
        }
        let local = [left, right].map(|side| self.is_claimed(side, n));
        let kind = NodeKind::CoGroup { inputs: [left, right], local };
        Ok(self.add(kind, elem, n, Some(Partitioner::Hash(n)), span))
    }

    /// The same RDD, stored once it is computed.
    pub fn cache(&mut self, input: NodeId, level: Level, span: Span) -> NodeId {
        self.nodes.push(Node { kind: NodeKind::Cache { input, level }, span, ..self.nodes[input].clone() })
    }

    /// The number of partitions of a shuffle: as asked for, or the input's.
    fn reduce_partitions(&mut self, input: NodeId, n: Option<i64>) -> Res<usize> {
        match n {
            Some(n) => positive(n, "numPartitions"),
            None => {
                self.asked.push(input);
                Ok(self.nodes[input].partitions)
            }
        }
    }
}

/// Whether pairs are `(K, (K, V))`.
fn is_mapped_to_same(pair: &Ty) -> bool {
    matches!(pair, Ty::Tuple(parts) if matches!(&parts[1], Ty::Tuple(original) if original.first() == Some(&parts[0])))
}

fn place_of(func: Option<Func>) -> Place {
    func.map_or(Place::Hash, Place::Custom)
}

/// The most partitions of an RDD.
const MAX_PARTITIONS: usize = 1_000_000;

/// A number of partitions that follows from those of the inputs: a loop of `r = r | union r` doubles it each time.
fn bounded(n: usize, what: &str) -> Res<usize> {
    if n <= MAX_PARTITIONS {
        return Ok(n);
    }
    let detail =
        format!("`{what}` would make {n} partitions, the most are {MAX_PARTITIONS}; `coalesce` makes them fewer");
    Err(Trap::new(Reason::Value, detail))
}

/// A number of partitions.
fn positive(n: i64, what: &str) -> Res<usize> {
    match usize::try_from(n) {
        Ok(n @ 1..=MAX_PARTITIONS) => Ok(n),
        _ => Err(Trap::new(Reason::Value, format!("`{what}` takes 1 to {MAX_PARTITIONS} partitions, found {n}"))),
    }
}
