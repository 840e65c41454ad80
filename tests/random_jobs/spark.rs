//! Steps and actions that PySpark answers alike: where the order of elements is not known, functions that merge do not
//! mind it, lists are sorted, and what is printed is marked.
//!
//! `print("== exact")` and `print("== bag")` stand before each action: what follows is compared line by line, or as a
//! multiset of lines. A directory that is written says so in its name.

use sparkc::harness::catalog::facts::{Facts, Sees};
use sparkc::harness::types::Ty;

use crate::calls::Entry;
use crate::dialect::{Dialect, Order, has_float, has_set, is_sorted, merge};
use crate::generate::{Gen, Scope, Var};
use crate::pipelines::Rdd;
use crate::types::Bound;

/// What fails for many values. A job that fails says little, and most have some of these.
const FRAGILE: &[&str] = &[
    "[",
    "//",
    "%",
    "/",
    "**",
    "pow",
    "divmod",
    "int",
    "float",
    "min",
    "max",
    "reduce",
    "index",
    "rindex",
    "ord",
    "chr",
    "log",
    "log2",
    "log10",
    "sqrt",
    "asin",
    "acos",
    "exp",
    "first",
    "csvFields",
    "center",
    "*",
    "range",
    "split",
    "ceil",
    "floor",
    "trunc",
    "round",
    "strptime",
    "strftime",
    "weekday",
    "jsonGet",
];

impl Gen<'_> {
    /// Whether a function is not called because it fails too often.
    pub(crate) fn is_too_fragile(&mut self, name: &str) -> bool {
        self.ch.dialect.is_spark() && FRAGILE.contains(&name) && self.ch.chance(75)
    }

    /// Whether only the multiset of an RDD's elements is known.
    pub(crate) fn is_bag(&self, rdd: &Rdd) -> bool {
        self.ch.dialect == Dialect::Spark && rdd.order == Order::Bag
    }

    /// Marks what an action prints next.
    pub(crate) fn mark(&mut self, rdd: &Rdd) {
        if self.ch.dialect.is_spark() {
            let kind = if self.is_bag(rdd) { "bag" } else { "exact" };
            self.statements.push(format!("print(\"== {kind}\")"));
        }
    }

    /// Types of elements have no sets: they are printed.
    pub(crate) fn without_sets(&self, bound: &mut Bound) {
        if self.ch.dialect.is_spark() {
            bound.iter_mut().flatten().filter(|ty| has_set(ty)).for_each(|ty| *ty = Ty::Int);
        }
    }

    pub(crate) fn merging(&mut self, ty: &Ty) -> String {
        let (a, b) = (self.name("v"), self.name("v"));
        format!("(({a}, {b}) -> {})", merge(self.ch, ty, &a, &b))
    }

    /// What is left of a list whose order is not known, as the rest of a lambda's body, and its type.
    fn settled(list: &str, item: &Ty) -> (String, Ty) {
        if is_sorted(item) && !has_float(item) {
            (format!("sorted({list})"), Ty::list(item.clone()))
        } else {
            (format!("len({list})"), Ty::Int)
        }
    }

    /// A step behind an RDD whose order is not known, where the row's own arguments do not do; with the elements' type.
    pub(crate) fn merging_step(&mut self, entry: &Entry, elem: &Ty, result: &Ty, stage: &str) -> Option<(String, Ty)> {
        let value = |ty: &Ty| ty.components().and_then(|tys| tys.get(1).map(|ty| (*ty).clone()));
        match entry.row.name {
            "reduceByKey" => {
                let value = value(elem)?;
                Some((format!("reduceByKey({})", self.merging(&value)), elem.clone()))
            }
            "foldByKey" => Some(match value(elem)? {
                Ty::Int => ("foldByKey(0, +)".to_owned(), elem.clone()),
                other => (format!("foldByKey({}, max)", self.literal(&other, 1)), elem.clone()),
            }),
            "groupByKey" | "groupBy" => {
                let Ty::Tuple(tys) = result else { return None };
                let Ty::List(item) = &tys[1] else { return None };
                let list = self.name("v");
                let (body, ty) = Self::settled(&list, item);
                Some((format!("{stage} | mapValues ({list} -> {body})"), Ty::pair(tys[0].clone(), ty)))
            }
            "cogroup" | "groupWith" => {
                let Ty::Tuple(tys) = result else { return None };
                let Ty::Tuple(sides) = &tys[1] else { return None };
                let names: Vec<String> = sides.iter().map(|_| self.name("v")).collect();
                let settle = |(side, name): (&Ty, &String)| match side {
                    Ty::List(item) => Self::settled(name, item),
                    other => (name.clone(), other.clone()),
                };
                let (bodies, tys_of): (Vec<String>, Vec<Ty>) = sides.iter().zip(&names).map(settle).unzip();
                let text = format!("{stage} | mapValues (({}) -> ({}))", names.join(", "), bodies.join(", "));
                Some((text, Ty::pair(tys[0].clone(), Ty::Tuple(tys_of))))
            }
            _ => None,
        }
    }

    /// A way to sort by the elements themselves, which makes their order known.
    pub(crate) fn sorted_by_itself(&mut self) -> String {
        let up = self.ch.pick(&["", ", true", ", false"]);
        format!("sortBy(v -> v{up})")
    }

    /// An action that PySpark answers alike: the expression after `|`, and what is done to its value.
    pub(crate) fn spark_action(&mut self, entry: &Entry, rdd: &Rdd, stage: String) -> (String, &'static str) {
        let bag = self.is_bag(rdd);
        let name = entry.row.name;
        let sees_order = matches!(entry.row.facts, Facts::Action(_, Sees::Order));
        let plain = is_sorted(&rdd.elem) && !has_float(&rdd.elem);
        match name {
            "treeReduce" => (format!("treeReduce({})", self.merging(&rdd.elem)), ""),
            "treeAggregate" => (self.adding("treeAggregate", rdd), ""),
            // Spark merges what partitions give as they end.
            "sumApprox" | "meanApprox" => (format!("coalesce 1 | {stage}"), ""),
            "reduce" if bag => (format!("reduce({})", self.merging(&rdd.elem)), ""),
            "fold" if bag => (format!("fold({}, +)", self.literal(&Ty::Int, 1)), ""),
            "aggregate" if bag => (self.adding("aggregate", rdd), ""),
            _ if bag && sees_order => match entry.sig.result {
                Ty::List(_) if plain => (stage, " | sorted"),
                Ty::List(_) => ("count".to_owned(), ""),
                Ty::Map(..) => (stage, " | items | sorted"),
                _ => (stage, ""),
            },
            _ => (stage, ""),
        }
    }

    /// An aggregate that adds up ints.
    fn adding(&mut self, name: &str, rdd: &Rdd) -> String {
        let mut scope = Scope { vars: self.globals.clone(), rows: true };
        let (sum, item) = (self.name("v"), self.name("v"));
        scope.vars.push(Var { name: item.clone(), ty: rdd.elem.clone() });
        let value = self.expr(&Ty::Int, 2, &scope);
        let zero = self.literal(&Ty::Int, 1);
        format!("{name}({zero}, (({sum}, {item}) -> {sum} + {value} % 1000), +)")
    }

    /// A source whose partitions are many, few, empty or cut in the middle of lines.
    pub(crate) fn partitions(&mut self) -> usize {
        if self.ch.dialect.is_spark() {
            [2, 1, 3, 4, 2, 5, 6, 7, 8, 9][self.ch.below(10)]
        } else {
            1 + self.ch.below(5)
        }
    }

    /// Keys as hashes find them hard.
    pub(crate) fn hard_key(&mut self, ty: &Ty) -> String {
        let ints = [
            "-1",
            "-2",
            "0",
            "1",
            "2305843009213693951",
            "2305843009213693950",
            "-2305843009213693951",
            "2305843009213693952",
            "-3",
            "9223372036854775807",
        ];
        let texts = ["", "a", "é", "日本", "😀", "aé", "a日", "a😀", "ab", "ÿ", "Ā", "\u{ffff}", "abcdefghijklmnopq"];
        match ty {
            Ty::Int => crate::literals::int(ints[self.ch.below(ints.len())].parse().unwrap_or_default()),
            Ty::Str => crate::literals::quote(texts[self.ch.below(texts.len())]),
            Ty::Tuple(tys) if tys.len() > 1 => {
                let parts: Vec<String> = tys.iter().map(|ty| self.hard_key(ty)).collect();
                format!("({})", parts.join(", "))
            }
            _ => self.literal(ty, 1),
        }
    }
}
