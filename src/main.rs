//! The `sparkc` command.

fn main() {}
