//! Programs for the backtracking engine: a pattern as a flat list of instructions.
//!
//! `(a|b)*c` becomes `split 1 6; save; split 4 …`. An instruction goes on to the next one unless it says otherwise. The
//! bodies of look-around and of atomic groups are programs of their own that end with [`Inst::Accept`].
//!
//! Whether the rest of a match succeeds depends on the instruction and the place in the text alone as long as a program
//! has no back-references, conditions and counted rounds: such a program [`is_regular`](Program::is_regular), and its
//! choices have numbers under which the matcher remembers that they have failed. In a repetition of what may be empty it
//! also depends on whether the round has taken characters yet, so a choice has a number for each answer.

use std::sync::Arc;

use super::node::{At, Kind, Node};
use super::set::{Fold, Set};

/// A program grows up to this length by writing repetitions out; more are counted.
const WRITTEN_OUT: usize = 20_000;
/// Repetitions of what may be empty in one another, up to which choices are numbered.
const MOST_LOOPS: usize = 8;

/// An instruction.
#[derive(Debug)]
pub enum Inst {
    /// One character of a set.
    Set(Arc<Set>),
    /// One character.
    Char(char),
    /// A place.
    At(At),
    /// Tries the first address, then the second; `loops` are the counters of the repetitions of what may be empty around it.
    Split { first: usize, second: usize, choice: usize, loops: Box<[usize]> },
    /// Characters of a set, as many or, if it is lazy, as few as possible.
    Star { set: Arc<Set>, lazy: bool, choice: usize },
    /// Goes on at an address.
    Jump(usize),
    /// Notes the place in a slot.
    Save(usize),
    /// The text of a group.
    Same(usize, Fold),
    /// Goes on at an address if a group has not matched.
    Unless(usize, usize),
    /// Look-around: the body follows, what comes after it is at `next`. The ways on which the body succeeds are remembered if
    /// it has no groups.
    Look { negative: bool, behind: Option<u64>, next: usize, remembers: bool },
    /// An atomic group: the body follows, what comes after it is at the address.
    Atomic(usize),
    /// Starts a counted repetition.
    Start(usize),
    /// The end of a round of a counted repetition, whose body is at `body`; before the first round too.
    Until { counter: usize, min: usize, max: usize, lazy: bool, body: usize },
    /// The end of a body.
    Accept,
    /// The end of the pattern.
    Match,
}

/// A program.
#[derive(Debug)]
pub struct Program {
    /// The instructions.
    pub code: Vec<Inst>,
    /// How many choices are numbered.
    pub choices: usize,
    /// How many counters it has.
    pub counters: usize,
    /// How many slots it needs itself, for back-references and conditions.
    pub slots: usize,
    /// Whether a choice that failed at a place always fails there.
    pub is_regular: bool,
    /// The counters of the repetitions of what may be empty around the code that is being added.
    loops: Vec<usize>,
    /// Whether it matches at the start of the text only.
    pub is_anchored: bool,
    /// The bytes with which a match that is not empty begins; absent if an empty match is possible.
    pub first: Option<Box<[bool; 256]>>,
}

impl Program {
    /// Compiles a pattern.
    pub fn new(node: &Node, groups: usize) -> Self {
        let mut first = Box::new([false; 256]);
        let may_be_empty = add_first(node, &mut first);
        let asks_groups = node.any(&|node| matches!(node, Node::Same(..) | Node::If(..)));
        let mut program = Self {
            code: Vec::new(),
            choices: 0,
            counters: 0,
            slots: if asks_groups { 2 * groups + 2 } else { 0 },
            is_regular: !asks_groups,
            loops: Vec::new(),
            is_anchored: is_anchored(node),
            first: (!may_be_empty).then_some(first),
        };
        program.node(node);
        program.code.push(Inst::Match);
        program
    }

    /// Adds an instruction and gives its address.
    fn push(&mut self, inst: Inst) -> usize {
        self.code.push(inst);
        self.code.len() - 1
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Char(c) => self.code.push(Inst::Char(*c)),
            Node::Set(set) => self.code.push(Inst::Set(set.clone())),
            Node::At(at) => self.code.push(Inst::At(*at)),
            Node::Concat(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Node::Alt(nodes) => self.alternatives(nodes),
            Node::Repeat(body, min, max, Kind::Possessive) => {
                // CPython keeps the first match of each round.
                let round = if body.set().is_some() { body.clone() } else { Box::new(Node::Atomic(body.clone())) };
                let greedy = Node::Repeat(round, *min, *max, Kind::Greedy);
                self.body(Inst::Atomic(0), &greedy);
            }
            Node::Repeat(body, min, max, kind) => self.repeat(body, *min, *max, *kind == Kind::Lazy),
            Node::Group(group, body) => {
                self.code.push(Inst::Save(2 * group));
                self.node(body);
                self.code.push(Inst::Save(2 * group + 1));
            }
            Node::Atomic(body) => self.body(Inst::Atomic(0), body),
            Node::Look(body, negative, behind) => {
                let remembers = !body.any(&|node| matches!(node, Node::Group(..)));
                self.body(Inst::Look { negative: *negative, behind: *behind, next: 0, remembers }, body);
            }
            Node::Same(group, fold) => self.code.push(Inst::Same(*group, *fold)),
            Node::If(group, yes, no) => {
                let unless = self.push(Inst::Unless(*group, 0));
                self.node(yes);
                let jump = self.push(Inst::Jump(0));
                self.code[unless] = Inst::Unless(*group, self.code.len());
                self.node(no);
                self.code[jump] = Inst::Jump(self.code.len());
            }
        }
    }

    /// An instruction whose body is a program of its own.
    fn body(&mut self, head: Inst, body: &Node) {
        let at = self.push(head);
        // Where a body ends, nothing asks for the rounds around it.
        let loops = std::mem::take(&mut self.loops);
        self.node(body);
        self.loops = loops;
        self.code.push(Inst::Accept);
        let end = self.code.len();
        if let Inst::Look { next, .. } | Inst::Atomic(next) = &mut self.code[at] {
            *next = end;
        }
    }

    fn alternatives(&mut self, nodes: &[Node]) {
        let mut jumps = Vec::with_capacity(nodes.len());
        for (n, node) in nodes.iter().enumerate() {
            if n + 1 == nodes.len() {
                self.node(node);
                break;
            }
            let split = self.split(false);
            self.node(node);
            jumps.push(self.push(Inst::Jump(0)));
            self.other(split);
        }
        for jump in jumps {
            self.code[jump] = Inst::Jump(self.code.len());
        }
    }

    /// A choice between the next instruction and one that [`Self::other`] sets; the other comes first if it is lazy.
    fn split(&mut self, lazy: bool) -> (usize, bool) {
        let (choice, loops) = (self.choices, self.loops.clone().into());
        self.choices += 1 << self.loops.len();
        let next = self.code.len() + 1;
        (self.push(Inst::Split { first: next, second: next, choice, loops }), lazy)
    }

    /// The other way of a choice begins here.
    fn other(&mut self, (at, lazy): (usize, bool)) {
        let here = self.code.len();
        if let Inst::Split { first, second, .. } = &mut self.code[at] {
            *(if lazy { first } else { second }) = here;
        }
    }

    fn repeat(&mut self, body: &Node, min: u32, max: Option<u32>, lazy: bool) {
        let rounds = max.unwrap_or(min.saturating_add(1)) as usize;
        let written_out = size(body).saturating_mul(rounds).saturating_add(self.code.len()) <= WRITTEN_OUT;
        // An optional round after an optional one is tried only if that one was not empty.
        let needs_check = body.is_nullable() && max.is_none_or(|max| max - min > 1);
        if !written_out || (needs_check && (max.is_some() || self.loops.len() == MOST_LOOPS)) {
            self.is_regular = false;
            return self.counted(body, min as usize, max.map_or(usize::MAX, |max| max as usize), lazy);
        }
        (0..min).for_each(|_| self.node(body));
        let Some(max) = max else {
            if !needs_check {
                return self.star(body, lazy);
            }
            self.loops.push(self.counters);
            self.counted(body, 0, usize::MAX, lazy);
            self.loops.pop();
            return;
        };
        let splits: Vec<_> = (min..max)
            .map(|_| {
                let split = self.split(lazy);
                self.node(body);
                split
            })
            .collect();
        splits.into_iter().for_each(|split| self.other(split));
    }

    /// A repetition without end of what is not empty.
    fn star(&mut self, body: &Node, lazy: bool) {
        if let Some(set) = body.set().filter(|_| self.loops.is_empty()) {
            self.code.push(Inst::Star { set, lazy, choice: self.choices });
            self.choices += 1;
            return;
        }
        let split = self.split(lazy);
        self.node(body);
        self.code.push(Inst::Jump(split.0));
        self.other(split);
    }

    fn counted(&mut self, body: &Node, min: usize, max: usize, lazy: bool) {
        let counter = self.counters;
        self.counters += 1;
        self.code.push(Inst::Start(counter));
        let jump = self.push(Inst::Jump(0));
        self.node(body);
        self.code[jump] = Inst::Jump(self.code.len());
        self.code.push(Inst::Until { counter, min, max, lazy, body: jump + 1 });
    }
}

/// How many instructions a node takes at most.
fn size(node: &Node) -> usize {
    let children = node.children();
    let inside = children.iter().map(|child| size(child)).fold(2 * children.len() + 1, usize::saturating_add);
    let Node::Repeat(_, min, max, _) = node else { return inside };
    inside.saturating_mul(max.unwrap_or(min.saturating_add(1)).max(1) as usize)
}

/// Adds the bytes with which a match begins; whether the match may go on before it has taken a byte.
fn add_first(node: &Node, bytes: &mut [bool; 256]) -> bool {
    match node {
        Node::Char(c) => {
            bytes[usize::from(c.encode_utf8(&mut [0; 4]).as_bytes()[0])] = true;
            false
        }
        Node::Set(set) => {
            (0..128).filter(|&c| set.contains(c)).for_each(|c| bytes[c as usize] = true);
            if set.ranges().last().is_some_and(|&(_, last)| last >= 128) {
                bytes[128..].fill(true);
            }
            false
        }
        Node::Concat(nodes) => nodes.iter().all(|node| add_first(node, bytes)),
        Node::Alt(nodes) => nodes.iter().filter(|node| add_first(node, bytes)).count() > 0,
        Node::Repeat(body, min, max, _) => *max == Some(0) || add_first(body, bytes) || *min == 0,
        Node::Group(_, body) | Node::Atomic(body) => add_first(body, bytes),
        Node::If(_, yes, no) => {
            let empty = add_first(yes, bytes);
            add_first(no, bytes) || empty
        }
        Node::At(_) | Node::Look(..) => true,
        Node::Same(..) => {
            bytes.fill(true);
            true
        }
    }
}

fn is_anchored(node: &Node) -> bool {
    match node {
        Node::At(at) => *at == At::Start,
        Node::Concat(nodes) => nodes.first().is_some_and(is_anchored),
        Node::Alt(nodes) => nodes.iter().all(is_anchored),
        Node::Group(_, body) | Node::Atomic(body) => is_anchored(body),
        Node::Char(_) | Node::Set(_) | Node::Repeat(..) | Node::Look(..) | Node::Same(..) | Node::If(..) => false,
    }
}
