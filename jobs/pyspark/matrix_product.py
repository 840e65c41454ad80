# Sparse matrices, "row column value" a line, multiplied by a join.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("matrix_product"))


def read(path):
    return sc.textFile(path).map(lambda l: [int(x) for x in l.split()]).map(lambda e: (e[0], e[1], e[2]))


a = read("jobs/in/matrix_a.txt").map(lambda e: (e[1], (e[0], e[2])))
b = read("jobs/in/matrix_b.txt").map(lambda e: (e[0], (e[1], e[2])))
product = a.join(b).map(lambda x: ((x[1][0][0], x[1][1][0]), x[1][0][1] * x[1][1][1])).reduceByKey(lambda x, y: x + y)
rows = product.map(lambda x: (x[0][0], (x[0][1], x[1]))).groupByKey().mapValues(dict).sortByKey().collect()
for i, row in rows:
    print(i, " ".join(f"{row.get(j, 0):>4}" for j in range(5)))
