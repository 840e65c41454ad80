//! Rejected rows: `--on-error reject DIR` writes each with its reason as a line of JSON.
//!
//! `{"file":"in/a.csv","line":7,"offset":120,"place":"job.spk:3:5","code":"E0403","reason":"…","record":"x,1"}`
//!
//! One file a partition, `part-00007.jsonl`, only where there are rejects; the directory is committed with the job's
//! outputs, first of all. A record that is no UTF-8 is written lossily, and again as `record_hex`, so that nothing of
//! it is lost.

use std::path::Path;

use super::codec::Codec;
use super::decode::decode_lossy;
use super::part::PartWriter;
use crate::exec::errors::RowOrigin;
use crate::exec::errors::io::IoError;
use crate::exec::io::output::OutputDir;

/// The ending of the names of its files.
const EXTENSION: &str = ".jsonl";

/// A row that was left out.
#[derive(Clone, Copy, Debug)]
pub struct Reject<'a> {
    /// Where the row comes from.
    pub origin: &'a RowOrigin,
    /// The place in the job.
    pub place: &'a str,
    /// The error's code.
    pub code: &'a str,
    /// The reason.
    pub reason: &'a str,
    /// The record as it was read.
    pub record: &'a [u8],
}

/// The directory of rejected rows.
#[derive(Debug)]
pub struct RejectDir {
    output: OutputDir,
}

impl RejectDir {
    /// As [`OutputDir::prepare`].
    ///
    /// # Errors
    /// As [`OutputDir::prepare`]'s.
    pub fn prepare(path: &str, overwrite: bool) -> Result<Self, IoError> {
        OutputDir::prepare(path, overwrite).map(|output| Self { output })
    }

    /// Checks that an output of the job is not this directory, nor in it, nor around it: the one would replace the other.
    ///
    /// # Errors
    /// It is.
    pub fn check_apart(&self, output: &str) -> Result<(), IoError> {
        if self.output.overlaps(output) {
            return Err(IoError::OutputRejects { path: output.into(), rejects: self.output.path().to_path_buf() });
        }
        Ok(())
    }

    /// Whether it is the directory at a path.
    pub fn is_at(&self, path: &str) -> bool {
        self.output.is_at(path)
    }

    /// The directory's path as the job wrote it.
    pub fn path(&self) -> &Path {
        self.output.path()
    }

    /// A writer for one partition; its file is created with the first reject.
    pub fn writer(&self, partition: usize) -> RejectWriter<'_> {
        RejectWriter { directory: self, partition, part: None, line: Vec::new() }
    }

    /// The directory itself, to be committed with the outputs of the job.
    pub fn into_output(self) -> OutputDir {
        self.output
    }
}

/// A writer of one partition's rejects.
pub struct RejectWriter<'a> {
    directory: &'a RejectDir,
    partition: usize,
    part: Option<PartWriter>,
    line: Vec<u8>,
}

impl RejectWriter<'_> {
    /// Appends a reject.
    ///
    /// # Errors
    /// The file cannot be created or written.
    pub fn write(&mut self, reject: &Reject<'_>) -> Result<(), IoError> {
        self.line.clear();
        print_json(reject, &mut self.line);
        let part = match &mut self.part {
            Some(part) => part,
            None => {
                let name = format!("part-{:05}{EXTENSION}", self.partition);
                self.part.insert(self.directory.output.file_writer(&name, Codec::Plain)?)
            }
        };
        part.write_line(&self.line)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<(), IoError> {
        self.part.map_or(Ok(()), |part| part.finish().map(drop))
    }
}

fn print_json(reject: &Reject<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"file\":");
    match reject.origin.input() {
        Some(path) => print_text(path.as_os_str().as_encoded_bytes(), out),
        None => out.extend_from_slice(b"null"),
    }
    for name in ["line", "offset"] {
        let number = reject.origin.at(name).map_or_else(|| "null".to_owned(), |number| number.to_string());
        out.extend_from_slice(format!(",\"{name}\":{number}").as_bytes());
    }
    for (name, number) in reject.origin.others() {
        out.extend_from_slice(format!(",\"{name}\":{number}").as_bytes());
    }
    for (name, text) in [("place", reject.place), ("code", reject.code), ("reason", reject.reason)] {
        out.extend_from_slice(format!(",\"{name}\":").as_bytes());
        print_text(text.as_bytes(), out);
    }
    out.extend_from_slice(b",\"record\":");
    print_text(reject.record, out);
    if std::str::from_utf8(reject.record).is_err() {
        out.extend_from_slice(b",\"record_hex\":\"");
        reject.record.iter().for_each(|byte| out.extend_from_slice(format!("{byte:02x}").as_bytes()));
        out.push(b'"');
    }
    out.push(b'}');
}

/// A JSON string; malformed bytes become U+FFFD.
fn print_text(bytes: &[u8], out: &mut Vec<u8>) {
    let mut text = Vec::with_capacity(bytes.len());
    decode_lossy(bytes, &mut text);
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0..=0x1f | 0x7f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::io::output::commit_all;
    use crate::exec::io::testing::Scratch;

    #[test]
    fn rejects_are_lines_of_json() {
        let scratch = Scratch::new();
        let path = format!("{}/bad", scratch.path().display());
        let rejects = RejectDir::prepare(&path, false).unwrap();
        rejects.writer(0).finish().unwrap();
        let mut writer = rejects.writer(3);
        let reject = Reject {
            origin: &RowOrigin::of("in/a \"b\"", vec![("line", 7)]),
            place: "job.spk:3:5",
            code: "E0403",
            reason: "tab\there",
            record: b"x\xff\x1b\\",
        };
        writer.write(&reject).unwrap();
        writer.write(&Reject { origin: &RowOrigin::of_partition(0), record: "é".as_bytes(), ..reject }).unwrap();
        writer.finish().unwrap();
        commit_all(vec![rejects.into_output()]).unwrap();
        assert_eq!(scratch.names("bad"), ["_SUCCESS", "part-00003.jsonl"]);
        let text = std::fs::read_to_string(scratch.path().join("bad/part-00003.jsonl")).unwrap();
        let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows[0]["file"], "in/a \"b\"");
        assert_eq!((&rows[0]["line"], &rows[0]["offset"]), (&serde_json::json!(7), &serde_json::Value::Null));
        assert_eq!(rows[0]["record"], "x\u{fffd}\u{1b}\\");
        assert_eq!(rows[0]["record_hex"], "78ff1b5c");
        assert_eq!((&rows[1]["record"], rows[1].get("record_hex")), (&serde_json::json!("é"), None));
    }
}
