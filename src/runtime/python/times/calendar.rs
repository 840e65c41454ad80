//! The Gregorian calendar as Python's `datetime` has it: years 1 to 9999, days numbered from 1970-01-01.
//!
//! Source of the two conversions: H. Hinnant, "chrono-compatible low-level date algorithms" (2013).

/// Names of the days of the week, Monday first.
pub(super) const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Names of the months.
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Date {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
}

/// Whether a year has a 29th of February.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Date {
    /// The day, if there is such a one.
    pub(super) fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let exists =
            (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// Its number: 0 for 1970-01-01.
    pub(super) fn number(self) -> i64 {
        // Years begin in March, so that the leap day is their last.
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let day_of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// The day of a number, if its year is 1 to 9999.
    pub(super) fn of_number(number: i64) -> Option<Self> {
        if !(-719_162..=2_932_896).contains(&number) {
            return None;
        }
        let number = number + 719_468;
        let era = number.div_euclid(146_097);
        let day_of_era = number - era * 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Some(Self { year, month, day: day_of_year - (153 * month_from_march + 2) / 5 + 1 })
    }

    /// The number of the day in its year, from 1.
    pub(super) fn day_of_year(self) -> i64 {
        self.number() - Self { month: 1, day: 1, ..self }.number() + 1
    }

    /// 0 for Monday to 6 for Sunday.
    pub(super) fn weekday(self) -> i64 {
        (self.number() + 3).rem_euclid(7)
    }

    /// Year and week of ISO 8601: weeks begin on Mondays, the first has the year's first Thursday.
    pub(super) fn iso_week(self) -> (i64, i64) {
        let thursday = self.number() - self.weekday() + 3;
        // The Thursday of the last week may be in the year 10000, which has no date.
        let Some(there) = Self::of_number(thursday) else { return (self.year + 1, 1) };
        (there.year, (there.day_of_year() - 1) / 7 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other() {
        let mut before = Date { year: 0, month: 12, day: 31 };
        for number in -719_162..=2_932_896 {
            let date = Date::of_number(number).unwrap();
            assert_eq!(date.number(), number);
            assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
            let next = (date.year, date.month, date.day) > (before.year, before.month, before.day);
            assert!(next && (date.day == before.day + 1 || date.day == 1), "{date:?}");
            before = date;
        }
        assert_eq!(Date::of_number(2_932_897), None);
        assert_eq!(Date::of_number(-719_163), None);
        assert_eq!(Date::new(1900, 2, 29), None);
    }
}
