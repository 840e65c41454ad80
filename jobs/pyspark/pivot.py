# Rows to columns: a table of sensors by day, with gaps.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("pivot"))

rows = sc.textFile("jobs/in/readings.csv").filter(lambda l: "celsius" not in l).map(lambda l: l.split(","))
cells = rows.map(lambda f: ((f[0], f[1][:10]), (float(f[2]), 1))).reduceByKey(lambda a, b: (a[0] + b[0], a[1] + b[1]))
days = sorted(cells.map(lambda c: c[0][1]).distinct().collect())
table = cells.map(lambda c: (c[0][0], {c[0][1]: c[1][0] / c[1][1]})).reduceByKey(lambda a, b: {**a, **b})
print("sensor".ljust(8) + "".join(d[5:].rjust(8) for d in days))
for sensor, by_day in table.sortByKey().collect():
    print(sensor.ljust(8) + "".join(f"{by_day[d]:8.2f}" if d in by_day else "       -" for d in days))
for day, column in cells.map(lambda c: (c[0][1], c[0][0])).groupByKey().mapValues(len).sortByKey().collect():
    print("%s has %d sensors" % (day, column))
