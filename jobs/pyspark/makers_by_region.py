# Makers' workshops by region. The table of postcodes is collected to a map, which the second pipeline's lambda uses
# through a broadcast variable.
import re

from pyspark import SparkConf, SparkContext

makers = "jobs/in/makers.csv"
postcodes = "jobs/in/postcodes.csv"
COMMA = re.compile(''',(?=(?:[^"]*"[^"]*")*[^"]*$)''')

sc = SparkContext.getOrCreate(SparkConf().setAppName("makers_by_region"))


def prefix(postcode):
    return postcode.strip().split(" ")[0]


regions = sc.broadcast(
    sc.textFile(postcodes)
    .filter(lambda line: not line.startswith("Postcode,"))
    .map(lambda line: COMMA.split(line))
    .map(lambda f: (f[0], f[7]))
    .collectAsMap()
)

counts = (
    sc.textFile(makers)
    .filter(lambda line: not line.startswith("Collected,"))
    .map(lambda line: COMMA.split(line))
    .filter(lambda f: f[3] != "")
    .map(lambda f: regions.value.get(prefix(f[3]), "Unknown"))
    .countByValue()
)
for region, n in counts.items():
    print(f"{region} : {n}")
