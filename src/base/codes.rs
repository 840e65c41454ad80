//! The registry of diagnostic codes: one row a code, never renumbered, never reused.
//!
//! Ranges: E00xx sources and command line, E01xx syntax, E02xx types, E03xx names, E04xx row errors, E05xx data sources
//! and outputs, E099x faults of sparkc, W10xx warnings,
//! W11xx lints (`docs/lints.md`). `sparkc check --explain E0203` prints a row's explanation; `docs/errors.md` is
//! generated from this table.

use std::fmt;

/// A code: its row in [`CODES`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A row of the registry.
pub struct Row {
    /// The code.
    pub code: Code,
    /// Its title: the mistake in a few words.
    pub title: &'static str,
    /// The explanation: the meaning, an example that causes the diagnostic, and the example mended.
    pub explanation: &'static str,
}

/// Declares the codes and the table of them.
macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $explanation:literal;)*) => {
        $(#[doc = concat!($code, ": ", $title, ".")] pub const $name: Code = Code($code);)*
        /// All codes, in order.
        pub static CODES: &[Row] =
            &[$(Row { code: $name, title: $title, explanation: $explanation }),*];
    };
}

codes! {
    JOB_UNREADABLE = "E0001", "the job cannot be read",
        "The file of the job, or one that it uses, does not exist, is no UTF-8, or is larger than 16 MiB.";
    PARAM_NAME = "E0002", "a parameter with the name of a flag of sparkc",
        "Parameters of a job are flags of `sparkc run`, beside its own.\n\n    param master: str = \"x\"\n\nMended:\n\n    param coordinator: str = \"x\"";
    SYNTAX = "E0101", "unexpected text",
        "The text at the mark does not fit there; the message lists what would.\n\n    lines | map w w.upper()            # the lambda's arrow is missing\n\nMended:\n\n    lines | map w -> w.upper()";
    UNCLOSED_BRACKET = "E0102", "unclosed bracket",
        "A bracket was opened and is not closed where its contents must have ended.\n\n    lines | map (w, 1 | reduceByKey +\n\nMended:\n\n    lines | map (w, 1) | reduceByKey +";
    MISMATCHED_BRACKET = "E0103", "bracket that does not match",
        "A closing bracket closes nothing, or another kind of bracket than the one that is open.\n\n    let pair = (1, 2]\n\nMended:\n\n    let pair = (1, 2)";
    UNCLOSED_STRING = "E0104", "unclosed string",
        "A string ends on the line where it starts, unless it has three quotes.\n\n    print \"done\n\nMended:\n\n    print \"done\"";
    BAD_CHARACTER = "E0105", "character without a meaning",
        "The character at the mark means nothing outside of strings and comments. Typographic quotes and dashes come from\nword processors; the plain ones are meant.\n\n    print “done”\n\nMended:\n\n    print \"done\"";
    LIMIT = "E0106", "program over a limit",
        "A program has at most 16 MiB, 500,000 words and signs, 256 levels of nesting (brackets, or operators in a row) and 10,000\nstages in a pipeline, so that no program can exhaust the compiler.\n\n    let n = 1 + 1 + 1 + …              # a thousand times\n\nMended:\n\n    let n = sum([1, 1, 1])";
    KEYWORD_AS_NAME = "E0107", "keyword as a name",
        "These words cannot be names: let def type param use for while if then else in and or not with true false True False None.\nAs a field of a record (`r.type`) they can.\n\n    let in = textFile \"a.txt\"\n\nMended:\n\n    let input = textFile \"a.txt\"";
    FOREIGN = "E0108", "syntax of another language",
        "The text is a habit of Python or of another language; the help says how the same is written here.\n\n    lines | filter lambda l: l and not l == \"\"\n\nMended:\n\n    lines | filter l -> l != \"\"";
    BAD_NUMBER = "E0109", "malformed number",
        "An int has 64 bits, and digits that belong to its base; `_` stands between two digits.\n\n    let n = 0x1G\n\nMended:\n\n    let n = 0x1F";
    BAD_ESCAPE = "E0110", "unknown escape",
        "Strings have the escapes \\n \\t \\r \\0 \\a \\b \\f \\v \\\\ \\' \\\" \\xHH \\uHHHH \\UHHHHHHHH. In a raw string, r\"…\", a\nbackslash is a backslash.\n\n    let digits = \"\\d+\"\n\nMended:\n\n    let digits = r\"\\d+\"";
    BAD_FSTRING = "E0111", "malformed f-string",
        "Braces in an f-string hold an expression, `!r` and a format; a brace that stands for itself is doubled.\n\n    print f\"100} %\"\n\nMended:\n\n    print f\"100}} %\"";
    BLOCK = "E0112", "missing or misplaced block",
        "`for`, `while` and `if` as statements have their statements in braces; `else` follows the brace that closes an `if`.\n\n    for i in range(3)\n      print i\n\nMended:\n\n    for i in range(3) {\n      print i\n    }";
    ASSIGNMENT = "E0113", "assignment inside of an expression",
        "`=` gives a name a value and is a statement. A comparison is written `==`, a named argument `name: value`.\n\n    lines | filter l -> l = \"\"\n\nMended:\n\n    lines | filter l -> l == \"\"";
    TYPE_MISMATCH = "E0201", "a value of another type",
        "The value does not have the type that is needed. Values are converted only from `T` to `T?`, and ints to floats beside a float in arithmetic.\n\n    sqrt(\"2\")\n    sqrt(float(\"2\"))";
    NO_OVERLOAD = "E0202", "no such function for these types",
        "There are functions or operators of this name, but none for the types of these arguments.\n\n    1 + \"a\"\n    str(1) + \"a\"";
    ARITY = "E0203", "too few or too many arguments",
        "The call gives more or fewer arguments than the function takes.\n\n    rdd | take\n    rdd | take 3";
    UNKNOWN_ARGUMENT = "E0204", "a named argument that does not exist",
        "The function has no parameter of this name.\n\n    rdd | sample false, 0.1, sed: 42\n    rdd | sample false, 0.1, seed: 42";
    CONSTRAINT = "E0205", "a type that lacks an ability",
        "Keys must be hashable, what is sorted must have an order. Sets, maps, functions and RDDs have neither.\n\n    rdd | map x -> (set([x]), 1) | reduceByKey +\n    rdd | map x -> (x, 1) | reduceByKey +";
    NOT_A_FUNCTION = "E0206", "a function is needed",
        "The argument must be a function: a name, an operator, a lambda, or an expression with one free letter.\n\n    rdd | map 1\n    rdd | map x -> 1";
    FREE_LETTERS = "E0207", "several free letters",
        "In an argument that is a function, one free single letter stands for the element. With several it is not clear which.\n\n    rdd | reduceByKey a + b\n    rdd | reduceByKey (a, b) -> a + b";
    RDD_IN_FUNCTION = "E0208", "an RDD inside a function of elements",
        "Functions of elements run for each element, where no RDD can be used. Join the two, or bring the values to the driver first.\n\n    words | filter w -> w in stop.collect()\n    let known = stop | collect\n    words | filter w -> w in known";
    RDD_INSIDE = "E0209", "an RDD inside of a value",
        "Lists, tuples and records hold values, and an RDD is none: it is a plan.\n\n    let both = (a, b)\n    let first = a";
    UNKNOWN_FIELD = "E0210", "a field that does not exist",
        "The record has no such field, or the value is no record.\n\n    {count: 1}.cuont\n    {count: 1}.count";
    BRANCHES = "E0211", "values that differ in type",
        "Both branches of an `if`, and all elements of a list, have one type.\n\n    if x > 0 then 1 else \"none\"\n    if x > 0 then Some(1) else None";
    FORMAT_SPEC = "E0212", "a format that does not fit",
        "The text after the colon is one of Python's formats, and fits the type of the value.\n\n    f\"{name:.2f}\"\n    f\"{price:.2f}\"";
    TUPLE_INDEX = "E0213", "an index that the tuple does not have",
        "A tuple's components have types of their own, so that the index must be a constant within its length.\n\n    (1, \"a\")[2]\n    (1, \"a\")[1]";
    PATTERN = "E0214", "a pattern that does not fit",
        "A tuple pattern has as many names as the tuple has components.\n\n    pairs | map (a, b, c) -> a\n    pairs | map (a, b) -> a";
    CANNOT_INFER = "E0215", "a type that is not known",
        "Something is done with a value whose type nothing determines before.\n\n    let x = None\n    x.name\n\nGive the type: `let x: {name: str}? = None`.";
    TOO_LARGE = "E0216", "too deep or too large",
        "Functions are put in the place of their uses, and the result has limits, as have types and nested expressions. Name parts with `let`, use fewer functions inside of each other.";
    RECURSION = "E0217", "a recursive function",
        "Functions are put in the place of their uses, so that they cannot use themselves.\n\n    def sum(xs) = xs[0] + sum(xs[1:])\n    def sum(xs) = xs.fold(0, (a, b) -> a + b)";
    ASSIGN_TYPE = "E0218", "an assignment of another type",
        "A variable keeps the type of its first value.\n\n    let n = 1\n    n = \"one\"\n\nWrite `let` with another name.";
    FUNCTION_AS_VALUE = "E0219", "a function used as a value",
        "Functions are called or given to operators; they are not values of variables or elements.\n\n    let f = x -> x + 1\n    def f(x) = x + 1";
    PARAM_TYPE = "E0220", "a parameter of an unusable type",
        "Parameters come from the command line: they are int, float, bool or str.\n\n    param paths: list[str] = []\n    param paths: str = \"a,b\"";
    PARAM_DEFAULT = "E0221", "a default that is not constant",
        "The command line shows a parameter's default before the job runs: it is a constant, or made of the parameters before it.\n\n    param n: int = rdd | count\n    param n: int = 10";
    BAD_PATTERN = "E0222", "a malformed regular expression",
        "Python's `re` refuses the pattern too; the message and the position are those of CPython.\n\n    filter line -> line.matches(\"a(b\")\n    filter line -> line.matches(\"a\\\\(b\")";
    BAD_PATH = "E0223", "a malformed path into JSON",
        "Keys are separated by dots, positions stand in brackets, and so do quoted keys that hold dots or brackets.\n\n    jsonGet(line, \"items.[0]\")\n    jsonGet(line, \"items[0].id\")\n    jsonGet(line, '[\"a.b\"]')";
    BAD_TIME_FORMAT = "E0224", "a malformed format of times",
        "Directives are a percent sign and a letter, as in Python; `strptime` reads each of them once, and `strftime` has some that it has not.\n\n    strptime(day, \"%F\")\n    strptime(day, \"%Y-%m-%d\")";
    BAD_WORD = "E0225", "a word that is none of those known",
        "Modes, storage levels, codecs and encodings are texts, of which there are only a few.\n\n    onError \"ignore\"\n    onError \"skip\"";
    UNKNOWN_NAME = "E0301", "an unknown name",
        "No variable of this name is visible here.\n\n    let lines = textFile(\"in/x\")\n    liens | count";
    UNKNOWN_FUNCTION = "E0302", "an unknown function or operator",
        "No function of this name is defined, neither in the catalog nor by `def`. `sparkc doc --names` lists the catalog's.\n\n    rdd | reduceByKeys +\n    rdd | reduceByKey +";
    UNKNOWN_TYPE = "E0303", "an unknown type",
        "Types are int, float, bool, str, tuples, records, list, set, map, options `T?`, rdd, and those that `type` defines.\n\n    let x: string = \"a\"\n    let x: str = \"a\"";
    DUPLICATE = "E0304", "a name that is defined twice",
        "A name of the top level, a parameter or a field is defined once.\n\n    let n = 1\n    let n = 2\n\nTo change the value write `n = 2`.";
    UNKNOWN_ASSIGN = "E0305", "an assignment to an unknown name",
        "Inside of a block only names that exist before it can be assigned: others would end with the block.\n\n    for i in range(3) { total = i }\n    let total = 0\n    for i in range(3) { total = i }";
    USED_FILE = "E0306", "a used file that cannot be read",
        "`use` names a file relative to the one that contains it.\n\n    use \"comon.spk\"\n    use \"common.spk\"";
    USE_CYCLE = "E0307", "files that use each other",
        "A file uses itself, directly or through others. Move what both need into a third.";
    NOT_A_VARIABLE = "E0308", "an assignment to what is no variable",
        "Functions and parameters of functions keep what they are.\n\n    def f(x) = x\n    f = 1";
    MISPLACED = "E0309", "a statement in the wrong place",
        "`use`, `type` and `param` stand at the top level of a file, not inside of braces.";
    ROW_OVERFLOW = "E0401", "an int does not fit 64 bits",
        "Ints have 64 bits. Where Python's would grow, the row is an error instead of a wrong number.\n\n    map n -> n * 1000000000000      # with n = 10000000\n    map n -> float(n) * 1e12        # floats round instead";
    ROW_ZERO_DIVISION = "E0402", "division by zero",
        "`/`, `//` and `%` by zero are row errors, for floats too, as in Python.\n\n    map (a, b) -> a / b\n    map (a, b) -> if b == 0 then None else Some(a / b)";
    ROW_VALUE = "E0403", "a value that the function does not accept",
        "For instance `int(\"x\")` or `float(\"\")`: Python's ValueError.\n\n    map line -> int(line)\n    map line -> toInt(line) ?? 0";
    ROW_INDEX = "E0404", "an index beyond the end",
        "A list or string has no element at this index.\n\n    map line -> line.split(\",\")[5]\n    map line -> line.split(\",\") | filter f -> len(f) > 5 | map f -> f[5]";
    ROW_KEY = "E0405", "a key that the map does not have",
        "`m[key]` needs the key; `m.get(key)` is an option.\n\n    map w -> regions[w]\n    map w -> regions.get(w) ?? \"unknown\"";
    ROW_EMPTY = "E0406", "nothing to take from an empty collection",
        "`max`, `min`, `first`, `reduce` and the like have no answer for an empty collection.\n\n    rdd | first\n    rdd | take 1";
    ROW_UTF8 = "E0407", "bytes that are no UTF-8",
        "The line is not valid UTF-8. `textFile(path, encoding: \"lossy\")` puts U+FFFD in place of such bytes, as Spark does.";
    ROW_LINE_TOO_LONG = "E0408", "a line over the limit",
        "A line is longer than the limit (64 MiB unless `--max-line` says otherwise); often the file is no text or has other line ends. With `--on-error reject` only its first kilobyte is written.";
    ROW_TOO_LARGE = "E0409", "a value over the limit",
        "A text or list would become larger than a task may hold.";
    ROW_COMMAND = "E0410", "a command failed",
        "`pipe` could not start its command, or it ended with another exit code than 0 and `checkCode` is set. The job fails whatever `--on-error` says: all rows of the partition would be lost.\n\n    pipe \"grep -c x\", checkCode: true\n    pipe \"grep -c x\"";
    INPUT_MISSING = "E0501", "an input that does not exist",
        "The path names no file or directory, or a hidden one: names that start with `_` or `.` are skipped, as by Hadoop. Paths are relative to the directory in which sparkc was started.\n\n    textFile(\"in/wrods.txt\")\n    textFile(\"in/words.txt\")";
    INPUT_GLOB = "E0502", "a glob without a match",
        "`*`, `?`, `[a-z]` and `{a,b}` match names within one directory, as Hadoop's globs do. A glob that matches nothing is an error, since a job on no input is hardly meant.\n\n    textFile(\"in/*.cvs\")\n    textFile(\"in/*.csv\")";
    PATH_FORM = "E0503", "a path that cannot be used",
        "A path is a local one, or `file:///path`. Several inputs are separated by single commas.\n\n    textFile(\"in/a,,in/b\")\n    textFile(\"in/a,in/b\")";
    INPUT_DENIED = "E0504", "no permission to read an input",
        "The file or one of its directories may not be read by the user who runs the job.";
    INPUT_NOT_A_FILE = "E0505", "an input that is no regular file",
        "Inputs are regular files, or directories of them: no FIFO, device, socket or loop of symbolic links, and no directory inside an input directory.\n\n    textFile(\"in\")         # in holds the directory in/2024\n    textFile(\"in/*\")";
    INPUT_CODEC = "E0506", "a codec that is not read",
        "Files that end in `.gz`, `.bz2` and `.zst` are decompressed. Files that Hadoop would decompress and sparkc cannot are errors instead of garbage.";
    INPUT_CHANGED = "E0507", "an input changed while it was read",
        "Device, inode, size or time of modification differ from what was listed when the job began. The job fails, since its answer would mix two states of the file.";
    INPUT_CORRUPT = "E0508", "a compressed input is truncated or corrupt",
        "The file does not decompress to its end. No row of it is published; `gzip -t`, `bzip2 -t` or `zstd -t` show the same.";
    INPUT_READ = "E0509", "an input cannot be read",
        "The system reported an error while it read the file.";
    OUTPUT_EXISTS = "E0510", "the output exists",
        "An output directory is never mixed with an older one, and this is known before anything is read. `--overwrite` builds the new one aside and exchanges the two; it refuses directories that hold anything but part files.";
    OUTPUT_WRITE = "E0511", "the output cannot be written",
        "The system reported an error: no permission, a full disk, a failing device. The output is absent, and the temporary files are gone.";
    OUTPUT_INTERRUPTED = "E0512", "the job was interrupted before its output was published",
        "A signal asked the job to stop. The output is absent.";
    ENGINES_DIFFER = "E0998", "the engines differ",
        "`--engine both` runs everything by machine code and by the interpreter, and the two have left something different: a fault of sparkc. Please report it with the job. `--engine interp` runs it meanwhile.";
    BUG = "E0999", "a fault of sparkc",
        "Something happened that cannot happen. Please report it with the job.";
    UNUSED_LET = "W1001", "a variable that nothing uses",
        "Pipelines run when an action needs them. One that nothing uses never runs.\n\n    let counts = words | reduceByKey +\n\nAdd `counts | print`, or name it `_counts`.";
    UNUSED_DEF = "W1002", "a function that nothing uses",
        "The function can be dropped, or is misspelt where it should be used.";
    UNUSED_PARAM = "W1003", "a parameter that nothing uses",
        "The flag that it makes has no effect.";
    UNUSED_VALUE = "W1004", "a value that is dropped",
        "The statement computes a value and does nothing with it.\n\n    rdd | count\n    rdd | count | print";
    NEVER_NONE = "W1005", "a value that is never `None`",
        "Only an option may be `None`. A default behind `??`, or a comparison with `None`, of any other value has no effect; so has one behind a test that the value is not `None`.\n\n    lines | map l -> len(l) ?? 0";
    UNKNOWN_ALLOW = "W1100", "a comment that allows nothing",
        "A comment `# sparkc: allow(…)` lists codes of warnings, or names of lints. Errors cannot be allowed.\n\n    r | count    # sparkc: allow(W104)\n    r | count    # sparkc: allow(W1004)";
    GROUP_THEN_REDUCE = "W1101", "values that are grouped only to be reduced",
        "`groupByKey` moves every value of a key to one place; `reduceByKey` merges them where they are and moves one a key and\npartition. Lint `group-then-reduce`.\n\n    words | map (w, 1) | groupByKey | mapValues sum\n    words | map (w, 1) | reduceByKey +";
    MAP_KEEPS_KEYS = "W1102", "a map that leaves the keys alone and does not say so",
        "`map` may change keys, so that pairs that are together are moved again by the next operator by key. `mapValues` cannot,\nand they stay. Lint `map-keeps-keys`.\n\n    r | reduceByKey + | map (k, v) -> (k, v * 2) | groupByKey\n    r | reduceByKey + | mapValues (v -> v * 2) | groupByKey";
    PLACED_NOT_KEPT = "W1103", "pairs that are placed for several uses and not kept",
        "Without `cache` or `persist` each use of what `partitionBy` has placed places it again. Lint `placed-not-kept`.\n\n    let users = rows | partitionBy 8\n    let users = rows | partitionBy 8 | cache";
    MOVED_BY_JOINS = "W1104", "a side that each join moves again",
        "Joins of one RDD that name the same number of partitions move its pairs to the same places each time. Placed once by\n`partitionBy` and kept, they stay there. Lint `moved-by-joins`.\n\n    let users = rows | map parse\n    let users = rows | map parse | partitionBy 8 | cache";
    JOIN_DUPLICATES = "W1105", "a side of a join that only adds duplicates",
        "The values of one side are not used, and duplicates are dropped behind the join: of each key of that side one pair is\nenough. Lint `join-duplicates`.\n\n    orders | join paid | keys | distinct\n    orders | join paid.mapValues(_ -> ()).distinct() | keys | distinct";
    COLLECT_THEN_COUNT = "W1106", "elements that are collected only to be counted",
        "`collect` brings all elements to the driver. What makes one value of them runs where they are. Lint `collect-then-count`.\n\n    len(words.collect())\n    words.count()";
    UNUSED_PERSIST = "W1107", "something kept that is used once",
        "`cache` and `persist` save work from the second use on; before that they only take memory. Lint `unused-persist`.\n\n    lines | map parse | cache | count\n    lines | map parse | count";
    SORT_NOT_SEEN = "W1108", "a sort whose order nothing sees",
        "A sort moves all elements. What counts them, merges them by key or takes the largest gives the same without. Lint\n`sort-not-seen`.\n\n    words | sortBy (w -> w) | count\n    words | count";
    COMPUTED_AGAIN = "W1109", "a pipeline that several actions compute again",
        "An RDD is a plan: each action computes it anew, from its files on. `cache` keeps what the first one has computed. Lint\n`computed-again`.\n\n    let rows = textFile \"in/x\" | map parse\n    let rows = textFile \"in/x\" | map parse | cache";
}

/// The row of a code, found by its text (`E0203`, in any case).
pub fn find(code: &str) -> Option<&'static Row> {
    CODES.iter().find(|row| row.code.0.eq_ignore_ascii_case(code))
}
