# Spark's example logistic_regression.py: weights of a linear classifier by gradient descent, a batch a partition.
# order: exact
import math

from pyspark import SparkConf, SparkContext

D = 4
iterations = 8

sc = SparkContext.getOrCreate(SparkConf().setAppName("spark_logistic_regression"))


def read_point_batch(iterator):
    return [[[float(x) for x in line.split()] for line in iterator]]


def dot(x, w):
    return sum(a * b for a, b in zip(x, w))


def gradient(matrix, w):
    total = [0.0] * D
    for row in matrix:
        y, x = row[0], row[1:]
        scale = (1.0 / (1.0 + math.exp(-y * dot(x, w))) - 1.0) * y
        total = [t + scale * v for t, v in zip(total, x)]
    return total


points = sc.textFile("jobs/in/labelled_points.txt").mapPartitions(read_point_batch).cache()
w = [0.1] * D
for i in range(iterations):
    print("On iteration %i" % (i + 1))
    g = points.map(lambda m: gradient(m, w)).reduce(lambda a, b: [x + y for x, y in zip(a, b)])
    w = [a - 0.1 * b for a, b in zip(w, g)]

print("Final w: " + ", ".join(f"{x:.6f}" for x in w))
