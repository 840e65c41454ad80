# Counts words without case and punctuation, and sorts the pairs by count, descending.
from pyspark import SparkConf, SparkContext

input = "jobs/in/word_count.text"

sc = SparkContext.getOrCreate(SparkConf().setAppName("word_count_descending"))

counts = (
    sc.textFile(input)
    .flatMap(lambda line: line.split())
    .map(lambda w: w.strip('.,;:-"').lower())
    .filter(lambda w: w != "")
    .map(lambda w: (w, 1))
    .reduceByKey(lambda a, b: a + b)
    .sortBy(lambda wn: wn[1], ascending=False)
)
for pair in counts.collect():
    print(pair)
