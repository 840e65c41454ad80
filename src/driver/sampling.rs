//! Operators that draw at random, as PySpark draws: the very elements that it takes for a seed.
//!
//! `sample`, `sampleByKey` and `randomSplit` are steps whose generators `runtime/spark/sample.rs` makes for each partition.
//! `takeSample` is a few actions: it counts, samples a little more than is wanted until there is enough, and shuffles.
//! Without a seed all of them take 0: an output must not change from run to run.
//!
//! Source: PySpark 4.3, python/pyspark/core/rdd.py.

use std::sync::Arc;

use crate::exec::data::batch::Batch;
use crate::exec::errors::TaskResult;
use crate::hir::{Arg, Expr, ExprKind};
use crate::plan::node::{Action, Keys, NodeId, RddId, StepOp};
use crate::runtime::python::random::Random;
use crate::runtime::spark::sample::{Draw, number};
use crate::runtime::value::datum::Datum;
use crate::runtime::value::words::Value;
use crate::types::ty::Ty;

use super::core::elem;
use super::errors;
use super::eval::{func_arg, value_arg};
use super::job::{Job, Val};

/// The most elements that `takeSample` may be asked for: ten standard deviations below `sys.maxsize`.
const MOST_SAMPLED: i64 = i64::MAX - 30_370_004_999;

impl Job<'_> {
    /// `sample(withReplacement, fraction, seed)`
    pub(super) fn sample(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let input = self.node_arg(args, 0)?;
        let with_replacement = self.bool_arg(args, 1)?;
        let fraction = self.data(value_arg(args, 2)?)?.value().float();
        let seed = self.seed(args, 3)?;
        if !fraction.is_finite() || fraction < 0.0 {
            return Err(errors::sample_fraction(expr.span, fraction));
        }
        Ok(Val::rdd(self.drawn(input, Draw::of_sample(with_replacement, fraction), seed, expr)))
    }

    /// `sampleByKey`, with the fraction of an element as a function.
    pub(super) fn sample_by(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let (input, with_replacement) = (self.node_arg(args, 0)?, self.bool_arg(args, 1)?);
        let (fraction, seed) = (self.func(func_arg(args, 2)?)?, self.seed(args, 3)?);
        let op = StepOp::SampleBy { fraction, with_replacement, seed };
        Ok(Val::rdd(self.rdds.plan.step(input, op, elem(&expr.ty).clone(), Keys::Stay, expr.span)))
    }

    /// `randomSplit(weights, seed)`: each part takes the elements whose number is in its share of 0 to 1.
    pub(super) fn random_split(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let input = self.node_arg(args, 0)?;
        let weights = self.data(value_arg(args, 1)?)?;
        let weights: Vec<f64> = weights.value().items().map(number).collect();
        let seed = self.seed(args, 2)?;
        if let Some(weight) = weights.iter().find(|weight| weight.is_nan() || **weight < 0.0) {
            return Err(errors::negative_weight(expr.span, *weight));
        }
        let total: f64 = weights.iter().fold(0.0, |sum, weight| sum + weight);
        if total.is_nan() || total <= 0.0 {
            return Err(errors::weights_sum(expr.span, total));
        }
        let mut low = 0.0;
        let mut part = |weight: &f64| {
            let high = low + weight / total;
            let draw = Draw::Between(low, high);
            low = high;
            self.rdds.plan.step(
                input,
                StepOp::Sample { draw, seed },
                self.rdds.plan.nodes[input].elem.clone(),
                Keys::Stay,
                expr.span,
            )
        };
        Ok(Val::Rdds(weights.iter().map(&mut part).map(RddId::of).collect()))
    }

    /// `takeSample(withReplacement, num, seed)`
    pub(super) fn take_sample(&mut self, args: &[Arg], expr: &Expr) -> TaskResult<Val> {
        let (rdd, with_replacement) = (self.rdd_arg(args, 0)?, self.bool_arg(args, 1)?);
        let (num, seed) = (self.int_arg(args, 2)?, self.seed(args, 3)?);
        if !(0..=MOST_SAMPLED).contains(&num) {
            return Err(errors::sampled_number(expr.span, MOST_SAMPLED, num));
        }
        if num == 0 || self.rdds.node(rdd).partitions == 0 {
            return Ok(Val::Data(self.listed(expr, &[])));
        }
        let count = Expr { kind: ExprKind::Tuple(Vec::new()), ty: Ty::Int, span: expr.span };
        let total = self.perform(rdd, &Action::Count, &count)?.value().int();
        if self.explained.is_some() {
            return self.perform(rdd, &Action::Collect, expr).map(Val::Data);
        }
        if total == 0 {
            return Ok(Val::Data(self.listed(expr, &[])));
        }
        let mut random = Random::new(i128::from(seed));
        if !with_replacement && num >= total {
            let all = self.perform(rdd, &Action::Collect, expr)?;
            return Ok(Val::Data(self.shuffled(&all, &mut random, usize::MAX, expr)));
        }
        let draw = Draw::of_sample(with_replacement, fraction_for(num as f64, total as f64, with_replacement));
        let mut sampled = self.collect_drawn(rdd, draw, seed, expr)?;
        while (sampled.value().len() as i64) < num {
            sampled = self.collect_drawn(rdd, draw, random.int(0, i64::MAX), expr)?;
        }
        Ok(Val::Data(self.shuffled(&sampled, &mut random, num as usize, expr)))
    }

    fn collect_drawn(&mut self, rdd: RddId, draw: Draw, seed: i64, expr: &Expr) -> TaskResult<Arc<Datum>> {
        let sampled = self.drawn(rdd.node(), draw, seed, expr);
        self.perform(RddId::of(sampled), &Action::Collect, expr)
    }

    /// The elements of an RDD that a sampler takes.
    fn drawn(&mut self, input: NodeId, draw: Draw, seed: i64, expr: &Expr) -> NodeId {
        let elem = self.rdds.plan.nodes[input].elem.clone();
        self.rdds.plan.step(input, StepOp::Sample { draw, seed }, elem, Keys::Stay, expr.span)
    }

    /// The first `num` elements of a list after Python's `shuffle`.
    fn shuffled(&self, list: &Datum, random: &mut Random, num: usize, expr: &Expr) -> Arc<Datum> {
        let mut items: Vec<Value<'_>> = list.value().items().collect();
        random.shuffle(&mut items);
        items.truncate(num);
        self.listed(expr, &items)
    }

    /// A list of these elements, of the type of an expression.
    fn listed(&self, expr: &Expr, items: &[Value<'_>]) -> Arc<Datum> {
        let Ty::List(elem) = &expr.ty else { unreachable!("`takeSample` gives a list, not {}", expr.ty) };
        let mut rows = Batch::new(elem.shape());
        items.iter().for_each(|item| rows.push(&[item.words()]));
        self.list_of(&rows)
    }

    fn bool_arg(&mut self, args: &[Arg], at: usize) -> TaskResult<bool> {
        Ok(self.data(value_arg(args, at)?)?.value().bool())
    }

    fn seed(&mut self, args: &[Arg], at: usize) -> TaskResult<i64> {
        Ok(self.optional_int(args, at)?.unwrap_or(0))
    }
}

/// The fraction with which a sample of `total` elements has at least `num` of them almost always: 99.99 % of samples.
fn fraction_for(num: f64, total: f64, with_replacement: bool) -> f64 {
    let fraction = num / total;
    if with_replacement {
        let deviations = if num < 12.0 { 9.0 } else { 5.0 };
        return fraction + deviations * (fraction / total).sqrt();
    }
    let gamma = -(0.00005_f64.ln()) / total;
    (fraction + gamma + (gamma * gamma + 2.0 * gamma * fraction).sqrt()).min(1.0)
}
