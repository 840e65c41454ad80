"""The workloads with PySpark's RDD API: `with_pyspark.py WORKLOAD INPUTS OUTPUT N`.

INPUTS is the directory of the inputs, OUTPUT the directory to write, N the count of numbers of workload 10. These are
the programs that the jobs of `../jobs` are the ports of, line by line; two threads.
"""

import csv
import sys
from operator import add

from pyspark import SparkConf, SparkContext


def start(sc):
    print(sc.range(10).filter(lambda x: x % 3 == 0).sum())


def word_count(sc):
    (sc.textFile(f"{inputs}/words.txt")
     .flatMap(lambda line: line.split(" "))
     .map(lambda w: (w, 1))
     .reduceByKey(add)
     .map(lambda pair: f"{pair[0]}\t{pair[1]}")
     .saveAsTextFile(output))


def measurements(sc):
    (sc.textFile(f"{inputs}/measurements.txt")
     .map(lambda line: line.split(";"))
     .map(lambda f: (f[0], float(f[1])))
     .mapValues(lambda t: (t, t, t, 1))
     .reduceByKey(lambda a, b: (min(a[0], b[0]), max(a[1], b[1]), a[2] + b[2], a[3] + b[3]))
     .map(lambda pair: f"{pair[0]};{pair[1][0]};{pair[1][2] / pair[1][3]};{pair[1][1]}")
     .saveAsTextFile(output))


def average(sc):
    (sc.textFile(f"{inputs}/sales.csv")
     .filter(lambda line: not line.startswith("order,"))
     .map(lambda line: line.split(","))
     .map(lambda f: (f[1], (float(f[4]), 1)))
     .reduceByKey(lambda a, b: (a[0] + b[0], a[1] + b[1]))
     .map(lambda pair: f"{pair[0]},{pair[1][0] / pair[1][1]}")
     .saveAsTextFile(output))


def quoted(sc):
    (sc.textFile(f"{inputs}/places.csv")
     .map(lambda line: next(csv.reader([line])))
     .filter(lambda f: f[3] == "United States")
     .map(lambda f: f"{f[1]}\t{f[2]}")
     .saveAsTextFile(output))


def join(sc):
    countries = (
        sc.textFile(f"{inputs}/customers.csv")
        .filter(lambda line: not line.startswith("id,"))
        .map(lambda line: line.split(","))
        .map(lambda f: (int(f[0]), f[2])))
    (sc.textFile(f"{inputs}/orders.csv")
     .filter(lambda line: not line.startswith("order,"))
     .map(lambda line: line.split(","))
     .map(lambda f: (int(f[1]), float(f[2])))
     .join(countries)
     .map(lambda pair: (pair[1][1], pair[1][0]))
     .reduceByKey(add)
     .map(lambda pair: f"{pair[0]},{pair[1]}")
     .saveAsTextFile(output))


def sort(sc):
    sc.textFile(f"{inputs}/records.txt").sortBy(lambda line: line[:10]).saveAsTextFile(output)


def log(sc):
    worst = (
        sc.textFile(f"{inputs}/access.log")
        .map(lambda line: line.split(" "))
        .filter(lambda f: f[8] == "404")
        .map(lambda f: (f[0], (1, int(f[9]))))
        .reduceByKey(lambda a, b: (a[0] + b[0], a[1] + b[1]))
        .takeOrdered(100, lambda pair: (-pair[1][1], pair[0])))
    for host, (count, total) in worst:
        print(f"{host},{count},{total}")


def distinct(sc):
    print(sc.textFile(f"{inputs}/access.log").map(lambda line: line.split(" ")[6]).distinct().count())


def page_rank(sc):
    links = (
        sc.textFile(f"{inputs}/links.txt")
        .map(lambda line: line.split(" "))
        .map(lambda e: (int(e[0]), int(e[1])))
        .distinct()
        .groupByKey()
        .cache())
    ranks = links.mapValues(lambda _: 1.0)
    for _ in range(5):
        ranks = (
            links.join(ranks)
            .flatMap(lambda pair: [(p, pair[1][1] / len(pair[1][0])) for p in pair[1][0]])
            .reduceByKey(add)
            .mapValues(lambda r: 0.15 + 0.85 * r))
    ranks.map(lambda pair: f"{pair[0]},{pair[1]}").saveAsTextFile(output)


def numbers(sc):
    print(sc.range(int(n)).filter(lambda x: x % 3 == 0).map(lambda x: x * x % 1000).sum())


WORKLOADS = dict(zip(
    ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10"),
    (start, word_count, measurements, average, quoted, join, sort, log, distinct, page_rank, numbers)))

if __name__ == "__main__":
    workload, inputs, output, n = sys.argv[1:]
    conf = SparkConf().setMaster("local[2]").setAppName(workload)
    conf.set("spark.ui.enabled", "false").set("spark.driver.memory", "6g")
    WORKLOADS[workload](SparkContext(conf=conf))
