"""`score`: an integer between `min` and `max` (1 and 5 unless given) for every option."""

from fractions import Fraction
from typing import Any

from auditor.kinds import Counters, Question, limits, option_ids, percent, two_decimals

NAME = "score"


def is_valid(question: Question, answer: Any) -> bool:
    if not isinstance(answer, dict) or sorted(answer) != sorted(option_ids(question)):
        return False
    lowest, highest = limits(question, 1, 5)
    return all(type(points) is int and lowest <= points <= highest for points in answer.values())


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    for name, points in answer.items():
        counters[f"{name}={points}"] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """An option's `count` is the sum of its points, its `share` that sum of the most that was possible."""
    lowest, highest = limits(question, 1, 5)
    options = []
    for name in option_ids(question):
        points = {n: counters[f"{name}={n}"] for n in range(lowest, highest + 1)}
        total = sum(n * ballots for n, ballots in points.items())
        options.append(
            {
                "id": name,
                "count": total,
                "share": percent(total, answered * highest),
                "mean": two_decimals(Fraction(total, answered) if answered else Fraction(0)),
                "distribution": list(points.values()),
            }
        )
    return {"lowest": lowest, "highest": highest, "options": options}
