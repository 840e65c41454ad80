//! Plain data as bytes: for another process, and for comparing what two things say.
//!
//! [`encode`] puts the number of the format in front of what `postcard` makes of a value; [`decode`] refuses other numbers,
//! bytes that are no encoding, and bytes behind one. It accepts any bytes and neither panics nor works longer than they
//! are many: types that hold themselves say `#[serde(with = "nested")]` where they do, which bounds their depth.
//! [`identity`] is the same without the number: two values say the same exactly when these bytes are equal.

use std::cell::Cell;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of the format; another one whenever an encoded type changes.
pub const VERSION: u8 = 1;

/// How deep what is decoded may nest. Expressions nest less, and so do the loops of a fused chain.
const DEEPEST: usize = 2048;

/// Bytes that are no encoding of what was wanted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// Another version of sparkc has written them.
    #[error("encoded by another version: format {found}, expected {VERSION}")]
    Version {
        /// The number in front.
        found: u8,
    },
    /// They are no encoding, or something follows it.
    #[error("malformed bytes: {0}")]
    Bytes(String),
}

/// The bytes of a value, with the number of the format in front.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    append(value, vec![VERSION])
}

/// The content of a value as bytes, to be compared with that of another value of its type.
pub fn identity<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    append(value, Vec::new())
}

fn append<T: Serialize + ?Sized>(value: &T, to: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, to).expect("plain data of known lengths is written to memory")
}

/// The value that [`encode`] has encoded.
///
/// # Errors
/// The bytes are of another version, or no encoding of such a value.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Malformed> {
    match bytes {
        [VERSION, bytes @ ..] => match postcard::take_from_bytes(bytes) {
            Ok((value, [])) => Ok(value),
            Ok((_, rest)) => Err(Malformed::Bytes(format!("{} bytes too many", rest.len()))),
            Err(error) => Err(Malformed::Bytes(error.to_string())),
        },
        [found, ..] => Err(Malformed::Version { found: *found }),
        [] => Err(Malformed::Bytes("nothing".to_owned())),
    }
}

/// For fields through which a type holds itself: the stack grows as it must, and what is decoded has a depth.
pub mod nested {
    use super::*;

    thread_local! {
        /// How deep the value that this thread is decoding is so far.
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }

    /// Encodes the field.
    ///
    /// # Errors
    /// As encoding what is inside.
    pub fn serialize<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || value.serialize(to))
    }

    /// Decodes the field.
    ///
    /// # Errors
    /// As decoding what is inside, or it nests too deep.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let depth = DEPTH.get();
        if depth == DEEPEST {
            return Err(D::Error::custom("nested too deep"));
        }
        DEPTH.set(depth + 1);
        let value = stacker::maybe_grow(64 * 1024, 1024 * 1024, || T::deserialize(from));
        DEPTH.set(depth);
        value
    }
}

/// For paths, which need not be text.
pub mod path {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use super::*;

    /// Encodes the bytes of a path.
    ///
    /// # Errors
    /// As encoding bytes.
    pub fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        serde_bytes::serialize(path.as_os_str().as_bytes(), to)
    }

    /// Decodes a path.
    ///
    /// # Errors
    /// As decoding bytes.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        let bytes: Vec<u8> = serde_bytes::deserialize(from)?;
        Ok(PathBuf::from(OsString::from_vec(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    enum Nest {
        Leaf,
        Deeper(#[serde(with = "nested")] Box<Nest>),
    }

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_else() {
        let value = (7_u32, vec!["a".to_owned(), "é".to_owned()], Some(-1_i64));
        let bytes = encode(&value);
        assert_eq!(decode(&bytes), Ok(value));
        type Of = (u32, Vec<String>, Option<i64>);
        assert_eq!(decode::<Of>(&[]), Err(Malformed::Bytes("nothing".to_owned())));
        assert!(matches!(decode::<Of>(&bytes[..bytes.len() - 1]), Err(Malformed::Bytes(_))));
        assert!(matches!(decode::<Of>(&[&bytes[..], &[0]].concat()), Err(Malformed::Bytes(_))));
        let other = [&[VERSION + 1], &bytes[1..]].concat();
        assert_eq!(decode::<Of>(&other), Err(Malformed::Version { found: VERSION + 1 }));
    }

    #[test]
    fn endless_nesting_is_an_error() {
        let deep = |n: usize| [&[VERSION][..], &vec![1; n], &[0]].concat();
        assert_eq!(decode(&deep(2)), Ok(Nest::Deeper(Box::new(Nest::Deeper(Box::new(Nest::Leaf))))));
        assert!(matches!(decode::<Nest>(&deep(DEEPEST + 1)), Err(Malformed::Bytes(_))));
        assert!(decode::<Nest>(&deep(DEEPEST)).is_ok());
    }
}
