//! Literals, as a job writes them: numbers at the edges, texts of lengths around those where layouts change.

use sparkc::harness::types::Ty;

use crate::choices::Choices;
use crate::generate::Gen;

/// Lengths of texts: those where a layout could change, and others.
const LENGTHS: &[usize] = &[3, 0, 1, 2, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 23, 24, 25, 31, 32, 33, 40];

const ALPHABETS: &[&str] = &[
    "abc",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "a b,c;\t-",
    "aéß日本😀",
    "xY'\"\\{}\n\r%",
    "\u{0}\u{1}é\u{85}\u{2028}a\u{300}",
];

const WORDS: &[&str] = &[
    "a",
    "b",
    "",
    "ab",
    "Ab",
    "zz",
    "é",
    "a b",
    " x ",
    "it's",
    "a,b",
    "10",
    "-3",
    "ß",
    "日本",
    "\t",
    "\"q\"",
    "nan",
    "1e5",
    "0x1F",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1_000",
    " 7 ",
    "+5",
    "1.5",
    "-0.0",
    "inf",
    "a\nb",
    "٣",
    "true",
    "x=1;y=2",
    "2024-01-05",
    "ǅ",
    "İ",
    "ﬁ",
];

const INTS: &[i64] = &[
    1,
    0,
    2,
    -1,
    3,
    7,
    10,
    -5,
    100,
    5,
    4,
    -2,
    12,
    63,
    64,
    255,
    -128,
    1 << 31,
    -(1 << 31),
    1 << 32,
    (1 << 53) + 1,
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    (1 << 61) - 1,
    3_037_000_500,
];

const FLOATS: &[&str] = &[
    "1.0",
    "0.0",
    "(-0.0)",
    "1.5",
    "(-2.25)",
    "0.1",
    "100.0",
    "0.5",
    "3.0",
    "(-1.0)",
    "1e16",
    "1e-5",
    "123456789.125",
    "5e-324",
    "1.7976931348623157e308",
    "float(\"nan\")",
    "float(\"inf\")",
    "float(\"-inf\")",
    "9007199254740993.0",
    "9.223372036854776e18",
    "2.5",
    "(-0.5)",
    "1e22",
];

/// A random text.
pub(crate) fn text(ch: &mut Choices) -> String {
    if ch.chance(40) {
        let letters: Vec<char> = ALPHABETS[ch.below(ALPHABETS.len())].chars().collect();
        let n = LENGTHS[ch.below(LENGTHS.len())];
        let at = ch.below(letters.len());
        return (0..n).map(|i| letters[(at + i * i) % letters.len()]).collect();
    }
    match WORDS[ch.below(WORDS.len())] {
        "nan" | "inf" if ch.dialect.is_spark() => "none".to_owned(),
        word => word.to_owned(),
    }
}

/// A text as a literal.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

/// An int as a literal that stands anywhere.
pub(crate) fn int(n: i64) -> String {
    if n < 0 { format!("({n})") } else { n.to_string() }
}

impl Gen<'_> {
    /// A literal of a type.
    pub(crate) fn literal(&mut self, ty: &Ty, depth: usize) -> String {
        match ty {
            Ty::Int if self.ch.chance(75) => int(INTS[self.ch.below(12)]),
            Ty::Int => int(INTS[self.ch.below(INTS.len())]),
            Ty::Float if self.ch.chance(60) => FLOATS[self.ch.below(10)].to_owned(),
            Ty::Float => match FLOATS[self.ch.below(FLOATS.len())] {
                name if name.starts_with("float") && self.ch.dialect.is_spark() => "2.0".to_owned(),
                text => text.to_owned(),
            },
            Ty::Bool => self.ch.pick(&["false", "true"]).to_owned(),
            Ty::Str => quote(&text(self.ch)),
            Ty::Stats => format!("StatCounter({})", self.literal(&Ty::list(Ty::Float), 1)),
            Ty::Option(inner) if self.ch.chance(70) => format!("Some({})", self.literal(inner, depth)),
            Ty::Option(_) => self.empty(ty),
            _ => {
                let sizes: &[usize] = if depth == 0 { &[1, 2, 1, 0] } else { &[1, 2, 3, 1, 2, 0, 5, 4] };
                let n = sizes[self.ch.below(sizes.len())];
                self.built(ty, n, &mut |own, ty| own.literal(ty, depth.saturating_sub(1)))
            }
        }
    }

    /// A value of a type with components, each made by `of`; `n` elements if it is a collection.
    pub(crate) fn built(&mut self, ty: &Ty, n: usize, of: &mut dyn FnMut(&mut Self, &Ty) -> String) -> String {
        let mut some = |own: &mut Self, ty: &Ty| -> Vec<String> { (0..n).map(|_| of(own, ty)).collect() };
        match ty {
            Ty::List(_) | Ty::Set(_) | Ty::Map(..) if n == 0 => self.empty(ty),
            Ty::List(item) => format!("[{}]", some(self, item).join(", ")),
            Ty::Set(item) => {
                format!("{{{}}}", some(self, item).iter().map(|e| shielded(e)).collect::<Vec<_>>().join(", "))
            }
            Ty::Map(key, value) => {
                let entries: Vec<String> =
                    (0..n).map(|_| format!("{}: {}", shielded(&of(self, key)), of(self, value))).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Ty::Tuple(tys) if tys.len() == 1 => format!("({},)", of(self, &tys[0])),
            Ty::Tuple(tys) => format!("({})", tys.iter().map(|ty| of(self, ty)).collect::<Vec<_>>().join(", ")),
            Ty::Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, ty)| format!("{name}: {}", of(self, ty))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Ty::Option(inner) => format!("Some({})", of(self, inner)),
            Ty::Int | Ty::Float | Ty::Bool | Ty::Str | Ty::Func(..) | Ty::Rdd(_) => of(self, ty),
            Ty::Counter | Ty::Stats | Ty::Var(_) | Ty::Error => of(self, ty),
        }
    }
}

/// `{v: 1}` would be a record.
fn shielded(text: &str) -> String {
    if text.starts_with(|c: char| c.is_alphabetic() || c == '_') { format!("({text})") } else { text.to_owned() }
}
