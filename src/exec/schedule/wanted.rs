//! Which partitions of which stages an action needs: going backwards from those that are wanted of its last stage, a
//! shuffle wants all partitions of what it reads, a narrow leaf only its own. Outputs that are there already are not
//! wanted again.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::stage::{Feed, Leaf, PlaceBy, Sink, Stage, StageId, StateSpec};

use super::run::Run;
use crate::exec::operators::runtime::Output;

/// The stages that a stage reads.
pub(in crate::exec) fn reads(stage: &Stage) -> BTreeSet<StageId> {
    let mut all = BTreeSet::new();
    for pipeline in &stage.pipelines {
        match &pipeline.leaf {
            Leaf::Source(_) => {}
            Leaf::Rows(stage) | Leaf::Whole(stage) => all.extend([*stage]),
            Leaf::Zip(left, right) | Leaf::Cartesian { left, right, .. } => all.extend([*left, *right]),
            Leaf::Gather { from, .. } => all.extend([from.stage]),
            Leaf::CoGroup { left, right } => all.extend([left.stage, right.stage]),
        }
        let states = pipeline.kernels.iter().flat_map(|kernel| &kernel.states);
        all.extend(states.filter_map(|state| match state {
            StateSpec::Number { counted, .. } => *counted,
            StateSpec::Sample { .. } => None,
        }));
    }
    if let Sink::Shuffle { place: PlaceBy::Range { sampled, .. }, .. } = &stage.sink {
        all.insert(*sampled);
    }
    all
}

/// The partitions of each stage that are wanted and not there yet, given those of the last.
pub(in crate::exec) fn needed(run: &Run<'_>, wanted: &BTreeSet<usize>) -> Vec<BTreeSet<usize>> {
    let mut needed = vec![BTreeSet::new(); run.graph.stages.len()];
    if let Some(last) = needed.last_mut() {
        last.extend(wanted);
    }
    for at in (0..needed.len()).rev() {
        let outputs = &run.outputs[at];
        needed[at].retain(|partition| {
            outputs.get(*partition).is_some_and(|output: &OnceLock<Output>| output.get().is_none())
        });
        let missing = std::mem::take(&mut needed[at]);
        let stage = &run.graph.stages[at];
        for partition in &missing {
            want_inputs(run, stage, *partition, &mut needed);
        }
        if !missing.is_empty()
            && let Sink::Shuffle { place: PlaceBy::Range { sampled, .. }, .. } = &stage.sink
        {
            want_all(run, *sampled, &mut needed);
        }
        needed[at] = missing;
    }
    needed
}

fn want_all(run: &Run<'_>, stage: StageId, needed: &mut [BTreeSet<usize>]) {
    needed[stage.0 as usize].extend(0..run.graph.stages[stage.0 as usize].tasks.len());
}

/// Notes what a task reads.
fn want_inputs(run: &Run<'_>, stage: &Stage, partition: usize, needed: &mut [BTreeSet<usize>]) {
    for split in &stage.tasks[partition] {
        let (pipeline, part) = (&stage.pipelines[split.pipeline], split.partition);
        let mut want = |stage: StageId, part: usize| {
            needed[stage.0 as usize].insert(part);
        };
        match &pipeline.leaf {
            Leaf::Source(_) => {}
            Leaf::Rows(stage) | Leaf::Whole(stage) => want(*stage, part),
            Leaf::Zip(left, right) => [left, right].into_iter().for_each(|stage| want(*stage, part)),
            Leaf::Cartesian { left, right, right_partitions } => {
                want(*left, part / right_partitions);
                want(*right, part % right_partitions);
            }
            Leaf::Gather { from, .. } => want_feed(run, from, part, needed),
            Leaf::CoGroup { left, right } => {
                want_feed(run, left, part, needed);
                want_feed(run, right, part, needed);
            }
        }
        for state in pipeline.kernels.iter().flat_map(|kernel| &kernel.states) {
            if let StateSpec::Number { counted: Some(stage), .. } = state {
                needed[stage.0 as usize].extend(0..part);
            }
        }
    }
}

fn want_feed(run: &Run<'_>, feed: &Feed, partition: usize, needed: &mut [BTreeSet<usize>]) {
    if feed.local {
        needed[feed.stage.0 as usize].insert(partition);
    } else {
        want_all(run, feed.stage, needed);
    }
}
