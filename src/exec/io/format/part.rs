//! One part file: buffered, compressed, and on the disk before it counts.
//!
//! `write` collects bytes, `finish` ends the codec's stream, syncs the file and tells how many bytes were written. A
//! writer that is dropped without `finish` leaves its output directory unpublishable. Errors name the file; short
//! writes and EINTR are retried.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::codec::Codec;
use crate::exec::errors::io::IoError;
use crate::exec::io::store::OutputFile;

/// Bytes collected before they go to the codec or the file.
const BUFFER_BYTES: usize = 256 << 10;

/// Takes all of a write or fails: codecs do not retry short writes and EINTR when they end their stream.
struct Sink(Box<dyn OutputFile>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A writer of one part file.
pub struct PartWriter {
    path: PathBuf,
    buffer: Vec<u8>,
    encoder: Encoder,
    written: u64,
    unfinished: Arc<AtomicUsize>,
}

enum Encoder {
    Plain(Sink),
    Gzip(flate2::write::GzEncoder<Sink>),
    Bzip2(bzip2::write::BzEncoder<Sink>),
    Zstd(zstd::stream::write::Encoder<'static, Sink>),
}

impl PartWriter {
    /// A writer of a new file at a path; `unfinished` counts the writers that have not finished.
    pub(in crate::exec::io) fn over(
        file: Box<dyn OutputFile>,
        path: &Path,
        codec: Codec,
        unfinished: &Arc<AtomicUsize>,
    ) -> Result<Self, IoError> {
        let encoder = Encoder::new(Sink(file), codec).map_err(|error| IoError::write(path, "write to", error))?;
        unfinished.fetch_add(1, Ordering::AcqRel);
        let (buffer, unfinished) = (Vec::new(), Arc::clone(unfinished));
        Ok(Self { path: path.to_path_buf(), buffer, encoder, written: 0, unfinished })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush()?;
            if bytes.len() > BUFFER_BYTES {
                return self.write_through(bytes);
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends a line and its LF.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_line(&mut self, line: &[u8]) -> Result<(), IoError> {
        self.write(line)?;
        self.write(b"\n")
    }

    /// Ends the file and syncs it; gives the number of bytes written before compression.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self) -> Result<u64, IoError> {
        self.flush()?;
        let synced = self.encoder.finish().and_then(|sink| sink.0.sync());
        synced.map_err(|error| IoError::write(&self.path, "write to", error))?;
        self.unfinished.fetch_sub(1, Ordering::AcqRel);
        Ok(self.written)
    }

    fn flush(&mut self) -> Result<(), IoError> {
        let buffer = std::mem::take(&mut self.buffer);
        self.write_through(&buffer)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        let written = self.encoder.writer().write_all(bytes);
        written.map_err(|error| IoError::write(&self.path, "write to", error))?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

impl Encoder {
    fn new(sink: Sink, codec: Codec) -> io::Result<Self> {
        Ok(match codec {
            Codec::Plain => Self::Plain(sink),
            Codec::Gzip => Self::Gzip(flate2::write::GzEncoder::new(sink, flate2::Compression::default())),
            Codec::Bzip2 => Self::Bzip2(bzip2::write::BzEncoder::new(sink, bzip2::Compression::best())),
            Codec::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(sink, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
        })
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(encoder) => encoder,
            Self::Bzip2(encoder) => encoder,
            Self::Zstd(encoder) => encoder,
        }
    }

    fn finish(self) -> io::Result<Sink> {
        match self {
            Self::Plain(sink) => Ok(sink),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Bzip2(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::exec::io::output::OutputDir;
    use crate::exec::io::testing::Scratch;

    /// A disk with room for some bytes that takes at most three at once and is interrupted in between.
    struct Disk {
        room: usize,
        calls: usize,
        bytes: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            if self.calls.is_multiple_of(2) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = bytes.len().min(3).min(self.room);
            if count == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= count;
            self.bytes.lock().unwrap().extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl OutputFile for Disk {
        fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }

    const CODECS: [Codec; 4] = [Codec::Plain, Codec::Gzip, Codec::Bzip2, Codec::Zstd];

    fn write_to(room: usize, codec: Codec) -> (Result<u64, IoError>, Vec<u8>, usize) {
        let (unfinished, bytes) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let disk = Disk { room, calls: 0, bytes: Arc::clone(&bytes) };
        let mut part = PartWriter::over(Box::new(disk), Path::new("out/part-00000"), codec, &unfinished).unwrap();
        let result = (0..100).try_for_each(|n: u32| part.write_line(n.to_string().as_bytes()));
        let result = result.and_then(|()| part.finish());
        let bytes = bytes.lock().unwrap().clone();
        (result, bytes, unfinished.load(Ordering::Relaxed))
    }

    #[test]
    fn short_and_interrupted_writes_lose_nothing() {
        let (result, bytes, unfinished) = write_to(usize::MAX, Codec::Plain);
        let expected: String = (0..100).map(|n| format!("{n}\n")).collect();
        assert_eq!((result.unwrap(), bytes, unfinished), (290, expected.into_bytes(), 0));
    }

    #[test]
    fn a_full_disk_is_an_error_with_the_path_for_every_codec() {
        for codec in CODECS {
            let needed = write_to(usize::MAX, codec).1.len();
            for room in [0, 1, needed / 2, needed - 1] {
                let (result, _, unfinished) = write_to(room, codec);
                let text = result.unwrap_err().to_string();
                assert!(
                    text.starts_with("cannot write to out/part-00000") && text.contains("free some space"),
                    "{text}"
                );
                assert_eq!(unfinished, 1, "{codec:?} must not be published");
            }
        }
    }

    #[test]
    fn lines_larger_than_the_buffer_are_written_in_order() {
        let scratch = Scratch::new();
        let output = OutputDir::prepare(scratch.path().join("out").to_str().unwrap(), false).unwrap();
        let mut part = output.file_writer("p", Codec::Plain).unwrap();
        let long = vec![b'x'; BUFFER_BYTES + 1];
        part.write_line(b"a").unwrap();
        part.write_line(&long).unwrap();
        assert_eq!(part.finish().unwrap(), long.len() as u64 + 3);
        assert!(output.file_writer("p", Codec::Plain).is_err(), "a part file is never overwritten");
        output.commit().unwrap();
        let written = std::fs::read(scratch.path().join("out/p")).unwrap();
        assert_eq!(written, [b"a\n".as_slice(), &long, b"\n"].concat());
    }
}
