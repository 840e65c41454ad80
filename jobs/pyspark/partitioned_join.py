# Orders with the names of their customers. Both sides are partitioned alike before the join, so that the join itself
# moves nothing, and a second join with the same customers does not move them again.
# order: exact
from pyspark import SparkConf, SparkContext

customers = "jobs/in/customers.csv"
orders = "jobs/in/orders.csv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("partitioned_join"))

names = (
    sc.textFile(customers)
    .filter(lambda line: not line.startswith("id,"))
    .map(lambda line: line.split(","))
    .map(lambda f: (int(f[0]), f[1]))
    .partitionBy(20)
    .persist()
)

amounts = (
    sc.textFile(orders)
    .filter(lambda line: not line.startswith("order,"))
    .map(lambda line: line.split(","))
    .map(lambda f: (int(f[1]), float(f[2])))
    .partitionBy(20)
)

joined = names.join(amounts)
print(f"{joined.count()} orders in {joined.getNumPartitions()} partitions")

largest = amounts.reduceByKey(max)
for id, (name, amount) in names.leftOuterJoin(largest).sortByKey().collect():
    print(f"{id} {name}: {amount if amount is not None else 0.0:.2f}")
