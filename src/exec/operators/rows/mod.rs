//! The reference runtime: row by row.

pub mod combine;
pub mod gather;
