# Words that are made of the same letters, and palindromes.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("anagrams"))

words = sc.textFile("jobs/in/words.txt").map(lambda w: w.strip().lower()).distinct()
groups = words.map(lambda w: ("".join(sorted(w)), w)).groupByKey().mapValues(sorted).filter(lambda g: len(g[1]) > 1)
for letters, ws in groups.sortBy(lambda g: (-len(g[1]), g[0])).collect():
    print(letters, "->", ", ".join(ws))
print(sorted(words.filter(lambda w: w == w[::-1]).collect()))
print(words.flatMap(list).countByValue()["e"])
