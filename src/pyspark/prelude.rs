//! Functions that emitted programs define for themselves, where Python says in statements what is one function here.
//!
//! A row of the catalog calls them in its template: `to_int({text})`. A program has those that it calls, before its first
//! statement.

use std::collections::BTreeSet;

/// A function of the prelude.
pub(super) struct Function {
    /// Its name in Python.
    pub(super) name: &'static str,
    /// Modules that it needs.
    pub(super) imports: &'static [&'static str],
    /// Other functions of the prelude that it calls.
    pub(super) calls: &'static [&'static str],
    /// Its definition.
    pub(super) text: &'static str,
}

/// All of them.
pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "is_json",
        imports: &["json"],
        calls: &[],
        text: r#"
def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
"#,
    },
    Function {
        name: "job_parameter",
        imports: &["sys"],
        calls: &[],
        text: r#"
def job_parameter(name):
    for n, arg in enumerate(sys.argv):
        if arg == f"--{name}" and n + 1 < len(sys.argv):
            return sys.argv[n + 1]
        if arg.startswith(f"--{name}="):
            return arg.split("=", 1)[1]
    sys.exit(f"the parameter --{name} must be given")
"#,
    },
    Function {
        name: "json_at",
        imports: &["json", "re"],
        calls: &[],
        text: r#"
def json_at(text, path):
    value = json.loads(text)
    for name, item, quoted in re.findall(r"""([^.\[\]$][^.\[]*)|\[(-?\d+)\]|\[("[^"]*"|'[^']*')\]""", path):
        if item:
            there = isinstance(value, list) and -len(value) <= int(item) < len(value)
            value = value[int(item)] if there else None
        else:
            value = value.get(name or quoted[1:-1]) if isinstance(value, dict) else None
    return value
"#,
    },
    Function {
        name: "json_get",
        imports: &[],
        calls: &["json_at", "json_text"],
        text: r#"
def json_get(text, path):
    value = json_at(text, path)
    return None if value is None else json_text(value)
"#,
    },
    Function {
        name: "json_keys",
        imports: &[],
        calls: &["json_at"],
        text: r#"
def json_keys(text, path):
    value = json_at(text, path)
    return list(value) if isinstance(value, dict) else []
"#,
    },
    Function {
        name: "json_list",
        imports: &[],
        calls: &["json_at", "json_text"],
        text: r#"
def json_list(text, path):
    value = json_at(text, path)
    return [json_text(x) for x in value] if isinstance(value, list) else []
"#,
    },
    Function {
        name: "json_text",
        imports: &["json"],
        calls: &[],
        text: r#"
def json_text(value):
    return value if isinstance(value, str) else json.dumps(value)
"#,
    },
    Function {
        name: "seconds_of",
        imports: &["datetime"],
        calls: &[],
        text: r#"
def seconds_of(text, layout):
    time = datetime.datetime.strptime(text, layout)
    return (time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)).timestamp()
"#,
    },
    Function {
        name: "to_float",
        imports: &[],
        calls: &[],
        text: r#"
def to_float(text):
    try:
        return float(text)
    except ValueError:
        return None
"#,
    },
    Function {
        name: "to_int",
        imports: &[],
        calls: &[],
        text: r#"
def to_int(text):
    try:
        n = int(text)
    except ValueError:
        return None
    return n if -2**63 <= n < 2**63 else None
"#,
    },
    Function {
        name: "to_time",
        imports: &[],
        calls: &["seconds_of"],
        text: r#"
def to_time(text, layout):
    try:
        return seconds_of(text, layout)
    except ValueError:
        return None
"#,
    },
    Function {
        name: "url_parts",
        imports: &["urllib.parse"],
        calls: &[],
        text: r#"
def url_parts(url):
    parts = urllib.parse.urlparse(url)
    return {**parts._asdict(), "hostname": parts.hostname}
"#,
    },
];

/// The names of all.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// The definitions of all.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.text)
}

/// The modules that they need.
pub(super) fn imports() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().flat_map(|function| function.imports).copied()
}

/// The functions that a template calls, and those that they call.
pub(super) fn called(template: &str) -> Vec<&'static Function> {
    let direct = |function: &Function| template.contains(&format!("{}(", function.name));
    let needed = |name: &str| FUNCTIONS.iter().any(|other| direct(other) && other.calls.contains(&name));
    FUNCTIONS.iter().filter(|function| direct(function) || needed(function.name)).collect()
}

/// Their definitions.
pub(super) fn definitions(names: &BTreeSet<&'static str>) -> String {
    let found = FUNCTIONS.iter().filter(|function| names.contains(function.name));
    found.map(|function| format!("{}\n\n", function.text.trim_start())).collect()
}
