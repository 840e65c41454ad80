# Average price of houses by number of bedrooms, fewest bedrooms first.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/houses.csv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("average_house_price_sorted"))

averages = (
    sc.textFile(input)
    .filter(lambda line: "Bedrooms" not in line)
    .map(lambda line: line.split(","))
    .map(lambda f: (int(float(f[3])), (1, float(f[2]))))
    .reduceByKey(lambda a, b: (a[0] + b[0], a[1] + b[1]))
    .mapValues(lambda p: p[1] / p[0])
)

for bedrooms, price in averages.sortByKey().collect():
    print(f"{bedrooms} : {price}")
