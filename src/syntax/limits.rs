//! The limits of a source, and the depth of a statement.
//!
//! The depth is known while `layout` scans, before a tree exists: of each bracket the operators in a row, which make a tree
//! as deep as they are many, and the brackets within. `f(a + b, [c])` has depth 2. It is never less than the depth of the
//! tree, so that neither pest nor a walker of the tree meets more than [`MAX_DEPTH`] levels.

/// Levels of nesting in one statement, and of blocks.
pub(crate) const MAX_DEPTH: usize = 256;
/// Bytes in a source.
pub(crate) const MAX_BYTES: usize = 16 << 20;
/// Stages in one statement.
pub(crate) const MAX_STAGES: usize = 10_000;
/// Diagnostics of one source; what follows is not looked at.
pub(crate) const MAX_DIAGS: usize = 100;
/// Tokens in a source.
pub(crate) const MAX_TOKENS: usize = 500_000;

/// The nesting measure of one bracket level.
#[derive(Clone, Copy, Default)]
pub(crate) struct Depth {
    /// Operators since the last comma or bar.
    pub(crate) chain: usize,
    /// The deepest bracket since then.
    pub(crate) inner: usize,
    /// The greatest sum of both so far.
    max: usize,
}

impl Depth {
    /// The deepest tree that this bracket can hold.
    pub(crate) fn total(&self) -> usize {
        self.max.max(self.chain + self.inner)
    }

    /// Begins after a comma or a bar: what follows is no deeper for what came before.
    pub(crate) fn next_segment(&mut self) {
        *self = Self { max: self.total(), ..Self::default() };
    }
}
