//! Code that folds what a kernel emits into one state: both functions in one loop, the state in registers.
//!
//! ```text
//! state = words at `states`: 0 or 1, whether there is a state, then its words
//! for each row: …body of the kernel…; emit = no state: the row becomes it, else state = seq(state, row)
//! at the end, and at a failure: the words of the state are written back
//! ```

use cranelift_codegen::ir::{BlockArg, Function, InstBuilder, MemFlagsData, Value, types};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilderContext, Variable};

use crate::engine::emit::EmitBuffer;
use crate::engine::{Fold, Ran};
use crate::kir::{Func, Reg};
use crate::runtime::call::cx::Cx;
use crate::runtime::value::words::Word;

use super::func::{Emitted, Emitter, FoldState, Output, Rows, clif_type};
use super::module::{Call, Machine};
use super::regs::Next;
use super::state;

/// Compiled code that folds.
pub(super) struct Folding {
    /// The code.
    pub(super) machine: Machine,
}

impl Fold for Folding {
    fn run(
        &self,
        cx: &Cx,
        captures: &[Word],
        rows: &[Word],
        range: [usize; 2],
        counts: &mut EmitBuffer,
        state: &mut [Word],
    ) -> Ran {
        self.machine.fold(&Call { cx, captures, rows, range }, counts, state)
    }
}

/// Emits the function that folds with the first of `funcs` what the second emits, or rows as they are.
pub(super) fn emit_fold(function: &mut Function, funcs: &[Func], target: TargetFrontendConfig) -> Emitted {
    let (seq, kernel) = (&funcs[0], funcs.get(1));
    let all: Vec<&Func> = funcs.iter().collect();
    let mut context = FunctionBuilderContext::new();
    let mut emitter = Emitter::start(function, &mut context, &all, target);
    let rows = Rows::start(&mut emitter);
    let (state, row) = seq.params.split_at(seq.emits.words());
    emitter.start_fold(seq, state);
    if let Some(kernel) = kernel {
        emitter.enter(kernel);
        emitter.load_captures(seq.captures.len());
    }
    rows.head(&mut emitter);
    emitter.next.push(Next::row(rows.next));
    match kernel {
        Some(kernel) => {
            let address = rows.element(&mut emitter, state::ROWS, kernel.params.len() as i64 * 8);
            emitter.load_params(&kernel.params, address, 0);
            emitter.block(&kernel.body);
        }
        None => {
            let address = rows.element(&mut emitter, state::ROWS, row.len() as i64 * 8);
            let load = |(at, reg): (usize, &Reg)| emitter.load(clif_type(seq.regs[*reg]), address, at as i32 * 8);
            let words: Vec<Value> = row.iter().enumerate().map(load).collect();
            emitter.fold_row(words);
        }
    }
    rows.end_row(&mut emitter, true);
    emitter.finish(target)
}

impl<'k> Emitter<'_, 'k> {
    /// Loads the state into registers.
    fn start_fold(&mut self, seq: &'k Func, regs: &[Reg]) {
        let base = self.load(self.pointer, self.state, state::STATES);
        let some = self.builder.declare_var(types::I64);
        let flag = self.load(types::I64, base, 0);
        self.builder.def_var(some, flag);
        let mut words = Vec::with_capacity(regs.len());
        for (at, reg) in regs.iter().enumerate() {
            let ty = clif_type(seq.regs[*reg]);
            let variable = self.builder.declare_var(ty);
            let word = self.load(ty, base, (at as i32 + 1) * 8);
            self.builder.def_var(variable, word);
            words.push(variable);
        }
        self.output = Output::Fold;
        self.fold = Some(FoldState { some, words, seq });
    }

    /// Folds an emitted row into the state, and counts it.
    pub(super) fn fold_row(&mut self, row: Vec<Value>) {
        let FoldState { some, words, seq } = self.fold.take().expect("a fold has begun");
        let flag = self.builder.use_var(some);
        let [first, more, after] = [(); 3].map(|()| self.builder.create_block());
        self.builder.ins().brif(flag, more, &[] as &[BlockArg], first, &[] as &[BlockArg]);

        self.begin(first);
        // A state of another type than the rows is there from the start, and this block never runs.
        let ty = |at: usize| clif_type(seq.regs[seq.params[at]]);
        let like = |(at, word): (usize, &Value)| ty(at) == self.builder.func.dfg.value_type(*word);
        if row.len() == words.len() && row.iter().enumerate().all(like) {
            words.iter().zip(&row).for_each(|(variable, word)| self.builder.def_var(*variable, *word));
        }
        let one = self.builder.ins().iconst(types::I64, 1);
        self.builder.def_var(some, one);
        self.builder.ins().jump(after, &[]);

        self.begin(more);
        let outer = self.leave_body();
        self.enter(seq);
        self.load_captures(0);
        for (at, reg) in seq.params.iter().enumerate() {
            let value = match at.checked_sub(words.len()) {
                None => self.builder.use_var(words[at]),
                Some(at) => row[at],
            };
            self.set(*reg, value);
        }
        self.fold = Some(FoldState { some, words, seq });
        self.output = Output::FoldState;
        self.next.push(Next::row(after));
        self.block(&seq.body);
        self.next.pop();
        self.output = Output::Fold;
        self.enter_again(outer);
        self.builder.ins().jump(after, &[]);

        self.begin(after);
        let count = self.builder.use_var(self.pos);
        let count = self.builder.ins().iadd_imm_s(count, 8);
        self.builder.def_var(self.pos, count);
    }

    /// Changes the state.
    pub(super) fn set_fold(&mut self, values: &[Value]) {
        let fold = self.fold.as_ref().expect("a fold has begun");
        fold.words.iter().zip(values).for_each(|(variable, word)| self.builder.def_var(*variable, *word));
    }

    /// Writes the state back.
    pub(super) fn leave_fold(&mut self) {
        let Some(FoldState { some, words, .. }) = &self.fold else { return };
        let variables: Vec<Variable> = std::iter::once(*some).chain(words.iter().copied()).collect();
        let base = self.load(self.pointer, self.state, state::STATES);
        for (at, variable) in variables.into_iter().enumerate() {
            let value = self.builder.use_var(variable);
            self.builder.ins().store(MemFlagsData::trusted(), value, base, at as i32 * 8);
        }
    }
}
