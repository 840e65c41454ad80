//! From statements to the syntax tree.
//!
//! [`parse`] gives the tree of a file and what is wrong with it. Each statement is parsed on its own, so that one that
//! cannot be read leaves the others alone: it becomes a binding of its name to [`ExprKind::Error`], or such an expression,
//! and later phases stay silent about it. The tree is never deeper than the layout's limit allows, whatever the input.

mod expr;
mod literal;
mod statement;

use pest::Parser;

pub(crate) use expr::is_comparison;

use super::ast::{Expr, ExprIds, ExprKind, Name, Pattern, Program, Stmt, StmtKind};
use super::errors;
use super::explain;
use super::grammar::{Grammar, Rule};
use super::layout::{self, Chunk, Layout, Piece};
use super::limits::{MAX_BYTES, MAX_DIAGS};
use crate::base::diag::Diag;
use crate::base::source::{FileId, Sources, Span};

/// pest's functions take some hundred bytes each, about fifteen of them a level of nesting: this is enough for the
/// limit in a build without optimisation. The pages are only touched when a program needs them.
const STACK: usize = 64 << 20;
/// Up to this depth the caller's stack will do, if it has [`ROOM`] left.
const SHALLOW: usize = 16;
/// Enough for a program that is not nested deeply.
const ROOM: usize = 1 << 20;

/// Parses a file. The program holds what could be read, the list what could not.
pub fn parse(sources: &Sources, file: FileId, ids: &mut ExprIds) -> (Program, Vec<Diag>) {
    let text = &sources.file(file).text;
    if text.len() > MAX_BYTES {
        let diag = errors::too_large(Span::new(file, 0, 0), text.len(), MAX_BYTES);
        return (Program { file, body: Vec::new(), comments: Vec::new() }, vec![diag]);
    }
    let mut layout = layout::cut(file, text);
    let chunks = std::mem::take(&mut layout.chunks);
    let mut parser = Parse { file, text, ids, diags: Vec::new(), layout };
    let room = if parser.layout.depth <= SHALLOW { ROOM } else { STACK };
    let body = stacker::maybe_grow(room, STACK, || parser.program(&chunks));
    let mut diags = parser.diags;
    diags.append(&mut parser.layout.diags);
    diags.sort_by_key(|diag| diag.span().start);
    diags.truncate(MAX_DIAGS);
    (Program { file, body, comments: parser.layout.comments }, diags)
}

/// Parses a text that is one expression or pipeline: the body of a function of the catalog.
pub fn parse_expr(sources: &Sources, file: FileId, ids: &mut ExprIds) -> Result<Expr, Vec<Diag>> {
    let (mut program, mut diags) = parse(sources, file, ids);
    let one = program.body.len() == 1;
    match program.body.pop().map(|stmt| (stmt.span, stmt.kind)) {
        Some((_, StmtKind::Expr(expr))) if one && diags.is_empty() => Ok(expr),
        Some((span, _)) => {
            if diags.is_empty() {
                diags.push(errors::unexpected(span, "one expression", "a statement"));
            }
            Err(diags)
        }
        None => Err(vec![errors::unexpected(Span::new(file, 0, 0), "an expression", "nothing")]),
    }
}

/// The state of one file's parse.
struct Parse<'a> {
    file: FileId,
    text: &'a str,
    ids: &'a mut ExprIds,
    diags: Vec<Diag>,
    layout: Layout,
}

/// A block that is open.
struct Frame {
    head: BlockHead,
    start: usize,
    body: Vec<Stmt>,
}

/// The token that opened a block.
enum BlockHead {
    For(Pattern, Expr),
    While(Expr),
    If(Expr),
    ElseIf(Expr),
    Else,
    /// Reported already.
    Broken,
}

impl Parse<'_> {
    fn program(&mut self, chunks: &[Chunk]) -> Vec<Stmt> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut body = Vec::new();
        for chunk in chunks {
            if self.diags.len() >= MAX_DIAGS {
                break;
            }
            match chunk {
                Chunk::Line(piece) => body.extend(self.line(piece)),
                Chunk::Head(piece) => {
                    let head = self.head(piece);
                    frames.push(Frame { head, start: piece.start, body: std::mem::take(&mut body) });
                }
                Chunk::Close(at) => {
                    let Some(frame) = frames.pop() else { continue };
                    let inner = std::mem::replace(&mut body, frame.body);
                    self.close(frame.head, Span::new(self.file, frame.start, at + 1), inner, &mut body);
                }
            }
        }
        for frame in frames.into_iter().rev() {
            body = frame.body.into_iter().chain(body).collect();
        }
        body
    }

    /// A block's statement joins those before it; `else` joins its `if`.
    fn close(&mut self, head: BlockHead, span: Span, inner: Vec<Stmt>, body: &mut Vec<Stmt>) {
        let span = Span { end: span.end.min(u32::try_from(self.text.len()).unwrap_or(u32::MAX)), ..span };
        let kind = match head {
            BlockHead::For(pattern, list) => StmtKind::For { pattern, list, body: inner },
            BlockHead::While(condition) => StmtKind::While { condition, body: inner },
            BlockHead::If(condition) => StmtKind::If { arms: vec![(condition, inner)], otherwise: None },
            BlockHead::ElseIf(condition) => return self.join_else(Some(condition), span, inner, body),
            BlockHead::Else => return self.join_else(None, span, inner, body),
            BlockHead::Broken => return body.extend(inner),
        };
        body.push(Stmt { kind, span });
    }

    fn join_else(&mut self, condition: Option<Expr>, span: Span, inner: Vec<Stmt>, body: &mut Vec<Stmt>) {
        if let Some(Stmt { kind: StmtKind::If { arms, otherwise: otherwise @ None }, span: whole }) = body.last_mut() {
            *whole = whole.to(span);
            match condition {
                Some(condition) => arms.push((condition, inner)),
                None => *otherwise = Some(inner),
            }
            return;
        }
        self.diags.push(errors::else_without_if(Span { end: span.start + 4, ..span }));
        body.extend(inner);
    }

    fn head(&mut self, piece: &Piece) -> BlockHead {
        if piece.broken {
            return BlockHead::Broken;
        }
        let masked = std::mem::take(&mut self.layout.masked);
        let head = match Grammar::parse(Rule::head, &masked[piece.start..piece.end]) {
            Ok(mut pairs) => {
                let pair =
                    pairs.next().and_then(|pair| pair.into_inner().next()).expect("a head holds one of the heads");
                self.build(piece.start).head(pair)
            }
            Err(error) => {
                self.diags.push(explain::explain(self.file, &masked, piece, &error));
                BlockHead::Broken
            }
        };
        self.layout.masked = masked;
        head
    }

    fn line(&mut self, piece: &Piece) -> Option<Stmt> {
        if piece.broken {
            return self.broken(piece);
        }
        let masked = std::mem::take(&mut self.layout.masked);
        let stmt = match Grammar::parse(Rule::line, &masked[piece.start..piece.end]) {
            Ok(mut pairs) if piece.unclosed.is_none() => {
                let pair = pairs.next().and_then(|pair| pair.into_inner().next()).expect("a line holds a statement");
                let span = Span::new(self.file, piece.start, piece.end);
                let kind = self.build(piece.start).statement(pair);
                self.diags.extend(explain::foreign_statement(&kind));
                Some(Stmt { kind: self.with_doc(kind, piece), span })
            }
            Ok(_) => {
                self.diags.push(explain::unclosed(self.file, &masked, piece));
                None
            }
            Err(error) => {
                self.diags.push(explain::explain(self.file, &masked, piece, &error));
                None
            }
        };
        self.layout.masked = masked;
        stmt.or_else(|| self.broken(piece))
    }

    fn build(&mut self, offset: usize) -> expr::Build<'_> {
        expr::Build { file: self.file, offset, ids: self.ids, diags: &mut self.diags }
    }

    /// The placeholder of a statement that could not be read: its name stays bound, so that its uses are no errors.
    fn broken(&mut self, piece: &Piece) -> Option<Stmt> {
        let span = Span::new(self.file, piece.start, piece.end);
        let value = Expr { id: self.ids.fresh(), kind: ExprKind::Error, span };
        let source = &self.text[piece.start..piece.end];
        let (keyword, rest) = source.split_once([' ', '\t']).unwrap_or((source, ""));
        if !matches!(keyword, "let" | "def" | "param") {
            return (keyword != "type").then_some(Stmt { kind: StmtKind::Expr(value), span });
        }
        let rest = rest.trim_start();
        let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let start = piece.end - rest.len();
        let name = Name { text: rest[..len].to_string(), span: Span::new(self.file, start, start + len) };
        let kind = if len == 0 {
            StmtKind::Expr(value)
        } else {
            StmtKind::Let { pattern: Pattern::Name(name), ty: None, value }
        };
        Some(Stmt { kind, span })
    }

    /// A parameter's documentation: the comment after it, or the comments in the lines right above.
    fn with_doc(&self, kind: StmtKind, piece: &Piece) -> StmtKind {
        let StmtKind::Param { name, ty, default, doc: _ } = kind else { return kind };
        let after = self.layout.comments.partition_point(|c| (c.span.start as usize) < piece.end);
        let same_line = |c: &&super::ast::Comment| {
            self.text[piece.end..c.span.start as usize].chars().all(|c| matches!(c, ' ' | '\t' | ';'))
        };
        let doc = self.layout.comments.get(after).filter(same_line).map(|c| plain(&c.text));
        StmtKind::Param { name, ty, default, doc: doc.or_else(|| self.doc_above(after, piece)) }
    }

    fn doc_above(&self, after: usize, piece: &Piece) -> Option<String> {
        let mut below = piece.start;
        let mut lines = Vec::new();
        for comment in self.layout.comments[..after].iter().rev() {
            let between = self.text.get(comment.span.end as usize..below).unwrap_or("");
            if comment.span.start as usize >= piece.start {
                lines.push(plain(&comment.text));
                continue;
            }
            if !comment.own_line || between.matches('\n').count() != 1 || !between.trim().is_empty() {
                break;
            }
            lines.push(plain(&comment.text));
            below = comment.span.start as usize;
        }
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// A comment's text without `#`.
fn plain(comment: &str) -> String {
    comment.trim_start_matches('#').trim().to_string()
}
