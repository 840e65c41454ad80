# Lines of a diary that speak of Friday: all of them, how many, and the first.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/diary.txt"

sc = SparkContext.getOrCreate(SparkConf().setAppName("friday"))

fridays = sc.textFile(input).filter(lambda line: "Friday" in line)

for line in fridays.collect():
    print(line)
print(f"{fridays.count()} lines")
print(f"first: {fridays.first()}")
