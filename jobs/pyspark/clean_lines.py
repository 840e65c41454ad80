# Cleans a list of trees: drops blank lines and comments, trims the others, and counts what it dropped.
# Counters are updated in lambdas and read after the action: Spark calls them accumulators.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/messy.txt"
output = "out/clean_lines.text"

sc = SparkContext.getOrCreate(SparkConf().setAppName("clean_lines"))

blank = sc.accumulator(0)
comments = sc.accumulator(0)
bad = sc.accumulator(0)


def keep(line):
    if line.strip() == "":
        blank.add(1)
        return False
    if line.startswith("#"):
        comments.add(1)
        return False
    return True


def well_formed(f):
    if len(f) == 2 and f[1].strip().isdigit():
        return True
    bad.add(1)
    return False


(
    sc.textFile(input)
    .filter(keep)
    .map(lambda line: line.strip().split(";"))
    .filter(well_formed)
    .map(lambda f: f"{f[0]};{int(f[1])}")
    .saveAsTextFile(output)
)

print(f"{blank.value} blank lines, {comments.value} comments, {bad.value} bad lines")
