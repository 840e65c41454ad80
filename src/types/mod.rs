//! Types of the language, the signatures of the catalog, and the shapes that values of a type have at run time.

pub mod signature;
pub mod ty;
