//! Runs every example of the catalog and compares what it prints: one named test each.
//!
//! An example is an expression; its value is printed. One that has no value (an action) or is an RDD stands as a
//! statement. Examples of functions run a second time inside of a kernel, once for each element of an RDD.

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use sparkc::harness::catalog;
use sparkc::harness::driver::{CheckedJob, Options, run};
use sparkc::harness::exec::Settings;
use sparkc::harness::types::Ty;
use tempfile::TempDir;

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panics").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() -> ExitCode {
    let _directory = enter_directory().expect("a directory for the examples' files");
    let mut trials = Vec::new();
    for section in catalog::sections() {
        for row in section.rows {
            for (n, &(example, expected)) in row.examples.iter().enumerate() {
                let name = format!("{}::{}::{n}::{example}", section.title, row.name);
                trials.push(Trial::test(name.clone(), move || check(example, expected)));
                trials.push(Trial::test(format!("{name} (kernel)"), move || check_in_kernel(example, expected)));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Makes the files that examples read, and works where they are.
fn enter_directory() -> std::io::Result<TempDir> {
    let directory = tempfile::tempdir()?;
    std::env::set_current_dir(&directory)?;
    std::fs::create_dir("in")?;
    std::fs::create_dir("out")?;
    std::fs::write("in/words.txt", "one\ntwo\nthree\n")?;
    Ok(directory)
}

/// A program, if it compiles.
fn compiled(program: String) -> Option<CheckedJob> {
    CheckedJob::from_text("example", program).ok()
}

/// What a program prints.
fn printed(compiled: &CheckedJob) -> Result<String, Failed> {
    let out = Printed::default();
    let exec = Settings { threads: 2, overwrite: true, ..Settings::default() };
    let options = Options { exec, ..Options::default() };
    let outcome = run(compiled, &options, Box::new(out.clone()), |_| {});
    outcome.result.map_err(|error| format!("{error:?}"))?;
    let bytes = out.0.lock().expect("no writer panics").clone();
    Ok(String::from_utf8(bytes)?)
}

fn compare(found: &str, expected: &str) -> Result<(), Failed> {
    let found = found.strip_suffix('\n').unwrap_or(found);
    if found == expected { Ok(()) } else { Err(format!("expected {expected}\nfound    {found}").into()) }
}

fn check(example: &str, expected: &str) -> Result<(), Failed> {
    let named = compiled(format!("let value = {example}\nprint value\n")).ok_or("it does not compile")?;
    let has_value = named.checked.lets.iter().any(|(name, ty)| **name == *"value" && *ty != Ty::unit());
    if has_value {
        return compare(&printed(&named)?, expected);
    }
    let alone = compiled(format!("{example}\n")).ok_or("it does not compile as a statement")?;
    compare(&printed(&alone)?, expected)
}

/// The example for each of two elements, the second of which is printed; nothing if it is no function of elements.
fn check_in_kernel(example: &str, expected: &str) -> Result<(), Failed> {
    let element = format!("_ -> let value = ({example}) in str(value)");
    let program = format!("let all = parallelize([1, 2]) | map ({element}) | collect\nprint all[1]\n");
    match compiled(program) {
        Some(compiled) if !example.starts_with("print") => compare(&printed(&compiled)?, expected),
        Some(_) | None => Ok(()),
    }
}
