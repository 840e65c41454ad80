//! Points in time: texts to seconds and back, by Python's formats.

use crate::hir::Props;
use crate::rt;
use crate::runtime::python::times;

use super::facts::Facts;
use super::row::{Imp, Row};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "strptime",
        sig: "(text: str, format: str) -> float",
        doc: "The seconds since 1970 in UTC that a text says by a format of Python's `datetime.strptime`: the whole text must fit. A text without an offset (`%z`) is in UTC, what is not said is taken from 1900-01-01 00:00, and `%f` gives fractions to the microsecond. Directives: `%a %A %b %B %c %d %f %G %H %I %j %m %M %p %S %u %U %V %w %W %x %X %y %Y %z %Z %%`, with English names in any case. A text that does not fit is a row error.",
        examples: &[
            ("strptime(\"24/Sep/2014:22:25:44 +0200\", \"%d/%b/%Y:%H:%M:%S %z\")", "1411590344.0"),
            ("strptime(\"2024-02-29T06:42:00.25Z\", \"%Y-%m-%dT%H:%M:%S.%f%z\")", "1709188920.25"),
            ("strptime(\"3/1/24\", \"%m/%d/%y\") - strptime(\"2/28/24\", \"%m/%d/%y\")", "172800.0"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(times::parse, (&str, &str) -> f64)),
        pyspark: "seconds_of({text}, {format})",
    },
    Row {
        name: "toTime",
        sig: "(text: str, format: str) -> float?",
        doc: "The seconds since 1970 in UTC that a text says, by the rules of `strptime`; `None` where it does not fit the format.",
        examples: &[
            ("toTime(\"2024-02-29\", \"%Y-%m-%d\")", "1709164800.0"),
            ("toTime(\"2023-02-29\", \"%Y-%m-%d\")", "None"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(times::parse_if_said, (&str, &str) -> Option<f64>)),
        pyspark: "to_time({text}, {format})",
    },
    Row {
        name: "strftime",
        sig: "(time: float, format: str) -> str",
        doc: "The text of a time, in seconds since 1970, by a format of Python's `strftime`, in UTC and in English. Directives: `%a %A %b %B %c %C %d %D %e %f %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %S %t %T %u %U %V %w %W %x %X %y %Y %z %Z %%`; `%-d`, `%-H` and the like leave out what pads a number. Times outside of the years 1 to 9999 are row errors.",
        examples: &[
            ("strftime(1411590344.0, \"%Y-%m-%d %H:%M:%S\")", "2014-09-24 20:25:44"),
            ("strftime(1411590344.5, \"%A, %-d %B, %I:%M %p, %f\")", "Wednesday, 24 September, 08:25 PM, 500000"),
            ("int(strftime(strptime(\"06:42\", \"%H:%M\"), \"%H\"))", "6"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(times::print, (f64, &str) -> &str)),
        pyspark: "datetime.datetime.fromtimestamp({time}, datetime.timezone.utc).strftime({format})",
    },
    Row {
        name: "strftime",
        sig: "(time: int, format: str) -> str",
        doc: "The same of a whole number of seconds.",
        examples: &[("strftime(86400, \"%d %b %Y\")", "02 Jan 1970")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("strftime(float(time), format)"),
        pyspark: "datetime.datetime.fromtimestamp({time}, datetime.timezone.utc).strftime({format})",
    },
    Row {
        name: "weekday",
        sig: "(time: float) -> int",
        doc: "The day of the week of a time, in seconds since 1970, in UTC: 0 for Monday to 6 for Sunday, as Python's `weekday`.",
        examples: &[("weekday(1411590344.0)", "2")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(times::weekday, (f64) -> i64)),
        pyspark: "datetime.datetime.fromtimestamp({time}, datetime.timezone.utc).weekday()",
    },
    Row {
        name: "weekday",
        sig: "(time: int) -> int",
        doc: "The same of a whole number of seconds.",
        examples: &[("weekday(86400)", "4")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Spk("weekday(float(time))"),
        pyspark: "datetime.datetime.fromtimestamp({time}, datetime.timezone.utc).weekday()",
    },
];
