//! sparkc: a compiler and runtime for a small statically typed pipeline language with the operators, names and answers
//! of PySpark's RDD API.
//!
//! ARCHITECTURE.md is the map. The layers, each importing only from those before it:
//!
//! `base < runtime < types < hir < plan < catalog < syntax < sema < lint < pyspark < opt < kir < stage < engine < exec < driver < cli`

#![cfg_attr(test, allow(clippy::wildcard_enum_match_arm, reason = "tests ask for one variant and fail at any other"))]

mod base;
mod catalog;
mod cli;
mod driver;
mod engine;
mod exec;
pub mod harness;
mod hir;
mod kir;
#[expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]
mod lint;
mod opt;
mod plan;
#[expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]
mod pyspark;
mod runtime;
mod sema;
mod stage;
mod syntax;
mod types;

pub use cli::main;

#[global_allocator]
static ALLOCATOR: runtime::pages::HugePages = runtime::pages::HugePages;
