# Pairs of airport and country, the countries in capitals: mapValues leaves the keys alone.
# order: exact
import re

from pyspark import SparkConf, SparkContext

input = "jobs/in/airports.text"
COMMA = re.compile(''',(?=(?:[^"]*"[^"]*")*[^"]*$)''')

sc = SparkContext.getOrCreate(SparkConf().setAppName("airports_upper_case"))

pairs = (
    sc.textFile(input)
    .map(lambda line: COMMA.split(line))
    .map(lambda f: (f[1], f[3]))
    .mapValues(lambda country: country.upper())
)
for pair in pairs.collect():
    print(pair)
