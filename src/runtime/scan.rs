//! Scanning of bytes, 64 at a time: line ends, separators and white space as bit masks.
//!
//! ```text
//! lines  "ab\ncd\r\ne"    →  spans (0, 2) (3, 2), the line in progress begins at 7
//! pieces "a,bc,d" by ','  →  address and length of "a", "bc", "d"; with a limit of two, of the first two
//! words  " to  be "       →  address and length of "to", "be"; nothing if a byte is not ASCII
//! ```
//!
//! A mask has bit `n` set if byte `n` is wanted. Masks come from AVX-512 or AVX2 where the processor has them (asked once,
//! the answer is cached by the standard library), else from eight bytes in a word. No load reaches beyond the bytes given.

#![allow(unsafe_code, reason = "instructions that only some processors have, and writes into reserved room")]

use super::value::Word;

/// Where a line is in a block of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineSpan {
    /// First byte.
    pub start: u32,
    /// Number of bytes, without the line's end.
    pub len: u32,
}

/// What a search for line ends has found.
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
pub fn pieces(text: &str, separator: u8, limit: usize, words: &mut Vec<Word>) -> usize {
    dispatch(PieceJob { bytes: text.as_bytes(), separator, limit, words })
}

/// Appends address and length of the runs of bytes that are not white space, at most `limit`, to the words of a list; how
/// many they are. `None`, with any words appended, if the text is not ASCII.
pub fn words(text: &str, limit: usize, words: &mut Vec<Word>) -> Option<usize> {
    dispatch(WordJob { bytes: text.as_bytes(), limit, words })
}

/// What is to be done at the best level that the processor has.
trait Job {
    type Answer;
    /// # Safety
    /// The processor has the instructions of the level.
    unsafe fn run<L: Level>(self) -> Self::Answer;
}

fn dispatch<J: Job>(job: J) -> J::Answer {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the instructions are there, as was just asked.
            return unsafe { x86::run512(job) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
            // SAFETY: the instructions are there, as was just asked.
            return unsafe { x86::run256(job) };
        }
    }
    // SAFETY: this level needs no instruction that a processor might lack.
    unsafe { job.run::<Swar>() }
}

/// A set of bytes.
#[derive(Clone, Copy)]
enum Class {
    /// One byte.
    Is(u8),
    /// ASCII white space as Python has it: space, `\t` to `\r`, `\x1c` to `\x1f`.
    Space,
    /// What is not ASCII.
    High,
}

/// A way to make masks.
trait Level {
    /// The mask of the bytes of a class among the 64 bytes at `at`.
    ///
    /// # Safety
    /// The processor has the level's instructions; 64 bytes can be read at `at`.
    unsafe fn mask(class: Class, at: *const u8) -> u64;

    /// The mask of the bytes of a class among the `len` bytes at `at`, fewer than 64.
    ///
    /// # Safety
    /// The processor has the level's instructions; `len` bytes can be read at `at`.
    unsafe fn part(class: Class, at: *const u8, len: usize) -> u64;
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
            let mut cuts = unsafe { mask_at::<L>(Class::Is(separator), bytes, at) };
            words.reserve(128);
            let here = base + at as Word;
            let mut len = words.len();
            let out = words.as_mut_ptr();
            while cuts != 0 {
                let end = here + Word::from(cuts.trailing_zeros());
                // SAFETY: room for two words a bit is reserved above.
                unsafe { out.add(len).write(start) };
                // SAFETY: as above.
                unsafe { out.add(len + 1).write(end - start) };
                len += 2;
                start = end + 1;
                cuts &= cuts - 1;
            }
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

/// Eight bytes in a word: for processors without the instructions of the other levels.
struct Swar;

impl Swar {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;

    /// 0x80 in each byte that is zero, exactly.
    #[inline(always)]
    fn zeros(word: u64) -> u64 {
        !(((word & !Self::HIGH) + !Self::HIGH) | word) & Self::HIGH
    }

    /// 0x80 in each byte that is below `n`, which is at most 0x80.
    #[inline(always)]
    fn below(word: u64, n: u8) -> u64 {
        !((word & !Self::HIGH) + Self::ONES * u64::from(0x80 - n)) & !word & Self::HIGH
    }

    #[inline(always)]
    fn bits(class: Class, word: u64) -> u64 {
        let marks = match class {
            Class::Is(byte) => Self::zeros(word ^ (Self::ONES * u64::from(byte))),
            Class::High => word & Self::HIGH,
            Class::Space => {
                let low = Self::below(word, b'\r' + 1) & !Self::below(word, b'\t');
                let high = Self::below(word, b' ' + 1) & !Self::below(word, 0x1c);
                low | high
            }
        };
        (marks >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

impl Level for Swar {
    #[inline(always)]
    unsafe fn mask(class: Class, at: *const u8) -> u64 {
        let mut mask = 0;
        for n in 0..8 {
            // SAFETY: the caller gives 64 bytes.
            let word = unsafe { at.add(8 * n).cast::<u64>().read_unaligned() };
            mask |= Self::bits(class, u64::from_le(word)) << (8 * n);
        }
        mask
    }

    #[inline(always)]
    unsafe fn part(class: Class, at: *const u8, len: usize) -> u64 {
        let mut mask = 0;
        let mut done = 0;
        while done < len {
            let mut word = [0; 8];
            let more = (len - done).min(8);
            // SAFETY: the caller gives `len` bytes.
            unsafe { std::ptr::copy_nonoverlapping(at.add(done), word.as_mut_ptr(), more) };
            let bits = Self::bits(class, u64::from_le_bytes(word)) & ((1 << more) - 1);
            mask |= bits << done;
            done += 8;
        }
        mask
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Class, Job, Level};

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) unsafe fn run512<J: Job>(job: J) -> J::Answer {
        // SAFETY: passed on.
        unsafe { job.run::<Avx512>() }
    }

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) unsafe fn run256<J: Job>(job: J) -> J::Answer {
        // SAFETY: passed on.
        unsafe { job.run::<Avx2>() }
    }

    struct Avx512;

    impl Avx512 {
        #[inline(always)]
        unsafe fn class(class: Class, bytes: __m512i) -> u64 {
            // SAFETY: the callers' contract: the processor has the instructions.
            unsafe {
                match class {
                    Class::Is(byte) => _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte as i8)),
                    Class::High => _mm512_movepi8_mask(bytes),
                    Class::Space => {
                        let low = _mm512_sub_epi8(bytes, _mm512_set1_epi8(0x09));
                        let high = _mm512_sub_epi8(bytes, _mm512_set1_epi8(0x1c));
                        let low = _mm512_cmple_epu8_mask(low, _mm512_set1_epi8(4));
                        low | _mm512_cmple_epu8_mask(high, _mm512_set1_epi8(4))
                    }
                }
            }
        }
    }

    impl Level for Avx512 {
        #[inline(always)]
        unsafe fn mask(class: Class, at: *const u8) -> u64 {
            // SAFETY: the caller gives 64 bytes and the instructions.
            unsafe { Self::class(class, _mm512_loadu_si512(at.cast())) }
        }

        #[inline(always)]
        unsafe fn part(class: Class, at: *const u8, len: usize) -> u64 {
            let valid = (1 << len) - 1;
            // SAFETY: the caller gives `len` bytes and the instructions; bytes that are masked out are not read.
            unsafe { Self::class(class, _mm512_maskz_loadu_epi8(valid, at.cast())) & valid }
        }
    }

    struct Avx2;

    impl Avx2 {
        #[inline(always)]
        unsafe fn wide(class: Class, at: *const u8) -> u64 {
            // SAFETY: the callers give 32 bytes and the instructions.
            unsafe {
                let bytes = _mm256_loadu_si256(at.cast());
                let marks = match class {
                    Class::Is(byte) => _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8)),
                    Class::High => bytes,
                    Class::Space => {
                        let four = _mm256_set1_epi8(4);
                        let low = _mm256_sub_epi8(bytes, _mm256_set1_epi8(0x09));
                        let high = _mm256_sub_epi8(bytes, _mm256_set1_epi8(0x1c));
                        let low = _mm256_cmpeq_epi8(_mm256_min_epu8(low, four), low);
                        _mm256_or_si256(low, _mm256_cmpeq_epi8(_mm256_min_epu8(high, four), high))
                    }
                };
                u64::from(_mm256_movemask_epi8(marks) as u32)
            }
        }

        #[inline(always)]
        unsafe fn narrow(class: Class, bytes: __m128i) -> u64 {
            // SAFETY: the callers' contract: the processor has the instructions.
            unsafe {
                let marks = match class {
                    Class::Is(byte) => _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8)),
                    Class::High => bytes,
                    Class::Space => {
                        let four = _mm_set1_epi8(4);
                        let low = _mm_sub_epi8(bytes, _mm_set1_epi8(0x09));
                        let high = _mm_sub_epi8(bytes, _mm_set1_epi8(0x1c));
                        let low = _mm_cmpeq_epi8(_mm_min_epu8(low, four), low);
                        _mm_or_si128(low, _mm_cmpeq_epi8(_mm_min_epu8(high, four), high))
                    }
                };
                u64::from(_mm_movemask_epi8(marks) as u32)
            }
        }
    }

    impl Level for Avx2 {
        #[inline(always)]
        unsafe fn mask(class: Class, at: *const u8) -> u64 {
            // SAFETY: the caller gives 64 bytes and the instructions.
            unsafe { Self::wide(class, at) | Self::wide(class, at.add(32)) << 32 }
        }

        /// Two loads that overlap see every byte; where they do, their bits agree.
        #[inline(always)]
        unsafe fn part(class: Class, at: *const u8, len: usize) -> u64 {
            // SAFETY: the caller gives `len` bytes and the instructions; each load stays within them.
            unsafe {
                if len >= 32 {
                    return Self::wide(class, at) | Self::wide(class, at.add(len - 32)) << (len - 32);
                }
                if len >= 16 {
                    let first = Self::narrow(class, _mm_loadu_si128(at.cast()));
                    return first | Self::narrow(class, _mm_loadu_si128(at.add(len - 16).cast())) << (len - 16);
                }
                if len >= 8 {
                    let first = Self::narrow(class, _mm_loadl_epi64(at.cast())) & 0xff;
                    return first | (Self::narrow(class, _mm_loadl_epi64(at.add(len - 8).cast())) & 0xff) << (len - 8);
                }
                let mut bytes = 0u64;
                for n in 0..len {
                    bytes |= u64::from(*at.add(n)) << (8 * n);
                }
                Self::narrow(class, _mm_cvtsi64_si128(bytes as i64)) & ((1 << len) - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of all lengths around 64 and 128, of few letters, so that every mask has bits in every place.
    fn texts() -> Vec<String> {
        let letters = ['a', ',', ' ', '\n', '\r', '\t', '\u{1c}', 'b', '!', '\u{1b}', '\u{e}', '\u{8}'];
        let mut seed = 1u64;
        let mut next = |n: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % n
        };
        let mut texts: Vec<String> = (0..200)
            .flat_map(|len| [1, 3, 12].map(|few| (len, few)))
            .map(|(len, few)| (0..len).map(|_| letters[next(few)]).collect())
            .collect();
        texts.extend((1..70).map(|len| "x".repeat(len) + "é" + &"y,z w".repeat(len % 7)));
        texts
    }

    fn at_all_levels<A: PartialEq + std::fmt::Debug>(run: impl Fn(u8) -> A) {
        let portable = run(0);
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                assert_eq!(run(1), portable);
            }
            if is_x86_feature_detected!("avx512bw") {
                assert_eq!(run(2), portable);
            }
        }
        drop(portable);
    }

    fn at_level<J: Job>(level: u8, job: J) -> J::Answer {
        match level {
            // SAFETY: `at_all_levels` asks for what the processor has.
            #[cfg(target_arch = "x86_64")]
            1 => unsafe { x86::run256(job) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            2 => unsafe { x86::run512(job) },
            // SAFETY: needs nothing.
            _ => unsafe { job.run::<Swar>() },
        }
    }

    fn read(words: &[Word]) -> Vec<&str> {
        words
            .chunks(2)
            .map(|pair| {
                // SAFETY: tests read what the functions under test wrote about texts that are alive.
                let bytes = unsafe { std::slice::from_raw_parts(pair[0] as *const u8, pair[1] as usize) };
                std::str::from_utf8(bytes).unwrap()
            })
            .collect()
    }

    #[test]
    fn pieces_are_those_of_split() {
        for text in texts() {
            for limit in [1, 2, 5, usize::MAX] {
                let want: Vec<&str> = text.split(',').take(limit).collect();
                at_all_levels(|level| {
                    let mut words = vec![];
                    let job = PieceJob { bytes: text.as_bytes(), separator: b',', limit, words: &mut words };
                    let count = at_level(level, job);
                    assert_eq!((read(&words), count), (want.clone(), want.len()), "{text:?} {level}");
                });
            }
        }
    }

    #[test]
    fn words_are_those_of_split_whitespace() {
        let is_space = |c: char| matches!(c, ' ' | '\t'..='\r' | '\x1c'..='\x1f');
        for text in texts() {
            for limit in [1, 2, 5, usize::MAX] {
                let all = text.split(is_space).filter(|word| !word.is_empty());
                let want: Option<Vec<&str>> = text.is_ascii().then(|| all.take(limit).collect());
                at_all_levels(|level| {
                    let mut words = vec![];
                    let count = at_level(level, WordJob { bytes: text.as_bytes(), limit, words: &mut words });
                    assert_eq!(count, want.as_ref().map(Vec::len), "{text:?} {level}");
                    assert!(want.is_none() || want == Some(read(&words)), "{text:?} {level}");
                });
            }
        }
    }

    /// Line ends one by one: the definition.
    fn plain_lines(bytes: &[u8], mut line: usize, from: usize) -> (Vec<LineSpan>, usize) {
        let (mut spans, mut at) = (Vec::new(), from);
        while at < bytes.len() {
            let next = match (bytes[at], bytes.get(at + 1)) {
                (b'\r', None) => break,
                (b'\r', Some(b'\n')) => at + 2,
                (b'\r' | b'\n', _) => at + 1,
                _ => {
                    at += 1;
                    continue;
                }
            };
            spans.push(LineSpan { start: line as u32, len: (at - line) as u32 });
            (line, at) = (next, next);
        }
        (spans, line)
    }

    #[test]
    fn lines_end_with_lf_crlf_and_cr() {
        for text in texts() {
            let bytes = text.as_bytes();
            for (line, from) in [(0, 0), (0, bytes.len() / 2), (bytes.len() / 3, bytes.len() / 2)] {
                // The byte before is not a CR whose line has ended.
                let (want, rest) = plain_lines(bytes, line, from);
                at_all_levels(|level| {
                    let mut spans = vec![];
                    let found = at_level(level, LineJob { bytes, line, from, spans: &mut spans });
                    assert_eq!((&spans, found.line), (&want, rest), "{text:?} {level}");
                    assert_eq!(found.ascii, bytes[from..].is_ascii());
                });
            }
        }
    }
}
