"""The workloads with DataFusion: `with_datafusion.py WORKLOAD INPUTS OUTPUT N`.

INPUTS is the directory of the inputs, OUTPUT the directory to write, N the count of numbers of workload 10. SQL on
external tables with explicit types; two target partitions.
"""

import sys

from datafusion import SessionConfig, SessionContext

# No byte of an input equals this one: as separator it leaves lines whole, as quote it leaves quotes alone.
NEVER = "\x01"


def table(db, name, columns, delimiter=",", quote=NEVER, header=False, file=None):
    db.sql(f"""
        CREATE EXTERNAL TABLE {name} ({columns}) STORED AS CSV LOCATION '{inputs}/{file}'
        OPTIONS ('format.delimiter' '{delimiter}', 'format.quote' '{quote}',
            'format.has_header' '{str(header).lower()}')""").collect()


def write(db, query, delimiter=","):
    db.sql(f"""
        COPY ({query}) TO '{output}/' STORED AS CSV
        OPTIONS ('format.delimiter' '{delimiter}', 'format.has_header' 'false')""").collect()


def access_log(db):
    table(db, "log", """
        host VARCHAR, identity VARCHAR, "user" VARCHAR, time VARCHAR, zone VARCHAR, method VARCHAR, path VARCHAR,
        protocol VARCHAR, status VARCHAR, bytes BIGINT""", " ", file="access.log")


def scalar(frame):
    return frame.collect()[0].column(0)[0].as_py()


def start(db):
    print(scalar(db.sql("SELECT sum(value) FROM range(0, 10) WHERE value % 3 = 0")))


def word_count(db):
    table(db, "lines", "line VARCHAR", NEVER, "\x02", file="words.txt")
    write(db, """
        SELECT word, count(*) FROM (SELECT unnest(string_to_array(line, ' ')) AS word FROM lines)
        GROUP BY word""", "\t")


def measurements(db):
    table(db, "measurements", "station VARCHAR, t DOUBLE", ";", file="measurements.txt")
    write(db, "SELECT station, min(t), avg(t), max(t) FROM measurements GROUP BY station", ";")


def average(db):
    table(db, "sales", """
        "order" BIGINT, product VARCHAR, region VARCHAR, units BIGINT, price DOUBLE, discount DOUBLE, date VARCHAR,
        channel VARCHAR""", header=True, file="sales.csv")
    write(db, "SELECT product, avg(price) FROM sales GROUP BY product")


def quoted(db):
    table(db, "places", """
        id BIGINT, name VARCHAR, city VARCHAR, country VARCHAR, iata VARCHAR, icao VARCHAR, latitude DOUBLE,
        longitude DOUBLE, altitude BIGINT, timezone BIGINT, dst VARCHAR, zone VARCHAR""", quote='"', file="places.csv")
    write(db, "SELECT name, city FROM places WHERE country = 'United States'", "\t")


def join(db):
    table(db, "orders", '"order" BIGINT, customer BIGINT, amount DOUBLE', header=True, file="orders.csv")
    table(db, "customers", "id BIGINT, name VARCHAR, country VARCHAR", header=True, file="customers.csv")
    write(db, "SELECT country, sum(amount) FROM orders JOIN customers ON customer = id GROUP BY country")


def sort(db):
    table(db, "records", "line VARCHAR", NEVER, "\x02", file="records.txt")
    # By default batches are dealt out to four files, each in order and the whole in none.
    db.sql("SET datafusion.execution.minimum_parallel_output_files = 1").collect()
    write(db, "SELECT line FROM records ORDER BY substr(line, 1, 10)")


def log(db):
    access_log(db)
    worst = db.sql("""
        SELECT host, count(*) AS n, sum(bytes) AS total FROM log WHERE status = '404'
        GROUP BY host ORDER BY total DESC, host LIMIT 100""")
    for batch in worst.collect():
        for row in batch.to_pylist():
            print(*row.values(), sep=",")


def distinct(db):
    access_log(db)
    print(scalar(db.sql("SELECT count(DISTINCT path) FROM log")))


def page_rank(db):
    table(db, "edges", "page BIGINT, linked BIGINT", " ", file="links.txt")
    db.sql("CREATE TABLE links AS SELECT DISTINCT page, linked FROM edges").collect()
    db.sql("CREATE TABLE degrees AS SELECT page, count(*) AS degree FROM links GROUP BY page").collect()
    db.sql("CREATE TABLE ranks0 AS SELECT page, CAST(1.0 AS DOUBLE) AS rank FROM degrees").collect()
    for i in range(5):
        db.sql(f"""
            CREATE TABLE ranks{i + 1} AS
            SELECT linked AS page, 0.15 + 0.85 * sum(share) AS rank
            FROM links JOIN (
                SELECT r.page AS page, rank / degree AS share FROM ranks{i} r JOIN degrees d ON r.page = d.page
            ) s ON links.page = s.page
            GROUP BY linked""").collect()
    write(db, "SELECT page, rank FROM ranks5")


def numbers(db):
    print(scalar(db.sql(f"SELECT sum(value * value % 1000) FROM range(0, {n}) WHERE value % 3 = 0")))


WORKLOADS = dict(zip(
    ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10"),
    (start, word_count, measurements, average, quoted, join, sort, log, distinct, page_rank, numbers)))

if __name__ == "__main__":
    workload, inputs, output, n = sys.argv[1:]
    WORKLOADS[workload](SessionContext(SessionConfig().with_target_partitions(2)))
