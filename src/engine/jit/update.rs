//! Code that makes and changes the states of keys: the functions of a combine around the addresses of states.
//!
//! ```text
//! for each row: address = states[row]
//!   bit 0 set: create(value) to the address, or a copy of the value
//!   else:      merge(words at the address, value) to the address
//! ```

use cranelift_codegen::ir::{BlockArg, Function, InstBuilder, MemFlagsData, types};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::FunctionBuilderContext;

use crate::engine::{Ran, Update};
use crate::kir::Func;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::words::Word;

use super::func::{Emitted, Emitter, Output, Rows};
use super::module::{Call, Machine};
use super::regs::Next;
use super::state;

/// Compiled code that updates states.
pub(super) struct Updating {
    /// The code.
    pub(super) machine: Machine,
}

impl Update for Updating {
    fn run(&self, cx: &Cx, captures: &[Word], rows: &[Word], states: &[Word], range: [usize; 2]) -> Ran {
        self.machine.update(&Call { cx, captures, rows, range }, states)
    }
}

/// Emits the function that merges, and the one that creates if there is one (`funcs` in this order).
pub(super) fn emit_update(
    function: &mut Function,
    funcs: &[Func],
    key_words: usize,
    target: TargetFrontendConfig,
) -> Emitted {
    let (merge, create) = (&funcs[0], funcs.get(1));
    let state_words = merge.emits.words();
    let value_words = merge.params.len() - state_words;
    let all: Vec<&Func> = funcs.iter().collect();
    let mut context = FunctionBuilderContext::new();
    let mut emitter = Emitter::start(function, &mut context, &all, target);
    let rows = Rows::start(&mut emitter);
    rows.head(&mut emitter);
    let slot = rows.element(&mut emitter, state::STATES, 8);
    let tagged = emitter.load(types::I64, slot, 0);
    let row = rows.element(&mut emitter, state::ROWS, (key_words + value_words).max(1) as i64 * 8);
    let vacant = emitter.builder.ins().band_imm_u(tagged, 1);
    let address = emitter.builder.ins().bxor(tagged, vacant);
    emitter.output = Output::State(address);
    emitter.next.push(Next::row(rows.next));
    let [fresh, known] = [(); 2].map(|()| emitter.builder.create_block());
    emitter.builder.ins().brif(vacant, fresh, &[] as &[BlockArg], known, &[] as &[BlockArg]);

    emitter.begin(fresh);
    match create {
        Some(create) => {
            emitter.enter(create);
            emitter.load_captures(0);
            emitter.load_params(&create.params, row, key_words);
            emitter.block(&create.body);
        }
        None => copy_words(&mut emitter, row, key_words, address, value_words),
    }
    emitter.builder.ins().jump(rows.next, &[]);

    emitter.begin(known);
    emitter.enter(merge);
    emitter.load_captures(create.map_or(0, |create| create.captures.len()));
    let (state, value) = merge.params.split_at(state_words);
    emitter.load_params(state, address, 0);
    emitter.load_params(value, row, key_words);
    emitter.block(&merge.body);
    rows.end_row(&mut emitter, false);
    emitter.finish(target)
}

fn copy_words(
    emitter: &mut Emitter<'_, '_>,
    row: cranelift_codegen::ir::Value,
    first: usize,
    address: cranelift_codegen::ir::Value,
    words: usize,
) {
    for at in 0..words as i32 {
        let word = emitter.load(types::I64, row, (first as i32 + at) * 8);
        emitter.builder.ins().store(MemFlagsData::trusted(), word, address, at * 8);
    }
}
