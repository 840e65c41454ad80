//! Fields of CSV lines from the masks of commas and quotes.
//!
//! A prefix sum (modulo two) over the mask of quotes says which bytes are between quotes; the commas that are not cut:
//!
//! ```text
//! a,"b,c",d
//! 001000100   quotes
//! 001111000   between quotes: from an opening quote up to a closing one
//! 010000010   commas outside
//! ```

#![allow(unsafe_code, reason = "calls the masks of the level that the processor has")]

use super::levels::{Class, Job, Level};
use super::{Word, dispatch, mask_at};

/// The words of fields in the making.
struct Fields<'a> {
    words: &'a mut Vec<Word>,
    left: usize,
    count: usize,
}

impl Fields<'_> {
    /// Adds a field unless there are as many as are wanted.
    #[inline(always)]
    fn push(&mut self, at: Word, len: Word) {
        if self.left > 0 {
            self.left -= 1;
            self.count += 1;
            self.words.extend_from_slice(&[at, len]);
        }
    }
}

/// Appends address and length of the first `limit` pieces between the commas that have an even number of quotes to their
/// right; how many they are.
pub fn outside_quotes(text: &str, limit: usize, words: &mut Vec<Word>) -> usize {
    dispatch(OutsideJob { bytes: text.as_bytes(), limit, words })
}

/// Appends address and length of the first `limit` fields of a record by RFC 4180, without their quotes; how many they are.
/// `None`, with any words appended, if a quote is doubled, stands inside a field without quotes or is missing; the fields
/// behind the limit are looked at too.
pub fn fields(text: &str, limit: usize, words: &mut Vec<Word>) -> Option<usize> {
    dispatch(FieldJob { bytes: text.as_bytes(), limit, words })
}

/// The sum modulo two of all bits up to each one.
#[inline(always)]
fn prefix(mask: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].into_iter().fold(mask, |sum, by| sum ^ sum << by)
}

struct OutsideJob<'a> {
    bytes: &'a [u8],
    limit: usize,
    words: &'a mut Vec<Word>,
}

impl Job for OutsideJob<'_> {
    type Answer = usize;

    #[inline(always)]
    unsafe fn run<L: Level>(self) -> usize {
        let Self { bytes, limit, words } = self;
        let (mut at, mut quotes) = (0, 0);
        while at < bytes.len() {
            // SAFETY: the level is passed on.
            quotes += unsafe { mask_at::<L>(Class::Is(b'"'), bytes, at) }.count_ones();
            at += 64;
        }
        // Quotes to the right are those that are not to the left, all ones if these are to be odd.
        let mut inside = if quotes % 2 == 1 { !0 } else { 0 };
        let base = bytes.as_ptr() as Word;
        let (mut at, mut start) = (0, base);
        let mut fields = Fields { words, left: limit, count: 0 };
        while at < bytes.len() && fields.left > 0 {
            // SAFETY: the level is passed on.
            let commas = unsafe { mask_at::<L>(Class::Is(b','), bytes, at) };
            // SAFETY: as above.
            let between = prefix(unsafe { mask_at::<L>(Class::Is(b'"'), bytes, at) }) ^ inside;
            inside = if between >> 63 == 1 { !0 } else { 0 };
            let mut cuts = commas & !between;
            while cuts != 0 {
                let end = base + at as Word + Word::from(cuts.trailing_zeros());
                fields.push(start, end - start);
                start = end + 1;
                cuts &= cuts - 1;
            }
            at += 64;
        }
        fields.push(start, base + bytes.len() as Word - start);
        fields.count
    }
}

struct FieldJob<'a> {
    bytes: &'a [u8],
    limit: usize,
    words: &'a mut Vec<Word>,
}

impl Job for FieldJob<'_> {
    type Answer = Option<usize>;

    #[inline(always)]
    unsafe fn run<L: Level>(self) -> Option<usize> {
        let Self { bytes, limit, words } = self;
        let base = bytes.as_ptr() as Word;
        let (mut at, mut start, mut inside, mut seen) = (0, 0, 0, 0);
        let mut fields = Fields { words, left: limit, count: 0 };
        while at < bytes.len() {
            // SAFETY: the level is passed on.
            let commas = unsafe { mask_at::<L>(Class::Is(b','), bytes, at) };
            // SAFETY: as above.
            let mut quotes = unsafe { mask_at::<L>(Class::Is(b'"'), bytes, at) };
            let between = prefix(quotes) ^ inside;
            inside = if between >> 63 == 1 { !0 } else { 0 };
            let mut cuts = commas & !between;
            while cuts != 0 {
                let before = (cuts & cuts.wrapping_neg()) - 1;
                seen += (quotes & before).count_ones();
                quotes &= !before;
                let end = at + cuts.trailing_zeros() as usize;
                let (skip, len) = plain_field(&bytes[start..end], seen)?;
                fields.push(base + (start + skip) as Word, len as Word);
                (start, seen) = (end + 1, 0);
                cuts &= cuts - 1;
            }
            seen += quotes.count_ones();
            at += 64;
        }
        let (skip, len) = plain_field(&bytes[start..], seen)?;
        fields.push(base + (start + skip) as Word, len as Word);
        Some(fields.count)
    }
}

/// Where the text of a field begins and how long it is, if its quotes are none, or one at either end.
#[inline(always)]
fn plain_field(field: &[u8], quotes: u32) -> Option<(usize, usize)> {
    match (quotes, field) {
        (0, _) => Some((0, field.len())),
        (2, [b'"', inner @ .., b'"']) => Some((1, inner.len())),
        _ => None,
    }
}
