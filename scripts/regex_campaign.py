"""Compares regular expressions with CPython 3.11: random patterns on random texts.

    python3.11 scripts/regex_campaign.py 40000 [seed]

Writes the cases to a directory below target/ and runs the test that checks recorded ones, `patterns_are_pythons`, on it.
`record_python.py` records 2,000 cases of the same kind.
"""

import os
import random
import re
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
# Letters, and characters on which ideas of words, digits, blanks and case differ.
ODD = "éÉßſsSKkK\u0130\u0131iIµμςσΣ²½①Ⓐ‿٣\u200c\u200d\u0301\x1c\x85\u2028\ufe0f𐐀𐐨ǅ"
FLAGS = ["i", "m", "s", "x", "a", "im", "ai", "is", "sx", "u", "iu"]
CLASSES = ["[ab]", "[^a]", "[a-c1]", "[]a]", "[^]b]", "[a&&b]", "[[b]", "[--9]", "[a-]", "[-a]", "[\\w-]", "[^\\W\\d]", "[\\d_]",
           "[ #]", "[a#b]", "[\\]x]", "[\\101-\\103]", "[\\x41-\\x5a]", "[\\b]", "[^\\s]", "[a~~b]", "[a||b]", "[i-k]", "[^k-s]",
           "[É-ï]", "[𐐀-𐐂]", "[𐐀x]", "[\\N{DIGIT ONE}-3]", "[\\S\\n]", "[\\W]", "[é²]"]
ESCAPES = ["\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\.", "\\-", "\\ ", "\\#", "\\x61", "\\u00e9", "\\U0001f600", "\\141", "\\07", "\\0",
           "\\n", "\\t", "\\\\", "\\N{LATIN SMALL LETTER A}", "\\/", "\\é"]
PLACES = ["^", "$", "\\A", "\\Z", "\\b", "\\B"]
QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "{0}", "{0,1}", "{2,3}"]


class Patterns:
    """Random patterns. `regular` ones have nothing that needs backtracking."""

    def __init__(self, rng, regular):
        self.rng = rng
        self.regular = regular
        self.groups = 0
        self.names = []

    def literal(self):
        return self.rng.choice("aaabbc1 -" + self.rng.choice(ODD)) if self.rng.random() < 0.9 else self.rng.choice(["#", "{", "}", "]", "&", "~"])

    def atom(self, depth):
        rng = self.rng
        kind = rng.randrange(26 if depth else 14)
        if kind < 7:
            return self.literal()
        if kind < 9:
            return rng.choice(ESCAPES)
        if kind < 11:
            return rng.choice(CLASSES)
        if kind == 11:
            return "."
        if kind == 12:
            return rng.choice(PLACES)
        if kind == 13:
            if self.regular or not self.groups:
                return "a"
            if self.names and rng.random() < 0.3:
                return "(?P=%s)" % rng.choice(self.names)
            return "\\%d" % rng.randrange(1, self.groups + 1)
        if kind < 18:
            return "(" + self.captured(depth) + ")"
        if kind == 18:
            name = "n%d" % len(self.names)
            body = "(?P<%s>%s)" % (name, self.captured(depth))
            self.names.append(name)
            return body
        if kind == 19:
            return "(?:" + self.pattern(depth - 1) + ")"
        if kind == 20:
            off = rng.choice(["", "", "-i", "-s", "-m", "-x"])
            on = rng.choice(FLAGS)
            return "(?%s%s:%s)" % (on, "" if off[1:] and off[1:] in on else off, self.pattern(depth - 1))
        if kind == 21:
            return "(?#comment)" + self.literal()
        if self.regular:
            return self.literal()
        if kind == 22:
            return "(?>" + self.pattern(depth - 1) + ")"
        if kind == 23 and self.groups:
            no = "|" + self.sequence(depth - 1) if rng.random() < 0.5 else ""
            return "(?(%d)%s%s)" % (rng.randrange(1, self.groups + 1), self.sequence(depth - 1), no)
        return "(%s%s)" % (rng.choice(["?=", "?!", "?<=", "?<!"]), self.pattern(depth - 1))

    def captured(self, depth):
        body = self.pattern(depth - 1)
        self.groups += 1
        return body

    def sequence(self, depth):
        parts = []
        for _ in range(self.rng.randrange(1, 4)):
            part = self.atom(depth)
            if self.rng.random() < 0.35:
                part += self.rng.choice(QUANTIFIERS) + self.rng.choice(["", "", "", "?", "" if self.regular else "+"])
            parts.append(part)
        return "".join(parts)

    def pattern(self, depth):
        return "|".join(self.sequence(depth) for _ in range(1 if self.rng.random() < 0.7 else 2 + (self.rng.random() < 0.2)))

    def make(self):
        flags = "(?%s)" % self.rng.choice(FLAGS) if self.rng.random() < 0.25 else ""
        text = flags + self.pattern(2)
        if self.rng.random() < 0.08:
            # A slip of the pen: most such patterns are refused.
            at = self.rng.randrange(len(text) + 1)
            text = text[:at] + self.rng.choice(["", "*", "+", "(", ")", "[", "?", "\\", "{1}", "(?", "|", "\n"]) + text[at + self.rng.randrange(2) :]
        return text


def answers(pattern, text, replacement, count):
    """What `re` answers, one function after the other, or its message."""
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        return str(error)
    first = compiled.search(text)
    try:
        replaced = compiled.sub(replacement, text, count)
    except (re.error, IndexError):
        replaced = None
    return [
        first is not None,
        compiled.fullmatch(text) is not None,
        first and first.group(),
        first and list(first.groups("")),
        [[m.group()] + list(m.groups("")) for m in compiled.finditer(text)],
        [x or "" for x in compiled.split(text)],
        replaced,
    ]


def cases(rng, n):
    replacements = ["", "-", "<\\g<0>>", "\\1", "\\g<1>", "[\\g<n0>]", "\\\\", "$1"]
    found = []
    while len(found) < n:
        pattern = Patterns(rng, rng.random() < 0.5).make()
        letters = rng.choice(["aab", "abc1 -", "ab\n", "a1 " + "".join(rng.choice(ODD) for _ in range(3)), ODD, "{}&[]# -a~", "ab"])
        text = "".join(rng.choice(letters) for _ in range(rng.randrange(10)))
        args = [pattern, text, rng.choice(replacements), rng.choice([0, 0, 1, 2])]
        found.append(["all", args, {"ok": answers(*args)}])
    return found


def main():
    import json

    n, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    to = os.path.join(root, "target", "regex_campaign")
    os.makedirs(to, exist_ok=True)
    with open(os.path.join(to, "patterns.json"), "w") as file:
        json.dump(cases(random.Random(seed), n), file)
    test = ["cargo", "test", "--lib", "patterns_are_pythons", "--", "--nocapture"]
    sys.exit(subprocess.run(test, cwd=root, env={**os.environ, "RECORDED": to}).returncode)


if __name__ == "__main__":
    main()
