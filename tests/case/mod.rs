//! The format of cases and of recordings: a program, then sections. `tests/cases/README.md` says what they mean.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A part of a case: `name` is what follows the dashes, `text` the lines below, verbatim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Section {
    /// What follows the dashes.
    pub(crate) name: String,
    /// The lines below.
    pub(crate) text: String,
}

/// A case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    path: PathBuf,
    /// Comments and program.
    pub(crate) program: String,
    /// What follows.
    pub(crate) sections: Vec<Section>,
}

impl Case {
    /// Reads a case.
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (mut program, mut sections) = (String::new(), Vec::<Section>::new());
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("---- "), sections.last_mut()) {
                (Some(name), _) => sections.push(Section { name: name.trim_end().to_owned(), text: String::new() }),
                (None, Some(section)) => section.text.push_str(line),
                (None, None) => program.push_str(line),
            }
        }
        Self { path: path.to_path_buf(), program, sections }
    }

    /// Writes it back.
    pub(crate) fn write(&self) -> io::Result<()> {
        let mut text = self.program.clone();
        for section in &self.sections {
            text += &format!("---- {}\n{}", section.name, section.text);
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
        fs::write(&self.path, text)
    }

    /// The value of the comment `# name: value`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.program.lines().find_map(|line| line.strip_prefix(&format!("# {name}:"))).map(str::trim)
    }

    /// The exit code that is expected.
    pub(crate) fn exit(&self) -> i32 {
        self.header("exit").map_or(0, |code| code.parse().expect("an exit code is a number"))
    }

    /// Whether the order of lines counts.
    pub(crate) fn exact(&self) -> bool {
        let pysparks = self.args().windows(2).any(|args| args == ["--order", "pyspark"]);
        pysparks
            || self.header("order") == Some("exact")
            || self.sections.iter().any(|section| section.name.ends_with(" exact"))
    }

    /// Arguments after the job.
    pub(crate) fn args(&self) -> Vec<&str> {
        self.header("args").map(|args| args.split(' ').collect()).unwrap_or_default()
    }

    /// A section by name.
    pub(crate) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name.trim_end_matches(" exact") == name)
    }

    /// Input files: path and bytes.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&str, Vec<u8>)> {
        self.sections.iter().filter(|section| section.name.starts_with("in/")).map(|section| {
            match section.name.strip_suffix(" base64") {
                Some(path) => (path, base64(&section.text)),
                None => (section.name.as_str(), section.text.clone().into_bytes()),
            }
        })
    }

    /// Output files that are expected: path and text.
    pub(crate) fn files<'s>(&'s self) -> Vec<(&'s str, &'s str)> {
        let file = |section: &'s Section| Some((section.name.strip_prefix("file ")?, section.text.as_str()));
        self.sections.iter().filter_map(file).map(|(path, text)| (path.trim_end_matches(" exact"), text)).collect()
    }
}

/// A text's lines in an order that does not depend on theirs.
pub(crate) fn multiset(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes().filter_map(|c| DIGITS.iter().position(|d| *d == c)) {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
