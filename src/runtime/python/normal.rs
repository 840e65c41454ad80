//! Normal forms of texts, as CPython 3.11's `unicodedata.normalize` makes them (Unicode 14).
//!
//! The crate knows a newer Unicode. What has been assigned since is left as it is, as Python leaves it: a text is cut at
//! such characters. They combine with nothing in Python, so the pieces between them can be normalised by themselves.

use unicode_normalization::UnicodeNormalization;

use super::letters::is_space;
use super::text::{in_ranges, quoted};
use super::unicode;
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};

/// `unicodedata.normalize(form, text)`
pub fn normalize<'a>(cx: &'a Cx, form: &str, text: &'a str) -> Res<&'a str> {
    let append: fn(&str, &mut String) = match form {
        "NFC" => |part, out| out.extend(part.nfc()),
        "NFD" => |part, out| out.extend(part.nfd()),
        "NFKC" => |part, out| out.extend(part.nfkc()),
        "NFKD" => |part, out| out.extend(part.nfkd()),
        other => {
            let why = format!("invalid normalization form: {}; there are NFC, NFD, NFKC and NFKD", quoted(other));
            return Err(Trap::new(Reason::Value, why));
        }
    };
    if text.is_ascii() {
        return Ok(text);
    }
    Ok(cx.text(|out| {
        for part in text.split_inclusive(is_inert) {
            let last = part.chars().next_back().filter(|&c| is_inert(c));
            append(&part[..part.len() - last.map_or(0, char::len_utf8)], out);
            out.extend(last);
        }
    }))
}

/// Whether no form of a text changes the character or joins it with another: those that Unicode 14 does not know, and with
/// them controls and marks of formats.
fn is_inert(c: char) -> bool {
    !c.is_ascii() && !is_space(c) && in_ranges(c, &unicode::NOT_PRINTABLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;

    #[test]
    fn normal_forms_are_pythons() {
        let cx = Cx::new();
        recorded::check("normal_forms", |name, args| {
            if name == "normalize" {
                return Ok(normalize(&cx, args.str(0), args.str(1))?.into());
            }
            // A whole block: each character by itself, answers joined.
            let mut all = String::new();
            for c in recorded::block(args.int(1)).chars() {
                all.push_str(normalize(&cx, args.str(0), c.encode_utf8(&mut [0; 4]))?);
                all.push('|');
            }
            Ok(recorded::digest(&all).into())
        });
    }
}
