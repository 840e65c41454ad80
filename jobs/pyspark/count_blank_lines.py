# Counts the blank lines of a text while counting its words: one pass, a counter aside.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/word_count.text"

sc = SparkContext.getOrCreate(SparkConf().setAppName("count_blank_lines"))

seen = sc.accumulator(0)


def not_blank(line):
    if line.strip() == "":
        seen.add(1)
        return False
    return True


words = sc.textFile(input).filter(not_blank).flatMap(lambda line: line.split()).count()

print(f"{words} words, {seen.value} blank lines")
