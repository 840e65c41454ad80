"""The workloads with DuckDB: `with_duckdb.py WORKLOAD INPUTS OUTPUT N`.

INPUTS is the directory of the inputs, OUTPUT the file to write, N the count of numbers of workload 10. Explicit types
throughout; two threads; results whose order does not matter are written in any order.
"""

import sys

import duckdb

# A separator and a quote that occur in no line: the reader then splits lines only, and nothing is unquoted.
PLAIN = r"delim = '\x01', quote = '', escape = '', header = false, auto_detect = false"
LOG = """delim = ' ', quote = '', escape = '', header = false, auto_detect = false, columns = {
    'host': 'VARCHAR', 'identity': 'VARCHAR', 'user': 'VARCHAR', 'time': 'VARCHAR', 'zone': 'VARCHAR',
    'method': 'VARCHAR', 'path': 'VARCHAR', 'protocol': 'VARCHAR', 'status': 'VARCHAR', 'bytes': 'BIGINT'}"""
CSV = "delim = ',', header = true, auto_detect = false"
QUOTED = """delim = ',', quote = '"', escape = '"', header = false, auto_detect = false, columns = {
    'id': 'BIGINT', 'name': 'VARCHAR', 'city': 'VARCHAR', 'country': 'VARCHAR', 'iata': 'VARCHAR', 'icao': 'VARCHAR',
    'latitude': 'DOUBLE', 'longitude': 'DOUBLE', 'altitude': 'BIGINT', 'timezone': 'BIGINT', 'dst': 'VARCHAR',
    'zone': 'VARCHAR'}"""


def write(query, delimiter=","):
    return f"COPY ({query}) TO '{output}' (FORMAT csv, HEADER false, DELIMITER '{delimiter}')"


def start(db):
    print(db.execute("SELECT sum(x)::BIGINT FROM range(10) AS t(x) WHERE x % 3 = 0").fetchone()[0])


def word_count(db):
    db.execute(write(f"""
        SELECT word, count(*) FROM (
            SELECT unnest(string_split(line, ' ')) AS word
            FROM read_csv('{inputs}/words.txt', {PLAIN}, columns = {{'line': 'VARCHAR'}}))
        GROUP BY word""", "\t"))


def measurements(db):
    db.execute(write(f"""
        SELECT station, min(t), avg(t), max(t)
        FROM read_csv('{inputs}/measurements.txt', delim = ';', quote = '', escape = '', header = false,
            auto_detect = false, columns = {{'station': 'VARCHAR', 't': 'DOUBLE'}})
        GROUP BY station""", ";"))


def average(db):
    db.execute(write(f"""
        SELECT product, avg(price)
        FROM read_csv('{inputs}/sales.csv', {CSV}, columns = {{
            'order': 'BIGINT', 'product': 'VARCHAR', 'region': 'VARCHAR', 'units': 'BIGINT', 'price': 'DOUBLE',
            'discount': 'DOUBLE', 'date': 'VARCHAR', 'channel': 'VARCHAR'}})
        GROUP BY product"""))


def quoted(db):
    db.execute(write(f"""
        SELECT name, city FROM read_csv('{inputs}/places.csv', {QUOTED}) WHERE country = 'United States'""", "\t"))


def join(db):
    db.execute(write(f"""
        SELECT country, sum(amount)
        FROM read_csv('{inputs}/orders.csv', {CSV}, columns = {{
            'order': 'BIGINT', 'customer': 'BIGINT', 'amount': 'DOUBLE'}}) AS o
        JOIN read_csv('{inputs}/customers.csv', {CSV}, columns = {{
            'id': 'BIGINT', 'name': 'VARCHAR', 'country': 'VARCHAR'}}) AS c ON o.customer = c.id
        GROUP BY country"""))


def sort(db):
    db.execute(f"""
        COPY (SELECT line FROM read_csv('{inputs}/records.txt', {PLAIN}, columns = {{'line': 'VARCHAR'}})
              ORDER BY substr(line, 1, 10))
        TO '{output}' (FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '')""")


def log(db):
    rows = db.execute(f"""
        SELECT host, count(*), sum(bytes)::BIGINT AS total FROM read_csv('{inputs}/access.log', {LOG})
        WHERE status = '404' GROUP BY host ORDER BY total DESC, host LIMIT 100""").fetchall()
    for row in rows:
        print(*row, sep=",")


def distinct(db):
    print(db.execute(f"SELECT count(DISTINCT path) FROM read_csv('{inputs}/access.log', {LOG})").fetchone()[0])


def page_rank(db):
    db.execute(f"""
        CREATE TEMP TABLE links AS SELECT DISTINCT page, linked FROM read_csv('{inputs}/links.txt', delim = ' ',
            quote = '', escape = '', header = false, auto_detect = false,
            columns = {{'page': 'BIGINT', 'linked': 'BIGINT'}})""")
    db.execute("CREATE TEMP TABLE degrees AS SELECT page, count(*) AS degree FROM links GROUP BY page")
    db.execute("CREATE TEMP TABLE ranks AS SELECT page, 1.0::DOUBLE AS rank FROM degrees")
    for _ in range(5):
        db.execute("""
            CREATE OR REPLACE TEMP TABLE ranks AS
            SELECT linked AS page, 0.15 + 0.85 * sum(share) AS rank
            FROM links JOIN (SELECT page, rank / degree AS share FROM ranks JOIN degrees USING (page)) USING (page)
            GROUP BY linked""")
    db.execute(write("SELECT page, rank FROM ranks"))


def numbers(db):
    print(db.execute(f"SELECT sum(x * x % 1000)::BIGINT FROM range({n}) AS t(x) WHERE x % 3 = 0").fetchone()[0])


WORKLOADS = dict(zip(
    ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10"),
    (start, word_count, measurements, average, quoted, join, sort, log, distinct, page_rank, numbers)))

if __name__ == "__main__":
    workload, inputs, output, n = sys.argv[1:]
    database = duckdb.connect()
    database.execute("SET threads = 2; SET preserve_insertion_order = false; SET enable_progress_bar = false")
    WORKLOADS[workload](database)
