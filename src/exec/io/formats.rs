//! The formats that there are, by name.

use super::format::{OutputFormat, text};
use crate::plan::node::FormatSpec;

/// Makes a format of its options, or says what is wrong with them.
type MakeOutput = fn(&[Option<String>]) -> Result<Box<dyn OutputFormat>, String>;

/// The formats that can be written: name, and how one is made of its options.
const OUTPUTS: &[(&str, MakeOutput)] = &[
    ("text", text::output),
    #[cfg(test)]
    ("ints", super::format::tests::output),
];

/// The format that a save asks for.
///
/// # Errors
/// It is not known, or its options are wrong: the message says what it knows.
pub fn output_format(spec: &FormatSpec) -> Result<Box<dyn OutputFormat>, String> {
    let known = OUTPUTS.iter().find(|(name, _)| *name == spec.name);
    let (_, make) = known.ok_or_else(|| format!("no format is called {}", spec.name))?;
    make(&spec.options)
}
