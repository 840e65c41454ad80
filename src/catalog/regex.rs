//! Functions of texts by regular expressions: Python's `re`. The text comes first: `filter matches "[0-9]+"`.

use crate::hir::Props;
use crate::rt;
use crate::runtime::python::regexes;
use crate::runtime::value::words::ObjRef;

use super::facts::Facts;
use super::row::{Imp, Row};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "matches",
        sig: "(text: str, pattern: str) -> bool",
        doc: "Whether the pattern matches somewhere in the text: `re.search(pattern, text) is not None`. Patterns are those of Python's `re`. Matching takes time in proportion to the text, but for patterns with references back or conditions and a few others: a text on which such a pattern takes more than 20 million steps, and 200 for each byte, is a row error.",
        examples: &[("matches(\"ERROR 42\", \"[0-9]+\")", "True"), ("matches(\"no\", \"^[0-9]+$\")", "False")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::matches, (&str, &str) -> bool)),
        pyspark: "(re.search({pattern}, {text}) is not None)",
    },
    Row {
        name: "fullmatch",
        sig: "(text: str, pattern: str) -> bool",
        doc: "Whether the pattern matches the whole text.",
        examples: &[("fullmatch(\"2024-01-05\", \"\\\\d{4}-\\\\d\\\\d-\\\\d\\\\d\")", "True")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::fullmatch, (&str, &str) -> bool)),
        pyspark: "(re.fullmatch({pattern}, {text}) is not None)",
    },
    Row {
        name: "search",
        sig: "(text: str, pattern: str) -> str?",
        doc: "The text of the first match, or `None`.",
        examples: &[("search(\"code 404 found\", \"[0-9]+\")", "404"), ("search(\"none\", \"[0-9]+\")", "None")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::search, (&str, &str) -> Option<&str>)),
        pyspark: "(lambda m: m and m.group())(re.search({pattern}, {text}))",
    },
    Row {
        name: "groups",
        sig: "(text: str, pattern: str) -> list[str]?",
        doc: "The groups of the first match, or `None`; a group that took no part is an empty text.",
        examples: &[("groups(\"GET /index 200\", \"(\\\\w+) (\\\\S+) (\\\\d+)\")", "['GET', '/index', '200']")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::groups, (&str, &str) -> [u64; 2])),
        pyspark: "(lambda m: m and list(m.groups('')))(re.search({pattern}, {text}))",
    },
    Row {
        name: "findall",
        sig: "(text: str, pattern: str) -> list[str]",
        doc: "The texts of all matches, or those of the group if the pattern has one. A pattern with several groups is a row error; see `findallGroups`.",
        examples: &[
            ("findall(\"a1 b22 c333\", \"[0-9]+\")", "['1', '22', '333']"),
            ("findall(\"a=1, b=2\", \"(\\\\w)=\")", "['a', 'b']"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::findall, (&str, &str) -> ObjRef)),
        pyspark: "re.findall({pattern}, {text})",
    },
    Row {
        name: "findallGroups",
        sig: "(text: str, pattern: str) -> list[list[str]]",
        doc: "The groups of each match.",
        examples: &[("findallGroups(\"a=1, b=2\", \"(\\\\w)=(\\\\d)\")", "[['a', '1'], ['b', '2']]")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::findall_groups, (&str, &str) -> ObjRef)),
        pyspark: "[list(m.groups('')) for m in re.finditer({pattern}, {text})]",
    },
    Row {
        name: "sub",
        sig: "(text: str, pattern: str, replacement: str) -> str",
        doc: "The text with every match replaced; `\\1`, `\\g<1>` and `\\g<name>` in the replacement stand for groups.",
        examples: &[
            ("sub(\"2024-01-05\", \"-\", \"/\")", "2024/01/05"),
            ("sub(\"John Smith\", \"(\\\\w+) (\\\\w+)\", \"\\\\2, \\\\1\")", "Smith, John"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::sub, (&str, &str, &str) -> &str)),
        pyspark: "re.sub({pattern}, {replacement}, {text})",
    },
    Row {
        name: "sub",
        sig: "(text: str, pattern: str, replacement: str, count: int) -> str",
        doc: "The text with the first `count` matches replaced; all if it is 0.",
        examples: &[("sub(\"aaaa\", \"a\", \"b\", 2)", "bbaa")],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::sub_max, (&str, &str, &str, i64) -> &str)),
        pyspark: "re.sub({pattern}, {replacement}, {text}, count={count})",
    },
    Row {
        name: "reSplit",
        sig: "(text: str, pattern: str) -> list[str]",
        doc: "The pieces between the matches, and the groups of the matches if the pattern has some; a group that took no part is an empty text.",
        examples: &[
            ("reSplit(\"a, b;c\", \"[,;] *\")", "['a', 'b', 'c']"),
            ("reSplit(\"a1b2\", \"(\\\\d)\")", "['a', '1', 'b', '2', '']"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(regexes::split, (&str, &str) -> ObjRef)),
        pyspark: "[x or '' for x in re.split({pattern}, {text})]",
    },
];
