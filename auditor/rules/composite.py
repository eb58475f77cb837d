"""`composite`: the weighted sum of several sources, each brought to one scale: this question's own ballots (`ballots`), and scores that the
result says were entered. What the result says is taken as it is; `auditor/recount/sources.py` holds it against what was committed to.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from auditor.deciding import Case, Decided, NotDecided, Scores, elect, share
from auditor.rules.greedy import support_of

NAME = "composite"
BALLOTS = "ballots"


def decide(case: Case) -> Decided:
    method = case.parameters(sources=[], normalise="sum", winners=1, budget=None, points=None)
    total = dict.fromkeys(case.options, Fraction(0))
    wanted = dict.fromkeys(case.options, 0)
    for source in method["sources"]:
        given = _given(case, source["name"], method)
        scale = _scaled(given, method["normalise"])
        for option in case.options:
            total[option] += share(source["weight"]) * scale[option]
            wanted[option] += given[option] > 0
    if method["budget"] is None:
        return elect(case, total, dict.fromkeys(case.options, 0), method, wanted)
    return Decided(_funded(case, {o: total[o] for o in case.options if wanted[o]}, method), total)


def _given(case: Case, name: str, method: Mapping[str, Any]) -> dict[str, Fraction]:
    """What one source gives to each option. Raises NotDecided for a source that the result does not tell."""
    if name != BALLOTS and name not in case.sources:
        raise NotDecided(f"source {name}")
    given: Mapping[str, Any] = support_of(case, method["points"]) if name == BALLOTS else case.sources[name]
    return {option: Fraction(given[option]) for option in case.options}


def _scaled(given: Mapping[str, Fraction], how: str) -> dict[str, Fraction]:
    """The part of all that is given, the relation to the best, or the part of the others that are beaten, equal ones being half beaten."""
    if how == "rank":
        others = len(given) - 1
        if not others:
            return dict.fromkeys(given, Fraction(1))
        return {
            option: sum((_beats(score, given[other]) for other in given if other != option), Fraction(0))
            / others
            for option, score in given.items()
        }
    if how not in ("sum", "max"):
        raise NotDecided(f"normalise {how}")
    whole = sum(given.values()) if how == "sum" else max(given.values())
    return {option: score / whole if whole else Fraction(0) for option, score in given.items()}


def _beats(score: Fraction, other: Fraction) -> Fraction:
    return Fraction(1, 2) if score == other else Fraction(int(score > other))


def _funded(case: Case, scores: Scores, method: Mapping[str, Any]) -> list[str]:
    """Projects by their score, as long as each fits into what is left."""
    costs = {option["id"]: option["cost"] for option in case.question["options"]}
    left, funded = method["budget"], []
    for score in sorted(set(scores.values()), reverse=True):
        for option in case.in_order((one for one in scores if scores[one] == score), method["ties"]):
            if costs[option] <= left:
                left -= costs[option]
                funded.append(option)
    return funded
