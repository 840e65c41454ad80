# Spark's example als.py, with one factor: films and users are given numbers whose product is the rating.
# order: exact
from pyspark import SparkConf, SparkContext

LAMBDA = 0.01
iterations = 4

sc = SparkContext.getOrCreate(SparkConf().setAppName("spark_als"))

ratings = [[((3 * m + 5 * u) % 7 + 1) / 2.0 for u in range(6)] for m in range(4)]
ms = [1.0 + 0.1 * m for m in range(4)]
us = [1.0 - 0.05 * u for u in range(6)]


def update(row, other):
    xtx = sum(x * x for x in other) + LAMBDA * len(other)
    xty = sum(x * r for x, r in zip(other, row))
    return xty / xtx


rb = sc.broadcast(ratings)
for i in range(iterations):
    usb = sc.broadcast(us)
    ms = sc.parallelize(range(4), 2).map(lambda m: update(rb.value[m], usb.value)).collect()
    msb = sc.broadcast(ms)
    us = sc.parallelize(range(6), 2).map(lambda u: update([row[u] for row in rb.value], msb.value)).collect()
    error = (sum((ratings[m][u] - ms[m] * us[u]) ** 2 for m in range(4) for u in range(6)) / 24) ** 0.5
    print(f"Iteration {i}: RMSE: {error:5.4f}")
