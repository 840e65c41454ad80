# Average price of houses by number of bedrooms, with combineByKey: a pair (count, total) grows by prices.
from pyspark import SparkConf, SparkContext

input = "jobs/in/houses.csv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("average_house_price_combine"))

prices = (
    sc.textFile(input)
    .filter(lambda line: "Bedrooms" not in line)
    .map(lambda line: line.split(","))
    .map(lambda f: (int(float(f[3])), float(f[2])))
)

averages = prices.combineByKey(
    lambda price: (1, price),
    lambda acc, price: (acc[0] + 1, acc[1] + price),
    lambda a, b: (a[0] + b[0], a[1] + b[1]),
).mapValues(lambda p: p[1] / p[0])
for bedrooms, price in averages.collect():
    print(f"{bedrooms} : {price}")
