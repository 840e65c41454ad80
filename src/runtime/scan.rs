//! Scanning of bytes, 64 at a time: line ends, separators and white space as bit masks.
//!
//! ```text
//! lines  "ab\ncd\r\ne"    →  spans (0, 2) (3, 2), the line in progress begins at 7
//! pieces "a,bc,d" by ','  →  address and length of "a", "bc", "d"; with a limit of two, of the first two
//! words  " to  be "       →  address and length of "to", "be"; nothing if a byte is not ASCII
//! ```
//!
//! A mask has bit `n` set if byte `n` is wanted. Masks come from AVX-512 or AVX2 where the processor has them (asked once), else
//! from eight bytes in a word. No load reaches beyond the bytes given.

#![allow(unsafe_code, reason = "instructions that only some processors have, and writes into reserved room")]

pub mod fields;
mod levels;

use std::sync::LazyLock;

use super::value::words::Word;

#[cfg(target_arch = "x86_64")]
use levels::x86;
use levels::{Class, Job, Level, Swar};

/// Where a line is in a block of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineSpan {
    /// First byte.
    pub start: u32,
    /// Number of bytes, without the line's end.
    pub len: u32,
}

/// The result of a search for line ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lines {
    /// Where the line in progress begins.
    pub line: usize,
    /// Whether all bytes that were searched are ASCII.
    pub ascii: bool,
}

/// Appends the spans of the lines that end in `bytes[from..]`; the first begins at `line`. LF, CRLF and CR end a line, but
/// a CR that is the last byte does not: an LF may follow.
///
/// # Panics
/// If there are 4 GiB or more.
pub fn lines(bytes: &[u8], line: usize, from: usize, spans: &mut Vec<LineSpan>) -> Lines {
    assert!(u32::try_from(bytes.len()).is_ok() && from <= bytes.len(), "spans have 32 bits");
    let job = LineJob { bytes, line, from, spans };
    dispatch(job)
}

/// Appends address and length of the pieces between separators, at most `limit` of them, to the words of a list; how many
/// they are.
#[inline]
pub fn pieces(text: &str, separator: u8, limit: usize, words: &mut Vec<Word>) -> usize {
    dispatch(PieceJob { bytes: text.as_bytes(), separator, limit, words })
}

/// The most pieces that [`first_pieces`] makes.
pub const FEW: usize = 4;

/// Writes address and length of the first pieces between separators, 1 to [`FEW`] of them; how many they are.
///
/// One by one, without a look behind the last that is wanted: most lines that are split for few pieces are short, and what
/// makes eight pieces at once has to be set up first.
///
/// # Panics
/// If more than [`FEW`] are wanted, or none.
#[inline]
pub fn first_pieces(text: &str, separator: u8, limit: usize, out: &mut [Word; 2 * FEW]) -> usize {
    assert!((1..=FEW).contains(&limit), "1 to {FEW} pieces");
    dispatch(FewJob { bytes: text.as_bytes(), separator, limit, out })
}

/// Appends address and length of the runs of bytes that are not white space, at most `limit`, to the words of a list; how
/// many they are. `None`, with any words appended, if the text is not ASCII.
pub fn words(text: &str, limit: usize, words: &mut Vec<Word>) -> Option<usize> {
    dispatch(WordJob { bytes: text.as_bytes(), limit, words })
}

/// Instructions of processors, the widest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Power {
    Any,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// With the instructions that gather the positions of bits.
    #[cfg(target_arch = "x86_64")]
    Vbmi2,
}

impl Power {
    #[cfg(target_arch = "x86_64")]
    const MOST: Self = Self::Vbmi2;
    #[cfg(not(target_arch = "x86_64"))]
    const MOST: Self = Self::Any;

    /// The vector instructions of this processor.
    #[inline]
    fn here() -> Self {
        static HERE: LazyLock<Power> = LazyLock::new(Power::ask);
        *HERE
    }

    fn ask() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("bmi2") {
            if is_x86_feature_detected!("avx512bw") {
                return if is_x86_feature_detected!("avx512vbmi2") { Self::Vbmi2 } else { Self::Avx512 };
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Any
    }
}

#[inline]
fn dispatch<J: Job>(job: J) -> J::Answer {
    run(Power::MOST, job)
}

/// Does the job with this power, or with the most that the processor has.
#[inline]
fn run<J: Job>(power: Power, job: J) -> J::Answer {
    match power.min(Power::here()) {
        // SAFETY: the instructions are there, as was just asked.
        #[cfg(target_arch = "x86_64")]
        Power::Vbmi2 => unsafe { x86::run_vbmi2(job) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Power::Avx512 => unsafe { x86::run512(job) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Power::Avx2 => unsafe { x86::run256(job) },
        // SAFETY: this level needs no instruction that a processor might lack.
        Power::Any => unsafe { job.run::<Swar>() },
    }
}

/// The mask of up to 64 bytes from a position on.
///
/// # Safety
/// The processor has the level's instructions.
#[inline(always)]
unsafe fn mask_at<L: Level>(class: Class, bytes: &[u8], at: usize) -> u64 {
    let rest = &bytes[at..];
    if rest.len() >= 64 {
        // SAFETY: there are 64 bytes; the rest is passed on.
        unsafe { L::mask(class, rest.as_ptr()) }
    } else {
        // SAFETY: there are as many bytes; the rest is passed on.
        unsafe { L::part(class, rest.as_ptr(), rest.len()) }
    }
}

struct LineJob<'a> {
    bytes: &'a [u8],
    line: usize,
    from: usize,
    spans: &'a mut Vec<LineSpan>,
}

impl Job for LineJob<'_> {
    type Answer = Lines;

    #[inline(always)]
    unsafe fn run<L: Level>(self) -> Lines {
        let Self { bytes, mut line, from, spans } = self;
        let (mut at, mut high) = (from, 0);
        while at < bytes.len() {
            // SAFETY: the level is passed on.
            let lf = unsafe { mask_at::<L>(Class::Is(b'\n'), bytes, at) };
            // SAFETY: as above.
            let cr = unsafe { mask_at::<L>(Class::Is(b'\r'), bytes, at) };
            // SAFETY: as above.
            high |= unsafe { mask_at::<L>(Class::High, bytes, at) };
            spans.reserve(64);
            if cr != 0 || line > at {
                line = give_mixed(bytes, at, lf | cr, line, spans);
            } else {
                line = give(at, lf, line, spans);
            }
            at += 64;
        }
        Lines { line, ascii: high == 0 }
    }
}

/// Appends lines that end where the mask says; there is room for 64.
#[inline(always)]
fn give(at: usize, mut ends: u64, mut line: usize, spans: &mut Vec<LineSpan>) -> usize {
    let mut len = spans.len();
    debug_assert!(spans.capacity() - len >= 64, "the caller has reserved room");
    let out = spans.as_mut_ptr();
    while ends != 0 {
        let end = at + ends.trailing_zeros() as usize;
        // SAFETY: the caller has reserved room for a span a bit of the mask.
        unsafe { out.add(len).write(LineSpan { start: line as u32, len: (end - line) as u32 }) };
        len += 1;
        line = end + 1;
        ends &= ends - 1;
    }
    // SAFETY: the spans up to here are written.
    unsafe { spans.set_len(len) };
    line
}

/// The same where a CR is near: each LF and CR ends a line, but the LF behind a CR belongs to it.
#[cold]
fn give_mixed(bytes: &[u8], at: usize, mut ends: u64, mut line: usize, spans: &mut Vec<LineSpan>) -> usize {
    while ends != 0 {
        let end = at + ends.trailing_zeros() as usize;
        ends &= ends - 1;
        let next = match (bytes[end], bytes.get(end + 1)) {
            (b'\r', None) => break,
            (b'\r', Some(b'\n')) => end + 2,
            _ => end + 1,
        };
        // The LF of a CRLF, behind which the next line begins already.
        if end >= line {
            spans.push(LineSpan { start: line as u32, len: (end - line) as u32 });
            line = next;
        }
    }
    line
}

struct PieceJob<'a> {
    bytes: &'a [u8],
    separator: u8,
    limit: usize,
    words: &'a mut Vec<Word>,
}

impl Job for PieceJob<'_> {
    type Answer = usize;

    #[inline(always)]
    unsafe fn run<L: Level>(self) -> usize {
        let Self { bytes, separator, limit, words } = self;
        let first = words.len();
        let base = bytes.as_ptr() as Word;
        let (mut at, mut start) = (0, base);
        while at < bytes.len() {
            // SAFETY: the level is passed on.
            let cuts = unsafe { mask_at::<L>(Class::Is(separator), bytes, at) };
            words.reserve(144);
            let here = base + at as Word;
            let mut len = words.len();
            let out = words.as_mut_ptr();
            // SAFETY: the level is passed on; room for two words a bit and as many as `cut` writes too many is reserved.
            start = unsafe { L::cut(cuts, here, start, out.add(len)) };
            len += 2 * cuts.count_ones() as usize;
            // SAFETY: the words up to here are written.
            unsafe { words.set_len(len) };
            if (len - first) / 2 >= limit {
                words.truncate(first + 2 * limit);
                return limit;
            }
            at += 64;
        }
        words.extend([start, base + bytes.len() as Word - start]);
        (words.len() - first) / 2
    }
}

struct FewJob<'a> {
    bytes: &'a [u8],
    separator: u8,
    limit: usize,
    out: &'a mut [Word; 2 * FEW],
}

impl Job for FewJob<'_> {
    type Answer = usize;

    #[inline(always)]
    unsafe fn run<L: Level>(self) -> usize {
        let Self { bytes, separator, limit, out } = self;
        let base = bytes.as_ptr() as Word;
        let (mut at, mut start, mut count) = (0, base, 0);
        let mut put = |count: usize, start: Word, end: Word| {
            out[2 * count] = start;
            out[2 * count + 1] = end - start;
        };
        while at < bytes.len() {
            // SAFETY: the level is passed on.
            let mut cuts = unsafe { mask_at::<L>(Class::Is(separator), bytes, at) };
            while cuts != 0 {
                let end = base + at as Word + Word::from(cuts.trailing_zeros());
                put(count, start, end);
                (start, count, cuts) = (end + 1, count + 1, cuts & (cuts - 1));
                if count == limit {
                    return count;
                }
            }
            at += 64;
        }
        put(count, start, base + bytes.len() as Word);
        count + 1
    }
}

struct WordJob<'a> {
    bytes: &'a [u8],
    limit: usize,
    words: &'a mut Vec<Word>,
}

impl Job for WordJob<'_> {
    type Answer = Option<usize>;

    #[inline(always)]
    unsafe fn run<L: Level>(self) -> Option<usize> {
        let Self { bytes, limit, words } = self;
        let first = words.len();
        let base = bytes.as_ptr() as Word;
        // `start` is where the word in progress begins, if the byte before is not white space.
        let (mut at, mut before, mut start) = (0, 1, base);
        while at < bytes.len() {
            // SAFETY: the level is passed on.
            if unsafe { mask_at::<L>(Class::High, bytes, at) } != 0 {
                return None;
            }
            // SAFETY: as above.
            let spaces = unsafe { mask_at::<L>(Class::Space, bytes, at) } | beyond(bytes.len() - at);
            let after_space = spaces << 1 | before;
            let (mut starts, mut ends) = (!spaces & after_space, spaces & !after_space);
            let here = base + at as Word;
            if before == 1 {
                (start, starts) = (here + Word::from(starts.trailing_zeros()), starts & starts.wrapping_sub(1));
            }
            before = spaces >> 63;
            words.reserve(64);
            let mut len = words.len();
            let out = words.as_mut_ptr();
            while ends != 0 {
                // SAFETY: there are no two ends side by side, so 64 words are enough, for which room is reserved.
                unsafe { out.add(len).write(start) };
                // SAFETY: as above.
                unsafe { out.add(len + 1).write(here + Word::from(ends.trailing_zeros()) - start) };
                len += 2;
                start = here + Word::from(starts.trailing_zeros());
                (starts, ends) = (starts & starts.wrapping_sub(1), ends & (ends - 1));
            }
            // SAFETY: the words up to here are written.
            unsafe { words.set_len(len) };
            if (len - first) / 2 >= limit {
                words.truncate(first + 2 * limit);
                return Some(limit);
            }
            at += 64;
        }
        if before == 0 {
            words.extend([start, base + bytes.len() as Word - start]);
        }
        Some((words.len() - first) / 2)
    }
}

/// The bits of a mask that stand for no byte, when so many bytes are left.
#[inline(always)]
fn beyond(left: usize) -> u64 {
    if left >= 64 { 0 } else { !0 << left }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
