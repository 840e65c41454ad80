# How measurements spread: statistics in one pass, histograms, what lies far from the mean.
# order: exact
from pyspark import SparkConf, SparkContext
from pyspark.statcounter import StatCounter

sc = SparkContext.getOrCreate(SparkConf().setAppName("histogram_and_stats"))


def numbers(line):
    try:
        return [float(line)]
    except ValueError:
        return []


lines = sc.textFile("jobs/in/durations.txt")
durations = lines.flatMap(numbers).cache()
s = durations.stats()
print(f"{lines.count()} lines, {s.count()} durations")
print(s)
print(f"sum {s.sum():.2f}, mean {s.mean():.4f}, from {s.min()} to {s.max()}")
print(f"variance {s.variance():.4f}, deviation {s.stdev():.4f}, of a sample {s.sampleStdev():.4f}")
print(durations.mean(), durations.stdev(), durations.sampleVariance())

borders, counts = durations.histogram(3)
for n in range(len(counts)):
    print(f"{borders[n]:6.2f} to {borders[n + 1]:6.2f} {'#' * counts[n]}")
print(durations.histogram([0.0, 5.0, 10.0, 20.0, 40.0, 80.0]))

mean, stdev = s.mean(), s.stdev()
print(durations.filter(lambda x: abs(x - mean) > 2 * stdev).sortBy(lambda x: -x).collect())
print(sorted(durations.map(lambda x: int((x - mean) / stdev)).countByValue().items()))

tens = durations.map(lambda x: (int(x // 10) * 10, x)).aggregateByKey(
    StatCounter(), lambda st, x: st.merge(x), lambda a, b: a.mergeStats(b)
)
for ten, st in tens.sortByKey().collect():
    print(f"{ten:3d} {st.count()} {st.mean():.3f} {st.stdev():.3f}")
