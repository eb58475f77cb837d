"""PrefLib's ordinal data (https://preflib.org/format): `.soc`, `.soi`, `.toc`, `.toi`; strict or tied orders, complete or not.

A head of lines `# KEY: value`, then one line for each different order: how many ballots, a colon, the alternatives by number, best
first, tied ones in braces: `12: 3,{1,4},2`. The head states no rule: these files are counted by Schulze's method, which also tells
the Condorcet winner, unless another rule is asked for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from services.tally.readers import Ballots, Election, Malformed, number_of_ballots, whole_number

NAME = "preflib"
SUFFIXES = (".soc", ".soi", ".toc", ".toi")
_ITEM = re.compile(r"\s*(?:\{([^{}]*)\}|(\d+))\s*(,|$)")
_NAME = re.compile(r"ALTERNATIVE NAME (\d+)")

Line = tuple[int, str]


def read(lines: Iterable[str], suffix: str) -> Election:
    numbered = ((n, line.strip()) for n, line in enumerate(lines, start=1))
    head, first = _head(numbered)
    alternatives = _alternatives(head)
    return Election(
        format=NAME,
        title=head.get("TITLE", (1, ""))[1],
        question={
            "id": "q1",
            "kind": "ranking",
            "title": head.get("TITLE", (1, ""))[1],
            "required": False,
            "options": [{"id": number, "label": name} for number, name in alternatives.items()],
        },
        counting={"rule": "schulze"},
        stated=None,
        ballots=_ballots(first, numbered, head, set(alternatives), suffix),
        reading=[
            "the head states no rule: Schulze's method with winning votes unless another is asked for",
            "alternatives that a ballot does not rank are below those that it does, and equal to each other",
        ],
    )


def _head(lines: Iterator[Line]) -> tuple[dict[str, Line], Line | None]:
    """The head by key, each value with its line, and the first line of the data."""
    head: dict[str, Line] = {}
    for n, line in lines:
        if not line:
            continue
        if not line.startswith("#"):
            return head, (n, line)
        key, _, value = line[1:].partition(":")
        head[key.strip().upper()] = (n, value.strip())
    return head, None


def _alternatives(head: Mapping[str, Line]) -> dict[str, str]:
    if "NUMBER ALTERNATIVES" not in head:
        raise Malformed(1, "the head has no NUMBER ALTERNATIVES")
    line, text = head["NUMBER ALTERNATIVES"]
    told = whole_number(line, text, "NUMBER ALTERNATIVES")
    names = {match[1]: value for key, (_, value) in head.items() if (match := _NAME.fullmatch(key))}
    if len(names) != told or set(names) != {str(n) for n in range(1, told + 1)}:
        raise Malformed(
            line, f"NUMBER ALTERNATIVES is {told}, but the head does not name alternatives 1 to {told}"
        )
    return names


def _ballots(
    first: Line | None, lines: Iterator[Line], head: Mapping[str, Line], known: set[str], suffix: str
) -> Ballots:
    voters = orders = 0
    n = 1
    for n, line in chain([first] if first else [], lines):
        if line and not line.startswith("#"):
            answer, count = _order(n, line, known, suffix)
            voters, orders = voters + count, orders + 1
            yield answer, count
    for key, read_in in (("NUMBER VOTERS", voters), ("NUMBER UNIQUE ORDERS", orders)):
        if key in head:
            line_of, text = head[key]
            told = whole_number(line_of, text, key)
            if told != read_in:
                raise Malformed(n, f"the file ends after {read_in}, and line {line_of} says {key} {told}")


def _order(n: int, line: str, known: set[str], suffix: str) -> tuple[list[Any], int]:
    count, colon, text = line.partition(":")
    if not colon:
        raise Malformed(n, "expected a number of ballots and a colon")
    levels = [level for level in _levels(n, text.strip()) if level]
    named = [each for level in levels for each in level]
    if not known.issuperset(named):
        raise Malformed(n, f"alternative {next(iter(set(named) - known))!r} is not in the head")
    if len(set(named)) < len(named):
        raise Malformed(n, "an alternative is ranked twice")
    if suffix[1] == "s" and any(len(level) > 1 for level in levels):
        raise Malformed(n, f"a tie in a file of strict orders ({suffix})")
    if suffix[-1] == "c" and len(named) < len(known):
        raise Malformed(n, f"an incomplete order in a file of complete orders ({suffix})")
    answer = [level[0] if len(level) == 1 else level for level in levels]
    return answer, number_of_ballots(n, count)


def _levels(n: int, text: str) -> Iterator[list[str]]:
    position = 0
    while position < len(text):
        match = _ITEM.match(text, position)
        if match is None or (match.end() == len(text) and match[3] == ","):
            raise Malformed(n, f"not an order: {text[position : position + 40]!r}")
        position = match.end()
        inside = match[2] if match[1] is None else match[1]
        yield [each.strip() for each in inside.split(",") if each.strip()]
