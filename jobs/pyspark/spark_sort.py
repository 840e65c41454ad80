# Spark's example sort.py: all numbers of a file in order.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("spark_sort"))

sorted_count = sc.textFile("jobs/in/nums.txt").flatMap(lambda x: x.split(" ")).map(lambda x: (int(x), 1)).sortByKey()
output = sorted_count.collect()
for num, unitcount in output:
    print(num)
