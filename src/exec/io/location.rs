//! Paths and URLs: the one place that tells them apart.
//!
//! `in/a`, `file:/in/a` and `file:///in/a` are of the local file system; `s3://bucket/a` is of the store that has the
//! scheme `s3`. The text behind a scheme may hold secrets, so messages repeat the scheme only.

use super::store::{LOCAL, Store};
use super::stores::store_of;
use crate::exec::errors::io::IoError;

/// A path as the job writes it, or one of a list of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Location<'a> {
    /// The scheme; that of local files where none is written.
    pub scheme: &'a str,
    /// The path in its store: a local one without its scheme, another one as it is.
    pub path: &'a str,
}

impl<'a> Location<'a> {
    /// Tells the scheme of a path.
    pub fn parse(text: &'a str) -> Self {
        let path = match text.strip_prefix("file:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None => text,
        };
        match path.split_once("://") {
            Some((scheme, _)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Self { scheme, path }
            }
            _ => Self { scheme: LOCAL, path },
        }
    }

    /// Whether it is a path of the local file system.
    pub fn is_local(self) -> bool {
        self.scheme == LOCAL
    }

    /// The store that it is in.
    ///
    /// # Errors
    /// No store has its scheme.
    pub fn store(self) -> Result<&'static dyn Store, IoError> {
        let unknown = || IoError::Scheme { path: format!("{}://…", self.scheme), scheme: self.scheme.to_owned() };
        store_of(self.scheme).ok_or_else(unknown)
    }

    /// The root of a path (`/`, `memory://`, or nothing for one that is relative) and what stands behind it.
    pub(super) fn split_root(path: &str) -> (&str, &str) {
        let location = Location::parse(path);
        let root = if location.is_local() { usize::from(path.starts_with('/')) } else { location.scheme.len() + 3 };
        path.split_at(root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_told_from_paths() {
        let told = |text| {
            let Location { scheme, path } = Location::parse(text);
            (scheme, path)
        };
        assert_eq!(told("in/a"), ("file", "in/a"));
        assert_eq!(told("file:in/a"), ("file", "in/a"));
        assert_eq!(told("file:///in/a"), ("file", "/in/a"));
        assert_eq!(told("in/a://b"), ("file", "in/a://b"));
        assert_eq!(told("s3://bucket/a"), ("s3", "s3://bucket/a"));
        assert_eq!(Location::split_root("/in/*"), ("/", "in/*"));
        assert_eq!(Location::split_root("in/*"), ("", "in/*"));
        assert_eq!(Location::split_root("s3://in/*"), ("s3://", "in/*"));
        let error = Location::parse("ftp://key:secret@host/a").store().map(drop).unwrap_err();
        assert!(error.to_string().contains("ftp") && !error.to_string().contains("secret"), "{error}");
    }
}
