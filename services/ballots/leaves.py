"""The bytes of leaves (docs/record.md): canonical JSON, at most 65,535 of them."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.ballots.contract import LEAF_VERSION
from services.ballots.domain import CityFact, WrittenText
from services.common.encodings import b64u, canonical_json, sha256
from services.common.ids import format_utc

LONGEST = 65_535
SALT_BYTES = 16
SEALED_KIND = "poll_sealed"


def ballot_leaf(poll_id: str, ballot_id: str, answers: Mapping[str, Any]) -> bytes:
    """The leaf of a ballot with these answers in their recorded form."""
    return canonical_json({"v": LEAF_VERSION, "poll": poll_id, "ballot_id": ballot_id, "answers": answers})


def salted(question: str, text: str) -> WrittenText:
    """The text with a new salt."""
    return WrittenText(question, text, secrets.token_bytes(SALT_BYTES))


def recorded_form(written: WrittenText) -> dict[str, str]:
    """What stands in the leaf in place of the text."""
    return {"sha256": b64u(sha256(written.salt + written.text.encode()))}


def city_fact(fact_id: str, kind: str, poll_id: str, at: str, body: Mapping[str, Any]) -> CityFact:
    """An entry of the city's log. Raises ValueError for what is no canonical JSON or too long for a leaf."""
    leaf = canonical_json({"v": LEAF_VERSION, "kind": kind, "poll": poll_id, "at": at, "body": body})
    if len(leaf) > LONGEST:
        raise ValueError("too long for a leaf")
    return CityFact(fact_id, poll_id, kind, leaf.decode())


def sealed_fact(poll_id: str, at: datetime, note: str) -> CityFact:
    """That the poll's log has ended, and with which checkpoint."""
    time = format_utc(at.replace(microsecond=0))
    return city_fact(f"{poll_id}:sealed", SEALED_KIND, poll_id, time, {"checkpoint": note})
