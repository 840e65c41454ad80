# Spark's example transitive_closure.py: which nodes can be reached from which.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("spark_transitive_closure"))

tc = (
    sc.textFile("jobs/in/edges.txt")
    .filter(lambda line: not line.startswith("#"))
    .map(lambda line: tuple(int(x) for x in line.split("\t")))
    .cache()
)
edges = tc.map(lambda x_y: (x_y[1], x_y[0]))

old_count = 0
next_count = tc.count()
while True:
    old_count = next_count
    new_edges = tc.join(edges).map(lambda __a_b: (__a_b[1][1], __a_b[1][0]))
    tc = tc.union(new_edges).distinct(2).cache()
    next_count = tc.count()
    if next_count == old_count:
        break

print("TC has %i edges" % tc.count())
print(tc.takeOrdered(8))
