# Every colour in every size: the cartesian product of two files.
from pyspark import SparkConf, SparkContext

colours = "jobs/in/colours.txt"
sizes = "jobs/in/sizes.txt"

sc = SparkContext.getOrCreate(SparkConf().setAppName("variants"))

pairs = sc.textFile(colours).filter(lambda c: c != "").cartesian(sc.textFile(sizes))
for variant in pairs.map(lambda p: f"{p[0]}-{p[1]}").collect():
    print(variant)
