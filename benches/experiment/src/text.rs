//! The input, and how it is cut: random words between single blanks, blocks of it, and where blanks are in 64 bytes.

use std::collections::HashSet;

/// The most bytes of a block.
pub const BLOCK: usize = 64 << 10;

/// Bytes that may be read beyond the last word.
const PADDING: usize = 64;

/// Words, each followed by a blank; then [`PADDING`] zeros.
pub struct Text {
    bytes: Vec<u8>,
    pub words: usize,
}

impl Text {
    /// At least `size` bytes of `distinct` words of 2 to 13 letters; the word of rank `r` with a frequency in proportion to
    /// `1 / r`, frequent ones short.
    pub fn new(size: usize, distinct: usize) -> Self {
        let mut seed = distinct as u64;
        let (mut seen, mut vocabulary) = (HashSet::new(), Vec::new());
        while vocabulary.len() < distinct {
            let digits = (vocabulary.len() + 1).to_string().len() as u64;
            let len = digits + 1 + draw(&mut seed) % 4 + draw(&mut seed) % 4;
            let word: Vec<u8> = (0..len).map(|_| b'a' + (draw(&mut seed) % 26) as u8).collect();
            if seen.insert(word.clone()) {
                vocabulary.push(word);
            }
        }
        let mut total = 0.0;
        let sums: Vec<f64> = (1..=distinct).map(|rank| (total += 1.0 / rank as f64, total).1).collect();
        let (mut bytes, mut words) = (Vec::with_capacity(size + 2 * PADDING), 0);
        while bytes.len() < size {
            let at = (draw(&mut seed) >> 11) as f64 / (1_u64 << 53) as f64 * total;
            bytes.extend_from_slice(&vocabulary[sums.partition_point(|sum| *sum <= at).min(distinct - 1)]);
            bytes.push(b' ');
            words += 1;
        }
        bytes.resize(bytes.len() + PADDING, 0);
        Self { bytes, words }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - PADDING]
    }

    /// Blocks of at most [`BLOCK`] bytes; each ends with a blank.
    pub fn blocks(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes();
        std::iter::from_fn(move || {
            let end = rest[..rest.len().min(BLOCK)].iter().rposition(|byte| *byte == b' ')? + 1;
            rest.split_off(..end)
        })
    }
}

/// The next number of SplitMix64.
fn draw(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ *seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// Calls `word` with the first byte and the end of each word of a block, found 64 bytes at a time.
#[inline(always)]
pub fn cut(block: &[u8], mut word: impl FnMut(usize, usize)) {
    let (mut start, mut here) = (0, 0);
    let mut each = |chunk: &[u8; 64]| {
        let mut blanks = blanks(chunk);
        while blanks != 0 {
            let end = here + blanks.trailing_zeros() as usize;
            word(start, end);
            start = end + 1;
            blanks &= blanks - 1;
        }
        here += 64;
    };
    let (chunks, last) = block.as_chunks::<64>();
    chunks.iter().for_each(&mut each);
    let mut padded = [0; 64];
    padded[..last.len()].copy_from_slice(last);
    each(&padded);
}

/// The mask of the blanks in 64 bytes.
#[inline(always)]
fn blanks(chunk: &[u8; 64]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    return chunk.as_chunks::<16>().0.iter().rev().fold(0, |mask, quarter| {
        use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};
        // SAFETY: there are 16 bytes, and every x86-64 has the instructions.
        let found = unsafe {
            let bytes = _mm_loadu_si128(quarter.as_ptr().cast());
            _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(b' ' as i8)))
        };
        mask << 16 | u64::from(found as u16)
    });
    #[cfg(not(target_arch = "x86_64"))]
    chunk.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(*byte == b' '))
}
