# Inner join: the keys that both sides have.
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("inner_join"))

ages = sc.parallelize([("Tom", 29), ("John", 22), ("Ann", 35), ("John", 61)])
addresses = sc.parallelize([("James", "USA"), ("John", "UK"), ("Ann", "Åland"), ("Ann", "Peru")])

for pair in ages.join(addresses).collect():
    print(pair)
for pair in ages.join(addresses).mapValues(lambda v: f"{v[0]} in {v[1]}").sortByKey().collect():
    print(pair)
