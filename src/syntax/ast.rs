//! The syntax tree: what the user wrote, with spans, before any name means anything.
//!
//! `a | map split " "` becomes `Pipe { head: Name(a), stages: [map [Command(split, [" "])]] }`. The tree keeps enough to
//! be printed back (`sparkc fmt`): comments stand beside it with their places, and redundant parentheses are gone.

use crate::base::index::id;
use crate::base::source::{FileId, Span};

id!(pub ExprId, "Expression of a program; sema's tables of types and resolutions are keyed by it.");

/// Hands out the ids of a program's expressions, one after the other over all its files.
#[derive(Clone, Debug, Default)]
pub struct ExprIds {
    next: u32,
}

impl ExprIds {
    /// An id that was not handed out before.
    pub fn fresh(&mut self) -> ExprId {
        let id = ExprId(self.next);
        self.next = self.next.checked_add(1).expect("fewer than 2^32 expressions: sources are limited");
        id
    }
}

/// A whole source file.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file.
    pub file: FileId,
    /// Statements in order.
    pub body: Vec<Stmt>,
    /// Comments in order of their places, `#` included, line break excluded.
    pub comments: Vec<Comment>,
}

/// A comment: from `#` to the end of its line.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Its place.
    pub span: Span,
    /// Text with `#`.
    pub text: String,
    /// Whether nothing but blanks precedes it on its line.
    pub own_line: bool,
}

/// A name at a place.
#[derive(Clone, Debug)]
pub struct Name {
    /// The text.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// Its kind.
    pub kind: StmtKind,
    /// From its first to its last character.
    pub span: Span,
}

/// The kind of a statement.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `let (a, b): (int, str) = value`
    Let { pattern: Pattern, ty: Option<TypeExpr>, value: Expr },
    /// `name = value`
    Assign { name: Name, value: Expr },
    /// `def name(a: int, b) -> int = body`; the result type is optional.
    Def { name: Name, params: Vec<DefParam>, result: Option<TypeExpr>, body: Expr },
    /// `type Name = {count: int}`
    Type { name: Name, ty: TypeExpr },
    /// `param name: str = "default"   # what it is for`; `doc` is its trailing comment, or the own-line comments above.
    Param { name: Name, ty: Option<TypeExpr>, default: Option<Expr>, doc: Option<String> },
    /// `use "common.spk"`
    Use { path: String, path_span: Span },
    /// `for pattern in list { … }`
    For { pattern: Pattern, list: Expr, body: Vec<Stmt> },
    /// `while condition { … }`
    While { condition: Expr, body: Vec<Stmt> },
    /// `if c { … } else if d { … } else { … }`
    If { arms: Vec<(Expr, Vec<Stmt>)>, otherwise: Option<Vec<Stmt>> },
    /// An expression or pipeline that stands alone.
    Expr(Expr),
}

/// A parameter of a `def`.
#[derive(Clone, Debug)]
pub struct DefParam {
    /// Its name.
    pub name: Name,
    /// Its type, if written.
    pub ty: Option<TypeExpr>,
}

/// The names that a `let`, a lambda or a loop binds.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `name`
    Name(Name),
    /// `_`
    Wildcard(Span),
    /// `(a, (b, _))`
    Tuple(Vec<Pattern>, Span),
}

/// A written type.
#[derive(Clone, Debug)]
pub struct TypeExpr {
    /// Its kind.
    pub kind: TypeExprKind,
    /// Its place.
    pub span: Span,
}

/// The kind of a written type.
#[derive(Clone, Debug)]
pub enum TypeExprKind {
    /// `int`, `AvgCount`, `list[int]`, `map[str, int]`: a name with its arguments.
    Named(Name, Vec<TypeExpr>),
    /// `(int, str)`; `()` is the empty tuple.
    Tuple(Vec<TypeExpr>),
    /// `{count: int, total: float}`
    Record(Vec<(Name, TypeExpr)>),
    /// `int?`
    Option(Box<TypeExpr>),
    /// `(int, int) -> int`
    Func(Vec<TypeExpr>, Box<TypeExpr>),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Unique in the program, over all its files.
    pub id: ExprId,
    /// Its kind.
    pub kind: ExprKind,
    /// Its place, without redundant parentheses.
    pub span: Span,
}

/// The kind of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `42`, `1_000`
    Int(i64),
    /// `1.5`, `1e9`; the text as written, for the formatter.
    Float(f64, String),
    /// `true`, `True`, `false`, `False`
    Bool(bool),
    /// `"text"` or `'text'`, with escapes resolved.
    Str(String),
    /// `f"…{x:.2f}…"`
    FString(Vec<FPart>),
    /// `None`
    None,
    /// `name`
    Name(String),
    /// `(a, b)`, `(a,)`, `()`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a, b}` with at least one element: a set.
    Set(Vec<Expr>),
    /// `{"a": 1}` where a key is not a plain name, or `{:}` empty: a map.
    Map(Vec<(Expr, Expr)>),
    /// `{count: 1, total: 2.0}`: a record; `base` is from `{base with count: 2}`.
    Record { base: Option<Box<Expr>>, fields: Vec<(Name, Expr)> },
    /// `-x`, `not x`
    Unary(UnOp, Box<Expr>),
    /// `a + b`, `a and b`, `a ?? b`, `a in b`
    Binary(BinOp, Box<Expr>, Box<Expr>),
    /// `a < b <= c`: Python's chain, at least two comparisons.
    Compare(Box<Expr>, Vec<(BinOp, Expr)>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `let pattern = bound in body`
    Let(Pattern, Box<Expr>, Box<Expr>),
    /// `x -> body`, `(a, (b, c)) -> body`: the patterns of the parameters. `(a, b) -> …` is parsed as two parameters;
    /// sema turns it into one tuple pattern where the context wants a function of one parameter.
    Lambda(Vec<Pattern>, Box<Expr>),
    /// `f(a, b)`, with named arguments allowed.
    Call(Name, Vec<Arg>),
    /// `f a`: a function's name followed by an argument without parentheses. Whether it is a call or a partly applied
    /// function is for sema to say. Where a statement or its value begins, `f a, b: c` takes several arguments; elsewhere
    /// exactly one without a name, which extends as far as it can: commas belong to the stage, the call or the tuple.
    Command(Name, Vec<Arg>),
    /// `x.f(a)`
    Method(Box<Expr>, Name, Vec<Arg>),
    /// `x.name`
    Field(Box<Expr>, Name),
    /// `x[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `x[from:to:step]`
    Slice(Box<Expr>, [Option<Box<Expr>>; 3]),
    /// `[body for pattern in list if condition]`. With `more` the body is the comprehension of the clauses that follow,
    /// `[x for a in xs for b in ys]`, and its elements are the elements of the whole.
    Comprehension { body: Box<Expr>, pattern: Pattern, list: Box<Expr>, condition: Option<Box<Expr>>, more: bool },
    /// `+` where a function is expected.
    Section(BinOp),
    /// `head | stage | stage`
    Pipe(Box<Expr>, Vec<Stage>),
    /// A place where the text could not be parsed; reported already.
    Error,
}

/// A stage of a pipeline: `name arguments`, or `name(arguments)`.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Operator or function.
    pub name: Name,
    /// Its arguments, without the element stream.
    pub args: Vec<Arg>,
    /// From the name to the last argument.
    pub span: Span,
}

/// An argument: `value` or `name: value`.
#[derive(Clone, Debug)]
pub struct Arg {
    /// The parameter's name, if given.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// A part of an f-string.
#[derive(Clone, Debug)]
pub enum FPart {
    /// Text with escapes and doubled braces resolved.
    Text(String),
    /// `{value!r:spec}`; the spec is Python's format mini-language, without nested fields.
    Value { value: Expr, repr: bool, spec: String, spec_span: Span },
}

/// Operators with one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnOp {
    /// `-`
    Neg,
    /// `not`
    Not,
}

/// Operators with two operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `and`
    And,
    /// `or`
    Or,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `??`
    Coalesce,
}

impl BinOp {
    /// As it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Mod => "%",
            Self::Pow => "**",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::And => "and",
            Self::Or => "or",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Coalesce => "??",
        }
    }
}
