# Recommendations: who is not a friend, but has friends in common.
# order: exact
from itertools import combinations

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("friends_of_friends"))

lines = sc.textFile("jobs/in/friends.txt").map(lambda l: l.split(": ")).map(lambda p: (p[0], p[1].split()))


def connections(user_friends):
    user, friends = user_friends
    direct = [((user, f) if user < f else (f, user), 0) for f in friends]
    common = [(pair, 1) for pair in combinations(sorted(friends), 2)]
    return direct + common


counts = lines.flatMap(connections).groupByKey().filter(lambda pc: 0 not in list(pc[1])).mapValues(sum)
recommended = (
    counts.flatMap(lambda pc: [(pc[0][0], (pc[1], pc[0][1])), (pc[0][1], (pc[1], pc[0][0]))])
    .groupByKey()
    .mapValues(lambda rs: sorted(rs, key=lambda r: (-r[0], r[1]))[:2])
)
for user, who in recommended.sortByKey().collect():
    print(user, "\t", ", ".join(f"{name} ({n})" for n, name in who), sep="")

common = (
    lines.flatMap(lambda uf: [(tuple(sorted((uf[0], f))), set(uf[1])) for f in uf[1]])
    .reduceByKey(lambda a, b: a & b)
    .mapValues(lambda s: sorted(s))
)
print(common.filter(lambda c: c[1]).takeOrdered(4))
