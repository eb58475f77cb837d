"""`cumulative`: between `min` and `max` points in all (1 and 10 unless given), at most `most_each` (`max`) for one option; options
without points are left out. An exclusive option gets one point, and no other any. Group limits are on the options that get points.
"""

from fractions import Fraction
from typing import Any

from auditor.kinds import Counters, Question, limits, option_ids, percent, two_decimals
from auditor.picks import may_be_picked, together

NAME = "cumulative"


def is_valid(question: Question, answer: Any) -> bool:
    names = option_ids(question)
    if not isinstance(answer, dict) or not answer.keys() <= {*names}:
        return False
    if not all(type(points) is int for points in answer.values()):
        return False
    if not may_be_picked(question, answer, 0, len(names)):
        return False
    if not answer.keys() <= {*together(question)}:
        return list(answer.values()) == [1]
    least, most = _total(question)
    each = question.get("most_each")
    cap = most if each is None else each
    return all(1 <= points <= cap for points in answer.values()) and least <= sum(answer.values()) <= most


def _total(question: Question) -> tuple[int, int]:
    return limits(question, 1, max(10, question.get("min") or 0))


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    for name, points in answer.items():
        counters[f"{name}={points}"] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`count`: the sum of an option's points; `share`: of all points given; `voters`: ballots that gave it any."""
    points, voters = dict.fromkeys(option_ids(question), 0), dict.fromkeys(option_ids(question), 0)
    for name, ballots in counters.items():
        option, _, each = name.rpartition("=")
        points[option] += int(each) * ballots
        voters[option] += ballots
    everything = sum(points.values())
    return {
        "options": [
            {
                "id": option,
                "count": total,
                "share": percent(total, everything),
                "voters": voters[option],
                "mean": two_decimals(Fraction(total, answered) if answered else Fraction(0)),
            }
            for option, total in points.items()
        ]
    }
