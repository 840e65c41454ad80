//! Values: words with a shape, where they lie, how they are compared, ordered, encoded and kept in tables.

pub mod arena;
pub mod codec;
pub mod datum;
pub mod groups;
pub mod key;
pub mod objects;
pub mod order;
pub mod rows;
pub mod shape;
pub mod table;
pub mod words;
