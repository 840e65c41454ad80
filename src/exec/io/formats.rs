//! The formats that there are, by name.

use super::format::{InputFormat, InputSpec, OutputFormat, encoded, text, whole};
use crate::base::wire;
use crate::plan::node::FormatSpec;

/// Makes a format that is read of its options, or says what is wrong with them.
type MakeInput = fn(&[u8]) -> Result<Box<dyn InputFormat>, wire::Malformed>;

/// The formats that can be read: name, and how one is made of its options.
const INPUTS: &[(&str, MakeInput)] = &[
    (text::NAME, |options| Ok(Box::new(wire::decode::<text::Text>(options)?))),
    (whole::NAME, |options| Ok(Box::new(wire::decode::<whole::WholeFiles>(options)?))),
    (encoded::NAME, |options| Ok(Box::new(wire::decode::<encoded::EncodedRows>(options)?))),
    #[cfg(test)]
    ("ints", |_| Ok(Box::new(super::format::tests::Ints))),
];

/// The format that data says.
///
/// # Errors
/// It is not known, or its options are no options of it.
pub fn input_format(spec: &InputSpec) -> Result<Box<dyn InputFormat>, String> {
    let known = INPUTS.iter().find(|(name, _)| *name == spec.name);
    let (_, make) = known.ok_or_else(|| format!("no format is called {}", spec.name))?;
    make(&spec.options).map_err(|error| error.to_string())
}

/// Makes a format of its options, or says what is wrong with them.
type MakeOutput = fn(&[Option<String>]) -> Result<Box<dyn OutputFormat>, String>;

/// The formats that can be written: name, and how one is made of its options.
const OUTPUTS: &[(&str, MakeOutput)] = &[
    (text::NAME, text::output),
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
