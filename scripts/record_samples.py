"""Records samples that real PySpark draws: tests/data/samples.json, in the manner of record_python.py.

    PYTHONHASHSEED=0 python scripts/record_samples.py        # a Python with pyspark 4.3
"""

import json
import os

from pyspark import SparkContext

from record_python import plain

sc = SparkContext("local[2]", "record_samples")
sc.setLogLevel("ERROR")
numbers = sc.parallelize(range(100), 4)
cases = []
for replace, fraction, seed in [
    (False, 0.1, 2),
    (False, 0.1, 81),
    (False, 0.3, 10),
    (False, 0.5, 2**40 + 3),
    (False, 0.0, 1),
    (False, 1.0, 1),
    (False, 0.7, -5),
    (True, 0.2, 5),
    (True, 0.4, 11),
    (True, 1.0, 7),
    (True, 3.5, 0),
    (True, 19.9, 2**62),
    (True, 20.0, 3),
    (True, 25.0, 3),
]:
    cases.append(["sample", plain([replace, fraction, seed]), {"ok": numbers.sample(replace, fraction, seed).glom().collect()}])
for weights, seed in [([2, 3], 17), ([0.1, 0.2, 0.7], 42), ([1, 1, 1, 1], 0)]:
    low = 0.0
    for weight, part in zip(weights, numbers.randomSplit(weights, seed)):
        # As PySpark sums the weights up: see RDD.randomSplit.
        high = low + weight / float(sum(weights))
        cases.append(["randomSplit", plain([low, high, seed]), {"ok": part.glom().collect()}])
        low = high
with open(os.path.join(os.path.dirname(__file__), "..", "tests", "data", "samples.json"), "w", encoding="utf-8") as out:
    out.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
print(f"samples: {len(cases)} cases")
