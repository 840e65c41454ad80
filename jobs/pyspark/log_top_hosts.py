# Analysis of an Apache log: response codes, content sizes, frequent hosts, top endpoints, lines that do not parse.
# order: exact
import re

from pyspark import SparkConf, SparkContext

LOG = r'^(\S+) (\S+) (\S+) \[([\w:/]+\s[+\-]\d{4})\] "(\S+) (\S+)\s*(\S*)" (\d{3}) (\S+)'

sc = SparkContext.getOrCreate(SparkConf().setAppName("log_top_hosts"))


def parse(line):
    match = re.search(LOG, line)
    if match is None:
        return (line, 0)
    size = 0 if match.group(9) == "-" else int(match.group(9))
    return ((match.group(1), match.group(4), match.group(5), match.group(6), int(match.group(8)), size), 1)


parsed = sc.textFile("jobs/in/access.log").map(parse).cache()
access = parsed.filter(lambda s: s[1] == 1).map(lambda s: s[0]).cache()
failed = parsed.filter(lambda s: s[1] == 0).map(lambda s: s[0])
print(f"Read {parsed.count()} lines, parsed {access.count()}, failed to parse {failed.count()}")
for line in failed.take(20):
    print(f"Invalid logline: {line}")

sizes = access.map(lambda log: log[5]).cache()
print(f"Content Size Avg: {sizes.reduce(lambda a, b: a + b) // sizes.count()}, Min: {sizes.min()}, Max: {sizes.max()}")

codes = access.map(lambda log: (log[4], 1)).reduceByKey(lambda a, b: a + b)
print(f"Response Code Counts: {sorted(codes.take(100))}")

hosts = access.map(lambda log: (log[0], 1)).reduceByKey(lambda a, b: a + b).filter(lambda s: s[1] > 5)
print(f"Any 20 hosts that have accessed more than 5 times: {sorted(hosts.map(lambda s: s[0]).collect())[:20]}")

errors = access.filter(lambda log: log[4] != 200).map(lambda log: (log[3], 1)).reduceByKey(lambda a, b: a + b)
print(f"Top failed URLs: {errors.takeOrdered(5, lambda s: (-1 * s[1], s[0]))}")

days = access.map(lambda log: (log[1].split(":")[0], log[0])).distinct().map(lambda s: (s[0], 1)).reduceByKey(lambda a, b: a + b)
print(f"Hosts per day: {days.sortByKey().collect()}")
