"""Scores that are entered beside the ballots: exact numbers, each with one way to be written."""

import re
from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Any

MOST_DIGITS, MOST_PLACES = 15, 9
MOST_COMMON = 10**30
"""Of the common denominator of a source's scores. A result's figures have it as a factor, and are written out with all their digits."""
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_FRACTION = re.compile(r"[0-9]{1,15}/[0-9]{1,15}")


def exact(value: Any) -> str | None:
    """The number's one text: `"17"`, `"4.25"`, or `"35/3"` where no decimal of 9 places is equal; None for what is no such number.

    Takes a whole number, or text with a decimal or a fraction: not negative, up to 15 digits before the point or in either part of
    the fraction, up to 9 after the point. A float is refused: it is not what was meant (0.1).
    """
    if type(value) is int:
        return str(value) if 0 <= value < 10**MOST_DIGITS else None
    if not isinstance(value, str):
        return None
    if not _DECIMAL.fullmatch(value):
        whole = _FRACTION.fullmatch(value)
        if not whole or not int(value.partition("/")[2]):
            return None
    return _written(Fraction(value))


def commensurable(scores: Iterable[str]) -> bool:
    """Whether these exact texts have a common denominator up to 10 to the power of 30, as decimals have, and fractions of like parts."""
    common = 1
    for score in scores:
        common = lcm(common, Fraction(score).denominator)
        if common > MOST_COMMON:
            return False
    return True


def _written(number: Fraction) -> str:
    scaled = number * 10**MOST_PLACES
    if scaled.denominator != 1:
        return str(number)
    before, after = divmod(int(scaled), 10**MOST_PLACES)
    return f"{before}.{after:0{MOST_PLACES}}".rstrip("0").rstrip(".")
