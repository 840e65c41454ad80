# Sessions: clicks of a user with less than half an hour between them, and what is in each.
# order: exact
from pyspark import SparkConf, SparkContext

GAP = 1800

sc = SparkContext.getOrCreate(SparkConf().setAppName("sessions"))


def sessionize(events):
    sessions = []
    current = []
    for time, page in sorted(events):
        if current and time - current[-1][0] > GAP:
            sessions.append(current)
            current = []
        current.append((time, page))
    if current:
        sessions.append(current)
    return sessions


clicks = sc.textFile("jobs/in/clicks.tsv").map(lambda l: l.split("\t")).map(lambda f: (f[0], (int(f[1]), f[2])))
sessions = clicks.groupByKey().flatMapValues(sessionize).cache()
for user, clicks in sessions.sortBy(lambda us: (us[0], us[1][0])).collect():
    print(user, clicks[-1][0] - clicks[0][0], " ".join(page for _, page in clicks))
print(sessions.mapValues(len).values().mean())
print(sorted(sessions.filter(lambda us: any(p == "/pay" for _, p in us[1])).countByKey().items()))
