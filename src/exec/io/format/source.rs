//! The bytes of an input, decompressed.
//!
//! Plain files are read at any offset, compressed ones from their beginning. The file is looked at when it is opened, and
//! again by `check` when a reader has its last byte, so that an answer never mixes two states of a file.

use std::io::{self, Read};
use std::sync::Arc;

use super::codec::Codec;
use crate::exec::errors::io::{Change, IoError};
use crate::exec::io::store::{InputFile, OpenFile};
use crate::exec::io::stores;

/// An open input.
pub(super) struct Source {
    input: InputFile,
    file: Arc<dyn OpenFile>,
    bytes: Bytes,
}

enum Bytes {
    /// A file that is read at offsets, or standard input, which is read in sequence.
    Plain,
    /// A decoder over the file; `offset` is the number of bytes read.
    Stream { decoder: Box<dyn Read>, offset: u64 },
    /// A file without bytes, in whatever codec.
    Empty,
}

/// A file read from its beginning, for decoders.
struct Sequence {
    file: Arc<dyn OpenFile>,
    offset: u64,
}

impl Read for Sequence {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(self.offset, buffer)?;
        self.offset += count as u64;
        Ok(count)
    }
}

impl Source {
    /// Opens an input, which must still be the one that was listed.
    pub(super) fn open(input: &InputFile) -> Result<Self, IoError> {
        let file: Arc<dyn OpenFile> = stores::open(input)?.into();
        let bytes = Bytes::new(&file, input).map_err(|error| IoError::read(&input.path, error))?;
        Ok(Self { input: input.clone(), file, bytes })
    }

    /// Reads bytes at an offset; 0 at the end. Streams are read in sequence: `offset` is where the last read ended.
    pub(super) fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, IoError> {
        loop {
            match self.read_some(offset, buffer) {
                Ok(0) if self.ends_early(offset) => {
                    return Err(IoError::Changed { path: self.input.path.clone(), change: Change::Shrunk });
                }
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(offset, error)),
            }
        }
    }

    /// Compares the open file, and the one at its path, with the listing.
    ///
    /// # Errors
    /// The file vanished, was replaced or was modified.
    pub(super) fn check(&self) -> Result<(), IoError> {
        self.file.check()
    }

    fn read_some(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.bytes {
            Bytes::Plain => self.file.read_at(at, buffer),
            Bytes::Empty => Ok(0),
            Bytes::Stream { decoder, offset } => {
                debug_assert_eq!(*offset, at, "streams are read in sequence");
                let count = decoder.read(buffer)?;
                *offset += count as u64;
                Ok(count)
            }
        }
    }

    fn ends_early(&self, offset: u64) -> bool {
        matches!(self.bytes, Bytes::Plain) && offset < self.input.size
    }

    fn failed(&self, offset: u64, cause: io::Error) -> IoError {
        let path = self.input.path.clone();
        let decoded = matches!(self.bytes, Bytes::Stream { .. });
        if decoded && cause.raw_os_error().is_none() {
            IoError::Corrupt { path, offset, cause }
        } else {
            IoError::read(&path, cause)
        }
    }
}

impl Bytes {
    fn new(file: &Arc<dyn OpenFile>, input: &InputFile) -> io::Result<Self> {
        let codec = Codec::of(input);
        if input.size == 0 && codec != Codec::Plain {
            return Ok(Self::Empty);
        }
        let file = Sequence { file: file.clone(), offset: 0 };
        let decoder: Box<dyn Read> = match codec {
            Codec::Plain => return Ok(Self::Plain),
            Codec::Gzip => Box::new(flate2::read::MultiGzDecoder::new(file)),
            Codec::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(file)),
            Codec::Zstd => Box::new(zstd::stream::read::Decoder::new(file)?),
        };
        Ok(Self::Stream { decoder, offset: 0 })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;
    use crate::exec::io::store::LOCAL;
    use crate::exec::io::testing::Scratch;

    fn listed(scratch: &Scratch, name: &str, bytes: &[u8]) -> InputFile {
        stores::file_at(LOCAL, scratch.file(name, bytes)).unwrap()
    }

    fn read_all(input: &InputFile) -> Result<Vec<u8>, IoError> {
        let mut source = Source::open(input)?;
        let (mut out, mut buffer) = (Vec::new(), [0; 7]);
        loop {
            match source.read(out.len() as u64, &mut buffer)? {
                0 => return source.check().map(|()| out),
                n => out.extend_from_slice(&buffer[..n]),
            }
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_streams_and_frames_are_read_whole_and_cuts_are_errors() {
        let text: Vec<u8> = (0..5000u32).flat_map(|n| n.to_string().into_bytes()).collect();
        let (first, second) = text.split_at(9000);
        let compressed = [
            ("x.gz", [gzip(first), gzip(second)]),
            ("x.bz2", [bzip2(first), bzip2(second)]),
            ("x.zst", [zstd(first), zstd(second)]),
        ];
        let scratch = Scratch::new();
        for (name, parts) in compressed {
            let whole = parts.concat();
            assert_eq!(read_all(&listed(&scratch, name, &whole)).unwrap(), text, "{name}");
            // Cut everywhere but between the members, where nothing tells the cut.
            for end in (1..whole.len()).step_by(97).filter(|end| *end != parts[0].len()) {
                let error = read_all(&listed(&scratch, name, &whole[..end])).unwrap_err();
                assert!(matches!(error, IoError::Corrupt { .. }), "{name} cut at {end}: {error}");
            }
            let mut flipped = whole.clone();
            let middle = flipped.len() / 4;
            flipped[middle] ^= 0x10;
            assert!(!read_all(&listed(&scratch, name, &flipped)).is_ok_and(|out| out != text), "{name} flipped");
        }
    }

    #[test]
    fn an_empty_file_with_a_codec_is_empty() {
        let scratch = Scratch::new();
        assert_eq!(read_all(&listed(&scratch, "e.gz", b"")).unwrap(), b"");
    }

    #[test]
    fn changes_are_errors() {
        let scratch = Scratch::new();
        let change = |edit: &dyn Fn(&std::path::Path)| {
            let input = listed(&scratch, "x", b"0123456789");
            let mut source = Source::open(&input).unwrap();
            edit(&input.path);
            let error = source.read(5, &mut [0; 9]).and_then(|_| source.read(10, &mut [0; 9])).err();
            match error.unwrap_or_else(|| source.check().unwrap_err()) {
                IoError::Changed { change, .. } => change,
                other => panic!("{other}"),
            }
        };
        assert_eq!(change(&|path| fs::remove_file(path).unwrap()), Change::Vanished);
        assert_eq!(change(&|path| fs::write(path, b"0123").unwrap()), Change::Shrunk);
        assert_eq!(change(&|path| fs::write(path, b"0123456789a").unwrap()), Change::Modified);
        let replace = |path: &std::path::Path| {
            fs::write(path.with_extension("new"), b"0123456789").unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        };
        assert_eq!(change(&replace), Change::Replaced);
        let input = listed(&scratch, "x", b"0123456789");
        fs::remove_file(&input.path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&input.path).status().unwrap().success());
        // The file system may give the inode of the removed file to the FIFO, which is then a modified one.
        let replaced = |change| matches!(change, Change::Replaced | Change::Modified);
        assert!(matches!(Source::open(&input), Err(IoError::Changed { change, .. }) if replaced(change)));
        fs::remove_file(&input.path).unwrap();
        assert!(matches!(Source::open(&input), Err(IoError::Changed { change: Change::Vanished, .. })));
    }
}
