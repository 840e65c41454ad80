# Bigrams and words that occur in the same sentence.
# order: exact
import re
from itertools import combinations

from pyspark import SparkConf, SparkContext

STOP = {"the", "a", "and", "at", "of", "in"}

sc = SparkContext.getOrCreate(SparkConf().setAppName("bigrams"))

words = (
    sc.textFile("jobs/in/texts")
    .map(lambda line: re.sub(r"[^a-z ]", "", line.lower()))
    .map(lambda line: line.split())
    .cache()
)
bigrams = words.flatMap(lambda ws: [((ws[i], ws[i + 1]), 1) for i in range(len(ws) - 1)])
print(bigrams.reduceByKey(lambda a, b: a + b).takeOrdered(4, key=lambda x: (-x[1], x[0])))
print(words.flatMap(lambda ws: [" ".join(b) for b in zip(ws, ws[1:])]).distinct().count())

pairs = words.flatMap(lambda ws: combinations(sorted({w for w in ws if w not in STOP}), 2))
together = pairs.map(lambda p: (p, 1)).reduceByKey(lambda a, b: a + b).filter(lambda pn: pn[1] > 1)
print(together.sortBy(lambda pn: (-pn[1], pn[0])).collect())
trigrams = words.flatMap(lambda ws: zip(ws, ws[1:], ws[2:]))
print(sorted(trigrams.collect())[:3])
