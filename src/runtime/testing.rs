//! Memory for tests: texts that end where nothing can be read any more.

#![allow(unsafe_code, reason = "maps a page that cannot be read")]

use std::collections::HashMap;

use rustix::mm;

use super::value::shape::Shape;
use super::value::words::{Word, built, str_words};

/// Memory whose last byte is followed by a page that cannot be read: who reads beyond a text that ends there ends the
/// process.
pub(crate) struct Guarded {
    start: *mut std::ffi::c_void,
    page: usize,
}

impl Guarded {
    /// A page of memory and the one behind it.
    pub(crate) fn new() -> Self {
        let page = rustix::param::page_size();
        let access = mm::ProtFlags::READ | mm::ProtFlags::WRITE;
        // SAFETY: new mappings of our own; the second page is made unreadable, and nothing is in it.
        let start = unsafe {
            let start = mm::mmap_anonymous(std::ptr::null_mut(), 2 * page, access, mm::MapFlags::PRIVATE).unwrap();
            mm::mprotect(start.byte_add(page), page, mm::MprotectFlags::empty()).unwrap();
            start
        };
        Self { start, page }
    }

    /// Writes a text that ends where the page does, over what was there.
    pub(crate) fn put(&mut self, text: &str) -> &str {
        assert!(text.len() <= self.page, "a text of at most a page");
        // SAFETY: the text fits the first page, which is ours to write: no text that was put here is borrowed any more.
        let bytes = unsafe {
            let at = self.start.byte_add(self.page - text.len()).cast::<u8>();
            at.copy_from_nonoverlapping(text.as_ptr(), text.len());
            at.expose_provenance();
            std::slice::from_raw_parts(at, text.len())
        };
        std::str::from_utf8(bytes).expect("it was copied from a text")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: this mapping was made by `new`, and nothing refers to it any more.
        unsafe { mm::munmap(self.start, 2 * self.page).unwrap() };
    }
}

// SAFETY: the mapping belongs to this value alone, wherever it is.
unsafe impl Send for Guarded {}

/// Copies of texts, each of which ends where its memory does.
#[derive(Default)]
pub(crate) struct Guards(HashMap<String, (Guarded, [Word; 2])>);

impl Guards {
    /// The words of a copy of a text that is alive and whose words are given; equal texts have one copy.
    pub(crate) fn moved(&mut self, text: &[Word]) -> [Word; 2] {
        let text = built(&Shape::Str, text).str();
        let (_, words) = self.0.entry(text.to_owned()).or_insert_with(|| {
            let mut memory = Guarded::new();
            let words = str_words(memory.put(text));
            (memory, words)
        });
        *words
    }
}
