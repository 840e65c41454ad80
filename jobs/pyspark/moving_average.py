# Moving averages of a series over three readings, by shifted keys and by windows of a sorted list.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("moving_average"))

series = (
    sc.textFile("jobs/in/readings.csv")
    .map(lambda l: l.split(","))
    .filter(lambda f: f[0] == "pier")
    .map(lambda f: (f[1], float(f[2])))
    .sortByKey()
    .zipWithIndex()
    .map(lambda xi: (xi[1], xi[0]))
)
n = series.count()
windows = series.flatMap(lambda ix: [(ix[0] + d, (ix[0], ix[1][1])) for d in (0, 1, 2)])
averages = windows.groupByKey().filter(lambda kv: 2 <= kv[0] < n).mapValues(lambda v: sum(x for _, x in sorted(v)) / len(v))
for i, (value, average) in series.mapValues(lambda tx: tx[1]).join(averages).sortByKey().take(6):
    print(f"{i:3d} {value:6.1f} {average:8.3f}")


def window(xs, size):
    xs = list(xs)
    return [sum(xs[i : i + size]) / size for i in range(len(xs) - size + 1)]


one = series.values().values().coalesce(1).mapPartitions(lambda xs: window(xs, 5))
print([round(x, 2) for x in one.take(6)])


def running(xs):
    total = 0.0
    for x in xs:
        total += x
        yield round(total, 1)


print(series.values().values().coalesce(1).mapPartitions(running).collect()[-3:])
