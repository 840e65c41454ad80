# The two best films of each user; keeping only the best while merging.
# order: exact
import heapq

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("top_n_per_key"))

rows = sc.textFile("jobs/in/ratings.csv").map(lambda l: l.split(",")).filter(lambda f: f[0] != "userId" and f[1])
pairs = rows.map(lambda f: (int(f[0]), (float(f[2]), -int(f[1]))))
best = pairs.aggregateByKey([], lambda top, v: heapq.nlargest(2, top + [v]), lambda a, b: heapq.nlargest(2, a + b))
for user, films in best.sortByKey().collect()[:6]:
    print(user, [(-m, r) for r, m in films])

ranked = pairs.groupByKey().flatMap(lambda kv: [(kv[0], i + 1, -m) for i, (r, m) in enumerate(sorted(kv[1], reverse=True))])
print(sorted(ranked.filter(lambda t: t[1] == 1).map(lambda t: t[2]).countByValue().items()))
