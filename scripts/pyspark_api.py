#!/usr/bin/env python3
"""The public API of PySpark that docs/api.md is about: each method of its classes with its signature.

    scripts/pyspark_api.py record    writes src/cli/pyspark_api.tsv
    scripts/pyspark_api.py check     fails when the installed PySpark has another API than the file

One line a method: class, name and signature, separated by tabs; a property's signature is empty. Needs no SparkContext.
"""

import inspect
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE = ROOT / "src" / "cli" / "pyspark_api.tsv"


def classes():
    """The classes of the API."""
    import pyspark
    from pyspark.statcounter import StatCounter

    return [
        pyspark.RDD,
        pyspark.SparkContext,
        pyspark.StorageLevel,
        pyspark.Broadcast,
        pyspark.Accumulator,
        StatCounter,
    ]


def signature(member):
    """Names and defaults of a method's parameters, without types; nothing for what is not called."""
    if isinstance(member, (classmethod, staticmethod)):
        member = member.__func__
    if isinstance(member, property) or not callable(member):
        return ""
    parts = []
    for name, parameter in inspect.signature(member).parameters.items():
        if name in ("self", "cls"):
            continue
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        default = ""
        if parameter.default is not parameter.empty:
            default = "=" + shown(parameter.default)
        parts.append(f"{star}{name}{default}")
    return f"({', '.join(parts)})"


def shown(value):
    """A default as it is written in the source."""
    if inspect.isfunction(value):
        return "lambda x: x" if value.__name__ == "<lambda>" else value.__name__
    if type(value).__name__ == "StorageLevel":
        return "StorageLevel.MEMORY_ONLY"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def table():
    """The text of the file."""
    lines = []
    for cls in classes():
        for name in dir(cls):
            if not name.startswith("_"):
                lines.append(f"{cls.__name__}\t{name}\t{signature(inspect.getattr_static(cls, name))}")
    return "\n".join(lines) + "\n"


def main():
    """Reads the command line."""
    found = table()
    if sys.argv[1:] == ["record"]:
        FILE.write_text(found)
    elif sys.argv[1:] == ["check"]:
        recorded = set(FILE.read_text().splitlines())
        there = set(found.splitlines())
        for line in sorted(there - recorded):
            print(f"not recorded: {line}")
        for line in sorted(recorded - there):
            print(f"not in PySpark: {line}")
        if recorded != there:
            sys.exit("scripts/pyspark_api.py: PySpark's API is another; `scripts/pyspark_api.py record`, and src/catalog/absent.rs")
        print(f"{len(there)} methods of PySpark, all recorded")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
