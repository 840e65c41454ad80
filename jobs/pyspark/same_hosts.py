# Hosts that occur in both months' web logs: intersection.
from pyspark import SparkConf, SparkContext

july = "jobs/in/hosts_july.tsv"
august = "jobs/in/hosts_august.tsv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("same_hosts"))


def hosts(path):
    return sc.textFile(path).map(lambda line: line.split("\t")[0]).filter(lambda h: h != "host")


for host in hosts(july).intersection(hosts(august)).collect():
    print(host)
