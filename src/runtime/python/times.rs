//! Points in time: Python's `datetime.strptime` and `strftime`, in seconds since 1970 in UTC.
//!
//! ```text
//! parse("24/Sep/2014:22:25:44 +0200", "%d/%b/%Y:%H:%M:%S %z") = 1411590344.0
//! print(1411590344.0, "%A %H:%M") = "Wednesday 20:25"
//! ```
//!
//! A float of seconds is exact to the microsecond for the years 1684 to 2255. A time without a zone is in UTC.

mod calendar;
mod parse;
mod print;

use std::sync::Arc;

use self::calendar::Date;
use self::parse::Layout;
use self::print::Moment;
use super::operators::{check_text, int_div};
use super::text::quoted;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};

/// How many formats a task keeps.
const KEPT: usize = 64;

/// Whether `strptime` can use a format; if not, why, in the words of diagnostics.
pub fn check_reading(format: &str) -> Result<(), String> {
    Layout::new(format).map(drop)
}

/// Whether `strftime` can use a format; if not, why, in the words of diagnostics.
pub fn check_writing(format: &str) -> Result<(), String> {
    print::check(format)
}

fn wrong(why: impl Into<String>) -> Trap {
    Trap::new(Reason::Value, why)
}

fn layout(cx: &Cx, format: &str) -> Res<Arc<Layout>> {
    cx.made_of(format, KEPT, || Layout::new(format).map_err(|why| wrong(format!("format {}: {why}", quoted(format)))))
}

/// `datetime.strptime(text, format).timestamp()`, in UTC if the text says no zone.
pub fn parse(cx: &Cx, text: &str, format: &str) -> Res<f64> {
    let microseconds = layout(cx, format)?.read(text, format).map_err(wrong)?;
    int_div(cx, microseconds, 1_000_000)
}

/// As [`parse()`], or nothing where the text does not fit the format.
pub fn parse_if_said(cx: &Cx, text: &str, format: &str) -> Res<Option<f64>> {
    match layout(cx, format)?.read(text, format) {
        Ok(microseconds) => int_div(cx, microseconds, 1_000_000).map(Some),
        Err(_) => Ok(None),
    }
}

/// `datetime.fromtimestamp(time, timezone.utc)`: rounded to microseconds, half to even.
fn moment(time: f64) -> Res<Moment> {
    if time.is_nan() {
        return Err(wrong("invalid value NaN (not a number)"));
    }
    let (mut second, mut microsecond) = (time.trunc(), (time.fract() * 1e6).round_ties_even());
    if microsecond >= 1e6 {
        (second, microsecond) = (second + 1.0, microsecond - 1e6);
    } else if microsecond < 0.0 {
        (second, microsecond) = (second - 1.0, microsecond + 1e6);
    }
    if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&second) {
        return Err(Trap::new(Reason::Overflow, format!("{time:?} seconds are out of range")));
    }
    let second = second as i64;
    let date = Date::of_number(second.div_euclid(86_400))
        .ok_or_else(|| wrong(format!("{time:?} seconds are not in the years 1 to 9999")))?;
    Ok(Moment { date, second: second.rem_euclid(86_400), microsecond: microsecond as i64 })
}

/// `datetime.fromtimestamp(time, timezone.utc).strftime(format)`
pub fn print<'a>(cx: &'a Cx, time: f64, format: &'a str) -> Res<&'a str> {
    let moment = moment(time)?;
    let mut out = String::new();
    moment.write(format, &mut out).map_err(|why| wrong(format!("format {}: {why}", quoted(format))))?;
    check_text(Some(out.len()))?;
    Ok(cx.arena.str(&out))
}

/// `datetime.fromtimestamp(time, timezone.utc).weekday()`: 0 for Monday to 6 for Sunday.
pub fn weekday(_cx: &Cx, time: f64) -> Res<i64> {
    Ok(moment(time)?.date.weekday())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::recorded::float;

    #[test]
    fn times_are_pythons() {
        let cx = Cx::new();
        recorded::check("times", |name, args| {
            Ok(match name {
                "strptime" => float(parse(&cx, args.str(0), args.str(1))?),
                "strftime" => print(&cx, args.float(0), args.str(1))?.into(),
                "weekday" => weekday(&cx, args.float(0))?.into(),
                other => panic!("{other}"),
            })
        });
    }

    #[test]
    fn what_python_leaves_to_the_platform_is_refused() {
        for format in ["%", "%Q", "%s", "%E", "%Od", "%_d", "%10Y", "%+", "%-Z", "%-", "%i", "é%"] {
            assert!(check_writing(format).is_err(), "{format}");
        }
        for format in ["%", "%Q", "%F", "%T", "%e", "% d", "%-d", "%d %d", "%c %Y", "%.", "%s"] {
            assert!(check_reading(format).is_err(), "{format}");
        }
    }
}
