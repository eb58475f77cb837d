"""Encodings that signatures and hashes depend on: they must never change for stored data."""

import binascii
import hashlib
from typing import Any

import orjson

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_SUBCLASS
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_+/", b"+/--")
"""From base64url's alphabet to the one that is decoded; the letters of the other alphabet become none of it."""
_SCALARS = (str, bool, type(None), int)


def b64u(data: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")


def unb64u(text: str) -> bytes:
    """The reverse of :func:`b64u`; one text for one value, so anything else is a ``ValueError``."""
    try:
        encoded = text.encode("ascii") + b"==="[: -len(text) % 4]
        data = binascii.a2b_base64(encoded.translate(_STANDARD), strict_mode=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if b64u(data) != text:
        raise ValueError("not canonical base64url")
    return data


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def canonical_json(value: Any) -> bytes:
    """RFC 8785 (JSON Canonicalization Scheme) for the part of JSON that we sign.

    ASCII keys, strings, integers within 53 bits, booleans, null, lists and objects.  Floats are refused,
    because their shortest form is where implementations differ.  Raises ``ValueError`` for anything else.
    """
    _refuse_unsigned_types(value)
    try:
        return orjson.dumps(value, option=_CANONICAL)
    except TypeError:
        raise ValueError("not canonical JSON") from None


def _refuse_unsigned_types(value: Any) -> None:
    kind = type(value)
    if kind in _SCALARS:
        return
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise ValueError("canonical JSON here has ASCII keys only")
            _refuse_unsigned_types(item)
    elif kind is list or kind is tuple:
        for item in value:
            _refuse_unsigned_types(item)
    else:
        raise ValueError(f"canonical JSON here has no {kind.__name__}")
