//! Masks of 64 bytes, made with what the processor has: bit `n` is set if byte `n` is of a class.
//!
//! "a,b" and `Class::Is(b',')` give 0b010 at every level; the levels differ in speed alone.

#![allow(unsafe_code, reason = "instructions that only some processors have, and loads through pointers")]

use crate::runtime::value::words::Word;

/// A set of bytes.
#[derive(Clone, Copy)]
pub(super) enum Class {
    /// One byte.
    Is(u8),
    /// ASCII white space as Python has it: space, `\t` to `\r`, `\x1c` to `\x1f`.
    Space,
    /// The bytes that are not ASCII.
    High,
}

/// A way to make masks.
pub(super) trait Level {
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

    /// Writes address and length of the pieces that end at the bits of a mask, whose first bit stands for the address
    /// `here`; the first piece begins at `start`. Returns where the next piece begins.
    ///
    /// # Safety
    /// The processor has the level's instructions; two words a bit can be written at `out`, and 16 more.
    #[inline(always)]
    unsafe fn cut(mut cuts: u64, here: Word, mut start: Word, mut out: *mut Word) -> Word {
        while cuts != 0 {
            let end = here + Word::from(cuts.trailing_zeros());
            // SAFETY: the caller gives room for two words a bit.
            unsafe { out.write(start) };
            // SAFETY: as above.
            unsafe { out.add(1).write(end - start) };
            // SAFETY: as above.
            out = unsafe { out.add(2) };
            start = end + 1;
            cuts &= cuts - 1;
        }
        start
    }
}

/// The work to do at the best level that the processor has.
pub(super) trait Job {
    type Answer;
    /// # Safety
    /// The processor has the instructions of the level.
    unsafe fn run<L: Level>(self) -> Self::Answer;
}

/// Eight bytes in a word: for processors without the instructions of the other levels.
pub(super) struct Swar;

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
pub(super) mod x86 {
    use std::arch::x86_64::*;

    use crate::runtime::scan::levels::{Class, Job, Level, Word};

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2,popcnt,lzcnt")]
    pub(in crate::runtime::scan) unsafe fn run512<J: Job>(job: J) -> J::Answer {
        // SAFETY: passed on.
        unsafe { job.run::<Avx512>() }
    }

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(in crate::runtime::scan) unsafe fn run256<J: Job>(job: J) -> J::Answer {
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

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,popcnt,lzcnt")]
    pub(in crate::runtime::scan) unsafe fn run_vbmi2<J: Job>(job: J) -> J::Answer {
        // SAFETY: passed on.
        unsafe { job.run::<Vbmi2>() }
    }

    struct Vbmi2;

    impl Level for Vbmi2 {
        #[inline(always)]
        unsafe fn mask(class: Class, at: *const u8) -> u64 {
            // SAFETY: passed on.
            unsafe { Avx512::mask(class, at) }
        }

        #[inline(always)]
        unsafe fn part(class: Class, at: *const u8, len: usize) -> u64 {
            // SAFETY: passed on.
            unsafe { Avx512::part(class, at, len) }
        }

        /// Eight pieces at once: the positions of the bits are gathered as bytes and widened to ends; a piece begins
        /// behind the end before it; starts and lengths are written in turn.
        #[inline(always)]
        unsafe fn cut(cuts: u64, here: Word, start: Word, mut out: *mut Word) -> Word {
            if cuts == 0 {
                return start;
            }
            // SAFETY: the caller gives the instructions, and room for eight pieces more than there are.
            unsafe {
                let every = _mm512_loadu_si512(POSITIONS.as_ptr().cast());
                let low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
                let high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
                let (base, one) = (_mm512_set1_epi64(here as i64), _mm512_set1_epi64(1));
                let mut positions = _mm512_maskz_compress_epi8(cuts, every);
                let mut before = _mm512_set1_epi64(start as i64);
                let mut left = cuts.count_ones() as i32;
                while left > 0 {
                    let ends = _mm512_add_epi64(_mm512_cvtepu8_epi64(_mm512_castsi512_si128(positions)), base);
                    let behind = _mm512_add_epi64(ends, one);
                    let starts = _mm512_alignr_epi64(behind, before, 7);
                    let lens = _mm512_sub_epi64(ends, starts);
                    _mm512_storeu_si512(out.cast(), _mm512_permutex2var_epi64(starts, low, lens));
                    _mm512_storeu_si512(out.add(8).cast(), _mm512_permutex2var_epi64(starts, high, lens));
                    (before, out, left) = (behind, out.add(16), left - 8);
                    positions = _mm512_alignr_epi64(positions, positions, 1);
                }
            }
            here + Word::from(64 - cuts.leading_zeros())
        }
    }

    static POSITIONS: [u8; 64] = {
        let mut positions = [0; 64];
        let mut n = 0;
        while n < 64 {
            positions[n] = n as u8;
            n += 1;
        }
        positions
    };

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
