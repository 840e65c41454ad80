"""Random jobs under sparkc and under PySpark: `scripts/oracle campaign`.

The jobs come from `random_jobs oracle` (tests/random_jobs/oracle.rs): it makes the job of a seed, runs it with one of the
engines, translates it with what `sparkc emit pyspark` is made of, and lays all that into a directory. Here PySpark runs
the translation in the same directory, all jobs in one SparkContext, and the answers are compared: what stands behind
`== exact` line by line, behind `== bag` as a multiset of lines, part files likewise by the name of their directory; with
`--order pyspark` all of it byte for byte. A job that differs is shrunk, with the same comparison, and printed.
"""

import bz2
import contextlib
import gzip
import io
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
import warnings
from collections import Counter
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
AHEAD = 6  # jobs that are made while PySpark is at work
CHUNK = 500  # jobs in one SparkContext, and between two totals
SECONDS_A_JOB = 60

# Differences that are intended: the row of docs/differences.md, and what tells them: what sparkc says when it fails, or what
# PySpark printed, wrote or was seen to do.
LAZY = "`top` and `takeOrdered` of 0 elements"  # only where sparkc fails and PySpark does not
EAGER = "A sort that no action needs"  # only where PySpark fails and sparkc does not
NOTHING = "Results whose type depends on the value"  # only where all that differs is `0` and `0.0`
INTENDED = [
    ("Ints", r"Overflow", None),
    ("Results whose type depends on the value", r"negative exponent|no real number|chr\(\) arg not a character", None),
    (NOTHING, None, "a sum that is the int 0"),
    ("Records and lists as keys", None, "^TypeError: unhashable type"),
    ("NaN", None, r"\bnan\b"),
    ("`sortBy` and `sortByKey` of an RDD without elements", None, "the sort of an empty RDD"),
    (LAZY, None, "of 0 elements"),
    (EAGER, None, "a sort that failed where it is written"),
    ("Details of patterns", r"findallGroups gives the groups", None),
    ("`lookup` and `reduceByKeyLocally` in an RDD without partitions", None, "by key in no partitions"),
    ("Details of patterns", None, r"a pattern of \\w or \\b, and a combining mark"),
]


@dataclass
class Answer:
    """What a run left: whether it failed and how, what it printed, and the files below its outputs."""

    error: str | None = None
    out: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    noted: str = ""  # what PySpark was seen to do


def decoded(path):
    """The bytes of a part file, without its compression."""
    data = path.read_bytes()
    return {".gz": gzip.decompress, ".bz2": bz2.decompress}.get(path.suffix, bytes)(data)


def outputs(directory):
    """Part files below a directory's outputs: path and bytes."""
    found = sorted(directory.glob("out*/part-*"))
    return {str(path.relative_to(directory)): decoded(path) for path in found}


def laid(directory):
    """The answer of sparkc."""
    status = (directory / "status").read_text()
    out = (directory / "out").read_bytes().decode(errors="replace")
    return Answer(None if status == "done" else status, out, outputs(directory / "sparkc"))


# ---------------------------------------------------------------- comparing


def sections(out):
    """What was printed, cut at the marks: pairs of the mark and the lines below."""
    found = [("exact", [])]
    for line in out.split("\n"):
        if line in ("== exact", "== bag"):
            found.append((line[3:], []))
        else:
            found[-1][1].append(line)
    return found


def few(lines):
    """Some lines, for people."""
    return [repr(line)[:300] for line in list(lines)[:4]]


def differs(kind, left, right):
    """What differs between two lists of lines, or None."""
    if kind == "bag":
        left, right = Counter(left), Counter(right)
        if left == right:
            return None
        return f"only PySpark: {few((left - right).elements())}\n      only sparkc:  {few((right - left).elements())}"
    if left == right:
        return None
    at = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    return f"at line {at + 1}:\n      PySpark: {few(left[at:at + 2])}\n      sparkc:  {few(right[at:at + 2])}"


def files_by_output(files):
    """Part files by their directory: their names, and their lines."""
    found = {}
    for path, data in sorted(files.items()):
        names, lines = found.setdefault(path.split("/")[0], ([], []))
        names.append(path)
        lines.append((path, data))
    return found


def compare_files(theirs, ours, whole):
    """What differs between the part files of two answers."""
    left, right = files_by_output(theirs), files_by_output(ours)
    for name in sorted(left.keys() | right.keys()):
        if name not in left or name not in right:
            return f"{name}: {'not written by PySpark' if name not in left else 'not written by sparkc'}"
        if left[name][0] != right[name][0]:
            return f"{name}: PySpark writes {left[name][0]}, sparkc {right[name][0]}"
        kind = "bag" if name.endswith("_bag") and not whole else "exact"
        if kind == "exact":
            for (path, a), (_, b) in zip(left[name][1], right[name][1]):
                if a != b:
                    return f"{path}: " + differs(kind, *(side.split(b"\n") for side in (a, b)))
        else:
            lines = [[line for _, data in side[1] for line in data.split(b"\n") if line] for side in (left[name], right[name])]
            found = differs(kind, *lines)
            if found:
                return f"{name}: {found}"
    return None


def compare(theirs, ours):
    """What differs between PySpark's and sparkc's answer, or None; with `compare.whole` all counts by its bytes."""
    whole = compare.whole
    if ours.error and re.match(r"panic|Bug|.*reason: Bug", ours.error, flags=re.S):
        return f"sparkc: {ours.error}"
    if bool(theirs.error) != bool(ours.error):
        return f"PySpark: {theirs.error or 'done'}\n      sparkc:  {ours.error or 'done'}"
    left, right = sections(theirs.out), sections(ours.out)
    if ours.error:
        # What the failing action printed before it failed is no answer; and PySpark's sorts run a job before any action.
        least = min(len(left), len(right)) - 1
        left, right = left[:least], right[:least]
    if [kind for kind, _ in left] != [kind for kind, _ in right]:
        return f"PySpark ends in its action {len(left)}, sparkc in {len(right)}"
    for at, ((kind, a), (_, b)) in enumerate(zip(left, right)):
        found = differs("exact" if whole else kind, a, b)
        if found:
            return f"action {at} ({kind}), {found}"
    return None if ours.error else compare_files(theirs.files, ours.files, whole)


compare.whole = False


def written(answer):
    """The texts of an answer's part files."""
    return (data.decode(errors="replace") for data in answer.files.values())


def floats(out):
    """What was printed, with zeros as floats."""
    return re.sub(r"(?<![\w.])0(?![\w.])", "0.0", out)


def intended(theirs, ours):
    """The row of docs/differences.md that explains a difference, or None."""
    for row, says, seen in INTENDED:
        if says and ours.error and re.search(says, ours.error):
            return row
        texts = (ours.out, theirs.out, theirs.noted, theirs.error or "", *written(ours), *written(theirs))
        if row == NOTHING and seen and floats(theirs.out) != floats(ours.out):
            continue
        if row == LAZY and not (ours.error and not theirs.error) or row == EAGER and not (theirs.error and not ours.error):
            continue
        if seen and any(re.search(seen, text) for text in texts):
            return row
    return None


# ---------------------------------------------------------------- running


class Maker:
    """The process that makes jobs."""

    def __init__(self, binary, root, order):
        command = [binary, "oracle", str(root), *(["--order", "pyspark"] if order else [])]
        self.root = root
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, text):
        """Sends a command or a verdict."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def answer(self):
        """The next answer: what, and the seed's directory."""
        line = self.process.stdout.readline().split()
        if len(line) != 2:
            raise EOFError(f"the process that makes jobs ended: exit code {self.process.wait()}")
        return line[0], self.root / line[1]

    def end(self):
        """Lets it end."""
        self.process.stdin.close()
        self.process.wait()


def watch_sorts(notes):
    """Notes when PySpark sorts an RDD that is empty: it gives the RDD itself then, with the partitions that it has.

    And when a sort fails before there is an action, since it looks at its input where it is written.
    """
    from pyspark import RDD

    sort = RDD.sortByKey

    def watched(self, ascending=True, numPartitions=None, keyfunc=lambda x: x):
        try:
            made = sort(self, ascending, numPartitions, keyfunc)
        except Exception:
            notes.append("a sort that failed where it is written")
            raise
        if made is self:
            notes.append("the sort of an empty RDD")
        return made

    RDD.sortByKey = watched


def watch_actions(notes):
    """Notes that a job asks for the first 0 elements in some order, for a key where there is no partition, or for the sum of
    nothing."""
    from pyspark import RDD

    def watching(original):
        def watched(self, num, key=None):
            if num == 0:
                notes.append("of 0 elements")
            return original(self, num, key)

        return watched

    def watched_lookup(self, key):
        if self.getNumPartitions() == 0:
            notes.append("by key in no partitions")
        return lookup(self, key)

    def watched_merge(self, func):
        if self.getNumPartitions() == 0:
            notes.append("by key in no partitions")
        return merge(self, func)

    def watched_sum(self):
        found = total(self)
        if found == 0 and isinstance(found, int):
            notes.append("a sum that is the int 0")
        return found

    lookup, RDD.lookup = RDD.lookup, watched_lookup
    merge, RDD.reduceByKeyLocally = RDD.reduceByKeyLocally, watched_merge
    total, RDD.sum = RDD.sum, watched_sum
    RDD.top, RDD.takeOrdered = watching(RDD.top), watching(RDD.takeOrdered)


def feed_pipes_at_once():
    """Computes a partition before its command starts.

    Where a row fails that `pipe` takes, PySpark's thread that feeds the command dies, and the job never ends.
    """
    from pyspark import RDD

    pipe = RDD.pipe
    RDD.pipe = lambda self, *args, **named: pipe(self.mapPartitions(lambda rows: iter(list(rows)), True), *args, **named)


def marks_by_patterns(directory):
    r"""A note where a job has a pattern with \w or \b, and it or its inputs have a combining mark."""
    text = (directory / "job.spk").read_text()
    inputs = (path.read_bytes().decode(errors="replace") for path in (directory / "work").glob("in*") if path.is_file())
    if not re.search(r"\\[wb]", text) or not any(unicodedata.category(c)[0] == "M" for c in text + "".join(inputs)):
        return []
    return ["a pattern of \\w or \\b, and a combining mark"]


class NoEnd(Exception):
    """A job took too long."""


def watch_the_clock(spark):
    """Ends the jobs of a context when the alarm comes; from another thread, as this one waits for an answer."""

    def on_alarm(_signal, _frame):
        LATE.append(True)
        threading.Thread(target=lambda: spark.sc.cancelAllJobs(), daemon=True).start()

    signal.signal(signal.SIGALRM, on_alarm)


LATE = []  # the alarm came
NOTES = []
ENDED = []  # SIGTERM came: what was done so far is told


def run_pyspark(spark, directory):
    """PySpark's answer to the job in a directory."""
    work = directory / "work"
    out, error = io.StringIO(), None
    LATE.clear()
    signal.setitimer(signal.ITIMER_REAL, SECONDS_A_JOB, 5)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile((directory / "job.py").read_text(), "job.py", "exec"), {"__name__": "__main__"})
    except Exception as problem:  # whatever a job raises is its answer
        error = first_reason(problem)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    noted = " ".join(NOTES + marks_by_patterns(directory))
    NOTES.clear()
    if LATE:
        spark.renew()
        raise NoEnd
    spark.forget()
    return Answer(error, out.getvalue(), outputs(work), noted)


def first_reason(problem):
    """The line of a Python error that says what is wrong."""
    text = str(problem)
    lines = [line.strip() for line in text.splitlines() if re.match(r"\s*([\w.]+Error|[\w.]+Exception)\b", line)]
    own = [line for line in lines if not line.startswith(("org.apache", "py4j", "pyspark"))]
    return (own or lines or [f"{type(problem).__name__}: {text[:300]}"])[0]


def check(spark, directory):
    """What is wrong with the job in a directory: None, or ('intended', row), or ('bug', text)."""
    ours = laid(directory)
    if ours.error and ours.error.startswith("unchecked"):
        return "bug", ours.error[:1500]
    if ours.error and re.search(INTENDED[0][1], ours.error):
        return "intended", INTENDED[0][0]  # PySpark is not asked: it would compute with ints of a million digits
    try:
        theirs = run_pyspark(spark, directory)
    except NoEnd:
        # Now and then a worker and the JVM wait for each other: only what does so twice has no end.
        print(f"{directory.name}: no end after {SECONDS_A_JOB} s, runs again", flush=True)
        clear_outputs(directory)
        try:
            theirs = run_pyspark(spark, directory)
        except NoEnd:
            theirs = Answer(f"no end after {SECONDS_A_JOB} s")
    found = compare(theirs, ours)
    if found is None:
        return ("failed", ours.error) if ours.error else None
    row = intended(theirs, ours)
    return ("intended", row) if row else ("bug", found)


def clear_outputs(directory):
    """Removes what PySpark wrote, so that the job can run again."""
    for path in (directory / "work").glob("out*"):
        shutil.rmtree(path, ignore_errors=True)


def shrunk(spark, args, seed, root):
    """The smallest job found that still differs, and how."""
    maker = Maker(args.binary, root, args.order)
    maker.ask(f"shrink {seed}")
    while True:
        what, directory = maker.answer()
        if what == "shrunk":
            break
        found = check(spark, directory)
        maker.ask("yes" if found and found[0] == "bug" else "no")
    maker.end()
    found = check(spark, directory)
    return directory, found[1] if found else "it did not differ again"


def report(args, seed, directory, found):
    """Prints a job that differs, and how to run it again."""
    order = " --order pyspark" if args.order else ""
    inputs = sorted(path for path in (directory / "work").glob("*.txt") if path.is_file())
    python = (directory / "job.py").read_text().split("\n\n", 2)[-1].strip()
    print(f"\n==== seed {seed}: scripts/oracle campaign --one {seed}{order}")
    print((directory / "job.spk").read_text().strip())
    for path in inputs:
        print(f"---- {path.name}: {path.read_bytes()!r}")
    print(f"---- PySpark\n{python}\n---- difference\n      {found}", flush=True)


# ---------------------------------------------------------------- the campaign


warnings.filterwarnings("ignore", category=SyntaxWarning)
warnings.filterwarnings("ignore", category=FutureWarning)


def binary_of_random_jobs():
    """Builds tests/random_jobs and gives its path."""
    command = ["cargo", "test", "--test", "random_jobs", "--no-run", "--message-format", "short"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"Executable.*\((.*)\)", done.stderr)
    if not found:
        sys.exit(f"scripts/oracle: tests/random_jobs does not build\n{done.stderr}")
    return str(ROOT / found[0])


class Totals:
    """What has been found so far."""

    def __init__(self, first, order):
        self.first, self.order, self.started = first, order, time.time()
        self.counts, self.explained, self.failures, self.bugs = Counter(), Counter(), Counter(), []

    def add(self, seed, found):
        """Counts what `check` says of a seed."""
        kind = found[0] if found else "alike"
        self.counts[kind] += 1
        if kind == "bug":
            self.bugs.append(seed)
        elif kind == "intended":
            self.explained[found[1]] += 1
        elif kind == "failed":
            self.failures[re.sub(r".*reason: (\w+).*", r"\1", found[1], flags=re.S)[:60]] += 1

    def tell(self):
        """Prints them."""
        seconds, total, counts = time.time() - self.started, sum(self.counts.values()), self.counts
        print(
            f"{total} jobs from seed {self.first}{' with --order pyspark' if self.order else ''}: {counts['alike']} alike, "
            f"{counts['failed']} fail in both, {counts['intended']} differ as intended {dict(self.explained)}, "
            f"{counts['bug']} differ otherwise {self.bugs}; {seconds:.0f} s, {1000 * seconds / max(total, 1):.0f} ms a job",
            flush=True,
        )


def one(spark, args, root):
    """Runs the job of one seed, and prints it with what is said of it."""
    maker = Maker(args.binary, root, args.order)
    maker.ask(f"run {args.one}")
    _, directory = maker.answer()
    found = check(spark, directory)
    report(args, args.one, directory, " ".join(found) if found else "none")
    maker.end()
    return 1 if found and found[0] == "bug" else 0


def many(spark, args, root):
    """Runs the jobs of so many seeds, in chunks; what differs is printed, and the campaign goes on."""
    totals, last = Totals(args.first, args.order), args.first + args.jobs
    maker, asked = None, args.first
    for seed in range(args.first, last):
        if ENDED or len(totals.bugs) >= args.failures:
            break
        if maker is None:
            maker, asked = Maker(args.binary, root / "jobs", args.order), seed
        while asked < min(seed + AHEAD, last):
            maker.ask(f"run {asked}")
            asked += 1
        try:
            _, directory = maker.answer()
        except EOFError as problem:
            print(f"\n==== seed {seed}: {problem}", flush=True)
            totals.add(seed, ("bug", str(problem)))
            maker = None
            continue
        found = check(spark, directory)
        totals.add(seed, found)
        if found and found[0] == "bug":
            if args.whole or len(totals.bugs) > args.shrunk:
                report(args, seed, directory, found[1])
            else:
                report(args, seed, *shrunk(spark, args, seed, root / "small"))
        shutil.rmtree(directory, ignore_errors=True)
        if (seed + 1 - args.first) % CHUNK == 0 and seed + 1 < last:
            totals.tell()
            spark.renew()
    if maker:
        maker.process.kill()
    print(f"why jobs fail in both: {dict(totals.failures.most_common(20))}")
    totals.tell()
    return 1 if totals.bugs else 0


def campaign(spark, args):
    """Runs the jobs of so many seeds; the exit code is 1 if one differs in a way that is not intended."""
    rows = (ROOT / "docs" / "differences.md").read_text()
    unknown = [row for row, *_ in INTENDED if f"| {row} |" not in rows]
    if unknown:
        sys.exit(f"scripts/oracle: not in docs/differences.md: {unknown}")
    args.binary = args.binary or binary_of_random_jobs()
    compare.whole = bool(args.order)
    watch_sorts(NOTES)
    watch_actions(NOTES)
    feed_pipes_at_once()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: ENDED.append(True))
    watch_the_clock(spark)
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="oracle-", dir=memory if memory.is_dir() else None) as name:
        root = pathlib.Path(name).resolve()
        (root / "jobs").mkdir()
        (root / "small").mkdir()
        return one(spark, args, root / "jobs") if args.one is not None else many(spark, args, root)
