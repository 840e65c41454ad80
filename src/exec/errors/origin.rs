//! Where a row comes from, as any source can say it: row errors, rejected rows and summaries name it.
//!
//! A source names its input and coordinates in it. A line of text has `("line", 7), ("offset", 120)` and prints as
//! `in/a.csv:7`; a source of row groups would give `("row_group", 3), ("row", 17)`, a table `("row", 9)`. Rows that an
//! operator has made, or that stood in the job, have their partition only, and print as `partition 3`.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::wire;

/// Where a row comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowOrigin {
    /// The file or table, as the job named it.
    input: Option<Input>,
    /// Where in it, from the outermost to the innermost coordinate.
    at: Vec<(Cow<'static, str>, u64)>,
    /// The partition, for rows that come from no input.
    partition: usize,
}

/// A file or table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Input(#[serde(with = "wire::path")] PathBuf);

impl RowOrigin {
    /// A place in an input. The coordinate `line` counts from 1, and `offset` is in bytes (decompressed).
    pub fn of(input: impl Into<PathBuf>, at: Vec<(&'static str, u64)>) -> Self {
        let at = at.into_iter().map(|(name, at)| (Cow::Borrowed(name), at)).collect();
        Self { input: Some(Input(input.into())), at, partition: 0 }
    }

    /// A line of text at an offset; its number is not always known.
    pub fn line_of(file: impl Into<PathBuf>, line: Option<u64>, offset: u64) -> Self {
        let line = line.map(|line| ("line", line));
        Self::of(file, line.into_iter().chain([("offset", offset)]).collect())
    }

    /// Some row of a partition.
    pub fn of_partition(partition: usize) -> Self {
        Self { input: None, at: Vec::new(), partition }
    }

    /// The file or table, if the row comes from one.
    pub fn input(&self) -> Option<&Path> {
        self.input.as_ref().map(|input| &*input.0)
    }

    /// The partition, for rows that come from no input.
    pub fn partition(&self) -> usize {
        self.partition
    }

    /// A coordinate, where the source knows it.
    pub fn at(&self, name: &str) -> Option<u64> {
        self.at.iter().find(|(known, _)| known == name).map(|(_, at)| *at)
    }

    /// The coordinates that no line of text has.
    pub fn others(&self) -> impl Iterator<Item = (&str, u64)> {
        let others = self.at.iter().filter(|(name, _)| !matches!(&**name, "line" | "offset"));
        others.map(|(name, at)| (&**name, *at))
    }
}

impl fmt::Display for RowOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(input) = self.input() else { return write!(f, "partition {}", self.partition) };
        write!(f, "{}", input.display())?;
        self.at("line").map_or(Ok(()), |line| write!(f, ":{line}"))?;
        self.others().try_for_each(|(name, at)| write!(f, ", {} {at}", name.replace('_', " ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_says_where_its_rows_are() {
        let line = RowOrigin::line_of("in/a", Some(7), 120);
        assert_eq!((line.to_string(), line.at("line"), line.at("offset")), ("in/a:7".to_owned(), Some(7), Some(120)));
        assert_eq!(RowOrigin::line_of("in/a", None, 120).to_string(), "in/a");
        let group = RowOrigin::of("in/trips", vec![("row_group", 3), ("row", 17)]);
        assert_eq!(group.to_string(), "in/trips, row group 3, row 17");
        assert_eq!(RowOrigin::of("sales", vec![("row", 9)]).to_string(), "sales, row 9");
        assert_eq!(RowOrigin::of_partition(3).to_string(), "partition 3");
    }
}
