//! Parameters that take one of a few words: `onError "skip"`, `persist "DISK_ONLY"`.
//!
//! The checker refuses others where they are constant, the driver where they are computed; `tests/check.rs` holds that both
//! know the same of codecs.

use crate::plan::level::Level;

/// The words that a parameter takes.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The noun for the words, as messages use it.
    pub words: &'static [&'static str],
    /// Whether a text is one of them, by a usual name or another.
    pub accepts: fn(&str) -> bool,
}

/// The treatments of rows that fail.
pub const MODES: Words =
    Words { words: &["fail", "skip", "reject"], accepts: |text| matches!(text, "fail" | "skip" | "reject") };

/// How an RDD is kept; `NONE` is not at all.
pub const LEVELS: Words = Words {
    words: &["MEMORY_ONLY", "MEMORY_AND_DISK", "DISK_ONLY"],
    accepts: |text| text == "NONE" || Level::find(text).is_some(),
};

/// How part files are compressed: names of our own, extensions, and Hadoop's classes.
pub const CODECS: Words = Words {
    words: &["gzip", "bzip2", "zstd"],
    accepts: |text| {
        let known = ["gzip", "gz", "GzipCodec", "bzip2", "bz2", "BZip2Codec", "zstd", "zst", "ZStandardCodec"];
        known.contains(&text.rsplit('.').next().unwrap_or(text))
    },
};

/// The treatments of bytes that are not UTF-8.
pub const ENCODINGS: Words =
    Words { words: &["strict", "lossy"], accepts: |text| matches!(text, "strict" | "utf-8" | "UTF-8" | "lossy") };

/// The words of a parameter, if it takes only these: a name means the same in all rows.
pub fn of_param(param: &str) -> Option<Words> {
    match param {
        "mode" => Some(MODES),
        "storageLevel" => Some(LEVELS),
        "compressionCodecClass" => Some(CODECS),
        "encoding" => Some(ENCODINGS),
        _ => None,
    }
}
