"""Which options may be picked together: so many of them, an exclusive one ("none of these") alone, and the group limits.

A group limit of a question's `limits` looks at one field of the options (`by`: `group` or `category`) and at some of its `values`, or at
all that the options have. It holds between `min` and `max` picked options with these values, taken together or, with `each`, for every
value by itself, and allows at most `distinct` different values. An exclusive option is under no limit.
"""

from collections.abc import Collection, Mapping
from typing import Any

from auditor.kinds import Question

Limit = Mapping[str, Any]
Option = Mapping[str, Any]


def together(question: Question) -> list[str]:
    """The options that are not exclusive."""
    return [option["id"] for option in question["options"] if not option.get("exclusive")]


def may_be_picked(question: Question, names: Collection[str], least: int, most: int) -> bool:
    """Whether just these options, each of them the question's, are between `least` and `most` and within the limits."""
    picked = [option for option in question["options"] if option["id"] in names]
    if any(option.get("exclusive") for option in picked):
        return len(picked) == 1
    limits = question.get("limits") or []
    return least <= len(picked) <= most and all(_holds(question, limit, picked) for limit in limits)


def _holds(question: Question, limit: Limit, picked: list[Option]) -> bool:
    taken = [option.get(limit["by"]) for option in picked]
    about = limit.get("values") or _values(question, limit["by"])
    number = {value: taken.count(value) for value in about}
    if sum(n > 0 for n in number.values()) > limit.get("distinct", len(number)):
        return False
    held = number.values() if limit.get("each") else [sum(number.values())]
    return all(limit.get("min", 0) <= n <= limit.get("max", n) for n in held)


def _values(question: Question, by: str) -> set[str]:
    return {option[by] for option in question["options"] if by in option and not option.get("exclusive")}
