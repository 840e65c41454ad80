# The same word count with reduceByKey and with groupByKey; the first moves one pair a word, the second every word.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("group_versus_reduce"))

words = ["one", "two", "two", "three", "three", "three"]
pairs = sc.parallelize(words).map(lambda w: (w, 1))

reduced = pairs.reduceByKey(lambda a, b: a + b).collect()
print(f"with reduceByKey: {sorted(reduced)}")

grouped = pairs.groupByKey().mapValues(len).collect()
print(f"with groupByKey: {sorted(grouped)}")
