# The requests of two months' web logs as one log, without the two header lines; written as text files.
# order: exact
from pyspark import SparkConf, SparkContext

july = "jobs/in/hosts_july.tsv"
august = "jobs/in/hosts_august.tsv"
output = "out/union_logs.tsv"

sc = SparkContext.getOrCreate(SparkConf().setAppName("union_logs"))

lines = sc.textFile(july).union(sc.textFile(august))
requests = lines.filter(lambda line: not (line.startswith("host") and "bytes" in line))

requests.saveAsTextFile(output)
print(f"{lines.count()} lines, {requests.count()} requests")
