//! Random trees print to text that parses to them; random words never break anything.

use proptest::prelude::*;

use super::super::ast::{
    Arg, BinOp, Expr, ExprId, ExprKind, FPart, Name, Pattern, Program, Stage, Stmt, StmtKind, UnOp,
};
use super::super::print::print_program;
use super::super::shape::shape;
use super::parse_text;
use crate::base::index::Id;
use crate::base::source::{FileId, Sources, Span};

fn nowhere() -> Span {
    Span { file: FileId::from_usize(0), start: 0, end: 0 }
}

fn make(kind: ExprKind) -> Expr {
    Expr { id: ExprId(0), kind, span: nowhere() }
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof!["[a-e]", Just("index".to_string()), Just("f".to_string()), Just("not_in".to_string())]
        .prop_map(|text| Name { text, span: nowhere() })
}

fn field() -> impl Strategy<Value = Name> {
    prop_oneof!["[a-e]", Just("in".to_string()), Just("type".to_string())]
        .prop_map(|text| Name { text, span: nowhere() })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c {}\"'\\\\\n#|]{0,6}", any::<String>()]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let leaf = prop_oneof![name().prop_map(Pattern::Name), Just(Pattern::Wildcard(nowhere()))];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(|elements| Pattern::Tuple(elements, nowhere()))
    })
}

fn bin_op() -> impl Strategy<Value = BinOp> {
    prop::sample::select(vec![
        BinOp::Add,
        BinOp::Sub,
        BinOp::Mul,
        BinOp::Div,
        BinOp::FloorDiv,
        BinOp::Mod,
        BinOp::Pow,
        BinOp::Eq,
        BinOp::Ne,
        BinOp::Lt,
        BinOp::Le,
        BinOp::Gt,
        BinOp::Ge,
        BinOp::And,
        BinOp::Or,
        BinOp::In,
        BinOp::NotIn,
        BinOp::Coalesce,
    ])
}

fn is_comparison(op: BinOp) -> bool {
    super::super::parse::is_comparison(op)
}

fn leaf() -> impl Strategy<Value = Expr> {
    let section = bin_op().prop_filter("a section", |op| !matches!(op, BinOp::In | BinOp::NotIn));
    prop_oneof![
        (0..=i64::MAX).prop_map(ExprKind::Int),
        Just(ExprKind::Int(i64::MIN)),
        Just(ExprKind::Float(1.5, "1.5".to_string())),
        any::<bool>().prop_map(ExprKind::Bool),
        text().prop_map(ExprKind::Str),
        Just(ExprKind::None),
        name().prop_map(|name| ExprKind::Name(name.text)),
        section.prop_map(ExprKind::Section),
        Just(ExprKind::Tuple(Vec::new())),
        Just(ExprKind::List(Vec::new())),
        Just(ExprKind::Map(Vec::new())),
    ]
    .prop_map(make)
}

fn arg(value: impl Strategy<Value = Expr>) -> impl Strategy<Value = Arg> {
    (prop::option::weighted(0.2, field()), value).prop_map(|(name, value)| Arg { name, value })
}

fn stage(value: impl Strategy<Value = Expr>) -> impl Strategy<Value = Stage> {
    (name(), prop::collection::vec(arg(value), 0..3)).prop_map(|(name, args)| Stage { name, args, span: nowhere() })
}

/// Text parts alternate with values, and none is empty: what the parser makes.
fn fparts(value: impl Strategy<Value = Expr>) -> impl Strategy<Value = Vec<FPart>> {
    let part = (text(), value, any::<bool>(), prop::sample::select(vec!["", ">10", ".2f"]));
    prop::collection::vec(part, 0..3).prop_map(|parts| {
        let mut out = Vec::new();
        for (text, value, repr, spec) in parts {
            if !text.is_empty() {
                out.push(FPart::Text(text));
            }
            out.push(FPart::Value { value, repr, spec: spec.to_string(), spec_span: nowhere() });
        }
        out
    })
}

fn expr() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let e = inner.clone();
        let b = inner.clone().prop_map(Box::new);
        let many = prop::collection::vec(inner.clone(), 1..4);
        let args = prop::collection::vec(arg(inner.clone()), 0..3).boxed();
        let fields = prop::collection::vec((field(), inner.clone()), 1..3);
        let entries = prop::collection::vec((inner.clone(), inner.clone()), 0..3);
        let comparison = bin_op().prop_filter("a comparison", |op| is_comparison(*op));
        let chain = prop::collection::vec((comparison, inner.clone()), 2..4);
        let slots = (prop::option::of(b.clone()), prop::option::of(b.clone()), prop::option::of(b.clone()));
        let params = prop::collection::vec(pattern(), 0..3);
        let stages = prop::collection::vec(stage(inner.clone()), 1..4);
        prop_oneof![
            many.clone().prop_map(ExprKind::Tuple),
            many.clone().prop_map(ExprKind::List),
            many.prop_map(ExprKind::Set),
            entries.prop_map(ExprKind::Map),
            (prop::option::of(b.clone()), fields).prop_map(|(base, fields)| ExprKind::Record { base, fields }),
            fparts(inner.clone()).prop_map(ExprKind::FString),
            b.clone().prop_map(|e| ExprKind::Unary(UnOp::Neg, e)),
            b.clone().prop_map(|e| ExprKind::Unary(UnOp::Not, e)),
            (bin_op(), b.clone(), b.clone()).prop_map(|(op, l, r)| ExprKind::Binary(op, l, r)),
            (b.clone(), chain).prop_map(|(first, rest)| ExprKind::Compare(first, rest)),
            (b.clone(), b.clone(), b.clone()).prop_map(|(c, x, y)| ExprKind::If(c, x, y)),
            (pattern(), b.clone(), b.clone()).prop_map(|(p, x, y)| ExprKind::Let(p, x, y)),
            (params, b.clone()).prop_map(|(params, body)| ExprKind::Lambda(params, body)),
            (name(), args.clone()).prop_map(|(name, args)| ExprKind::Call(name, args)),
            (name(), e).prop_map(|(name, value)| ExprKind::Command(name, vec![Arg { name: None, value }])),
            (b.clone(), field(), args).prop_map(|(e, name, args)| ExprKind::Method(e, name, args)),
            (b.clone(), field()).prop_map(|(e, name)| ExprKind::Field(e, name)),
            (b.clone(), b.clone()).prop_map(|(e, i)| ExprKind::Index(e, i)),
            (b.clone(), slots).prop_map(|(e, (from, to, step))| ExprKind::Slice(e, [from, to, step])),
            (b.clone(), pattern(), b.clone(), prop::option::of(b.clone())).prop_map(
                |(body, pattern, list, condition)| {
                    let more = matches!(body.kind, ExprKind::Comprehension { .. });
                    ExprKind::Comprehension { body, pattern, list, condition, more }
                }
            ),
            (b, stages).prop_map(|(head, stages)| ExprKind::Pipe(head, stages)),
        ]
        .prop_map(make)
    })
}

fn stmt() -> impl Strategy<Value = Stmt> {
    let simple = prop_oneof![
        expr().prop_map(StmtKind::Expr),
        (pattern(), expr()).prop_map(|(pattern, value)| StmtKind::Let { pattern, ty: None, value }),
        (name(), expr()).prop_map(|(name, value)| StmtKind::Assign { name, value }),
    ]
    .prop_map(|kind| Stmt { kind, span: nowhere() });
    simple.prop_recursive(2, 8, 3, |inner| {
        let body = prop::collection::vec(inner, 0..3);
        let arms = prop::collection::vec((expr(), body.clone()), 1..3);
        prop_oneof![
            (pattern(), expr(), body.clone()).prop_map(|(pattern, list, body)| StmtKind::For { pattern, list, body }),
            (expr(), body.clone()).prop_map(|(condition, body)| StmtKind::While { condition, body }),
            (arms, prop::option::of(body)).prop_map(|(arms, otherwise)| StmtKind::If { arms, otherwise }),
        ]
        .prop_map(|kind| Stmt { kind, span: nowhere() })
    })
}

/// Words and signs, wild ones among them.
const WORDS: &[&str] = &[
    "let",
    "def",
    "for",
    "while",
    "if",
    "then",
    "else",
    "in",
    "not",
    "and",
    "or",
    "with",
    "type",
    "param",
    "use",
    "true",
    "x",
    "f",
    "map",
    "=",
    "==",
    "->",
    "|",
    ",",
    ":",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "%",
    "??",
    "?",
    ".",
    "..",
    "<",
    "<=",
    "!=",
    "!",
    "&&",
    "\"",
    "'",
    "f\"",
    "f\"{x",
    "}\"",
    "r'",
    "\"a\"",
    "1",
    "1.",
    "1e9",
    ".5",
    "0x",
    "1_",
    "\n",
    "\n  ",
    ";",
    "#c\n",
    "\\",
    "\u{201c}",
    "\0",
    "\r\n",
    "\t",
    "é",
    "_",
    "lambda",
    "(a, b) ->",
    "{a:",
    "[x for",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_trees_survive_printing(body in prop::collection::vec(stmt(), 1..4)) {
        let mut sources = Sources::default();
        let file = sources.add("none", "");
        let program = Program { file, body, comments: Vec::new() };
        let printed = print_program(&program, &sources);
        let (again_sources, again, diags) = parse_text(&printed);
        let found: Vec<String> = diags.iter().map(|diag| diag.print_report(&again_sources, false)).collect();
        prop_assert!(diags.is_empty(), "{}\n{}", printed, found.concat());
        prop_assert_eq!(shape(&program), shape(&again), "{}", printed);
        prop_assert_eq!(print_program(&again, &again_sources), printed);
    }

    #[test]
    fn random_words_are_a_program_or_diagnostics(words in prop::collection::vec(prop::sample::select(WORDS), 0..40)) {
        for text in [words.concat(), words.join(" ")] {
            let (sources, program, diags) = parse_text(&text);
            diags.iter().for_each(|diag| drop(diag.print_report(&sources, false)));
            let printed = print_program(&program, &sources);
            if diags.is_empty() {
                let (again_sources, again, diags) = parse_text(&printed);
                prop_assert!(diags.is_empty(), "{:?} became {}", text, printed);
                prop_assert_eq!(shape(&program), shape(&again), "{}", printed);
                prop_assert_eq!(print_program(&again, &again_sources), printed);
            }
        }
    }

    #[test]
    fn random_text_is_a_program_or_diagnostics(text in any::<String>()) {
        let (sources, program, diags) = parse_text(&text);
        diags.iter().for_each(|diag| drop(diag.print_report(&sources, false)));
        print_program(&program, &sources);
    }
}
