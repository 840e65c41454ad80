# Averages by key as Stack Overflow has them: combineByKey, aggregateByKey, and groupByKey.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("average_combine_by_key"))

lines = sc.textFile("jobs/in/ratings.csv")
header = lines.first()
rows = lines.filter(lambda row: row != header).map(lambda row: row.split(",")).filter(lambda f: f[1] != "")
pairs = rows.map(lambda f: (int(f[1]), float(f[2])))

sum_count = pairs.combineByKey(lambda v: (v, 1), lambda x, v: (x[0] + v, x[1] + 1), lambda x, y: (x[0] + y[0], x[1] + y[1]))
print(sum_count.map(lambda kv: (kv[0], kv[1][0] / kv[1][1])).sortByKey().collect())
print(sum_count.mapValues(lambda v: round(v[0] / v[1], 2)).collectAsMap()[3])

stats = pairs.aggregateByKey(
    (0.0, 0.0, 0),
    lambda a, v: (a[0] + v, a[1] + v**2, a[2] + 1),
    lambda a, b: (a[0] + b[0], a[1] + b[1], a[2] + b[2]),
)
for key, (s, s2, n) in stats.sortByKey().collect():
    print(f"{key}: mean {s / n:.3f} sd {(s2 / n - (s / n) ** 2) ** 0.5:.3f} n={n}")

medians = pairs.groupByKey().mapValues(lambda vs: sorted(vs)).mapValues(lambda vs: vs[len(vs) // 2])
print(medians.sortByKey().collect())
