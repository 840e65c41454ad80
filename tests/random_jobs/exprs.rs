//! Expressions of a wanted type.
//!
//! What comes out stands anywhere: it is a name, a literal, a call, or in brackets.

use sparkc::harness::types::{Constraint, Ty};

use crate::dialect;
use crate::generate::{Gen, Scope, Var};
use crate::literals::{quote, text};
use crate::types;

const INT_SPECS: &[&str] =
    &["5", "<5", ">8", "^7", "05d", "+d", ",", "x", "#x", "b", "#o", "e", ".2f", "_", "X", "08.3f", " d", "*^9"];
const FLOAT_SPECS: &[&str] = &[".2f", "10.3e", "g", ".3g", "+.1f", "%", ",.2f", "08.3f", "12", ".0f", "_.4f", "E"];
const STR_SPECS: &[&str] = &["5", "<5", ">8", "^7", ".3", "*^9", "s", "-<6.2"];

impl Gen<'_> {
    /// An expression of a type.
    pub(crate) fn expr(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        if depth == 0 || self.fuel == 0 {
            return self.leaf(ty, scope);
        }
        self.fuel -= 1;
        if *ty == Ty::unit() {
            return self.effect(depth, scope);
        }
        let list = if matches!(ty, Ty::List(_)) { 10 } else { 0 };
        let counts = if scope.rows && self.counter.is_some() { 2 } else { 0 };
        match self.ch.weighted(&[18, 46, 14, 7, 6, 6, list, 5, counts, 4]) {
            0 => self.leaf(ty, scope),
            1 => self.catalog_call(ty, depth, scope),
            2 => self.constructor(ty, depth, scope),
            3 => {
                let condition = self.expr(&Ty::Bool, depth - 1, scope);
                let (then, otherwise) = (self.expr(ty, depth - 1, scope), self.expr(ty, depth - 1, scope));
                format!("(if {condition} then {then} else {otherwise})")
            }
            4 => self.let_in(ty, depth, scope),
            5 => self.access(ty, depth, scope),
            6 => self.comprehension(ty, depth, scope),
            7 => self.special(ty, depth, scope),
            8 => {
                let n = self.expr(&Ty::Int, 1, scope);
                let counter = self.counter.clone().unwrap_or_default();
                format!("(let _ = {counter}.add({n} % 7) in {})", self.expr(ty, depth - 1, scope))
            }
            _ => self.user_call(ty, depth, scope),
        }
    }

    /// A variable, a part of one, or a literal.
    pub(crate) fn leaf(&mut self, ty: &Ty, scope: &Scope) -> String {
        if *ty == Ty::unit() {
            return "()".to_owned();
        }
        let mut paths = Vec::new();
        for var in &scope.vars {
            paths_to(ty, &var.name, &var.ty, 3, &mut paths);
        }
        if paths.is_empty() || self.ch.below(100) < 18 {
            return self.literal(ty, 1);
        }
        // The latest names are those of the innermost function.
        let at = if self.ch.chance(60) {
            paths.len() - 1 - self.ch.below(paths.len().min(3))
        } else {
            self.ch.below(paths.len())
        };
        let path = paths.swap_remove(at);
        if path == "x" || path.starts_with("x.") || path.starts_with("x[") {
            self.letter_used = true;
        }
        path
    }

    fn effect(&mut self, depth: usize, scope: &Scope) -> String {
        let some = |own: &mut Self| {
            let ty = own.shown_type(scope, 1);
            own.expr(&ty, depth - 1, scope)
        };
        match (self.ch.below(3), self.counter.clone()) {
            (0, Some(counter)) if scope.rows => format!("{counter}.add({})", self.expr(&Ty::Int, 1, scope)),
            (1, _) => format!("print({}, {})", some(self), some(self)),
            _ => format!("print({})", some(self)),
        }
    }

    /// A value made of its components; texts are f-strings.
    fn constructor(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        match ty {
            Ty::Str => self.fstring(depth, scope),
            Ty::Int | Ty::Float | Ty::Bool => self.catalog_call(ty, depth, scope),
            _ => {
                let n = [1, 2, 0, 3][self.ch.below(4)];
                self.built(ty, n, &mut |own, ty| own.expr(ty, depth - 1, scope))
            }
        }
    }

    fn fstring(&mut self, depth: usize, scope: &Scope) -> String {
        let mut out = String::from("f\"");
        for _ in 0..1 + self.ch.below(3) {
            let piece = quote(&text(self.ch));
            out += &piece[1..piece.len() - 1].replace('{', "{{").replace('}', "}}");
            let ty = self.shown_type(scope, 1);
            let value = self.expr(&ty, (depth - 1).min(2), scope);
            let value = if value.starts_with('{') { format!("({value})") } else { value };
            let specs: &[&str] = match ty {
                Ty::Int | Ty::Bool => INT_SPECS,
                Ty::Float => FLOAT_SPECS,
                Ty::Str => STR_SPECS,
                Ty::Tuple(_) | Ty::Record(_) | Ty::Option(_) | Ty::List(_) | Ty::Set(_) => &[],
                Ty::Map(..) | Ty::Func(..) | Ty::Rdd(_) | Ty::Counter | Ty::Stats | Ty::Var(_) => &[],
                Ty::Error => &[],
            };
            match self.ch.weighted(&[3, 1, 3]) {
                1 => out += &format!("{{{value}!r}}"),
                2 if !specs.is_empty() => out += &format!("{{{value}:{}}}", self.ch.pick(specs)),
                _ => out += &format!("{{{value}}}"),
            }
        }
        out + "\""
    }

    fn let_in(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        let bound = self.some_type(scope, 2);
        let value = self.expr(&bound, depth - 1, scope);
        let mut inner = scope.clone();
        let pattern = self.pattern(&bound, &mut inner);
        format!("(let {pattern} = {value} in {})", self.expr(ty, depth - 1, &inner))
    }

    /// Binds a value: a name, or the parts of a tuple.
    pub(crate) fn pattern(&mut self, ty: &Ty, scope: &mut Scope) -> String {
        match ty {
            Ty::Tuple(tys) if tys.len() > 1 && self.ch.chance(35) => {
                let parts: Vec<String> = tys.iter().map(|ty| self.pattern(ty, scope)).collect();
                format!("({})", parts.join(", "))
            }
            _ => {
                let name = self.name("v");
                scope.vars.push(Var { name: name.clone(), ty: ty.clone() });
                name
            }
        }
    }

    /// An element or component of something larger.
    fn access(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        let kind = self.ch.below(5);
        if kind != 3 && self.is_too_fragile("[") {
            return self.leaf(ty, scope);
        }
        match kind {
            0 if matches!(ty, Ty::Str | Ty::List(_)) => {
                let value = self.receiver(ty, depth, scope);
                format!("{value}[{}]", self.slice(scope))
            }
            1 if *ty == Ty::Str => format!("{}[{}]", self.receiver(ty, depth, scope), self.small(scope)),
            2 => {
                let key = types::any(self.ch, 0, true);
                let map = Ty::Map(Box::new(key.clone()), Box::new(ty.clone()));
                let map = self.receiver(&map, depth, scope);
                format!("{map}[{}]", self.expr(&key, depth - 1, scope))
            }
            3 => {
                let other = types::any(self.ch, 0, false);
                let pair = Ty::Tuple(vec![other, ty.clone()]);
                format!("{}[1]", self.receiver(&pair, depth, scope))
            }
            _ => format!("{}[{}]", self.receiver(&Ty::list(ty.clone()), depth, scope), self.small(scope)),
        }
    }

    fn slice(&mut self, scope: &Scope) -> String {
        let bound = |own: &mut Self| if own.ch.chance(60) { own.small(scope) } else { String::new() };
        let (start, stop) = (bound(self), bound(self));
        match self.ch.below(4) {
            0 => format!("{start}:{stop}:{}", self.ch.pick(&["1", "2", "-1", "-2"])),
            _ => format!("{start}:{stop}"),
        }
    }

    /// An expression behind which `.` and `[` may stand.
    pub(crate) fn receiver(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        let value = self.expr(ty, depth - 1, scope);
        let plain = !value.starts_with(|c: char| c.is_ascii_digit()) && !value.starts_with("Some");
        if plain { value } else { format!("({value})") }
    }

    /// A small int: what sizes are made of.
    pub(crate) fn small(&mut self, scope: &Scope) -> String {
        match self.ch.weighted(&[8, 2]) {
            0 => ["1", "0", "2", "3", "-1", "-2", "4", "7"][self.ch.below(8)].to_owned(),
            _ => format!("({} % 5)", self.leaf(&Ty::Int, scope)),
        }
    }

    fn comprehension(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        let Ty::List(item) = ty else { return self.leaf(ty, scope) };
        let from = self.some_type(scope, 1);
        let list = self.expr(&Ty::list(from.clone()), depth - 1, scope);
        let mut inner = scope.clone();
        let pattern = self.pattern(&from, &mut inner);
        let value = self.expr(item, depth - 1, &inner);
        let condition =
            if self.ch.chance(40) { format!(" if {}", self.expr(&Ty::Bool, depth - 1, &inner)) } else { String::new() };
        format!("[{value} for {pattern} in {list}{condition}]")
    }

    /// What syntax alone gives: chained comparisons, `not`, updates of records.
    fn special(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        match ty {
            Ty::Bool if self.ch.chance(50) => {
                let of = types::any(self.ch, 1, true);
                let of = if self.ch.dialect.is_spark() && !dialect::is_sorted(&of) { Ty::Str } else { of };
                let ordered = Constraint::Less.holds(&of) == Some(true);
                let ops: &[&str] = if ordered { &["==", "!=", "<", "<=", ">", ">="] } else { &["==", "!="] };
                let (first, second) = (ops[self.ch.below(ops.len())], ops[self.ch.below(ops.len())]);
                let side = |own: &mut Self| own.expr(&of, depth - 1, scope);
                let (a, b, c) = (side(self), side(self), side(self));
                format!("({a} {first} {b} {second} {c})")
            }
            Ty::Bool if self.ch.chance(50) => {
                let of = types::any(self.ch, 1, true);
                let item = self.expr(&of, depth - 1, scope);
                let list = self.expr(&Ty::list(of), depth - 1, scope);
                format!("({item} not in {list})")
            }
            Ty::Bool => format!("(not {})", self.expr(ty, depth - 1, scope)),
            Ty::Record(fields) => {
                let (name, field) = fields[self.ch.below(fields.len())].clone();
                let value = self.expr(&field, depth - 1, scope);
                let record = self.receiver(ty, depth, scope);
                format!("{{{record} with {name}: {value}}}")
            }
            Ty::Option(_) => self.leaf(ty, scope),
            // Parts of URLs: their functions give types that nothing else asks for.
            Ty::Str if self.ch.chance(20) && !self.is_too_fragile("urlparse") => {
                let url = self.expr(ty, depth - 1, scope);
                if self.ch.chance(50) {
                    format!("urlparse({url}).{}", self.ch.pick(&["scheme", "netloc", "path", "query"]))
                } else {
                    format!("(parse_qs({url}).get(\"a\") ?? [\"\"])[0]")
                }
            }
            Ty::Str if self.ch.chance(50) => {
                let text = self.receiver(ty, depth, scope);
                let at = if self.is_too_fragile("[") { "0".to_owned() } else { self.small(scope) };
                let separator = self.ch.pick(&["\",\"", "\" \"", "\"a\""]);
                format!("{text}.split({separator})[{at}]")
            }
            Ty::Int | Ty::Float if self.ch.chance(50) && !self.is_too_fragile("int") => {
                format!("{ty}({})", self.expr(&Ty::Str, depth - 1, scope))
            }
            _ => {
                let option = self.expr(&Ty::option(ty.clone()), depth - 1, scope);
                format!("({option} ?? {})", self.expr(ty, depth - 1, scope))
            }
        }
    }

    /// What a fold may give from one step to the next: as large as before, or a little larger.
    pub(crate) fn bounded(&mut self, ty: &Ty, depth: usize, scope: &Scope) -> String {
        if !types::can_grow(ty) {
            return self.expr(ty, depth, scope);
        }
        match ty {
            Ty::Str => {
                let value = self.receiver(ty, depth.max(1), scope);
                format!("{value}[:30]")
            }
            Ty::List(item) if types::can_grow(item) => {
                format!("({} + {})[:8]", self.leaf(ty, scope), self.leaf(ty, scope))
            }
            Ty::List(_) => format!("{}[:9]", self.receiver(ty, depth.max(1), scope)),
            Ty::Set(_) if self.ch.chance(60) => format!("({}).union({})", self.leaf(ty, scope), self.leaf(ty, scope)),
            Ty::Map(..) if self.ch.chance(60) => {
                format!("dict(({}).items() + ({}).items())", self.leaf(ty, scope), self.leaf(ty, scope))
            }
            Ty::Tuple(_) | Ty::Record(_) if self.ch.chance(80) => {
                self.built(ty, 1, &mut |own, ty| own.bounded(ty, depth.saturating_sub(1), scope))
            }
            Ty::Option(_) if self.ch.chance(60) => {
                self.built(ty, 1, &mut |own, ty| own.bounded(ty, depth.saturating_sub(1), scope))
            }
            _ => {
                let condition = self.expr(&Ty::Bool, depth.min(1), scope);
                format!("(if {condition} then {} else {})", self.leaf(ty, scope), self.leaf(ty, scope))
            }
        }
    }
}

/// All parts of a value that have the type.
fn paths_to(ty: &Ty, path: &str, of: &Ty, depth: usize, out: &mut Vec<String>) {
    if of == ty {
        out.push(path.to_owned());
    }
    if depth == 0 {
        return;
    }
    match of {
        Ty::Tuple(tys) => {
            for (at, part) in tys.iter().enumerate() {
                paths_to(ty, &format!("{path}[{at}]"), part, depth - 1, out);
            }
        }
        Ty::Record(fields) => {
            for (name, part) in fields {
                paths_to(ty, &format!("{path}.{name}"), part, depth - 1, out);
            }
        }
        _ => {}
    }
}
