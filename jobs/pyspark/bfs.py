# Breadth first search: how far each node is from node 1, by spreading a frontier.
# order: exact
from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("bfs"))

INF = float("inf")
edges = sc.textFile("jobs/in/edges.txt").filter(lambda l: l[0] != "#").map(lambda l: l.split("\t")).map(lambda f: (int(f[0]), int(f[1])))
graph = edges.union(edges.map(lambda e: (e[1], e[0]))).groupByKey().mapValues(list).cache()
state = graph.map(lambda g: (g[0], (g[1], 0 if g[0] == 1 else INF)))
step = 0
while step < 20:
    reached = state.filter(lambda s: s[1][1] == step)
    if reached.isEmpty():
        break
    spread = reached.flatMap(lambda s: [(n, ([], s[1][1] + 1)) for n in s[1][0]])
    state = state.union(spread).reduceByKey(lambda a, b: (a[0] if len(a[0]) > len(b[0]) else b[0], min(a[1], b[1])), 2).cache()
    state.count()
    step += 1
print(step)
print(sorted((node, float(dist)) for node, (_, dist) in state.collect()))
