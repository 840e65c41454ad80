# The first, the largest and the smallest elements: first, take, top, takeOrdered.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/orders.csv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("take_and_top"))

orders = (
    sc.textFile(input)
    .filter(lambda line: not line.startswith("order,"))
    .map(lambda line: line.split(","))
    .map(lambda f: (f[0], float(f[2])))
)

print(orders.first())
print(orders.take(3))
print(orders.top(3, key=lambda o: o[1]))
print(orders.takeOrdered(3, key=lambda o: o[1]))
print(orders.values().top(2))
print(orders.values().takeOrdered(2, key=lambda a: -a))
