#!/usr/bin/env python3
"""Random jobs of reassigned variables (ints, lists, ranges, RDDs; loops and branches) against real PySpark.

    .venv/bin/python scripts/assignments_campaign.py [--jobs 200] [--from 0] [--one SEED] [--sparkc PATH]

Each job is made twice: as a job for sparkc, and as the Python that a person would write for it. The second does not come
from `sparkc emit pyspark`, so a misreading that both sides of sparkc share is found. Functions in RDDs take the variables
of loops as they are when the RDD is defined, as sparkc does (`lambda x, i=i: …`). Needs scripts/setup to have been run.
"""

import argparse
import contextlib
import io
import os
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Job:
    """One random job: its lines in both languages."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.spk, self.python = [], []
        self.names = {"int": [], "list": [], "range": [], "rdd": []}
        self.depth = self.count = 0
        for kind in ("int", "range", "list", "rdd"):
            self.declare(kind)
        for _ in range(self.rng.randrange(6, 16)):
            self.statement()
        for kind in self.names:
            for name in self.names[kind]:
                self.show(kind, name)

    def line(self, spk, python):
        self.spk.append("  " * self.depth + spk)
        self.python.append("    " * self.depth + python)

    def pick(self, kind):
        return self.rng.choice(self.names[kind])

    def int_value(self):
        """An int that is never large: both texts."""
        rng = self.rng
        kinds = ["constant"] * 3 + ["name", "sum", "len"] * bool(self.names["int"] and self.names["list"])
        kind = rng.choice(kinds)
        if kind == "name":
            name = self.pick("int")
            return name, name
        if kind == "sum":
            text = f"({self.pick('int')} + {rng.randrange(4)}) % 7"
            return text, text
        if kind == "len":
            text = f"len({self.pick(rng.choice(['list', 'range']))}) % 6"
            return text, text
        text = str(rng.randrange(6))
        return text, text

    def range_call(self):
        """`range(…)` of up to about ten elements."""
        ends = [self.int_value()[0] for _ in range(self.rng.choice([1, 1, 2, 3]))]
        if len(ends) == 3:
            ends = [ends[0], f"{ends[1]} + 3", str(self.rng.randrange(1, 4))]
        return f"range({', '.join(ends)})"

    def list_value(self):
        rng = self.rng
        names = self.names["list"] + self.names["range"]
        kind = rng.choice(["literal", "append", "concat", "slice", "comprehension"] if names else ["literal"])
        if kind == "literal":
            text = f"[{', '.join(self.int_value()[0] for _ in range(rng.randrange(1, 4)))}]"
        elif kind == "append":
            text = f"{rng.choice(names)}[:8] + [{self.int_value()[0]}]"
        elif kind == "concat":
            text = f"{rng.choice(names)}[:4] + {rng.choice(names)}[:4]"
        elif kind == "slice":
            text = f"{rng.choice(names)}[:{rng.randrange(1, 6)}]"
        else:
            text = f"[x + {self.int_value()[0]} for x in {rng.choice(names)}]"
        return text

    def rdd_value(self):
        """An RDD: both texts."""
        rng = self.rng
        kind = rng.choice(["parallelize", "of_range", "map", "filter", "union"] if self.names["rdd"] else ["parallelize"])
        if kind == "parallelize":
            text = self.list_value()
            return f"parallelize({text})", f"sc.parallelize({text})"
        if kind == "of_range":
            name, amount = self.pick("range"), self.int_value()[0]
            return f"{name} | map x -> x * 2 + {amount}", f"sc.parallelize({name}).map({self.function(f'x * 2 + {amount}')})"
        name = self.pick("rdd")
        if kind == "map":
            text = f"x + {self.int_value()[0]}"
            return f"{name} | map x -> {text}", f"{name}.map({self.function(text)})"
        if kind == "filter":
            text = f"x % 3 != {self.rng.randrange(3)}"
            return f"{name} | filter x -> {text}", f"{name}.filter({self.function(text)})"
        other = self.pick("rdd")
        return f"({name} | union {other}) | filter x -> x < 40", f"{name}.union({other}).filter(lambda x: x < 40)"

    def function(self, body):
        used = sorted(name for kind in self.names for name in self.names[kind] if f"({name})" in body or name in body.replace("(", " ").replace(")", " ").split())
        return f"lambda {', '.join(['x'] + [f'{name}={name}' for name in used])}: {body}"

    def declare(self, kind):
        name = f"{kind[0] if kind != 'range' else 'g'}{self.count}"
        self.count += 1
        spk, python = self.value(kind, first=True)
        self.line(f"let {name} = {spk}", f"{name} = {python}")
        self.names[kind].append(name)

    def value(self, kind, first=False):
        if kind == "int":
            return self.int_value()
        if kind == "rdd":
            return self.rdd_value()
        if kind == "range" and (first or self.rng.random() < 0.5):
            text = self.range_call()
            return text, f"list({text})"
        text = self.list_value()
        return text, text

    def show(self, kind, name):
        if kind == "rdd":
            self.line(f"print({name} | sortBy (x -> x) | collect)", f"print({name}.sortBy(lambda x: x).collect())")
        elif kind == "range":
            way = self.rng.randrange(4)
            if way == 0:
                self.line(f"print({name})", f"print({name})")
            elif way == 1:
                self.line(f"print(({name} | count), len({name}))", f"print(sc.parallelize({name}).count(), len({name}))")
            elif way == 2:
                self.line(f"print({name} | collect)", f"print(sc.parallelize({name}).collect())")
            else:
                self.line(f"print({name} | map x -> x * x | sum)", f"print(sc.parallelize({name}).map(lambda x: x * x).sum())")
        else:
            self.line(f"print({name})", f"print({name})")

    def statement(self):
        rng = self.rng
        way = rng.random()
        if way < 0.5:
            kind = rng.choice(["int", "list", "range", "range", "rdd"])
            name = self.pick(kind)
            spk, python = self.value(kind)
            self.line(f"{name} = {spk}", f"{name} = {python}")
        elif way < 0.65 or self.depth >= 2:
            kind = rng.choice(["int", "list", "range", "range", "rdd"])
            self.show(kind, self.pick(kind))
        elif way < 0.7 and self.depth == 0:
            self.declare(rng.choice(["int", "list", "range", "rdd"]))
        elif way < 0.85:
            item = f"i{self.count}"
            self.count += 1
            over = f"range({rng.randrange(1, 4)})" if rng.random() < 0.5 else f"{self.pick('list')}[:3]"
            self.line(f"for {item} in {over} {{", f"for {item} in {over}:")
            self.block()
        else:
            name = self.pick("int")
            test = f"{name} {rng.choice(['<', '==', '>='])} {rng.randrange(5)}"
            self.line(f"if {test} {{", f"if {test}:")
            self.block()

    def block(self):
        self.depth += 1
        for _ in range(self.rng.randrange(1, 4)):
            self.statement()
        self.depth -= 1
        self.spk.append("  " * self.depth + "}")


def run_python(job, sc):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec("\n".join(job.python), {"sc": sc})
    return out.getvalue()


def run_sparkc(job, sparkc, directory):
    path = os.path.join(directory, "job.spk")
    with open(path, "w") as file:
        file.write("\n".join(job.spk) + "\n")
    answers = []
    for engine in ("jit", "interp"):
        done = subprocess.run([sparkc, "run", "-q", "--engine", engine, path], capture_output=True, text=True)
        answers.append(done.stdout if done.returncode == 0 else done.stdout + done.stderr)
    return answers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--one", type=int)
    parser.add_argument("--sparkc", default=str(ROOT / "target/release/sparkc"))
    options = parser.parse_args()
    if options.one is not None:
        job = Job(options.one)
        print("\n".join(job.spk), "\n".join(job.python), sep="\n\n")
        return
    from pyspark import SparkConf, SparkContext

    sc = SparkContext(conf=SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false"))
    sc.setLogLevel("ERROR")
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        for seed in range(options.first, options.first + options.jobs):
            job = Job(seed)
            expected = run_python(job, sc)
            for found in run_sparkc(job, options.sparkc, directory):
                if found != expected:
                    wrong += 1
                    print(f"seed {seed}:", "\n".join(job.spk), f"-- PySpark\n{expected}-- sparkc\n{found}", sep="\n")
                    break
    print(f"{options.jobs} jobs from {options.first}, {wrong} differ")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
