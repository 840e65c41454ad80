# Accumulators count the records that are bad, and why, and keep the sum of what is good.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("bad_records"))

blank = sc.accumulator(0)
short = sc.accumulator(0)
invalid = sc.accumulator(0)
total = sc.accumulator(0.0)


def parse(line):
    if not line.strip():
        blank.add(1)
        return []
    fields = line.split(",")
    if len(fields) < 4:
        short.add(1)
        return []
    try:
        rating = float(fields[2])
        movie = int(fields[1])
    except ValueError:
        invalid.add(1)
        return []
    total.add(rating)
    return [(movie, rating)]


good = sc.textFile("jobs/in/ratings.csv").flatMap(parse)
print(good.count())
print("blank", blank.value, "short", short.value, "invalid", invalid.value)
print("total", total.value)
