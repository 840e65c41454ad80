//! Kernels, and what they call, read nothing behind the texts of their input: each line of a file is moved to the end of
//! a page behind which nothing can be read, and the answers are those of the lines in their block.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::*;
use crate::engine::emit::EmitBuffer;
use crate::engine::{BatchCode, BatchEngine, Code, Engine, Failure, Fold, Frame, Ran, Update};
use crate::exec::settings::Settings;
use crate::kir::{Func, Kind};
use crate::runtime::call::cx::Cx;
use crate::runtime::testing::Guards;
use crate::runtime::value::words::{Value, Word};

/// The code generator, with kernels that move the lines they get, and how many these were.
struct Moving(Jit, Arc<AtomicUsize>);

/// Code whose rows are lines, and the memory to which these have been moved. It stays as long as the code: until the
/// tasks have encoded what points into it.
struct Moved<T: ?Sized> {
    code: Arc<T>,
    memory: Mutex<Guards>,
    moved: Arc<AtomicUsize>,
}

impl<T: ?Sized> Moved<T> {
    fn new(code: Arc<T>, moved: &Arc<AtomicUsize>) -> Self {
        Self { code, memory: Mutex::default(), moved: moved.clone() }
    }

    /// The rows of a batch, with the lines of the range moved.
    fn rows(&self, rows: &[Word], range: [usize; 2]) -> Vec<Word> {
        let (mut rows, mut memory) = (rows.to_vec(), self.memory.lock().unwrap());
        for row in rows.chunks_exact_mut(2).take(range[1]).skip(range[0]) {
            let words = memory.moved(row);
            row.copy_from_slice(&words);
            self.moved.fetch_add(1, Relaxed);
        }
        rows
    }
}

/// Whether a kernel's rows are texts; in the jobs of these tests nothing else has an address and an int.
fn takes_lines(kernel: &Func) -> bool {
    kernel.params.iter().map(|reg| kernel.regs[*reg]).eq([Kind::Addr, Kind::Int])
}

impl Engine for Moving {
    fn compile(&self, func: &Func) -> Arc<dyn Code> {
        let code = self.0.compile(func);
        if takes_lines(func) { Arc::new(Moved::new(code, &self.1)) } else { code }
    }

    fn name(&self) -> &'static str {
        "moving"
    }
}

impl BatchEngine for Moving {
    fn kernel(&self, func: &Func) -> Arc<dyn BatchCode> {
        let code = self.0.kernel(func);
        if takes_lines(func) { Arc::new(Moved::new(code, &self.1)) } else { code }
    }

    fn update(&self, create: Option<&Func>, merge: &Func, key_words: usize) -> Arc<dyn Update> {
        self.0.update(create, merge, key_words)
    }

    fn fold(&self, kernel: Option<&Func>, seq: &Func) -> Arc<dyn Fold> {
        let code = self.0.fold(kernel, seq);
        if kernel.is_some_and(takes_lines) { Arc::new(Moved::new(code, &self.1)) } else { code }
    }
}

impl Code for Moved<dyn Code> {
    fn frame(&self, captures: &[Word]) -> Frame {
        self.code.frame(captures)
    }

    fn run(&self, cx: &Cx, frame: &mut Frame, row: &[Word], emit: &mut dyn FnMut(Value<'_>)) -> Result<(), Failure> {
        self.code.run(cx, frame, &self.rows(row, [0, 1]), emit)
    }
}

impl BatchCode for Moved<dyn BatchCode> {
    fn run_rows(
        &self,
        cx: &Cx,
        captures: &[Word],
        rows: &[Word],
        range: [usize; 2],
        buffer: &mut EmitBuffer,
        flush: &mut dyn FnMut(&mut EmitBuffer, usize) -> bool,
    ) -> Ran {
        self.code.run_rows(cx, captures, &self.rows(rows, range), range, buffer, flush)
    }
}

impl Fold for Moved<dyn Fold> {
    fn run(
        &self,
        cx: &Cx,
        captures: &[Word],
        rows: &[Word],
        range: [usize; 2],
        counts: &mut EmitBuffer,
        state: &mut [Word],
    ) -> Ran {
        self.code.run(cx, captures, &self.rows(rows, range), range, counts, state)
    }
}

/// The bytes that follow the input.
const JOBS: &[&str] = &[
    "flatMap split \" \" | map (w, 1) | reduceByKey +",
    "flatMap split | map (w, 1) | reduceByKey +",
    "map l -> (l, len(l)) | groupByKey",
    "map splitCsv | map f -> (f[0], len(f))",
    "flatMap csvFields | distinct",
    "filter \",\" in l | map l -> (l.split(\",\")[0], l.split(\",\")[1]) | sortByKey",
    "map l -> (l.upper(), l.strip(), l.replace(\"a\", \"bc\"), l.find(\"z\"), l.startswith(\"ab\"))",
    "filter search(l, \"[0-9]+ ?$\") != None | map l -> (findall(l, \"[a-z]+\"), l)",
    "map l -> int(l[-3:]) | sum",
    "map l -> float(l) | max",
    "sortBy l -> l",
    "map l -> (l + \"x\", l < \"m\", l == \"\") | countByValue",
    "map len | reduce +",
];

/// Lines of all lengths around those at which words and vectors end.
fn lines() -> String {
    let fills = ["ab c  1 ", "x,", "\"q\",,r s", "7", "a", "é z,\t"];
    let line = |n: usize| -> String {
        let mut line: String = fills[n % fills.len()].chars().cycle().take(n / fills.len()).collect();
        line.push('\n');
        line
    };
    (0..fills.len() * 131).map(line).collect()
}

#[test]
fn nothing_behind_a_line_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lines");
    std::fs::write(&path, lines()).unwrap();
    for job in JOBS {
        let text = format!("textFile \"{}\", 2 | {job} | print", path.display());
        let compiled =
            CheckedJob::from_text("job.spk", text).unwrap_or_else(|errors| panic!("{job}: {:?}", errors.diags));
        for on_error in [OnError::Fail, OnError::Skip] {
            let exec = Settings { threads: 2, on_error, ..Settings::default() };
            let options = Options { exec, ..Options::default() };
            let mut run = Job::new(&compiled, &options, Box::new(std::io::sink()), None).unwrap();
            let moved = Arc::new(AtomicUsize::new(0));
            run.exec.compare_with(Box::new(Batched::new(Box::new(Moving(
                Jit::new(OptLevel::Speed).unwrap(),
                moved.clone(),
            )))));
            match run.run_program() {
                Ok(()) | Err(JobError::Rows(_)) => {}
                Err(error) => panic!("{job}: {error:?}"),
            }
            assert!(moved.load(Relaxed) >= lines().lines().count(), "{job}: all lines were moved");
        }
    }
}
