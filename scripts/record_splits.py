"""Records what PySpark's textFile gives for small generated files: tests/data/splits.json.

    python scripts/record_splits.py        # needs PySpark 4.3 and Java; the test that reads the record needs neither

Each case is a list of files (name, bytes in hex), a number of partitions, and the lines of every partition as `glom`
gives them. Several files are read through a glob, since Hadoop lists a directory in the order of the file system.
"""

import json
import os
import random
import shutil
import tempfile

from pyspark import SparkConf, SparkContext

BOM = b"\xef\xbb\xbf"
BY_HAND = [
    b"", b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b"a", b"a\n", b"a\r", b"a\r\n", b"a\nb",
    b"a\rb\rc", b"a\r\nb\r\nc\r\n", b"aa\nbb\ncc\n", b"\na\n\nb\n\n", b"a\r\r\nb\n\rc", BOM, BOM + b"\n", BOM + b"a\nb",
    BOM + BOM + b"a\n", b"\n" + BOM + b"a\n", b"a\n" * 20, b"\r\n" * 10, b"abcdefghij" * 3, "é\nü\rß\r\nz".encode(),
]
PIECES = [b"a", b"bc", "é".encode(), b"\n", b"\n", b"\r", b"\r", b"\r\n", b"\r\n"]


def generated():
    """Files by hand, then random ones, each alone, then groups of several files with empty ones among them."""
    dice = random.Random(20)
    texts = BY_HAND + [b"".join(dice.choices(PIECES, k=dice.randrange(2, 24))) for _ in range(24)]
    for text in texts:
        yield [text]
    for _ in range(16):
        yield [dice.choice(texts) for _ in range(dice.randrange(2, 6))]


def record(context, texts, partitions):
    """One case: the files' bytes and the lines of every partition."""
    directory = tempfile.mkdtemp()
    try:
        files = [(f"f{index}", text) for index, text in enumerate(texts)]
        for name, text in files:
            with open(os.path.join(directory, name), "wb") as file:
                file.write(text)
        glom = context.textFile(directory + "/f*", partitions).glom().collect()
    finally:
        shutil.rmtree(directory)
    return {"files": {name: text.hex() for name, text in files}, "partitions": partitions, "glom": glom}


def main():
    conf = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false")
    context = SparkContext(conf=conf)
    context.setLogLevel("OFF")
    cases = [record(context, texts, n) for texts in generated() for n in (1, 2, 3, 5)]
    path = os.path.join(os.path.dirname(__file__), "..", "tests", "data", "splits.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
