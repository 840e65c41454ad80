//! Signatures of the catalog: text to types.
//!
//! `(self: rdd[(K, V)], func: (V, V) -> V, numPartitions?: int) -> rdd[(K, V)] where K: Key` becomes parameters with
//! their types, the result and the constraints. Capital single letters are type variables, numbered in the order in
//! which they appear; whoever uses a signature puts fresh variables in their place.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::sync::Arc;

use super::ty::{Ty, VarId};

/// A parsed signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Type of the result.
    pub result: Ty,
    /// The constraints of the type variables.
    pub constraints: Vec<(VarId, Constraint)>,
    /// The letters of the type variables, by their number.
    pub vars: Vec<char>,
}

/// A parameter of a signature.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name, for named arguments.
    pub name: Arc<str>,
    /// Its type as written; inside of the function an optional parameter has the type `ty?`.
    pub ty: Ty,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A constraint of a type variable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Constraint {
    /// It can be hashed and compared for equality.
    Key,
    /// It can be sorted.
    Ord,
    /// It can be compared by `<`: as `Ord`, but an option has no place beside values that are not `None`.
    Less,
    /// It can be compared for equality.
    Eq,
    /// It can be printed.
    Show,
    /// It is int or float.
    Num,
    /// It can be written as JSON.
    Json,
}

impl Constraint {
    /// The constraint by which a row is chosen: a row that has no order for options is the one that is meant, and says so.
    pub fn chosen_by(self) -> Self {
        if self == Self::Less { Self::Ord } else { self }
    }

    /// Whether a type allows it; `None` while the type is not known well enough.
    pub fn holds(self, ty: &Ty) -> Option<bool> {
        match (self, ty) {
            (_, Ty::Var(_)) => None,
            (_, Ty::Error) => Some(true),
            (_, Ty::Func(..) | Ty::Rdd(_) | Ty::Counter) => Some(false),
            (Self::Show, Ty::Stats) => Some(true),
            (_, Ty::Stats) => Some(false),
            (Self::Num, Ty::Int | Ty::Float) => Some(true),
            (Self::Num, _) => Some(false),
            (Self::Key | Self::Ord | Self::Less, Ty::Set(_) | Ty::Map(..)) | (Self::Json, Ty::Set(_)) => Some(false),
            (Self::Less, Ty::Option(_)) => Some(false),
            (Self::Json, Ty::Map(key, value)) => match self.names(key) {
                Some(true) => self.holds(value),
                found => found,
            },
            (_, Ty::Int | Ty::Float | Ty::Bool | Ty::Str) => Some(true),
            (_, Ty::Tuple(tys)) => self.all(tys.iter()),
            (_, Ty::Record(fields)) => self.all(fields.iter().map(|(_, ty)| ty)),
            (_, Ty::Option(ty) | Ty::List(ty) | Ty::Set(ty)) => self.holds(ty),
            (_, Ty::Map(key, value)) => self.all([&**key, &**value].into_iter()),
        }
    }

    /// Whether values of a type can be names in an object of JSON.
    fn names(self, key: &Ty) -> Option<bool> {
        match key {
            Ty::Tuple(_) | Ty::Record(_) | Ty::List(_) => Some(false),
            Ty::Option(inner) => self.names(inner),
            key => self.holds(key),
        }
    }

    fn all<'t>(self, tys: impl Iterator<Item = &'t Ty>) -> Option<bool> {
        let mut known = true;
        for ty in tys {
            match self.holds(ty) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => known = false,
            }
        }
        known.then_some(true)
    }

    /// The ability that a type without it lacks: `set[str]` cannot be …
    pub fn ability(self) -> &'static str {
        match self {
            Self::Key => "be hashed as a key",
            Self::Ord => "be sorted",
            Self::Less => "be compared by order",
            Self::Eq => "be compared for equality",
            Self::Show => "be printed",
            Self::Num => "be used as a number",
            Self::Json => "be written as JSON",
        }
    }

    fn find(name: &str) -> Option<Self> {
        match name {
            "Key" => Some(Self::Key),
            "Ord" => Some(Self::Ord),
            "Less" => Some(Self::Less),
            "Eq" => Some(Self::Eq),
            "Show" => Some(Self::Show),
            "Num" => Some(Self::Num),
            "Json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Parses a signature; the error says what was wrong, for tests of the catalog.
pub fn parse(text: &str) -> Result<Signature, String> {
    let mut parser = Parser { rest: text, vars: Vec::new() };
    let params = parser.params()?;
    parser.expect("->")?;
    let result = parser.ty()?;
    let constraints = if parser.eat_word("where") { parser.constraints()? } else { Vec::new() };
    if !parser.rest.trim().is_empty() {
        return Err(format!("`{}` follows the signature", parser.rest));
    }
    Ok(Signature { params, result, constraints, vars: parser.vars })
}

struct Parser<'t> {
    rest: &'t str,
    vars: Vec<char>,
}

impl<'t> Parser<'t> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) { Ok(()) } else { Err(format!("expected `{token}` before `{}`", self.rest)) }
    }

    fn word(&mut self) -> Result<&'t str, String> {
        let rest = self.rest.trim_start();
        let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if len == 0 {
            return Err(format!("expected a name before `{rest}`"));
        }
        self.rest = &rest[len..];
        Ok(&rest[..len])
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let before = self.rest;
        if self.word() == Ok(word) {
            return true;
        }
        self.rest = before;
        false
    }

    fn params(&mut self) -> Result<Vec<Param>, String> {
        self.expect("(")?;
        let mut params = Vec::new();
        while !self.eat(")") {
            if !params.is_empty() {
                self.expect(",")?;
            }
            let name = self.word()?.into();
            let optional = self.eat("?");
            self.expect(":")?;
            params.push(Param { name, ty: self.ty()?, optional });
        }
        Ok(params)
    }

    fn constraints(&mut self) -> Result<Vec<(VarId, Constraint)>, String> {
        let mut constraints = Vec::new();
        loop {
            let Ty::Var(var) = self.ty()? else { return Err("a constraint is about a type variable".into()) };
            self.expect(":")?;
            let name = self.word()?;
            let constraint = Constraint::find(name).ok_or_else(|| format!("no constraint `{name}`"))?;
            constraints.push((var, constraint));
            if !self.eat(",") {
                return Ok(constraints);
            }
        }
    }

    /// A type, with a function's arrow if one follows.
    fn ty(&mut self) -> Result<Ty, String> {
        let (params, single) = if self.eat("(") { self.paren()? } else { (Vec::new(), Some(self.atom()?)) };
        let plain = match single {
            Some(ty) => self.marks(ty),
            None if self.eat("?") => Ty::option(Ty::Tuple(params)),
            None => {
                if self.eat("->") {
                    return Ok(Ty::Func(params, Box::new(self.ty()?)));
                }
                return Ok(Ty::Tuple(params));
            }
        };
        if self.eat("->") { Ok(Ty::Func(vec![plain], Box::new(self.ty()?))) } else { Ok(plain) }
    }

    /// The text behind `(`: several types, or one that was only grouped.
    fn paren(&mut self) -> Result<(Vec<Ty>, Option<Ty>), String> {
        let mut tys = Vec::new();
        let mut trailing = false;
        while !self.eat(")") {
            if !tys.is_empty() && !trailing {
                return Err(format!("expected `,` or `)` before `{}`", self.rest));
            }
            tys.push(self.ty()?);
            trailing = self.eat(",");
        }
        if tys.len() == 1 && !trailing {
            return Ok((Vec::new(), tys.pop()));
        }
        Ok((tys, None))
    }

    fn marks(&mut self, mut ty: Ty) -> Ty {
        while self.eat("?") {
            ty = Ty::option(ty);
        }
        ty
    }

    fn atom(&mut self) -> Result<Ty, String> {
        if self.eat("{") {
            return self.record();
        }
        let name = self.word()?;
        let ty = match name {
            "int" => Ty::Int,
            "float" => Ty::Float,
            "bool" => Ty::Bool,
            "str" => Ty::Str,
            "counter" => Ty::Counter,
            "stats" => Ty::Stats,
            "list" => Ty::list(self.arg()?),
            "set" => Ty::Set(Box::new(self.arg()?)),
            "rdd" => Ty::rdd(self.arg()?),
            "map" => {
                self.expect("[")?;
                let key = self.ty()?;
                self.expect(",")?;
                let value = self.ty()?;
                self.expect("]")?;
                Ty::Map(Box::new(key), Box::new(value))
            }
            _ => Ty::Var(self.var(name)?),
        };
        Ok(ty)
    }

    fn arg(&mut self) -> Result<Ty, String> {
        self.expect("[")?;
        let ty = self.ty()?;
        self.expect("]")?;
        Ok(ty)
    }

    fn record(&mut self) -> Result<Ty, String> {
        let mut fields = Vec::new();
        while !self.eat("}") {
            if !fields.is_empty() {
                self.expect(",")?;
            }
            let name: Arc<str> = self.word()?.into();
            self.expect(":")?;
            fields.push((name, self.ty()?));
        }
        Ok(Ty::Record(fields))
    }

    fn var(&mut self, name: &str) -> Result<VarId, String> {
        let mut chars = name.chars();
        let letter = match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_ascii_uppercase() => c,
            _ => return Err(format!("no type `{name}`")),
        };
        let at = self.vars.iter().position(|&var| var == letter).unwrap_or_else(|| {
            self.vars.push(letter);
            self.vars.len() - 1
        });
        Ok(VarId(u32::try_from(at).expect("there are 26 letters")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let sig = parse(text).expect("parses");
        let params: Vec<String> =
            sig.params.iter().map(|p| format!("{}{}: {}", p.name, if p.optional { "?" } else { "" }, p.ty)).collect();
        format!("({}) -> {} {:?}", params.join(", "), sig.result, sig.constraints)
    }

    #[test]
    fn reads_parameters_result_and_constraints() {
        let text = "(self: rdd[(K, V)], func: (V, V) -> V, numPartitions?: int) -> rdd[(K, V)] where K: Key, V: Num";
        assert_eq!(
            shown(text),
            "(self: rdd[(_0, _1)], func: (_1, _1) -> _1, numPartitions?: int) -> rdd[(_0, _1)] \
             [(VarId(0), Key), (VarId(1), Num)]"
        );
    }

    #[test]
    fn tells_tuples_functions_and_groups_apart() {
        assert_eq!(shown("() -> ()"), "() -> () []");
        assert_eq!(shown("(f: ((A, B)) -> C, g: (A, B) -> C?) -> (A,)"), {
            "(f: ((_0, _1)) -> _2, g: (_0, _1) -> _2?) -> (_0,) []"
        });
        assert_eq!(shown("(x: (A -> B)) -> {a: int, b: A?}"), "(x: (_0) -> _1) -> {a: int, b: _0?} []");
        assert_eq!(shown("(x: (int, str)?) -> map[K, list[V]]"), "(x: (int, str)?) -> map[_0, list[_1]] []");
    }

    #[test]
    fn refuses_what_is_no_signature() {
        for text in
            ["", "(x) -> int", "(x: number) -> int", "(x: int)", "(x: int) -> int where int: Key", "() -> int int"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
