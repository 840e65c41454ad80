//! Digests of texts: those of Python's `hashlib` and `zlib` over the UTF-8 bytes.

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;

/// `hashlib.sha256(text.encode()).hexdigest()`
pub fn sha256<'a>(cx: &'a Cx, text: &str) -> Res<&'a str> {
    Ok(hexdigest::<Sha256>(cx, text))
}

/// `hashlib.md5(text.encode()).hexdigest()`
pub fn md5<'a>(cx: &'a Cx, text: &str) -> Res<&'a str> {
    Ok(hexdigest::<Md5>(cx, text))
}

/// `zlib.crc32(text.encode())`
pub fn crc32(_cx: &Cx, text: &str) -> Res<i64> {
    Ok(crc32fast::hash(text.as_bytes()).into())
}

fn hexdigest<'a, D: Digest>(cx: &'a Cx, text: &str) -> &'a str {
    cx.text(|out| {
        for byte in D::digest(text.as_bytes()) {
            write!(out, "{byte:02x}").expect("a String takes every text");
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;

    #[test]
    fn digests_are_pythons() {
        let cx = Cx::new();
        recorded::check("digests", |name, args| {
            Ok(match name {
                "sha256" => sha256(&cx, args.str(0))?.into(),
                "md5" => md5(&cx, args.str(0))?.into(),
                "crc32" => crc32(&cx, args.str(0))?.into(),
                other => panic!("{other}"),
            })
        });
    }
}
