"""Polls with made-up voters of made-up groups, counted as ballots counts them."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.polls.contract import ballot_rules
from services.polls.contract.breakdown import cells_of
from services.tally.breakdown.cohorts import Cohorts
from services.tally.usecases.breakdowns import gather

BY = ["gender", "age"]
DISTRICTS = ["jongno", "mapo", "gangnam", "unknown"]
GENDERS = ["female", "male", "unknown"]
AGES = ["20", "30", "40", "50", "60", "unknown"]

Voter = tuple[Mapping[str, str], str, Mapping[str, Any]]
"""Cell, hour, and answers."""


def options(*names: str) -> list[dict[str, Any]]:
    return [{"id": name, "label": name} for name in names]


def question(name: str, kind: str, required: bool = True, **more: Any) -> dict[str, Any]:
    made = {"id": name, "kind": kind, "title": name, "required": required, "options": []}
    return {**made, **more}


ONE = question("one", "choice", options=options("a", "b", "c", "d", "e"))
SOME = question("some", "choice", options=options("a", "b", "c", "d", "e", "f"), min=1, max=3)
MOTION = question("motion", "yes_no", required=False)
WHY = question(
    "why", "choice", options=options("a", "b", "c"), show_if={"question": "motion", "any_of": ["no"]}
)
SCALE = question("scale", "score", options=options("a", "b"), min=1, max=4)
POINTS = question("points", "cumulative", options=options("a", "b", "c", "d"), min=3, max=3)
QUESTIONS = [ONE, SOME, MOTION, WHY, SCALE, POINTS]


def answers(rng: random.Random, taste: float) -> dict[str, Any]:
    """A ballot of somebody with this taste, from 0 to 1: the higher, the rarer what is chosen."""

    def pick(names: str) -> str:
        return names[min(int(rng.expovariate(1) * (0.3 + 2 * taste)), len(names) - 1)]

    given = Counter(pick("abcd") for _ in range(3))
    made: dict[str, Any] = {
        "one": [pick("abcde")],
        "some": sorted({pick("abcdef") for _ in range(3)}),
        "scale": {"a": rng.choice((1, 1, 2, 4)), "b": rng.choice((1, 2, 3, 4))},
        "points": dict(sorted(given.items())),
    }
    if rng.random() < 0.8:
        made["motion"] = rng.choice(("yes", "yes", "no", "abstain"))
    if made.get("motion") == "no":
        made["why"] = [pick("abc")]
    return made


def voters(seed: int, most: int) -> list[Voter]:
    """Up to so many of some genders and ages, few in many cells."""
    rng = random.Random(seed)
    made = []
    for gender in rng.sample(GENDERS, rng.randint(1, len(GENDERS))):
        for age in rng.sample(AGES, rng.randint(1, len(AGES))):
            taste = rng.random()
            cell = {"gender": gender, "age": age, "district": rng.choice(DISTRICTS)}
            for _ in range(int(rng.random() ** 2 * most)):
                hour = f"2026-11-22T{min(int(rng.expovariate(1)), 9):02d}:00:00Z"
                made.append((cell, hour, answers(rng, taste)))
    return made


def tag(cell: Mapping[str, str]) -> str:
    return "/".join(cell.values())


def counted(
    people: Iterable[Voter], questions: Sequence[Mapping[str, Any]], by: Sequence[str] = BY
) -> Cohorts:
    """What ballots and polls would tell of these voters."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for whole, hour, given in people:
        cell = {dimension: whole[dimension] for dimension in by}
        sums[tag(cell), "", ""] += 1
        sums[tag(cell), "", hour] += 1
        for name, counter, n in ballot_rules.count_ballot(questions, given):
            sums[tag(cell), name, counter] += n
    counters = [
        {"cohort": cohort, "question": name, "name": counter, "n": n}
        for (cohort, name, counter), n in sums.items()
    ]
    cohorts, strangers = gather(list(by), {tag(cell): cell for cell in cells_of(by)}, counters)
    assert strangers == 0
    return cohorts
