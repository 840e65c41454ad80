//! A message from another process arrives as it was sent, or is an error: never a panic.

use proptest::prelude::*;

use super::answer::Answer;
use super::request::{Arrived, InputPart, StagePart, TaskPart, bounds};
use crate::base::source::{FileId, Span};
use crate::base::wire;
use crate::exec::errors::OnError;
use crate::exec::memory::Accountant;
use crate::exec::metrics::Metrics;
use crate::hir::Props;
use crate::kir::build::Builder;
use crate::kir::{Func, Inst, Kind};
use crate::plan::node::SourceId;
use crate::runtime::call::prim::Prim;
use crate::runtime::spark::kernel;
use crate::runtime::spark::placing::Order;
use crate::runtime::spark::sample::Draw;
use crate::runtime::value::datum::Datum;
use crate::runtime::value::shape::Shape;
use crate::stage::{Kernel, Leaf, Pipeline, PlaceBy, Sink, Split, Stage, StateSpec};
use crate::types::ty::Ty;

fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

/// `n -> (str(n), n)` for each `n` that the sampler wants and that is below a captured int.
fn func() -> Func {
    let mut b = Builder::new();
    let [n, most, below, len, index] = [Kind::Int, Kind::Int, Kind::Bool, Kind::Int, Kind::Int].map(|kind| b.reg(kind));
    b.push(Inst::Prim { prim: Prim::ILt, dst: below, args: [n, most], span: nowhere() });
    b.push(Inst::Guard { cond: below });
    let slot = b.int(0);
    let (args, dsts) = (vec![slot], vec![len]);
    b.push(Inst::Call { func: kernel::COPIES, args, dsts, props: Props::STATEFUL, span: nowhere() });
    let (body, ()) = b.block(|b| {
        let text = b.call(kernel::LINE, &[(vec![n], &Ty::Int)], &Ty::Str, Props::TOTAL, nowhere());
        b.push(Inst::Emit { regs: [text, vec![n]].concat() });
    });
    b.push(Inst::For { index, len, body });
    let (func, _) = b.finish("test", vec![n, most], Shape::pair(Shape::Str, Shape::Int));
    Func { params: vec![n], captures: vec![most], ..func }
}

fn shared() -> StagePart {
    let sample = StateSpec::Sample { draw: Draw::Bernoulli(0.5), seed: 7 };
    let kernel = Kernel { func: func(), captures: vec![Datum::int(100)], states: vec![sample], span: nowhere() };
    let (leaf, leaf_row) = (Leaf::Source(SourceId(0)), Ty::Int);
    let stage = Stage {
        pipelines: vec![Pipeline { leaf, leaf_row, kernels: vec![kernel] }],
        tasks: vec![vec![Split { pipeline: 0, partition: 3 }]],
        sink: Sink::Shuffle { place: PlaceBy::Hash(Order::Own), partitions: 2, combine: None },
        row: Ty::pair(Ty::Str, Ty::Int),
        reuse: None,
        span: nowhere(),
    };
    let inputs = vec![(Some(OnError::Skip), nowhere())];
    StagePart {
        stage,
        inputs,
        on_error: OnError::Fail,
        keep_rejects: false,
        memory: 1 << 30,
        bounds: None,
        output: None,
    }
}

fn task() -> TaskPart {
    TaskPart {
        partition: 0,
        inputs: vec![(vec![3], InputPart::Range(vec![(0, 10)], 1))],
        blocks: Vec::new(),
        rows_before: Vec::new(),
        senders: Vec::new(),
        take_left: None,
        time_left: None,
    }
}

/// The steps of a child between a request and its task.
fn arrive(stage: &[u8], task: &[u8]) -> bool {
    let Ok(shared) = wire::decode::<StagePart>(stage) else { return false };
    if shared.stage.verify(shared.inputs.len()).is_err() || bounds(&shared, &Accountant::new(1 << 30)).is_err() {
        return false;
    }
    let Ok(task) = wire::decode::<TaskPart>(task) else { return false };
    Arrived::new(&shared, task, &Accountant::new(1 << 30)).is_ok()
}

#[test]
fn what_is_sent_arrives() {
    let (stage, task) = (wire::encode(&shared()), wire::encode(&task()));
    assert!(arrive(&stage, &task));
    let again: StagePart = wire::decode(&stage).unwrap();
    assert_eq!(wire::encode(&again), stage);
    assert_eq!(again.stage.verify(1), Ok(()));
    assert_eq!(again.stage.verify(0), Err("an input that is not there".to_owned()));
}

#[test]
fn kernels_that_do_not_fit_are_refused() {
    let mut other = shared();
    other.stage.pipelines[0].kernels[0].captures = vec![Datum::str("no int")];
    assert!(other.stage.verify(1).is_err());
    let mut other = shared();
    other.stage.row = Ty::pair(Ty::Int, Ty::Str);
    assert!(other.stage.verify(1).is_err());
    let mut other = shared();
    other.stage.tasks[0][0].pipeline = 1;
    assert!(other.stage.verify(1).is_err());
    let encoded = wire::encode(&shared());
    let at = encoded.windows(12).position(|name| name == b"kernel::line").expect("its name is among the bytes");
    let unknown = [&encoded[..at], b"kernel::lime", &encoded[at + 12..]].concat();
    assert!(wire::decode::<StagePart>(&unknown).is_err());
}

/// Some bytes of an encoding replaced by others.
fn changed(bytes: &[u8], changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changes.iter().for_each(|(at, byte)| changed[at.index(bytes.len())] = *byte);
    changed
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_or_a_request(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6),
    ) {
        let (stage, task) = (wire::encode(&shared()), wire::encode(&task()));
        let bytes = [&[wire::VERSION], &bytes[..]].concat();
        arrive(&bytes, &task);
        arrive(&stage, &bytes);
        arrive(&changed(&stage, &changes), &task);
        arrive(&stage, &changed(&task, &changes));
        if let Ok(answer) = wire::decode::<Answer>(&bytes) {
            let opened = answer.open(&shared().stage, &Accountant::new(1 << 30), &Metrics::default());
            drop(opened);
        }
    }
}
