# The length of each line of a log that comes with CR line ends, their sum and the longest.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/events_cr.txt"

sc = SparkContext.getOrCreate(SparkConf().setAppName("line_lengths"))

lengths = sc.textFile(input).map(lambda line: len(line))

for n in lengths.collect():
    print(n)
print(f"characters: {lengths.reduce(lambda a, b: a + b)}")
print(f"longest: {lengths.max()}")
print(f"average: {lengths.mean()}")
