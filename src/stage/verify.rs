//! Checks that a stage from another process is one that tasks can run: splits and inputs are there, types are those of
//! rows, kernels are well formed and fit each other.

use crate::kir::verify::verify;
use crate::kir::{Kind, kinds};
use crate::types::ty::Ty;

use super::{CombineKernels, Feed, Gather, Kernel, Leaf, Pipeline, PlaceBy, Sink, Stage};

/// The mistakes, or nothing.
type Verified = Result<(), String>;

impl Stage {
    /// Checks the stage, which reads so many inputs.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, inputs: usize) -> Verified {
        for split in self.tasks.iter().flatten() {
            if split.pipeline >= self.pipelines.len() {
                return Err("a split of no pipeline".to_owned());
            }
        }
        let row = words(&self.row)?;
        for pipeline in &self.pipelines {
            verify_leaf(pipeline, inputs)?;
            let mut now = words(&pipeline.leaf_row)?;
            for kernel in &pipeline.kernels {
                now = verify_kernel(kernel, &now)?;
            }
            same("the rows of a pipeline", &now, &row)?;
        }
        self.verify_sink(&row)
    }

    fn verify_sink(&self, row: &[Kind]) -> Verified {
        match &self.sink {
            Sink::Shuffle { place, partitions, combine } => {
                if *partitions == 0 {
                    return Err("a shuffle to no partition".to_owned());
                }
                match place {
                    PlaceBy::RoundRobin(_) => {}
                    PlaceBy::Hash(_) | PlaceBy::Range { .. } => pair(&self.row).map(drop)?,
                    PlaceBy::Custom(kernel) => {
                        let (key, _) = pair(&self.row)?;
                        same("a partition", &verify_kernel(kernel, &words(key)?)?, &[Kind::Int])?;
                    }
                }
                let Some(combine) = combine else { return Ok(()) };
                let (key, value) = pair(&self.row)?;
                verify_combine(combine, [key, value])
            }
            Sink::Top { .. } => pair(&self.row).map(drop),
            Sink::Fold { zero, seq, comb } => {
                let mut state = Vec::new();
                kinds(&seq.func.emits, &mut state);
                if let Some(zero) = zero {
                    let mut begin = Vec::new();
                    kinds(zero.value().shape(), &mut begin);
                    same("the zero of a fold", &begin, &state)?;
                } else {
                    same("the first state of a fold", row, &state)?;
                }
                same("a state", &verify_kernel(seq, &[&state, row].concat())?, &state)?;
                same("a state", &verify_kernel(comb, &[&*state, &state].concat())?, &state)
            }
            Sink::Lines if self.row == Ty::Str => Ok(()),
            Sink::Lines => Err("lines that are no texts".to_owned()),
            Sink::Rows | Sink::Take(_) | Sink::Count | Sink::Discard | Sink::Save { .. } => Ok(()),
        }
    }
}

fn verify_leaf(pipeline: &Pipeline, inputs: usize) -> Verified {
    let row = &pipeline.leaf_row;
    match &pipeline.leaf {
        Leaf::Source(source) if (source.0 as usize) < inputs => Ok(()),
        Leaf::Source(_) => Err("an input that is not there".to_owned()),
        Leaf::Cartesian { right_partitions: 0, .. } => Err("pairs with no partition".to_owned()),
        Leaf::Rows(_) => Ok(()),
        Leaf::Whole(_) | Leaf::Zip(..) | Leaf::Cartesian { .. } => pair(row).map(drop),
        Leaf::Gather { from, how: Gather::Keep } => fits(from, row),
        Leaf::Gather { from, how: Gather::Sort { .. } } => {
            pair(row)?;
            fits(from, row)
        }
        Leaf::Gather { from, how: Gather::Group } => {
            let ((key, values), (arriving, value)) = (pair(row)?, pair(&from.row)?);
            if key == arriving && *values == Ty::list(value.clone()) { Ok(()) } else { Err("a group".to_owned()) }
        }
        Leaf::Gather { from, how: Gather::Combine { combine, partial } } => {
            let ((key, state), (arriving, value)) = (pair(row)?, pair(&from.row)?);
            let wanted = if *partial { &combine.state } else { &combine.value };
            if [key, state, arriving, value] != [&combine.key, &combine.state, &combine.key, wanted] {
                return Err("the pairs of a combine".to_owned());
            }
            verify_combine(combine, [key, &combine.value])
        }
        Leaf::CoGroup { left, right } => {
            let ((key, values), (a, one), (b, other)) = (pair(row)?, pair(&left.row)?, pair(&right.row)?);
            let lists = Ty::pair(Ty::list(one.clone()), Ty::list(other.clone()));
            if key == a && key == b && *values == lists { Ok(()) } else { Err("a cogroup".to_owned()) }
        }
    }
}

fn fits(from: &Feed, row: &Ty) -> Verified {
    if from.row == *row { Ok(()) } else { Err("rows that arrive as others".to_owned()) }
}

fn verify_combine(combine: &CombineKernels, [key, value]: [&Ty; 2]) -> Verified {
    if [key, value] != [&combine.key, &combine.value] {
        return Err("the pairs of a combine".to_owned());
    }
    words(key)?;
    let (value, state) = (words(value)?, words(&combine.state)?);
    same("a state", &verify_kernel(&combine.create, &value)?, &state)?;
    same("a state", &verify_kernel(&combine.merge_value, &[&*state, &value].concat())?, &state)?;
    same("a state", &verify_kernel(&combine.merge_combiners, &[&*state, &state].concat())?, &state)
}

/// Checks a kernel that takes such words; the kinds of the words that it gives.
fn verify_kernel(kernel: &Kernel, takes: &[Kind]) -> Result<Vec<Kind>, String> {
    let func = &kernel.func;
    let known = |regs: &[crate::kir::Reg]| -> Result<Vec<Kind>, String> {
        let kinds = regs.iter().map(|reg| func.regs.get(*reg).copied());
        kinds.collect::<Option<_>>().ok_or_else(|| "a register that is not there".to_owned())
    };
    same("the parameters of a kernel", &known(&func.params)?, takes)?;
    let mut captured = Vec::new();
    kernel.captures.iter().for_each(|value| kinds(value.value().shape(), &mut captured));
    same("the captured values of a kernel", &known(&func.captures)?, &captured)?;
    verify(func)?;
    let mut gives = Vec::new();
    kinds(&func.emits, &mut gives);
    Ok(gives)
}

fn same(what: &str, found: &[Kind], wanted: &[Kind]) -> Verified {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?}, not {wanted:?}")) }
}

fn pair(ty: &Ty) -> Result<(&Ty, &Ty), String> {
    match ty.components().as_deref() {
        Some(&[key, value]) => Ok((key, value)),
        _ => Err(format!("{ty} is no pair")),
    }
}

/// The kinds of the words of a row of this type.
fn words(ty: &Ty) -> Result<Vec<Kind>, String> {
    if !ty.is_of_rows() {
        return Err(format!("{ty} is no type of a row"));
    }
    let mut all = Vec::new();
    kinds(&ty.shape(), &mut all);
    Ok(all)
}
