# Films that the same users rate alike: cosine similarity of pairs.
# order: exact
from math import sqrt

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("item_similarity"))

lines = sc.textFile("jobs/in/ratings.csv")
data = lines.filter(lambda l: not l.startswith("user")).map(lambda l: l.split(",")).filter(lambda f: f[1] != "")
ratings = data.map(lambda f: (int(f[0]), (int(f[1]), float(f[2]))))
joined = ratings.join(ratings).filter(lambda ur: ur[1][0][0] < ur[1][1][0])
pairs = joined.map(lambda ur: ((ur[1][0][0], ur[1][1][0]), (ur[1][0][1], ur[1][1][1]))).groupByKey()


def similarity(rating_pairs):
    sum_xx = sum_yy = sum_xy = num = 0
    for x, y in rating_pairs:
        sum_xx += x * x
        sum_yy += y * y
        sum_xy += x * y
        num += 1
    denominator = sqrt(sum_xx) * sqrt(sum_yy)
    return (sum_xy / denominator if denominator else 0, num)


similar = pairs.mapValues(similarity).filter(lambda s: s[1][1] > 2).cache()
for (a, b), (score, n) in similar.sortByKey().collect():
    print(f"{a} ~ {b}: {score:.4f} ({n})")
