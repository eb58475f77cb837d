"""Amounts of money as people write them in tables."""

import re
from decimal import Decimal, InvalidOperation

MOST = 10**15
UNITS = {"원": 1, "won": 1, "krw": 1, "천원": 1_000, "만원": 10_000, "백만원": 1_000_000, "억원": 100_000_000}
_MARKS = re.compile(r"[\s,_₩￦]|원$|krw$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")


def unit_of(written: str) -> int:
    """How many won a unit is: `천원` 1,000; 1 for anything that is no unit of money."""
    plain = written.casefold().removeprefix("단위:").strip()
    return UNITS.get(plain, 1)


def whole_amount(written: str, unit: int) -> int | None:
    """The amount in won: `1,200` or `1200.0` or `₩1200`; nothing for what is no amount, not whole, or too large."""
    plain = _MARKS.sub("", written)
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        return None
    try:
        amount = Decimal(plain) * unit
    except InvalidOperation:
        return None
    return int(amount) if amount == int(amount) and amount <= MOST else None
