//! From the syntax tree back to text: the formatter behind `sparkc fmt`.
//!
//! ```text
//! let a=textFile( "x" )|map   f   # c      let a = textFile("x") | map f  # c
//! ```
//!
//! Laws, which the tests check: the text parses to the same tree; printing that tree gives the same text; every comment is
//! there once. One statement a line; at most one blank line between two; blocks indented by two spaces. A pipeline that had
//! several lines, or does not fit `WIDTH` columns, has one stage a line; so has an `if` or `let` behind `=` one branch or
//! binding a line. Literals stay as they were written. A comment
//! between two stages stays there; one within an expression moves to the line above. Comments behind code stand two blanks
//! behind it, and those that stood in one column, on lines that follow each other, stay in one column.

mod expr;
mod types;

use super::ast::{Comment, Expr, ExprKind, Pattern, Program, Stage, Stmt, StmtKind};
use crate::base::source::{Sources, Span};
use expr::{Place, Printer};

/// Columns that a line should not exceed.
pub(crate) const WIDTH: usize = 100;

/// Prints a program. It must be the result of parsing its file in `sources`, from where literals and blank lines come.
pub fn print_program(program: &Program, sources: &Sources) -> String {
    let mut layout = Lines {
        printer: Printer { sources },
        comments: &program.comments,
        next: 0,
        out: String::new(),
        trailing: Vec::new(),
    };
    stacker::maybe_grow(1 << 20, 16 << 20, || {
        let end = layout.block(&program.body, 0, None);
        layout.comments_until(u32::MAX, 0, end);
    });
    aligned(&layout.out, &layout.trailing)
}

/// Comments behind code that stood below each other in one column, on lines that follow each other, do so again.
fn aligned(out: &str, trailing: &[Trailing]) -> String {
    let line = |comment: &Trailing| out[..comment.at].rfind('\n').map_or(0, |end| end + 1);
    let width = |comment: &Trailing| out[line(comment)..comment.at].chars().count();
    let below = |a: &Trailing, b: &Trailing| a.column == b.column && out[a.at..line(b)].matches('\n').count() == 1;
    let (mut text, mut done) = (String::with_capacity(out.len()), 0);
    for group in trailing.chunk_by(below) {
        let widest = group.iter().map(width).max().unwrap_or(0);
        for comment in group {
            text += &out[done..comment.at];
            text.extend(std::iter::repeat_n(' ', widest - width(comment)));
            done = comment.at;
        }
    }
    text + &out[done..]
}

/// A comment behind code.
struct Trailing {
    /// Where the code ends that is before it, in the text that is written.
    at: usize,
    /// The column of the comment in the source.
    column: usize,
}

/// Writes lines, and comments between them.
struct Lines<'a> {
    printer: Printer<'a>,
    comments: &'a [Comment],
    /// The first comment that is not written yet.
    next: usize,
    out: String,
    /// The comments behind code so far.
    trailing: Vec<Trailing>,
}

impl Lines<'_> {
    fn line(&mut self, indent: usize, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out += text;
        self.out.push('\n');
    }

    /// Adds to the last line.
    fn append(&mut self, text: &str) {
        self.out.truncate(self.out.trim_end_matches('\n').len());
        self.out += text;
        self.out.push('\n');
    }

    fn source(&self, from: Span, start: u32, end: u32) -> &str {
        self.printer.sources.text(Span { start, end: end.max(start), ..from })
    }

    /// A blank line, if there was one between what ends at `before` and what starts at `start`.
    fn blank(&mut self, before: Option<Span>, start: u32) {
        let Some(before) = before else { return };
        if before.end <= start && self.source(before, before.end, start).matches('\n').count() > 1 {
            self.out.push('\n');
        }
    }

    fn peek(&self, until: u32) -> Option<Comment> {
        self.comments.get(self.next).filter(|comment| comment.span.start < until).cloned()
    }

    /// Writes the comments before a place, one a line. The statement that ends before them decides about blank lines.
    fn comments_until(&mut self, until: u32, indent: usize, mut before: Option<Span>) -> Option<Span> {
        while let Some(comment) = self.peek(until) {
            self.next += 1;
            self.blank(before, comment.span.start);
            self.line(indent, &comment.text);
            before = Some(comment.span);
        }
        before
    }

    /// Writes comments that stood within a line above it.
    fn hoist(&mut self, until: u32, indent: usize) {
        while let Some(comment) = self.peek(until) {
            self.next += 1;
            self.line(indent, &comment.text);
        }
    }

    /// Writes a comment that stands behind what ends at `end`, on the same line, with nothing but `signs` between.
    fn trailing(&mut self, end: Span, signs: &str, before: Option<Span>) -> Option<Span> {
        let Some(comment) = self.peek(u32::MAX) else { return before };
        let between = self.source(end, end.end, comment.span.start);
        if comment.own_line || !between.chars().all(|c| matches!(c, ' ' | '\t') || signs.contains(c)) {
            return before;
        }
        self.next += 1;
        let before_it = self.source(comment.span, 0, comment.span.start);
        let column = before_it.rsplit('\n').next().unwrap_or_default().chars().count();
        self.append(&format!("  {}", comment.text));
        let at = self.out.len() - comment.text.len() - "  \n".len();
        self.trailing.push(Trailing { at, column });
        Some(comment.span)
    }

    /// Writes statements with what stands between them; gives the place of the last thing written.
    fn block(&mut self, body: &[Stmt], indent: usize, mut before: Option<Span>) -> Option<Span> {
        for stmt in body {
            before = self.comments_until(stmt.span.start, indent, before);
            self.blank(before, stmt.span.start);
            self.stmt(stmt, indent);
            before = self.trailing(stmt.span, ";", Some(stmt.span));
        }
        before
    }

    fn stmt(&mut self, stmt: &Stmt, indent: usize) {
        let printer = self.printer;
        match &stmt.kind {
            StmtKind::Let { pattern, ty, value } => {
                let start = format!("let {}{} = ", printer.pattern(pattern), printer.annotation(ty.as_ref()));
                self.value(&start, value, indent, stmt.span);
            }
            StmtKind::Assign { name, value } => self.value(&format!("{} = ", name.text), value, indent, stmt.span),
            StmtKind::Def { body, .. } => self.value(&printer.def_head(&stmt.kind), body, indent, stmt.span),
            StmtKind::Type { name, ty } => {
                self.single(format!("type {} = {}", name.text, printer.type_expr(ty)), indent, stmt.span);
            }
            StmtKind::Param { name, ty, default, doc: _ } => {
                let default = default.as_ref().map(|e| format!(" = {}", printer.expr(e, Place::TOP)));
                let ty = printer.annotation(ty.as_ref());
                self.single(format!("param {}{ty}{}", name.text, default.unwrap_or_default()), indent, stmt.span);
            }
            StmtKind::Use { path, path_span } => {
                self.single(format!("use {}", printer.string(path, *path_span)), indent, stmt.span);
            }
            StmtKind::For { pattern, list, body } => self.for_block(pattern, list, body, indent, stmt.span),
            StmtKind::While { condition, body } => {
                let head = format!("while {} {{", printer.expr(condition, Place::HEAD));
                self.head(&head, condition.span, indent);
                self.body(body, indent, stmt.span.end);
                self.line(indent, "}");
            }
            StmtKind::If { arms, otherwise } => self.if_block(arms, otherwise.as_deref(), indent, stmt.span),
            StmtKind::Expr(value) => self.value("", value, indent, stmt.span),
        }
    }

    /// A statement of one line; comments that stood within move above it.
    fn single(&mut self, text: String, indent: usize, span: Span) {
        self.hoist(span.end, indent);
        self.line(indent, &text);
    }

    // ---- blocks

    fn for_block(&mut self, pattern: &Pattern, list: &Expr, body: &[Stmt], indent: usize, span: Span) {
        let mut list_text = self.printer.value(list, Place::LIST);
        if ends_in_section(list) || is_pipe(list) && (list_text.contains(" {") || list_text.contains("if ")) {
            list_text = self.printer.expr(list, Place::HEAD);
        }
        let head = format!("for {} in {list_text} {{", self.printer.pattern(pattern));
        self.head(&head, list.span, indent);
        self.body(body, indent, span.end);
        self.line(indent, "}");
    }

    /// The line that opens a block, with the comments that stood in it above, and the one at its end behind.
    fn head(&mut self, text: &str, last: Span, indent: usize) {
        self.hoist(last.end, indent);
        self.line(indent, text);
        self.trailing(last, "{)", None);
    }

    fn body(&mut self, body: &[Stmt], indent: usize, end: u32) {
        let last = self.block(body, indent + 2, None);
        self.comments_until(end, indent + 2, last);
    }

    fn if_block(&mut self, arms: &[(Expr, Vec<Stmt>)], otherwise: Option<&[Stmt]>, indent: usize, span: Span) {
        for (n, (condition, body)) in arms.iter().enumerate() {
            let text = self.printer.expr(condition, Place::HEAD);
            if n == 0 {
                self.head(&format!("if {text} {{"), condition.span, indent);
            } else {
                self.line(indent, &format!("}} else if {text} {{"));
                self.trailing(condition.span, "{)", None);
            }
            let next = arms.get(n + 1).map(|(condition, _)| condition.span.end);
            let end = next.unwrap_or_else(|| self.end_of_arm(condition, body, otherwise.is_some(), span));
            self.body(body, indent, end);
        }
        if let Some(body) = otherwise {
            self.line(indent, "} else {");
            self.body(body, indent, span.end);
        }
        self.line(indent, "}");
    }

    /// Where the last arm before `else` ends; the tree does not keep the braces.
    fn end_of_arm(&self, condition: &Expr, body: &[Stmt], has_else: bool, span: Span) -> u32 {
        if !has_else {
            return span.end;
        }
        let mut at = body.last().map_or(condition.span, |stmt| stmt.span).end;
        let first = self.comments.partition_point(|comment| comment.span.start < at);
        for comment in &self.comments[first..] {
            if self.source(span, at, comment.span.start).contains("else") {
                break;
            }
            at = comment.span.end;
        }
        at
    }

    // ---- values and pipelines

    /// `start value`, the value perhaps a pipeline of several lines.
    fn value(&mut self, start: &str, value: &Expr, indent: usize, span: Span) {
        let place = if start.is_empty() { Place::STATEMENT } else { Place::VALUE };
        let ExprKind::Pipe(head, stages) = &value.kind else {
            self.hoist(span.end, indent);
            let text = format!("{start}{}", self.printer.value(value, place));
            let fits = indent + text.chars().count() <= WIDTH;
            let is_ladder = matches!(value.kind, ExprKind::If(..) | ExprKind::Let(..)) && !start.is_empty();
            if is_ladder && (!fits || self.source(span, span.start, span.end).contains('\n')) {
                self.line(indent, start.trim_end());
                let lines = self.printer.ladder(value, WIDTH.saturating_sub(indent + 2));
                return lines.iter().for_each(|line| self.line(indent + 2, line));
            }
            let broken = if fits { None } else { self.printer.broken(value, indent) };
            return match broken {
                Some(broken) => self.line(indent, &format!("{start}{broken}")),
                None if fits || start.is_empty() => self.line(indent, &text),
                None => {
                    self.line(indent, start.trim_end());
                    self.line(indent + 2, &text[start.len()..]);
                }
            };
        };
        self.hoist(head.span.end, indent);
        if self.peek(span.end).is_none() && !self.had_lines(head, stages) {
            let text = format!("{start}{}", self.printer.value(value, place));
            if indent + text.chars().count() <= WIDTH {
                return self.line(indent, &text);
            }
        }
        let head_text = self.printer.value_head(head, place);
        self.line(indent, &format!("{start}{head_text}"));
        self.stages(head.span, stages, indent + 2);
    }

    fn stages(&mut self, head: Span, stages: &[Stage], indent: usize) {
        let mut before = head;
        for stage in stages {
            if self.peek(stage.span.start).is_some() {
                self.trailing(before, ")", None);
            }
            self.comments_until(stage.span.end, indent, None);
            let text = format!("| {}", self.printer.stage(stage));
            let fits = indent + text.chars().count() <= WIDTH;
            let broken = if fits { None } else { self.printer.broken_stage(stage, indent) };
            self.line(indent, &broken.map_or(text, |broken| format!("| {broken}")));
            before = stage.span;
        }
    }

    /// Whether a pipeline's stages stood on several lines.
    fn had_lines(&self, head: &Expr, stages: &[Stage]) -> bool {
        let ends = std::iter::once(head.span).chain(stages.iter().map(|stage| stage.span));
        ends.zip(stages).any(|(before, stage)| self.source(before, before.end, stage.span.start).contains('\n'))
    }
}

fn is_pipe(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Pipe(..))
}

/// Whether a pipeline's last argument is an operator, behind which `{` is no block.
fn ends_in_section(expr: &Expr) -> bool {
    let ExprKind::Pipe(_, stages) = &expr.kind else { return false };
    let last = stages.last().and_then(|stage| stage.args.last());
    last.is_some_and(|arg| matches!(arg.value.kind, ExprKind::Section(_)))
}
