"""Canonical JSON (RFC 8785, JSON Canonicalization Scheme) for the part of JSON that the record uses: strings, integers
within 53 bits, booleans, null, lists, and objects with ASCII names, which every way of sorting puts into the same order.
Numbers with a fraction or an exponent are refused.
"""

import json
from typing import Any

MOST = 2**53 - 1
"""The greatest integer that every reader of JSON takes for the same number (RFC 8785 section 3.2.2.3, RFC 7493)."""


class NotCanonical(ValueError):
    """Not JSON, or JSON that is not in its canonical form."""


def _integer(text: str) -> int:
    number = int(text) if len(text) <= 17 else MOST + 1
    if not -MOST <= number <= MOST:
        raise NotCanonical("an integer has more than 53 bits")
    return number


def _refuse(text: str) -> Any:
    raise NotCanonical(f"not an integer: {text[:40]}")


_READER = json.JSONDecoder(parse_int=_integer, parse_float=_refuse, parse_constant=_refuse)
_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def dumps(value: Any) -> bytes:
    """The canonical form. Raises NotCanonical for what has none here."""
    try:
        _check(value)
    except RecursionError:
        raise NotCanonical("nested too deeply") from None
    return _write(value)


def _write(value: Any) -> bytes:
    try:
        return _WRITER.encode(value).encode()
    except (RecursionError, UnicodeEncodeError):
        raise NotCanonical("nested too deeply, or a lone surrogate") from None


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -MOST <= value <= MOST:
            raise NotCanonical("an integer has more than 53 bits")
    elif kind is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                raise NotCanonical("canonical JSON here has ASCII names only")
            _check(item)
    elif kind is list or kind is tuple:
        for item in value:
            _check(item)
    else:
        raise NotCanonical(f"canonical JSON here has no {kind.__name__}")


def loads(data: bytes) -> Any:
    """The value of a canonical JSON text. Raises NotCanonical for whatever is not its canonical form to the byte, such as a
    repeated name, another order, white space, or an escape that is not needed.
    """
    value = read(data)
    # What was read has only the types that there are, and in a text of ASCII alone no name can have other letters.
    if (_write if data.isascii() else dumps)(value) != data:
        raise NotCanonical("JSON, but not in its canonical form")
    return value


def read(data: bytes) -> Any:
    """The value of any JSON text with integers only: for what need not be canonical. Raises NotCanonical."""
    try:
        return _READER.decode(data.decode())
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"not JSON: {type(error).__name__}") from None
