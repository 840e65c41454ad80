//! The findings of the type checker: one constructor a finding.

use crate::base::codes;
use crate::base::diag::Diag;
use crate::base::source::Span;
use crate::catalog::row::Row;
use crate::runtime::python::template::{Arg, Step};
use crate::syntax::ast;
use crate::types::signature::Constraint;

pub(super) use super::name_errors::*;

/// `expected` and `found` are printed types.
pub(super) fn mismatch(span: Span, expected: &str, found: &str) -> Diag {
    Diag::error(codes::TYPE_MISMATCH, format!("expected {expected}, found {found}"), span, format!("this is {found}"))
}

pub(super) fn condition(span: Span, found: &str) -> Diag {
    let diag = mismatch(span, "bool", found);
    match found {
        "int" => diag.help("compare it: `x != 0`"),
        "float" => diag.help("compare it: `x != 0.0`"),
        "str" => diag.help("compare it: `x != \"\"`"),
        _ if found.ends_with('?') => diag.help("compare it: `x != None`"),
        _ if found.starts_with("list") || found.starts_with("set") || found.starts_with("map") => {
            diag.help("compare its size: `len(x) > 0`")
        }
        _ => diag,
    }
}

pub(super) fn no_overload(span: Span, name: &str, found: &[String], rows: &[&Row]) -> Diag {
    let found = found.join(", ");
    let diag = Diag::error(
        codes::NO_OVERLOAD,
        format!("`{name}` does not take ({found})"),
        span,
        format!("the arguments are ({found})"),
    );
    let of_rdds = rows.iter().any(|row| row.facts.is_on_rdd());
    if found.starts_with("rdd") && !of_rdds {
        return match name {
            "len" => diag.help("the elements of an RDD are counted by `count`"),
            _ => diag.help("apply it to each element: `map x -> …`; or bring the values to the driver: `collect`"),
        };
    }
    let list: Vec<String> = rows.iter().map(|row| format!("`{name}{}`", row.sig)).collect();
    diag.help(format!("there {} {}", if list.len() == 1 { "is" } else { "are" }, list.join(", ")))
}

pub(super) fn operands(span: Span, op: &str, left: &str, right: &str) -> Diag {
    let message = format!("`{op}` does not take {left} and {right}");
    let diag = Diag::error(codes::NO_OVERLOAD, message, span, format!("{left} {op} {right}"));
    let option = |ty: &str| ty.ends_with('?');
    if option(left) || option(right) {
        return diag.help("the value may be `None`; give a default first: `(x ?? 0)`");
    }
    match (op, left, right) {
        ("+", "str", _) => diag.help("make it a text: `str(x)`, or write an f-string: `f\"{a}{b}\"`"),
        ("+", _, "str") => diag.help("make it a text: `str(x)`, or write an f-string: `f\"{a}{b}\"`"),
        ("%", "str", _) => diag.help("write an f-string: `f\"{x:.2f}\"`"),
        (_, "str", "int") | (_, "int", "str") => diag.help("read the text as a number: `int(x)`"),
        (_, "str", "float") | (_, "float", "str") => diag.help("read the text as a number: `float(x)`"),
        _ => diag,
    }
}

pub(super) fn never_none(span: Span, found: &str, help: &str) -> Diag {
    Diag::warning(
        codes::NEVER_NONE,
        format!("this value is never `None`: it is {found}"),
        span,
        format!("this is {found}"),
    )
    .help(help)
}

pub(super) fn arity(span: Span, name: &str, what: &str, signature: &str) -> Diag {
    Diag::error(codes::ARITY, format!("`{name}` {what}"), span, "in this call")
        .help(format!("it is `{name}{signature}`"))
}

pub(super) fn unknown_argument(span: Span, name: &str, function: &str, near: Option<&str>, signature: &str) -> Diag {
    let diag = Diag::error(
        codes::UNKNOWN_ARGUMENT,
        format!("`{function}` has no parameter `{name}`"),
        span,
        "no parameter has this name",
    );
    match near {
        Some(near) => diag.help(format!("did you mean `{near}`?")).fix(span, near),
        None => diag.help(format!("it is `{function}{signature}`")),
    }
}

pub(super) fn constraint(span: Span, function: &str, constraint: Constraint, ty: &str) -> Diag {
    let needs = match constraint {
        Constraint::Key => "needs a key that can be hashed",
        Constraint::Ord => "needs values that can be sorted",
        Constraint::Less => "needs values that have an order",
        Constraint::Eq => "needs values that can be compared",
        Constraint::Show => "needs a value that can be printed",
        Constraint::Num => "needs numbers",
        Constraint::Json => "needs a value that can be written as JSON",
    };
    let message = format!("`{function}` {needs}; `{ty}` cannot {}", constraint.ability());
    let diag = Diag::error(codes::CONSTRAINT, message, span, format!("here it is `{ty}`"));
    match constraint {
        Constraint::Key | Constraint::Ord if ty.contains("set[") => diag.help("a sorted list can be: `sorted(x)`"),
        Constraint::Key | Constraint::Ord if ty.contains("map[") => {
            diag.help("a list of pairs can be: `sorted(x.items())`")
        }
        Constraint::Json if ty.contains("set[") => diag.help("a list can be: `list(x)`"),
        Constraint::Json if ty.contains("map[") => {
            diag.help("keys can be texts and numbers; a list of pairs can be written: `x.items()`")
        }
        Constraint::Less if ty.contains('?') => {
            diag.help("give a default: `(x ?? 0) < 3`, or leave `None` out: `x != None and x < 3`")
        }
        Constraint::Key
        | Constraint::Ord
        | Constraint::Less
        | Constraint::Eq
        | Constraint::Show
        | Constraint::Num
        | Constraint::Json => diag,
    }
}

pub(super) fn not_a_function(span: Span, params: usize, found: Option<&str>) -> Diag {
    let found = found.map_or(String::new(), |found| format!(", found {found}"));
    let lambda = match params {
        0 | 1 => "x -> …",
        2 => "(a, b) -> …",
        _ => "(a, b, c) -> …",
    };
    Diag::error(codes::NOT_A_FUNCTION, format!("expected a function of {}{found}", count(params, "argument")), span, {
        "a function is needed here"
    })
    .help(format!("write a lambda: `{lambda}`"))
}

pub(super) fn call_where_function(span: Span, text: &str, name: &str) -> Diag {
    let message = format!("expected a function, found a call of `{name}`");
    Diag::error(codes::NOT_A_FUNCTION, message, span, "this is called once, and not for each element")
        .help(format!("leave the parentheses away to pass the element first: `{text}`"))
}

pub(super) fn lambda_arity(span: Span, expected: usize, found: usize) -> Diag {
    let message = format!("expected a function of {}, found one of {found}", count(expected, "parameter"));
    Diag::error(codes::NOT_A_FUNCTION, message, span, "this function")
}

pub(super) fn several_letters(span: Span, letters: &[String], params: usize) -> Diag {
    let all: Vec<String> = letters.iter().map(|letter| format!("`{letter}`")).collect();
    let message = format!("{} are free here, and only one letter can stand for the element", all.join(" and "));
    let help = if params > 1 || letters.len() == 2 {
        format!("name the parameters: `({}) -> …`", letters.join(", "))
    } else {
        format!("name the parameter: `{} -> …`", letters[0])
    };
    Diag::error(codes::FREE_LETTERS, message, span, "in this expression").help(help)
}

pub(super) fn function_as_value(span: Span, what: &str) -> Diag {
    let diag =
        Diag::error(codes::FUNCTION_AS_VALUE, format!("{what} is a function and no value"), span, "used as a value");
    if what.starts_with('`') {
        return diag.help(format!("call it: {}(…)`", what.trim_end_matches('`')));
    }
    diag.help("define a function: `def f(x) = …`")
}

pub(super) fn rdd_in_function(span: Span) -> Diag {
    let message = "an RDD cannot be used inside a function of elements";
    Diag::error(codes::RDD_IN_FUNCTION, message, span, "this is an RDD, or makes one").help(
        "join the two RDDs, or bring the values to the driver first: `let table = rdd | collectAsMap`, and use `table` here",
    )
}

pub(super) fn counter_in_function(span: Span) -> Diag {
    let message = "counters are made and read by the driver, not inside a function of elements";
    Diag::error(codes::RDD_IN_FUNCTION, message, span, "inside a function of elements")
        .help("inside of functions only `seen.add(1)` is possible; read `seen.value` after an action")
}

pub(super) fn driver_only(span: Span, name: &str) -> Diag {
    let message = format!("`{name}` is a question to the driver, and cannot be asked inside a function of elements");
    Diag::error(codes::RDD_IN_FUNCTION, message, span, "inside a function of elements")
        .help(format!("ask before, and use the answer here: `let answer = {name}()`"))
}

/// An RDD in a tuple, a list and the like; `letter` is its name, if it might have been meant for the element.
pub(super) fn rdd_inside(span: Span, what: &str, letter: Option<&str>) -> Diag {
    let message = format!("an RDD cannot be an element of a {what}");
    let diag = Diag::error(codes::RDD_INSIDE, message, span, "this is an RDD");
    match letter {
        Some(letter) => diag.help(format!(
            "`{letter}` is the RDD of that name; for the element write another letter, or a lambda: `{letter} -> …`"
        )),
        None => diag.help("bring its values to the driver with `collect`, or name the RDD by a `let` of its own"),
    }
}

pub(super) fn weights(span: Span) -> Diag {
    let title = "expected the weights as a list in brackets: how many there are is part of the type";
    Diag::error(codes::TYPE_MISMATCH, title, span, "not a list of at least one number")
        .help("write the weights where they are used: `let (train, test) = data | randomSplit [0.8, 0.2], seed: 1`")
}

pub(super) fn unknown_field(span: Span, name: &str, ty: &str, near: Option<&str>, is_function: bool) -> Diag {
    let diag = Diag::error(codes::UNKNOWN_FIELD, format!("{ty} has no field `{name}`"), span, "no such field");
    if is_function {
        return diag.help(format!("`{name}` is a function; call it: `.{name}()`"));
    }
    if ty.ends_with('?') {
        return diag.help("the value may be `None`; give a default first (`x ?? …`), or use `x.map(v -> …)`");
    }
    if ty.starts_with('(') {
        return diag.help("components of a tuple are read by number, `t[0]`, or by a pattern: `(a, b) -> …`");
    }
    match near {
        Some(near) => diag.help(format!("did you mean `{near}`?")).fix(span, near),
        None => diag,
    }
}

pub(super) fn branches(span: Span, first: Span, expected: &str, found: &str, what: &str) -> Diag {
    Diag::error(codes::BRANCHES, format!("{what} differ: {expected} and {found}"), span, format!("this is {found}"))
        .also(first, format!("and this is {expected}"))
}

pub(super) fn format_spec(span: Span, spec: &str, why: &str) -> Diag {
    Diag::error(codes::FORMAT_SPEC, format!("the format `{spec}` {why}"), span, "this format")
        .help("for instance `{x:>10}`, `{n:05d}`, `{n:,}`, `{price:.2f}`, `{share:.1%}`")
}

pub(super) fn template(span: Span, why: &str) -> Diag {
    Diag::error(codes::FORMAT_SPEC, format!("the template of `format` cannot be read: {why}"), span, "this template")
        .help("a field is `{}`, `{0}`, `{name}` or `{:>8.2f}`; a brace is written `{{` or `}}`")
}

pub(super) fn template_argument(span: Span, arg: &Arg, given: usize) -> Diag {
    let message = match arg {
        Arg::At(n) => format!("the template asks for argument {n} of `format`, which has {}", count(given, "argument")),
        Arg::Named(name) => {
            format!("the template asks for an argument `{name}` of `format`, which has none of this name")
        }
    };
    let help = match arg {
        Arg::At(_) => "arguments are counted from 0; a brace that is text is written `{{`".to_owned(),
        Arg::Named(name) => format!("give it: `.format({name}: …)`, or write an f-string: `f\"{{{name}}}\"`"),
    };
    Diag::error(codes::FORMAT_SPEC, message, span, "in this template").help(help)
}

pub(super) fn template_step(span: Span, step: &Step, ty: &str) -> Diag {
    let step = match step {
        Step::Attribute(name) => format!(".{name}"),
        Step::Item(n) => format!("[{n}]"),
        Step::Key(key) => format!("[{key}]"),
    };
    Diag::error(codes::FORMAT_SPEC, format!("{ty} has no `{step}`"), span, "in this template")
        .help("name a component: `{0[1]}` of a tuple or list, `{0[key]}` of a map, `{0.name}` of a record")
}

pub(super) fn tuple_index(span: Span, ty: &str, len: usize) -> Diag {
    let diag = Diag::error(
        codes::TUPLE_INDEX,
        format!("a tuple is indexed by a constant int; {ty} has {}", count(len, "component")),
        span,
        "not an index of this tuple",
    );
    if len == 0 {
        diag
    } else {
        diag.help(format!("write `[0]` to `[{}]`, or a pattern: `let (a, b) = t in …`", len - 1))
    }
}

pub(super) fn pattern(span: Span, names: usize, ty: &str) -> Diag {
    let message = format!("the pattern has {}, and the value is {ty}", count(names, "component"));
    Diag::error(codes::PATTERN, message, span, "this pattern does not fit")
}

pub(super) fn unknown_type_here(span: Span, what: &str) -> Diag {
    let message = format!("the type of {what} is not known at this place");
    Diag::error(codes::CANNOT_INFER, message, span, "its type is needed here")
        .help("say the type where the value is made: `let xs: list[int] = []`")
}

pub(super) fn type_too_large(span: Span) -> Diag {
    Diag::error(
        codes::TOO_LARGE,
        "the type of this value is too large",
        span,
        "nested too deeply, or too many components",
    )
}

pub(super) fn too_deep(span: Span, limit: usize) -> Diag {
    let message = format!("the expression is nested more than {limit} deep, with the functions that it uses");
    Diag::error(codes::TOO_LARGE, message, span, "too deep").help("name parts of it with `let`")
}

pub(super) fn program_too_large(span: Span, limit: usize) -> Diag {
    let message = format!("the program becomes larger than {limit} nodes once its functions are put in place");
    Diag::error(codes::TOO_LARGE, message, span, "the limit is reached here")
        .help("functions are inlined at each use; use fewer of them inside of each other")
}

pub(super) fn recursion(span: Span, name: &str, chain: &[String]) -> Diag {
    let message = if chain.len() > 1 {
        format!("`{name}` uses itself: {}", chain.join(" → "))
    } else {
        format!("`{name}` uses itself")
    };
    Diag::error(codes::RECURSION, message, span, "used here again")
        .help("functions are not recursive; loop over a list with `fold`, or in the driver with `while`")
}

pub(super) fn assigns_other_type(span: Span, name: &str, expected: &str, found: &str) -> Diag {
    let message = format!("`{name}` is {expected}, and the new value is {found}");
    Diag::error(codes::ASSIGN_TYPE, message, span, format!("this is {found}"))
        .help(format!("a variable keeps its type; write `let` with another name for the {found}"))
}

pub(super) fn param_type(span: Span, found: &str) -> Diag {
    Diag::error(
        codes::PARAM_TYPE,
        format!("a parameter is int, float, bool or str; this one is {found}"),
        span,
        "this parameter",
    )
    .help("for instance `param input: str = \"in/x\"`")
}

/// The text of an expression that calls a function, without its parentheses: `split(",")` as `split ","`.
pub(super) fn without_parens(name: &ast::Name, args: &str) -> String {
    format!("{} {args}", name.text).trim_end().to_owned()
}

pub(super) fn receiver(span: Span, name: &str, expected: &str, found: &str) -> Diag {
    let message = format!("`{name}` works on {expected}, and this is {found}");
    let diag = Diag::error(codes::TYPE_MISMATCH, message, span, format!("applied to {found}"));
    if expected.starts_with("rdd[(") && found.starts_with("rdd[") {
        return diag.help("make pairs of key and value first: `map (x, 1)` or `keyBy f`");
    }
    if expected.starts_with("rdd") && found.starts_with("list") {
        return match name {
            "collect" => diag.help("it is a list of the driver already; drop `collect`"),
            "count" => diag.help("the size of a list is `len(xs)`"),
            "first" => diag.help("the first element of a list is `xs[0]`"),
            "take" => diag.help("the first elements of a list are `xs[:n]`"),
            "foreach" => diag.help(
                "`collect`, `take` and the like give a list of the driver, which `for x in (r | take 5) { print x }` goes through; an RDD's elements are printed by `r | foreach print`",
            ),
            "sortBy" | "sortByKey" => diag.help("a list is sorted by `sorted(xs)`, `sorted(xs, x -> key)`"),
            _ => diag.help("make an RDD of the list first: `parallelize xs`"),
        };
    }
    if expected.starts_with("rdd") && found.starts_with("str") {
        return diag.help("read a file with `textFile(path)`");
    }
    if expected.starts_with("map[") && found.starts_with('{') {
        return diag.help("`{k: v}` is a record with the field `k`; a map whose key is the value of `k` is `{(k): v}`");
    }
    if name == "add" && expected == "counter" {
        return diag.help("the function that adds is `+`: `reduceByKey +`");
    }
    if expected.starts_with("rdd") && found == "()" {
        return diag.help("nothing goes on behind an action; a pipeline that is an argument takes parentheses: `print(\"…\", (rdd | collect))`");
    }
    if found == "rdd[str]" && ["rdd[int]", "rdd[float]"].contains(&expected) {
        return diag.help("read the texts as numbers first: `map float`");
    }
    if found.starts_with("rdd") && !expected.starts_with("rdd") {
        return diag.help("apply it to each element: `map x -> …`; or bring the values to the driver: `collect`");
    }
    if found.ends_with('?') {
        return diag.help("the value may be `None`; give a default first (`x ?? …`), or use `x.map(v -> …)`");
    }
    diag
}

pub(super) fn no_index(span: Span, of: &str, at: &str) -> Diag {
    let diag =
        Diag::error(codes::NO_OVERLOAD, format!("{of} cannot be indexed with {at}"), span, format!("{of}[{at}]"));
    if of.ends_with('?') {
        return diag.help("the value may be `None`; give a default first: `(x ?? …)[0]`");
    }
    if of.starts_with('{') {
        return diag.help("a record's fields are read by name: `r.name`");
    }
    if of.starts_with("rdd") {
        return diag.help("take elements with `take 3` or `first`");
    }
    diag.help("lists and strings are indexed with an int, maps with a key")
}

pub(super) fn no_slice(span: Span, of: &str) -> Diag {
    Diag::error(codes::NO_OVERLOAD, format!("{of} cannot be sliced"), span, "this slice")
        .help("lists and strings are sliced with ints: `x[1:3]`")
}

pub(super) fn let_of_function(span: Span, name: &str) -> Diag {
    function_as_value(span, "this").help(format!("define the function: `def {name}(x) = …`"))
}

/// A type with `int` for what is not known: `?` where no type stands before it, which would make it an option.
fn filled(ty: &str) -> String {
    let mut out = String::new();
    for c in ty.chars() {
        let is_option = out.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | ']' | '}' | '?'));
        if c == '?' && !is_option {
            out.push_str("int");
        } else {
            out.push(c);
        }
    }
    out
}

pub(super) fn open_let(span: Span, name: &str, ty: &str) -> Diag {
    let example = filled(ty);
    Diag::error(
        codes::CANNOT_INFER,
        format!("nothing says what `{name}` holds: its type is {ty}"),
        span,
        "not known in full",
    )
    .help(format!("say the type: `let {name}: {example} = …`"))
}

pub(super) fn param_default(span: Span) -> Diag {
    Diag::error(
        codes::PARAM_DEFAULT,
        "a default is a constant, or made of parameters before it",
        span,
        "not known before the job runs",
    )
    .help("compute it in a `let` after the parameters")
}

pub(super) fn path_text(span: Span, why: &str) -> Diag {
    Diag::error(codes::BAD_PATH, format!("a path into JSON that cannot be read: {why}"), span, "this path")
        .help("write keys and positions: `user.name`, `items[0].id`, `[\"a.b\"][-1]`")
}

pub(super) fn time_format(span: Span, why: &str) -> Diag {
    Diag::error(codes::BAD_TIME_FORMAT, format!("a format of times that cannot be used: {why}"), span, "this format")
        .help("write Python's directives: `%Y-%m-%d %H:%M:%S`, `%d/%b/%Y:%H:%M:%S %z`")
}

pub(super) fn unknown_word(span: Span, function: &str, known: &[&str], found: &str) -> Diag {
    let all = known.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    Diag::error(codes::BAD_WORD, format!("`{function}` knows {all}, found \"{found}\""), span, "none of these")
}

pub(super) fn pattern_text(span: Span, why: &str) -> Diag {
    let diag = Diag::error(
        codes::BAD_PATTERN,
        format!("a regular expression that cannot be used: {why}"),
        span,
        "this pattern",
    );
    if why.contains("fixed-width") {
        return diag.help("give each width a look-behind of its own: `(?:(?<=a)|(?<=bc))`");
    }
    diag.help("escape what stands for itself: `\\.`, `\\(`; a search for a plain text is `text in line`")
}

/// An argument of a row that is meant, of another type than its parameter.
pub(super) fn argument(span: Span, name: &str, param: &str, expected: &str, found: &str) -> Diag {
    let message = format!("`{name}` takes {expected} as `{param}`, and this is {found}");
    let diag = Diag::error(codes::TYPE_MISMATCH, message, span, format!("given {found}"));
    match (expected, found) {
        (expected, found) if expected.starts_with("rdd") && found.starts_with("list") => {
            diag.help("make an RDD of the list: `parallelize xs`")
        }
        (expected, found) if expected.starts_with("rdd[(") && found.starts_with("rdd[") => {
            diag.help("both sides are pairs with keys of one type: `map (x, 1)`, `keyBy f`")
        }
        ("int", "str") | ("list[int]", "list[str]") => diag.help("read the text as a number: `int(x)`"),
        ("str" | "list[str]", _) => diag.help("make it a text: `str(x)`"),
        _ => diag,
    }
}
