//! Exit codes.

/// Done.
pub(super) const DONE: u8 = 0;
/// The job failed.
pub(super) const FAILED: u8 = 1;
/// Usage, or a job that does not compile.
pub(super) const USAGE: u8 = 2;
/// Data errors, or more rejects than allowed.
pub(super) const DATA: u8 = 3;
/// A budget was exceeded.
pub(super) const BUDGET: u8 = 4;
/// A bug in sparkc.
pub(super) const BUG: u8 = 70;
/// The outside world failed.
pub(super) const IO: u8 = 74;
/// Nobody reads standard output any more: 128 + SIGPIPE.
pub(super) const PIPE: u8 = 141;
