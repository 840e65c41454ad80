//! Levels of binding in Python, from loose to tight.

/// How tightly a piece of Python binds.
pub(super) type Prec = u8;

pub(super) const LAMBDA: Prec = 0;
pub(super) const IF: Prec = 1;
pub(super) const OR: Prec = 2;
pub(super) const AND: Prec = 3;
pub(super) const NOT: Prec = 4;
pub(super) const COMPARE: Prec = 5;
pub(super) const SUM: Prec = 9;
pub(super) const PRODUCT: Prec = 10;
pub(super) const NEGATIVE: Prec = 11;
pub(super) const POWER: Prec = 12;
pub(super) const POSTFIX: Prec = 14;
pub(super) const ATOM: Prec = 15;
