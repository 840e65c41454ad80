"""Records what CPython 3.11 answers, for the tests of src/runtime: tests/data/*.json.

    python3.11 scripts/record_python.py            # all families
    python3.11 scripts/record_python.py text       # one

The family `portable_hash` needs a Python with PySpark 4.3 and PYTHONHASHSEED=0; without them it is left out.

A family is a list of cases `[function, arguments, answer]`; an answer is `{"ok": value}` or `{"error": type name}`. Floats
are `{"f": repr}` so that every bit and `nan` survive; ints beyond 64 bits never appear. Everything is generated from fixed
seeds, so that a run changes nothing.
"""

import contextlib
import csv
import datetime
import hashlib
import importlib.util
import io
import json
import math
import os
import random
import re
import shlex
import struct
import sys
import unicodedata
import urllib.parse
import warnings
import zlib

import regex_campaign

assert sys.version_info[:2] == (3, 11)
HERE = os.path.join(os.path.dirname(__file__), "..", "tests", "data")
FAMILIES = {}


def family(make):
    FAMILIES[make.__name__] = make
    return make


def plain(x):
    """A value as JSON."""
    if isinstance(x, float):
        return {"f": repr(x)}
    if isinstance(x, (list, tuple)):
        return [plain(y) for y in x]
    return x


def answer(call):
    try:
        value = call()
    except json.JSONDecodeError:
        return {"error": "ValueError"}
    except (ValueError, IndexError, ZeroDivisionError, OverflowError) as error:
        return {"error": type(error).__name__}
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return {"error": "OverflowError"}
    return {"ok": plain(value)}


def case(name, call, *args):
    return [name, plain(args), answer(lambda: call(*args))]


def block(first):
    """A run of 0x400 characters."""
    return "".join(chr(c) for c in range(first, first + 0x400) if not 0xD800 <= c < 0xE000)


def digest(text):
    """A hash, so that an answer about thousands of characters is short."""
    h = 0
    for b in text.encode():
        h = (h * 31 + b) % 2**61
    return h


def floats(rng, n):
    """Floats of all kinds: simple, at the edges, random bits."""
    fixed = [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, -2.5, 1e15, 1e16, 1e17, 123456789012345680.0, 9999999999999998.0]
    fixed += [1e-4, 1e-5, 0.00012345, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.inf, -math.inf, math.nan]
    fixed += [2.0**53, 2.0**63, -(2.0**63), 2.0**64, 1e22, 1e23, 4.35, 2.675, 1e100, 0.3, 2 / 3, 100.0, 1e300]
    for k in range(n - len(fixed)):
        kind = k % 5
        if kind == 0:
            fixed.append(struct.unpack("<d", rng.randbytes(8))[0])
        elif kind == 1:
            fixed.append(round(rng.uniform(-1000, 1000), rng.randrange(5)))
        elif kind == 2:
            fixed.append(float(rng.randrange(-(10**18), 10**18)))
        elif kind == 3:
            fixed.append(rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30))
        else:
            fixed.append(rng.randrange(-1000, 1000) / 2 ** rng.randrange(8))
    return fixed


@family
def text():
    """repr of floats and of texts of every kind of character."""
    rng = random.Random(1)
    cases = [case("repr", repr, x) for x in floats(rng, 3000)]
    singles = [chr(c) for c in range(0x300)]
    texts = ["", "'", '"', "'\"", "\\", "it's", 'say "x"', "a\u200bb", "\xa0", "\ufeff", "\U0001f600", "\U000e0001", "\u2028"]
    texts += ["".join(rng.choice("ab'\"\\\n\t\r\x00\x7f\x80é\u0378世") for _ in range(rng.randrange(12))) for _ in range(300)]
    cases += [case("repr", repr, t) for t in singles + texts]
    return cases + [case("repr of a block", lambda first: digest(repr(block(first))), a) for a in range(0, 0x110000, 0x400)]


def words(rng, alphabet, n):
    """Short texts of an alphabet."""
    return ["".join(rng.choice(alphabet) for _ in range(rng.randrange(10))) for _ in range(n)]


LETTERS = "upper lower casefold title capitalize swapcase isdigit isdecimal isnumeric isalpha isalnum isspace isprintable isupper islower istitle".split()


@family
def letters():
    """Case and kinds of letters: every character by itself, and texts of adversarial ones."""
    rng = random.Random(2)
    cases = []
    for name in LETTERS:
        method = getattr(str, name)

        def joined(first, method=method):
            answers = (method(c) for c in block(first))
            return digest("".join((a if isinstance(a, str) else "01"[a]) + "|" for a in answers))

        cases += [case("block " + name, joined, a) for a in range(0, 0x20000, 0x400)]
        cases.append(case("block " + name, joined, 0xE0000))
        cases += [case(name, method, t) for t in words(rng, "aBc ", 60)]
        cases += [case(name, method, t) for t in words(rng, "aΣσ.'ßǅŉé 1²Ⅷ\u0345\u00ad", 150)]
    return cases


@family
def strings():
    """Methods of texts, on random texts of small alphabets, so that matches, overlaps and edges abound."""
    rng = random.Random(3)
    cases = []
    alphabets = ["ab", "ab ", "a,b\"", " \t\nab\x1c\xa0\u3000", "aé世😀", "\r\n\x0b\x1e\x85\u2028a"]

    def some():
        return words(rng, rng.choice(alphabets), 1)[0]

    def part(text):
        if rng.random() < 0.5 and text:
            a = rng.randrange(len(text))
            return text[a : a + rng.randrange(4)]
        return some()[: rng.randrange(1, 4)]

    for _ in range(250):
        for name in ["split", "strip", "lstrip", "rstrip", "splitlines"]:
            cases.append(case(name, getattr(str, name), some()))
        for name in "split strip lstrip rstrip find rfind index rindex count startswith endswith removeprefix removesuffix partition rpartition".split():
            text = some()
            cases.append(case(name, getattr(str, name), text, part(text)))
        for name in ["split", "rsplit"]:
            text, n = some(), rng.randrange(-1, 4)
            cases.append(case(name + "_max", lambda t, n, name=name: getattr(t, name)(None, n), text, n))
            cases.append(case(name + "_sep_max", lambda t, s, n, name=name: getattr(t, name)(s, n), text, part(text), n))
        text = some()
        cases.append(case("replace", str.replace, text, part(text), some()))
        cases.append(case("replace", str.replace, text, part(text), some(), rng.randrange(-1, 4)))
        cases.append(case("find_from", str.find, text, part(text), rng.randrange(-12, 12)))
        cases.append(case("contains", lambda t, p: p in t, text, part(text)))
        cases.append(case("join", str.join, some()[:2], [some() for _ in range(rng.randrange(5))]))
        for name in ["ljust", "rjust", "center"]:
            cases.append(case(name, getattr(str, name), some(), rng.randrange(-2, 14), rng.choice([" ", "*", "é"])))
        cases.append(case("zfill", str.zfill, rng.choice(["", "+", "-", "--"]) + some(), rng.randrange(-2, 14)))
        cases.append(case("len", len, some()))
        cases.append(case("repeat", lambda t, n: t * n, some(), rng.randrange(-2, 5)))
        cases.append(case("item", lambda t, n: t[n], some(), rng.randrange(-9, 9)))
        bounds = [rng.choice([None, rng.randrange(-12, 12)]) for _ in range(2)] + [rng.choice([None, 1, 2, -1, -2, 3, 0])]
        if rng.random() < 0.1:
            bounds[rng.randrange(3)] = rng.choice([2**63 - 1, -(2**63), -(2**63) + 1])
        cases.append(case("slice", lambda t, a, b, c: t[a:b:c], some(), *bounds))
        items = list(range(rng.randrange(9)))
        cases.append(case("list_slice", lambda t, a, b, c: t[a:b:c], items, *bounds))
        cases.append(case("list_item", lambda t, n: t[n], items, rng.randrange(-9, 9)))
    for c in "a\x00é世😀":
        cases.append(case("ord", ord, c))
    for n in [0, 65, 0xE9, 0x10FFFF, 0x110000, -1]:
        cases.append(case("chr", chr, n))
    return cases


@family
def csv_lines():
    """CSV: cuts at commas outside of quotes by the regular expression, and the csv module's fields."""
    rng = random.Random(4)
    cut = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')

    def fields(text):
        try:
            return next(csv.reader([text], strict=True))
        except csv.Error:
            raise ValueError(text) from None

    cases = []
    for _ in range(1500):
        text = "".join(rng.choice('a,"é ') for _ in range(rng.randrange(14)))
        cases.append(case("split", cut.split, text))
        cases.append(case("fields", fields, text))
    for _ in range(500):
        row = [rng.choice(["", "a", "b c", "x,y", 'q"q', '"', ",", '""', "é,"]) for _ in range(rng.randrange(1, 6))]
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(row)
        cases.append(case("fields", fields, out.getvalue()))
    for _ in range(1500):
        text = "".join(rng.choice('a,"\r\n') for _ in range(rng.randrange(9)))
        cases.append(case("fields", fields, text))
    return cases


MATH = "sqrt exp log log2 log10 sin cos tan atan asin acos floor ceil trunc".split()


def ints(rng, n):
    """Ints small, at the edges of 64 bits, and of every length."""
    fixed = [0, 1, -1, 2, -2, 10, 2**63 - 1, -(2**63), 2**53, 2**53 + 1, -(2**53) - 1, 2**62]
    return fixed + [rng.randrange(-(2 ** rng.randrange(1, 64)), 2 ** rng.randrange(1, 64)) // rng.choice([1, 1, 2]) for _ in range(n)]


def to_int(text):
    """int(text), or None."""
    try:
        n = int(text)
    except ValueError:
        return None
    return n if -(2**63) <= n < 2**63 else None


def to_float(text):
    """float(text), or None."""
    try:
        return float(text)
    except ValueError:
        return None


@family
def numbers():
    """Text to numbers, rounding, arithmetic with Python's signs, math."""
    rng = random.Random(5)
    cases = []
    texts = ["", " ", "1", " 12 ", "+5", "-0", "--1", "1_000", "1__0", "_1", "1_", "0x10", "0b1", "1e5", "1.", ".5", ".", "e5"]
    texts += ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1" * 40, "٣٤", "１２"]
    texts += ["1.5", "1e400", "-1e-400", "inf", "-Infinity", "nan", "+NaN", "infin", "1_0.5_0e1_0", "1_.5", "1._5", "1e_5", "1 2", "0007", "\x1c7\u3000"]
    texts += ["".join(rng.choice("0123456789_+-. e\n") for _ in range(rng.randrange(7))) for _ in range(1000)]
    texts += [repr(x) for x in floats(rng, 300)]
    for t in texts:
        cases.append(case("int_of_str", int, t))
        cases.append(case("float_of_str", float, t))
        cases.append(case("int_if_said", to_int, t))
        cases.append(case("float_if_said", to_float, t))
    for _ in range(600):
        t = rng.choice(["", "-", "+", " "]) + rng.choice(["", "0x", "0X", "0o", "0b", "0", "0_"]) + "".join(rng.choice("01279afz_") for _ in range(rng.randrange(5)))
        cases.append(case("int_of_str_base", int, t, rng.choice([0, 2, 8, 10, 16, 36, 1, 37, -1])))
    numbers = floats(rng, 240)
    for x in numbers:
        cases.append(case("int_of_float", int, x))
        cases.append(case("round", round, x))
        for name in MATH:
            cases.append(case(name, getattr(math, name), x))
        for n in [0, 1, 2, 3, 17, 400, -1, -2, -3, -17, -310, rng.randrange(-20, 25)]:
            cases.append(case("round_digits", round, x, n))
    for x in [k / 8 + rng.choice([0, 0, 100, 1e6]) for k in range(-100, 100)] + [float(k * 5) for k in range(-200, 200)]:
        for n in [0, 1, 2, -1, -2, -3]:
            cases.append(case("round_digits", round, x, n))
    for n in ints(rng, 200):
        cases.append(case("abs", abs, n))
        cases.append(case("float", float, n))
        for name, f in [("hex", hex), ("oct", oct), ("bin", bin)]:
            cases.append(case(name, f, n))
        cases.append(case("round_int_digits", round, n, rng.randrange(-21, 3)))

    def power(a, b):
        if a < 0 and math.isfinite(a) and math.isfinite(b) and b != int(b):
            raise ValueError("complex")
        return a**b

    pairs = [(rng.choice(numbers), rng.choice(numbers)) for _ in range(400)]
    pairs += [(a, b) for a in numbers[:20] for b in numbers[:20]]
    pairs += [(rng.randrange(-50, 50) / 4, rng.randrange(-20, 20) / 4) for _ in range(300)]
    for a, b in pairs:
        cases.append(case("floordiv", lambda a, b: a // b, a, b))
        cases.append(case("mod", lambda a, b: a % b, a, b))
        cases.append(case("pow", power, a, b))
        cases.append(case("atan2", math.atan2, a, b))
        cases.append(case("hypot", math.hypot, a, b))
        cases.append(case("log_base", math.log, a, b))
    for _ in range(300):
        a, b = rng.choice(ints(rng, 50)), rng.randrange(70)
        cases.append(case("int_pow", pow, rng.choice([a, a % 20 - 10]), b))
    for n in ints(rng, 100):
        for x in [float(n), math.nextafter(float(n), math.inf), math.nextafter(float(n), -math.inf), rng.choice(numbers)]:
            cases.append(case("int_eq_float", lambda n, x: n == x, n, x))
            cases.append(case("int_lt_float", lambda n, x: n < x, n, x))
            cases.append(case("int_le_float", lambda n, x: n <= x, n, x))
            cases.append(case("float_lt_int", lambda x, n: x < n, x, n))
            cases.append(case("float_le_int", lambda x, n: x <= n, x, n))
    for _ in range(200):
        a, b, c = rng.randrange(-9, 9), rng.randrange(-9, 9), rng.randrange(-4, 5)
        cases.append(case("range", lambda a, b, c: list(range(a, b, c)), a, b, c))
    for _ in range(100):
        cases.append(case("sum_ints", sum, rng.sample(ints(rng, 20), rng.randrange(6))))
        cases.append(case("sum_floats", lambda xs: float(sum(xs)), rng.sample(numbers, rng.randrange(6))))
    wide = ints(rng, 60)
    for a in wide:
        for b in wide:
            cases.append(case("int_div", lambda a, b: a / b, a, b))
    return cases


@family
def random_numbers():
    """random.Random, seeded by ints."""
    cases = []
    for seed in [0, 1, -1, 42, 2**31, 2**32, 2**32 + 1, -(2**63), 2**63 - 1, 123456789012345]:
        of = random.Random
        cases.append(case("random", lambda s: (lambda r: [r.random() for _ in range(700)][690:])(of(s)), seed))
        cases.append(case("getrandbits", lambda s: (lambda r: [r.getrandbits(k) for k in range(1, 65)])(of(s)), seed))
        cases.append(case("randint", lambda s: (lambda r: [r.randint(-n, n * n) for n in range(50)])(of(s)), seed))
        cases.append(case("expovariate", lambda s: (lambda r: [r.expovariate(float(n)) for n in range(1, 20)])(of(s)), seed))
    return cases


# The arguments that the test of templates fills in.
TEMPLATE_ARGS = ([42, "h\u00e4h", -2.5, [3, 4], (1, "x")], {"n": 7, "t": "text", "m": {"k": "v", "a b": "w"}})


@family
def templates():
    """Templates of `str.format`; whatever Python raises counts as an error."""
    rng = random.Random(1311)
    args, names = TEMPLATE_ARGS

    def field(level=0):
        name = rng.choice(["", "", "0", "1", "2", "3", "4", "n", "t", "m", "5", "nn", "-1", "3[1]", "3[2]", "4[0]", "4[1]", "m[k]", "m[a b]", "m[q]", "3[]", "4[0]x", "00", " ", "[0]"])
        if level == 0 and rng.random() < 0.6:
            name = rng.choice(["", "0", "1", "2", "n", "t"])
        conversion = rng.choice(["", "", "", "", "", "", "!r", "!s", "!x", "!"])
        spec = rng.choice(["", "", "", ":", ":>8", ":*^9", ":.2f", ":d", ":08.3f", ":,", ":{", ":x<5", ":{n}", ":>{n}", ":{0}", ":{}", ":.{n}", ":{{}}", ":{:{}}", ":\u00e4>6", ":s", ":5}"])
        return "{" + name + conversion + spec + "}"

    def template():
        pieces = [rng.choice([field, field, field, lambda: rng.choice(["a", " ", "{{", "}}", "\u00e4", ": ", "", "{", "}", "{{}}"])])() for _ in range(rng.randrange(1, 4))]
        return "".join(pieces)

    def filled(text):
        try:
            return {"ok": text.format(*args, **names)}
        except Exception:
            return {"error": "any"}

    texts = ["", "{}", "{{}}", "{", "}", "{!}", "{:{:{}}}", "{0}{}", "{}{0}", "{a[}", "{99999999999999999999}"]
    return [["fill", [text], filled(text)] for text in texts + [template() for _ in range(3000)]]


@family
def formats():
    """format() of ints, floats, bools and texts by random specs, wrong ones among them."""
    rng = random.Random(6)
    numbers = floats(rng, 200)
    values = {
        "int": ints(rng, 60) + [7, 65, 1234, -1234567, 123456789, 0x20AC],
        "float": numbers + [k / 8 for k in range(-40, 40)] + [1234567.891, 999999.5, 0.00001234, 99.995],
        "bool": [True, False],
        "str": words(rng, "aé世 ", 40) + ["", "hello"],
    }

    def spec(kinds):
        parts = [
            rng.choice(["", "", "", "<", ">", "^", "=", "*<", "é^", "0=", "x>"]),
            rng.choice(["", "", "", "+", "-", " "]),
            rng.choice(["", "", "", "", "", "z"]),
            rng.choice(["", "", "", "#"]),
            rng.choice(["", "", "0"]),
            rng.choice(["", "", "1", "7", "12", "23"]),
            rng.choice(["", "", "", ",", "_"]),
            rng.choice(["", "", ".0", ".1", ".2", ".6", ".17", ".30", "."]),
            rng.choice(kinds),
        ]
        if rng.random() < 0.6:  # Most of the parts away, so that what is left is right more often.
            parts = [p if n == 8 or rng.random() < 0.4 else "" for n, p in enumerate(parts)]
        return "".join(parts)

    kinds = {"int": [""] + list("bcdoxXn") + list("eEfFgG%") + ["s", "d", "d"], "float": [""] + list("eEfFgGn%") * 2 + ["d", "s"]}
    kinds["bool"] = kinds["int"]
    kinds["str"] = ["", "s", "s", "d"]
    cases = []
    for name, n in [("int", 3500), ("float", 6000), ("bool", 300), ("str", 1200)]:
        for _ in range(n):
            cases.append(case(name, format, rng.choice(values[name]), spec(kinds[name])))
    for x in numbers[:60]:
        for s in [".0f", ".2f", "e", "g", ".3", ".1500f"]:
            if s != ".1500f" or abs(x) in (0.1, 5e-324):
                cases.append(case("float", format, x, s))
    return cases


@family
def regexes():
    """re on random patterns of what both engines know, and on those of real jobs."""
    rng = random.Random(7)

    warnings.simplefilter("ignore", FutureWarning)

    def empty(pat):
        try:
            return re.fullmatch(pat, "") is not None
        except re.error:
            return True

    def atom(depth):
        kind = rng.randrange(14 if depth else 9)
        if kind < 5:
            return rng.choice("aab.é-")
        if kind < 8:
            return rng.choice(["\\d", "\\w", "\\s", "\\.", "[ab]", "[^a]", "[a-c1]", "[]a]", "[a&&b]", "[[b]", "\\-", "\\x61", "\\b", "{", "}"])
        if kind == 8:
            return rng.choice(["^", "\\A", "\\Z"])
        if kind < 12:
            return "(" + rng.choice(["", "", "?:"]) + pattern(depth - 1) + ")"
        return "(?P<n%d>%s)" % (rng.randrange(10**6), pattern(depth - 1))

    def pattern(depth):
        parts = []
        for _ in range(rng.randrange(1, 4)):
            part = atom(depth)
            # Python keeps the last round of a repeated group even if that is empty; the crate does not.
            quantifiable = part not in ("^", "\\A", "\\Z", "\\b", "{", "}") and not (part[0] == "(" and empty(part))
            if quantifiable and rng.random() < 0.4:
                part += rng.choice(["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}"])
            parts.append(part)
        return "".join(parts) + (("|" + pattern(depth - 1)) if depth and rng.random() < 0.3 else "")

    cases = []

    def add(text, pat, replacement, count):
        try:
            groups = re.compile(pat).groups
        except re.error:
            return
        cases.append(case("matches", lambda t, p: re.search(p, t) is not None, text, pat))
        cases.append(case("fullmatch", lambda t, p: re.fullmatch(p, t) is not None, text, pat))
        cases.append(case("search", lambda t, p: (lambda m: m and m.group())(re.search(p, t)), text, pat))
        cases.append(case("groups", lambda t, p: (lambda m: m and m.groups(""))(re.search(p, t)), text, pat))
        if groups <= 1:
            cases.append(case("findall", lambda t, p: re.findall(p, t), text, pat))
        else:
            cases.append(case("findallGroups", lambda t, p: re.findall(p, t), text, pat))
        cases.append(case("split", lambda t, p: [x or "" for x in re.split(p, t)], text, pat))

        def replaced(t, p, r, n):
            try:
                return re.sub(p, r, t, count=n)
            except (re.error, IndexError):
                raise ValueError(r) from None

        cases.append(case("sub", replaced, text, pat, replacement, count))

    replacements = ["", "-", "<\\g<0>>", "\\1", "\\2x", "\\g<1>", "\\g<n>", "\\\\", "\\n", "\\.", "\\q", "\\07", "$1", "\\101", "\\"]
    for _ in range(700):
        pat = pattern(2)
        text = "".join(rng.choice("aaab1 .é-b{}&[]\n") for _ in range(rng.randrange(12)))
        # After an empty match Python looks for one that is not empty at the same place; the crate goes on.
        if "|" in pat and empty(pat):
            continue
        add(text, pat, rng.choice(replacements), rng.choice([0, 0, 1, 2]))
    log = '66.249.69.97 - - [24/Sep/2014:22:25:44 +0000] "GET /071300/242153 HTTP/1.1" 404 514 "-" "Mozilla/5.0"'
    for pat in [r'^(\S+) (\S+) (\S+) \[([\w:/]+\s[+\-]\d{4})\] "(\S+) (\S+)\s*(\S*)" (\d{3}) (\S+)', r"\d+", r"[A-Za-z']+", r"\W+", r",\s*", r"(?i)get", r"(?P<y>\d{4}):(?P<h>\d\d)", r"\b\w", "x*", "", r"\s+|-"]:
        for text in [log, "abc, def,  ghi-jkl", "", "aXbX", "it's 2 o'clock"]:
            add(text, pat, "_", 0)
            add(text, pat, "[\\g<0>]", 2)
    return cases


@family
def patterns():
    """Random patterns with all of Python's syntax, and what every function answers."""
    return regex_campaign.cases(random.Random(17), 2000)


ALL = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)


@family
def pattern_sets():
    """The characters that a pattern of one character matches, as ranges: classes on every code point, and `(?i)` on all with case."""
    warnings.simplefilter("ignore", FutureWarning)
    cased = "".join(c for c in ALL if c.lower() != c or c.upper() != c or c.title() != c)

    def ranges(text, pattern):
        found = []
        for match in re.finditer(pattern, text):
            n = ord(match.group())
            if found and found[-1][1] == n - 1:
                found[-1][1] = n
            else:
                found.append([n, n])
        return found

    everywhere = ["\\w", "\\W", "\\d", "\\D", "\\s", "\\S", ".", "(?s).", "[^\\W\\d_]", "[\\w\\s]"]
    everywhere += ["(?a)" + p for p in ["\\w", "\\W", "\\d", "\\D", "\\s", "\\S"]] + ["(?i)" + p for p in ["\\w", "\\W", "[\\W]", "[^\\w]", "[\\Wk]"]]
    everywhere += ["(?i)[a-z]", "(?i)[^a-z]", "(?ai)[a-z]", "(?ai)[^K-s]", "(?i)[k]", "(?i)[^k]", "(?i)[ks]", "(?i)[^is]", "(?i)[\\u0100-\\u2fff]"]
    everywhere += ["(?i)[\\U00010400-\\U00010410]", "(?i)[\\U00010410\\U00010430x]", "(?ai)[\\U00010400-\\U00010410]", "(?i)[\\uff00-\\U00010405]"]
    everywhere += ["(?i)[^\\U00010400-\\U00010410a]", "(?i)[\\u01c5]", "(?i)[\\u1e9e]", "(?i)[ß]", "(?i)ß", "[\\ud800-\\uffff]", "(?i)[Ā-ſ]", "[^\\ud800]"]
    # A word boundary before the character and none in it.
    everywhere += ["\\b(?s:.)", "\\B(?s:.)", "(?a)\\b(?s:.)"]
    cases = [["everywhere", [p], {"ok": ranges(ALL, p)}] for p in everywhere if "\\b" not in p and "\\B" not in p]
    # Every character between blanks, so that the boundary depends on it alone.
    for p in everywhere[-3:]:
        found = [n for n, c in enumerate(ALL) if re.fullmatch(p, c)]
        cases.append(["alone", [p], {"ok": digest("".join("%d " % n for n in found))}])
    for c in cased:
        for p in [c, "[" + c + "x]"]:
            cases.append(["cased", ["(?i)" + p], {"ok": [ord(m) for m in re.findall("(?i)" + p, cased)]}])
    return cases


def any_shape(rng, depth):
    """A random shape, as JSON: "int", {"list": …}, {"tuple": […]}, {"record": [[name, …]]}, {"option": …}, {"map": [k, v]}."""
    kind = rng.randrange(10 if depth else 4)
    if kind < 4:
        return ["int", "float", "bool", "str"][kind]
    if kind == 4:
        return {"list": any_shape(rng, depth - 1)}
    if kind < 7:
        return {"tuple": [any_shape(rng, depth - 1) for _ in range(rng.randrange(4))]}
    if kind == 7:
        return {"record": [["f%d" % n, any_shape(rng, depth - 1)] for n in range(rng.randrange(1, 3))]}
    if kind == 8:
        return {"option": any_shape(rng, depth - 1)}
    return {"map": [rng.choice(["int", "str"]), any_shape(rng, depth - 1)]}


def any_value(rng, shape):
    """A value of a shape: as Python has it, and as the recordings have it."""
    if shape == "int":
        value = rng.choice([0, 1, -1, 2, rng.randrange(-(10**6), 10**6)])
    elif shape == "float":
        value = rng.choice([0.0, -0.0, 1.0, 1.5, -2.5, 1e16, 1e-7, rng.uniform(-9, 9)])
    elif shape == "bool":
        value = rng.random() < 0.5
    elif shape == "str":
        value = rng.choice(["", "a", "b", "it's", 'q"', "\n", "é", "\u200b", "ab"])
    else:
        ((kind, parts),) = shape.items()
        if kind == "list":
            pairs = [any_value(rng, parts) for _ in range(rng.randrange(4))]
            return [p for p, _ in pairs], [j for _, j in pairs]
        if kind == "tuple":
            pairs = [any_value(rng, part) for part in parts]
            return tuple(p for p, _ in pairs), [j for _, j in pairs]
        if kind == "record":
            pairs = [(name, any_value(rng, part)) for name, part in parts]
            return {name: p for name, (p, _) in pairs}, [j for _, (_, j) in pairs]
        if kind == "option":
            return (None, None) if rng.random() < 0.4 else any_value(rng, parts)
        pairs = [(any_value(rng, parts[0]), any_value(rng, parts[1])) for _ in range(rng.randrange(4))]
        return {k[0]: v[0] for k, v in pairs}, [[k[1], v[1]] for k, v in pairs]
    return value, plain(value)


@family
def values():
    """str, repr, == and < of nested values."""
    rng = random.Random(8)
    cases = []
    for _ in range(1200):
        shape = any_shape(rng, 3)
        value, recorded = any_value(rng, shape)
        cases.append(["repr", [shape, recorded], {"ok": repr(value)}])
        cases.append(["str", [shape, recorded], {"ok": str(value)}])
    for _ in range(1500):
        shape = any_shape(rng, 2)
        (a, x), (b, y) = any_value(rng, shape), any_value(rng, shape)
        cases.append(["equal", [shape, x, y], {"ok": a == b}])
        try:
            cases.append(["less", [shape, x, y], {"ok": a < b}])
            cases.append(["less_equal", [shape, x, y], {"ok": a <= b}])
        except TypeError:  # None, dicts
            pass
    nan = math.nan
    for a, b in [((1, nan), (1, 2.0)), ((1, nan), (2, 0.0)), ((2, 1.0), (1, nan)), ((1, 2.0), (1, nan))]:
        args = [{"tuple": ["int", "float"]}, plain(a), plain(b)]
        cases += [["equal", args, {"ok": a == b}], ["less", args, {"ok": a < b}], ["less_equal", args, {"ok": a <= b}]]
    return cases


UTC = datetime.timezone.utc


def seconds_of(text, layout):
    """The time that a text says, in UTC where it says no zone."""
    try:
        time = datetime.datetime.strptime(text, layout)
    except re.error as error:
        raise ValueError(layout) from error
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def from_seconds(seconds):
    try:
        return datetime.datetime.fromtimestamp(seconds, UTC)
    except OSError as error:
        raise ValueError(seconds) from error


@family
def times():
    """strptime and strftime."""
    rng = random.Random(12)
    cases = []
    read = "aAbBcdfGHIjmMpSuUVwWxXyYzZ%"
    write = "aAbBcCdDeFfgGhHIjklmMnpPrRStTuUVwWxXyYzZ%"
    bare = "deHIjklmMSUVWyg"
    layouts = ["%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f", "%m/%d/%y", "%I:%M %p", "%c", "%x %X", "%G-W%V-%u", "%Y %U %w", "%Y %W %a", "%Y-%j", "%A, %d. %B %Y", "%H:%M:%S %Z", "%d%m%Y", "%y%j", "%b %d", "%d.%m.%Y (%a)", "%H%M%S%f", "%Y%m%d"]

    def layout():
        parts = rng.sample(read, rng.randrange(1, 6))
        return rng.choice(["", " "]) + rng.choice([" ", "-", ":", "T", "", ".", "  ", "\t", "[", "%%"]).join("%" + d for d in parts)

    def moment():
        kind = rng.randrange(6)
        if kind == 0:
            return rng.uniform(-62135596800, 253402300799)
        if kind == 1:
            return float(rng.randrange(-62135596800, 253402300800))
        return round(rng.uniform(-3e9, 5e9), rng.choice([0, 0, 3, 6]))

    def changed(text):
        at = rng.randrange(len(text) + 1)
        what = rng.randrange(6)
        if what == 0:
            return text[:at] + text[at + 1 :]
        if what == 1:
            return text[:at] + rng.choice("0159 :-+.ZaPé٣") + text[at + 1 :]
        if what == 2:
            return text.upper()
        if what == 3:
            return text.lower()
        return text.replace("0", "", 1) if what == 4 else text + rng.choice([" ", "0", "Z"])

    for n in range(2500):
        format = rng.choice(layouts) if n % 2 else layout()
        zone = datetime.timezone(datetime.timedelta(seconds=rng.choice([0, 0, 3600, -19800, 86399, -1, rng.randrange(-86399, 86400)])))
        time = from_seconds(moment())
        with contextlib.suppress(OverflowError):
            time = time.astimezone(zone)
        text = time.strftime(format.replace("%Z", rng.choice(["UTC", "gmt", "Utc"])))
        cases.append(case("strptime", seconds_of, text, format))
        cases.append(case("strptime", seconds_of, changed(text), format))
    zones = ["Z", "z", "+0000", "-00:00", "+23:59", "+24:00", "-99:59", "+01:60", "+1:00", "+01:30:15", "+01:30:15.5", "+013015.123456", "+0130:15", "+01:3015", "-01:30:15.000001", "+٠١00", "UTC", ""]
    cases += [case("strptime", seconds_of, "2024-02-29 " + z, "%Y-%m-%d %z") for z in zones]
    for text, format in [("29 2", "%d %m"), ("29 2 1900", "%d %m %Y"), ("0000", "%Y"), ("0001", "%Y"), ("9999 53 0", "%Y %W %w"), ("0001 0 1", "%Y %W %w"), ("0001-01-7", "%G-%V-%u"), ("9999-53-7", "%G-%V-%u"), ("60", "%S"), ("61", "%S"), ("62", "%S"), ("366", "%j"), ("2023 366", "%Y %j"), ("12 am", "%I %p"), ("12", "%I"), ("12 PM", "%I %p"), ("pm 1", "%p %I"), ("13", "%I"), ("٢٠٢٤", "%Y"), ("1", "%f"), ("1234567", "%f"), ("68", "%y"), ("69", "%y"), ("5 2024", "%m %Y"), ("Feb 2024 3", "%b %Y %m"), ("3 Feb", "%m %b"), ("24 1999", "%y %Y"), ("1999 24", "%Y %y"), ("2024 1", "%Y %V"), ("2024 1 1", "%Y %V %u"), ("2024 1", "%G %V"), ("2024 1 mon 5", "%G %V %a %j"), ("2024 2020 5 1", "%Y %G %V %u"), ("\u017fun", "%a"), ("\u017fep", "%b"), ("may", "%B"), ("MAY", "%b"), ("march", "%b"), ("mar", "%B"), ("a\u00a0 b", "a b"), ("a\x1cb", "a b"), ("AB", "ab"), ("É", "é"), ("", ""), ("x", ""), ("%", "%%"), ("1  2", "%d %m"), (" 1", "%d"), ("1.2", "%d.%m"), ("1x2", "%d.%m")]:
        cases.append(case("strptime", seconds_of, text, format))
    for n in range(2500):
        format = rng.choice(layouts) if n % 3 == 0 else "|".join("%" + rng.choice(write) if rng.random() < 0.8 else "%-" + rng.choice(bare) for _ in range(5))
        cases.append(case("strftime", lambda t, f: from_seconds(t).strftime(f), moment(), format))
    whole = "|".join("%" + d for d in write) + "|" + "|".join("%-" + d for d in bare)
    edges = [0.0, -0.0, -1e-7, -5e-7, -1.5e-6, 0.9999995, 0.9999994, 1e-7, 253402300799.0, 253402300799.9999, 253402300800.0, -62135596800.0, -62135596800.000001, -62135596801.0, 1e17, 1e19, -1e30, math.inf, -math.inf, math.nan, 1704067200.0, 1709164800.0, 951782400.0]
    edges += [86400.0 * n + rng.choice([0, 43199, 43200, 86399]) for n in range(16000, 16000 + 800)]
    for t in edges:
        cases.append(case("strftime", lambda t, f: from_seconds(t).strftime(f), t, whole))
        cases.append(case("weekday", lambda t: from_seconds(t).weekday(), t))
    return cases


@family
def collections():
    """Lists, sets and maps; sets in order of insertion, as dicts have their keys."""
    rng = random.Random(9)
    cases = []

    def unique(xs):
        return list(dict.fromkeys(xs))

    for n in range(150):
        element = rng.choice(["int", "float", "str"]) if n % 3 else {"tuple": ["int", "str"]}
        size = rng.choice([3, 6, 12, 12, 20])
        pool = {"int": range(-size, size), "float": [k / 2 for k in range(size)] + [-0.0], "str": ["k%d" % k for k in range(size)]}
        pool = list(pool[element]) if isinstance(element, str) else [(k % 3, "ab"[k % 2]) for k in range(size)]
        xs = [rng.choice(pool) for _ in range(rng.randrange(2 * size))]
        ys = [rng.choice(pool) for _ in range(rng.randrange(2 * size))]
        x, keys = rng.choice(pool), [rng.randrange(5) for _ in xs]

        def add(name, call, *args):
            cases.append([name, [element] + [plain(a) for a in args], answer(call)])

        add("sorted", lambda: sorted(xs), xs, False)
        add("sorted", lambda: sorted(xs, reverse=True), xs, True)
        for reverse in [False, True]:
            add("sort_by_keys", lambda: [p[1] for p in sorted(zip(keys, xs), key=lambda p: p[0], reverse=reverse)], xs, keys, reverse)
        add("min", lambda: min(xs), xs)
        add("max", lambda: max(xs), xs)
        add("index", lambda: xs.index(x), xs, x)
        add("count", lambda: xs.count(x), xs, x)
        add("contains", lambda: x in xs, xs, x)
        add("reversed", lambda: xs[::-1], xs)
        add("enumerate", lambda: list(enumerate(xs, 3)), xs, 3)
        add("zip", lambda: list(zip(xs, ys)), xs, ys)
        add("distinct", lambda: unique(xs), xs)
        add("concat", lambda: xs + ys, xs, ys)
        add("repeat", lambda: xs * 3, xs, 3)
        add("set", lambda: unique(xs), xs)
        add("in set", lambda: x in set(xs), xs, x)
        add("union", lambda: unique(xs + ys), xs, ys)
        add("intersection", lambda: [k for k in unique(xs) if k in ys], xs, ys)
        add("difference", lambda: [k for k in unique(xs) if k not in ys], xs, ys)
        add("symmetric_difference", lambda: [k for k in unique(xs) if k not in ys] + [k for k in unique(ys) if k not in xs], xs, ys)
        add("issubset", lambda: set(xs) <= set(ys), xs, ys)
        pairs, more = list(zip(xs, range(len(xs)))), list(zip(ys, range(100, 100 + len(ys))))
        add("dict", lambda: list(dict(pairs).items()), pairs)
        add("get", lambda: dict(pairs).get(x), pairs, x)
        add("merge", lambda: list((dict(pairs) | dict(more)).items()), pairs, more)
        add("without", lambda: [(k, v) for k, v in dict(pairs).items() if k != x], pairs, x)
        add("keys", lambda: list(dict(pairs)), pairs)
        add("values", lambda: list(dict(pairs).values()), pairs)
    return cases


def of_key(rng, shape):
    """A value of a shape of keys, adversarial: numbers at the modulus of hashes, texts of each width and length."""
    if shape == "int":
        near = rng.choice([0, 2**61 - 1, 2**62 - 2, 2**63 - 5, 2**31, 2**32, 2**60]) + rng.randrange(-4, 5)
        return rng.choice([near, -near, rng.randrange(-(2**63), 2**63), rng.randrange(-(10**5), 10**5)])
    if shape == "float":
        return rng.choice([x for x in floats(rng, 40) if x == x] + [float(of_key(rng, "int")), 2.0 ** rng.randrange(-1074, 1024), 5e-324 * rng.randrange(999)])
    if shape == "bool":
        return rng.random() < 0.5
    if shape == "str":
        alphabet = rng.choice(["ab", "abcdefgh 0123", "aé\x80ÿ", "aĀé", "世界\uffff", "a😀", "\U0010ffff\x00", "\x00a"])
        return "".join(rng.choice(alphabet) for _ in range(rng.randrange(rng.choice([3, 9, 40]))))
    ((kind, parts),) = shape.items()
    if kind == "option":
        return None if rng.random() < 0.4 else of_key(rng, parts)
    return tuple(of_key(rng, part) for part in parts)


FIELD = re.compile(r"""([^.\[\]$][^.\[]*)|\[(-?\d+)\]|\[("[^"]*"|'[^']*')\]""")


def json_at(text, field):
    """The value at a path in a JSON text, or None."""
    value = json.loads(text)
    for name, item, quoted in FIELD.findall(field):
        if item:
            there = isinstance(value, list) and -len(value) <= int(item) < len(value)
            value = value[int(item)] if there else None
        else:
            value = value.get(name or quoted[1:-1]) if isinstance(value, dict) else None
    return value


def is_json(text):
    """Whether a text is JSON."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def json_text(value):
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def json_get(text, field):
    value = json_at(text, field)
    return None if value is None else json_text(value)


def json_list(text, field):
    value = json_at(text, field)
    return [json_text(x) for x in value] if isinstance(value, list) else []


def json_keys(text, field):
    value = json_at(text, field)
    return list(value) if isinstance(value, dict) else []


@family
def json_texts():
    """Values as JSON; parts of JSON texts by their path, of well-formed and of broken ones."""
    rng = random.Random(11)
    cases = []
    for _ in range(1500):
        shape = any_shape(rng, 3)
        value, recorded = any_value(rng, shape)
        cases.append(["dumps", [shape, recorded], {"ok": json.dumps(value)}])
    for shape, value in [("float", math.inf), ("float", -math.inf), ("float", math.nan), ("float", 1e22), ("float", 1e-5), ("int", 2**63 - 1)]:
        cases.append(["dumps", [shape, plain(value)], {"ok": json.dumps(value)}])
    for key, keys in [("float", [1.0, 1e22, -0.5, math.inf]), ("bool", [True, False]), ({"option": "int"}, [None, 7])]:
        pairs = [[plain(k), n] for n, k in enumerate(keys)]
        cases.append(["dumps", [{"map": [key, "int"]}, pairs], {"ok": json.dumps({k: n for n, k in enumerate(keys)})}])
    for text in ["\x00\x1f\x7f\x80é\u2028\ud7ff\ue000\U0001f600\U0010ffff/\\\"\b\f\n\r\t", block(0x20), block(0x2000)]:
        cases.append(["dumps", ["str", text], {"ok": json.dumps(text)}])
    names = ["a", "b", "user name", "é", "a.b", "", "x[0]"]
    scalars = ["0", "-0", "1", "-17", "12345678901234567890123", "1.0", "-0.0", "1e5", "1E+2", "2.50", "1e400", "-1e-400", "0.1e1", "NaN", "Infinity", "-Infinity", "true", "false", "null"]
    scalars += ['""', '"a"', '"null"', '"a b"', '"\\u00e9\\ud83d\\ude00\\n\\/\\\\"', '"é😀"', '"\\u0041"', '"\\""', '"1"', '"{}"']
    blanks = ["", "", "", " ", "\n", "\t\r "]

    def document(depth):
        kind = rng.randrange(5) if depth else 0
        blank = lambda: rng.choice(blanks)
        if kind < 2:
            return blank() + rng.choice(scalars) + blank()
        if kind == 2:
            return blank() + "[" + (",".join(document(depth - 1) for _ in range(rng.randrange(4))) or blank()) + "]" + blank()
        members = (blank() + json.dumps(rng.choice(names), ensure_ascii=rng.random() < 0.5) + blank() + ":" + document(depth - 1) for _ in range(rng.randrange(5)))
        return blank() + "{" + (",".join(members) or blank()) + "}" + blank()

    def field():
        steps = []
        for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3])):
            name = rng.choice(names)
            dotted = name and not set(".[") & set(name)
            steps.append(rng.choice([("." + name) if dotted else "['%s']" % name, '["%s"]' % name, "[%d]" % rng.randrange(-3, 4)]))
        path = "".join(steps)
        return rng.choice(["$" + path, path.removeprefix(".")])

    def add(text, field):
        with contextlib.suppress(json.JSONDecodeError):
            if any(0xD800 <= ord(c) < 0xE000 for c in json.dumps(json.loads(text, object_pairs_hook=list), ensure_ascii=False)):
                return  # half of a surrogate pair, which is no text here
        cases.append(case("is_json", is_json, text))
        cases.append(case("get", json_get, text, field))
        cases.append(case("list", json_list, text, field))
        cases.append(case("keys", json_keys, text, field))

    for n in range(1500):
        text = document(3)
        if n % 4 == 0 and text:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(["", "", ",", "}", "]", '"', "x", "\x01", "0", ".", "\\", "\ufeff"]) + text[at + 1 :]
        add(text, "" if n % 10 == 0 else field())
    for text in ["", " ", "nul", "nulll", "True", "01", "-", "+1", "1.", ".5", "1e", "0x1", "[1,]", "[,1]", "{,}", '{"a":1,}', '{"a"}', '{"a" 1}', "{a:1}", "{'a':1}", "[1 2]", '"a', '"\\x"', '"\\u12"', '"\t"', "[", "{", "]", "1 2", "\ufeff1", "//1", "-NaN", "inf", "nan", "\xa01", "\x0c1", "[1]\n", "\u0661"]:
        add(text, "")
    return cases


@family
def command_lines():
    """shlex.split as PySpark's pipe calls it, on texts of quotes, backslashes, comments, and all that is space somewhere."""
    rng = random.Random(12)
    alphabets = ["ab '\"\\", "a \t\r\n\x0b\x0c\xa0", "a#$`\"\\\n", "aé世😀'\""]
    texts = ["", "#", "a #b", "a\\\nb", '"\\$a"', "a''b", "sh -c 'echo \"$1\" | cat' x"]
    texts += [text for _ in range(300) for alphabet in alphabets for text in words(rng, alphabet, 1)]
    return [case("split", shlex.split, text) for text in texts]


@family
def digests():
    """Digests of texts of every length around the sizes of blocks, and of random characters."""
    rng = random.Random(13)
    texts = ["a" * n for n in [*range(130), 1000, 5000]]
    texts += ["".join(rng.choice("ab \n\x00é世😀") for _ in range(rng.randrange(80))) for _ in range(500)]
    methods = {
        "sha256": lambda t: hashlib.sha256(t.encode()).hexdigest(),
        "md5": lambda t: hashlib.md5(t.encode()).hexdigest(),
        "crc32": lambda t: zlib.crc32(t.encode()),
    }
    return [case(name, method, t) for t in texts for name, method in methods.items()]


FORMS = ["NFC", "NFD", "NFKC", "NFKD"]


@family
def normal_forms():
    """unicodedata.normalize: every character by itself, and texts of what composes, decomposes and is put in order."""
    rng = random.Random(14)

    def of_block(form, first):
        return digest("".join(unicodedata.normalize(form, c) + "|" for c in block(first)))

    cases = [case("block", of_block, form, a) for form in FORMS for a in [*range(0, 0x20000, 0x400), *range(0x2F800, 0x30000, 0x400), 0xE0000]]
    marks = [chr(c) for c in range(0x110000) if unicodedata.combining(chr(c))]
    parts = [chr(c) for c in range(0x110000) if unicodedata.decomposition(chr(c))]
    later = "\u0897\u1dfa\U00010efd\U00011383\U000113bb\U0001e08f\U0001e4ec\U0001611e\U00016d63\U00016d67\U0001ccd6\u0378"
    jamo = [chr(c) for c in [*range(0x1100, 0x1113), *range(0x1161, 0x1176), *range(0x11A8, 0x11C3), *range(0xAC00, 0xAC20)]]
    for _ in range(2500):
        pool = rng.choice([marks, parts, list("aeiouAEIOU\u03b1\u05d0"), jamo, list(later), ["\u200b", "\ue000", "\x00", "\xa0", "\u0344"]])
        text = "".join(rng.choice(rng.choice([pool, marks, "aeoA"])) for _ in range(rng.randrange(10)))
        cases.append(case("normalize", unicodedata.normalize, rng.choice(FORMS), text))
    return cases + [case("normalize", unicodedata.normalize, form, "é") for form in ["", "nfc", "NFX"]]


@family
def urls():
    """urllib.parse on random texts of the signs that mean something in URLs, and on escapes of broken UTF-8."""
    rng = random.Random(15)

    def parsed(url):
        parts = urllib.parse.urlparse(url)
        return [*parts, parts.hostname]

    cases = []
    escapes = ["%", "%2", "%20", "%2B", "%C3%A9", "%c3", "%A9", "%E4%B8%96", "%F0%9F%98%80", "%ED%A0%80", "%F5", "%zz", "+", "&", "=", "a", "é", "/", ";"]
    for _ in range(1500):
        text = "".join(rng.choice(escapes) for _ in range(rng.randrange(9)))
        cases.append(case("unquote", urllib.parse.unquote, text))
        cases.append(case("unquote_plus", urllib.parse.unquote_plus, text))
        cases.append(case("parse_qsl", urllib.parse.parse_qsl, text))
        text = "".join(rng.choice("aZ09_.-~/ ?&=%+é世😀\n\x00\x7f'()!*") for _ in range(rng.randrange(12)))
        cases.append(case("quote", urllib.parse.quote, text, rng.choice(["/", "", "?&=", " ", "é%", "+'"])))
        cases.append(case("quote_plus", urllib.parse.quote_plus, text))
    parts = ["http", "HTTPS", "mailto", "s3", "9p", "a+b-c.d", ":", ":", "//", "//", "/", "?", "#", ";", "@", "user:pw@", "Example.ORG", "localhost:80", "[::1]", "[fe80::1%eT0]:8", "[v1.x]", "[v.x]", "[1.2.3.4]", "[", "]", "İ", "ß", "℀", "ﬁ", "：", " ", "\t", "\n", "\x00", "a", "é", "%41", "&x=1"]
    for n in range(4000):
        start = rng.choice(["http://", "https://", "//", "ftp://", "x:"]) if n % 2 else ""
        cases.append(case("urlparse", parsed, start + "".join(rng.choice(parts) for _ in range(rng.randrange(8)))))
    hosts = ["::", "1::", "::ffff:1.2.3.4", "::1.2.3.04", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "12345::", "::g", "::1%", "::1%a%b", "::1%a b", "", "V1.x", "vF.:", "v1.", "1::2::3", ":::", "::1 ", "::٣"]
    cases += [case("urlparse", parsed, f"http://u@[{host}]:9/p") for host in hosts]
    return cases


def key_shape(rng, depth):
    """A random shape of what both Python and sparkc hash."""
    kind = rng.randrange(8 if depth else 4)
    if kind < 4:
        return ["int", "float", "bool", "str"][kind]
    if kind < 7:
        return {"tuple": [key_shape(rng, depth - 1) for _ in range(rng.randrange(5))]}
    return {"option": key_shape(rng, depth - 1)}


def portable_hash():
    """PySpark's portable_hash of keys of every kind; a family where there is a PySpark."""
    from pyspark.core.rdd import portable_hash as hash_of

    rng = random.Random(10)
    shapes = ["int"] * 700 + ["float"] * 700 + ["str"] * 1500 + ["bool"] * 4 + [key_shape(rng, 3) for _ in range(2000)]
    pairs = [(shape, of_key(rng, shape)) for shape in shapes]
    return [["hash", [shape, plain(value)], {"ok": hash_of(value)}] for shape, value in pairs]


if importlib.util.find_spec("pyspark") and os.environ.get("PYTHONHASHSEED") == "0":
    family(portable_hash)


def main():
    for name, make in FAMILIES.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        with open(os.path.join(HERE, f"{name}.json"), "w", encoding="utf-8", newline="\n") as out:
            cases = [json.dumps(c, ensure_ascii=True, separators=(",", ":")) for c in make()]
            out.write("[\n" + ",\n".join(cases) + "\n]\n")
        print(f"{name}: {len(cases)} cases")


if __name__ == "__main__":
    main()
