# Counts how often each word occurs in a text.
from pyspark import SparkConf, SparkContext

input = "jobs/in/word_count.text"

sc = SparkContext.getOrCreate(SparkConf().setAppName("word_count"))

counts = (
    sc.textFile(input)
    .flatMap(lambda line: line.split(" "))
    .map(lambda w: (w, 1))
    .reduceByKey(lambda a, b: a + b)
)
for word, n in counts.collect():
    print(f"{word} : {n}")
