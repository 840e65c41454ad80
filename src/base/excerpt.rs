//! The part of a source that a diagnostic shows.
//!
//! miette's own excerpts are whole lines, found by a walk over the whole source. A line of 70,000 columns makes it panic,
//! and ten thousand findings in a long source take minutes. So what is not small is shown as a window around the labels:
//!
//! ```text
//!    ╭─[job.spk:1:70012]
//!  1 │ x + 1 | map x -> y + 1 | map x -> x + 1
//!    ·                  ┬
//! ```

use std::borrow::Cow;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Sources up to this many bytes are shown by whole lines.
const SMALL: usize = 8 << 10;

/// The most bytes of a longer source that a label, or what stands before or after it, takes.
pub(super) const MOST_SHOWN: usize = 1000;

/// How much of a long line is shown before and after a label.
const AROUND: usize = 60;

/// Control characters, and those that turn the direction of text: `"\u{202e}"` makes `gpj.exe` look like `exe.jpg`.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A source as miette wants it.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    name: &'a str,
    /// Its text, with something as long in place of what a terminal would obey.
    text: Cow<'a, str>,
}

impl<'a> Excerpt<'a> {
    /// A source by its name and text.
    pub(super) fn new(name: &'a str, text: &'a str) -> Self {
        let obeyed = |c: char| is_unseen(c) && !matches!(c, '\n' | '\r' | '\t');
        let stand_in = |c: char| match c.len_utf8() {
            1 => '?',
            2 => '\u{b7}',
            _ => char::REPLACEMENT_CHARACTER,
        };
        let text = match text.contains(obeyed) {
            true => text.chars().map(|c| if obeyed(c) { stand_in(c) } else { c }).collect(),
            false => Cow::Borrowed(text),
        };
        Self { name, text }
    }

    /// Whether whole lines are shown, however long.
    pub(super) fn is_small(&self) -> bool {
        self.text.len() <= SMALL
    }

    /// The bytes around a span with some lines of context; of long lines, what is near.
    fn window(&self, start: usize, end: usize, before: usize, after: usize) -> (usize, usize) {
        let text = self.text.as_bytes();
        let (mut first, mut last) = (start, end);
        for lines in 0..=before {
            let from = first.saturating_sub(usize::from(lines > 0));
            let above = &text[from.saturating_sub(MOST_SHOWN)..from];
            match above.iter().rposition(|byte| *byte == b'\n') {
                Some(at) => first = from - above.len() + at + 1,
                None if from <= MOST_SHOWN => first = 0,
                None if lines == 0 => first = start - AROUND.min(start),
                None => {}
            }
        }
        for lines in 0..=after {
            let from = (last + usize::from(lines > 0)).min(text.len());
            let below = &text[from..(from + MOST_SHOWN).min(text.len())];
            match below.iter().position(|byte| *byte == b'\n') {
                Some(at) => last = from + at,
                None if from + MOST_SHOWN >= text.len() => last = text.len(),
                None if lines == 0 => last = end + AROUND,
                None => {}
            }
        }
        (first, last)
    }

    fn boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if self.is_small() {
            let found = self.text.read_span(span, before, after)?;
            let (line, column, lines) = (found.line(), found.column(), found.line_count());
            let name = self.name.to_owned();
            return Ok(Box::new(MietteSpanContents::new_named(name, found.data(), *found.span(), line, column, lines)));
        }
        let end = span.offset() + span.len();
        if end > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (first, last) = match before {
            0 => (span.offset(), end),
            _ => self.window(span.offset(), end, before, after),
        };
        let (first, last) = (self.boundary(first), self.boundary(last));
        let above = &self.text[..first];
        let line = above.matches('\n').count();
        let column = first - above.rfind('\n').map_or(0, |at| at + 1);
        let (data, part) = (&self.text.as_bytes()[first..last], SourceSpan::from((first, last - first)));
        Ok(Box::new(MietteSpanContents::new_named(self.name.to_owned(), data, part, line, column, line + 1)))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::codes;
    use crate::base::diag::Diag;
    use crate::base::source::{Sources, Span};

    fn report(text: &str, starts: &[usize]) -> String {
        let mut sources = Sources::default();
        let file = sources.add("job.spk", text);
        let mut diag = Diag::error(codes::SYNTAX, "wrong", Span::new(file, starts[0], starts[0] + 1), "here");
        for start in &starts[1..] {
            diag = diag.also(Span::new(file, *start, text.len()), "there");
        }
        diag.print_report(&sources, false)
    }

    #[test]
    fn long_lines_are_cut() {
        let text = "x + 1 | ".repeat(40_000);
        let shown = report(&text, &[300_000, 10]);
        assert!(shown.contains("job.spk:1:300001"), "{shown}");
        assert!(shown.len() < 16_000, "{}", shown.len());
        let shown = report(&text, &[0, 8]);
        assert!(shown.contains("job.spk:1:1]") && shown.contains("there"), "{shown}");
        report(&"é".repeat(100_000), &[100_000, 100_002]);
    }

    #[test]
    fn lines_around_are_shown_in_long_sources() {
        let text = "let a = 1\n".repeat(4000);
        let shown = report(&text, &[20_004]);
        assert!(shown.contains("job.spk:2001:5") && shown.contains("2000 │ let a = 1"), "{shown}");
        assert!(shown.contains("2002 │ let a = 1"), "{shown}");
        report(&text, &[0]);
        report(&text, &[text.len() - 1]);
    }
}
