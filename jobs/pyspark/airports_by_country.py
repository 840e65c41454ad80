# The airports of each country, collected to one map.
import re

from pyspark import SparkConf, SparkContext

input = "jobs/in/airports.text"
COMMA = re.compile(''',(?=(?:[^"]*"[^"]*")*[^"]*$)''')

sc = SparkContext.getOrCreate(SparkConf().setAppName("airports_by_country"))

airports = (
    sc.textFile(input)
    .map(lambda line: COMMA.split(line))
    .map(lambda f: (f[3], f[1]))
    .groupByKey()
    .collectAsMap()
)

for country, names in airports.items():
    print(f"{country}: {list(names)}")
