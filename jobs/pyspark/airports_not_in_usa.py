# Pairs of airport and country, for all countries but the United States, written as text files.
# order: exact
import re

from pyspark import SparkConf, SparkContext

input = "jobs/in/airports.text"
output = "out/airports_not_in_usa.text"
COMMA = re.compile(''',(?=(?:[^"]*"[^"]*")*[^"]*$)''')

sc = SparkContext.getOrCreate(SparkConf().setAppName("airports_not_in_usa"))

(
    sc.textFile(input)
    .map(lambda line: COMMA.split(line))
    .map(lambda f: (f[1], f[3]))
    .filter(lambda pair: pair[1] != '"United States"')
    .saveAsTextFile(output)
)
