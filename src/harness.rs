//! The parts of the crate that its own tests, benchmarks and fuzz targets reach from outside; everything else is private.
//!
//! This is not an interface for users, whose interface is the command `sparkc`: names change here with the code behind
//! them. A name is listed only while something in `tests`, `benches` or `fuzz` uses it, so that the compiler's check for
//! dead code sees the rest of the crate.

/// Diagnostics and sources.
pub mod base {
    pub use crate::base::codes::{Code, SORT_NOT_SEEN};
    pub use crate::base::diag::Diag;
    pub use crate::base::source::Sources;
}

/// Rows of the table of names.
pub mod catalog {
    pub use crate::catalog::absent::ABSENT;
    pub use crate::catalog::row::{Imp, Row};
    pub use crate::catalog::words::CODECS;
    pub use crate::catalog::{facts, sections};
}

/// The pages that are made from the tables.
pub mod cli {
    /// `docs/api.md`.
    pub mod api {
        pub use crate::cli::api::{answer, api_page, methods, offered};
    }
    /// `docs/cli.md`, `docs/codes.md` and `docs/reference.md`.
    pub mod doc {
        pub use crate::cli::doc::{cli_page, codes_page, reference_page};
    }
}

/// Checking and running whole jobs.
pub mod driver {
    pub use crate::driver::options::Order;
    pub use crate::driver::{CheckedJob, EngineKind, Explain, Fixed, Options, explain, fixed, run};
}

/// Machine code of single functions.
pub mod engine {
    pub use crate::engine::cache::Cache;
    pub use crate::engine::jit::{Jit, OptLevel};
    pub use crate::engine::{BatchEngine, Code, Engine};
}

/// Data between stages, and reading of files.
pub mod exec {
    pub use crate::exec::data::batch::Batch;
    pub use crate::exec::data::block::Block;
    pub use crate::exec::data::line_block::LineBlock;
    pub use crate::exec::errors::{JobError, OnError};
    pub use crate::exec::io::Codec;
    pub use crate::exec::io::format::FileInput;
    pub use crate::exec::io::format::text::{LineReader, ReaderOptions, Text};
    pub use crate::exec::io::store::Split;
    pub use crate::exec::settings::Settings;
}

/// Facts about functions.
pub mod hir {
    pub use crate::hir::Props;
}

/// Kernels, and their builder.
pub mod kir {
    pub use crate::kir::build::Builder;
    pub use crate::kir::{Func, Inst, Kind};
}

/// Translation to PySpark.
pub mod pyspark {
    pub use crate::pyspark::emit;
}

/// Values, their order and hash, and tables of them.
pub mod runtime {
    pub use crate::runtime::call::cx::Cx;
    pub use crate::runtime::value::arena::Arena;
    pub use crate::runtime::value::groups::Groups;
    pub use crate::runtime::value::order::Window;
    pub use crate::runtime::value::rows::RowCodec;
    pub use crate::runtime::value::shape::Shape;
    pub use crate::runtime::value::table::Table;
    pub use crate::runtime::value::words::{Value, Word, list_word, str_words};

    /// Order and hash of values.
    pub mod key {
        pub use crate::runtime::value::key::{cmp, hash, set_hash_zero};
    }
    /// Texts to numbers.
    pub mod numbers {
        pub use crate::runtime::python::numbers::{float_of_str, int_of_str};
    }
    /// Separators and line ends.
    pub mod scan {
        pub use crate::runtime::scan::{lines, pieces, words};
    }
}

/// Checking of programs.
pub mod sema {
    pub use crate::sema::check;
}

/// Parsing and printing.
pub mod syntax {
    pub use crate::syntax::ast::{ExprIds, Program};
    pub use crate::syntax::parse::parse;
    pub use crate::syntax::print::print_program;
    pub use crate::syntax::shape::shape;
}

/// Types and signatures.
pub mod types {
    pub use crate::types::signature::{self, Constraint, Signature};
    pub use crate::types::ty::{Ty, VarId};
}
