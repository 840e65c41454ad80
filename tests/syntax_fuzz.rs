//! Mutated programs never break the parser or the formatter; what parses is formatted to the same program.
//!
//! The seeds are the jobs and the cases of the repository. Each round cuts, doubles, swaps and inserts pieces. The random
//! numbers are fixed; a failure prints the program.

use std::path::Path;

use sparkc::harness::base::Diag;
use sparkc::harness::base::Sources;
use sparkc::harness::syntax::parse;
use sparkc::harness::syntax::print_program;
use sparkc::harness::syntax::shape;
use sparkc::harness::syntax::{ExprIds, Program};

const ROUNDS: usize = 4_000;

/// What mutations insert.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "f\"",
    "\\",
    "|",
    "\n",
    "\n  ",
    ";",
    "#",
    ",",
    ":",
    "=",
    "==",
    "->",
    "+",
    "-",
    "**",
    "??",
    "?",
    ".",
    "!",
    "in ",
    "not ",
    "if ",
    "then ",
    "else ",
    "let ",
    "for ",
    "def ",
    "with ",
    "x",
    "1",
    "1.",
    "1e",
    "0x",
    "_",
    "é",
    "\u{201c}",
    "\0",
    "\r\n",
    "\t",
    " ",
    "\"\"\"",
    "{x!r:",
    "lambda x: ",
];

/// Marsaglia's xorshift: the same numbers on each run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).expect("below a usize")
    }

    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }

    fn range(&mut self, text: &str) -> std::ops::Range<usize> {
        let start = self.place(text);
        let length = 1 + self.below(12);
        start..text.floor_char_boundary((start + length).min(text.len())).max(start)
    }

    fn mutate(&mut self, text: &mut String, other: &str) {
        let range = self.range(text);
        match self.below(5) {
            0 => text.replace_range(range, ""),
            1 => text.insert_str(range.start, PIECES[self.below(PIECES.len())]),
            2 => text.replace_range(range, PIECES[self.below(PIECES.len())]),
            3 => {
                let piece = text[range].to_string();
                let at = self.place(text);
                text.insert_str(at, &piece);
            }
            _ => {
                let piece = &other[self.range(other)];
                text.insert_str(range.start, piece);
            }
        }
    }
}

fn seeds(folder: &Path, out: &mut Vec<String>) {
    let mut paths: Vec<_> =
        folder.read_dir().expect("the folder is there").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            seeds(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "spk") {
            let text = std::fs::read_to_string(&path).expect("cases are text");
            out.push(text.split("\n---- ").next().expect("split gives at least one part").to_string());
        }
    }
}

fn parsed(text: &str) -> (Sources, Program, Vec<Diag>) {
    let mut sources = Sources::default();
    let file = sources.add("mutated.spk", text);
    let (program, diags) = parse(&sources, file, &mut ExprIds::default());
    (sources, program, diags)
}

/// Parses, reports and formats; says what is wrong with the answer.
fn check(text: &str) -> Result<(), String> {
    let (sources, program, diags) = parsed(text);
    for diag in &diags {
        diag.print_report(&sources, false);
    }
    let printed = print_program(&program, &sources);
    if !diags.is_empty() {
        return Ok(());
    }
    let (again_sources, again, diags) = parsed(&printed);
    let comments = |p: &Program| {
        let mut texts: Vec<String> = p.comments.iter().map(|comment| comment.text.clone()).collect();
        texts.sort();
        texts
    };
    if !diags.is_empty() {
        Err(format!("the formatted text does not parse: {:?}", diags[0]))
    } else if shape(&program) != shape(&again) {
        Err("the formatted text is another program".to_string())
    } else if comments(&program) != comments(&again) {
        Err("comments differ".to_string())
    } else if print_program(&again, &again_sources) != printed {
        Err("formatting twice differs".to_string())
    } else {
        Ok(())
    }
}

#[test]
fn mutated_programs_do_no_harm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    seeds(&root.join("jobs"), &mut all);
    seeds(&root.join("tests/cases"), &mut all);
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    let seed = std::env::var("SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(42);
    let mut random = Random(seed);
    for _ in 0..rounds {
        let mut text = all[random.below(all.len())].clone();
        let other = all[random.below(all.len())].clone();
        for _ in 0..=random.below(4) {
            random.mutate(&mut text, &other);
        }
        let result = std::panic::catch_unwind(|| check(&text));
        match result {
            Ok(Ok(())) => {}
            Ok(Err(what)) => panic!("{what}:\n{text}\n---- formatted\n{}", {
                let (sources, program, _) = parsed(&text);
                print_program(&program, &sources)
            }),
            Err(_) => panic!("a panic on:\n{text}"),
        }
    }
}
