//! Lossy decoding of UTF-8 exactly as Java does it, and with it Spark.
//!
//! Java's decoder and Rust's `from_utf8_lossy` differ in how many U+FFFD stand for a malformed sequence: `ED A0 80`
//! (a surrogate) is one for Java and three for Rust. The rules are those of `sun.nio.cs.UTF_8.Decoder`; the answers in
//! the test are recorded from PySpark 4.3.

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Appends `input` to `out` with U+FFFD for every malformed sequence.
pub(super) fn decode_lossy(input: &[u8], out: &mut Vec<u8>) {
    let mut rest = input;
    loop {
        let valid = match std::str::from_utf8(rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        out.extend_from_slice(&rest[..valid]);
        rest = &rest[valid..];
        if rest.is_empty() {
            return;
        }
        out.extend_from_slice(REPLACEMENT);
        rest = &rest[malformed_length(rest)..];
    }
}

/// How many of the bytes, which begin with a malformed sequence, one U+FFFD stands for.
fn malformed_length(bytes: &[u8]) -> usize {
    match bytes[0] {
        0xe0..=0xef => malformed_three(bytes),
        0xf0..=0xf7 => malformed_four(bytes),
        _ => 1,
    }
}

fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

fn malformed_three(bytes: &[u8]) -> usize {
    let first = bytes[0];
    let second_is_wrong = |second: u8| !continues(second) || (first == 0xe0 && second & 0xe0 == 0x80);
    match bytes {
        [_, second, ..] if second_is_wrong(*second) => 1,
        [_, _, third, ..] if !continues(*third) => 2,
        [_, _, _, ..] => 3, // three well-formed bytes that make a surrogate
        _ => bytes.len(),   // cut off by the end of the input
    }
}

fn malformed_four(bytes: &[u8]) -> usize {
    let first = bytes[0];
    let second_is_wrong =
        |second: u8| !continues(second) || (first == 0xf0 && second < 0x90) || (first == 0xf4 && second & 0xf0 != 0x80);
    match bytes {
        _ if first > 0xf4 => 1,
        [_, second, ..] if second_is_wrong(*second) => 1,
        [_, _, third, ..] if !continues(*third) => 2,
        [_, _, _, _, ..] => 3,
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hex of the line, and the number of U+FFFD and the text that PySpark's `textFile` gives (`?` stands for U+FFFD).
    const RECORDED: &[(&str, &str)] = &[
        ("61ff62", "a?b"),
        ("e282", "?"),
        ("e28261", "?a"),
        ("eda080", "?"),
        ("edbfbf", "?"),
        ("f09f98", "?"),
        ("f09f9861", "?a"),
        ("c0af", "??"),
        ("e08080", "???"),
        ("f0808080", "????"),
        ("f4908080", "????"),
        ("f5808080", "????"),
        ("80", "?"),
        ("c3", "?"),
        ("c328", "?("),
        ("f8888080", "????"),
        ("e2e282ac", "?€"),
        ("f0e282ac", "?€"),
        ("eda0", "?"),
        ("f48f", "?"),
        ("ff", "?"),
        ("fe", "?"),
        ("f09f", "?"),
        ("f09f61", "?a"),
        ("e0a0", "?"),
        ("e09f", "??"),
        ("f7bfbfbf", "????"),
        ("f461", "?a"),
        ("f0", "?"),
        ("f4", "?"),
        ("f5", "?"),
        ("f58080", "???"),
        ("ed61", "?a"),
        ("eda061", "?a"),
        ("edbf", "?"),
        ("c1", "?"),
        ("c2", "?"),
        ("df80", "߀"),
        ("f0908f", "?"),
        ("f0909061", "?a"),
    ];

    #[test]
    fn malformed_sequences_decode_as_in_pyspark() {
        for (hex, expected) in RECORDED {
            let bytes: Vec<u8> =
                (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect();
            let mut out = Vec::new();
            decode_lossy(&bytes, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected.replace('?', "\u{fffd}"), "{hex}");
        }
    }
}
