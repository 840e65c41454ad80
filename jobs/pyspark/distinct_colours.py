# Each line of a file once: distinct; and how many lines there were.
from pyspark import SparkConf, SparkContext

input = "jobs/in/colours.txt"

sc = SparkContext.getOrCreate(SparkConf().setAppName("distinct_colours"))

colours = sc.textFile(input)
for colour in colours.distinct().collect():
    print(colour)
print(f"{colours.count()} lines, {colours.distinct().count()} different")
