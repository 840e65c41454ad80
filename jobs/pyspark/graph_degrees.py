# Degrees of a graph's nodes and its connected components by the smallest label.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("graph_degrees"))

edges = sc.textFile("jobs/in/edges.txt").filter(lambda l: not l.startswith("#")).map(lambda l: tuple(map(int, l.split("\t")))).cache()
out_degree = edges.mapValues(lambda _: 1).reduceByKey(lambda a, b: a + b)
in_degree = edges.map(lambda e: (e[1], 1)).reduceByKey(lambda a, b: a + b)
degrees = out_degree.fullOuterJoin(in_degree).mapValues(lambda d: (d[0] or 0, d[1] or 0))
print(degrees.top(3, key=lambda d: (d[1][0] + d[1][1], d[0])))

both = edges.flatMap(lambda e: [e, (e[1], e[0])]).distinct().partitionBy(2).cache()
labels = both.keys().distinct().map(lambda n: (n, n))
rounds = 0
changed = True
while changed:
    rounds += 1
    spread = both.join(labels).map(lambda x: x[1])
    new = labels.union(spread).reduceByKey(min, 2).cache()
    changed = new.join(labels).filter(lambda x: x[1][0] != x[1][1]).count() > 0
    labels = new
print(rounds, "rounds")
print(sorted(labels.map(lambda x: (x[1], x[0])).groupByKey().mapValues(sorted).collect()))
