# Airports in the United States: name and city, written as text files.
# order: exact
import re

from pyspark import SparkConf, SparkContext

input = "jobs/in/airports.text"
output = "out/airports_in_usa.text"
COMMA = re.compile(''',(?=(?:[^"]*"[^"]*")*[^"]*$)''')

sc = SparkContext.getOrCreate(SparkConf().setAppName("airports_in_usa"))

(
    sc.textFile(input)
    .map(lambda line: COMMA.split(line))
    .filter(lambda f: f[3] == '"United States"')
    .map(lambda f: f"{f[1]}, {f[2]}")
    .saveAsTextFile(output)
)
