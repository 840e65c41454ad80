"""Records what CPython 3.11 answers, for the tests of src/runtime: tests/data/*.json.

    python3.11 scripts/record_python.py            # all families
    python3.11 scripts/record_python.py text       # one

A family is a list of cases `[function, arguments, answer]`; an answer is `{"ok": value}` or `{"error": type name}`. Floats
are `{"f": repr}` so that every bit and `nan` survive; ints beyond 64 bits never appear. Everything is generated from fixed
seeds, so that a run changes nothing.
"""

import json
import math
import os
import random
import struct
import sys

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
