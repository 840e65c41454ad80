# A sample, a split into training and test data, and a stratified sample.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("sampling"))

numbers = sc.parallelize(range(100), 4)
print(numbers.sample(False, 0.1, 81).collect())
train, test = numbers.randomSplit([0.8, 0.2], seed=11)
print(train.count(), test.collect())
strata = numbers.map(lambda n: ("even" if n % 2 == 0 else "odd", n))
print(strata.sampleByKey(False, {"even": 0.2, "odd": 0.05}, seed=3).collect())
print(numbers.takeSample(False, 5, 1))
