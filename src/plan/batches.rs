//! The batches that PySpark takes for one element (`--order pyspark`).
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

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for the nodes whose batches PySpark moves in a way of their own"
)]

use crate::base::source::Span;
use crate::hir::{Expr, Lambda, Props};
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
        let func = product(&pair, span);
        let batches = self.step(pairs, StepOp::Map(func), Ty::list(elem.clone()), Keys::MayChange, span);
        Ok(self.joined(batches, elem, span))
    }

    /// The elements of batches, which are noted to be of these.
    fn joined(&mut self, batches: NodeId, elem: Ty, span: Span) -> NodeId {
        let ty = Ty::list(elem.clone());
        let func = Func::closed(Lambda::closed(span, [ty], |_, [batch]| batch));
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
        let chunks = |all| {
            let args = vec![all, Expr::int(first as i64, span), Expr::bool(doubles, span)];
            Expr::call(kernel::CHUNKS, Props::TOTAL, args, Ty::list(elements.clone()), span)
        };
        let func = Func::closed(Lambda::closed(span, [Ty::Int, elements.clone()], |_, [_, all]| chunks(all)));
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
        let func = untag(&self.nodes[grouped].elem, [&v, &w], span);
        Ok(self.step(grouped, StepOp::Map(func), elem, Keys::Stay, span))
    }
}

/// `(as, bs) -> [(a, b) for a in as for b in bs]`
fn product(pair: &Ty, span: Span) -> Func {
    Func::closed(Lambda::closed(span, [pair.clone()], |b, [lists]| {
        let right = lists.clone().field(1);
        b.flat_map(lists.field(0), |b, left| b.map(right, |_, right| Expr::tuple(vec![left, right], span)))
    }))
}

/// `(k, v) -> (k, (v, None))`, or `(k, w) -> (k, (None, w))`
fn tag(key: &Ty, values: [&Ty; 2], side: usize, span: Span) -> Func {
    let pair = Ty::pair(key.clone(), values[side].clone());
    Func::closed(Lambda::closed(span, [pair], |_, [pair]| {
        let value = pair.clone().field(1).some();
        let other = Expr::none(values[1 - side].clone(), span);
        let tagged = if side == 0 { vec![value, other] } else { vec![other, value] };
        Expr::tuple(vec![pair.field(0), Expr::tuple(tagged, span)], span)
    }))
}

/// `(k, tagged) -> (k, ([v for v, w in tagged if v], [w for v, w in tagged if w]))`
fn untag(group: &Ty, values: [&Ty; 2], span: Span) -> Func {
    Func::closed(Lambda::closed(span, [group.clone()], |b, [group]| {
        let lists = [0, 1].map(|side| {
            let none = Expr::list(Vec::new(), values[side].clone(), span);
            let of = |value: Expr| Expr::list(vec![value], values[side].clone(), span);
            b.flat_map(group.clone().field(1), |b, tagged| b.if_some(tagged.field(side), |_, value| of(value), none))
        });
        Expr::tuple(vec![group.field(0), Expr::tuple(lists.to_vec(), span)], span)
    }))
}
