# The k nearest neighbours of each point, and a vote of them about a new one.
# order: exact
from collections import Counter

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("nearest_neighbours"))

points = sc.textFile("jobs/in/points.txt").map(lambda l: tuple(float(x) for x in l.split(" "))).zipWithIndex().map(lambda pi: (pi[1], pi[0]))
near = (
    points.cartesian(points)
    .filter(lambda pq: pq[0][0] != pq[1][0])
    .map(lambda pq: (pq[0][0], (((pq[0][1][0] - pq[1][1][0]) ** 2 + (pq[0][1][1] - pq[1][1][1]) ** 2) ** 0.5, pq[1][0])))
    .groupByKey()
    .mapValues(lambda ds: [i for _, i in sorted(ds)[:3]])
)
for i, ids in near.sortByKey().take(5):
    print(i, ids)

labelled = sc.textFile("jobs/in/labelled_points.txt").map(lambda l: l.split()).map(lambda f: (f[0], [float(x) for x in f[1:]]))
unknown = [0.3, -0.4, 0.1, 0.9]
nearest = labelled.map(lambda lx: (sum((a - b) ** 2 for a, b in zip(lx[1], unknown)), lx[0])).takeOrdered(5)
print(Counter(label for _, label in nearest).most_common(1)[0])
