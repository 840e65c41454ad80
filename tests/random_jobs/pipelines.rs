//! Pipelines: sources, chains of operators, and actions.
//!
//! Operators are drawn from the catalog by the type of their first parameter, as functions are. `rows` is a bound of how
//! many rows an RDD may have; what multiplies rows is not applied to many.

use sparkc::harness::catalog::facts::{Elements, Facts, Partitioning, Run, Sees};
use sparkc::harness::types::Ty;

use crate::calls::{ACTIONS, Entry, Place, STEPS};
use crate::dialect::{self, Dialect, Order};
use crate::generate::{Gen, Scope, Var};
use crate::inputs;
use crate::types::{self, Bound};

/// An RDD of the job.
#[derive(Clone)]
pub(crate) struct Rdd {
    /// How it is written.
    pub(crate) text: String,
    /// The type of its elements.
    pub(crate) elem: Ty,
    /// The most rows it may have, roughly.
    pub(crate) rows: usize,
    /// What is known of the order of its elements.
    pub(crate) order: Order,
    /// Whether steps keep rows with their partitions.
    named: bool,
}

/// The most rows of an RDD.
const MOST_ROWS: usize = 4000;

/// How often operators are drawn; others weigh 3.
const WEIGHTS: &[(&str, usize)] = &[
    ("map", 26),
    ("filter", 10),
    ("flatMap", 9),
    ("mapValues", 8),
    ("flatMapValues", 4),
    ("keyBy", 4),
    ("reduceByKey", 8),
    ("zip", 2),
    ("cartesian", 2),
    ("unpersist", 1),
    ("persist", 1),
    ("cache", 2),
    ("sample", 2),
    ("groupWith", 1),
    ("repartition", 2),
    ("distinct", 5),
];

impl Gen<'_> {
    /// All pipelines of the job.
    pub(crate) fn pipelines(&mut self) {
        let mut known: Vec<Rdd> = Vec::new();
        for _ in 0..[1, 1, 2, 1, 3][self.ch.below(5)] {
            let rdd = self.pipeline(&known, 5);
            let mut rdd = self.give_name(rdd);
            if self.ch.chance(10) {
                rdd = self.iterated(rdd, &known);
            }
            known.push(rdd.clone());
            for _ in 0..[1, 1, 1, 2][self.ch.below(4)] {
                self.action(&rdd);
            }
        }
    }

    /// Statements that go through a list, or go on while something holds, and give the RDD new steps of its type.
    fn iterated(&mut self, rdd: Rdd, known: &[Rdd]) -> Rdd {
        let (name, left, item) = (&rdd.text, self.name("left"), self.name("v"));
        self.statements.push(format!("let {left} = 2"));
        // Functions of the job do not see the item: they stand before the loop.
        let mut scope = Scope { vars: self.globals.clone(), rows: true };
        let head = match self.ch.below(3) {
            0 => {
                scope.vars.push(Var { name: item.clone(), ty: Ty::Int });
                format!("for {item} in [1, 2, 3]")
            }
            1 => format!("while {left} > 0"),
            _ => format!("if {left} > 1"),
        };
        let (body, order) = self.same_type(&rdd, known, &scope);
        self.statements.push(format!("{head} {{"));
        self.statements.push(format!("  {name} = {body}"));
        if self.ch.chance(40) {
            self.statements.push(format!("  {name} | count | print"));
        }
        self.statements.push(format!("  {left} = {left} - 1"));
        self.statements.push("}".to_owned());
        Rdd { order, ..rdd }
    }

    /// The RDD after steps that give elements of the same type.
    fn same_type(&mut self, rdd: &Rdd, known: &[Rdd], scope: &Scope) -> (String, Order) {
        let mut order = rdd.order;
        let elem = std::slice::from_ref(&rdd.elem);
        let mut text = format!("{} | map({})", rdd.text, self.function(elem, &rdd.elem, 2, scope, Place::Call));
        if self.ch.chance(30) {
            text += &format!(" | filter({})", self.function(elem, &Ty::Bool, 2, scope, Place::Call));
        }
        if let Ty::Tuple(tys) = &rdd.elem
            && tys.len() == 2
            && dialect::can_key(self.ch.dialect, &tys[0])
            && self.ch.chance(60)
        {
            let values = [tys[1].clone(), tys[1].clone()];
            if self.ch.dialect != Dialect::Spark {
                text += &format!(" | reduceByKey({})", self.function(&values, &tys[1], 2, scope, Place::Call));
            } else if dialect::can_reduce(&rdd.elem) {
                order = Order::Bag;
                text += &format!(" | reduceByKey({})", self.merging(&tys[1]));
            }
        }
        match known.iter().find(|known| known.elem == rdd.elem && known.rows <= 60) {
            Some(known) if rdd.rows <= 60 && self.ch.chance(50) => {
                (format!("{text} | union({})", known.text), if known.order == Order::Bag { Order::Bag } else { order })
            }
            _ => (text + self.ch.pick(&["", " | cache"]), order),
        }
    }

    fn give_name(&mut self, rdd: Rdd) -> Rdd {
        let name = self.name("r");
        self.statements.push(format!("let {name} = {}", rdd.text));
        Rdd { text: name, named: true, ..rdd }
    }

    fn pipeline(&mut self, known: &[Rdd], most: usize) -> Rdd {
        let mut rdd = self.source(known);
        for _ in 0..self.ch.below(most) {
            rdd = self.step(rdd, known);
        }
        rdd
    }

    fn source(&mut self, known: &[Rdd]) -> Rdd {
        let rdd = match self.ch.weighted(&[30, 12, 30, 3, 14, if known.is_empty() { 0 } else { 25 }, 10]) {
            0 => self.parallelized(),
            1 => {
                let (start, end) = (self.ch.below(12) as i64 - 5, self.ch.below(45) as i64 - 5);
                let (step, n) = ([1, 1, 2, 3, -1][self.ch.below(5)], self.partitions());
                Rdd {
                    text: format!("range({start}, {end}, {step}, {n})"),
                    elem: Ty::Int,
                    rows: 50,
                    order: Order::Exact,
                    named: false,
                }
            }
            2 => self.text_file(),
            3 => {
                let name = inputs::file(self, if self.ch.dialect.is_spark() { 0 } else { 6 });
                Rdd {
                    text: format!("wholeTextFiles(f\"{{dir}}/{name}\")"),
                    elem: Ty::pair(Ty::Str, Ty::Str),
                    rows: 1,
                    order: Order::Exact,
                    named: false,
                }
            }
            4 => {
                let rows = [30, 12, 100, 300, 1100, 2500][self.ch.weighted(&[9, 6, 4, 2, 1, 1])];
                let n = 1 + self.ch.below(4);
                let elem = self.row_type();
                let scope = Scope { vars: self.globals.clone(), rows: true };
                let f = self.function(&[Ty::Int], &elem, 3, &scope, Place::Call);
                Rdd {
                    text: format!("range(0, {rows}, 1, {n}) | map({f})"),
                    elem,
                    rows,
                    order: Order::Exact,
                    named: false,
                }
            }
            5 => known[self.ch.below(known.len())].clone(),
            _ => {
                let rows = [30, 12, 100, 300, 1025, 3000][self.ch.weighted(&[9, 6, 4, 2, 1, 1])];
                let text = format!("range({}, {rows}, 1, {})", -(self.ch.below(10) as i64), 1 + self.ch.below(4));
                Rdd { text, elem: Ty::Int, rows, order: Order::Exact, named: false }
            }
        };
        if rdd.named || !self.ch.chance(8) || self.ch.dialect.is_spark() {
            return rdd;
        }
        let mode = match self.ch.below(3) {
            0 => "\"skip\"".to_owned(),
            1 => "\"fail\"".to_owned(),
            _ => format!("\"reject\", {}", self.output()),
        };
        // `onError` stands directly behind a source.
        match rdd.text.split_once(" | ") {
            Some((source, rest)) => Rdd { text: format!("{source} | onError {mode} | {rest}"), ..rdd },
            None => Rdd { text: format!("{} | onError {mode}", rdd.text), ..rdd },
        }
    }

    /// The type of the elements of a source: often pairs.
    fn row_type(&mut self) -> Ty {
        match self.ch.weighted(&[4, 6]) {
            0 => types::any(self.ch, 2, false),
            _ => Ty::pair(types::any(self.ch, 1, true), types::any(self.ch, 1, false)),
        }
    }

    fn parallelized(&mut self) -> Rdd {
        let elem = self.row_type();
        let n = [3, 1, 2, 4, 6, 9][self.ch.below(6)];
        let slices = self.partitions();
        if self.ch.dialect.is_spark() && self.ch.chance(5) {
            let none = self.empty(&Ty::list(elem.clone()));
            return Rdd {
                text: format!("parallelize({none}, {slices})"),
                elem,
                rows: 0,
                order: Order::Exact,
                named: false,
            };
        }
        let hard = self.ch.dialect.is_spark() && self.ch.chance(40);
        let items: Vec<String> =
            (0..n).map(|_| if hard { self.hard_key(&elem) } else { self.literal(&elem, 1) }).collect();
        Rdd {
            text: format!("parallelize([{}], {slices})", items.join(", ")),
            elem,
            rows: n,
            order: Order::Exact,
            named: false,
        }
    }

    fn text_file(&mut self) -> Rdd {
        let lossy = self.ch.chance(15);
        let bad = if self.ch.dialect.is_spark() { if lossy { 60 } else { 0 } } else { 6 };
        let name = inputs::file(self, bad);
        let mut rows = inputs::lines(self);
        let bytes = inputs::bytes(self);
        let mut path = format!("{{dir}}/{name}");
        if self.ch.chance(8) {
            path += &format!(",{{dir}}/{}", inputs::file(self, bad));
            rows += inputs::lines(self);
        }
        let parts = match self.ch.weighted(&[10, 10, 1]) {
            0 => String::new(),
            1 => format!(", {}", self.partitions()),
            _ => format!(", {}", bytes.clamp(1, 40)),
        };
        let lossy = if lossy { ", encoding: \"lossy\"" } else { "" };
        Rdd {
            text: format!("textFile(f\"{path}\"{parts}{lossy})"),
            elem: Ty::Str,
            rows,
            order: Order::Exact,
            named: false,
        }
    }

    /// A directory to write to.
    fn output(&mut self) -> String {
        self.outputs += 1;
        format!("f\"{{dir}}/out{}{}\"", self.outputs, self.output_kind)
    }

    /// Rows of the catalog that take the RDD, with weights.
    fn fitting(&mut self, table: &'static [Entry], rdd: &Rdd) -> (Vec<(&'static Entry, Bound)>, Vec<usize>) {
        let taken = Ty::rdd(rdd.elem.clone());
        let mut found = Vec::new();
        let mut weights = Vec::new();
        for entry in table {
            let mut bound = vec![None; entry.sig.vars.len()];
            let fits = types::matches(&entry.sig.params[0].ty, &taken, &mut bound)
                && types::allowed(self.ch.dialect, &entry.sig, &bound);
            if fits && self.fits_order(entry, rdd) && growth(entry, rdd.rows) <= MOST_ROWS.max(rdd.rows) {
                found.push((entry, bound));
                weights.push(WEIGHTS.iter().find(|(name, _)| *name == entry.row.name).map_or(3, |(_, weight)| *weight));
            }
        }
        (found, weights)
    }

    /// Whether the answer of a row does not depend on an order that is not known.
    fn fits_order(&self, entry: &Entry, rdd: &Rdd) -> bool {
        let tree = entry.row.name == "treeReduce" && self.ch.dialect.is_spark() && !dialect::can_merge(&rdd.elem);
        let left_out = self.ch.dialect.is_spark() && !dialect::is_with_spark(entry.row.facts);
        !tree
            && !left_out
            && (!self.is_bag(rdd)
                || dialect::step_of_any_order(entry.row, &rdd.elem) && dialect::action_of_any_order(entry, &rdd.elem))
    }

    fn step(&mut self, rdd: Rdd, known: &[Rdd]) -> Rdd {
        if self.is_bag(&rdd) && dialect::is_sorted(&rdd.elem) && self.ch.chance(15) {
            let stage = self.sorted_by_itself();
            let known = dialect::is_sorted_by_itself(&stage, &rdd.elem, rdd.rows);
            let order = if known { Order::Exact } else { rdd.order };
            return Rdd { text: format!("{} | {stage}", rdd.text), order, named: false, ..rdd };
        }
        if let Some(rdd) = self.idiom(&rdd) {
            return rdd;
        }
        let (found, weights) = self.fitting(&STEPS, &rdd);
        let (entry, mut bound) = found[self.ch.weighted(&weights)].clone();
        let name = entry.row.name;
        let elements = elements(entry);
        let rdd = if elements == Some(Elements::Zipped) && !rdd.named { self.give_name(rdd) } else { rdd };
        let keyed = matches!(name, "map" | "flatMap") && self.ch.chance(40);
        if keyed {
            let pair = Ty::pair(types::any(self.ch, 1, true), types::any(self.ch, 1, false));
            bound.iter_mut().filter(|ty| ty.is_none()).for_each(|ty| *ty = Some(pair.clone()));
        }
        let scope = Scope { vars: self.globals.clone(), rows: true };
        self.bind_rest(&entry.sig, &mut bound, &scope);
        self.without_sets(&mut bound);
        let others: Vec<Rdd> = entry.sig.params[1..]
            .iter()
            .filter_map(|param| {
                if let Ty::Rdd(elem) = types::fill(&param.ty, &bound) {
                    Some(self.other_side(elements, &rdd, &elem, known))
                } else {
                    None
                }
            })
            .collect();
        let stage = self.stage(entry, &bound, rdd.rows, &others);
        let elem = match types::fill(&entry.sig.result, &bound) {
            Ty::Rdd(elem) => *elem,
            // One of the parts of a `randomSplit`.
            _ => {
                let part = self.ch.pick(&["0", "-1"]);
                return Rdd { text: format!("({} | {stage})[{part}]", rdd.text), named: false, ..rdd };
            }
        };
        let more = others.iter().map(|other| other.rows).sum::<usize>();
        let bag = elements != Some(Elements::Zipped) && others.iter().any(|other| other.order == Order::Bag);
        let before = if bag { Order::Bag } else { rdd.order };
        let unsettled = self.is_bag(&Rdd { order: before, ..rdd.clone() });
        let merging = if unsettled { self.merging_step(entry, &rdd.elem, &elem, &stage) } else { None };
        let (stage, elem) = merging.unwrap_or((stage, elem));
        let order = dialect::after(entry.row.facts, &stage, before, &rdd.elem, rdd.rows);
        let rows = match elements {
            Some(Elements::Product) => rdd.rows * more,
            Some(Elements::All) => rdd.rows + more,
            Some(Elements::Grouped) if !others.is_empty() => rdd.rows + more,
            _ => growth(entry, rdd.rows),
        };
        Rdd { text: format!("{} | {stage}", rdd.text), elem, rows, order, named: false }
    }

    /// The RDD after a stage as jobs often have it, now and then.
    fn idiom(&mut self, rdd: &Rdd) -> Option<Rdd> {
        let mut order = rdd.order;
        let (stage, elem) = match &rdd.elem {
            Ty::Int if rdd.rows <= MOST_ROWS && self.ch.chance(35) => self.int_idiom(),
            Ty::Str if rdd.rows * 6 <= MOST_ROWS * 4 && self.ch.chance(45) => self.line_idiom(),
            Ty::Tuple(tys) if tys.len() == 2 && matches!(tys[1], Ty::Int | Ty::Float) => {
                let keyed = dialect::can_key(self.ch.dialect, &tys[0]);
                if !keyed || rdd.rows > MOST_ROWS * 2 || self.is_bag(rdd) || !self.ch.chance(30) {
                    return None;
                }
                order = Order::Bag;
                self.merge_idiom(&tys[0], &tys[1])
            }
            _ => return None,
        };
        let rows = if stage.starts_with("flatMap") { rdd.rows * 4 } else { rdd.rows };
        Some(Rdd { text: format!("{} | {stage}", rdd.text), elem, rows, order, named: false })
    }

    /// The other RDD of an operator that takes two.
    fn other_side(&mut self, elements: Option<Elements>, rdd: &Rdd, elem: &Ty, known: &[Rdd]) -> Rdd {
        let scope = Scope { vars: self.globals.clone(), rows: true };
        if elements == Some(Elements::Zipped) {
            let f = self.function(std::slice::from_ref(&rdd.elem), elem, 2, &scope, Place::Call);
            return Rdd { text: format!("{} | map({f})", rdd.text), elem: elem.clone(), ..rdd.clone() };
        }
        let same = known.iter().find(|known| known.elem == *elem && known.rows <= 60);
        if let Some(same) = same.filter(|_| elements != Some(Elements::Product)) {
            return same.clone();
        }
        if rdd.named && rdd.elem == *elem && rdd.rows <= 60 && self.ch.chance(30) {
            return rdd.clone();
        }
        let n = [2, 1, 3, 5][self.ch.below(4)];
        let items: Vec<String> = (0..n).map(|_| self.literal(elem, 1)).collect();
        let text = format!("parallelize([{}], {})", items.join(", "), 1 + self.ch.below(3));
        Rdd { text, elem: elem.clone(), rows: n, order: Order::Exact, named: false }
    }

    /// An operator with its arguments.
    fn stage(&mut self, entry: &Entry, bound: &Bound, rows: usize, others: &[Rdd]) -> String {
        let scope = Scope { vars: self.globals.clone(), rows: true };
        // What sees a whole partition must not go through it for each of its elements.
        let depth = if rows > 200 { 2 } else { 3 };
        let name = entry.row.name;
        self.called.insert((name, entry.row.sig));
        let functions = entry.sig.params.iter().filter(|p| matches!(p.ty, Ty::Func(..))).count();
        let place = if functions == 1 && entry.sig.params.len() == 2 { Place::Stage } else { Place::Operator };
        let mut texts = others.iter().map(|other| other.text.as_str());
        let mut args = Vec::new();
        let mut by_name = false;
        for param in &entry.sig.params[1..] {
            by_name |= param.optional;
            let seeded = *param.name == *"seed" && self.ch.dialect.is_spark();
            if param.optional && !seeded && !self.ch.chance(30) {
                continue;
            }
            let ty = types::fill(&param.ty, bound);
            if *param.name == *"keyfunc" && name == "sortByKey" && self.ch.dialect.is_spark() {
                // With more, PySpark compares what the function gives with keys as they are.
                args.retain(|arg: &String| !arg.starts_with("numPartitions"));
                args.push("numPartitions: 1".to_owned());
            }
            let value = match (&ty, self.known_argument(&param.name)) {
                (_, Some(value)) => value,
                (Ty::Rdd(_), None) => texts.next().unwrap_or_default().to_owned(),
                (Ty::Func(params, result), None) => self.function(params, result, depth, &scope, place),
                (Ty::Str, None) if &*param.name == "path" => self.output(),
                (Ty::Map(key, of), None) if &*param.name == "fractions" => self.fractions(key, of),
                (_, None) => self.literal(&ty, 1),
            };
            args.push(if by_name { format!("{}: {value}", param.name) } else { value });
        }
        match args.len() {
            0 => name.to_owned(),
            _ if !others.is_empty() || args.len() > 1 || place == Place::Operator => {
                format!("{name}({})", args.join(", "))
            }
            _ => format!("{name} {}", args[0]),
        }
    }

    /// Fractions of some keys: small ones, since a large one draws an element as often.
    fn fractions(&mut self, key: &Ty, of: &Ty) -> String {
        let entry = |own: &mut Self| {
            let fractions: &[&str] = if *of == Ty::Int { &["1", "0", "2"] } else { &["0.5", "1.0", "0.0", "1.5"] };
            format!("({}): {}", own.literal(key, 0), own.ch.pick(fractions))
        };
        let entries: Vec<String> = (0..3).map(|_| entry(self)).collect();
        format!("{{{}}}", entries.join(", "))
    }

    fn action(&mut self, rdd: &Rdd) {
        let (found, mut weights) = self.fitting(&ACTIONS, rdd);
        for (weight, (entry, _)) in weights.iter_mut().zip(&found) {
            *weight = match entry.row.name {
                "collect" => 16,
                "print" | "saveAsTextFile" => 12,
                "count" | "foreach" => 4,
                _ => 2,
            };
        }
        let (entry, mut bound) = found[self.ch.weighted(&weights)].clone();
        let scope = Scope { vars: self.globals.clone(), rows: true };
        self.bind_rest(&entry.sig, &mut bound, &scope);
        self.without_sets(&mut bound);
        self.output_kind = if self.is_bag(rdd) { "_bag" } else { "" };
        let stage = self.stage(entry, &bound, rdd.rows, &[]);
        let (stage, then) = if self.ch.dialect.is_spark() { self.spark_action(entry, rdd, stage) } else { (stage, "") };
        self.mark(rdd);
        let summed = stage.starts_with("treeAggregate(") || self.is_bag(rdd) && stage.starts_with("aggregate(");
        let ty = if summed && self.ch.dialect.is_spark() { Ty::Int } else { types::fill(&entry.sig.result, &bound) };
        if ty == Ty::unit() {
            self.statements.push(format!("{} | {stage}", rdd.text));
        } else if then.is_empty()
            && !(self.is_bag(rdd) && matches!(entry.row.facts, Facts::Action(_, Sees::Order)))
            && self.ch.chance(25)
        {
            let name = self.name("got");
            self.statements.push(format!("let {name} = {} | {stage}", rdd.text));
            self.statements.push(format!("print({name})"));
            self.globals.push(Var { name, ty });
        } else {
            self.statements.push(format!("{} | {stage}{then} | print", rdd.text));
        }
    }
}

/// The most rows that an operator gives.
fn growth(entry: &Entry, rows: usize) -> usize {
    // Functions of a long list may take long.
    let of_lists = if rows > 200 { MOST_ROWS + rows } else { rows };
    match entry.row.facts {
        Facts::Transformation(Elements::Many, ..) => rows * 8,
        Facts::Transformation(Elements::OfPartition, Partitioning::KeptIfSaid, _) => rows * 8,
        Facts::Transformation(Elements::OfPartition | Elements::Grouped, ..) => of_lists,
        Facts::Transformation(Elements::Joined, ..) => rows * 5,
        Facts::Transformation(Elements::Product, ..) => rows * rows * 10,
        Facts::Action(Run::ForEach, Sees::Partitions) => of_lists,
        _ => rows,
    }
}

/// The elements that a transformation gives.
fn elements(entry: &Entry) -> Option<Elements> {
    match entry.row.facts {
        Facts::Transformation(elements, ..) => Some(elements),
        _ => None,
    }
}
