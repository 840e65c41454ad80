//! Format specs of f-strings, checked before the program runs: Python's `[[fill]align][sign][z][#][0][width][,][.precision][type]`.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use crate::runtime::python::format;
use crate::types::ty::Ty;

/// Whether a value of the type can be formatted so; if not, why.
pub(super) fn verify(text: &str, ty: &Ty) -> Result<(), String> {
    let spec = parse(text).ok_or_else(|| "is not one of Python's".to_owned())?;
    match ty {
        Ty::Int | Ty::Bool => spec.int()?,
        Ty::Float => spec.float()?,
        Ty::Str => spec.text()?,
        Ty::Error => return Ok(()),
        _ => return Err(format!("cannot be used for {ty}; make it a text first: `{{str(x):…}}`")),
    }
    // The checks above say what helps; the formatter itself has the last word.
    format::check(text, &ty.shape()).map_err(|why| format!("is not one of Python's: {why}"))
}

struct Spec {
    align: Option<char>,
    sign: bool,
    alternate: bool,
    zero: bool,
    grouping: Option<char>,
    precision: bool,
    kind: Option<char>,
}

fn parse(text: &str) -> Option<Spec> {
    let chars: Vec<char> = text.chars().collect();
    let is_align = |at: usize| chars.get(at).is_some_and(|c| "<>=^".contains(*c));
    let (align, mut at) = match (is_align(1), is_align(0)) {
        (true, _) => (Some(chars[1]), 2),
        (false, true) => (Some(chars[0]), 1),
        (false, false) => (None, 0),
    };
    let eat = |set: &str, at: &mut usize| {
        let found = chars.get(*at).copied().filter(|c| set.contains(*c));
        *at += usize::from(found.is_some());
        found
    };
    let sign = eat("+- ", &mut at).is_some();
    eat("z", &mut at);
    let alternate = eat("#", &mut at).is_some();
    let zero = eat("0", &mut at).is_some();
    let width = digits(&chars, &mut at);
    let grouping = eat(",_", &mut at);
    let precision = eat(".", &mut at).is_some();
    let places = if precision { digits(&chars, &mut at) } else { 0 };
    let kind = eat("bcdeEfFgGnosxX%", &mut at);
    let fits = at == chars.len() && width <= 9 && places <= 9 && (!precision || places > 0);
    fits.then_some(Spec { align, sign, alternate, zero, grouping, precision, kind })
}

/// Skips digits and counts them.
fn digits(chars: &[char], at: &mut usize) -> usize {
    let n = chars[(*at).min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    *at += n;
    n
}

impl Spec {
    fn int(&self) -> Result<(), String> {
        match self.kind {
            Some('s') => Err("is for texts, and this is an int".into()),
            Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => Ok(()),
            _ if self.precision => Err("has a precision, and this is an int; write `.2f`".into()),
            Some('b' | 'o' | 'x' | 'X') if self.grouping == Some(',') => Err("groups with `,`; write `_`".into()),
            Some('c' | 'n') if self.grouping.is_some() => Err("cannot group digits".into()),
            Some('c') if self.sign => Err("cannot have a sign".into()),
            Some('b' | 'c' | 'd' | 'n' | 'o' | 'x' | 'X') | None => Ok(()),
            Some(_) => Err("is not one of Python's".into()),
        }
    }

    fn float(&self) -> Result<(), String> {
        match self.kind {
            None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => Ok(()),
            Some('n') if self.grouping.is_none() => Ok(()),
            Some('d') => Err("is for ints, and this is a float; write `.0f`".into()),
            Some('s') => Err("is for texts, and this is a float".into()),
            Some(kind) => Err(format!("of the type `{kind}` is not for floats")),
        }
    }

    fn text(&self) -> Result<(), String> {
        match self.kind {
            None | Some('s') => {}
            Some(_) => return Err("is for numbers, and this is a str; read it first: `float(x)`".into()),
        }
        if self.sign || self.alternate || self.grouping.is_some() || self.align == Some('=') {
            return Err("is for numbers, and this is a str".into());
        }
        // Python refuses `=` alignment for texts, which a leading zero implies only before a width.
        let _ = self.zero;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::recorded;

    /// Specs that CPython refuses are refused before the program runs, and no others.
    #[test]
    fn verify_is_pythons() {
        recorded::each("formats", |name, args, answer| {
            let ty = match name {
                "int" => Ty::Int,
                "float" => Ty::Float,
                "bool" => Ty::Bool,
                _ => Ty::Str,
            };
            let spec = args.str(1);
            if !spec.is_empty() {
                assert_eq!(verify(spec, &ty).is_err(), answer["error"] == "ValueError", "{name} {spec}: {answer}");
            }
        });
    }
}
