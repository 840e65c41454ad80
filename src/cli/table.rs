//! Tables for people: columns as wide as their widest cell, texts to the left and figures to the right.

use std::time::Duration;

/// A table under its header; the first `texts` columns are texts.
pub(super) fn table(header: &[&str], texts: usize, rows: &[Vec<String>]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).chain([header[at].len()]).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cell = |(at, cell): (usize, &str)| {
            let wide = widths[at];
            if at < texts { format!("{cell:<wide$}") } else { format!("{cell:>wide$}") }
        };
        let text = cells.enumerate().map(cell).collect::<Vec<_>>().join("  ");
        format!("{}\n", text.trim_end())
    };
    let mut out = line(&mut header.iter().copied());
    for row in rows {
        out += &line(&mut row.iter().map(String::as_str));
    }
    out
}

/// `0.12 ms`, `12.3 ms`, `1.234 s`
pub(super) fn time(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 {
        format!("{ms:.2} ms")
    } else if ms < 1000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.3} s", ms / 1e3)
    }
}

/// A rate in units a second; nothing where no time has passed.
pub(super) fn rate(amount: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { amount as f64 / time.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["é".to_owned(), "1,000".to_owned()], vec!["long".to_owned(), "1".to_owned()]];
        assert_eq!(table(&["a", "n"], 1, &rows), "a         n\né     1,000\nlong      1\n");
    }

    #[test]
    fn times_keep_three_digits() {
        let shown = [120, 12_300, 999_900, 1_234_000].map(|us| time(Duration::from_micros(us)));
        assert_eq!(shown, ["0.12 ms", "12.3 ms", "999.9 ms", "1.234 s"]);
    }
}
