//! The files of a program: the main one and those that `use` brings in, each once, those that are used first.

use std::collections::HashSet;

use crate::base::diag::Diag;
use crate::base::source::{FileId, Sources, Span};
use crate::syntax::ast::{ExprIds, Program, StmtKind};
use crate::syntax::parse;

use super::errors;

/// Reads a file that `use` names: the path (relative to the directory of the main file) to what messages call the file and
/// its text, or the cause.
pub type Loader<'l> = dyn Fn(&str) -> Result<(String, String), String> + 'l;

/// Deeper chains of files than this are taken for a cycle under many names.
const MAX_CHAIN: usize = 64;

/// Parses the program; the trees are in the order in which their statements run.
pub(super) fn load(sources: &mut Sources, file: FileId, loader: &Loader<'_>) -> (Vec<Program>, Vec<Diag>) {
    let mut files = Files {
        sources,
        loader,
        ids: ExprIds::default(),
        done: HashSet::new(),
        open: Vec::new(),
        programs: Vec::new(),
        diags: Vec::new(),
    };
    files.add(file, "");
    (files.programs, files.diags)
}

struct Files<'f> {
    sources: &'f mut Sources,
    loader: &'f Loader<'f>,
    ids: ExprIds,
    done: HashSet<String>,
    open: Vec<String>,
    programs: Vec<Program>,
    diags: Vec<Diag>,
}

impl Files<'_> {
    /// Adds a file after those that it uses. `dir` is where paths in it are relative to.
    fn add(&mut self, file: FileId, dir: &str) {
        let (program, mut diags) = parse::parse(self.sources, file, &mut self.ids);
        self.diags.append(&mut diags);
        for stmt in &program.body {
            if let StmtKind::Use { path, path_span } = &stmt.kind {
                self.used(path, *path_span, dir);
            }
        }
        self.programs.push(program);
    }

    fn used(&mut self, path: &str, span: Span, dir: &str) {
        let full = join(dir, path);
        if self.open.contains(&full) || self.open.len() >= MAX_CHAIN {
            self.diags.push(errors::use_cycle(span, path));
            return;
        }
        if !self.done.insert(full.clone()) {
            return;
        }
        match (self.loader)(&full) {
            Err(cause) => self.diags.push(errors::used_file(span, path, &cause)),
            Ok((name, text)) => {
                let file = self.sources.add(name, text);
                let inner = full.rfind('/').map_or("", |at| &full[..=at]).to_owned();
                self.open.push(full);
                self.add(file, &inner);
                self.open.pop();
            }
        }
    }
}

/// A path in a file of a directory: `lib/` and `../b.spk` are `b.spk`.
pub fn join(dir: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let joined = format!("{dir}{path}");
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." if !(parts.is_empty() && joined.starts_with('/')) => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_relative_to_the_file() {
        assert_eq!(super::join("", "a.spk"), "a.spk");
        assert_eq!(super::join("lib/", "../b.spk"), "b.spk");
        assert_eq!(super::join("lib/", "./b.spk"), "lib/b.spk");
        assert_eq!(super::join("/x/lib/", "../b.spk"), "/x/b.spk");
        assert_eq!(super::join("lib/", "/b.spk"), "/b.spk");
        assert_eq!(super::join("", "../b.spk"), "../b.spk");
    }
}
