//! What jobs do with lines most of the time: split them, take fields, count words, add up by key. Random expressions come
//! to these shapes too seldom, and the compiled engine has ways of its own for them.

use sparkc::harness::types::Ty;

use crate::generate::Gen;

const SEPARATORS: &[&str] = &["\",\"", "\" \"", "\"a\"", "\";\"", "\", \"", "\"\\t\"", "\"é\""];

impl Gen<'_> {
    /// A stage for lines, and the type of its elements.
    pub(crate) fn line_idiom(&mut self) -> (String, Ty) {
        let line = self.name("v");
        match self.ch.below(9) {
            0 => (format!("flatMap split {}", self.separator()), Ty::Str),
            1 => ("flatMap split".to_owned(), Ty::Str),
            2 => {
                let (body, ty) = self.fields(&line);
                (format!("map ({line} -> {body})"), ty)
            }
            3 => {
                let fields = self.name("v");
                let cut = self.cut(&line);
                let (body, ty) = self.fields_of(&fields);
                (format!("map ({line} -> let {fields} = {cut} in {body})"), ty)
            }
            4 => (format!("map ({line} -> ({line}, 1))"), Ty::pair(Ty::Str, Ty::Int)),
            5 => (
                format!("flatMap ({line} -> [({line}.strip(), len({line})), ({line}[:3], 1)])"),
                Ty::pair(Ty::Str, Ty::Int),
            ),
            6 => {
                let cut = self.cut(&line);
                (format!("flatMap ({line} -> {cut}) | map (w, 1)"), Ty::pair(Ty::Str, Ty::Int))
            }
            7 => {
                let (cut, word) = (self.cut(&line), self.name("v"));
                let condition =
                    self.ch.pick(&["len(W) > 1", "W != \"\"", "W.isdigit()", "not W.startswith(\"a\")", "\"1\" in W"]);
                let condition = condition.replace('W', &word);
                (format!("flatMap ({line} -> [{word}.lower() for {word} in {cut} if {condition}])"), Ty::Str)
            }
            _ => {
                let condition = self.ch.pick(&[
                    "L.strip() != \"\"",
                    "len(L.split(\",\")) > 2",
                    "\",\" in L",
                    "L.split(\" \")[0] != \"a\"",
                ]);
                (format!("filter ({line} -> {})", condition.replace('L', &line)), Ty::Str)
            }
        }
    }

    /// A stage for ints: some of them fail, some give nothing, some give many rows or wide ones.
    pub(crate) fn int_idiom(&mut self) -> (String, Ty) {
        let n = self.name("v");
        let m = ["3", "2", "5", "7", "16", "1000"][self.ch.below(6)];
        let kind = if self.is_too_fragile("//") { [0, 2, 3, 4, 5, 7][self.ch.below(6)] } else { self.ch.below(9) };
        match kind {
            0 => (format!("map ({n} -> ({n} % {m}, {n}))"), Ty::pair(Ty::Int, Ty::Int)),
            1 => (format!("map ({n} -> 100 // ({n} % {m}))"), Ty::Int),
            2 => (format!("flatMap ({n} -> range({n} % {m} % 9))"), Ty::Int),
            3 => (format!("filter ({n} -> {n} % {m} != 1)"), Ty::Int),
            4 => (format!("map ({n} -> (str({n} % {m}), float({n}) / 8.0))"), Ty::pair(Ty::Str, Ty::Float)),
            5 => {
                let wide = Ty::Tuple(vec![
                    Ty::Int,
                    Ty::Str,
                    Ty::Float,
                    Ty::option(Ty::Int),
                    Ty::pair(Ty::Str, Ty::Bool),
                    Ty::Int,
                ]);
                let body = format!(
                    "({n}, str({n}), {n} / 2, (if {n} % 2 == 0 then Some({n}) else None), (\"k\" * ({n} % 20), {n} > 9), -{n})"
                );
                (format!("map ({n} -> {body})"), wide)
            }
            6 => (format!("map ({n} -> [10, 20, 30, 40][{n} % {m}])"), Ty::Int),
            7 => {
                let body = format!("[({n} % {m}, y) for y in range({n} % 4) if y * {n} % 3 != 1]");
                (format!("flatMap ({n} -> {body})"), Ty::pair(Ty::Int, Ty::Int))
            }
            _ => (format!("map ({n} -> {{\"a\": {n}, \"b\": 1}}[(if {n} % {m} == 2 then \"c\" else \"a\")])"), Ty::Int),
        }
    }

    /// A stage that merges the values of pairs whose values are numbers.
    pub(crate) fn merge_idiom(&mut self, key: &Ty, value: &Ty) -> (String, Ty) {
        let zero = if *value == Ty::Float { "0.0" } else { "0" };
        let pair = |value: Ty| Ty::pair(key.clone(), value);
        let counted = Ty::Tuple(vec![value.clone(), Ty::Int]);
        let kind = if self.is_too_fragile("//") { [0, 1, 2, 3, 4, 5, 8][self.ch.below(7)] } else { self.ch.below(10) };
        match kind {
            0 => ("reduceByKey +".to_owned(), pair(value.clone())),
            1 => (format!("reduceByKey {}", self.ch.pick(&["max", "min"])), pair(value.clone())),
            2 => (format!("foldByKey {zero}, +"), pair(value.clone())),
            3 => (
                format!("aggregateByKey ({zero}, 0), ((s, v) -> (s[0] + v, s[1] + 1)), ((s, t) -> (s[0] + t[0], s[1] + t[1]))"),
                pair(counted),
            ),
            4 => (
                "mapValues (v -> (v, 1)) | reduceByKey ((a, b) -> (a[0] + b[0], a[1] + b[1])) | mapValues (p -> p[0] / p[1])".to_owned(),
                pair(Ty::Float),
            ),
            5 => ("groupByKey | mapValues sum".to_owned(), pair(value.clone())),
            // These fail for some values, at some keys.
            6 => ("reduceByKey ((a, b) -> a + b // (b % 5))".to_owned(), pair(value.clone())),
            7 => (
                format!("combineByKey (v -> ({zero} + 60 // (v % 7), \"\")), ((c, v) -> (c[0] + v, str(v))), ((c, d) -> (c[0] - d[0], d[1]))"),
                pair(Ty::pair(value.clone(), Ty::Str)),
            ),
            8 => (
                format!("aggregateByKey (Some({zero}), [{zero}]), ((s, v) -> (Some(v), (s[1] + [v])[:4])), ((s, t) -> (s[0], (t[1] + s[1])[:5]))"),
                pair(Ty::pair(Ty::option(value.clone()), Ty::list(value.clone()))),
            ),
            _ => (
                format!("foldByKey {zero}, ((a, b) -> if b > {zero} then a + b else [a, b][(if a > 50 then 2 else 1)])"),
                pair(value.clone()),
            ),
        }
    }

    fn separator(&mut self) -> &'static str {
        self.ch.pick(SEPARATORS)
    }

    /// The pieces of a line.
    fn cut(&mut self, line: &str) -> String {
        match self.ch.below(8) {
            0..=3 => format!("{line}.split({})", self.separator()),
            4 => format!("{line}.split()"),
            5 => format!("splitCsv({line})"),
            6 => format!("{line}.split({}, {})", self.separator(), self.ch.below(3)),
            _ => format!("csvFields({line})"),
        }
    }

    /// Fields of a line, each cut from it anew.
    fn fields(&mut self, line: &str) -> (String, Ty) {
        let (first, second) = (self.cut(line), self.cut(line));
        self.pair_of(&first, &second)
    }

    /// Fields of a list that has a name.
    fn fields_of(&mut self, fields: &str) -> (String, Ty) {
        self.pair_of(fields, fields)
    }

    fn pair_of(&mut self, first: &str, second: &str) -> (String, Ty) {
        let safe = self.is_too_fragile("[");
        let at = |own: &mut Self| [0, 0, 1, -1, 2][own.ch.below(if safe { 2 } else { 5 })];
        let key = format!("{first}[{}]", at(self));
        let value = format!("{second}[{}]", at(self));
        match if safe { [0, 4, 5][self.ch.below(3)] } else { self.ch.below(6) } {
            0 => (format!("({key}, {value})"), Ty::pair(Ty::Str, Ty::Str)),
            1 => (format!("({key}, int({value}))"), Ty::pair(Ty::Str, Ty::Int)),
            2 => (format!("({key}, float({value}))"), Ty::pair(Ty::Str, Ty::Float)),
            3 => (format!("(int({key}), len({value}))"), Ty::pair(Ty::Int, Ty::Int)),
            4 => (format!("({key}.strip(), ({value}, len({second})))"), Ty::pair(Ty::Str, Ty::pair(Ty::Str, Ty::Int))),
            _ => (key, Ty::Str),
        }
    }
}
