//! Tables for people: columns as wide as their widest cell, texts to the left and figures to the right.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

/// A table under its header; the first `texts` columns are texts.
pub(super) fn table(header: &[&str], texts: usize, rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    for (at, column) in table.column_iter_mut().enumerate() {
        let alignment = if at < texts { CellAlignment::Left } else { CellAlignment::Right };
        column.set_padding((0, 2)).set_cell_alignment(alignment);
    }
    table.trim_fmt() + "\n"
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
