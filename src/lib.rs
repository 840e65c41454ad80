//! sparkc: a compiler and runtime for a small statically typed pipeline language with the operators, names and answers
//! of PySpark's RDD API.
//!
//! ARCHITECTURE.md is the map. The layers, each importing only from those before it:
//!
//! `base < runtime < types < hir < plan < catalog < syntax < sema < lint < pyspark < opt < kir < stage < engine < exec < driver < cli`

pub mod base;
pub mod catalog;
pub mod cli;
#[expect(clippy::wildcard_enum_match_arm, reason = "not yet spelled out")]
pub mod driver;
pub mod engine;
#[expect(clippy::wildcard_enum_match_arm, reason = "not yet spelled out")]
pub mod exec;
pub mod hir;
pub mod kir;
#[expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]
pub mod lint;
pub mod opt;
pub mod plan;
#[expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]
pub mod pyspark;
pub mod runtime;
pub mod sema;
pub mod stage;
pub mod syntax;
pub mod types;

#[global_allocator]
static ALLOCATOR: runtime::pages::HugePages = runtime::pages::HugePages;
