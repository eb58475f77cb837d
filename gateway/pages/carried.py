"""A ballot carried through sign-in in a hidden field: the voter's own choices, back to the voter, kept nowhere."""

from typing import Any

import orjson
from starlette.datastructures import FormData

LONGEST = 120_000


def pack(poll_id: str, ballot_id: str, entered: dict[str, list[str]]) -> str:
    return orjson.dumps({"poll": poll_id, "ballot": ballot_id, "entered": entered}).decode()


def unpack(text: Any) -> tuple[str, FormData] | None:
    """The poll's id and the ballot's form; None for what is none of ours."""
    if not isinstance(text, str) or not text or len(text) > LONGEST:
        return None
    try:
        found = orjson.loads(text)
        pairs = [(str(name), str(value)) for name, values in found["entered"].items() for value in values]
        return str(found["poll"]), FormData([("ballot_id", str(found["ballot"])), *pairs])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
