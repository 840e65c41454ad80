# Average price of houses by number of bedrooms: count and total of each key meet in a record.
from collections import namedtuple

from pyspark import SparkConf, SparkContext

input = "jobs/in/houses.csv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("average_house_price"))


def to_pair(line):
    f = line.split(",")
    return int(float(f[3])), {"count": 1, "total": float(f[2])}


averages = (
    sc.textFile(input)
    .filter(lambda line: "Bedrooms" not in line)
    .map(to_pair)
    .reduceByKey(lambda a, b: {"count": a["count"] + b["count"], "total": a["total"] + b["total"]})
    .mapValues(lambda p: p["total"] / p["count"])
)
for bedrooms, price in averages.collect():
    print(f"{bedrooms} : {price}")
