//! How long a job of ten stages takes before its first row: parsing and checking, and a whole run over next to nothing on
//! each engine. The difference between the engines is what making machine code costs.
//!
//! `cargo bench --bench compile`

use divan::Bencher;

use sparkc::harness::driver::{self, CheckedJob, EngineKind, Options};
use sparkc::harness::exec::Settings;

fn main() {
    divan::main();
}

/// Ten stages, one after the other, with operators between their shuffles.
const JOB: &str = r#"
range(0)
  | map n -> (n % 7, f"{n:03d}")
  | groupByKey
  | map (k, texts) -> (k + 1, len(texts))
  | reduceByKey +
  | filter (k, n) -> n > k
  | map (k, n) -> (str(k), float(n) / 3)
  | sortByKey
  | map (k, x) -> (k + "x", round(x, 2))
  | reduceByKey max
  | map (k, x) -> (len(k), (k.upper(), x))
  | groupByKey
  | flatMap (k, pairs) -> [(name, k) for (name, _) in pairs]
  | distinct
  | map (name, k) -> (k, name.replace("X", "-"))
  | reduceByKey (a, b) -> a + b
  | map (k, text) -> (text, k * k)
  | map (text, n) -> (n, text)
  | reduceByKey (a, b) -> min(a, b)
  | map (n, text) -> f"{n}\t{text}"
  | collect
  | print
"#;

fn compiled() -> CheckedJob {
    CheckedJob::from_text("ten_stages.spk", JOB.to_owned()).unwrap_or_else(|errors| panic!("{:?}", errors.diags))
}

/// Jobs whose kernels have thousands of places that can fail: a list of computed elements, and a text of many parts.
fn wide(elements: usize) -> CheckedJob {
    let items: Vec<String> = (0..elements).map(|n| format!("{n} + 0 * a")).collect();
    let parts: String = (0..elements / 4).map(|n| format!("{{a // {}}},", n + 1)).collect();
    let job = format!("let a = 3\nparallelize([{}]) | map a -> f\"{parts}\" | count | print\n", items.join(", "));
    CheckedJob::from_text("wide.spk", job).unwrap_or_else(|errors| panic!("{:?}", errors.diags))
}

/// Linear: four times the elements take four times as long.
#[divan::bench(args = [1500, 6000])]
fn run_of_many_places(bencher: Bencher<'_, '_>, elements: usize) {
    let compiled = wide(elements);
    bencher.bench_local(|| run(&compiled, EngineKind::Jit));
}

#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    bencher.bench_local(compiled);
}

fn run(compiled: &CheckedJob, engine: EngineKind) {
    let options = Options { engine, exec: Settings { threads: 2, ..Settings::default() }, ..Options::default() };
    let outcome = driver::run(compiled, &options, Box::new(std::io::sink()), drop);
    if let Err(error) = outcome.result {
        panic!("{error:?}");
    }
}

#[divan::bench]
fn run_interpreted(bencher: Bencher<'_, '_>) {
    let compiled = compiled();
    bencher.bench_local(|| run(&compiled, EngineKind::Interp));
}

#[divan::bench]
fn run_compiled(bencher: Bencher<'_, '_>) {
    let compiled = compiled();
    bencher.bench_local(|| run(&compiled, EngineKind::Jit));
}

#[divan::bench]
fn run_compiled_without_optimising(bencher: Bencher<'_, '_>) {
    let compiled = compiled();
    bencher.bench_local(|| run(&compiled, EngineKind::JitNone));
}
