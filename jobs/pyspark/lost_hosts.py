# Requests of July from hosts that are silent in August: subtract keeps the duplicates of the left side.
from pyspark import SparkConf, SparkContext

july = "jobs/in/hosts_july.tsv"
august = "jobs/in/hosts_august.tsv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("lost_hosts"))

before = sc.textFile(july).map(lambda line: line.split("\t")[0]).filter(lambda h: h != "host")
after = sc.textFile(august).map(lambda line: line.split("\t")[0]).filter(lambda h: h != "host")

lost = before.subtract(after)
for host, n in lost.countByValue().items():
    print(f"{host}: {n} requests")
for host in lost.distinct().collect():
    print(host)
