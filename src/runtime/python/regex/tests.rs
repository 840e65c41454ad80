//! Patterns against CPython, and what they cost.

use serde_json::{Value as Json, json};

use super::{Matcher, Matches, Pattern};
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;
use crate::runtime::python::regexes;
use crate::runtime::recorded::{self, digest};

/// All matches with their groups, the match itself first.
fn all_matches(pattern: &Pattern, text: &str) -> Res<Vec<Vec<String>>> {
    let mut matches = Matches::all(pattern, text, pattern.groups);
    let mut found = Vec::new();
    while matches.next()? {
        found.push((0..=pattern.groups).map(|group| matches.group(group).to_owned()).collect());
    }
    Ok(found)
}

#[test]
fn patterns_are_pythons() {
    recorded::check("patterns", |_, args| {
        let (source, text) = (args.str(0), args.str(1));
        let pattern = match Pattern::new(source) {
            Ok(pattern) => pattern,
            Err(why) => return Ok(why.into()),
        };
        let cx = Cx::new();
        let first = pattern.search(text, pattern.groups)?;
        Ok(json!([
            pattern.is_match(text)?,
            pattern.is_full_match(text)?,
            regexes::search(&cx, text, source)?,
            first.map(|first| first.groups().map(str::to_owned).collect::<Vec<_>>()),
            all_matches(&pattern, text)?,
            recorded::texts(regexes::split(&cx, text, source)?),
            regexes::sub_max(&cx, text, source, args.str(2), args.int(3)).ok(),
        ]))
    });
}

/// The matcher alone gives the answers of the two engines together, so it may take over at any match, and it gives them
/// whether it remembers choices or not.
#[test]
fn the_matcher_is_pythons() {
    recorded::each("patterns", |_, args, answer| {
        let Ok(pattern) = Pattern::new(args.str(0)) else { return };
        for remembers in [false, true] {
            let mut matcher = Matcher::new(pattern.program(), args.str(1));
            if remembers {
                matcher.remember_choices();
            }
            let all = Matches::all(&pattern, args.str(1), pattern.groups);
            let mut matches = Matches { linear: None, matcher: Some(matcher), ..all };
            let mut found = Vec::new();
            while matches.next().unwrap() {
                found.push((0..=pattern.groups).map(|group| matches.group(group)).collect::<Vec<_>>());
            }
            assert_eq!(json!(found), answer["ok"][4], "{:?} {:?} {remembers}", args.str(0), args.str(1));
        }
    });
}

#[test]
fn sets_are_pythons_on_every_code_point() {
    let all: String = (0..=0x0010_FFFF).filter_map(char::from_u32).collect();
    let cased: String = all.chars().filter(|&c| is_cased(c)).collect();
    recorded::check("pattern_sets", |name, args| {
        let pattern = Pattern::new(args.str(0)).unwrap();
        Ok(match name {
            "everywhere" => {
                let mut ranges: Vec<[u32; 2]> = Vec::new();
                let mut matches = Matches::all(&pattern, &all, 0);
                while matches.next()? {
                    let n = u32::from(matches.group(0).chars().next().unwrap());
                    match ranges.last_mut() {
                        Some(last) if last[1] + 1 == n => last[1] = n,
                        _ => ranges.push([n, n]),
                    }
                }
                json!(ranges)
            }
            "alone" => {
                let found =
                    all.chars().enumerate().filter(|(_, c)| pattern.is_full_match(c.encode_utf8(&mut [0; 4])).unwrap());
                digest(&found.map(|(n, _)| format!("{n} ")).collect::<String>()).into()
            }
            "cased" => {
                let found = all_matches(&pattern, &cased)?;
                found.iter().map(|found| Json::from(u32::from(found[0].chars().next().unwrap()))).collect()
            }
            other => panic!("{other}"),
        })
    });
}

/// As in the script.
fn is_cased(c: char) -> bool {
    use crate::runtime::python::letters;
    let (cx, mut text) = (Cx::new(), [0; 4]);
    let text = &*c.encode_utf8(&mut text);
    [letters::lower(&cx, text), letters::upper(&cx, text), letters::title(&cx, text)].iter().any(|other| match other {
        Ok(other) => *other != text,
        Err(_) => false,
    })
}

/// A pattern for which the choices cannot be remembered is stopped; one for which they can goes on.
#[test]
fn a_match_of_too_many_steps_is_an_error() {
    let text = "a".repeat(40) + "b";
    let cx = Cx::new();
    let found = regexes::findall(&cx, &text, "^(a|aa)*\\1c");
    assert_eq!(
        found.map(drop).unwrap_err().detail,
        "pattern '^(a|aa)*\\\\1c' takes more than 20 million steps on a text of 41 characters"
    );
    assert!(!Pattern::new("^(a|aa)*(?=c)").unwrap().is_match(&text).unwrap());
}

/// The cost of all matches grows with the text, not with its square: the squares would take minutes here.
#[test]
fn all_matches_take_linear_time() {
    for (pattern, piece) in [
        ("a.*b|a", "a"),
        ("a(?:.*b)?", "a"),
        ("/\\*.*?\\*/|.", "/*"),
        ("\\w+\\s*=|\\w", "ab "),
        ("x*", "a"),
        ("a*|b", "ab"),
        ("\\b\\w", "é "),
        ("a.*b$|a", "é\na"),
        ("a(?=.*b)", "a"),
        ("a(?!.*b)", "ab"),
        ("(?<!a)a.*b|a", "a"),
        ("(?:a|aa)+b", "a"),
        ("(a|b*)*c|a", "ab"),
        ("(?:(a?)(b?))*?c|a", "ab"),
        ("((a*)*|b)*c(?=d)", "a"),
        ("(.*)(.*)(.*)b", "a"),
        ("\"(?:[^\"\\\\]|\\\\.)*\"|'", "'\""),
    ] {
        let text = piece.repeat(160_000 / piece.len()) + "\n";
        let pattern = Pattern::new(pattern).unwrap();
        let started = std::time::Instant::now();
        let mut matches = Matches::all(&pattern, &text, pattern.groups);
        while matches.next().unwrap() {}
        let took = started.elapsed();
        assert!(took.as_secs() < 20, "{} takes {took:?}", pattern.text);
    }
}

/// Deeply nested groups are read on a small stack, and more of them are refused.
#[test]
fn groups_nest() {
    let nested = |n: usize| Pattern::new(&("(".repeat(n) + "a" + &")*".repeat(n)));
    let small = std::thread::Builder::new().stack_size(512 << 10);
    let run = small.spawn(move || {
        let pattern = nested(300).unwrap();
        assert!(pattern.is_match("a").unwrap());
        assert_eq!(all_matches(&pattern, "b").unwrap().len(), 2);
        assert!(nested(100_000).is_err());
    });
    run.unwrap().join().unwrap();
}

/// Counted repetitions that are too large to be written out are taken, and work.
#[test]
fn large_repetitions_are_taken() {
    let text = "ab".repeat(30_000);
    for (pattern, matches) in [
        ("(?:ab){30000}", true),
        ("(?:ab){30001}", false),
        ("[ab]{60000,4000000000}", true),
        ("(?:(?:ab){100}){301}", false),
    ] {
        assert_eq!(Pattern::new(pattern).unwrap().is_full_match(&text).unwrap(), matches, "{pattern}");
    }
}
