# Counts how often each word occurs, with countByValue: the counts come back as one map.
from pyspark import SparkConf, SparkContext

input = "jobs/in/word_count.text"

sc = SparkContext.getOrCreate(SparkConf().setAppName("word_count_by_value"))

counts = sc.textFile(input).flatMap(lambda line: line.split(" ")).countByValue()

for word, n in counts.items():
    print(f"{word} : {n}")
print(f"{len(counts)} different words")
