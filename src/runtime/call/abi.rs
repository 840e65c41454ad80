//! How kernels call runtime functions: one machine signature, made from typed Rust functions.
//!
//! ```text
//! fn split(cx: &Cx, text: &str, separator: &str) -> Res<ListRef> { … }
//! static SPLIT: &RtFn = rt!(strings::split, (&str, &str) -> ListRef);
//! ```
//!
//! The machine signature is `(cx, args, rets) -> status`: `args` are the words of the arguments one after the other,
//! `rets` room for the words of the result, status 0 for success and 1 when `cx.trap` holds a row error. An argument of a
//! type other than `int float bool str` is preceded by the address of its shape and read as a [`Value`].
//! Nothing unwinds through kernels: a panic becomes a row error of the reason `Bug`.

#![allow(unsafe_code, reason = "owns the boundary between kernels and the runtime")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Serialize, Serializer};

use super::cx::Cx;
use super::trap::{Reason, Res, Trap};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{ObjRef, Value, Word, str_words};

/// The machine signature of every runtime function.
///
/// # Safety
/// The caller passes the words that [`RtFn::params`] ask for and room for the result's words.
pub type Entry = unsafe extern "C" fn(cx: &Cx, args: *const Word, rets: *mut Word) -> u32;

/// How an argument or a result crosses the boundary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One word.
    Int,
    /// One word: the bits.
    Float,
    /// One word: 0 or 1.
    Bool,
    /// Address and length.
    Str,
    /// An argument: address of the shape, then the words. A result: the words.
    Any,
    /// No words.
    Unit,
}

/// A function that kernels call. Its name stands for it: in listings, in a kernel that travels to another process, and
/// where kernels are compared. No two functions share one (`catalog::functions`).
#[derive(Debug)]
pub struct RtFn {
    /// Its module and its name: `strings::split`.
    pub name: &'static str,
    /// How the arguments cross.
    pub params: &'static [Kind],
    /// How the result crosses.
    pub result: Kind,
    /// Where it is.
    pub entry: Entry,
    /// The code that a kernel may run instead of calling it.
    pub instead: Instead,
}

impl PartialEq for RtFn {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RtFn {}

impl Serialize for RtFn {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name)
    }
}

/// The code that a kernel may run instead of calling a function, with the same answers and row errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Instead {
    /// Nothing: it calls.
    Call,
    /// Read the first word of a list, set or map: `len`.
    Length,
    /// Compare the index with the length and read the words of the element: `list[index]`.
    Item,
    /// If no more than the elements of the list of texts that it makes is looked at: call this function, which takes a
    /// scratch slot (see [`Cx::scratch`]) and how many elements are wanted before the arguments.
    Scratch(&'static RtFn),
    /// Add an int to a sum of 128 bits in registers: `wide::add`.
    WideAdd,
    /// Nothing: it always fails, because the index, its first argument, is not below the length, its second.
    OutOfRange,
}

/// The words of the arguments, read one after the other.
pub struct Args<'a> {
    at: *const Word,
    life: std::marker::PhantomData<&'a Word>,
}

impl<'a> Args<'a> {
    /// # Safety
    /// `at` points to the argument words that the function's [`RtFn::params`] describe, alive for `'a`.
    pub unsafe fn new(at: *const Word) -> Self {
        Self { at, life: std::marker::PhantomData }
    }

    /// The next words.
    fn take(&mut self, n: usize) -> &'a [Word] {
        // SAFETY: by the contract of `new` there are as many words as the parameters ask for, and each `Arg` takes just
        // those of its kind.
        let words = unsafe { std::slice::from_raw_parts(self.at, n) };
        // SAFETY: as above, the pointer stays within the words or one past them.
        self.at = unsafe { self.at.add(n) };
        words
    }

    /// The next argument.
    pub fn read<T: Arg<'a>>(&mut self) -> T {
        T::read(self)
    }
}

/// A Rust type that can be an argument of a runtime function.
pub trait Arg<'a>: Sized {
    /// How it crosses.
    const KIND: Kind;
    /// Reads it.
    fn read(args: &mut Args<'a>) -> Self;
}

impl<'a> Arg<'a> for i64 {
    const KIND: Kind = Kind::Int;
    fn read(args: &mut Args<'a>) -> Self {
        args.take(1)[0] as Self
    }
}

impl<'a> Arg<'a> for f64 {
    const KIND: Kind = Kind::Float;
    fn read(args: &mut Args<'a>) -> Self {
        Self::from_bits(args.take(1)[0])
    }
}

impl<'a> Arg<'a> for bool {
    const KIND: Kind = Kind::Bool;
    fn read(args: &mut Args<'a>) -> Self {
        args.take(1)[0] != 0
    }
}

impl<'a> Arg<'a> for &'a str {
    const KIND: Kind = Kind::Str;
    fn read(args: &mut Args<'a>) -> Self {
        // SAFETY: the kernel's register pair of kind `Str` holds address and length of text alive for the batch.
        unsafe { Value::new(&Shape::Str, args.take(2)) }.str()
    }
}

impl<'a> Arg<'a> for Value<'a> {
    const KIND: Kind = Kind::Any;
    fn read(args: &mut Args<'a>) -> Self {
        // SAFETY: the kernel passes the address of a shape that its own table of shapes keeps alive.
        let shape = unsafe { &*(args.take(1)[0] as *const Shape) };
        // SAFETY: the words that follow are registers of a value of this shape, as KIR's verifier checks.
        unsafe { Value::new(shape, args.take(shape.words())) }
    }
}

/// A Rust type that can be the result of a runtime function.
pub trait Ret {
    /// How it crosses.
    const KIND: Kind;
    /// Appends its words.
    fn words(self, put: &mut impl FnMut(&[Word]));
}

impl Ret for i64 {
    const KIND: Kind = Kind::Int;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&[self as Word]);
    }
}

impl Ret for f64 {
    const KIND: Kind = Kind::Float;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&[self.to_bits()]);
    }
}

impl Ret for bool {
    const KIND: Kind = Kind::Bool;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&[Word::from(self)]);
    }
}

impl Ret for () {
    const KIND: Kind = Kind::Unit;
    fn words(self, _put: &mut impl FnMut(&[Word])) {}
}

impl Ret for &str {
    const KIND: Kind = Kind::Str;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&str_words(self));
    }
}

impl Ret for ObjRef {
    const KIND: Kind = Kind::Any;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&[self.0]);
    }
}

/// Words of any other value: a tuple, an option, an element.
pub struct Words<'a>(pub &'a [Word]);

impl Ret for Words<'_> {
    const KIND: Kind = Kind::Any;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(self.0);
    }
}

impl<const N: usize> Ret for [Word; N] {
    const KIND: Kind = Kind::Any;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&self);
    }
}

impl<T: Ret + Default> Ret for Option<T> {
    const KIND: Kind = Kind::Any;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&[Word::from(self.is_some())]);
        self.unwrap_or_default().words(put);
    }
}

/// Runs a typed function behind the machine signature.
///
/// # Safety
/// As for [`Entry`].
pub unsafe fn enter<'a, R: Ret>(
    cx: &'a Cx,
    args: *const Word,
    rets: *mut Word,
    run: impl FnOnce(&'a Cx, &mut Args<'a>) -> Res<R>,
) -> u32 {
    // SAFETY: passed on from the caller.
    let mut args = unsafe { Args::new(args) };
    let outcome = catch_unwind(AssertUnwindSafe(|| run(cx, &mut args)))
        .unwrap_or_else(|_| Err(Trap::new(Reason::Bug, "a runtime function panicked")));
    match outcome {
        Ok(result) => {
            let mut at = rets;
            result.words(&mut |words| {
                // SAFETY: the caller gives room for the words of the result.
                unsafe { std::ptr::copy_nonoverlapping(words.as_ptr(), at, words.len()) };
                // SAFETY: within the same room, or one past it.
                at = unsafe { at.add(words.len()) };
            });
            0
        }
        Err(trap) => {
            cx.trap.set(Some(Box::new(trap)));
            1
        }
    }
}

/// Makes a `&'static RtFn` from a typed function: `rt!(strings::split, (&str, &str) -> ObjRef)`; the function takes
/// `&Cx` first and returns [`Res`]. The path is the name, so it says the module. The alternative ([`Instead`]) of a
/// call comes last.
#[macro_export]
macro_rules! rt {
    ($func:path, ($($param:ty),*) -> $ret:ty) => {
        $crate::rt!($func, ($($param),*) -> $ret, $crate::runtime::call::abi::Instead::Call)
    };
    ($func:path, ($($param:ty),*) -> $ret:ty, $instead:expr) => {{
        #[allow(unsafe_code, reason = "the machine signature around a typed function")]
        unsafe extern "C" fn entry(
            cx: &$crate::runtime::call::cx::Cx,
            args: *const $crate::runtime::value::words::Word,
            rets: *mut $crate::runtime::value::words::Word,
        ) -> u32 {
            // SAFETY: the contract of `Entry`, which the caller of this function keeps.
            unsafe {
                $crate::runtime::call::abi::enter::<$ret>(cx, args, rets, |cx, _args| $func(cx, $(_args.read::<$param>()),*))
            }
        }
        static FUNC: $crate::runtime::call::abi::RtFn = $crate::runtime::call::abi::RtFn {
            name: stringify!($func),
            params: &[$(<$param as $crate::runtime::call::abi::Arg<'_>>::KIND),*],
            result: <$ret as $crate::runtime::call::abi::Ret>::KIND,
            entry,
            instead: $instead,
        };
        &FUNC
    }};
}

/// Calls a runtime function on words, as the interpreter and the constant folder do.
///
/// # Safety
/// As for [`Entry`]: `args` are the words that `func.params` ask for, `rets` has room for the result's words.
pub unsafe fn call(func: &RtFn, cx: &Cx, args: &[Word], rets: &mut [Word]) -> Res<()> {
    // SAFETY: passed on from the caller.
    let status = unsafe { (func.entry)(cx, args.as_ptr(), rets.as_mut_ptr()) };
    if status == 0 {
        return Ok(());
    }
    Err(*cx.trap.take().expect("a function that fails leaves its row error"))
}
