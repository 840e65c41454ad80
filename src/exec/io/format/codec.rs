//! Codecs of text files, told by extension as Hadoop tells them: `in/a.csv.gz` is gzip.

use std::path::Path;

use crate::exec::errors::io::IoError;
use crate::exec::io::store::InputFile;

/// How the bytes of a file are compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// Not at all.
    Plain,
    /// gzip, with any number of members.
    Gzip,
    /// bzip2, with any number of streams.
    Bzip2,
    /// Zstandard, with any number of frames.
    Zstd,
}

impl Codec {
    /// The codec of a file name, or the extension of a codec that Hadoop reads and sparkc does not.
    ///
    /// Upper case counts too: Spark decompresses `A.GZ`.
    pub fn of_path(path: &Path) -> Result<Self, &'static str> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("gz") => Ok(Self::Gzip),
            Some("bz2") => Ok(Self::Bzip2),
            Some("zst") => Ok(Self::Zstd),
            Some("lz4") => Err(".lz4"),
            Some("snappy") => Err(".snappy"),
            Some("deflate") => Err(".deflate"),
            _ => Ok(Self::Plain),
        }
    }

    /// The codec of a listed file.
    pub fn of(file: &InputFile) -> Self {
        Self::of_path(&file.path).unwrap_or(Self::Plain)
    }

    /// Refuses a file of a codec that is not read.
    pub(super) fn admit(path: &Path) -> Result<(), IoError> {
        let unknown = |extension| IoError::Codec { path: path.to_path_buf(), extension };
        Self::of_path(path).map(drop).map_err(unknown)
    }

    /// The codec of a name that a job gives: a word of the language, an extension, or the name of Hadoop's class.
    pub fn named(name: &str) -> Option<Self> {
        match name.rsplit('.').next().unwrap_or(name) {
            "gzip" | "gz" | "GzipCodec" => Some(Self::Gzip),
            "bzip2" | "bz2" | "BZip2Codec" => Some(Self::Bzip2),
            "zstd" | "zst" | "ZStandardCodec" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The ending of the name of a part file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Bzip2 => ".bz2",
            Self::Zstd => ".zst",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_tell_codecs_in_any_case() {
        assert_eq!(Codec::of_path(Path::new("in/A.GZ")), Ok(Codec::Gzip));
        assert_eq!(Codec::of_path(Path::new("in/gz")), Ok(Codec::Plain));
        assert_eq!(Codec::of_path(Path::new("a.txt.snappy")), Err(".snappy"));
        assert_eq!(Codec::of_path(Path::new("a.zip")), Ok(Codec::Plain));
    }
}
