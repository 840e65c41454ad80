# The product and the number of some integers; persist keeps them between the two actions.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("product"))

integers = sc.parallelize([1, 2, 3, 4, 5, 6, 7]).persist()

print(f"product is: {integers.reduce(lambda a, b: a * b)}")
print(f"numbers: {integers.count()}")
