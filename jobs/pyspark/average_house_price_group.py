# Average price of houses by number of bedrooms, with groupByKey: all prices of a key travel, then are averaged.
from pyspark import SparkConf, SparkContext

input = "jobs/in/houses.csv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("average_house_price_group"))

averages = (
    sc.textFile(input)
    .filter(lambda line: "Bedrooms" not in line)
    .map(lambda line: line.split(","))
    .map(lambda f: (int(float(f[3])), float(f[2])))
    .groupByKey()
    .mapValues(lambda prices: sum(prices) / len(prices))
)
for bedrooms, price in averages.collect():
    print(f"{bedrooms} : {price}")
