"""Breakdowns: by what a poll's result may be split, and the opaque tags that stand for the groups of voters.

A *cell* is a group of voters: one value for each dimension that the poll breaks its result down by, `unknown` where a
voter has not told. A *cohort tag* stands for a cell of one poll and is all that ballots ever sees of it:
base64url(HMAC-SHA256(the poll's secret, "cohort" LF canonical JSON of the cell)), made by polls with the same secret
as pseudonyms. While the secret exists polls can say which tag stands for which cell; once it is destroyed nobody can.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from hmac import digest
from itertools import product
from math import prod
from typing import Any

from services.common.encodings import b64u, canonical_json
from services.identity.contract.profiles import AGES, DISTRICTS, GENDERS
from services.polls.contract.kinds import Problem, Question, cumulative, ranking, score, segment

CHANNELS = ("web", "api", "app", "onsite", "embed")
"""Ways by which a ballot comes."""
UNKNOWN = "unknown"
"""The value of voters who have not told theirs."""
DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "district": DISTRICTS,
    "age": AGES,
    "gender": GENDERS,
    "channel": CHANNELS,
}
"""The values that can be known in each dimension, in the order of tables."""
_FEW = 62
"""Answers of a question without options: the most bins that there are."""
LEAST, MOST_LEAST = 3, 1_000
"""Bounds of `least`, the fewest voters of whom a published figure may tell."""

MOST_COUNTERS = 5_000_000
"""Counters of all groups of voters together that a poll can have: tally holds them in memory for a moment."""
MOST_FIGURES = 200_000
"""Figures of all tables of a poll's result together: each small one of them is protected by itself."""

Breakdown = Mapping[str, Any]
Cell = Mapping[str, str]


def check_breakdown(breakdown: Breakdown | None, questions: Sequence[Question] = ()) -> list[Problem]:
    """What keeps a poll with this breakdown from being opened; pointers are the breakdown's. `questions`: well-formed ones."""
    if breakdown is None:
        return []
    by = breakdown["by"]
    problems = [
        Problem(f"/by/{n}", "unknown_dimension") for n, name in enumerate(by) if name not in DIMENSIONS
    ]
    if not by:
        problems.append(Problem("/by", "required"))
    problems += [Problem(f"/by/{n}", "repeated_dimension") for n, name in enumerate(by) if name in by[:n]]
    if not LEAST <= breakdown["least"] <= MOST_LEAST:
        problems.append(Problem("/least", "range", {"min": LEAST, "max": MOST_LEAST}))
    for name, people in (breakdown.get("margins") or {}).items():
        problems += _margin_problems(f"/margins/{segment(name)}", name, people, by)
    return problems or _size_problems(by, questions)


def _size_problems(by: Sequence[str], questions: Sequence[Question]) -> list[Problem]:
    sizes = [len(values_of(name)) for name in by]
    spread = sum(map(_spread, questions))
    fits = spread * prod(sizes) <= MOST_COUNTERS and spread * sum(sizes) <= MOST_FIGURES
    return [] if fits else [Problem("/by", "breakdown_too_large")]


def _spread(question: Question) -> int:
    """How many different things, at most, are counted of one question."""
    options = len(question["options"]) or _FEW
    match question["kind"]:
        case score.NAME:
            lowest, highest = score.limits(question)
            return options * (highest - lowest + 1)
        case cumulative.NAME:
            return options * cumulative.most_each(question)
        case ranking.NAME:
            return options * ranking.limits(question)[1]
        case _:
            return options


def _margin_problems(here: str, name: str, people: Mapping[str, int], by: Sequence[str]) -> list[Problem]:
    if name not in DIMENSIONS or name not in by:
        return [Problem(here, "not_broken_down_by")]
    problems = [] if people else [Problem(here, "required")]
    for value, number in people.items():
        if value not in DIMENSIONS[name]:
            problems.append(Problem(f"{here}/{segment(value)}", "unknown_value"))
        elif number < 1:
            problems.append(Problem(f"{here}/{segment(value)}", "not_positive"))
    return problems


def values_of(dimension: str) -> tuple[str, ...]:
    """Every value that a cell can have there; of every ballot the channel is known."""
    known = DIMENSIONS[dimension]
    return known if dimension == "channel" else (*known, UNKNOWN)


def cell_of(by: Sequence[str], profile: Mapping[str, Any], channel: str) -> dict[str, str]:
    """The cell of a voter with this profile whose ballot comes by this channel."""
    told = {**profile, "channel": channel}
    return {name: told[name] if told.get(name) in DIMENSIONS[name] else UNKNOWN for name in by}


def cells_of(by: Sequence[str]) -> Iterator[dict[str, str]]:
    """Every cell that there can be."""
    return (dict(zip(by, values, strict=True)) for values in product(*(values_of(name) for name in by)))


def cohort_tag(secret: bytes, cell: Cell) -> str:
    """What stands for the cell in the poll with this secret: 43 characters."""
    return b64u(digest(secret, b"cohort\n" + canonical_json(dict(cell)), sha256))
