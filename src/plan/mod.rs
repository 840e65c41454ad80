//! The logical plan: what is computed from what, in about ten core nodes.

pub mod batches;
pub mod build;
pub mod coalesce;
pub mod debug;
pub mod func;
pub mod level;
pub mod node;
pub mod part;
pub mod print;
pub mod verify;
