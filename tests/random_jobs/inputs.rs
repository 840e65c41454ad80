//! Input files: lines that are numbers, fields, words or anything, with ends of all kinds and bytes that are no UTF-8.

use crate::choices::Choices;
use crate::generate::Gen;
use crate::literals;

/// Adds an input file to the job and gives its name; in `bad` percent of all cases it has bytes that are no UTF-8.
pub(crate) fn file(make: &mut Gen<'_>, bad: usize) -> String {
    let name = format!("in{}.txt", make.inputs.len());
    let content = content(make.ch, bad);
    make.inputs.push((name.clone(), content));
    name
}

/// How many bytes the last file has.
pub(crate) fn bytes(make: &Gen<'_>) -> usize {
    make.inputs.last().map_or(0, |(_, bytes)| bytes.len())
}

/// How many lines the last file has, roughly.
pub(crate) fn lines(make: &Gen<'_>) -> usize {
    make.inputs.last().map_or(0, |(_, bytes)| bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() + 1)
}

fn content(ch: &mut Choices, bad: usize) -> Vec<u8> {
    let kind = ch.below(6);
    let end: &[u8] = [&b"\n"[..], b"\n", b"\r\n", b"\r"][ch.below(4)];
    let sizes = [3, 0, 1, 2, 8, 20, 60, 200, 1100, 2600];
    let n = sizes[ch.weighted(&[20, 4, 6, 10, 20, 16, 6, 3, 1, 1])];
    let bad = ch.chance(bad);
    // Long files repeat a few lines and their numbers, so that they cost few choices.
    let patterns: Vec<Vec<u8>> = (0..n.min(12)).map(|_| line(ch, kind, bad)).collect();
    let mut out = if ch.chance(4) { "\u{feff}".into() } else { Vec::new() };
    for at in 0..n {
        let mut line = patterns[(at + at / 12) % patterns.len()].clone();
        if at >= 12 && matches!(kind, 0..=2 | 4) && !line.is_empty() {
            line.extend(at.to_string().bytes());
        }
        out.extend(line);
        if at + 1 < n || ch.chance(70) {
            out.extend(end);
        }
    }
    out
}

fn line(ch: &mut Choices, kind: usize, bad: bool) -> Vec<u8> {
    let number = |ch: &mut Choices| (ch.below(40) as i64 - 10).to_string();
    let line = match kind {
        0 => number(ch),
        1 => (0..3).map(|_| number(ch)).collect::<Vec<_>>().join(","),
        2 => (0..1 + ch.below(4)).map(|_| literals::text(ch).replace(['\n', '\r'], "")).collect::<Vec<_>>().join(" "),
        3 => (0..1 + ch.below(4)).map(|_| format!("\"{}\"", literals::text(ch))).collect::<Vec<_>>().join(","),
        // Numbers and what is none, in fields.
        4 => (0..1 + ch.below(3))
            .map(|_| if ch.chance(15) { literals::text(ch).replace(['\n', '\r'], "") } else { number(ch) })
            .collect::<Vec<_>>()
            .join(","),
        _ => literals::text(ch),
    };
    let mut line = line.into_bytes();
    if bad && ch.chance(15) {
        line.extend(
            [
                &[0xff, b'a'][..],
                &[0xc3, b'('],
                &[0xed, 0xa0],
                &[0xf0, 0x9f, 0x98],
                &[0xe2, 0x82],
                &[0xed, 0xa0, 0x80, b'x'],
            ][ch.below(6)],
        );
    }
    line
}
