# Airports north of a latitude: name and latitude, written as text files.
# order: exact
import re

from pyspark import SparkConf, SparkContext

input = "jobs/in/airports.text"
latitude = 40.0
output = "out/airports_by_latitude.text"
COMMA = re.compile(''',(?=(?:[^"]*"[^"]*")*[^"]*$)''')

sc = SparkContext.getOrCreate(SparkConf().setAppName("airports_by_latitude"))

north = (
    sc.textFile(input)
    .map(lambda line: COMMA.split(line))
    .filter(lambda f: float(f[6]) > latitude)
    .map(lambda f: f"{f[1]}, {f[6]}")
)

north.saveAsTextFile(output)
print(f"{north.count()} airports lie beyond {latitude:.1f} degrees")
