# A join of CSV files whose headers are skipped by zipWithIndex and by mapPartitionsWithIndex.
# order: exact
import csv
import itertools

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("csv_join"))

ratings = (
    sc.textFile("jobs/in/ratings.csv")
    .zipWithIndex()
    .filter(lambda li: li[1] > 0)
    .keys()
    .map(lambda line: line.split(","))
)
movies = (
    sc.textFile("jobs/in/movies.csv")
    .mapPartitionsWithIndex(lambda i, it: itertools.islice(it, 1, None) if i == 0 else it)
    .map(lambda line: next(csv.reader([line])))
)

titles = movies.map(lambda f: (f[0], f[1]))
scores = ratings.filter(lambda f: f[1]).map(lambda f: (f[1], float(f[2])))

joined = scores.leftOuterJoin(titles).map(lambda kv: (kv[1][1] or f"unknown {kv[0]}", kv[1][0]))
best = joined.mapValues(lambda s: (s, 1)).reduceByKey(lambda a, b: (a[0] + b[0], a[1] + b[1]))
for title, (total, n) in best.sortBy(lambda t: (-t[1][0] / t[1][1], t[0])).collect():
    print(f"{title:<24}|{total / n:>8.3f} of {n:3d}")

never = titles.subtractByKey(scores).values().collect()
print("never rated:", never)

outer = scores.groupByKey().fullOuterJoin(titles).mapValues(lambda v: (len(v[0]) if v[0] is not None else 0, v[1] is None))
print(outer.sortByKey().collect())
