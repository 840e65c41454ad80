# Pairs made of strings "name age", written as one part file: coalesce(1).
# order: exact
from pyspark import SparkConf, SparkContext

output = "out/pairs_from_strings"

sc = SparkContext.getOrCreate(SparkConf().setAppName("pairs_from_strings"))

lines = ["Lily 23", "Jack 29", "Mary 29", "James 8", "Zoë 51", "O'Neil 42"]
(
    sc.parallelize(lines)
    .map(lambda line: (line.split(" ")[0], int(line.split(" ")[1])))
    .coalesce(1)
    .saveAsTextFile(output)
)
