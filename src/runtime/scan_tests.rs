//! Laws of scanning: all levels agree with definitions that are obviously right.

use super::super::testing::Guarded;
use super::*;
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::built;

/// Texts of all lengths around 64 and 128, of few letters, so that every mask has bits in every place.
fn texts() -> Vec<String> {
    let letters = ['a', ',', ' ', '\n', '\r', '\t', '\u{1c}', 'b', '!', '\u{1b}', '\u{e}', '\u{8}'];
    let mut seed = 1u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % n
    };
    let mut texts: Vec<String> = (0..200)
        .flat_map(|len| [1, 3, 12].map(|few| (len, few)))
        .map(|(len, few)| (0..len).map(|_| letters[next(few)]).collect())
        .collect();
    texts.extend((1..70).map(|len| "x".repeat(len) + "é" + &"y,z w".repeat(len % 7)));
    texts
}

#[cfg(target_arch = "x86_64")]
const POWERS: &[Power] = &[Power::Any, Power::Avx2, Power::Avx512, Power::Vbmi2];
#[cfg(not(target_arch = "x86_64"))]
const POWERS: &[Power] = &[Power::Any];

fn read(words: &[Word]) -> Vec<&str> {
    words.chunks(2).map(|pair| built(&Shape::Str, pair).str()).collect()
}

#[test]
fn pieces_are_those_of_split() {
    for text in texts() {
        for limit in [1, 2, 4, 5, usize::MAX] {
            let want: Vec<&str> = text.split(',').take(limit).collect();
            for &level in POWERS {
                let mut words = vec![];
                let job = PieceJob { bytes: text.as_bytes(), separator: b',', limit, words: &mut words };
                let count = run(level, job);
                assert_eq!((read(&words), count), (want.clone(), want.len()), "{text:?} {level:?}");
                if (1..=FEW).contains(&limit) {
                    let mut out = [0; 2 * FEW];
                    let count = run(level, FewJob { bytes: text.as_bytes(), separator: b',', limit, out: &mut out });
                    assert_eq!(read(&out[..2 * count]), want, "{text:?} {level:?}");
                }
            }
        }
    }
}

#[test]
fn words_are_those_of_split_whitespace() {
    let is_space = |c: char| matches!(c, ' ' | '\t'..='\r' | '\x1c'..='\x1f');
    for text in texts() {
        for limit in [1, 2, 5, usize::MAX] {
            let all = text.split(is_space).filter(|word| !word.is_empty());
            let want: Option<Vec<&str>> = text.is_ascii().then(|| all.take(limit).collect());
            for &level in POWERS {
                let mut words = vec![];
                let count = run(level, WordJob { bytes: text.as_bytes(), limit, words: &mut words });
                assert_eq!(count, want.as_ref().map(Vec::len), "{text:?} {level:?}");
                assert!(want.is_none() || want == Some(read(&words)), "{text:?} {level:?}");
            }
        }
    }
}

/// Line ends one by one: the definition.
fn plain_lines(bytes: &[u8], mut line: usize, from: usize) -> (Vec<LineSpan>, usize) {
    let (mut spans, mut at) = (Vec::new(), from);
    while at < bytes.len() {
        let next = match (bytes[at], bytes.get(at + 1)) {
            (b'\r', None) => break,
            (b'\r', Some(b'\n')) => at + 2,
            (b'\r' | b'\n', _) => at + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        spans.push(LineSpan { start: line as u32, len: (at - line) as u32 });
        (line, at) = (next, next);
    }
    (spans, line)
}

#[test]
fn lines_end_with_lf_crlf_and_cr() {
    for text in texts() {
        let bytes = text.as_bytes();
        for (line, from) in [(0, 0), (0, bytes.len() / 2), (bytes.len() / 3, bytes.len() / 2)] {
            // The byte before is not a CR whose line has ended.
            let (want, rest) = plain_lines(bytes, line, from);
            for &level in POWERS {
                let mut spans = vec![];
                let found = run(level, LineJob { bytes, line, from, spans: &mut spans });
                assert_eq!((&spans, found.line), (&want, rest), "{text:?} {level:?}");
                assert_eq!(found.ascii, bytes[from..].is_ascii());
            }
        }
    }
}

/// The results of all scans of a text, as offsets.
fn scanned(text: &str, power: Power) -> Vec<Vec<Word>> {
    let (bytes, base) = (text.as_bytes(), text.as_ptr() as Word);
    let mut all = Vec::new();
    let mut scan = |scan: &mut dyn FnMut(&mut Vec<Word>)| {
        let mut words = vec![];
        scan(&mut words);
        words.iter_mut().step_by(2).for_each(|address| *address = address.wrapping_sub(base));
        all.push(words);
    };
    for limit in [1, 3, 6, usize::MAX] {
        scan(&mut |words| {
            run(power, PieceJob { bytes, separator: b',', limit, words });
        });
        scan(&mut |words| {
            let mut out = [0; 2 * FEW];
            let count = run(power, FewJob { bytes, separator: b',', limit: limit.min(FEW), out: &mut out });
            words.extend(&out[..2 * count]);
        });
        scan(&mut |words| {
            run(power, WordJob { bytes, limit, words });
        });
        scan(&mut |words| {
            fields::outside_quotes(text, limit, words);
        });
        scan(&mut |words| {
            fields::fields(text, limit, words);
        });
    }
    let mut spans = vec![];
    run(power, LineJob { bytes, line: 0, from: 0, spans: &mut spans });
    all.push(spans.iter().flat_map(|span| [Word::from(span.start), Word::from(span.len)]).collect());
    all
}

#[test]
fn nothing_behind_a_text_is_read() {
    let mut memory = Guarded::new();
    let quoted = (0..130).map(|len| "\"a,b\",c \n,\"\",".chars().cycle().take(len).collect::<String>());
    for text in texts().into_iter().chain(quoted) {
        for &power in POWERS {
            assert_eq!(scanned(memory.put(&text), power), scanned(&text, power), "{text:?} {power:?}");
        }
    }
}
