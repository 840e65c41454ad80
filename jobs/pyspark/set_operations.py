# Which customers ordered in which file: the set operations, keyBy, and a left anti join.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("set_operations"))

customers = sc.textFile("jobs/in/customers.csv").filter(lambda l: not l.startswith("id")).map(lambda l: l.split(",")).keyBy(lambda f: f[0])
orders = sc.textFile("jobs/in/orders.csv").filter(lambda l: not l.startswith("order")).map(lambda l: l.split(",")).keyBy(lambda f: f[1])
print(sorted(customers.keys().subtract(orders.keys()).collect()))
print(sorted(orders.keys().distinct().subtract(customers.keys()).collect()))
print(customers.keys().intersection(orders.keys()).count())
none = customers.leftOuterJoin(orders).filter(lambda kv: kv[1][1] is None).map(lambda kv: kv[1][0][1])
print(sorted(none.collect()))
sums = customers.cogroup(orders).mapValues(lambda co: ([c[1] for c in co[0]], sum(float(o[2]) for o in co[1])))
for key, (names, total) in sums.filter(lambda s: s[1][0]).takeOrdered(4):
    print(key, names[0], "%.2f" % total)
