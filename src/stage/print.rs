//! Stages as text, for `sparkc explain --stages` and `--kernels`.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for sinks whose text differs")]

use std::fmt::Write;

use crate::base::source::Sources;
use crate::kir::print::print_func;
use crate::plan::node::Numbering;
use crate::runtime::spark::placing::Order;
use crate::runtime::spark::sample::Draw;

use super::{Feed, Gather, Graph, Kernel, Leaf, PlaceBy, Sink, Stage, StageId, StateSpec};

/// One paragraph a stage: what it reads, the kernels, what it leaves.
pub fn print_stages(graph: &Graph, sources: &Sources) -> String {
    let mut out = String::new();
    for (n, stage) in graph.stages.iter().enumerate() {
        let (line, col) = sources.line_col(stage.span);
        let tasks = stage.tasks.len();
        let plural = if tasks == 1 { "" } else { "s" };
        let _ = writeln!(out, "stage {n}: {tasks} task{plural}  {}  @ {line}:{col}", stage.row);
        for pipeline in &stage.pipelines {
            let kernels: Vec<_> = pipeline.kernels.iter().map(|kernel| kernel.func.name.clone()).collect();
            let kernels = if kernels.is_empty() { String::new() } else { format!(" -> [{}]", kernels.join("] -> [")) };
            let by_row = if stage.runs_by_row(pipeline) { "  row by row: it prints or counts" } else { "" };
            let _ = writeln!(out, "  {}  {}{kernels}{by_row}", print_leaf(&pipeline.leaf), pipeline.leaf_row);
        }
        let _ = writeln!(out, "  => {}", print_sink(&stage.sink));
    }
    out
}

/// The listings of all kernels, stage by stage.
pub fn print_kernels(graph: &Graph, sources: &Sources) -> String {
    let mut out = String::new();
    for (n, stage) in graph.stages.iter().enumerate() {
        for kernel in kernels(stage) {
            let _ = writeln!(out, "# stage {n}");
            out.push_str(&print_func(&kernel.func, Some(sources)));
            for (slot, state) in kernel.states.iter().enumerate() {
                let _ = writeln!(out, "  # state {slot}: {}", print_state(state));
            }
            out.push('\n');
        }
    }
    out
}

/// All kernels of a stage: of its pipelines, then of its leaves and sink.
pub fn kernels(stage: &Stage) -> Vec<&Kernel> {
    let mut all: Vec<&Kernel> = Vec::new();
    for pipeline in &stage.pipelines {
        all.extend(&pipeline.kernels);
        if let Leaf::Gather { how: Gather::Combine { combine, .. }, .. } = &pipeline.leaf {
            all.extend([&combine.create, &combine.merge_value, &combine.merge_combiners]);
        }
    }
    match &stage.sink {
        Sink::Shuffle { place, combine, .. } => {
            if let PlaceBy::Custom(kernel) = place {
                all.push(kernel);
            }
            if let Some(combine) = combine {
                all.extend([&combine.create, &combine.merge_value]);
            }
        }
        Sink::Fold { seq, comb, .. } => all.extend([seq, comb]),
        Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Top { .. } | Sink::Discard => {}
        Sink::Save { .. } | Sink::Lines => {}
    }
    all
}

/// The inputs and outputs of a stage, in few words: `source -> shuffle by hash, combined first`.
pub fn title(stage: &Stage) -> String {
    let leaf = |leaf: &Leaf| match leaf {
        Leaf::Source(_) => "source",
        Leaf::Rows(_) => "rows",
        Leaf::Whole(_) => "whole partitions",
        Leaf::Zip(..) => "zip",
        Leaf::Cartesian { .. } => "pairs",
        Leaf::Gather { how, .. } => match how {
            Gather::Keep => "read",
            Gather::Group => "group",
            Gather::Combine { .. } => "combine",
            Gather::Sort { .. } => "sort",
        },
        Leaf::CoGroup { .. } => "cogroup",
    };
    let mut leaves: Vec<&str> = stage.pipelines.iter().map(|pipeline| leaf(&pipeline.leaf)).collect();
    leaves.dedup();
    let sink = match &stage.sink {
        Sink::Save { format, .. } => format!("{} files", format.name),
        Sink::Shuffle { place: PlaceBy::Range { .. }, .. } => "shuffle by ranges".to_owned(),
        Sink::Shuffle { place, combine, .. } => {
            let combined = if combine.is_some() { "combine, " } else { "" };
            format!("{combined}shuffle {}", print_place(place))
        }
        sink => print_sink(sink),
    };
    format!("{} -> {sink}", leaves.join(", "))
}

fn print_leaf(leaf: &Leaf) -> String {
    match leaf {
        Leaf::Source(source) => format!("source {}", source.0),
        Leaf::Rows(stage) => format!("rows of stage {}", stage.0),
        Leaf::Whole(stage) => format!("whole partitions of stage {}", stage.0),
        Leaf::Zip(l, r) => format!("zip of stages {} and {}", l.0, r.0),
        Leaf::Cartesian { left, right, .. } => format!("pairs of stages {} and {}", left.0, right.0),
        Leaf::Gather { from, how } => format!("{} {}", print_gather(how), print_feed(from)),
        Leaf::CoGroup { left, right } => format!("cogroup {} and {}", print_feed(left), print_feed(right)),
    }
}

fn print_feed(feed: &Feed) -> String {
    let how = if feed.local { "rows in place of stage" } else { "blocks of stage" };
    format!("{how} {}", feed.stage.0)
}

fn print_gather(how: &Gather) -> &'static str {
    match how {
        Gather::Keep => "read",
        Gather::Group => "group",
        Gather::Combine { partial: true, .. } => "merge states of",
        Gather::Combine { partial: false, .. } => "combine values of",
        Gather::Sort { ascending: true } => "sort",
        Gather::Sort { ascending: false } => "sort down",
    }
}

fn print_sink(sink: &Sink) -> String {
    match sink {
        Sink::Shuffle { place, partitions, combine } => {
            let combined = if combine.is_some() { ", combined first" } else { "" };
            format!("shuffle to {partitions} {}{combined}", print_place(place))
        }
        Sink::Rows => "rows".into(),
        Sink::Take(n) => format!("the first {n}"),
        Sink::Count => "count".into(),
        Sink::Top { n, descending } => format!("the {n} {}", if *descending { "largest" } else { "smallest" }),
        Sink::Fold { zero, .. } => {
            if zero.is_some() {
                "fold from zero".into()
            } else {
                "fold".into()
            }
        }
        Sink::Discard => "nothing".into(),
        Sink::Save { path, format } => {
            let options: Vec<&str> = format.options.iter().flatten().map(String::as_str).collect();
            let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
            format!("{} files {path}{options}", format.name)
        }
        Sink::Lines => "lines".into(),
    }
}

fn print_place(place: &PlaceBy) -> String {
    match place {
        PlaceBy::Hash(Order::Own) => "by hash".into(),
        PlaceBy::Hash(Order::PySpark) => "by PySpark's hash".into(),
        PlaceBy::Custom(_) => "by the job's function".into(),
        PlaceBy::Range { sampled: StageId(stage), .. } => format!("by ranges sampled from stage {stage}"),
        PlaceBy::RoundRobin(_) => "in turn".into(),
    }
}

fn print_state(state: &StateSpec) -> String {
    match state {
        StateSpec::Sample { draw: Draw::Bernoulli(fraction), seed } => {
            format!("sample {fraction} without replacement, seed {seed}")
        }
        StateSpec::Sample { draw: Draw::Poisson(mean), seed } => format!("sample {mean} with replacement, seed {seed}"),
        StateSpec::Sample { draw: Draw::Between(low, high), seed } => format!("sample {low} to {high}, seed {seed}"),
        StateSpec::Number { how: Numbering::Index, .. } => "index".into(),
        StateSpec::Number { how: Numbering::UniqueId, partitions, .. } => format!("unique id of {partitions}"),
    }
}
