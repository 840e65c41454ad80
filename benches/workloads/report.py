"""The record of a campaign of `run` as tables on the terminal and as a page in Markdown.

A record has the machine, versions, options and a list of workloads; each with `engines`, figures by engine (`median`,
`min`, `max`, `wall`, `cpu`, `rss`; or `error`), and with `spark`, the same for PySpark's own scale where it has one.
"""

import statistics

# `ordered` is the JIT with `--order pyspark`.
SPARKC = ("interp", "jit", "ordered")
PEERS = ("duckdb", "polars", "datafusion")
ENGINES = (*SPARKC, "pyspark", *PEERS)


def median(entry, engine):
    return entry.get(engine, {}).get("median")


def ratios(workload):
    """How many times as long as sparkc (the JIT, or the interpreter where the JIT did not run) the interpreter, the JIT in
    PySpark's order, PySpark and the best of the other peers took. What did not run is left out."""
    engines = workload["engines"]
    ours = median(engines, "jit")
    found = {}
    for other in ("interp", "ordered"):
        if ours and median(engines, other):
            found[other] = median(engines, other) / ours
    ours = ours or median(engines, "interp")
    with_spark = workload.get("spark", engines)
    spark_ours = median(with_spark, "jit") or median(with_spark, "interp")
    if median(with_spark, "pyspark") and spark_ours:
        found["pyspark"] = median(with_spark, "pyspark") / spark_ours
    peers = [median(engines, p) for p in PEERS if median(engines, p)]
    if peers and ours:
        found["peer"] = min(peers) / ours
    return found


def geometric(record, key):
    """The geometric mean of a ratio over the ten workloads (the start is none)."""
    found = [ratios(w)[key] for w in record["workloads"] if w["id"] != "00" and key in ratios(w)]
    return statistics.geometric_mean(found) if found else None


def engines_of(record):
    present = {e for w in record["workloads"] for part in ("engines", "spark") for e in w.get(part, {})}
    return [e for e in ENGINES if e in present]


def entry_of(workload, engine):
    """The figures of an engine, and whether they are of the smaller input that PySpark got."""
    if engine in workload["engines"]:
        return workload["engines"][engine], False
    return workload.get("spark", {}).get(engine), True


def cell(workload, engine):
    entry, smaller = entry_of(workload, engine)
    if entry is None:
        return ""
    if "error" in entry:
        return "failed"
    spread = 50 * (entry["max"] - entry["min"]) / entry["median"]
    noise = f" ±{spread:.0f}%" if len(entry["wall"]) > 1 else ""
    return f"{entry['median']:.3g}{noise}{'*' if smaller else ''}"


RATIOS = {"interp": "interp / jit", "ordered": "ordered / jit", "pyspark": "PySpark / ours", "peer": "best peer / ours"}


def rows_of(record):
    """The table as rows of texts, header first, geometric means last."""
    engines = engines_of(record)
    rows = [["workload", "input", *engines, *RATIOS.values()]]
    for w in record["workloads"]:
        size = f"{w['numbers']:.0e} ints" if "numbers" in w else f"{w['bytes'] / 1e6:.3g} MB" if w["bytes"] else ""
        times = [f"{ratios(w)[k]:.3g} ×" if k in ratios(w) else "" for k in RATIOS]
        rows.append([f"{w['id']} {w['title']}", size, *(cell(w, e) for e in engines), *times])
    means = [f"{geometric(record, k):.3g} ×" if geometric(record, k) else "" for k in RATIOS]
    rows.append(["geometric mean without 00", "", *("" for _ in engines), *means])
    return rows


def process_rows(record, title, show):
    """A figure of single processes by workload and engine. PySpark, a JVM and several Python processes, is left out."""
    engines = [e for e in engines_of(record) if e != "pyspark"]
    rows = [[title, *engines]]
    for w in record["workloads"]:
        found = [w["engines"].get(e, {}) for e in engines]
        rows.append([f"{w['id']} {w['title']}", *("" if "error" in f or not f else show(f) for f in found)])
    return rows


def memory_rows(record):
    return process_rows(record, "peak MB", lambda figures: f"{figures['rss'] / 1e6:.0f}")


def cpu_rows(record):
    return process_rows(record, "CPU s", lambda figures: f"{figures['cpu']:.3g}")


def print_rows(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        first, *rest = (text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in enumerate(zip(row, widths)))
        print("  ".join([first, *rest]).rstrip())


def notes(record):
    """What the tables cannot say: failures, and the smaller input of PySpark."""
    lines = []
    if record["spark_scale"] != record["scale"] and "pyspark" in engines_of(record):
        lines.append(f"* PySpark ran at scale {record['spark_scale']:g}; its ratio is to sparkc at that scale.")
    return lines + failures(record)


def failures(record):
    """A line for each engine that failed or answered differently."""
    return [
        f"{w['id']} {engine}: {figures['error']}"
        for w in record["workloads"] for part in ("engines", "spark") for engine, figures in w.get(part, {}).items()
        if "error" in figures]


def print_tables(record):
    print(f"seconds of wall time, medians of {record['runs']} runs, {record['threads']} threads, scale "
          f"{record['scale']:g}; {record['machine']['cpu']}, {record['machine']['cores']} cores\n")
    for rows in (rows_of(record), cpu_rows(record), memory_rows(record)):
        print_rows(rows)
        print()
    for note in notes(record):
        print(note)


BEGIN, END = "<!-- workloads: begin -->", "<!-- workloads: end -->"


def page(record):
    """The record as Markdown."""
    m, v = record["machine"], record["versions"]
    peers = ", ".join(f"{name} {number}" for name, number in v.items() if name != "sparkc")
    lines = [
        "Made by `benches/workloads/run --markdown`; [its README](../benches/workloads/README.md) says what each "
        "workload is and by which rules it is measured.", "",
        f"- {record['date']}, commit `{record['commit']}`, {v.get('sparkc', '')}, scale {record['scale']:g}, medians "
        f"of {record['runs']} whole processes, {record['threads']} threads for everyone",
        f"- {m['cpu']}, {m['cores']} cores, {m['memory'] / 2**30:.0f} GiB, {m['system']}",
        f"- {peers}", "",
        "Seconds of wall time with half the range from fastest to slowest run:", "", *table(rows_of(record)), "",
        *("- " + note.replace("*", "\\*") for note in notes(record)), "",
        "## Where sparkc loses", "", *losses(record), "",
        "## CPU and memory", "",
        "Seconds on all cores, and the peak of the process. PySpark is several processes, and not measured.", "",
        *table(cpu_rows(record)), "", *table(memory_rows(record))]
    return "\n".join(lines) + "\n"


def table(rows):
    head, *rest = rows
    return [line(head), line(["---", *("---:" for _ in head[1:])]), *map(line, rest)]


def line(row):
    return "| " + " | ".join(row) + " |"


def losses(record):
    """The workloads on which a peer was faster, and where the JIT gains little."""
    found = []
    for w in record["workloads"]:
        r = ratios(w)
        if r.get("peer", 1) < 1:
            best = min((p for p in PEERS if median(w["engines"], p)), key=lambda p: median(w["engines"], p))
            found.append(f"- {w['title']}: {best} takes {r['peer']:.2f} of sparkc's time")
        if w["id"] != "00" and r.get("interp", 10) < 4:
            found.append(f"- {w['title']}: machine code is only {r['interp']:.2g} × as fast as the interpreter")
    return found or ["Nowhere in this run."]


def write_page(record, path):
    """Writes the page, or between the two marks of a page that has them."""
    text = page(record)
    old = path.read_text() if path.exists() else ""
    if BEGIN in old and END in old:
        text = old[: old.index(BEGIN) + len(BEGIN)] + "\n" + text + old[old.index(END):]
    else:
        text = "# Performance\n\n" + text
    path.write_text(text)
