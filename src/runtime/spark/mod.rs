//! Spark's own rules: where keys go, how samples are drawn, how figures are estimated, and what its operators call.

pub mod buckets;
pub mod cardinality;
pub mod counters;
pub mod kernel;
pub mod pipe;
pub mod placing;
pub mod portable;
pub mod sample;
pub mod tree;
pub mod wide;
