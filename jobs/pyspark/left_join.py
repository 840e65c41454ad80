# Left outer join: all keys of the left side; what the right side lacks is None.
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("left_join"))

ages = sc.parallelize([("Tom", 29), ("John", 22)])
addresses = sc.parallelize([("James", "USA"), ("John", "UK")])

for pair in ages.leftOuterJoin(addresses).collect():
    print(pair)
named = ages.leftOuterJoin(addresses).mapValues(lambda v: f"{v[0]}, {v[1] if v[1] is not None else 'nowhere'}")
for pair in named.collect():
    print(pair)
