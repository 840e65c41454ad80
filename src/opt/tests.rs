//! The result of each pass on small plans.

use crate::hir::{Expr, ExprKind, LocalId, Props};
use crate::plan::node::{Action, Keys, NodeId, NodeKind, StepOp};
use crate::runtime::call::prim::Prim;
use crate::types::ty::Ty;

use super::testing::{
    Job, NOTHING, Outputs, SPAN, bool, expr, field, int, ints, local, logged, prim, show_expr, shown, text, tuple,
};
use super::{PASSES, optimise};
use crate::runtime::call::abi::RtFn;

/// The length of a list.
static LEN: &RtFn = crate::rt!(crate::runtime::python::lists::len, (crate::runtime::value::words::Value<'_>) -> i64);

#[test]
fn no_pass_leaves_the_plan_as_it_is() {
    let mut job = Job::default();
    let source = job.source(ints(), 2);
    let other = job.source(ints(), 3);
    let filtered = job.filter(source);
    let root = job.sum(filtered, 2);
    let unused = job.filter(other);
    let same = optimise(&job.plan, root, &Action::Collect, &["all".into()], &NOTHING);
    assert_eq!(shown(&same.plan, same.root), shown(&job.plan, root));
    assert_eq!(same.plan.nodes.len(), 3, "what {unused:?} needs is not copied");
    let rdds: Vec<NodeId> = same.plan.nodes.iter().map(|node| node.rdd.node()).collect();
    assert_eq!(rdds, [source, filtered, root]);
    assert!(same.log.is_empty());
}

#[test]
fn what_is_at_hand_is_not_computed() {
    let mut job = Job::default();
    let source = job.source(ints(), 2);
    let kept = job.sum(source, 2);
    let root = job.filter(kept);
    let outputs = Outputs { at_hand: Some(kept), ..NOTHING };
    let after = optimise(&job.plan, root, &Action::Collect, &[], &outputs);
    assert_eq!(
        shown(&after.plan, after.root),
        "filter  (int, int)  2 partitions, hash(2)\n  combine by key (map side too)  (int, int)  2 partitions, hash(2)\n    kept  (int, int)  2 partitions\n"
    );
}

#[test]
fn steps_are_fused_where_a_chain_is_shared_too() {
    let mut job = Job::default();
    let source = job.source(ints(), 2);
    let first = job.filter(source);
    let second = job.map(first, local(0, ints()));
    let left = job.map(second, local(0, ints()));
    let right = job.filter(second);
    let root = job.plan.union(vec![left, right], SPAN).unwrap();
    let after = job.after(root, "fuse");
    assert_eq!(
        shown(&after.plan, after.root),
        "union  (int, int)  4 partitions\n  filter, map, map  (int, int)  2 partitions\n    #1 source  (int, int)  2 partitions\n  filter, map, filter  (int, int)  2 partitions\n    the same as #1\n"
    );
    assert_eq!(
        logged(&after),
        "fuse\n  `filter`, `map`, `map` fused into one kernel\n  `filter`, `map`, `filter` fused into one kernel\n"
    );
}

#[test]
fn caches_and_counting_end_a_chain() {
    use crate::plan::node::{Level, Numbering};
    let mut job = Job::default();
    let source = job.source(Ty::Int, 2);
    let filtered = job.filter(source);
    let cached = job.plan.cache(filtered, Level::MemoryOnly, SPAN);
    let again = job.filter(cached);
    let numbered = job.plan.step(again, StepOp::Number(Numbering::Index), ints(), Keys::MayChange, SPAN);
    let root = job.filter(numbered);
    let after = job.after(root, "fuse");
    assert_eq!(
        shown(&after.plan, after.root),
        "zipWithIndex, filter  (int, int)  2 partitions\n  filter  int  2 partitions\n    cache MEMORY_ONLY  int  2 partitions\n      filter  int  2 partitions\n        source  int  2 partitions\n"
    );
}

#[test]
fn long_chains_fuse_in_linear_time() {
    let mut job = Job::default();
    let mut root = job.source(Ty::Int, 2);
    for _ in 0..20_000 {
        root = job.filter(root);
    }
    assert_eq!(job.after(root, "fuse").plan.nodes.len(), 2);
}

#[test]
fn equal_partitioners_stay_in_place() {
    let mut job = Job::default();
    let source = job.source(ints(), 3);
    let placed = job.partition_by(source, 4);
    let kept = job.filter(placed);
    let lost = job.map(placed, local(0, ints()));
    let (in_place, moved, other) = (job.sum(kept, 4), job.sum(lost, 4), job.sum(kept, 5));
    let is_local = |root| shown(&job.after(root, "keep_partitioner").plan, root_of(&job, root)).contains("in place");
    assert!(is_local(in_place));
    assert!(!is_local(moved));
    assert!(!is_local(other));
    let reason = |root| logged(&job.after(root, "keep_partitioner")).lines().last().unwrap().trim().to_owned();
    assert_eq!(reason(in_place), "combines in place: already placed by hash(4)");
    assert_eq!(reason(moved), "combines after a shuffle: the input has no partitioner");
    assert_eq!(reason(other), "combines after a shuffle: the input is placed by hash(4), not by hash(5)");
}

/// The root of the copy: the last node.
fn root_of(job: &Job, root: NodeId) -> NodeId {
    job.after(root, "keep_partitioner").root
}

#[test]
fn each_side_of_a_cogroup_stays_on_its_own() {
    let mut job = Job::default();
    let source = job.source(ints(), 3);
    let placed = job.partition_by(source, 4);
    let root = job.cogroup(placed, source, 4);
    let after = job.after(root, "keep_partitioner");
    assert!(shown(&after.plan, after.root).starts_with("cogroup (left in place, right shuffled)"));
}

#[test]
fn values_are_combined_before_they_move() {
    let mut job = Job::default();
    let source = job.source(ints(), 3);
    let root = job.sum(source, 4);
    let after = job.after(root, "map_side_combine");
    assert!(shown(&after.plan, after.root).starts_with("combine by key (map side too)"));
    let placed = job.partition_by(source, 4);
    let root = job.sum(placed, 4);
    let after = optimise(&job.plan, root, &Action::Collect, &[], &NOTHING);
    assert!(shown(&after.plan, after.root).starts_with("combine by key, in place"));
}

/// The result of folding a function's body, for `collect`.
fn folded(body: Expr) -> String {
    let mut job = Job::default();
    let source = job.source(ints(), 2);
    let root = job.map(source, body);
    let after = job.after(root, "fold");
    let NodeKind::Narrow { steps, .. } = &after.plan.nodes[after.root].kind else { panic!("a map") };
    let StepOp::Map(func) = &steps[0].op else { panic!("a map") };
    show_expr(&func.lambda.body)
}

#[test]
fn constants_are_computed_beforehand() {
    let x = || field(local(0, ints()), 0);
    let seconds = prim(Prim::IMul, int(60), prim(Prim::IMul, int(60), int(24)));
    assert_eq!(folded(prim(Prim::IMul, x(), seconds)), "IMul(v0.0, 86400)");
    let bound =
        expr(ExprKind::Let(LocalId(1), Box::new(int(3)), Box::new(prim(Prim::IAdd, local(1, Ty::Int), x()))), Ty::Int);
    assert_eq!(folded(bound), "IAdd(3, v0.0)");
    let call = expr(
        ExprKind::Call(crate::runtime::spark::kernel::LINE, Props::TOTAL, vec![tuple(vec![int(1), text("a")])]),
        Ty::Str,
    );
    assert_eq!(folded(call), "\"(1, 'a')\"");
}

#[test]
fn row_errors_stay_where_they_are() {
    let fails = || prim(Prim::IFloorDiv, int(1), int(0));
    assert_eq!(folded(fails()), "IFloorDiv(1, 0)");
    assert_eq!(folded(field(tuple(vec![int(1), fails()]), 0)), "(1, IFloorDiv(1, 0)).0");
    assert_eq!(folded(field(tuple(vec![int(1), local(0, ints())]), 0)), "1");
    let and = |a, b| expr(ExprKind::And(Box::new(a), Box::new(b)), Ty::Bool);
    let fails = || expr(ExprKind::Prim(Prim::IEq, vec![fails(), int(0)]), Ty::Bool);
    assert_eq!(folded(and(fails(), bool(false))), "(IEq(IFloorDiv(1, 0), 0) and False)");
    assert_eq!(folded(and(bool(false), fails())), "False");
}

#[test]
fn branches_that_are_never_taken_are_left_out() {
    let x = || field(local(0, ints()), 0);
    let branch = |cond, a, b| expr(ExprKind::If(Box::new(cond), Box::new(a), Box::new(b)), Ty::Int);
    let is = expr(ExprKind::Prim(Prim::ILt, vec![int(1), int(2)]), Ty::Bool);
    assert_eq!(folded(branch(is, x(), int(1))), "v0.0");
    let option = |kind| Box::new(expr(kind, Ty::option(Ty::Int)));
    let if_some = |of, then| expr(ExprKind::IfSome(of, LocalId(5), Box::new(then), Box::new(int(7))), Ty::Int);
    assert_eq!(folded(if_some(option(ExprKind::None), local(5, Ty::Int))), "7");
    assert_eq!(folded(if_some(option(ExprKind::Some(Box::new(int(4)))), local(5, Ty::Int))), "4");
    assert_eq!(folded(if_some(option(ExprKind::Some(Box::new(x()))), local(5, Ty::Int))), "let v5 = v0.0 in v5");
}

/// The type of the rows that the first shuffle or cogroup moves, by its inputs, after dead columns are left out.
fn moved(job: &Job, root: NodeId) -> Vec<String> {
    let after = job.after(root, "dead_columns");
    let is_wide =
        |id: &NodeId| matches!(after.plan.nodes[*id].kind, NodeKind::Shuffle { .. } | NodeKind::CoGroup { .. });
    let id = after.plan.needed(after.root, |_| false).into_iter().find(is_wide).expect("a shuffle");
    after.plan.nodes[id].inputs().iter().map(|input| after.plan.nodes[*input].elem.to_string()).collect()
}

/// `(str, (str, int))`
fn airport() -> Ty {
    Ty::pair(Ty::Str, Ty::pair(Ty::Str, Ty::Int))
}

#[test]
fn what_nobody_looks_at_is_not_moved() {
    let mut job = Job::default();
    let source = job.source(airport(), 2);
    let placed = job.partition_by(source, 4);
    let row = || local(0, airport());
    let first = job.map(placed, tuple(vec![field(row(), 0), field(field(row(), 1), 0)]));
    assert_eq!(moved(&job, first), ["(str, (str, ()))"]);
    let whole = job.map(placed, row());
    assert_eq!(moved(&job, whole), ["(str, (str, int))"]);
    let keys = job.map(placed, field(row(), 0));
    assert_eq!(moved(&job, keys), ["(str, ())"]);
    let both = job.plan.zip(first, whole, Ty::pair(job.plan.nodes[first].elem.clone(), airport()), SPAN).unwrap();
    assert_eq!(moved(&job, both), ["(str, (str, int))"], "another reader looks at it");
}

#[test]
fn kept_shuffles_are_moved_whole() {
    let mut job = Job::default();
    let source = job.source(airport(), 2);
    let placed = job.partition_by(source, 4);
    let keys = job.map(placed, field(local(0, airport()), 0));
    let outputs = Outputs { used_again: Some(placed), ..NOTHING };
    let after = optimise(&job.plan, keys, &Action::Collect, &[], &outputs);
    assert!(shown(&after.plan, after.root).contains("partition  (str, (str, int))"));
    let cached = job.plan.cache(placed, crate::plan::node::Level::MemoryOnly, SPAN);
    let keys = job.map(cached, field(local(0, airport()), 0));
    assert_eq!(moved(&job, keys), ["(str, (str, int))"]);
}

#[test]
fn a_side_of_a_cogroup_that_only_exists_is_moved_without_values() {
    let mut job = Job::default();
    let (left, right) = (job.source(airport(), 2), job.source(airport(), 3));
    let both = job.cogroup(left, right, 4);
    let elem = job.plan.nodes[both].elem.clone();
    let lists = |side| field(field(local(0, elem.clone()), 1), side);
    let some = expr(ExprKind::Call(LEN, Props::TOTAL.and(Props::SHALLOW), vec![lists(1)]), Ty::Int);
    let root = job.map(both, tuple(vec![lists(0), some]));
    assert_eq!(moved(&job, root), ["(str, (str, int))", "(str, ())"]);
}

#[test]
fn what_nobody_looks_at_is_not_computed() {
    let mut job = Job::default();
    let source = job.source(ints(), 2);
    let x = || field(local(0, ints()), 0);
    let line =
        || expr(ExprKind::Call(crate::runtime::spark::kernel::LINE, Props::TOTAL, vec![local(0, ints())]), Ty::Str);
    let pairs = job.map(source, tuple(vec![x(), tuple(vec![line(), prim(Prim::IFloorDiv, int(1), x())])]));
    let ty = job.plan.nodes[pairs].elem.clone();
    let root = job.map(pairs, field(local(0, ty), 0));
    let after = job.after(root, "dead_columns");
    let NodeKind::Narrow { input, .. } = &after.plan.nodes[after.root].kind else { panic!("a map") };
    let NodeKind::Narrow { steps, .. } = &after.plan.nodes[*input].kind else { panic!("a map") };
    let StepOp::Map(func) = &steps[0].op else { panic!("a map") };
    assert_eq!(show_expr(&func.lambda.body), "(v0.0, (\"\", IFloorDiv(1, v0.0)))", "a row error stays");
}

#[test]
fn a_shuffle_with_its_steps_is_verified_under_every_set_of_passes() {
    let mut job = Job::default();
    let (left, right) = (job.source(airport(), 2), job.source(airport(), 3));
    let grouped = job.plan.group(left, Some(4), None, SPAN).unwrap();
    let both = job.cogroup(grouped, right, 4);
    let sorted = job.plan.sort(both, true, Some(2), false, SPAN).unwrap();
    let dealt = job.plan.repartition(sorted, 3, SPAN).unwrap();
    let elem = job.plan.nodes[dealt].elem.clone();
    let root = job.map(dealt, field(local(0, elem), 0));
    for set in 0..1 << PASSES.len() {
        let off = PASSES.iter().enumerate().filter(|(n, _)| set >> n & 1 == 0).map(|(_, pass)| pass.name.to_owned());
        let after = optimise(&job.plan, root, &Action::Count, &off.collect::<Vec<_>>(), &NOTHING);
        assert_eq!(after.plan.nodes[after.root].partitions, 3);
    }
}
