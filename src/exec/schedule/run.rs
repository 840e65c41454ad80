//! An action while it runs: its stages, and what their partitions have left so far.

use std::sync::{Arc, OnceLock};

use crate::exec::data::block::Block;
use crate::exec::errors::{JobError, TaskResult};
use crate::exec::operators::context::Feeds;
use crate::exec::operators::runtime::Output;
use crate::plan::node::SourceId;
use crate::runtime::value::shape::Shape;
use crate::stage::{Graph, Leaf, StageId};

/// The outputs of the partitions of a stage, as far as they are there.
pub(super) type Outputs = Vec<OnceLock<Output>>;

/// The stages of an action while it runs.
pub(super) struct Run<'a> {
    /// The stages.
    pub(super) graph: &'a Graph,
    /// The outputs of their partitions so far.
    pub(super) outputs: Vec<Arc<Outputs>>,
}

impl Run<'_> {
    fn output(&self, stage: StageId, partition: usize) -> TaskResult<&Output> {
        let output = self.outputs[stage.0 as usize].get(partition).and_then(OnceLock::get);
        output.ok_or_else(|| JobError::Bug(format!("partition {partition} of stage {} is not there", stage.0)))
    }
}

impl Feeds for Run<'_> {
    fn rows(&self, stage: StageId, partition: usize) -> TaskResult<Arc<Block>> {
        let left = self.output(stage, partition)?;
        let Output::Rows(block) = left else {
            return Err(JobError::Bug(format!("stage {} left no rows but {left:?}", stage.0)));
        };
        Ok(block.clone())
    }

    fn blocks(&self, stage: StageId, partition: usize) -> TaskResult<Vec<Arc<Block>>> {
        let block = |task| {
            let left = self.output(stage, task)?;
            let Output::Buckets(blocks) = left else {
                return Err(JobError::Bug(format!("stage {} left no blocks but {left:?}", stage.0)));
            };
            Ok(blocks[partition].clone())
        };
        (0..self.tasks(stage)).map(block).collect()
    }

    fn tasks(&self, stage: StageId) -> usize {
        self.graph.stages[stage.0 as usize].tasks.len()
    }

    fn shape(&self, stage: StageId) -> Shape {
        self.graph.stages[stage.0 as usize].row.shape()
    }

    fn source(&self, stage: StageId, task: usize) -> Option<SourceId> {
        let stage = &self.graph.stages[stage.0 as usize];
        stage.pipelines[stage.tasks.get(task)?.first()?.pipeline].leaf.source()
    }

    fn rows_before(&self, stage: StageId, partition: usize) -> TaskResult<u64> {
        (0..partition).map(|before| self.rows(stage, before).map(|block| block.len() as u64)).sum()
    }

    fn grouped_again(&self, stage: StageId) -> bool {
        let leaves = self.graph.stages.iter().flat_map(|stage| &stage.pipelines).map(|pipeline| &pipeline.leaf);
        let joins =
            leaves.filter(|leaf| matches!(leaf, Leaf::CoGroup { left, .. } if left.local && left.stage == stage));
        self.graph.stages[stage.0 as usize].reuse.is_some() || joins.count() > 1
    }
}
