//! Constants, and runtime functions on constants: what the optimiser computes beforehand.
//!
//! `fold::call(upper, [("abc", str)], str)` is `"ABC"`: the very function that kernels call, at the same address. Nothing is
//! assumed of the caller: arguments that do not fit the function's parameters give no result.

#![allow(unsafe_code, reason = "calls runtime functions on words that it has just checked against their parameters")]

use std::sync::Arc;

use super::call::abi;
use super::call::abi::{Kind, RtFn};
use super::call::cx::Cx;
use super::python::text;
use super::value::arena::Arena;
use super::value::shape::Shape;
use super::value::words::{Word, built, list_word, str_words};

/// A constant.
#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Str(Arc<str>),
    /// A tuple or record.
    Tuple(Vec<Const>),
    /// No value.
    None,
    /// An option with a value.
    Some(Box<Const>),
    /// A list.
    List(Vec<Const>),
}

impl Const {
    /// Appends its words as a value of a shape; nothing if it is none.
    fn write(&self, shape: &Shape, arena: &Arena, out: &mut Vec<Word>) -> Option<()> {
        match (self, shape) {
            (Self::Int(n), Shape::Int) => out.push(*n as Word),
            (Self::Float(x), Shape::Float) => out.push(x.to_bits()),
            (Self::Bool(b), Shape::Bool) => out.push(Word::from(*b)),
            (Self::Str(text), Shape::Str) => out.extend(str_words(arena.str(text))),
            (Self::Tuple(items), Shape::Tuple(components)) if items.len() == components.shapes.len() => {
                let mut pairs = items.iter().zip(&components.shapes);
                pairs.try_for_each(|(item, shape)| item.write(shape, arena, out))?;
            }
            (Self::None, Shape::Option(_)) => out.extend(std::iter::repeat_n(0, shape.words())),
            (Self::Some(inner), Shape::Option(shape)) => {
                out.push(1);
                inner.write(shape, arena, out)?;
            }
            (Self::List(items), Shape::List(elem)) => {
                let mut words = Vec::with_capacity(items.len() * elem.words());
                items.iter().try_for_each(|item| item.write(elem, arena, &mut words))?;
                out.push(list_word(arena, items.len(), &words));
            }
            (Self::Int(_) | Self::Float(_) | Self::Bool(_) | Self::Str(_), _) => return None,
            (Self::Tuple(_) | Self::None | Self::Some(_) | Self::List(_), _) => return None,
        }
        Some(())
    }

    /// Python's `repr` of it as a value of a shape; nothing if it is none.
    pub fn repr(&self, shape: &Shape) -> Option<String> {
        let (arena, mut words) = (Arena::new(), Vec::new());
        self.write(shape, &arena, &mut words)?;
        Some(text::repr_of(built(shape, &words)))
    }
}

/// Calls a runtime function on constants of shapes. Nothing if it raises a row error, if the arguments do not fit its
/// parameters, or if its result is no int, float, bool or text.
pub fn call(func: &RtFn, args: &[(Const, Shape)]) -> Option<Const> {
    let cx = Cx::new();
    let mut words = Vec::new();
    if args.len() != func.params.len() || matches!(func.result, Kind::Any | Kind::Unit) {
        return None;
    }
    for ((arg, shape), kind) in args.iter().zip(func.params) {
        if *kind == Kind::Any {
            words.push(std::ptr::from_ref(shape) as Word);
        } else if *kind != kind_of(shape) {
            return None;
        }
        arg.write(shape, &cx.arena, &mut words)?;
    }
    let mut result = [0; 2];
    // SAFETY: `words` are, for each parameter of `func.params`, those of a value of its kind (checked above; `write` gives
    // just the words of the shape) after the address of its shape where the kind asks for one; shapes and arena outlive
    // the call. The result is at most two words, since results of other kinds were refused.
    unsafe { abi::call(func, &cx, &words, &mut result) }.ok()?;
    Some(match func.result {
        Kind::Int => Const::Int(result[0] as i64),
        Kind::Float => Const::Float(f64::from_bits(result[0])),
        Kind::Bool => Const::Bool(result[0] != 0),
        Kind::Str => Const::Str(built(&Shape::Str, &result).str().into()),
        Kind::Any | Kind::Unit => return None,
    })
}

/// How a value of a shape crosses into a function whose parameter is of just its type.
fn kind_of(shape: &Shape) -> Kind {
    match shape {
        Shape::Int => Kind::Int,
        Shape::Float => Kind::Float,
        Shape::Bool => Kind::Bool,
        Shape::Str => Kind::Str,
        Shape::Tuple(_) | Shape::Option(_) | Shape::List(_) | Shape::Set(_) | Shape::Map(..) => Kind::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;
    use crate::runtime::call::trap::{Reason, Res, Trap};
    use crate::runtime::value::words::{ObjRef, Value};

    fn join<'a>(cx: &'a Cx, separator: &str, items: Value<'a>) -> Res<&'a str> {
        let items: Vec<_> = items.items().map(Value::str).collect();
        Ok(cx.text(|out| out.push_str(&items.join(separator))))
    }

    fn fails(_cx: &Cx, _n: i64) -> Res<i64> {
        Err(Trap::new(Reason::Value, "always"))
    }

    fn listed(cx: &Cx) -> Res<ObjRef> {
        Ok(cx.list(|_| 0))
    }

    #[test]
    fn functions_run_on_constants() {
        let join = rt!(join, (&str, Value<'_>) -> &str);
        let list = Const::List(vec![Const::Str("a".into()), Const::Str("b".into())]);
        let args = [(Const::Str("-".into()), Shape::Str), (list, Shape::list(Shape::Str))];
        assert_eq!(call(join, &args), Some(Const::Str("a-b".into())));
    }

    #[test]
    fn what_fails_or_does_not_fit_gives_nothing() {
        let fails = rt!(fails, (i64) -> i64);
        assert_eq!(call(fails, &[(Const::Int(1), Shape::Int)]), None);
        assert_eq!(call(fails, &[(Const::Float(1.0), Shape::Float)]), None);
        assert_eq!(call(fails, &[(Const::Float(1.0), Shape::Int)]), None);
        assert_eq!(call(fails, &[]), None);
        let listed = rt!(listed, () -> ObjRef);
        assert_eq!(call(listed, &[]), None);
    }

    #[test]
    fn constants_print_as_python_prints_them() {
        let pair = Const::Tuple(vec![Const::Some(Box::new(Const::Float(1e16))), Const::Str("it's".into())]);
        let shape = Shape::pair(Shape::option(Shape::Float), Shape::Str);
        assert_eq!(pair.repr(&shape).as_deref(), Some("(1e+16, \"it's\")"));
        assert_eq!(Const::None.repr(&Shape::Int), None);
    }
}
