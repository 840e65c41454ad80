//! `sparkc emit pyspark`: a readable PySpark program that gives the same answers.
//!
//! ```text
//! let n = textFile("in/x") | flatMap split " " | map (w, 1) | reduceByKey +
//! n = sc.textFile("in/x").flatMap(lambda x: x.split(" ")).map(lambda w: (w, 1)).reduceByKey(lambda a, b: a + b)
//! ```
//!
//! The program is made from the syntax tree and what the checker found: which row of the catalog each call is (its
//! `pyspark` template is filled with the arguments), how arguments that are functions were read, and types. Patterns become
//! indexes, records dicts, `let` in functions a `def`. Python's closures see variables as they are when Spark pickles them,
//! so what a loop or an assignment changes is handed to lambdas as a default argument, and to functions that the user
//! defined at each call. Python has no blocks: a name of a block that hides another gets one of its own.

mod emitter;
mod expr;
mod function;
mod job;
mod names;
mod prec;
mod prelude;
mod python;
mod scope;
mod statement;
mod template;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;

use emitter::Emitter;
pub use job::Job;
use scope::Scope;

/// The program as Python; `params` are values of the job's parameters as text.
pub fn emit(job: Job<'_>, params: &[(String, String)]) -> String {
    let mut handed = HashMap::new();
    loop {
        // A function may call one that is defined behind it: what that needs is known the next time.
        let mut emitter = Emitter::new(job, params, Scope::new(job, handed));
        for program in &job.checked.ast {
            emitter.program(program);
        }
        match emitter.scope.found_out() {
            None => return emitter.finish(),
            Some(found) => handed = found,
        }
    }
}
