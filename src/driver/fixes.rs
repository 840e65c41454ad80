//! Applies the changes that findings offer, one after the other, until none is left.
//!
//! After each change the job is compiled again: what no longer compiles is taken back and not tried again, and what the
//! change has made visible is found. So the result has no errors, whatever a lint offers.

use std::collections::HashSet;
use std::path::Path;

use crate::base::codes::Code;
use crate::base::diag::{Diag, Fix};
use crate::base::source::FileId;

use super::load::{CheckedJob, CompileErrors};

/// More changes than this are not made at once.
const MOST: usize = 1000;

/// A job with changes.
pub struct Fixed {
    /// The text.
    pub text: String,
    /// The codes of the findings that were mended, in order.
    pub applied: Vec<Code>,
    /// The job of the text.
    pub compiled: CheckedJob,
}

/// The job with what findings offer; `wanted` says which findings those are. Files that it uses are relative to the
/// directory, and are not changed.
///
/// # Errors
/// The job has errors as it is.
pub fn fixed(
    name: &str,
    text: String,
    directory: &Path,
    wanted: &dyn Fn(&CheckedJob) -> Vec<Diag>,
) -> Result<Fixed, Box<CompileErrors>> {
    let compiled = CheckedJob::compile(name, text.clone(), directory)?;
    let mut job = Fixed { text, applied: Vec::new(), compiled };
    let mut failed = HashSet::new();
    while job.applied.len() < MOST {
        let main = job.compiled.checked.ast.last().map_or(FileId(0), |program| program.file);
        let offers = wanted(&job.compiled).into_iter().filter_map(|diag| Some((diag.code, diag.fix?)));
        let mut offers = offers.filter(|(_, fix)| fix.edits.iter().all(|edit| edit.span.file == main));
        let next = offers
            .find_map(|(code, fix)| Some((code, changed(&job.text, &fix)?)).filter(|(_, text)| !failed.contains(text)));
        let Some((code, text)) = next else { break };
        match CheckedJob::compile(name, text.clone(), directory) {
            Ok(compiled) => {
                job.text = text;
                job.compiled = compiled;
                job.applied.push(code);
            }
            Err(_) => drop(failed.insert(text)),
        }
    }
    Ok(job)
}

/// The text after a change; none if its parts overlap or change nothing.
fn changed(text: &str, fix: &Fix) -> Option<String> {
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let (mut out, mut at) = (String::new(), 0);
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        out += text.get(at..start)?;
        out += &edit.text;
        at = end;
    }
    out += text.get(at..)?;
    (out != text).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(compiled: &CheckedJob) -> Vec<Diag> {
        compiled.lints()
    }

    #[test]
    fn fixes_follow_each_other() {
        let text = "let r = range(3) | map (x, 1)\nprint((len(r.groupByKey().mapValues(len).collect()) == 0))\n";
        let job = fixed("job.spk", text.to_owned(), Path::new(""), &all).expect("it compiles");
        let lines: Vec<&str> = job.text.lines().collect();
        assert_eq!(lines[1], "print((r.mapValues(_ -> 1).reduceByKey(+).isEmpty()))");
        assert_eq!(job.applied.len(), 3);
    }

    #[test]
    fn a_fix_that_does_not_compile_is_not_made() {
        let bad = |compiled: &CheckedJob| {
            let span = compiled.checked.ast[0].body[0].span;
            vec![Diag::warning(crate::base::codes::UNUSED_VALUE, "x", span, "").fix(span, "nobody | knows")]
        };
        let job = fixed("job.spk", "print(1)\n".to_owned(), Path::new(""), &bad).expect("it compiles");
        assert_eq!((job.text.as_str(), job.applied.len()), ("print(1)\n", 0));
    }
}
