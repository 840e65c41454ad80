# Counts words and prints the most frequent ones first; words of the same count in the alphabet's order.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/word_count.text"
least = 2

sc = SparkContext.getOrCreate(SparkConf().setAppName("sorted_word_count"))

counts = (
    sc.textFile(input)
    .flatMap(lambda line: line.split(" "))
    .map(lambda w: (w, 1))
    .reduceByKey(lambda a, b: a + b)
    .filter(lambda wn: wn[1] >= least)
    .sortBy(lambda wn: (-wn[1], wn[0]))
)
for word, n in counts.collect():
    print(f"{word} : {n}")
