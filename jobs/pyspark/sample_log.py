# A tenth of a web log, drawn without and with replacement; the same seed draws the same lines.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/hosts_july.tsv"
fraction = 0.1

sc = SparkContext.getOrCreate(SparkConf().setAppName("sample_log"))

lines = sc.textFile(input)
for line in lines.sample(False, fraction, seed=42).collect():
    print(line)
for url in lines.map(lambda line: line.split("\t")[4]).sample(True, fraction, seed=7).collect():
    print(url)
