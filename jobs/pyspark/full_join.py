# Full outer join: all keys of both sides; what a side lacks is None.
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("full_join"))

ages = sc.parallelize([("Tom", 29), ("John", 22)])
addresses = sc.parallelize([("James", "USA"), ("John", "UK")])

for pair in ages.fullOuterJoin(addresses).collect():
    print(pair)
