//! Digests, normal forms and URLs: functions of texts from Python's `hashlib`, `zlib`, `unicodedata` and `urllib`.

use crate::hir::Props;
use crate::rt;
use crate::runtime::python::{digests, letters, normal, urls};
use crate::runtime::spark::portable;
use crate::runtime::value::words::{ObjRef, Value, Word};

use super::facts::Facts;
use super::row::{Imp, Row};

/// The rows.
pub(super) static ROWS: &[Row] = &[
    Row {
        name: "sha256",
        sig: "(text: str) -> str",
        doc: "The SHA-256 digest of the text's UTF-8 bytes, in hexadecimal digits.",
        examples: &[("sha256(\"abc\")[:16]", "ba7816bf8f01cfea")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(digests::sha256, (&str) -> &str)),
        pyspark: "hashlib.sha256({text}.encode()).hexdigest()",
    },
    Row {
        name: "md5",
        sig: "(text: str) -> str",
        doc: "The MD5 digest of the text's UTF-8 bytes, in hexadecimal digits. It does not protect against forgery.",
        examples: &[("md5(\"abc\")", "900150983cd24fb0d6963f7d28e17f72")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(digests::md5, (&str) -> &str)),
        pyspark: "hashlib.md5({text}.encode()).hexdigest()",
    },
    Row {
        name: "crc32",
        sig: "(text: str) -> int",
        doc: "The CRC-32 checksum of the text's UTF-8 bytes, as Python's `zlib.crc32`.",
        examples: &[("crc32(\"abc\")", "891568578")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(digests::crc32, (&str) -> i64)),
        pyspark: "zlib.crc32({text}.encode())",
    },
    Row {
        name: "hash",
        sig: "(x: T) -> int where T: Key",
        doc: "The hash of a value as PySpark's `portable_hash` with `PYTHONHASHSEED=0`, the same in every run. Given as `partitionFunc`, it places keys as PySpark does. Lists and records have the hash of a tuple.",
        examples: &[("hash(\"a\")", "4644417185603328019"), ("hash((1, None)) % 8", "3")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(portable::hash_of, (Value<'_>) -> i64)),
        pyspark: "pyspark.rdd.portable_hash({x})",
    },
    Row {
        name: "normalize",
        sig: "(form: str, text: str) -> str",
        doc: "The text in a normal form of Unicode: `NFC`, `NFD`, `NFKC` or `NFKD`, as Python's `unicodedata.normalize`.",
        examples: &[
            ("len(normalize(\"NFD\", \"é\"))", "2"),
            ("[\"ﬁle\", \"①\"].map(t -> normalize(\"NFKC\", t))", "['file', '1']"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(normal::normalize, (&str, &str) -> &str)),
        pyspark: "unicodedata.normalize({form}, {text})",
    },
    Row {
        name: "casefold",
        sig: "(text: str) -> str",
        doc: "The text in a form that is the same for texts which differ only in case, by the rules of Unicode.",
        examples: &[("\"Straße\".casefold() == \"STRASSE\".casefold()", "True")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(letters::casefold, (&str) -> &str)),
        pyspark: "{text}.casefold()",
    },
    Row {
        name: "unquote",
        sig: "(text: str) -> str",
        doc: "The text with `%xx` escapes replaced by what they stand for, as UTF-8; bytes that are none become U+FFFD.",
        examples: &[("unquote(\"caf%C3%A9%20au+lait\")", "café au+lait")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(urls::unquote, (&str) -> &str)),
        pyspark: "urllib.parse.unquote({text})",
    },
    Row {
        name: "unquote_plus",
        sig: "(text: str) -> str",
        doc: "The same, where `+` stands for a blank, as in forms of HTML.",
        examples: &[("unquote_plus(\"caf%C3%A9+au+lait\")", "café au lait")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(urls::unquote_plus, (&str) -> &str)),
        pyspark: "urllib.parse.unquote_plus({text})",
    },
    Row {
        name: "quote",
        sig: "(text: str) -> str",
        doc: "The text with `%xx` in place of the UTF-8 bytes that a path of a URL cannot have: all but letters, digits and `_.-~/`.",
        examples: &[("quote(\"a b/ü\")", "a%20b/%C3%BC")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Spk("quote(text, \"/\")"),
        pyspark: "urllib.parse.quote({text})",
    },
    Row {
        name: "quote",
        sig: "(text: str, safe: str) -> str",
        doc: "The same, where the characters of `safe` are kept besides letters, digits and `_.-~`.",
        examples: &[("quote(\"a/b?c\", \"?\")", "a%2Fb?c")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(urls::quote, (&str, &str) -> &str)),
        pyspark: "urllib.parse.quote({text}, {safe})",
    },
    Row {
        name: "quote_plus",
        sig: "(text: str) -> str",
        doc: "The text as a value in the query of a URL: `quote` without safe characters, and `+` for a blank.",
        examples: &[("quote_plus(\"a b/ü\")", "a+b%2F%C3%BC")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(urls::quote_plus, (&str) -> &str)),
        pyspark: "urllib.parse.quote_plus({text})",
    },
    Row {
        name: "urlparse",
        sig: "(url: str) -> {scheme: str, netloc: str, path: str, params: str, query: str, fragment: str, hostname: str?}",
        doc: "The parts of a URL as Python's `urlparse` finds them: `scheme://netloc/path;params?query#fragment`, and the host in lower case without user and port. A part that is not there is the empty text; `hostname` is `None`. Brackets that hold no address are a row error.",
        examples: &[
            ("urlparse(\"https://me@Example.org:8080/a/b?x=1#top\").hostname", "example.org"),
            ("urlparse(\"/a/b.html?x=1&y=2\").query", "x=1&y=2"),
        ],
        facts: Facts::Function(Props::NONE),
        imp: Imp::Rt(rt!(urls::urlparse, (&str) -> [Word; 15])),
        pyspark: "url_parts({url})",
    },
    Row {
        name: "parse_qsl",
        sig: "(query: str) -> list[(str, str)]",
        doc: "The names and values of a query of a URL, unquoted, in their order; those without a value are left out.",
        examples: &[("parse_qsl(\"a=1&b=x+y&a=2&c=\")", "[('a', '1'), ('b', 'x y'), ('a', '2')]")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Rt(rt!(urls::parse_qsl, (&str) -> ObjRef)),
        pyspark: "urllib.parse.parse_qsl({query})",
    },
    Row {
        name: "parse_qs",
        sig: "(query: str) -> map[str, list[str]]",
        doc: "The same as a map from names to all their values.",
        examples: &[("parse_qs(\"a=1&b=x+y&a=2&c=\")", "{'a': ['1', '2'], 'b': ['x y']}")],
        facts: Facts::Function(Props::TOTAL),
        imp: Imp::Spk(
            "parse_qsl(query).fold(dict([]), (found, (name, value)) -> updated(found, name, get(found, name, []) + [value]))",
        ),
        pyspark: "urllib.parse.parse_qs({query})",
    },
];
