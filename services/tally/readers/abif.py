"""ABIF, the Aggregated Ballot Information Format (https://electowiki.org/wiki/ABIF): `.abif`.

`{key: value}` lines say what the file is, `=token:[Name]` lines name the candidates, and `27:A>B=C>D` is 27 ballots: `>` before what is
ranked lower, `=` or `,` between equals. A rating after a slash (`A/5`) orders candidates that commas separate. Lines beginning with
`#` are comments. The file is already as short as its different ballots, and is read as a whole: candidates may be named only by ballots.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.tally.readers import Election, Malformed, number_of_ballots

NAME = "abif"
SUFFIXES = (".abif",)
RULES = {
    "irv": "instant_runoff",
    "rcv": "instant_runoff",
    "instant-runoff": "instant_runoff",
    "fptp": "plurality",
    "plurality": "plurality",
    "borda": "borda",
    "schulze": "schulze",
    "condorcet": "schulze",
}
_META = re.compile(r"\{\s*\"?([A-Za-z0-9_ -]+?)\"?\s*:\s*\"?(.*?)\"?\s*\}")
_CANDIDATE = re.compile(r"=\s*(\[[^\]]*\]|\"[^\"]*\"|[^:\s]+)\s*:\s*(.*)")
_TOKEN = re.compile(r"\s*(\[[^\]]+\]|\"[^\"]+\"|[^\s\[\]\"/>=,]+)\s*(?:/\s*(\d{1,9}))?\s*(>|=|,|$)")


@dataclass
class Parsed:
    """What has been read. `meta` values with their lines."""

    meta: dict[str, tuple[int, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    ballots: list[tuple[int, list[list[str]], int]] = field(default_factory=list)


def read(lines: Iterable[str], _suffix: str = ".abif") -> Election:
    parsed = Parsed()
    for n, text in enumerate(lines, start=1):
        _line(n, text.strip(), parsed)
    options = _options(parsed)
    stated_line, stated = parsed.meta.get("tally_method", (1, ""))
    _, title = parsed.meta.get("title", (1, ""))
    rule = RULES.get(stated.lower()) if stated else "schulze"
    reading = ["candidates that a ballot does not rank are below those that it does, and equal to each other"]
    if not stated:
        reading.append("the head states no rule: Schulze's method unless another is asked for")
    return Election(
        format=NAME,
        title=title,
        question={
            "id": "q1",
            "kind": "ranking",
            "title": title,
            "required": False,
            "options": [{"id": token, "label": name} for token, name in options.items()],
        },
        counting={"rule": rule} if rule else {},
        stated=stated or None,
        ballots=((_answer(levels), count) for _, levels, count in parsed.ballots),
        reading=reading,
        stated_line=stated_line,
    )


def _answer(levels: list[list[str]]) -> list[Any]:
    return [level[0] if len(level) == 1 else level for level in levels]


def _line(n: int, line: str, parsed: Parsed) -> None:
    if not line or line.startswith("#"):
        return
    if line.startswith("{"):
        match = _META.fullmatch(line)
        if match is None:
            raise Malformed(n, "not a {key: value} line")
        parsed.meta[match[1].strip().lower()] = (n, match[2])
    elif line.startswith("="):
        match = _CANDIDATE.fullmatch(line)
        if match is None:
            raise Malformed(n, "not a =candidate:[name] line")
        parsed.names[_bare(match[1])] = _bare(match[2]) or _bare(match[1])
    else:
        parsed.ballots.append(_ballot(n, line))


def _bare(token: str) -> str:
    token = token.strip()
    return token[1:-1].strip() if token[:1] in ("[", '"') and len(token) > 1 else token


def _ballot(n: int, line: str) -> tuple[int, list[list[str]], int]:
    count, colon, text = line.partition(":")
    if not colon:
        raise Malformed(n, "expected a number of ballots and a colon")
    number = number_of_ballots(n, count)
    text = text.partition("#")[0].strip()
    levels = _levels(n, text)
    named = [token for level in levels for token in level]
    if len(set(named)) < len(named):
        raise Malformed(n, "a candidate is ranked twice")
    return n, levels, number


def _levels(n: int, text: str) -> list[list[str]]:
    """Levels from best to worst: by `>`, and among what commas separate by rating where all have one."""
    levels: list[list[tuple[str, int | None]]] = [[]]
    position, separator, commas = 0, "", False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Malformed(n, f"not a ranking: {text[position : position + 40]!r}")
        levels[-1].append((_bare(match[1]), int(match[2]) if match[2] else None))
        position, separator = match.end(), match[3]
        commas |= separator == ","
        if separator == ">":
            levels.append([])
    if separator:
        raise Malformed(n, f"the ranking ends with {separator!r}")
    if commas:
        return [part for level in levels for part in _by_rating(level)]
    return [[token for token, _ in level] for level in levels if level]


def _by_rating(level: list[tuple[str, int | None]]) -> list[list[str]]:
    ratings = {rating for _, rating in level if rating is not None}
    if not ratings or any(rating is None for _, rating in level):
        return [[token for token, _ in level]]
    return [[token for token, rating in level if rating == each] for each in sorted(ratings, reverse=True)]


def _options(parsed: Parsed) -> Mapping[str, str]:
    """Candidates as declared; where none are, those that ballots name, in order of appearance."""
    found = dict(parsed.names)
    for n, levels, _ in parsed.ballots:
        for token in (token for level in levels for token in level):
            if token not in found:
                if parsed.names:
                    raise Malformed(n, f"candidate {token!r} is not declared")
                found[token] = token
    return found
