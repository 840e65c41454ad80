# The latest reading of each sensor and day: deduplication by time stamp.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("latest_record"))

lines = sc.textFile("jobs/in/readings.csv")
header = lines.first()
rows = lines.filter(lambda l: l != header).map(lambda l: l.split(","))
keyed = rows.map(lambda f: ((f[0], f[1][:10]), (f[1], float(f[2]))))
latest = keyed.reduceByKey(lambda a, b: a if a[0] > b[0] else b)
for (sensor, day), (time, celsius) in latest.sortByKey().collect():
    print(sensor, day, time.split("T")[1], celsius)
print(latest.map(lambda kv: (kv[1][1], kv[0])).max(), latest.values().min(key=lambda tc: tc[1]))
