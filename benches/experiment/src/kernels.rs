//! The two kernels in hand-built CLIF: the row kernel, from the ends of pieces to rows, and the update of states.
//!
//! ```text
//! rows    block "to be ", ends 2 5           →  staged (address of "to", 2) (address of "be", 2)
//! update  addresses of the counts of to, be  →  1 is added to each
//! ```
//!
//! A row kernel stores its rows in the staging area and calls a function when that is full, or it calls one a row.

use std::ffi::c_void;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, BlockArg, InstBuilder, MemFlagsData, Signature, Value, types::I64};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, default_libcall_names};

use crate::table::Row;

/// What a row kernel and its caller share.
#[repr(C)]
pub struct State {
    /// The first byte of the block.
    pub base: u64,
    /// Where the pieces of the block end, and the end of that array.
    pub ends: *const u32,
    pub last: *const u32,
    /// Where the next row is staged, and where the staging area is full.
    pub pos: *mut Row,
    pub limit: *mut Row,
    /// What the functions that a kernel calls work on.
    pub batch: *mut c_void,
}

/// Offsets of `base`, `ends`, `last`, `pos` and `limit`.
const FIELDS: [i32; 5] = [0, 8, 16, 24, 32];
const POS: i32 = FIELDS[3];

pub type RowKernel = unsafe extern "C" fn(*mut State);
pub type UpdateKernel = unsafe extern "C" fn(*const *mut u64, *const *mut u64);

/// What a row kernel does with a row.
#[derive(Clone, Copy)]
pub enum Emit {
    /// Stages it; the function takes what is staged when the area is full.
    Stage(RowKernel),
    /// Calls a function with its address and length.
    Call(unsafe extern "C" fn(*mut State, u64, u64)),
}

/// For this machine.
pub fn isa() -> OwnedTargetIsa {
    let mut flags = settings::builder();
    flags.set("opt_level", "speed").expect("it is a setting");
    let builder = cranelift_native::builder().expect("Cranelift has code for this machine");
    builder.finish(settings::Flags::new(flags)).expect("the settings are consistent")
}

pub fn row_kernel(isa: &OwnedTargetIsa, emit: Emit) -> RowKernel {
    let code = compile(isa, 1, |code, params| code.rows(params[0], emit));
    // SAFETY: the code has this signature.
    unsafe { std::mem::transmute::<*const u8, RowKernel>(code) }
}

pub fn update_kernel(isa: &OwnedTargetIsa) -> UpdateKernel {
    let code = compile(isa, 2, |code, params| code.update(params[0], params[1]));
    // SAFETY: the code has this signature.
    unsafe { std::mem::transmute::<*const u8, UpdateKernel>(code) }
}

/// Code of a function with so many words as parameters; it is never freed.
fn compile(isa: &OwnedTargetIsa, params: usize, body: impl FnOnce(&mut Code<'_>, &[Value])) -> *const u8 {
    let mut module = JITModule::new(JITBuilder::with_isa(isa.clone(), default_libcall_names()));
    let (mut context, mut frontend) = (module.make_context(), FunctionBuilderContext::new());
    context.func.signature = signature(isa, params);
    let mut code = Code { b: FunctionBuilder::new(&mut context.func, &mut frontend), isa };
    let entry = code.b.create_block();
    code.b.append_block_params_for_function_params(entry);
    code.b.switch_to_block(entry);
    let params = code.b.block_params(entry).to_vec();
    body(&mut code, &params);
    code.b.ins().return_(&[]);
    code.b.seal_all_blocks();
    code.b.finalize(isa.frontend_config());
    let id = module.declare_anonymous_function(&context.func.signature).expect("it can be declared");
    module.define_function(id, &mut context).expect("the kernel is well formed");
    module.finalize_definitions().expect("it refers to no symbols");
    module.get_finalized_function(id)
}

fn signature(isa: &OwnedTargetIsa, params: usize) -> Signature {
    let mut signature = Signature::new(isa.default_call_conv());
    signature.params.extend(vec![AbiParam::new(I64); params]);
    signature
}

fn args(values: &[Value]) -> Vec<BlockArg> {
    values.iter().map(|value| BlockArg::Value(*value)).collect()
}

/// A function in the making.
struct Code<'a> {
    b: FunctionBuilder<'a>,
    isa: &'a OwnedTargetIsa,
}

impl Code<'_> {
    fn load(&mut self, address: Value, offset: i32) -> Value {
        self.b.ins().load(I64, MemFlagsData::trusted(), address, offset)
    }

    fn store(&mut self, value: Value, address: Value, offset: i32) {
        self.b.ins().store(MemFlagsData::trusted(), value, address, offset);
    }

    fn call(&mut self, function: usize, args: &[Value]) {
        let signature = self.b.import_signature(signature(self.isa, args.len()));
        let callee = self.b.ins().iconst(I64, function as i64);
        self.b.ins().call_indirect(signature, callee, args);
    }

    /// `while values[0] != end { values = body(values) }`; the values after it. They are block parameters.
    fn repeat(
        &mut self,
        values: &[Value],
        end: Value,
        body: impl FnOnce(&mut Self, &[Value]) -> Vec<Value>,
    ) -> Vec<Value> {
        let [head, inside, done] = [(); 3].map(|()| self.b.create_block());
        let params: Vec<Value> = values.iter().map(|_| self.b.append_block_param(head, I64)).collect();
        self.b.ins().jump(head, &args(values));
        self.b.switch_to_block(head);
        let more = self.b.ins().icmp(IntCC::NotEqual, params[0], end);
        self.b.ins().brif(more, inside, &[], done, &[]);
        self.b.switch_to_block(inside);
        let next = body(self, &params);
        self.b.ins().jump(head, &args(&next));
        self.b.switch_to_block(done);
        params
    }

    fn rows(&mut self, state: Value, emit: Emit) {
        let [base, ends, last, pos, limit] = FIELDS.map(|field| self.load(state, field));
        let start = self.b.ins().iconst(I64, 0);
        let after = self.repeat(&[ends, start, pos], last, |code, values| {
            let [piece, start, pos] = [values[0], values[1], values[2]];
            let end = code.b.ins().uload32(MemFlagsData::trusted(), piece, 0);
            let row = [code.b.ins().iadd(base, start), code.b.ins().isub(end, start)];
            let pos = match emit {
                Emit::Stage(flush) => code.stage(state, row, [pos, limit], flush),
                Emit::Call(function) => {
                    code.call(function as usize, &[state, row[0], row[1]]);
                    pos
                }
            };
            vec![code.b.ins().iadd_imm_s(piece, 4), code.b.ins().iadd_imm_s(end, 1), pos]
        });
        if let Emit::Stage(_) = emit {
            self.store(after[2], state, POS);
        }
    }

    /// Stores a row, has the area emptied if it is full then, and gives the place of the next row.
    fn stage(&mut self, state: Value, row: [Value; 2], [pos, limit]: [Value; 2], flush: RowKernel) -> Value {
        self.store(row[0], pos, 0);
        self.store(row[1], pos, 8);
        let next = self.b.ins().iadd_imm_s(pos, 16);
        let full = self.b.ins().icmp(IntCC::Equal, next, limit);
        let [flushing, done] = [(); 2].map(|()| self.b.create_block());
        let place = self.b.append_block_param(done, I64);
        self.b.set_cold_block(flushing);
        self.b.ins().brif(full, flushing, &[], done, &args(&[next]));
        self.b.switch_to_block(flushing);
        self.store(next, state, POS);
        self.call(flush as usize, &[state]);
        let emptied = self.load(state, POS);
        self.b.ins().jump(done, &args(&[emptied]));
        self.b.switch_to_block(done);
        place
    }

    fn update(&mut self, at: Value, end: Value) {
        self.repeat(&[at], end, |code, values| {
            let count = code.load(values[0], 0);
            let old = code.load(count, 0);
            let new = code.b.ins().iadd_imm_s(old, 1);
            code.store(new, count, 0);
            vec![code.b.ins().iadd_imm_s(values[0], 8)]
        });
    }
}
