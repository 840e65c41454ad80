//! Parameters that take one of a few words: `onError "skip"`, `persist "DISK_ONLY"`.
//!
//! The checker refuses others where they are constant, the driver where they are computed; `tests/check.rs` holds that both
//! know the same.

/// The words that a parameter takes.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What is said of them: the usual names.
    pub words: &'static [&'static str],
    /// Other names of the same.
    others: &'static [&'static str],
    /// Whether what stands before the last dot counts for nothing, as in names of classes.
    qualified: bool,
}

impl Words {
    /// Whether a text is one of them.
    pub fn accepts(&self, text: &str) -> bool {
        let text = if self.qualified { text.rsplit('.').next().unwrap_or(text) } else { text };
        self.words.contains(&text) || self.others.contains(&text)
    }
}

/// What becomes of rows that fail.
pub const MODES: Words = Words { words: &["fail", "skip", "reject"], others: &[], qualified: false };

/// How an RDD is kept.
pub const LEVELS: Words = Words {
    words: &["MEMORY_ONLY", "MEMORY_AND_DISK", "DISK_ONLY"],
    others: &[
        "NONE",
        "MEMORY_ONLY_2",
        "MEMORY_AND_DISK_2",
        "MEMORY_AND_DISK_DESER",
        "DISK_ONLY_2",
        "DISK_ONLY_3",
        "OFF_HEAP",
    ],
    qualified: false,
};

/// How part files are compressed: names of our own, extensions, and Hadoop's classes.
pub const CODECS: Words = Words {
    words: &["gzip", "bzip2", "zstd"],
    others: &["gz", "bz2", "zst", "GzipCodec", "BZip2Codec", "ZStandardCodec"],
    qualified: true,
};

/// What becomes of bytes that are no UTF-8.
pub const ENCODINGS: Words = Words { words: &["strict", "lossy"], others: &["utf-8", "UTF-8"], qualified: false };

/// The words of a row's parameter, if it takes only these.
pub fn known(row: &str, param: &str) -> Option<Words> {
    match (row, param) {
        ("onError", "mode") => Some(MODES),
        ("persist", "storageLevel") => Some(LEVELS),
        ("saveAsTextFile", "compressionCodecClass") => Some(CODECS),
        ("textFile", "encoding") => Some(ENCODINGS),
        _ => None,
    }
}
