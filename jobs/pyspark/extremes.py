# The lowest and the highest reading by key in one pass, and how many days were cold.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("extremes"))

rows = sc.textFile("jobs/in/readings.csv").map(lambda l: l.split(",")).filter(lambda f: f[0] != "sensor")
spans = rows.map(lambda f: (f[0], float(f[2]))).aggregateByKey(
    (float("inf"), float("-inf")),
    lambda a, v: (min(a[0], v), max(a[1], v)),
    lambda a, b: (min(a[0], b[0]), max(a[1], b[1])),
)
print(spans.sortByKey().collect())
hours = rows.map(lambda f: (int(f[1][11:13]), float(f[2]))).groupByKey().mapValues(lambda v: max(v))
print(hours.sortByKey(ascending=False).take(3))
cold = rows.filter(lambda f: float(f[2]) < 5).map(lambda f: f[1].split("T")[0]).countByValue()
print(sorted(cold.items(), key=lambda kv: kv[1], reverse=True))
