//! The bytes of an input, decompressed, and the proof that it stayed the file that was listed.
//!
//! Plain files are read with `pread` from any offset; compressed files and standard input are streams from their
//! beginning. `check` compares device, inode, size and time of modification with the listing: it runs when the file is
//! opened and when a reader has its last byte, so that an answer never mixes two states of a file.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::sync::atomic::{AtomicBool, Ordering};

use super::codec::Codec;
use super::listing::InputFile;
use crate::exec::errors::io::{Change, IoError};

/// Whether standard input was opened: a second reader would find nothing, and its rows would be lost silently.
static STDIN_TAKEN: AtomicBool = AtomicBool::new(false);

/// Notes that standard input is read by somebody else.
pub fn take_stdin() {
    STDIN_TAKEN.store(true, Ordering::Relaxed);
}

/// An open input.
pub(super) struct Source {
    input: InputFile,
    bytes: Bytes,
}

enum Bytes {
    /// A file that is read at offsets.
    Plain(File),
    /// A decoder over a file, and the same file for checks; `offset` is the number of bytes read.
    Stream { decoder: Box<dyn Read + Send>, file: File, offset: u64 },
    /// Standard input.
    Stdin { file: File, offset: u64 },
    /// A file without bytes, in whatever codec.
    Empty(File),
}

impl Source {
    /// Opens an input, which must still be the one that was listed.
    pub(super) fn open(input: &InputFile) -> Result<Self, IoError> {
        if input.is_stdin() {
            if STDIN_TAKEN.swap(true, Ordering::Relaxed) {
                return Err(IoError::StdinTaken);
            }
            let owned = io::stdin().as_fd().try_clone_to_owned();
            let file = File::from(owned.map_err(|error| IoError::read(&input.path, error))?);
            return Ok(Self { input: input.clone(), bytes: Bytes::Stdin { file, offset: 0 } });
        }
        // Without NONBLOCK, a FIFO that has taken the file's place would hang the job instead of failing it.
        let flags = rustix::fs::OFlags::NONBLOCK.bits() as i32;
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(&input.path);
        let file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => IoError::Changed { path: input.path.clone(), change: Change::Vanished },
            _ => IoError::read(&input.path, error),
        })?;
        let bytes = Bytes::new(file, input).map_err(|error| IoError::read(&input.path, error))?;
        let source = Self { input: input.clone(), bytes };
        source.check()?;
        Ok(source)
    }

    /// Reads bytes at an offset; 0 at the end. Streams are read in sequence: `offset` is where the last read ended.
    pub(super) fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, IoError> {
        loop {
            match self.bytes.read(offset, buffer) {
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
        let Some(file) = self.bytes.file() else { return Ok(()) };
        let path = &self.input.path;
        let open = file.metadata().map_err(|error| IoError::read(path, error))?;
        let change = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Change::Vanished),
            Err(error) => return Err(IoError::read(path, error)),
            Ok(named) => difference(&self.input, &named).or_else(|| difference(&self.input, &open)),
        };
        change.map_or(Ok(()), |change| Err(IoError::Changed { path: path.clone(), change }))
    }

    fn ends_early(&self, offset: u64) -> bool {
        matches!(self.bytes, Bytes::Plain(_)) && offset < self.input.size
    }

    fn failed(&self, offset: u64, cause: io::Error) -> IoError {
        let path = self.input.path.clone();
        match self.bytes {
            Bytes::Stream { .. } if cause.raw_os_error().is_none() => IoError::Corrupt { path, offset, cause },
            _ => IoError::read(&path, cause),
        }
    }
}

impl Bytes {
    fn new(file: File, input: &InputFile) -> io::Result<Self> {
        if input.size == 0 {
            return Ok(Self::Empty(file));
        }
        let decoder: Box<dyn Read + Send> = match input.codec {
            Codec::Plain => return Ok(Self::Plain(file)),
            Codec::Gzip => Box::new(flate2::read::MultiGzDecoder::new(file.try_clone()?)),
            Codec::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(file.try_clone()?)),
            Codec::Zstd => Box::new(zstd::stream::read::Decoder::new(file.try_clone()?)?),
        };
        Ok(Self::Stream { decoder, file, offset: 0 })
    }

    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, offset) = match self {
            Self::Plain(file) => return file.read_at(buffer, at),
            Self::Empty(_) => return Ok(0),
            Self::Stream { decoder, offset, .. } => (decoder.read(buffer)?, offset),
            Self::Stdin { file, offset } => (file.read(buffer)?, offset),
        };
        debug_assert_eq!(*offset, at, "streams are read in sequence");
        *offset += count as u64;
        Ok(count)
    }

    fn file(&self) -> Option<&File> {
        match self {
            Self::Plain(file) | Self::Empty(file) | Self::Stream { file, .. } => Some(file),
            Self::Stdin { .. } => None,
        }
    }
}

fn difference(listed: &InputFile, now: &Metadata) -> Option<Change> {
    if (listed.device, listed.inode) != (now.dev(), now.ino()) {
        return Some(Change::Replaced);
    }
    let same = listed.size == now.len() && listed.mtime == (now.mtime(), now.mtime_nsec());
    (!same).then_some(Change::Modified)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::listing::list_text_inputs;
    use super::super::testing::Scratch;
    use super::*;

    fn listed(scratch: &Scratch, name: &str, bytes: &[u8]) -> InputFile {
        let path = scratch.file(name, bytes);
        list_text_inputs(path.to_str().unwrap(), 1).unwrap().files.remove(0)
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
