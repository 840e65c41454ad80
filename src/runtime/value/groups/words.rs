//! Keys of the aggregation table as words: staging texts, hashing, comparing, and the heap of long ones.
//!
//! A text of up to 15 bytes is two words, its bytes in the order of memory and its length in the top byte: `"abc"` is
//! `[0x636261, 0x0300…00]`. A longer one is its address and `0xff` above its length. So two short texts are equal
//! exactly when their words are, and a short one never equals a long one.

#![allow(unsafe_code, reason = "reads texts by the addresses that staged rows and entries hold")]

use std::ops::Range;

use crate::runtime::value::words::Word;

// Bytes of inline keys lie in memory as they do in the text only so.
const _: () = assert!(cfg!(target_endian = "little"));

/// The longest text that fits two words.
const INLINE: u64 = 15;

/// The mark in the second word of a long text.
const LONG: u64 = 0xff << 56;

/// Bits of a text's length in the second word of a long one.
const LEN: u64 = !LONG;

const A: u64 = 0x9e37_79b9_7f4a_7c15;
const B: u64 = 0xd6e8_feb8_6659_fd93;

/// The mask of a text's bytes in two words, by its length.
const MASKS: [[u64; 2]; 16] = masks();

const fn masks() -> [[u64; 2]; 16] {
    let mut masks = [[0; 2]; 16];
    let mut len = 0;
    while len < 16 {
        let mask = (1_u128 << (8 * len)) - 1;
        masks[len] = [mask as u64, (mask >> 64) as u64];
        len += 1;
    }
    masks
}

/// Folds the 128-bit product of two words.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of a key's words; for a long text [`hash_long`] is to stand in place of the address.
#[inline]
pub(super) fn hash_words<const N: usize>(key: [Word; N]) -> u64 {
    let pair = |hash, at| fold(key[at] ^ hash, if at + 1 < N { key[at + 1] } else { 0 } ^ B);
    (2..N).step_by(2).fold(pair(A, 0), pair)
}

/// Whether the second word of a text says that it is not inline.
#[inline]
pub(super) fn is_long(second: Word) -> bool {
    second >= LONG
}

/// The hash of a staged text that is not inline, two words a step; the last step may overlap the one before.
pub(super) fn hash_long(text: &[Word]) -> u64 {
    let step = |hash, chunk: &[u8]| {
        let (first, second) = chunk.split_at(8);
        fold(word(first) ^ A, word(second) ^ hash)
    };
    // SAFETY: only `text_key` makes words with this mark, of a text that is alive.
    let bytes = unsafe { bytes_at(text[0], (text[1] & LEN) as usize) };
    let hash = bytes.chunks_exact(16).fold(B ^ bytes.len() as u64, step);
    step(hash ^ B, &bytes[bytes.len() - 16..])
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().expect("there are eight bytes"))
}

/// The words of a text as a key; a long one is not copied.
///
/// # Safety
/// The text is alive, and 16 bytes can be read from every address in `padded`.
#[inline]
pub(super) unsafe fn text_key(address: Word, len: Word, padded: &Range<usize>) -> [Word; 2] {
    if len > INLINE {
        return [address, LONG | len];
    }
    let [low, high] = if padded.contains(&(address as usize)) {
        // SAFETY: 16 bytes can be read from an address in `padded`.
        let words = unsafe { std::ptr::with_exposed_provenance::<[u64; 2]>(address as usize).read_unaligned() };
        let mask = MASKS[len as usize];
        [words[0] & mask[0], words[1] & mask[1]]
    } else {
        // SAFETY: the text is alive.
        gather(unsafe { bytes_at(address, len as usize) })
    };
    [low, high | len << 56]
}

/// The words of up to 15 bytes, read no further than they go.
fn gather(bytes: &[u8]) -> [u64; 2] {
    let len = bytes.len();
    if len > 8 {
        return [word(bytes), word(&bytes[len - 8..]) >> (8 * (16 - len))];
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
        return [first | last << (8 * (len - 4)), 0];
    }
    [bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0]
}

/// Whether the words of a stored text and of a staged one are those of equal texts.
pub(super) fn same_text(stored: &[Word], key: &[Word]) -> bool {
    if stored[1] != key[1] || !is_long(key[1]) {
        return stored == key;
    }
    let len = (key[1] & LEN) as usize;
    // SAFETY: words with this mark are those of a text in the heap, and of one that `text_key` has just staged.
    let (stored, key) = unsafe { (bytes_at(stored[0], len), bytes_at(key[0], len)) };
    stored == key
}

/// The bytes that a text's words stand for.
///
/// # Safety
/// [`Heap::keep`] has seen the words, and the heap is alive as long as they are.
pub(super) unsafe fn key_bytes(key: &[Word; 2]) -> &[u8] {
    if !is_long(key[1]) {
        // SAFETY: the two words are 16 bytes, of which the text takes the first 15 at most.
        return unsafe { bytes_at(key.as_ptr() as Word, (key[1] >> 56) as usize) };
    }
    // SAFETY: the caller sees to it.
    unsafe { bytes_at(key[0], (key[1] & LEN) as usize) }
}

/// The bytes at an address.
///
/// # Safety
/// There are so many, alive and unchanged for 'a.
pub(super) unsafe fn bytes_at<'a>(address: Word, len: usize) -> &'a [u8] {
    // SAFETY: the caller sees to it.
    unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(address as usize), len) }
}

/// Asks for the cache line at an address, which need not be valid.
#[inline]
pub(super) fn prefetch(address: *const u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch of any address does nothing but hint.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Asks for the first and the last cache line of a long text.
pub(super) fn prefetch_text(address: Word, second: Word) {
    for address in [address, address + (second & LEN) - 1] {
        prefetch(std::ptr::without_provenance(address as usize));
    }
}

/// Bytes of long keys in chunks that never move.
#[derive(Default)]
pub(super) struct Heap {
    chunks: Vec<Vec<u8>>,
    allocated: usize,
}

/// Sizes of a heap's first and largest chunks, but for a key that needs more.
const FIRST_CHUNK: usize = 1 << 12;
const LARGEST_CHUNK: usize = 1 << 20;

impl Heap {
    /// Makes the words of a staged text stay: one that is long is copied.
    pub(super) fn keep(&mut self, text: &mut [Word]) {
        if is_long(text[1]) {
            // SAFETY: words with this mark are those of a text that `text_key` has just staged.
            text[0] = self.push(unsafe { bytes_at(text[0], (text[1] & LEN) as usize) });
        }
    }

    /// Copies bytes, and returns their address.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Word {
        let room = self.chunks.last().map_or(0, |chunk| chunk.capacity() - chunk.len());
        if room < bytes.len() {
            let size = (self.allocated).clamp(FIRST_CHUNK, LARGEST_CHUNK).max(bytes.len());
            self.chunks.push(Vec::with_capacity(size));
            self.allocated += size;
        }
        let chunk = self.chunks.last_mut().expect("there is a chunk with room");
        let start = chunk.len();
        chunk.extend_from_slice(bytes);
        chunk[start..].as_ptr().expose_provenance() as Word
    }

    /// Bytes that the heap holds.
    pub(super) fn allocated(&self) -> usize {
        self.allocated
    }
}
