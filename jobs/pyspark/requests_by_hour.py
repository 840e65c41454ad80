# Requests per hour and day of the week, from a log whose lines tell time in several zones; visits of each host.
# order: exact
import calendar
import re
from datetime import datetime, timezone

from pyspark import SparkConf, SparkContext

GAP = 1800
LOG = r'^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+)[^"]*" (\d{3}) (\S+)$'

sc = SparkContext.getOrCreate(SparkConf().setAppName("requests_by_hour"))


def parse(line):
    match = re.match(LOG, line)
    if match is None:
        return (line, None)
    try:
        time = datetime.strptime(match.group(2), "%d/%b/%Y:%H:%M:%S %z").astimezone(timezone.utc)
    except ValueError:
        return (line, None)
    return (line, (match.group(1), time, match.group(4), int(match.group(5))))


lines = sc.textFile("jobs/in/visits.log").map(parse).cache()
requests = lines.values().filter(lambda r: r is not None).cache()
print(f"{lines.count()} lines, {requests.count()} requests")
for line in lines.filter(lambda lr: lr[1] is None).keys().collect():
    print(line)

quarters = requests.map(lambda r: ((r[1].weekday(), r[1].hour // 6), 1)).reduceByKey(lambda a, b: a + b).collectAsMap()
for day in range(7):
    print(f"{calendar.day_name[day]:10}" + "".join(f"{quarters.get((day, q), 0):5d}" for q in range(4)))

hours = requests.map(lambda r: (r[1].strftime("%H"), 1)).reduceByKey(lambda a, b: a + b)
print(hours.takeOrdered(3, lambda hn: (-hn[1], hn[0])))
failed = requests.map(lambda r: (r[1].strftime("%d %b"), 1 if r[3] >= 400 else 0)).reduceByKey(lambda a, b: a + b)
print(failed.filter(lambda dn: dn[1] > 0).sortByKey().collect())


def visits(times):
    return 1 + sum(1 for a, b in zip(times, times[1:]) if (b - a).total_seconds() > GAP)


times = requests.map(lambda r: (r[0], r[1])).groupByKey().mapValues(sorted).sortByKey()
for host, ts in times.collect():
    print(f"{host:20} {ts[0]:%a %d %b %H:%M} to {ts[-1]:%a %d %b %H:%M}, {visits(ts)} visits")
