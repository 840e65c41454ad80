"""The workloads with Polars: `with_polars.py WORKLOAD INPUTS OUTPUT N`.

INPUTS is the directory of the inputs, OUTPUT the file to write, N the count of numbers of workload 10. Lazy frames on
the streaming engine with explicit schemas; `POLARS_MAX_THREADS` says how many threads.
"""

import sys

import polars as pl

INT, FLOAT, TEXT = pl.Int64, pl.Float64, pl.String


def csv(name, schema, **options):
    return pl.scan_csv(f"{inputs}/{name}", schema=schema, **options)


def access_log():
    names = ("host", "identity", "user", "time", "zone", "method", "path", "protocol", "status")
    schema = dict.fromkeys(names, TEXT) | {"bytes": INT}
    return csv("access.log", schema, separator=" ", quote_char=None, has_header=False)


def write(frame, separator=","):
    frame.sink_csv(output, include_header=False, separator=separator, quote_style="never", maintain_order=False,
                   engine="streaming")


def start():
    x = pl.col("x")
    print(pl.LazyFrame({"x": range(10)}).filter(x % 3 == 0).select(x.sum()).collect(engine="streaming").item())


def word_count():
    words = pl.scan_lines(f"{inputs}/words.txt").select(word=pl.col("line").str.split(" ").explode())
    write(words.group_by("word").agg(pl.len()), "\t")


def measurements():
    t = pl.col("t")
    rows = csv("measurements.txt", {"station": TEXT, "t": FLOAT}, separator=";", quote_char=None, has_header=False)
    write(rows.group_by("station").agg(t.min().alias("low"), t.mean(), t.max().alias("high")), ";")


def average():
    sales = csv("sales.csv", {
        "order": INT, "product": TEXT, "region": TEXT, "units": INT, "price": FLOAT, "discount": FLOAT, "date": TEXT,
        "channel": TEXT}, quote_char=None)
    write(sales.group_by("product").agg(pl.col("price").mean()))


def quoted():
    places = csv("places.csv", {
        "id": INT, "name": TEXT, "city": TEXT, "country": TEXT, "iata": TEXT, "icao": TEXT, "latitude": FLOAT,
        "longitude": FLOAT, "altitude": INT, "timezone": INT, "dst": TEXT, "zone": TEXT}, has_header=False)
    write(places.filter(pl.col("country") == "United States").select("name", "city"), "\t")


def join():
    orders = csv("orders.csv", {"order": INT, "customer": INT, "amount": FLOAT}, quote_char=None)
    customers = csv("customers.csv", {"id": INT, "name": TEXT, "country": TEXT}, quote_char=None)
    joined = orders.join(customers, left_on="customer", right_on="id")
    write(joined.group_by("country").agg(pl.col("amount").sum()))


def sort():
    lines = pl.scan_lines(f"{inputs}/records.txt").sort(pl.col("line").str.slice(0, 10))
    lines.sink_csv(output, include_header=False, quote_style="never", engine="streaming")


def log():
    rows = access_log().filter(pl.col("status") == "404").group_by("host").agg(pl.len(), pl.col("bytes").sum())
    worst = rows.sort(["bytes", "host"], descending=[True, False]).head(100)
    for row in worst.collect(engine="streaming").iter_rows():
        print(*row, sep=",")


def distinct():
    print(access_log().select(pl.col("path").n_unique()).collect(engine="streaming").item())


def page_rank():
    rows = csv("links.txt", {"page": INT, "linked": INT}, separator=" ", quote_char=None, has_header=False)
    links = rows.unique().collect(engine="streaming").lazy()
    degrees = links.group_by("page").agg(degree=pl.len()).collect(engine="streaming").lazy()
    ranks = degrees.select("page", rank=pl.lit(1.0))
    for _ in range(5):
        shares = ranks.join(degrees, on="page").select("page", share=pl.col("rank") / pl.col("degree"))
        sums = links.join(shares, on="page").group_by("linked").agg(pl.col("share").sum())
        ranks = sums.select(page="linked", rank=0.15 + 0.85 * pl.col("share")).collect(engine="streaming").lazy()
    write(ranks)


def numbers():
    x = pl.col("x")
    frame = pl.LazyFrame().select(x=pl.int_range(0, int(n))).filter(x % 3 == 0).select((x * x % 1000).sum())
    print(frame.collect(engine="streaming").item())


WORKLOADS = dict(zip(
    ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10"),
    (start, word_count, measurements, average, quoted, join, sort, log, distinct, page_rank, numbers)))

if __name__ == "__main__":
    workload, inputs, output, n = sys.argv[1:]
    WORKLOADS[workload]()
