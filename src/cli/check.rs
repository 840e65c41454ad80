//! `sparkc check`: looks for mistakes. It compiles jobs and looks at names of files; it runs nothing, reads no data, and
//! writes nothing but what `--fix` changes in jobs.

#![expect(clippy::wildcard_enum_match_arm, reason = "asks for a few of the many forms of expressions and types")]

use std::collections::HashMap;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use crate::base::codes;
use crate::base::diag::{Diag, Severity};
use crate::base::source::{Sources, Span};
use crate::exec::io::format::text::{ReaderOptions, Text};
use crate::exec::io::format::whole::WholeFiles;
use crate::exec::io::format::{FileInput, InputFormat};
use crate::hir::walk::each_expr;
use crate::hir::{Arg, CoreOp, Expr, ExprKind, LocalId, Program, Stmt};
use crate::lint::allow::Levels;

use super::args::{Check, Color, Format};
use super::exit;
use super::files;
use super::fix;
use super::formats::{self, Findings};
use super::job::{self, Origin};
use super::report::{self, Reporter};
use super::run::print;

/// Checks jobs; what is found is printed on standard output.
pub(super) fn check(args: &Check, color: Color, reporter: Reporter) -> u8 {
    if let Some(code) = &args.explain {
        return explain(code, reporter);
    }
    let files = match files::expand(&args.files) {
        Ok(files) => files,
        Err(wrong) => {
            wrong.iter().for_each(|why| reporter.say(&format!("error: {why}\n")));
            return exit::USAGE;
        }
    };
    let levels = Levels { allow: args.allow.clone(), deny: args.deny.clone() };
    if args.fix
        && let Some(code) = fix::fix(&files, args.diff, &levels, reporter)
    {
        return code;
    }
    let (mut all, mut denied) = (Vec::new(), false);
    let text = args.eval.iter().map(|text| Origin::Text(text.clone()));
    for origin in files.iter().map(|path| origin_of(path)).chain(text) {
        let found = findings(&origin);
        let failed = has_errors(&found.diags);
        let (diags, is_denied) = levels.apply(found.diags);
        denied |= is_denied;
        all.push((Findings { diags, ..found }, failed));
    }
    let failed = all.iter().any(|(_, failed)| *failed);
    let all: Vec<Findings> = all.into_iter().map(|(found, _)| found).collect();
    let color = report::wants_color(color, io::stdout().is_terminal());
    match print(&printed(args.format, &all, color)) {
        exit::DONE if failed => exit::USAGE,
        exit::DONE if denied => exit::FAILED,
        code => code,
    }
}

fn has_errors(diags: &[Diag]) -> bool {
    diags.iter().any(|diag| diag.severity == Severity::Error)
}

fn explain(code: &str, reporter: Reporter) -> u8 {
    match codes::find(code) {
        Some(row) => print(&format!("{}: {}\n\n{}\n", row.code, row.title, row.explanation)),
        None => {
            reporter.say(&format!("error: no code {code}; codes are E0101 to W1199, see sparkc doc --codes\n"));
            exit::USAGE
        }
    }
}

fn origin_of(path: &Path) -> Origin {
    if path.as_os_str() == "-" { Origin::Stdin } else { Origin::File(path.to_path_buf()) }
}

fn findings(origin: &Origin) -> Findings {
    match job::compile(origin) {
        Ok(compiled) => {
            let mut diags = compiled.findings();
            diags.extend(missing_inputs(&compiled.program));
            diags.sort_by_key(|diag| (diag.span().file, diag.span().start));
            Findings { sources: compiled.sources, diags }
        }
        Err(errors) => Findings { sources: errors.sources, diags: errors.diags },
    }
}

fn printed(format: Format, all: &[Findings], color: bool) -> String {
    let each = |text: &dyn Fn(&Diag, &Sources) -> String| -> String {
        all.iter().flat_map(|found| found.diags.iter().map(|diag| text(diag, &found.sources))).collect()
    };
    match format {
        Format::Human => {
            let diags: Vec<Diag> = all.iter().flat_map(|found| found.diags.clone()).collect();
            let text = each(&|diag, sources| diag.print_report(sources, color));
            let end = if diags.is_empty() { "no findings".to_owned() } else { report::counted(&diags) };
            format!("{text}{end} in {}\n", report::plural(all.len() as u64, "job"))
        }
        Format::Concise => each(&|diag, sources| diag.print_line(sources) + "\n"),
        Format::Json => formats::print_json(all),
        Format::Sarif => formats::print_sarif(all),
        Format::Github => formats::print_github(all),
    }
}

/// Inputs that do not exist, where the path is known before the job runs. Files that the job itself may have written by
/// then are left alone.
pub(super) fn missing_inputs(program: &Program) -> Vec<Diag> {
    let mut walk = Inputs { known: constants(program), read: Vec::new(), written: Vec::new() };
    each_expr(&program.body, &mut |expr| {
        expr.each(&mut |expr| {
            if let ExprKind::Core(op, args) = &expr.kind {
                walk.core(*op, args, expr.span);
            }
        });
    });
    let Inputs { read, written, .. } = walk;
    read.iter().flat_map(|input| input.problems(&written)).collect()
}

/// Variables whose text is known: parameters with a default, and what is set once.
fn constants(program: &Program) -> HashMap<LocalId, String> {
    let mut known = HashMap::new();
    for param in &program.params {
        if let Some(Expr { kind: ExprKind::Str(text), .. }) = &param.default {
            known.insert(param.local, text.to_string());
        }
    }
    let mut set: HashMap<LocalId, usize> = HashMap::new();
    count_sets(&program.body, &mut set);
    for stmt in &program.body {
        if let Stmt::Set(local, Expr { kind: ExprKind::Str(text), .. }) = stmt
            && set.get(local) == Some(&1)
        {
            known.insert(*local, text.to_string());
        }
    }
    known
}

fn count_sets(body: &[Stmt], set: &mut HashMap<LocalId, usize>) {
    for stmt in body {
        match stmt {
            Stmt::Set(local, _) => *set.entry(*local).or_default() += 1,
            Stmt::Do(_) => {}
            Stmt::For(_, _, body) | Stmt::While(_, body) => count_sets(body, set),
            Stmt::If(_, then, otherwise) => {
                count_sets(then, set);
                count_sets(otherwise, set);
            }
        }
    }
}

struct Input {
    path: String,
    span: Span,
    whole: bool,
}

impl Input {
    fn problems(&self, written: &[String]) -> Vec<Diag> {
        let own = |part: &str| written.iter().any(|output| Path::new(part).starts_with(output));
        if self.path.split(',').any(own) {
            return Vec::new();
        }
        let options = ReaderOptions::default();
        let format: Box<dyn InputFormat> =
            if self.whole { Box::new(WholeFiles { options }) } else { Box::new(Text { options }) };
        let errors = FileInput::list(&self.path, 2, format).err().unwrap_or_default();
        errors.iter().map(|error| Diag::error(error.code(), error.to_string(), self.span, "")).collect()
    }
}

struct Inputs {
    known: HashMap<LocalId, String>,
    read: Vec<Input>,
    written: Vec<String>,
}

impl Inputs {
    fn core(&mut self, op: CoreOp, args: &[Arg], span: Span) {
        let text = |at: usize| match args.get(at) {
            Some(Arg::Value(value)) => self.text(value),
            Some(Arg::Func(_)) | None => None,
        };
        match (op, text(0), text(1)) {
            (CoreOp::TextFile, Some(path), _) => self.read.push(Input { path, span, whole: false }),
            (CoreOp::WholeTextFiles, Some(path), _) => self.read.push(Input { path, span, whole: true }),
            (CoreOp::Save(_), _, Some(path)) => self.written.push(path),
            (_, _, _) => {}
        }
    }

    fn text(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Str(text) => Some(text.to_string()),
            ExprKind::Local(local) => self.known.get(local).cloned(),
            _ => None,
        }
    }
}
