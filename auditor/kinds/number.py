"""`number`: between `min` and `max`, with just `decimals` (0) decimals: an integer, or with decimals a text.

The result's bins hold one number each where there are at most 50; else they are as wide as the least of 1, 2, 5, 10, 20, 50 … units of
the last decimal with which there are at most 20, from `min` on.
"""

import re
from fractions import Fraction
from itertools import count as endless
from math import floor
from typing import Any

from auditor.kinds import Counters, Question, percent

NAME = "number"


def is_valid(question: Question, answer: Any) -> bool:
    places = question.get("decimals") or 0
    if places and not (isinstance(answer, str) and re.fullmatch(r"-?[0-9]{1,30}\.[0-9]{1,6}", answer)):
        return False
    if not places and type(answer) is not int:
        return False
    value = Fraction(answer)
    in_form = not places or _text(int(value * 10**places), places) == answer
    return in_form and bool(question["min"] <= value <= question["max"])


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    units = int(Fraction(answer) * 10 ** (question.get("decimals") or 0))
    lowest, _, width = _scale(question)
    counters[f"bin {(units - lowest) // width}"] += ballots
    counters["sum"] += units * ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`bins`, and the `mean` with two decimals more, half up, where there is one."""
    places = question.get("decimals") or 0
    lowest, highest, width = _scale(question)
    bins = []
    for n, start in enumerate(range(lowest, highest + 1, width)):
        end = min(start + width - 1, highest)
        ballots = counters[f"bin {n}"]
        ends = {"from": _text(start, places), "to": _text(end, places)}
        bins.append({**ends, "count": ballots, "share": percent(ballots, answered)})
    if not answered:
        return {"options": [], "bins": bins}
    mean = floor(Fraction(100 * counters["sum"], answered) + Fraction(1, 2))
    return {"options": [], "bins": bins, "mean": _text(mean, places + 2)}


def _scale(question: Question) -> tuple[int, int, int]:
    """Least and greatest number and the bins' width, in units of the last decimal."""
    unit = 10 ** (question.get("decimals") or 0)
    lowest, highest = question["min"] * unit, question["max"] * unit
    numbers = highest - lowest + 1
    if numbers <= 50:
        return lowest, highest, 1
    widths = (step * 10**power for power in endless() for step in (1, 2, 5))
    return lowest, highest, next(width for width in widths if 20 * width >= numbers)


def _text(units: int, places: int) -> str:
    if not places:
        return str(units)
    digits = str(abs(units)).rjust(places + 1, "0")
    return f"{'-' if units < 0 else ''}{digits[:-places]}.{digits[-places:]}"
