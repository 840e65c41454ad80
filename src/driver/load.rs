//! Loads and checks a job.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::base::diag::{Diag, Severity};
use crate::base::source::Sources;
use crate::hir;
use crate::lint;
use crate::lint::allow::Allowed;
use crate::pyspark;
use crate::sema::{self, Checked};

use super::errors;

/// A job that compiles.
pub struct CheckedJob {
    /// All texts.
    pub sources: Sources,
    /// The typed program.
    pub program: hir::Program,
    /// The findings of the checker, warnings included.
    pub checked: Checked,
    /// Warnings, but for those that comments allow.
    pub warnings: Vec<Diag>,
    /// The warnings that comments allow.
    allowed: Allowed,
    /// How long the checker took, without the parser.
    pub checking: Duration,
}

/// Why a job does not compile.
#[derive(Debug)]
pub struct CompileErrors {
    /// All texts.
    pub sources: Sources,
    /// The findings: at least one error.
    pub diags: Vec<Diag>,
}

/// The largest source in bytes.
const MAX_SOURCE: u64 = 16 << 20;

impl CheckedJob {
    /// Loads a job from a file.
    ///
    /// # Errors
    /// The file cannot be read, or the job has errors.
    pub fn load(path: &Path) -> Result<Self, Box<CompileErrors>> {
        let name = path.display().to_string();
        let text = read_source(path).map_err(|cause| unreadable(&name, &cause))?;
        Self::compile(&name, text, path.parent().unwrap_or(Path::new("")))
    }

    /// Compiles what can be read from somewhere, such as standard input; otherwise as [`CheckedJob::from_text`].
    ///
    /// # Errors
    /// It cannot be read, or the job has errors.
    pub fn read(name: &str, from: impl Read) -> Result<Self, Box<CompileErrors>> {
        let text = read_text(from).map_err(|cause| unreadable(name, &cause))?;
        Self::from_text(name, text)
    }

    /// Compiles a text; `name` is shown in messages. Files that it uses are relative to the working directory.
    ///
    /// # Errors
    /// The job has errors.
    pub fn from_text(name: &str, text: String) -> Result<Self, Box<CompileErrors>> {
        Self::compile(name, text, Path::new(""))
    }

    pub(super) fn compile(name: &str, text: String, directory: &Path) -> Result<Self, Box<CompileErrors>> {
        let mut sources = Sources::default();
        let file = sources.add(name, text);
        let shown = match directory.display().to_string() {
            shown if shown.is_empty() || shown.ends_with('/') => shown,
            shown => shown + "/",
        };
        let loader = |path: &str| Ok((sema::join(&shown, path), read_source(&directory.join(PathBuf::from(path)))?));
        let started = Instant::now();
        let mut checked = sema::check(&mut sources, file, &loader);
        let checking = started.elapsed().saturating_sub(checked.parsing);
        let Some(program) = checked.program.take() else {
            return Err(Box::new(CompileErrors { sources, diags: checked.diags }));
        };
        let (allowed, mut warnings) = Allowed::read(&checked.ast, &sources);
        warnings.extend(checked.diags.iter().filter(|diag| diag.severity == Severity::Warning).cloned());
        let warnings = allowed.keep(warnings, &sources);
        Ok(Self { sources, program, checked, warnings, allowed, checking })
    }

    /// The job as the emitter of PySpark programs takes it.
    pub fn for_pyspark(&self) -> pyspark::Job<'_> {
        pyspark::Job { sources: &self.sources, program: &self.program, checked: &self.checked }
    }

    /// The findings of lints, without those that comments allow.
    pub fn lints(&self) -> Vec<Diag> {
        self.allowed.keep(lint::findings(&self.checked, &self.sources), &self.sources)
    }

    /// The warnings, and what lints find.
    pub fn findings(&self) -> Vec<Diag> {
        [self.warnings.clone(), self.lints()].concat()
    }
}

/// Reads a source file.
fn read_source(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_SOURCE {
        return Err(format!("{size} bytes, of at most {MAX_SOURCE}"));
    }
    read_text(std::fs::File::open(path).map_err(|error| error.to_string())?)
}

/// Reads a source text.
///
/// # Errors
/// It cannot be read, is too long or no UTF-8.
pub fn read_text(from: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(MAX_SOURCE + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_SOURCE {
        return Err(format!("more than {MAX_SOURCE} bytes"));
    }
    String::from_utf8(bytes).map_err(|error| format!("byte {} is not valid UTF-8", error.utf8_error().valid_up_to()))
}

fn unreadable(name: &str, cause: &str) -> Box<CompileErrors> {
    let mut sources = Sources::default();
    let file = sources.add(name, "");
    Box::new(CompileErrors { sources, diags: vec![errors::unreadable(file, name, cause)] })
}
