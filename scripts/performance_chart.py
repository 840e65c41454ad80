"""Draws docs/performance.svg from the tables of docs/performance.md.

    python3 scripts/performance_chart.py          # writes the chart
    python3 scripts/performance_chart.py check    # exits with 1 if the chart is not what the tables say

The left half has a dot for each of DuckDB, Polars and DataFusion: its seconds divided by those of sparkc, from the
table under "Beside the peers". The right half has PySpark's ratios, from the table between the marks "workloads". Both halves
say their dates and commits. Labels are copied from the tables, so that a reader finds them again there.
"""

import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parent.parent
TABLES = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "performance.svg"

WIDTH, TOP, ROW = 900, 112, 27
NAMES, PEERS_FROM, PEERS_TO, PEER_LABELS, SPARK_FROM, SPARK_TO = 172, 186, 476, 490, 610, 820
PEERS = ("duckdb", "polars", "datafusion")
TITLES = {"duckdb": "DuckDB", "polars": "Polars", "datafusion": "DataFusion"}

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px }
  .small { font-size: 11.5px; fill: #57606a }
  .back { fill: #ffffff }
  .line { stroke: #d0d7de }
  .ours { stroke: #1a7f37; stroke-width: 2 }
  .ours-text { fill: #1a7f37 }
  .duckdb { fill: #bf8700 }
  .polars { fill: #0969da }
  .datafusion { fill: #cf222e }
  .pyspark { fill: #8250df }
  .ring { stroke: #ffffff; stroke-width: 1.2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .back { fill: #0d1117 }
    .line { stroke: #3d444d }
    .ours { stroke: #3fb950 }
    .ours-text { fill: #3fb950 }
    .duckdb { fill: #d29922 }
    .polars { fill: #4493f8 }
    .datafusion { fill: #f85149 }
    .pyspark { fill: #ab7df8 }
    .ring { stroke: #0d1117 }
  }
"""


def rows_below(lines):
    """The first table of these lines as dicts by column."""
    table = []
    for line in lines:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif table:
            break
    header, _, *rows = table
    return [dict(zip(header, row)) for row in rows]


def number(cell):
    return float(re.match(r"[\d.e+]+", cell)[0])


def newest_peers(text):
    """What the newest table beside the peers was measured with, and its rows of workloads."""
    said = re.search(r"^## Beside the peers\n\nCommit `(\w+)`, ([^,]+), scale ([\d.]+)", text, re.M)
    commit, date, scale = said.groups()
    rows = rows_below(text[said.start() :].splitlines())
    return f"{date}, commit {commit}, scale {scale}", [r for r in rows if re.match(r"(?!00)\d\d ", r["workload"])]


def pyspark(text):
    """The same of the table that has PySpark: its ratios by workload."""
    block = text.split("<!-- workloads: begin -->")[1].split("<!-- workloads: end -->")[0]
    date, commit = re.search(r"^- (\d{4}-\d\d-\d\d) .*commit `(\w+)`", block, re.M).groups()
    scale = re.search(r"PySpark ran at scale ([\d.]+)", block)[1]
    year, month, day = map(int, date.split("-"))
    months = "January February March April May June July August September October November December".split()
    ratios = {row["workload"]: row["PySpark / ours"] for row in rows_below(block.splitlines())}
    return f"{day} {months[month - 1]} {year}, commit {commit}, scale {scale}", ratios


def text_at(x, y, text, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def axis(start, end, largest, step, bottom):
    """Grid lines with their labels, and the place of a ratio."""
    place = lambda ratio: start + (end - start) * ratio / largest
    parts = []
    for tick in range(0, largest + 1, step):
        x = place(tick)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom}" class="line"/>')
        parts.append(text_at(x, bottom + 16, f"{tick} ×", "small", "middle"))
    return place, parts


def chart(text):
    measured, rows = newest_peers(text)
    spark_measured, spark = pyspark(text)
    bottom = TOP + ROW * len(rows)
    height = bottom + 34
    ratio = lambda row, peer: number(row[peer]) / number(row["jit"])
    largest = 1 + int(max(ratio(row, peer) for row in rows for peer in PEERS))
    at, peer_axis = axis(PEERS_FROM, PEERS_TO, largest, 1, bottom)
    spark_at, spark_axis = axis(SPARK_FROM, SPARK_TO, 300, 100, bottom)
    parts = [
        text_at(PEERS_FROM, 22, "Time of a peer ÷ time of sparkc", "title"),
        text_at(PEERS_FROM, 41, measured, "small"),
        text_at(SPARK_FROM, 22, "Time of PySpark ÷ time of sparkc", "title"),
        text_at(SPARK_FROM, 41, spark_measured, "small"),
        *peer_axis,
        *spark_axis,
        f'<line x1="{at(1):.1f}" y1="{TOP - 8}" x2="{at(1):.1f}" y2="{bottom}" class="ours"/>',
        text_at(at(1), TOP - 14, "sparkc", "ours-text", "middle"),
    ]
    for i, peer in enumerate(PEERS):
        x = PEERS_FROM + 6 + 90 * i
        parts.append(f'<circle cx="{x}" cy="66" r="5" class="{peer}"/>')
        parts.append(text_at(x + 10, 70, TITLES[peer]))
    parts.append(text_at(PEER_LABELS, TOP - 14, "fastest peer", "small"))
    for i, row in enumerate(rows):
        y = TOP + ROW * i + ROW / 2
        name = row["workload"]
        parts.append(text_at(NAMES, y + 4.5, name[3:], anchor="end"))
        for lane, peer in enumerate(PEERS):
            x, lower = at(ratio(row, peer)), 5 * (lane - 1)
            parts.append(f'<circle cx="{x:.1f}" cy="{y + lower}" r="4.5" class="{peer} ring"/>')
        parts.append(text_at(PEER_LABELS, y + 4.5, row["best peer / ours"]))
        bar = spark_at(number(spark[name])) - SPARK_FROM
        parts.append(f'<rect x="{SPARK_FROM}" y="{y - 7}" width="{bar:.1f}" height="14" rx="2" class="pyspark"/>')
        parts.append(text_at(SPARK_FROM + bar + 6, y + 4.5, spark[name]))
    said = "Seconds of DuckDB, Polars, DataFusion and PySpark divided by the seconds of sparkc, on ten workloads"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
            f"<title>{said}</title>",
            f"<style>{STYLE}</style>",
            '<rect width="100%" height="100%" class="back"/>',
            *parts,
            "</svg>\n",
        ]
    )


def main():
    drawn = chart(TABLES.read_text())
    if sys.argv[1:] == ["check"]:
        if CHART.read_text() != drawn:
            sys.exit("docs/performance.svg is not what docs/performance.md says: run scripts/performance_chart.py")
    else:
        CHART.write_text(drawn)


if __name__ == "__main__":
    main()
