"""Group limits: how many options of a group (place, district) or category (field) may be picked.

A limit is an object of `limits` in a question: `by` the field of the options that it looks at, `values` of it (all that the options
have, unless given), `min` and `max` options with these values together, or with `each` with every value by itself, and at most
`distinct` different values. "7 city-wide, and 3 in one district" is

    [{"by": "group", "values": ["서울시 전체"], "max": 7}, {"by": "group", "values": [the districts], "max": 3, "distinct": 1}]

and "at most one per field" `[{"by": "category", "each": true, "max": 1}]`. An option without the field is not limited by it; an
exclusive option ("none of these") is limited by nothing, and who picks it need not meet a `min`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.polls.contract.kinds import Problem, Question

Limit = Mapping[str, Any]
Option = Mapping[str, Any]
TOLD = 5
"""Values that a problem names; more stand as an ellipsis."""


def broken(question: Question, picked: Sequence[Option]) -> list[Problem]:
    """The limits that picking these options breaks. The problems are about the whole answer."""
    return [p for limit in question["limits"] for p in _broken(limit, values_of(question, limit), picked)]


def values_of(question: Question, limit: Limit) -> list[str]:
    """The values that the limit is about."""
    if limit.get("values"):
        return list(limit["values"])
    found = (option.get(limit["by"]) for option in question["options"] if not option.get("exclusive"))
    return list(dict.fromkeys(value for value in found if value is not None))


def _broken(limit: Limit, values: list[str], picked: Sequence[Option]) -> Iterable[Problem]:
    known = set(values)
    taken = Counter(o[limit["by"]] for o in picked if o.get(limit["by"]) in known)
    parts = [([value], taken[value]) for value in values] if limit.get("each") else [(values, taken.total())]
    for names, given in parts:
        if given < limit.get("min", 0):
            yield Problem("", "limit_missed", {"values": _named(names), "min": limit["min"], "given": given})
        if given > limit.get("max", given):
            over = [name for name in names if taken[name]]
            yield Problem("", "limit_exceeded", {"values": _named(over), "max": limit["max"], "given": given})
    if len(taken) > limit.get("distinct", len(taken)):
        figures = {"values": _named(list(taken)), "max": limit["distinct"], "given": len(taken)}
        yield Problem("", "limit_distinct", figures)


def _named(values: list[str]) -> list[str]:
    return values if len(values) <= TOLD else [*values[:TOLD], "…"]


def check_limits(question: Question, least: int, most: int) -> list[Problem]:
    """What is wrong with a question's limits, where between `least` and `most` options are to be picked in all. What is
    refused is impossible; several limits that each can be met, and only together cannot, may pass.
    """
    limits = question.get("limits") or []
    problems = [
        Problem(f"/limits/{n}{p.pointer}", p.code, p.params)
        for n, limit in enumerate(limits)
        for p in _check_limit(question, limit)
    ]
    return problems or (_check_together(question, least, most) if limits else [])


def _check_limit(question: Question, limit: Limit) -> list[Problem]:
    sizes = _sizes(question, limit)
    given = limit.get("values") or []
    if len(set(given)) < len(given):
        return [Problem("/values", "repeated_value")]
    if not sizes or not all(sizes.values()):
        unknown = [
            Problem(f"/values/{n}", "limit_value_unknown") for n, v in enumerate(given) if not sizes[v]
        ]
        return unknown or [Problem("/by", "limit_value_unknown")]
    if not limit.keys() & {"min", "max", "distinct"}:
        return [Problem("", "limit_empty")]
    return _check_bounds(limit, sizes)


def _sizes(question: Question, limit: Limit) -> dict[str, int]:
    """How many options there are of each value."""
    options = [option for option in question["options"] if not option.get("exclusive")]
    sizes = Counter(option.get(limit["by"]) for option in options)
    return {value: sizes[value] for value in values_of(question, limit)}


def _check_bounds(limit: Limit, sizes: Mapping[str, int]) -> list[Problem]:
    least = limit.get("min", 0)
    if limit.get("each"):
        most = min(limit.get("max", least), *sizes.values()) if least else limit.get("max", 1)
        least = max(least, 1)
    else:
        most, least = _most(limit, sizes), max(least, 1)
    if least > most:
        return [Problem("", "limit_impossible", {"least": least, "most": most})]
    if limit.get("each") and limit.get("min") and limit.get("distinct", len(sizes)) < len(sizes):
        return [Problem("/distinct", "limit_impossible", {"least": len(sizes), "most": limit["distinct"]})]
    return []


def _most(limit: Limit, sizes: Mapping[str, int]) -> int:
    """The most options that this limit leaves to be picked of those that it is about."""
    cap = limit.get("max", sum(sizes.values()))
    each = [min(cap, size) for size in sizes.values()] if limit.get("each") else list(sizes.values())
    widest = sum(sorted(each, reverse=True)[: limit.get("distinct", len(each))])
    return widest if limit.get("each") else min(cap, widest)


def _check_together(question: Question, least: int, most: int) -> list[Problem]:
    needed = needed_options(question)
    if needed > most:
        return [Problem("/max", "limit_impossible", {"least": needed, "most": most})]
    possible = possible_options(question)
    if possible < least:
        return [Problem("/min", "limit_impossible", {"least": least, "most": possible})]
    return []


def needed_options(question: Question) -> int:
    """At least so many options have to be picked to meet every `min`."""
    return max(sum(_needed(question, each) for each in apart) for apart in _apart(question))


def _needed(question: Question, limit: Limit) -> int:
    least: int = limit.get("min", 0)
    return least * len(values_of(question, limit)) if limit.get("each") else least


def possible_options(question: Question) -> int:
    """No more options than this can be picked within the limits."""
    everything = sum(not option.get("exclusive") for option in question["options"])
    return min(everything - sum(_kept_out(question, each) for each in apart) for apart in _apart(question))


def _kept_out(question: Question, limit: Limit) -> int:
    sizes = _sizes(question, limit)
    return sum(sizes.values()) - _most(limit, sizes)


def _apart(question: Question) -> list[list[Limit]]:
    """Limits that share no option, whose figures therefore add up; each limit is in one of the lists at least."""
    found: list[list[Limit]] = [[]]
    for by in ("group", "category"):
        own = [limit for limit in question.get("limits") or [] if limit["by"] == by]
        found += [_disjoint(question, [first, *own]) for first in own]
    return found


def _disjoint(question: Question, limits: Iterable[Limit]) -> list[Limit]:
    chosen: list[Limit] = []
    seen: set[str] = set()
    for limit in limits:
        values = set(values_of(question, limit))
        if not values & seen:
            chosen.append(limit)
            seen |= values
    return chosen
