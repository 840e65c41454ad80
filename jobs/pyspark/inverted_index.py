# An inverted index over whole files: which word is in which file, and where.
# order: exact
import os
import re

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("inverted_index"))

files = sc.wholeTextFiles("jobs/in/texts").map(lambda pc: (os.path.basename(pc[0]), pc[1]))
words = files.flatMap(lambda fc: [(w, fc[0]) for w in re.findall(r"[a-z]+", fc[1].lower())])
index = words.groupByKey().mapValues(lambda names: sorted(set(names)))
for word, names in index.filter(lambda wn: len(wn[1]) > 1).sortByKey().collect():
    print(word, ",".join(names))

places = files.flatMap(lambda fc: [(w, (fc[0], i)) for i, w in enumerate(re.split(r"\W+", fc[1].lower())) if w])
print(sorted(places.groupByKey().mapValues(list).lookup("ferry")[0]))
print(files.mapValues(lambda c: len(c.splitlines())).sortByKey().collect())
