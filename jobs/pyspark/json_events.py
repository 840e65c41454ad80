# Events as JSON lines: what was sold, who came when, slow pages; a summary as JSON.
# order: exact
import json
from collections import Counter
from datetime import datetime

from pyspark import SparkConf, SparkContext

sc = SparkContext.getOrCreate(SparkConf().setAppName("json_events"))


def parse(line):
    try:
        return [json.loads(line)]
    except ValueError:
        return []


def time(event):
    return datetime.strptime(event["at"], "%Y-%m-%dT%H:%M:%S.%f%z")


def sales(kind):
    orders = events.filter(lambda e: e["kind"] == kind).flatMap(lambda e: e["items"])
    return orders.map(lambda item: (item["sku"], item["price"] * item["n"])).reduceByKey(lambda a, b: a + b)


events = sc.textFile("jobs/in/events.jsonl").flatMap(parse).cache()
print(sorted(events.map(lambda e: (e["kind"], 1)).countByKey().items()))

for sku, (gain, loss) in sales("order").leftOuterJoin(sales("refund")).sortByKey().collect():
    print(f"{sku:6} {gain:8.2f} {loss or 0.0:8.2f}")

coupons = events.filter(lambda e: "items" in e).map(lambda e: e.get("coupon") or "none")
print(sorted(coupons.countByValue().items()))


def summary(found):
    found = sorted(found, key=time)
    return {
        "name": found[-1]["user"]["name"],
        "days": sorted({time(e).strftime("%m-%d") for e in found}),
        "last": time(found[-1]).strftime("%A %H:%M:%S.%f")[:-3],
        "kinds": dict(Counter(e["kind"] for e in found)),
    }


for user in events.map(lambda e: (e["user"]["id"], e)).groupByKey().mapValues(summary).sortByKey().collect():
    print(json.dumps(user))

slow = events.filter(lambda e: e.get("ms", 0) > 800)
print(slow.map(lambda e: (e["page"], e["ms"])).sortBy(lambda pm: (-pm[1], pm[0])).collect())
