//! What PySpark takes for one element: batches (`--order pyspark`).
//!
//! PySpark's JVM side sees partitions as runs of pickled batches. `repartition` deals batches of ten, and `cartesian` pairs
//! batches and then the elements in them: with batches `[a] [b c]` and `[1] [2 3]` its order is `a1 a2 a3 b1 c1 b2 b3 c2 c3`.
//! So in that order both are built over RDDs of lists, one list a batch. How a node is batched follows from how PySpark
//! serialises it:
//!
//! | RDD | batches |
//! |---|---|
//! | `textFile` | single lines |
//! | `parallelize` of a list | `max(1, min(len / numSlices, 1024))` elements |
//! | `repartition` | as they were dealt: ten, or fewer where a partition ended |
//! | `coalesce`, `union`, `cache` of these | as below, unless both sides of a union are batched otherwise |
//! | all else | 1, 2, 4, 8, … elements |
//!
//! PySpark stops doubling when a batch takes 64 KiB; that is not followed, nor are the batches of `partitionBy`. It matters
//! to `cartesian` only.
//!
//! Source: PySpark 4.3, serializers.py, and `coalesce`, `union`, `zip` and `cartesian` in core/rdd.py.

use crate::base::source::Span;
use crate::hir::{Expr, ExprKind, Lambda, LocalId, LoopOp, Props};
use crate::runtime::call::trap::Res;
use crate::runtime::spark::kernel;
use crate::types::ty::Ty;

use super::func::Func;
use super::node::{Batching, Keys, NodeId, NodeKind, Place, Plan, StepOp, Wide};

/// The batches of `repartition`.
const DEALT: usize = 10;
/// The batches of `zip`, where those of its sides differ.
const ZIPPED: usize = 100;

impl Plan {
    /// The same elements, in batches of ten dealt over `n` partitions in turn.
    pub(super) fn repartition_batches(&mut self, input: NodeId, n: usize, span: Span) -> Res<NodeId> {
        let batches = match self.nodes[input].batching {
            Batching::Fixed(DEALT) => self.batched(input, span)?,
            Batching::Fixed(_) | Batching::Single | Batching::Doubling | Batching::Paired => {
                self.cut_up(input, DEALT, false, span)
            }
        };
        let kind = NodeKind::Shuffle { input: batches, place: Place::RoundRobin, wide: Wide::Keep, local: false };
        let elem = self.nodes[batches].elem.clone();
        let dealt = self.add(kind, elem, n, None, span);
        let elem = self.nodes[input].elem.clone();
        Ok(self.joined(dealt, elem, span))
    }

    /// All pairs of elements, batch by batch.
    pub(super) fn cartesian_batches(&mut self, sides: [NodeId; 2], elem: Ty, n: usize, span: Span) -> Res<NodeId> {
        let inputs = [self.batched(sides[0], span)?, self.batched(sides[1], span)?];
        let pair = Ty::pair(self.nodes[inputs[0]].elem.clone(), self.nodes[inputs[1]].elem.clone());
        let pairs = self.add(NodeKind::Cartesian { inputs }, pair.clone(), n, None, span);
        let func = product(&pair, &elem, span);
        let batches = self.step(pairs, StepOp::Map(func), Ty::list(elem.clone()), Keys::MayChange, span);
        Ok(self.joined(batches, elem, span))
    }

    /// The elements of batches, which are noted to be of these.
    fn joined(&mut self, batches: NodeId, elem: Ty, span: Span) -> NodeId {
        let ty = Ty::list(elem.clone());
        let func = Func::closed(Lambda { params: vec![local(0)], body: read(0, &ty, span) });
        let node = self.step(batches, StepOp::FlatMap(func), elem, Keys::MayChange, span);
        let dealt = matches!(self.nodes[batches].kind, NodeKind::Shuffle { .. });
        self.nodes[node].batching = if dealt { Batching::Fixed(DEALT) } else { Batching::Paired };
        self.nodes[node].batches = Some(self.nodes[batches].rdd);
        node
    }

    /// The batches of a node as lists.
    fn batched(&mut self, node: NodeId, span: Span) -> Res<NodeId> {
        if let Some(batches) = self.nodes[node].batches {
            return Ok(batches.node());
        }
        let (partitions, batching) = (self.nodes[node].partitions, self.nodes[node].batching);
        Ok(match self.nodes[node].kind.clone() {
            NodeKind::Coalesce { input, groups, chosen_with } => {
                let batches = self.batched(input, span)?;
                let elem = self.nodes[batches].elem.clone();
                self.add(NodeKind::Coalesce { input: batches, groups, chosen_with }, elem, partitions, None, span)
            }
            NodeKind::Union { inputs } => {
                let own = batching == self.nodes[inputs[0]].batching;
                let mut batches = Vec::new();
                for input in inputs {
                    let side = if own { self.batched(input, span)? } else { self.cut_up(input, 1, true, span) };
                    batches.push(side);
                }
                let (elem, partitioner) = (self.nodes[batches[0]].elem.clone(), self.nodes[node].partitioner);
                self.add(NodeKind::Union { inputs: batches }, elem, partitions, partitioner, span)
            }
            NodeKind::Zip { inputs } => {
                let sizes = inputs.map(|input| match self.nodes[input].batching {
                    Batching::Single | Batching::Paired => 1,
                    Batching::Fixed(size) => size,
                    Batching::Doubling => 0,
                });
                let size = if sizes[0] == sizes[1] { sizes[0] } else { sizes[0].min(sizes[1]) };
                self.cut_up(node, if size == 0 { ZIPPED } else { size }, false, span)
            }
            _ => match batching {
                Batching::Single | Batching::Paired => self.cut_up(node, 1, false, span),
                Batching::Fixed(size) => self.cut_up(node, size, false, span),
                Batching::Doubling => self.cut_up(node, 1, true, span),
            },
        })
    }

    /// Each partition as lists of `first` elements, or of twice as many each time.
    fn cut_up(&mut self, input: NodeId, first: usize, doubles: bool, span: Span) -> NodeId {
        let elements = Ty::list(self.nodes[input].elem.clone());
        let size = Expr { kind: ExprKind::Int(first as i64), ty: Ty::Int, span };
        let doubles = Expr { kind: ExprKind::Bool(doubles), ty: Ty::Bool, span };
        let kind = ExprKind::Call(&kernel::CHUNKS, Props::TOTAL, vec![read(1, &elements, span), size, doubles]);
        let body = Expr { kind, ty: Ty::list(elements.clone()), span };
        let func = Func::closed(Lambda { params: vec![local(0), local(1)], body });
        self.map_partitions(input, func, elements, false, span)
    }

    /// Both sides of a cogroup as one RDD of tagged values, grouped: where PySpark's union joins partition with partition
    /// and then moves them.
    pub(super) fn cogroup_tagged(&mut self, sides: [NodeId; 2], elem: Ty, n: usize, span: Span) -> Res<NodeId> {
        let [left, right] = sides;
        let (key, v) = self.nodes[left].pair();
        let (key, v, w) = (key.clone(), v.clone(), self.nodes[right].pair().1.clone());
        let value = Ty::Tuple(vec![Ty::option(v.clone()), Ty::option(w.clone())]);
        let tagged = Ty::pair(key.clone(), value.clone());
        let left = self.step(left, StepOp::Map(tag(&key, [&v, &w], 0, span)), tagged.clone(), Keys::Stay, span);
        let right = self.step(right, StepOp::Map(tag(&key, [&v, &w], 1, span)), tagged, Keys::Stay, span);
        let both = self.union(vec![left, right], span)?;
        let grouped = self.group(both, Some(n as i64), None, span)?;
        let func = untag(&key, [&v, &w], &elem, span);
        Ok(self.step(grouped, StepOp::Map(func), elem, Keys::Stay, span))
    }
}

/// A variable of a function that is made here. The job's own have low numbers.
fn local(n: u32) -> LocalId {
    LocalId(u32::MAX - n)
}

fn read(n: u32, ty: &Ty, span: Span) -> Expr {
    Expr { kind: ExprKind::Local(local(n)), ty: ty.clone(), span }
}

fn field(of: Expr, n: usize, ty: &Ty) -> Expr {
    let span = of.span;
    Expr { kind: ExprKind::Field(Box::new(of), n), ty: ty.clone(), span }
}

fn looped(op: LoopOp, list: Expr, param: u32, body: Expr) -> Expr {
    let (span, ty) = (
        list.span,
        match op {
            LoopOp::FlatMap => body.ty.clone(),
            LoopOp::Map | LoopOp::Filter | LoopOp::Fold => Ty::list(body.ty.clone()),
        },
    );
    Expr { kind: ExprKind::Loop(op, vec![list], Box::new(Lambda { params: vec![local(param)], body })), ty, span }
}

/// `(as, bs) -> [(a, b) for a in as for b in bs]`
fn product(pair: &Ty, elem: &Ty, span: Span) -> Func {
    let parts = |ty: &Ty| -> Vec<Ty> { ty.components().unwrap_or_default().into_iter().cloned().collect() };
    let (lists, items) = (parts(pair), parts(elem));
    let both = vec![read(1, &items[0], span), read(2, &items[1], span)];
    let row = Expr { kind: ExprKind::Tuple(both), ty: elem.clone(), span };
    let inner = looped(LoopOp::Map, field(read(0, pair, span), 1, &lists[1]), 2, row);
    let body = looped(LoopOp::FlatMap, field(read(0, pair, span), 0, &lists[0]), 1, inner);
    Func::closed(Lambda { params: vec![local(0)], body })
}

/// `(k, v) -> (k, (v, None))`, or `(k, w) -> (k, (None, w))`
fn tag(key: &Ty, values: [&Ty; 2], side: usize, span: Span) -> Func {
    let row = read(0, &Ty::pair(key.clone(), values[side].clone()), span);
    let of = |n: usize| {
        let value = || Box::new(field(row.clone(), 1, values[side]));
        let kind = if n == side { ExprKind::Some(value()) } else { ExprKind::None };
        Expr { kind, ty: Ty::option(values[n].clone()), span }
    };
    let tags = vec![of(0), of(1)];
    let ty = Ty::Tuple(tags.iter().map(|tag| tag.ty.clone()).collect());
    let tagged = Expr { kind: ExprKind::Tuple(tags), ty: ty.clone(), span };
    let parts = vec![field(row, 0, key), tagged];
    let body = Expr { kind: ExprKind::Tuple(parts), ty: Ty::pair(key.clone(), ty), span };
    Func::closed(Lambda { params: vec![local(0)], body })
}

/// `(k, tagged) -> (k, ([v for v, w in tagged if v], [w for v, w in tagged if w]))`
fn untag(key: &Ty, values: [&Ty; 2], elem: &Ty, span: Span) -> Func {
    let options: Vec<Ty> = values.iter().map(|ty| Ty::option((*ty).clone())).collect();
    let tagged = Ty::Tuple(options.clone());
    let list = Ty::list(tagged.clone());
    let row = read(0, &Ty::pair(key.clone(), list.clone()), span);
    let of = |n: usize| {
        let ty = Ty::list(values[n].clone());
        let some = vec![read(2, values[n], span)];
        let some = Expr { kind: ExprKind::List(some), ty: ty.clone(), span };
        let none = Expr { kind: ExprKind::List(Vec::new()), ty: ty.clone(), span };
        let option = field(read(1, &tagged, span), n, &options[n]);
        let kind = ExprKind::IfSome(Box::new(option), local(2), Box::new(some), Box::new(none));
        looped(LoopOp::FlatMap, field(row.clone(), 1, &list), 1, Expr { kind, ty, span })
    };
    let lists = vec![of(0), of(1)];
    let ty = Ty::Tuple(lists.iter().map(|list| list.ty.clone()).collect());
    let lists = Expr { kind: ExprKind::Tuple(lists), ty, span };
    let parts = vec![field(row.clone(), 0, key), lists];
    let body = Expr { kind: ExprKind::Tuple(parts), ty: elem.clone(), span };
    Func::closed(Lambda { params: vec![local(0)], body })
}
