# The sum of all numbers in a table; numbers stand between tabs and are padded with blanks.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/numbers.tsv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("sum_of_numbers"))

numbers = (
    sc.textFile(input)
    .flatMap(lambda line: line.split("\t"))
    .filter(lambda s: s.strip() != "")
    .map(int)
)

print(f"sum: {numbers.sum()}")
print(f"numbers: {numbers.count()}")
