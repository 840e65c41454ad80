# Secondary sort: readings of each sensor in order of time, without sorting in memory what belongs together.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("secondary_sort"))

readings = (
    sc.textFile("jobs/in/readings.csv")
    .filter(lambda l: not l.startswith("sensor,"))
    .map(lambda l: l.split(","))
    .map(lambda f: ((f[0], f[1]), float(f[2])))
)
number = {"north": 0, "south": 1, "pier": 2}
ordered = readings.repartitionAndSortWithinPartitions(3, lambda k: number[k[0]])
print(ordered.glom().map(len).collect())
for (sensor, time), celsius in ordered.take(5):
    print(sensor, time, celsius)

latest = ordered.mapPartitions(lambda rows: [list(rows)[-1]])
print(latest.collect())
