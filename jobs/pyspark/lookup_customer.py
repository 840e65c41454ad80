# All orders of one customer: lookup reads one partition only where the keys are partitioned.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/orders.csv"
customer = 107

sc = SparkContext.getOrCreate(SparkConf().setAppName("lookup_customer"))

orders = (
    sc.textFile(input)
    .filter(lambda line: not line.startswith("order,"))
    .map(lambda line: line.split(","))
    .map(lambda f: (int(f[1]), float(f[2])))
)

amounts = orders.lookup(customer)
print(amounts)
print(f"{len(amounts)} orders, {sum(amounts):,.2f} in all")
print(orders.partitionBy(4).lookup(9999))
