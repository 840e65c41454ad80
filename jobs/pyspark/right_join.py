# Right outer join: all keys of the right side; what the left side lacks is None.
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("right_join"))

ages = sc.parallelize([("Tom", 29), ("John", 22)])
addresses = sc.parallelize([("James", "USA"), ("John", "UK")])

for pair in ages.rightOuterJoin(addresses).collect():
    print(pair)
