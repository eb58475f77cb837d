"""`cumulative`: share out between `min` and `max` points in all (1 and 10 unless given) among the options, at most `most_each`
(`max` unless given) to one. Answer: `{option: points}`. With `min` equal to `max` all points have to be given.

An exclusive option ("none of these") gets just one point, and no other option any.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.polls.contract import picking
from services.polls.contract.kinds import (
    MOST_COUNTERS,
    PLAIN,
    Counters,
    Problem,
    Question,
    mean,
    segment,
    share,
)
from services.polls.contract.limits import check_limits, possible_options

NAME = "cumulative"
WIDGET = "points"
COUNTED = True
RECORDED = PLAIN
FIELDS = frozenset(("most_each", "limits", "order", "exclusive"))
MOST_POINTS = 1_000


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest number of points to give in all."""
    least, most = question.get("min"), question.get("max")
    least = 1 if least is None else least
    return least, max(10, least) if most is None else most


def most_each(question: Question) -> int:
    """The most points that one option can get."""
    given = question.get("most_each")
    return limits(question)[1] if given is None else given


def check_definition(question: Question) -> list[Problem]:
    least, most = limits(question)
    if not 0 <= least <= most <= MOST_POINTS or most == 0:
        return [Problem("/max", "points_impossible", {"min": least, "max": most, "most": MOST_POINTS})]
    if not 1 <= most_each(question) <= most:
        return [Problem("/most_each", "most_each_impossible", {"max": most})]
    if len(question["options"]) * most_each(question) > MOST_COUNTERS:
        return [Problem("/most_each", "too_many_counters", {"most": MOST_COUNTERS})]
    return picking.check_options(question) or _check_reach(question)


def _check_reach(question: Question) -> list[Problem]:
    """Whether the limits leave options enough to give all points to, and points enough for the options that need some."""
    least, most = limits(question)
    problems = check_limits(question, 0, most)
    reachable = 0 if problems else possible_options(question) * most_each(question)
    if not problems and reachable < least:
        return [Problem("/min", "points_unreachable", {"min": least, "most": reachable})]
    return problems


def check_answer(question: Question, answer: Any) -> list[Problem]:
    if not isinstance(answer, Mapping):
        return [Problem("", "not_points")]
    options, cap = picking.by_id(question), most_each(question)
    problems = [Problem(f"/{segment(name)}", "unknown_option") for name in answer if name not in options]
    for name, option in options.items():
        points, most = answer.get(name, 0), 1 if option.get("exclusive") else cap
        if type(points) is not int or not 0 <= points <= most:
            problems.append(Problem(f"/{name}", "points_outside", {"max": most}))
    return problems or _check_sum(question, options, answer)


def _check_sum(question: Question, options: picking.Options, answer: Mapping[str, int]) -> list[Problem]:
    given = [name for name, points in answer.items() if points]
    problems = picking.check_picked(question, options, given, 0, len(options))
    if len(given) == 1 and options[given[0]].get("exclusive"):
        return problems
    least, most = limits(question)
    total = sum(answer.values())
    if total < least:
        problems.append(Problem("", "too_few_points", {"min": least, "given": total}))
    if total > most:
        problems.append(Problem("", "too_many_points", {"max": most, "given": total}))
    return problems


def canonical(question: Question, answer: Any) -> dict[str, int]:
    """In the order of the definition, options without points left out."""
    return {o["id"]: answer[o["id"]] for o in question["options"] if answer.get(o["id"])}


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    """One counter for each option and number of points."""
    return ((f"{option}={points}", 1) for option, points in answer.items())


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`count` is the sum of points, `share` that sum in percent of all points given, `voters` how many gave any, `mean` the
    points for each ballot that answered, with two decimals.
    """
    given = {o["id"]: _given(o["id"], counters, most_each(question)) for o in question["options"]}
    everything = sum(total for total, _ in given.values())
    return {
        "options": [
            {
                "id": name,
                "count": total,
                "share": share(total, everything),
                "voters": voters,
                "mean": mean(total, answered),
            }
            for name, (total, voters) in given.items()
        ]
    }


def _given(option: str, counters: Counters, most: int) -> tuple[int, int]:
    """The sum of the option's points, and how many ballots gave it any."""
    ballots = {points: counters.get(f"{option}={points}", 0) for points in range(1, most + 1)}
    return sum(points * n for points, n in ballots.items()), sum(ballots.values())
