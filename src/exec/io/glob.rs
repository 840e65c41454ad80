//! Globs as Hadoop's: `in/*/part-{0,1}*[a-z]`, matched name by name from the left.
//!
//! `*` and `?` stay within one directory, `{a/b,c}` may hold slashes, `\` takes a character literally. Matches are in
//! the order of their paths. Hidden names match; whether they count as inputs is decided by `listing`.

use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::location::Location;
use super::store::Store;
use crate::exec::errors::io::IoError;

/// Splits a list of paths at its commas; commas inside `{}` separate alternatives and do not count.
pub(super) fn split_commas(text: &str) -> Vec<&str> {
    split_outside(text, b',')
}

/// Whether a path has wildcards.
pub(super) fn is_glob(pattern: &str) -> bool {
    let mut escape = false;
    for c in pattern.chars() {
        match c {
            _ if escape => escape = false,
            '\\' => escape = true,
            '*' | '?' | '[' | '{' => return true,
            _ => {}
        }
    }
    false
}

/// Removes the backslashes that take characters literally.
pub(super) fn unescape(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { out.extend(chars.next()) } else { out.push(c) }
    }
    out
}

/// The part of a glob before its first wildcard, as a path.
pub(super) fn literal_prefix(pattern: &str) -> PathBuf {
    let (root, rest) = Location::split_root(pattern);
    let literal: Vec<&str> = rest.split('/').take_while(|part| !is_glob(part)).collect();
    match format!("{root}{}", unescape(&literal.join("/"))) {
        nothing if nothing.is_empty() => PathBuf::from("."),
        literal => PathBuf::from(literal),
    }
}

/// The paths that a glob matches, in order.
pub(super) fn matches(store: &dyn Store, pattern: &str) -> Result<Vec<PathBuf>, IoError> {
    let mut found = Vec::new();
    for alternative in expand_slashed_braces(pattern) {
        found.extend(match_one(store, &alternative).map_err(|failure| failure.into_error(pattern))?);
    }
    found.sort();
    Ok(found)
}

enum Failure {
    Syntax(String),
    Read(PathBuf, io::Error),
}

impl Failure {
    fn into_error(self, pattern: &str) -> IoError {
        match self {
            Self::Syntax(reason) => IoError::BadGlob { pattern: pattern.to_owned(), reason },
            Self::Read(path, cause) => IoError::read(&path, cause),
        }
    }
}

/// Matches a glob whose braces hold no slashes.
fn match_one(store: &dyn Store, pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let (root, rest) = Location::split_root(pattern);
    let mut paths = vec![PathBuf::from(root)];
    for part in split_outside(rest, b'/').into_iter().filter(|part| !part.is_empty()) {
        if is_glob(part) {
            paths = match_names(store, &paths, &matcher(part)?)?;
        } else {
            let name = unescape(part);
            paths.iter_mut().for_each(|path| path.push(&name));
        }
    }
    paths.retain(|path| store.exists(path));
    Ok(paths)
}

/// The entries of the directories that match; what is no directory has none.
fn match_names(store: &dyn Store, directories: &[PathBuf], matcher: &GlobMatcher) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for directory in directories {
        let listed = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let names = match store.names(listed) {
            Ok(names) => names,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => continue,
            Err(error) => return Err(Failure::Read(listed.to_path_buf(), error)),
        };
        found.extend(names.into_iter().filter(|name| matcher.is_match(name)).map(|name| directory.join(name)));
    }
    Ok(found)
}

fn matcher(part: &str) -> Result<GlobMatcher, Failure> {
    // globset gives `**` a meaning of its own; for Hadoop it is `*` twice.
    let mut single = part.to_owned();
    while single.contains("**") {
        single = single.replace("**", "*");
    }
    let glob = GlobBuilder::new(&single).literal_separator(true).backslash_escape(true).empty_alternates(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| Failure::Syntax(error.kind().to_string()))
}

/// `{a/b,c}d` becomes `a/bd` and `cd`; braces without slashes stay as they are.
fn expand_slashed_braces(pattern: &str) -> Vec<String> {
    let Some((open, close)) = slashed_group(pattern) else { return vec![pattern.to_owned()] };
    let alternatives = split_outside(&pattern[open + 1..close], b',');
    let joined = alternatives.iter().map(|inner| format!("{}{inner}{}", &pattern[..open], &pattern[close + 1..]));
    joined.flat_map(|one| expand_slashed_braces(&one)).collect()
}

/// The first outermost `{}` that has a slash inside.
fn slashed_group(pattern: &str) -> Option<(usize, usize)> {
    let (mut depth, mut open, mut escape) = (0usize, 0, false);
    for (at, byte) in pattern.bytes().enumerate() {
        match byte {
            _ if escape => escape = false,
            b'\\' => escape = true,
            b'{' => {
                if depth == 0 {
                    open = at;
                }
                depth += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 && pattern[open..at].contains('/') {
                    return Some((open, at));
                }
            }
            _ => {}
        }
    }
    None
}

/// Splits at a separator that is neither escaped nor inside braces.
fn split_outside(text: &str, separator: u8) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut escape) = (Vec::new(), 0, 0usize, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escape => escape = false,
            b'\\' => escape = true,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ if byte == separator && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::super::store::LOCAL;
    use super::super::stores::store_of;
    use super::super::testing::Scratch;
    use super::*;

    fn local(pattern: &str) -> Result<Vec<PathBuf>, IoError> {
        matches(store_of(LOCAL).unwrap(), pattern)
    }

    fn names(pattern: &str) -> Vec<String> {
        let scratch = Scratch::new();
        for name in ["a.txt", "b.txt", "m", "k", "d/k", "d/m", "x,y", "star*"] {
            scratch.file(name, b"");
        }
        let found = local(&format!("{}/{pattern}", scratch.path().display())).unwrap();
        found.iter().map(|path| path.strip_prefix(scratch.path()).unwrap().display().to_string()).collect()
    }

    #[test]
    fn wildcards_stay_within_a_directory() {
        assert_eq!(names("*.txt"), ["a.txt", "b.txt"]);
        assert_eq!(names("?"), ["d", "k", "m"]);
        assert_eq!(names("[k-m]"), ["k", "m"]);
        assert_eq!(names("[^k]"), ["d", "m"]);
        assert_eq!(names("*/k"), ["d/k"]);
        assert_eq!(names("**/k"), ["d/k"]);
    }

    #[test]
    fn braces_may_hold_slashes() {
        assert_eq!(names("{m,k}"), ["k", "m"]);
        assert_eq!(names("{m,d/{k,m}}"), ["d/k", "d/m", "m"]);
        assert_eq!(names("{d/k,d/k}"), ["d/k", "d/k"], "Hadoop expands such braces, so a path may come twice");
    }

    #[test]
    fn a_backslash_takes_a_character_literally() {
        assert!(!is_glob("star\\*") && is_glob("star*"));
        assert_eq!(unescape("star\\*"), "star*");
        assert_eq!(names("st?r\\*"), ["star*"]);
    }

    #[test]
    fn commas_in_braces_do_not_split() {
        assert_eq!(split_commas("a,{b,c}d,e\\,f"), ["a", "{b,c}d", "e\\,f"]);
        assert_eq!(split_commas("a,"), ["a", ""]);
    }

    #[test]
    fn an_unclosed_class_is_an_error() {
        assert!(matches!(local("in/[a"), Err(IoError::BadGlob { .. })));
    }
}
