//! The `sparkc` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(sparkc::main())
}
