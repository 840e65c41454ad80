"""Writes src/runtime/python/unicode.rs: what CPython 3.11 (Unicode 14) knows about characters.

    python3.11 scripts/unicode_tables.py > src/runtime/python/unicode.rs && rustfmt src/runtime/python/unicode.rs
"""

import sys
import unicodedata
from re._casefix import _EXTRA_CASES

assert sys.version_info[:2] == (3, 11) and unicodedata.unidata_version == "14.0.0"
CHARS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
SIGMA = "\u03a3"


def final(text):
    return text.lower().endswith("\u03c2")


def ignorable(c):
    return final("A" + c + SIGMA) and not final(c + SIGMA)


PROPERTIES = [
    ("NOT_PRINTABLE", "The characters that `str.isprintable` denies.", lambda c: not c.isprintable()),
    ("ALPHA", "`str.isalpha`", str.isalpha),
    ("DIGIT", "`str.isdigit`", str.isdigit),
    ("NUMERIC", "`str.isnumeric`", str.isnumeric),
    ("SPACE", "`str.isspace`", str.isspace),
    ("UPPER", "`str.isupper` of one character.", str.isupper),
    ("LOWER", "`str.islower` of one character.", str.islower),
    ("TITLE", "Title-case letters.", lambda c: unicodedata.category(c) == "Lt"),
    ("IGNORABLE", "Characters that the rule of the final sigma skips.", ignorable),
    ("CASED", "Characters with case, after which `str.title` goes on in lower case.", lambda c: (c + "a").title()[-1] == "a"),
]
MAPPINGS = [
    ("TO_UPPER", "`str.upper`", str.upper),
    ("TO_LOWER", "`str.lower` of one character.", str.lower),
    ("TO_TITLE", "`str.title` of one character.", lambda c: c.title()),
    ("TO_FOLD", "`str.casefold`", str.casefold),
]


def ranges(test):
    found = []
    for c in CHARS:
        if test(c):
            n = ord(c)
            # The surrogates are no characters of ours; a run may pass over them.
            if found and found[-1][1] in (n - 1, n - 1 - 0x800 if n == 0xE000 else n - 1):
                found[-1][1] = n
            else:
                found.append([n, n])
    return found


def mapping(change):
    """Runs (first, last, step, delta) of characters that map to one, and pairs of those that map to several."""
    runs, several = [], []
    for c in CHARS:
        to = change(c)
        if to == c:
            continue
        if len(to) > 1:
            several.append((ord(c), to))
            continue
        n, delta = ord(c), ord(to) - ord(c)
        last = runs[-1] if runs else None
        if last and last[3] == delta and n - last[1] in (1, 2) and (last[0] == last[1] or n - last[1] == last[2]):
            last[2] = n - last[1]
            last[1] = n
        else:
            runs.append([n, n, 1, delta])
    return runs, several


def main():
    print("//! Properties of characters in CPython 3.11 (Unicode 14).")
    print("//!")
    print("//! Made by `scripts/unicode_tables.py`; not to be edited. Ranges are inclusive and in order. A run of a mapping is")
    print("//! (first, last, step, what to add); characters that map to several stand apart.")
    for name, doc, test in PROPERTIES:
        found = ranges(test)
        print(f"\n/// {doc}\n#[rustfmt::skip]\npub static {name}: [(u32, u32); {len(found)}] = [")
        for at in range(0, len(found), 6):
            print("    " + " ".join(f"(0x{a:x}, 0x{b:x})," for a, b in found[at : at + 6]))
        print("];")
    for name, doc, change in MAPPINGS:
        runs, several = mapping(change)
        print(f"\n/// {doc}: characters that map to one.\n#[rustfmt::skip]")
        print(f"pub static {name}: [(u32, u32, u32, i32); {len(runs)}] = [")
        for at in range(0, len(runs), 4):
            print("    " + " ".join(f"(0x{a:x}, 0x{b:x}, {s}, {d})," for a, b, s, d in runs[at : at + 4]))
        print("];")
        print(f"\n/// {doc}: characters that map to several.\n#[rustfmt::skip]")
        print(f"pub static {name}_SEVERAL: [(u32, &str); {len(several)}] = [")
        for at in range(0, len(several), 4):
            print("    " + " ".join(f'(0x{c:x}, "' + "".join(f"\\u{{{ord(x):x}}}" for x in to) + '"),' for c, to in several[at : at + 4]))
        print("];")
    extra = sorted(_EXTRA_CASES.items())
    print("\n/// Letters in lower case with those of another lower case that `re` takes for the same: they share their upper case.")
    print(f"#[rustfmt::skip]\npub static EXTRA_CASES: [(u32, &[u32]); {len(extra)}] = [")
    for at in range(0, len(extra), 6):
        print("    " + " ".join(f"(0x{c:x}, &[" + ", ".join(f"0x{x:x}" for x in to) + "])," for c, to in extra[at : at + 6]))
    print("];")
    # The values of decimal digits: every run of ten begins at a zero.
    zeros = [ord(c) for c in CHARS if c.isdecimal() and unicodedata.decimal(c) == 0]
    assert all(unicodedata.decimal(chr(z + d)) == d for z in zeros for d in range(10))
    print(f"\n/// The zeros of all decimal digits; nine more follow each.\n#[rustfmt::skip]\npub static ZEROS: [u32; {len(zeros)}] = [")
    for at in range(0, len(zeros), 10):
        print("    " + " ".join(f"0x{z:x}," for z in zeros[at : at + 10]))
    print("];")


main()
