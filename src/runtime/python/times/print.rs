//! `strftime`: a point in time by a format, in UTC.
//!
//! Source: ISO C 7.27.3.5 and the GNU C library, which CPython calls, in the locale C; `%f` is CPython's own.

use std::fmt::Write;

use super::calendar::{DAYS, Date, MONTHS};

/// A point in time, taken apart.
pub(super) struct Moment {
    pub(super) date: Date,
    /// Seconds since midnight.
    pub(super) second: i64,
    pub(super) microsecond: i64,
}

/// A number with the width to which it is padded, and with what.
type Padded = (i64, usize, char);

/// Whether a format can be used; if not, why.
pub(super) fn check(format: &str) -> Result<(), String> {
    let start = Moment { date: Date { year: 1970, month: 1, day: 1 }, second: 0, microsecond: 0 };
    start.write(format, &mut String::new())
}

impl Moment {
    /// Appends the text by a format.
    pub(super) fn write(&self, format: &str, out: &mut String) -> Result<(), String> {
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let mut chars = rest[at + 1..].chars();
            let (directive, bare) = match chars.next() {
                Some('-') => (chars.next(), true),
                first => (first, false),
            };
            let directive = directive.ok_or("a `%` ends it; a percent sign is `%%`")?;
            self.write_directive(directive, bare, out)?;
            rest = chars.as_str();
        }
        out.push_str(rest);
        Ok(())
    }

    fn write_directive(&self, directive: char, bare: bool, out: &mut String) -> Result<(), String> {
        if let Some((n, width, fill)) = self.number(directive) {
            let written = match (bare, fill) {
                (true, _) => write!(out, "{n}"),
                (false, ' ') => write!(out, "{n:width$}"),
                (false, _) => write!(out, "{n:0width$}"),
            };
            written.expect("a text can be written to");
            return Ok(());
        }
        if bare {
            return Err(format!("`%-{directive}` is no directive that `strftime` has"));
        }
        match directive {
            'a' => out.push_str(&self.weekday()[..3]),
            'A' => out.push_str(&self.weekday()),
            'b' | 'h' => out.push_str(&self.month()[..3]),
            'B' => out.push_str(&self.month()),
            'p' => out.push_str(if self.second < 43_200 { "AM" } else { "PM" }),
            'P' => out.push_str(if self.second < 43_200 { "am" } else { "pm" }),
            'f' => write!(out, "{:06}", self.microsecond).expect("a text can be written to"),
            'z' => out.push_str("+0000"),
            'Z' => out.push_str("UTC"),
            'n' => out.push('\n'),
            't' => out.push('\t'),
            '%' => out.push('%'),
            _ => match composed(directive) {
                Some(format) => return self.write(format, out),
                None => return Err(format!("`%{directive}` is no directive that `strftime` has")),
            },
        }
        Ok(())
    }

    fn number(&self, directive: char) -> Option<Padded> {
        let (hour, date) = (self.second / 3600, self.date);
        let half = if hour % 12 == 0 { 12 } else { hour % 12 };
        let (day, weekday) = (date.day_of_year(), date.weekday());
        Some(match directive {
            'Y' => (date.year, 1, '0'),
            'G' => (date.iso_week().0, 1, '0'),
            'C' => (date.year / 100, 1, '0'),
            'y' => (date.year % 100, 2, '0'),
            'g' => (date.iso_week().0 % 100, 2, '0'),
            'm' => (date.month, 2, '0'),
            'd' => (date.day, 2, '0'),
            'e' => (date.day, 2, ' '),
            'j' => (day, 3, '0'),
            'H' => (hour, 2, '0'),
            'k' => (hour, 2, ' '),
            'I' => (half, 2, '0'),
            'l' => (half, 2, ' '),
            'M' => (self.second / 60 % 60, 2, '0'),
            'S' => (self.second % 60, 2, '0'),
            'u' => (weekday + 1, 1, '0'),
            'w' => ((weekday + 1) % 7, 1, '0'),
            'U' => ((day + 6 - (weekday + 1) % 7) / 7, 2, '0'),
            'W' => ((day + 6 - weekday) / 7, 2, '0'),
            'V' => (date.iso_week().1, 2, '0'),
            _ => return None,
        })
    }

    fn weekday(&self) -> String {
        capitalised(DAYS[self.date.weekday() as usize])
    }

    fn month(&self) -> String {
        capitalised(MONTHS[self.date.month as usize - 1])
    }
}

/// The directives that a directive is short for.
fn composed(directive: char) -> Option<&'static str> {
    Some(match directive {
        'c' => "%a %b %e %H:%M:%S %Y",
        'x' | 'D' => "%m/%d/%y",
        'X' | 'T' => "%H:%M:%S",
        'F' => "%Y-%m-%d",
        'R' => "%H:%M",
        'r' => "%I:%M:%S %p",
        _ => return None,
    })
}

fn capitalised(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}
