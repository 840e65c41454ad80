# Spark's example kmeans.py: the centres of clusters of points, found again and again until they rest.
# order: exact
from pyspark import SparkConf, SparkContext

K = 3
converge_dist = 0.001

sc = SparkContext.getOrCreate(SparkConf().setAppName("spark_kmeans"))


def parse_vector(line):
    return [float(x) for x in line.split(" ")]


def distance(p, q):
    return sum((a - b) ** 2 for a, b in zip(p, q))


def closest_point(p, centers):
    best_index = 0
    closest = float("+inf")
    for i in range(len(centers)):
        temp_dist = distance(p, centers[i])
        if temp_dist < closest:
            closest = temp_dist
            best_index = i
    return best_index


def add(p, q):
    return [a + b for a, b in zip(p, q)]


data = sc.textFile("jobs/in/points.txt").map(parse_vector).cache()
k_points = data.takeSample(False, K, 1)
temp_dist = 1.0

while temp_dist > converge_dist:
    closest = data.map(lambda p: (closest_point(p, k_points), (p, 1)))
    point_stats = closest.reduceByKey(lambda a, b: (add(a[0], b[0]), a[1] + b[1]))
    new_points = point_stats.map(lambda st: (st[0], [x / st[1][1] for x in st[1][0]])).collect()
    temp_dist = sum(distance(k_points[i], p) for i, p in new_points)
    for i, p in new_points:
        k_points[i] = p

for p in k_points:
    print(" ".join("%.4f" % x for x in p))
