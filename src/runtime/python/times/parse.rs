//! `strptime`: a text and a format to a point in time.
//!
//! CPython makes a regular expression of the format and puts the date together from its groups; so is it done here, with
//! the same expressions, so that the same texts are read, and read alike.
//!
//! Source: CPython 3.11, Lib/_strptime.py, in the locale C.

use regex::{Captures, Regex};

use super::calendar::{DAYS, Date, MONTHS, is_leap};
use crate::runtime::python::letters::decimal;
use crate::runtime::python::text::quoted;

const SECOND: i64 = 1_000_000;

/// A format, read.
#[derive(Debug)]
pub(crate) struct Layout {
    regex: Regex,
    /// The directives with the numbers of their groups, in their order.
    directives: Vec<(char, usize)>,
}

impl Layout {
    /// Reads a format; if it cannot be read, why.
    pub(super) fn new(format: &str) -> Result<Self, String> {
        let mut directives = Vec::new();
        let mut pattern = String::from("(?i)^");
        translate(format, &mut pattern, &mut directives)?;
        let regex = Regex::new(&pattern).map_err(|_| "it is too large".to_owned())?;
        let group =
            |name: char| regex.capture_names().position(|other| other.is_some_and(|other| other.starts_with(name)));
        let directives = directives.into_iter().filter_map(|name| Some((name, group(name)?))).collect();
        Ok(Self { regex, directives })
    }

    /// Microseconds since 1970 that a text says; if it says none, why.
    pub(super) fn read(&self, text: &str, format: &str) -> Result<i64, String> {
        let found = self
            .regex
            .captures(text)
            .ok_or_else(|| format!("time data {} does not match format {}", quoted(text), quoted(format)))?;
        let rest = &text[found.get_match().end()..];
        if !rest.is_empty() {
            return Err(format!("unconverted data remains: {rest}"));
        }
        let mut parts = Parts::default();
        for &(directive, group) in &self.directives {
            let said = found.get(group).map_or("", |group| group.as_str());
            parts.set(directive, said, &found)?;
        }
        parts.microseconds()
    }
}

/// The expression that reads what a directive writes; `None` for those that stand for several.
fn expression(directive: char) -> Option<String> {
    let fixed = match directive {
        'd' => r"3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9]",
        'f' => "[0-9]{1,6}",
        'H' => r"2[0-3]|[0-1]\d|\d",
        'I' => "1[0-2]|0[1-9]|[1-9]",
        'G' | 'Y' => r"\d\d\d\d",
        'j' => r"36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]",
        'm' => "1[0-2]|0[1-9]|[1-9]",
        'M' => r"[0-5]\d|\d",
        'S' => r"6[0-1]|[0-5]\d|\d",
        'U' | 'W' => r"5[0-3]|[0-4]\d|\d",
        'w' => "[0-6]",
        'u' => "[1-7]",
        'V' => r"5[0-3]|0[1-9]|[1-4]\d|\d",
        'y' => r"\d\d",
        'z' => r"[+-]\d\d:?[0-5]\d(:?[0-5]\d(\.\d{1,6})?)?|(?-i:Z)",
        'p' => "am|pm",
        'Z' => "utc|gmt",
        'A' => return Some(longest_first(&DAYS, usize::MAX)),
        'a' => return Some(longest_first(&DAYS, 3)),
        'B' => return Some(longest_first(&MONTHS, usize::MAX)),
        'b' => return Some(longest_first(&MONTHS, 3)),
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// Names cut to a length, as alternatives.
fn longest_first(names: &[&str], len: usize) -> String {
    let mut names: Vec<&str> = names.iter().map(|name| &name[..name.len().min(len)]).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.join("|")
}

fn translate(format: &str, pattern: &mut String, directives: &mut Vec<char>) -> Result<(), String> {
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '%' {
            let directive = chars.next().ok_or("a `%` ends it; a percent sign is `%%`")?;
            add_directive(directive, pattern, directives)?;
        } else if is_blank(c) {
            while chars.next_if(|&c| is_blank(c)).is_some() {}
            pattern.push_str(r"[\s\x1c-\x1f]+");
        } else {
            pattern.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
        }
    }
    Ok(())
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn add_directive(directive: char, pattern: &mut String, directives: &mut Vec<char>) -> Result<(), String> {
    match directive {
        'c' => return translate("%a %b %d %H:%M:%S %Y", pattern, directives),
        'x' => return translate("%m/%d/%y", pattern, directives),
        'X' => return translate("%H:%M:%S", pattern, directives),
        '%' => {
            pattern.push('%');
            return Ok(());
        }
        _ => {}
    }
    let Some(expression) = expression(directive) else {
        return Err(format!("`%{directive}` is no directive that `strptime` has"));
    };
    if directives.contains(&directive) {
        return Err(format!("`%{directive}` stands there twice"));
    }
    directives.push(directive);
    pattern.push_str(&format!("(?P<{directive}>{expression})"));
    Ok(())
}

/// The parts of the time that the directives have given so far.
struct Parts {
    year: Option<i64>,
    iso_year: Option<i64>,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    microsecond: i64,
    weekday: Option<i64>,
    day_of_year: Option<i64>,
    /// The week of the year, and whether weeks begin on Mondays.
    week: Option<(i64, bool)>,
    iso_week: Option<i64>,
    /// Microseconds east of UTC.
    offset: i64,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            year: None,
            iso_year: None,
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            microsecond: 0,
            weekday: None,
            day_of_year: None,
            week: None,
            iso_week: None,
            offset: 0,
        }
    }
}

impl Parts {
    fn set(&mut self, directive: char, said: &str, all: &Captures<'_>) -> Result<(), String> {
        let number = || number(said);
        match directive {
            'y' => self.year = Some(number()? + if number()? <= 68 { 2000 } else { 1900 }),
            'Y' => self.year = Some(number()?),
            'G' => self.iso_year = Some(number()?),
            'm' => self.month = number()?,
            'B' | 'b' => self.month = place(&MONTHS, said)? + 1,
            'd' => self.day = number()?,
            'H' => self.hour = number()?,
            'I' => {
                let afternoon = all.name("p").is_some_and(|p| p.as_str().eq_ignore_ascii_case("pm"));
                self.hour = number()? % 12 + if afternoon { 12 } else { 0 };
            }
            'M' => self.minute = number()?,
            'S' => self.second = number()?,
            'f' => self.microsecond = padded(said)?,
            'A' | 'a' => self.weekday = Some(place(&DAYS, said)?),
            'w' => self.weekday = Some((number()? + 6) % 7),
            'u' => self.weekday = Some(number()? - 1),
            'j' => self.day_of_year = Some(number()?),
            'U' => self.week = Some((number()?, false)),
            'W' => self.week = Some((number()?, true)),
            'V' => self.iso_week = Some(number()?),
            'z' => self.offset = offset(said)?,
            // `%p` belongs to `%I`; `%Z` is UTC by any of its names.
            _ => {}
        }
        Ok(())
    }

    /// Directives that do not go together.
    fn check(&self) -> Result<(), &'static str> {
        match (self.year, self.iso_year) {
            (None, Some(_)) if self.iso_week.is_none() || self.weekday.is_none() => {
                Err("`%G` must be used with `%V` and a weekday (`%A`, `%a`, `%w` or `%u`)")
            }
            (None, Some(_)) if self.day_of_year.is_some() => Err("`%j` is not compatible with `%G`; use `%Y`"),
            (None, Some(_)) => Ok(()),
            (_, _) if self.week.is_none() && self.iso_week.is_some() => {
                Err("`%V` must be used with `%G` and a weekday (`%A`, `%a`, `%w` or `%u`)")
            }
            (_, _) => Ok(()),
        }
    }

    /// The day that is meant.
    fn date(&self) -> Option<Date> {
        // A 29th of February without a year is looked up in a leap year, and then refused in 1900.
        let leap_day = self.year.is_none() && self.month == 2 && self.day == 29;
        let mut year = self.year.unwrap_or(if leap_day { 1904 } else { 1900 });
        let mut day_of_year = self.day_of_year;
        if let (None, Some(weekday)) = (day_of_year, self.weekday) {
            if let Some((week, from_monday)) = self.week {
                day_of_year = Some(day_in_week(year, week, weekday, from_monday)?);
            } else if let (Some(iso_year), Some(week)) = (self.iso_year, self.iso_week) {
                let found;
                (year, found) = day_in_iso_week(iso_year, week, weekday + 1)?;
                day_of_year = Some(found);
            }
            if let Some(before) = day_of_year.filter(|&day| day <= 0) {
                year -= 1;
                day_of_year = Some(before + if is_leap(year) { 366 } else { 365 });
            }
        }
        let mut date = match day_of_year {
            None => Date::new(year, self.month, self.day)?,
            Some(day) => Date::of_number(Date::new(year, 1, 1)?.number() + day - 1)?,
        };
        if leap_day {
            date.year = 1900;
        }
        Date::new(date.year, date.month, date.day)
    }

    fn microseconds(&self) -> Result<i64, String> {
        self.check()?;
        let date = self.date().ok_or("there is no such day in the years 1 to 9999")?;
        if self.second > 59 {
            return Err("second must be in 0..59".into());
        }
        if self.offset.abs() >= 86_400 * SECOND {
            return Err("the offset from UTC must be less than a day".into());
        }
        let seconds = date.number() * 86_400 + self.hour * 3600 + self.minute * 60 + self.second;
        Ok(seconds * SECOND + self.microsecond - self.offset)
    }
}

/// The day of the year, perhaps not positive, from a week of the year and a day of the week.
fn day_in_week(year: i64, week: i64, weekday: i64, from_monday: bool) -> Option<i64> {
    let first = Date::new(year, 1, 1)?.weekday();
    let (first, weekday) = if from_monday { (first, weekday) } else { ((first + 1) % 7, (weekday + 1) % 7) };
    let days_before = if week == 0 { -first } else { (7 - first) % 7 + 7 * (week - 1) };
    Some(1 + days_before + weekday)
}

/// Year and day of the year from a week of ISO 8601 and a day from 1 for Monday.
fn day_in_iso_week(year: i64, week: i64, day: i64) -> Option<(i64, i64)> {
    let found = week * 7 + day - (Date::new(year, 1, 4)?.weekday() + 1 + 3);
    if found >= 1 {
        return Some((year, found));
    }
    let there = Date::new(year, 1, 1)?.number() + found;
    Some((year - 1, there - Date::new(year - 1, 1, 1)?.number()))
}

/// The number that digits of any script say, perhaps with a blank before them.
fn number(said: &str) -> Result<i64, String> {
    let wrong = || format!("{} is no number", quoted(said));
    if said.trim_start().is_empty() {
        return Err(wrong());
    }
    said.trim_start().chars().try_fold(0, |n, c| Ok(n * 10 + i64::from(decimal(c).ok_or_else(wrong)?)))
}

/// A fraction of a second in microseconds.
fn padded(digits: &str) -> Result<i64, String> {
    number(&format!("{digits:0<6}"))
}

/// The position of a name, of which the first letters may be enough, in any case.
fn place(names: &[&str], said: &str) -> Result<i64, String> {
    let lower = said.to_lowercase();
    let at = names.iter().position(|name| *name == lower || name[..3] == lower);
    at.map(|at| at as i64).ok_or_else(|| format!("{} is no name of a day or month", quoted(said)))
}

/// Microseconds east of UTC that `+0130`, `-01:30`, `+01:30:15.5` or `Z` say.
fn offset(said: &str) -> Result<i64, String> {
    let mut chars: Vec<char> = said.chars().collect();
    if chars.len() == 1 {
        return Ok(0);
    }
    if chars.get(3) == Some(&':') {
        chars.remove(3);
        if chars.len() > 5 && chars.remove(5) != ':' {
            return Err(format!("inconsistent use of : in {said}"));
        }
    }
    let part = |from: usize, to: usize| -> String { chars.iter().take(to).skip(from).collect() };
    let seconds = if chars.len() > 5 { number(&part(5, 7))? } else { 0 };
    let seconds = (number(&part(1, 3))? * 60 + number(&part(3, 5))?) * 60 + seconds;
    let offset = seconds * SECOND + padded(&part(8, chars.len()))?;
    Ok(if chars[0] == '-' { -offset } else { offset })
}
