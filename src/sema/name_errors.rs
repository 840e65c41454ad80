//! The findings of the type checker about names: unknown, defined twice, unused, of the wrong kind. Part of `errors`.

use crate::base::codes;
use crate::base::diag::Diag;
use crate::base::source::Span;
use crate::catalog::absent;

pub(super) fn unknown_name(span: Span, name: &str, near: Option<&str>) -> Diag {
    let diag = Diag::error(codes::UNKNOWN_NAME, format!("unknown name `{name}`"), span, "not defined");
    match (python_help(name), near) {
        (Some(help), _) => diag.help(help),
        (None, Some(near)) => diag.help(format!("did you mean `{near}`?")).fix(span, near),
        (None, None) => diag,
    }
}

/// A name that is defined further down.
pub(super) fn defined_later(span: Span, name: &str, later: Span) -> Diag {
    Diag::error(codes::UNKNOWN_NAME, format!("`{name}` is used before it is defined"), span, "used here")
        .also(later, "defined here")
        .help("move the definition up")
}

/// A name in an argument that had to be a function, and has no letter for the element.
pub(super) fn unknown_element(span: Span, name: &str) -> Diag {
    Diag::error(codes::UNKNOWN_NAME, format!("unknown name `{name}`"), span, "not defined").help(
        match python_function_help(name) {
            Some(help) => help.to_owned(),
            None => format!("only a single letter stands for the element; name it: `{name} -> …`"),
        },
    )
}

pub(super) fn unknown_function(span: Span, name: &str, near: Option<&str>) -> Diag {
    let message = format!("unknown function or operator `{name}`");
    let diag = Diag::error(codes::UNKNOWN_FUNCTION, message, span, "not defined");
    match (python_function_help(name), near) {
        (Some(help), _) => diag.help(help),
        (None, _) if absent::reason(name).is_some() => {
            let reason = absent::reason(name).unwrap_or_default();
            diag.help(format!("`{name}` of PySpark is not offered: {reason}"))
        }
        (None, Some(near)) => diag.help(format!("did you mean `{near}`?")).fix(span, near),
        (None, None) => diag.help("`sparkc doc --names` lists all functions and operators"),
    }
}

/// Names that PySpark programs use and that are not needed here.
fn python_help(name: &str) -> Option<&'static str> {
    Some(match name {
        "sc" | "spark" | "sparkContext" | "SparkContext" => {
            "there is no SparkContext to name: write `textFile(\"in/x\")`, `parallelize [1, 2]`"
        }
        "np" | "numpy" | "math" => "functions are called by their names: `sqrt(x)`, `floor(x)`",
        "json" => {
            "write `jsonGet(line, \"user.name\")`, `jsonInt(line, \"n\")`, `jsonList(line, \"tags\")`, `toJson(x)`"
        }
        "datetime" | "date" | "time" | "dateutil" => {
            "times are seconds since 1970: `strptime(s, \"%Y-%m-%d\")`, `strftime(t, \"%H:%M\")`, `weekday(t)`"
        }
        "StorageLevel" => "storage levels are texts: `persist \"MEMORY_AND_DISK\"`",
        "os" => "the last part of a path is `path.split(\"/\")[-1]`",
        "collections" => "write `xs.countByValue()` for `Counter(xs)`",
        "itertools" => {
            "write `[(a, b) for (i, a) in enumerate(xs) for b in xs[i + 1:]]` for pairs, `xs[1:]` for what follows"
        }
        "break" | "continue" => "loops run to their end; a `while` may ask for more than one condition",
        "re" => "functions are called by their names: `search(text, \"[a-z]+\")`",
        "self" => "there are no methods to define; a function is `def f(x) = …`",
        "lambda" => "write `x -> x + 1`",
        "null" | "nil" | "NULL" | "none" => "write `None`",
        "TRUE" | "FALSE" => "write `true` or `false`",
        _ => return None,
    })
}

fn python_function_help(name: &str) -> Option<&'static str> {
    Some(match name {
        "format" => "write an f-string: `f\"{x:.2f}\"`",
        "lambda" => "write `x -> x + 1`",
        "dict" => "write a map: `{\"a\": 1}`",
        "toDF" | "createDataFrame" | "select" | "withColumn" => {
            "DataFrames are not part of the language; see RDD operators: `map`, `filter`"
        }
        "append" | "extend" => "lists do not change; write `xs + [x]`",
        "Counter" => "write `xs.countByValue()`",
        "defaultdict" | "setdefault" => {
            "maps do not change; write `m.updated(k, m.get(k, 0) + 1)`, or count by `xs.countByValue()`"
        }
        "update" => "maps do not change; write `m.updated(k, v)`, or `a.union(b)`",
        "most_common" => "write `m.items().sorted((x, n) -> -n)[:k]`",
        "nlargest" => "write `xs.sorted(reverse: true)[:n]`",
        "nsmallest" => "write `xs.sorted()[:n]`",
        "combinations" => "write `[(a, b) for (i, a) in enumerate(xs) for b in xs[i + 1:]]`",
        "product" => "write `[(a, b) for a in xs for b in ys]`",
        "chain" => "write `xs + ys`",
        "islice" => "write `xs[1:]`, `xs[:n]`",
        "fromisoformat" | "to_timestamp" | "to_date" | "unix_timestamp" => {
            "write `strptime(s, \"%Y-%m-%dT%H:%M:%S%z\")`, in the form that the texts have"
        }
        "fromtimestamp" | "isoformat" | "date_format" | "from_unixtime" => {
            "write `strftime(t, \"%Y-%m-%d %H:%M:%S\")`, of seconds since 1970"
        }
        "timestamp" | "total_seconds" => "times are seconds already: what `strptime` gives, and their differences",
        "timedelta" => "times are seconds: a day later is `t + 86400`",
        "loads" | "from_json" | "get_json_object" | "json_tuple" => {
            "write `jsonGet(line, \"user.name\")`, `jsonInt(line, \"n\")`, `jsonList(line, \"tags\")`"
        }
        "dumps" | "to_json" => "write `toJson(x)`",
        "println" | "show" | "display" => "write `print`",
        "mapToPair" => "write `map`",
        "isinstance" | "type" => "types are known before the program runs",
        "open" => "read files with `textFile(\"in/x\")`",
        _ => return pyspark_help(name),
    })
}

/// Operators of PySpark that are not in the catalog, and what comes nearest.
fn pyspark_help(name: &str) -> Option<&'static str> {
    Some(match name {
        "collectAsync" => "write `collect`",
        "saveAsPickleFile" | "saveAsSequenceFile" | "saveAsHadoopFile" | "saveAsNewAPIHadoopFile" => {
            "text is the only output: `saveAsTextFile \"out/x\"`"
        }
        _ => return None,
    })
}

pub(super) fn unknown_type(span: Span, name: &str, near: Option<&str>) -> Diag {
    let diag = Diag::error(codes::UNKNOWN_TYPE, format!("unknown type `{name}`"), span, "not defined");
    let known = match name {
        "string" | "String" | "text" => Some("str"),
        "integer" | "Integer" | "Int" | "long" | "Long" | "i64" => Some("int"),
        "double" | "Double" | "Float" | "number" => Some("float"),
        "boolean" | "Bool" => Some("bool"),
        "dict" | "Dict" | "Map" => Some("map"),
        "List" | "array" | "Array" => Some("list"),
        "RDD" => Some("rdd"),
        _ => near,
    };
    match known {
        Some(near) => diag.help(format!("did you mean `{near}`?")).fix(span, near),
        None => {
            diag.help("types are int, float, bool, str, (A, B), {name: T}, list[T], set[T], map[K, V], T? and rdd[T]")
        }
    }
}

pub(super) fn type_arguments(span: Span, name: &str, expected: usize) -> Diag {
    let example = match name {
        "map" => "map[str, int]".to_owned(),
        _ if expected == 0 => name.to_owned(),
        _ => format!("{name}[int]"),
    };
    Diag::error(codes::UNKNOWN_TYPE, format!("`{name}` takes {}", count(expected, "type argument")), span, "this type")
        .help(format!("write `{example}`"))
}

pub(super) fn duplicate(span: Span, name: &str, first: Option<Span>) -> Diag {
    let diag = Diag::error(codes::DUPLICATE, format!("`{name}` is defined twice"), span, "defined again");
    let diag = match first {
        Some(first) => diag.also(first, "first defined here"),
        None => diag,
    };
    diag.help(format!("choose another name, or change the value with `{name} = …`"))
}

/// A name twice in a pattern, among parameters, or among fields.
pub(super) fn duplicate_part(span: Span, name: &str, first: Option<Span>) -> Diag {
    Diag { help: None, ..duplicate(span, name, first) }
}

pub(super) fn unknown_assign(span: Span, name: &str, near: Option<&str>) -> Diag {
    let diag =
        Diag::error(codes::UNKNOWN_ASSIGN, format!("`{name}` is not defined before this block"), span, "assigned here");
    match near {
        Some(near) => diag.help(format!("did you mean `{near}`?")).fix(span, near),
        None => diag.help(format!("define it before the block, or for the block alone: `let {name} = …`")),
    }
}

pub(super) fn not_a_variable(span: Span, name: &str) -> Diag {
    Diag::error(codes::NOT_A_VARIABLE, format!("`{name}` cannot be assigned"), span, "not a variable")
        .help("only what `let` or `param` defined can be changed")
}

pub(super) fn used_file(span: Span, path: &str, cause: &str) -> Diag {
    Diag::error(codes::USED_FILE, format!("cannot read `{path}`: {cause}"), span, "used here")
        .help("the path of `use` is relative to the file that contains it")
}

pub(super) fn use_cycle(span: Span, path: &str) -> Diag {
    Diag::error(codes::USE_CYCLE, format!("`{path}` uses itself, directly or through others"), span, "used here again")
        .help("move what both need into a file of its own")
}

pub(super) fn misplaced(span: Span, what: &str) -> Diag {
    Diag::error(codes::MISPLACED, format!("{what} stands inside of a block"), span, "inside of a block")
        .help("move it to the top level of the file")
}

pub(super) fn unused_let(span: Span, name: &str, rdd: bool) -> Diag {
    let tail = if rdd { ": it would never run" } else { "" };
    Diag::warning(codes::UNUSED_LET, format!("nothing uses `{name}`{tail}"), span, "defined here")
        .help(format!("use it, drop it, or name it `_{name}`"))
}

pub(super) fn unused_def(span: Span, name: &str) -> Diag {
    Diag::warning(codes::UNUSED_DEF, format!("nothing uses the function `{name}`"), span, "defined here")
}

pub(super) fn unused_param(span: Span, name: &str) -> Diag {
    Diag::warning(codes::UNUSED_PARAM, format!("nothing uses the parameter `{name}`"), span, "defined here")
}

pub(super) fn unused_value(span: Span, found: &str) -> Diag {
    Diag::warning(
        codes::UNUSED_VALUE,
        format!("the value of this statement ({found}) is not used"),
        span,
        "computed and dropped",
    )
    .help("add `| print` to see it")
}

/// A value where a function must be.
pub(super) fn not_callable(span: Span, name: &str, ty: &str) -> Diag {
    Diag::error(codes::UNKNOWN_FUNCTION, format!("`{name}` is {ty} and no function"), span, "called here")
}

/// `1 argument`, `2 arguments`
pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
