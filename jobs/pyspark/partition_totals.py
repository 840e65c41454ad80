# A map made in each partition instead of a shuffle of every word: combining by hand.
# order: exact
from collections import Counter, defaultdict

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("partition_totals"))


def count_words(lines):
    counts = defaultdict(int)
    for line in lines:
        for word in line.lower().split():
            counts[word] += 1
    return counts.items()


words = sc.textFile("jobs/in/word_count.text").mapPartitions(count_words).reduceByKey(lambda a, b: a + b)
print(words.takeOrdered(5, key=lambda wc: (-wc[1], wc[0])))


def merge(a, b):
    out = dict(a)
    for k, v in b.items():
        out[k] = out.get(k, 0) + v
    return out


letters = sc.textFile("jobs/in/word_count.text").map(lambda l: dict(Counter(l.lower()))).reduce(merge)
print(sorted(letters.items(), key=lambda kv: (-kv[1], kv[0]))[:4])
by_length = sc.textFile("jobs/in/words.txt").aggregate({}, lambda m, w: merge(m, {len(w): 1}), merge)
print(sorted(by_length.items()))
