# The RDD programming guide's snippets: line lengths, counting characters, a broadcast table, an accumulator, keys.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("guide_snippets"))

data = [1, 2, 3, 4, 5]
dist_data = sc.parallelize(data)
print(dist_data.reduce(lambda a, b: a + b))

lines = sc.textFile("jobs/in/diary.txt")
line_lengths = lines.map(lambda s: len(s))
print(line_lengths.reduce(lambda a, b: a + b))
print(lines.map(lambda s: len(s)).reduce(lambda a, b: a if a > b else b))


def my_func(s):
    words = s.split(" ")
    return len(words)


print(lines.map(my_func).sum())

broadcast_var = sc.broadcast([1, 2, 3])
print(broadcast_var.value)
print(sc.parallelize([0, 1, 2]).map(lambda i: broadcast_var.value[i] * 10).collect())

accum = sc.accumulator(0)
sc.parallelize([1, 2, 3, 4]).foreach(lambda x: accum.add(x))
print(accum.value)

pairs = lines.map(lambda s: (s.split(":")[0], 1))
counts = pairs.reduceByKey(lambda a, b: a + b)
print(counts.sortByKey().take(3))

rdd = sc.parallelize(range(1, 4)).map(lambda x: (x, "a" * x))
print(sorted(rdd.collect()))
