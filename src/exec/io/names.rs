//! Names of the files of an output, by which a job tells those that jobs write from those of others.

/// The empty file that says that an output is whole.
pub(super) const SUCCESS: &str = "_SUCCESS";

/// The endings that the name of a part file may have, of any format: codecs, and the form of rejected rows.
const EXTENSIONS: &[&str] = &[
    "",
    ".gz",
    ".bz2",
    ".zst",
    ".deflate",
    ".jsonl",
    #[cfg(test)]
    ".ints",
];

/// Whether a file of this name is one that a job writes: `part-00000`, `part-00000.gz`, `_SUCCESS`, a checksum of Hadoop's
/// (`.part-00000.crc`). `part-of-speech.csv` is not.
pub(super) fn is_output_name(name: &[u8]) -> bool {
    if let Some(of) = name.strip_prefix(b".").and_then(|rest| rest.strip_suffix(b".crc")) {
        return is_output_name(of);
    }
    let Some(number) = name.strip_prefix(b"part-") else { return name == SUCCESS.as_bytes() };
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits >= 5 && EXTENSIONS.iter().any(|extension| extension.as_bytes() == &number[digits..])
}
