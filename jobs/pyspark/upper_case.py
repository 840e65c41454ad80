# Prints the lines of a text in capitals, in their order.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/word_count.text"

sc = SparkContext.getOrCreate(SparkConf().setAppName("upper_case"))

for line in sc.textFile(input).map(lambda line: line.upper()).collect():
    print(line)
