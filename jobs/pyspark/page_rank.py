# PageRank: pages that many and important pages link to come first.
# order: exact
from pyspark import SparkConf, SparkContext

input = "jobs/in/links.txt"
iterations = 10

sc = SparkContext.getOrCreate(SparkConf().setAppName("page_rank"))

links = (
    sc.textFile(input)
    .map(lambda l: (l.split(" ")[0], l.split(" ")[1]))
    .distinct()
    .groupByKey()
    .cache()
)

ranks = links.mapValues(lambda _: 1.0)
for i in range(iterations):
    ranks = (
        links.join(ranks)
        .flatMap(lambda page: [(url, page[1][1] / len(page[1][0])) for url in page[1][0]])
        .reduceByKey(lambda a, b: a + b)
        .mapValues(lambda r: 0.15 + 0.85 * r)
    )

for url, rank in ranks.takeOrdered(10, key=lambda ur: (-ur[1], ur[0])):
    print(f"{url} has rank {rank:.6f}")
