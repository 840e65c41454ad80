//! The stores that there are, by the schemes of their URLs.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use super::store::{InputFile, OpenFile, Stat, Store};
use crate::exec::errors::io::IoError;

pub use super::store::stdin::take_stdin;

/// All stores.
static STORES: &[&dyn Store] = &[
    &super::store::local::Local,
    &super::store::stdin::Stdin,
    #[cfg(test)]
    &super::store::memory::MEMORY,
];

/// The store of a scheme.
pub(super) fn store_of(scheme: &str) -> Option<&'static dyn Store> {
    STORES.iter().copied().find(|store| store.scheme() == scheme)
}

/// The file at a path of a store, as it is now.
pub(super) fn file_at(scheme: impl Into<Cow<'static, str>>, path: PathBuf) -> io::Result<InputFile> {
    let scheme = scheme.into();
    let store = store_of(&scheme).ok_or(io::ErrorKind::NotFound)?;
    let Stat { size, identity, .. } = store.stat(&path)?;
    Ok(InputFile { store: scheme, path, size, identity })
}

/// Opens a file, which must still be the one that was listed.
///
/// # Errors
/// It cannot be opened, or has changed.
pub(super) fn open(file: &InputFile) -> Result<Box<dyn OpenFile>, IoError> {
    let store = store_of(&file.store);
    store.ok_or_else(|| IoError::read(&file.path, io::ErrorKind::Unsupported.into()))?.open(file)
}
