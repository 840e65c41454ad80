//! Jobs over a store and a format that nothing in the plan, the stages or the tasks knows.

use super::*;
use crate::exec::io::store::memory::MEMORY;
use crate::plan::node::{Action, FormatSpec};

const ENGINES: [EngineKind; 3] = [EngineKind::Interp, EngineKind::Jit, EngineKind::Both];

fn with_job(text: &str, engine: EngineKind, check: impl FnOnce(&mut Job<'_>)) {
    let compiled =
        CheckedJob::from_text("job.spk", text.to_owned()).unwrap_or_else(|errors| panic!("{:?}", errors.diags));
    let mut options = Options { engine, ..Options::default() };
    options.exec.overwrite = true;
    let mut job = Job::new(&compiled, &options, Box::new(std::io::sink()), None).unwrap();
    job.run_program().unwrap();
    check(&mut job);
}

#[test]
fn a_store_is_read_and_written_by_its_urls() {
    MEMORY.write("memory://job/in/a.txt", b"x y\ny\n");
    MEMORY.write("memory://job/in/b.txt", b"y");
    let text = "textFile \"memory://job/in/*.txt\" | flatMap split \" \" | map (w, 1) | reduceByKey +, 1
      | saveAsTextFile \"memory://job/out\"";
    for engine in ENGINES {
        with_job(text, engine, |_| {});
        let expected = [("_SUCCESS", ""), ("part-00000", "('x', 1)\n('y', 3)\n")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        assert_eq!(MEMORY.below("memory://job/out"), expected, "{engine:?}");
    }
}

#[test]
fn rows_reach_a_format_that_wants_them_as_they_are() {
    for engine in ENGINES {
        with_job("let squares = range(0, 4) | map x -> x * x\nsquares | count | print", engine, |job| {
            let rdd = job.env.values().find_map(|value| if let Val::Rdd(rdd) = value { Some(*rdd) } else { None });
            let Some(Stmt::Do(expr)) = job.compiled.program.body.last() else { panic!("the job prints") };
            let (operator, path) = ("saveAsInts", "memory://squares/out".to_owned());
            let format = FormatSpec { name: "ints".to_owned(), options: Vec::new() };
            job.perform(rdd.unwrap(), &Action::Save { operator, path, format, row: None }, expr).unwrap();
        });
        let bytes = |ints: [u64; 2]| ints.iter().flat_map(|int| int.to_le_bytes()).collect::<Vec<u8>>();
        let parts = [[0, 1], [4, 9]].map(bytes);
        let written: Vec<Vec<u8>> = MEMORY.below("memory://squares/out").into_iter().map(|(_, bytes)| bytes).collect();
        assert_eq!(written[1..], parts, "{engine:?}");
    }
}
