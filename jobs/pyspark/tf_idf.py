# TF-IDF by hand: what a word says about a text.
# order: exact
import math
import os
import re

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("tf_idf"))

docs = sc.wholeTextFiles("jobs/in/texts").map(lambda d: (os.path.basename(d[0]), re.findall(r"\w+", d[1].lower()))).cache()
n_docs = docs.count()
tf = docs.flatMap(lambda d: [((d[0], w), 1.0 / len(d[1])) for w in d[1]]).reduceByKey(lambda a, b: a + b)
df = docs.flatMap(lambda d: [(w, 1) for w in set(d[1])]).reduceByKey(lambda a, b: a + b)
idf = df.mapValues(lambda n: math.log(n_docs / n))
tf_idf = tf.map(lambda x: (x[0][1], (x[0][0], x[1]))).join(idf).map(lambda x: (x[1][0][0], (x[0], x[1][0][1] * x[1][1])))
top = tf_idf.groupByKey().mapValues(lambda ws: sorted(ws, key=lambda w: (-w[1], w[0]))[:3])
for name, words in top.sortByKey().collect():
    print(name, ", ".join("%s %.4f" % w for w in words))
