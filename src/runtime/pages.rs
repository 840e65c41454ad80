//! Large allocations in huge pages.
//!
//! Tables and blocks of some megabytes are written once from end to end, and the kernel hands them out in pages of 4 KiB,
//! each with a fault of its own: a sixth of PageRank's processor time went with them. Linux gives pages of 2 MiB to those who
//! ask (`transparent_hugepage/enabled` is `madvise` nearly everywhere). Everything else is the system's allocator.

#![allow(unsafe_code, reason = "an allocator is unsafe by nature; it hands on what the system's gives")]

use std::alloc::{GlobalAlloc, Layout, System};

/// From so many bytes on an allocation asks for huge pages; the last of them may stay half empty.
const LARGE: usize = 4 << 20;

/// The system's allocator, which asks for huge pages for large allocations.
#[derive(Debug)]
pub struct HugePages;

// SAFETY: all pointers and sizes come from the system's allocator and go back to it as they are.
unsafe impl GlobalAlloc for HugePages {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        asked(unsafe { System.alloc(layout) }, layout.size())
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        asked(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    #[inline]
    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(start, layout, size) }
    }

    #[inline]
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(start, layout) }
    }
}

#[inline]
fn asked(start: *mut u8, size: usize) -> *mut u8 {
    if size >= LARGE && !start.is_null() {
        ask(start, size);
    }
    start
}

/// Asks for huge pages for the pages in which an allocation lies.
///
/// Whole pages, because an allocation of this size is a mapping of its own, and one that is partly advised can no longer
/// grow in place.
#[cold]
#[cfg(target_os = "linux")]
fn ask(start: *mut u8, size: usize) {
    use rustix::mm::{Advice, madvise};
    let page = rustix::param::page_size();
    let before = start.addr() % page;
    let len = (before + size).next_multiple_of(page);
    // SAFETY: advice about huge pages changes no content, whoever shares the first and the last page. A refusal, by a
    // kernel without huge pages, changes nothing at all.
    let _ = unsafe { madvise(start.wrapping_sub(before).cast(), len, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn ask(_start: *mut u8, _size: usize) {}

#[cfg(test)]
mod tests {
    use super::LARGE;

    /// Content survives growth from small to large and back, zeroed memory is zero.
    #[test]
    fn large_vectors_keep_their_content() {
        let mut vector: Vec<u64> = Vec::new();
        let words = LARGE / size_of::<u64>();
        for n in 0..3 * words as u64 {
            vector.push(n);
        }
        assert!(vector.iter().copied().eq(0..3 * words as u64));
        vector.truncate(10);
        vector.shrink_to_fit();
        assert_eq!(vector, (0..10).collect::<Vec<u64>>());
        assert!(vec![0_u64; 2 * words].iter().all(|word| *word == 0));
    }
}
