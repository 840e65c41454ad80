//! Errors of files: one enum, each kind with its path, its cause and advice.
//!
//! `IoError::NotFound { path: "in/wrods.txt", .. }` prints as
//! `input in/wrods.txt does not exist: in has words.txt`. Messages are one line, lower case, and escape control
//! characters of file names, so that a name cannot drive the terminal. Nothing here prints or exits.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::codes;
use crate::base::codes::Code;

/// The person who has to act on an error; the command line turns it into an exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Class {
    /// A path of the job or the command line is wrong: exit code 2.
    Usage,
    /// The outside world failed: exit code 74.
    World,
    /// A signal asked the job to stop.
    Interrupted,
}

/// How a file differs from what was listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing is at its path any more.
    Vanished,
    /// Another file is at its path.
    Replaced,
    /// Its size or its time of modification is another.
    Modified,
    /// It ends before its listed size.
    Shrunk,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vanished => "vanished",
            Self::Replaced => "was replaced by another file",
            Self::Modified => "was modified",
            Self::Shrunk => "was truncated",
        })
    }
}

/// An error of reading or writing files.
#[derive(Debug, thiserror::Error)]
pub enum IoError {
    /// A path that names nothing.
    #[error("input {} does not exist: {}", shown(path), Nearest(nearest, similar.as_deref()))]
    NotFound {
        /// The path as asked for.
        path: PathBuf,
        /// Its longest part that exists.
        nearest: PathBuf,
        /// A name beside the missing one that looks like it.
        similar: Option<String>,
    },
    /// A glob that matches no file.
    #[error("glob {} matches no file: the nearest directory is {}", escaped(pattern), shown(nearest))]
    NoMatch {
        /// The glob as asked for.
        pattern: String,
        /// The longest part without wildcards that exists.
        nearest: PathBuf,
    },
    /// A glob that cannot be parsed, or that is a name taken for a glob.
    #[error("glob {} cannot be used: {}; put \\ before a character that stands for itself", escaped(pattern), reason)]
    BadGlob {
        /// The glob as asked for.
        pattern: String,
        /// The mistake in it.
        reason: String,
    },
    /// An empty path, for instance between two commas.
    #[error("empty path in \"{}\": paths are separated by single commas", escaped(spec))]
    EmptyPath {
        /// The whole argument.
        spec: String,
    },
    /// A path of another file system.
    #[error("{} is on {}: only local files can be used (a path, or file:///path)", escaped(path), escaped(scheme))]
    Scheme {
        /// The path as asked for.
        path: String,
        /// The part before the colon.
        scheme: String,
    },
    /// A name that starts with `_` or `.`.
    #[error("input {} is hidden: names that start with _ or . are skipped, as by Hadoop; rename the file", shown(path))]
    Hidden {
        /// The path.
        path: PathBuf,
    },
    /// No permission to read.
    #[error("permission denied to read {}", shown(path))]
    Denied {
        /// The path.
        path: PathBuf,
    },
    /// A FIFO, a device or a socket.
    #[error("input {} is a {}, expected a regular file; textFile \"-\" reads standard input", shown(path), found)]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// The thing that is there.
        found: &'static str,
    },
    /// Symbolic links that lead to each other.
    #[error("input {} is a loop of symbolic links", shown(path))]
    SymlinkLoop {
        /// The path.
        path: PathBuf,
    },
    /// Standard input, a second time.
    #[error(
        "standard input is read twice, and gives its lines once; save it to a file first, or keep it: textFile(\"-\") | cache"
    )]
    StdinTaken,
    /// A symbolic link to nothing.
    #[error("input {} is a symbolic link to something that does not exist", shown(path))]
    Dangling {
        /// The link.
        path: PathBuf,
    },
    /// A directory inside an input directory.
    #[error(
        "input directory contains the directory {}: directories are not read recursively; add /* to the path",
        shown(path)
    )]
    Subdirectory {
        /// The inner directory.
        path: PathBuf,
    },
    /// A file of a codec that is not read.
    #[error("input {} is compressed as {}: only .gz, .bz2 and .zst can be read", shown(path), extension)]
    Codec {
        /// The path.
        path: PathBuf,
        /// Its extension.
        extension: &'static str,
    },
    /// A file changed between listing and the end of reading.
    #[error("input {} {} while it was read; run the job again when nothing writes to it", shown(path), change)]
    Changed {
        /// The path.
        path: PathBuf,
        /// How it differs.
        change: Change,
    },
    /// A compressed file that does not decompress.
    #[error("input {} is truncated or corrupt after {} decompressed bytes: {}", shown(path), offset, cause)]
    Corrupt {
        /// The path.
        path: PathBuf,
        /// Number of bytes that came out before.
        offset: u64,
        /// The message of the codec.
        cause: io::Error,
    },
    /// Any other failure of reading.
    #[error("cannot read {}: {}", shown(path), cause)]
    Read {
        /// The path.
        path: PathBuf,
        /// The message of the system.
        cause: io::Error,
    },
    /// The output is there already.
    #[error("output {} exists; remove it, choose another path, or pass --overwrite", shown(path))]
    OutputExists {
        /// The output.
        path: PathBuf,
    },
    /// Two saves of one job to one output.
    #[error("output {} is saved to twice in this job; choose another path for one of them", shown(path))]
    OutputTwice {
        /// The output.
        path: PathBuf,
    },
    /// A save to where the rejected rows go, or above it, or below.
    #[error(
        "output {} and the directory of rejected rows, {}, are or contain each other; choose another path for one of them",
        shown(path),
        shown(rejects)
    )]
    OutputRejects {
        /// The output.
        path: PathBuf,
        /// The directory of rejected rows.
        rejects: PathBuf,
    },
    /// `--overwrite` on something that no job has written.
    #[error(
        "output {} holds {}, which is not a part file: --overwrite replaces only output directories",
        shown(path),
        escaped(found)
    )]
    OutputForeign {
        /// The output.
        path: PathBuf,
        /// The thing that is there.
        found: String,
    },
    /// A path that cannot be an output directory.
    #[error("output \"{}\" does not name a directory to create", escaped(path))]
    OutputPath {
        /// The path as asked for.
        path: String,
    },
    /// A failure of writing.
    #[error("cannot {} {}: {}{}", action, shown(path), cause, write_help(cause))]
    Write {
        /// The path.
        path: PathBuf,
        /// The verb: "create", "write to", "publish".
        action: &'static str,
        /// The message of the system.
        cause: io::Error,
    },
    /// An error that a task had in another process, as it says it there.
    #[error("{text}")]
    Elsewhere {
        /// The message.
        text: String,
        /// Its code.
        code: Code,
        /// The person who has to act on it.
        class: Class,
    },
    /// The job was asked to stop before its output was published.
    #[error("output {} is not published: the job was interrupted", shown(path))]
    Interrupted {
        /// The output.
        path: PathBuf,
        /// The signal.
        signal: i32,
    },
}

impl IoError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } | Self::Hidden { .. } | Self::Dangling { .. } => codes::INPUT_MISSING,
            Self::NoMatch { .. } | Self::BadGlob { .. } => codes::INPUT_GLOB,
            Self::EmptyPath { .. } | Self::Scheme { .. } | Self::OutputPath { .. } => codes::PATH_FORM,
            Self::Denied { .. } => codes::INPUT_DENIED,
            Self::NotAFile { .. } | Self::SymlinkLoop { .. } | Self::Subdirectory { .. } => codes::INPUT_NOT_A_FILE,
            Self::Codec { .. } => codes::INPUT_CODEC,
            Self::Changed { .. } => codes::INPUT_CHANGED,
            Self::Corrupt { .. } => codes::INPUT_CORRUPT,
            Self::Read { .. } | Self::StdinTaken => codes::INPUT_READ,
            Self::OutputExists { .. }
            | Self::OutputTwice { .. }
            | Self::OutputRejects { .. }
            | Self::OutputForeign { .. } => codes::OUTPUT_EXISTS,
            Self::Write { .. } => codes::OUTPUT_WRITE,
            Self::Elsewhere { code, .. } => *code,
            Self::Interrupted { .. } => codes::OUTPUT_INTERRUPTED,
        }
    }

    /// The person who has to act on it.
    pub fn class(&self) -> Class {
        match self {
            Self::NotFound { .. } | Self::NoMatch { .. } | Self::BadGlob { .. } | Self::EmptyPath { .. } => {
                Class::Usage
            }
            Self::Scheme { .. } | Self::Hidden { .. } | Self::NotAFile { .. } | Self::Subdirectory { .. } => {
                Class::Usage
            }
            Self::Codec { .. } | Self::OutputExists { .. } | Self::OutputTwice { .. } => Class::Usage,
            Self::OutputRejects { .. } | Self::OutputForeign { .. } => Class::Usage,
            Self::OutputPath { .. } | Self::Dangling { .. } | Self::StdinTaken => Class::Usage,
            Self::Denied { .. } | Self::SymlinkLoop { .. } | Self::Changed { .. } | Self::Corrupt { .. } => {
                Class::World
            }
            Self::Read { .. } | Self::Write { .. } => Class::World,
            Self::Elsewhere { class, .. } => *class,
            Self::Interrupted { .. } => Class::Interrupted,
        }
    }

    /// A failure of reading, sorted into the kinds above.
    pub(in crate::exec) fn read(path: &Path, cause: io::Error) -> Self {
        let path = path.to_path_buf();
        if cause.kind() == io::ErrorKind::PermissionDenied {
            Self::Denied { path }
        } else if cause.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
            Self::SymlinkLoop { path }
        } else {
            Self::Read { path, cause }
        }
    }

    /// A failure of writing.
    pub(in crate::exec) fn write(path: &Path, action: &'static str, cause: impl Into<io::Error>) -> Self {
        Self::Write { path: path.to_path_buf(), action, cause: cause.into() }
    }
}

/// A path as text that is safe to print.
pub(in crate::exec) fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

/// Text with its control characters escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

fn write_help(cause: &io::Error) -> &'static str {
    let full = matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    if full { "; free some space or write to another disk" } else { "" }
}

/// "in has words.txt", or "the nearest directory is in".
struct Nearest<'a>(&'a Path, Option<&'a str>);

impl fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = shown(self.0);
        match self.1 {
            Some(name) => write!(f, "{place} has {}", escaped(name)),
            None => write!(f, "the nearest path is {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_line_and_escape_names() {
        let error = IoError::Hidden { path: PathBuf::from("in/\u{1b}[31m_x\n") };
        let text = error.to_string();
        assert!(!text.contains('\u{1b}') && !text.contains('\n'), "{text}");
        assert_eq!(error.code(), codes::INPUT_MISSING);
    }

    #[test]
    fn a_full_disk_says_what_helps() {
        let cause = io::Error::from_raw_os_error(rustix::io::Errno::NOSPC.raw_os_error());
        let text = IoError::write(Path::new("out/part-00000"), "write to", cause).to_string();
        assert!(text.starts_with("cannot write to out/part-00000: ") && text.ends_with("another disk"), "{text}");
    }
}
