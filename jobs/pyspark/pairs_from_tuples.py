# Pairs made of a list of tuples, written as one part file: coalesce(1).
# order: exact
from pyspark import SparkConf, SparkContext

output = "out/pairs_from_tuples"

sc = SparkContext.getOrCreate(SparkConf().setAppName("pairs_from_tuples"))

people = [("Lily", 23), ("Jack", 29), ("Mary", 29), ("James", 8), ("Zoë", 51), ("O'Neil", 42)]
sc.parallelize(people).coalesce(1).saveAsTextFile(output)
