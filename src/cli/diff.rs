//! The difference of two texts, line by line, as `diff -u` shows it.

use std::fmt::Write as _;

/// Lines of context.
const CONTEXT: usize = 3;
/// Texts whose differing parts have more pairs of lines than this are shown as one change.
const MOST_PAIRS: usize = 4_000_000;

/// A line of the result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Same(&'t str),
    Old(&'t str),
    New(&'t str),
}

/// The difference as a patch of the file; nothing if there is none.
pub(super) fn print(name: &str, old: &str, new: &str) -> String {
    let lines = lines(&old.split('\n').collect::<Vec<_>>(), &new.split('\n').collect::<Vec<_>>());
    let changed: Vec<usize> = (0..lines.len()).filter(|at| !matches!(lines[*at], Line::Same(_))).collect();
    let Some(first) = changed.first() else { return String::new() };
    let mut out = format!("--- {name}\n+++ {name}\n");
    let (mut start, mut last) = (*first, *first);
    for at in changed {
        if at > last + 2 * CONTEXT + 1 {
            hunk(&lines, start, last, &mut out);
            start = at;
        }
        last = at;
    }
    hunk(&lines, start, last, &mut out);
    out
}

/// The lines from the first to the last change of a group, with what is around them.
fn hunk(lines: &[Line<'_>], first: usize, last: usize, out: &mut String) {
    let (from, to) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(lines.len()));
    // The empty piece after the last line break is no line.
    let to = if to == lines.len() && lines[to - 1] == Line::Same("") { to - 1 } else { to };
    let old = |lines: &[Line<'_>]| lines.iter().filter(|line| !matches!(line, Line::New(_))).count();
    let new = |lines: &[Line<'_>]| lines.iter().filter(|line| !matches!(line, Line::Old(_))).count();
    let (before, own) = (&lines[..from], &lines[from..to]);
    let _ = writeln!(out, "@@ -{},{} +{},{} @@", old(before) + 1, old(own), new(before) + 1, new(own));
    for line in own {
        let _ = match line {
            Line::Same(text) => writeln!(out, " {text}"),
            Line::Old(text) => writeln!(out, "-{text}"),
            Line::New(text) => writeln!(out, "+{text}"),
        };
    }
}

/// Both texts as one list, by the longest common subsequence of what differs.
fn lines<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let room = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[before..old.len() - after], &new[before..new.len() - after]);
    let mut out: Vec<Line<'t>> = old[..before].iter().map(|line| Line::Same(line)).collect();
    if a.len() * b.len() > MOST_PAIRS {
        out.extend(a.iter().map(|line| Line::Old(line)).chain(b.iter().map(|line| Line::New(line))));
    } else {
        middle(a, b, &mut out);
    }
    out.extend(old[old.len() - after..].iter().map(|line| Line::Same(line)));
    out
}

fn middle<'t>(a: &[&'t str], b: &[&'t str], out: &mut Vec<Line<'t>>) {
    let width = b.len() + 1;
    // How long the common subsequence of what is left is, from each pair of places on.
    let mut common = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let take_old = j == b.len() || i < a.len() && common[(i + 1) * width + j] >= common[i * width + j + 1];
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push(Line::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if take_old {
            out.push(Line::Old(a[i]));
            i += 1;
        } else {
            out.push(Line::New(b[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::print;

    #[test]
    fn shows_what_changes() {
        assert_eq!(print("a.spk", "x\ny\nz\n", "x\nY\nz\n"), "--- a.spk\n+++ a.spk\n@@ -1,3 +1,3 @@\n x\n-y\n+Y\n z\n");
        assert_eq!(print("a", "x\n", "x\n"), "");
    }

    #[test]
    fn far_changes_are_two_hunks() {
        let old: String = (0..30).map(|n| format!("{n}\n")).collect();
        let new = old.replace("3\n", "three\n").replace("28\n", "");
        let text = print("a", &old, &new);
        assert!(text.contains("@@ -21,9 +21,9 @@") || text.matches("@@ -").count() >= 2, "{text}");
    }
}
