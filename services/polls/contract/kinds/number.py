"""`number`: a number between `min` and `max`, both whole and required, with at most `decimals` (0) decimals. Answer: a JSON number,
or a decimal text such as `"12.5"`. Recorded as an integer, or with decimals as a text with just that many.

Exact: a number is an integer of the smallest unit (`scaled`), never a float. The sum is counted above `min` and in two parts,
so that every counter stays within 53 bits.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from services.polls.contract.kinds import PLAIN, Counters, Problem, Question, share

NAME = "number"
WIDGET = "number"
COUNTED = True
RECORDED = PLAIN
FIELDS = frozenset(("decimals",))
WIDEST = 10**12
"""Of the range, in the smallest unit."""
MILLION = 10**6
MOST_SINGLE, MOST_BINS = 50, 20
_DECIMAL = re.compile(r"-?\d{1,16}(\.\d{1,20})?", re.ASCII)


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest value."""
    return question.get("min") or 0, question.get("max") or 0


def decimals(question: Question) -> int:
    given: int | None = question.get("decimals")
    return given or 0


def scale(question: Question) -> int:
    """How many of the smallest unit are 1."""
    return int(10 ** decimals(question))


def check_definition(question: Question) -> list[Problem]:
    missing = [Problem(f"/{name}", "required") for name in ("min", "max") if question.get(name) is None]
    if missing:
        return missing
    least, most = limits(question)
    if least >= most:
        return [Problem("/max", "range_impossible", {"least": least, "most": most})]
    if (most - least) * scale(question) > WIDEST:
        return [Problem("/max", "range_too_wide", {"most": WIDEST // scale(question)})]
    return [Problem("/options", "options_not_used")] if question["options"] else []


def scaled(question: Question, answer: Any) -> int | None:
    """The number in its smallest unit, or nothing for what is none or has too many decimals."""
    value = _value(answer)
    exact = None if value is None else value * scale(question)
    return int(exact) if exact is not None and exact.denominator == 1 else None


def _value(answer: Any) -> Fraction | None:
    """The exact number. A float is the decimal that was sent, which is the shortest that reads back as it."""
    if type(answer) is int:
        return Fraction(answer)
    text = answer
    if type(answer) is float:
        text = format(Decimal(repr(answer)), "f")
    return Fraction(text) if isinstance(text, str) and _DECIMAL.fullmatch(text) else None


def check_answer(question: Question, answer: Any) -> list[Problem]:
    value = _value(answer)
    if value is None:
        return [Problem("", "not_a_number")]
    least, most = limits(question)
    if not least <= value <= most:
        return [Problem("", "number_outside", {"least": least, "most": most})]
    if (value * scale(question)).denominator != 1:
        code = "too_many_decimals" if decimals(question) else "not_a_whole_number"
        return [Problem("", code, {"decimals": decimals(question)})]
    return []


def canonical(question: Question, answer: Any) -> int | str:
    value = scaled(question, answer)
    assert value is not None
    return written(value, decimals(question)) if decimals(question) else value


def written(value: int, places: int) -> str:
    """An integer of the smallest unit as a decimal text: `written(-5, 1)` is `"-0.5"`."""
    whole, rest = divmod(abs(value), 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}" if places else f"{sign}{whole}"


def bins(question: Question) -> list[range]:
    """The bins of the distribution, of numbers in the smallest unit: one for each where there are at most 50, else at most 20,
    from `min` on, as wide as the least of 1, 2, 5, 10, 20, 50 … with which that is enough.
    """
    least, most = (each * scale(question) for each in limits(question))
    values, width = most - least + 1, _width(most - least + 1)
    return [range(least + at, min(least + at + width, most + 1)) for at in range(0, values, width)]


def _width(values: int) -> int:
    if values <= MOST_SINGLE:
        return 1
    power = 1
    while True:
        for digit in (1, 2, 5):
            if values <= MOST_BINS * digit * power:
                return digit * power
        power *= 10


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    """The bin that the number is in, named by its least number, and the two parts of the sum above `min`: `sum` is the rest
    after `sum_millions` whole millions of the smallest unit.
    """
    value = scaled(question, answer)
    assert value is not None
    least, most = (each * scale(question) for each in limits(question))
    width = _width(most - least + 1)
    millions, rest = divmod(value - least, MILLION)
    yield written(value - (value - least) % width, decimals(question)), 1
    if rest:
        yield "sum", rest
    if millions:
        yield "sum_millions", millions


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`bins`: the distribution, shares of those who answered. `mean`: exact, rounded half up, two decimals more than the answers
    have; left out when nobody answered.
    """
    places = decimals(question)
    found = []
    for each in bins(question):
        n = counters.get(written(each[0], places), 0)
        ends = {"from": written(each[0], places), "to": written(each[-1], places)}
        found.append({**ends, "count": n, "share": share(n, answered)})
    summary = {"options": [], "bins": found}
    return {**summary, "mean": _mean(question, counters, answered)} if answered else summary


def _mean(question: Question, counters: Counters, answered: int) -> str:
    above = counters.get("sum", 0) + MILLION * counters.get("sum_millions", 0)
    mean = Fraction(above, answered) + limits(question)[0] * scale(question)
    return written(floor(mean * 100 + Fraction(1, 2)), decimals(question) + 2)
