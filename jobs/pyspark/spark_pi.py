# Spark's example pi.py: pi from points that fall into a circle.
# order: exact
import random

from pyspark import SparkConf, SparkContext

partitions = 2

sc = SparkContext.getOrCreate(SparkConf().setAppName("spark_pi"))

n = 1000 * partitions


def f(i):
    x = random.Random(2 * i).random() * 2 - 1
    y = random.Random(2 * i + 1).random() * 2 - 1
    return 1 if x**2 + y**2 <= 1 else 0


count = sc.parallelize(range(1, n + 1), partitions).map(f).reduce(lambda a, b: a + b)
print("Pi is roughly %f" % (4.0 * count / n))
