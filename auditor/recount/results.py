"""Comparing the signed result with what was counted."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from auditor.formats import canonical
from auditor.kinds import percent
from auditor.record import Record
from auditor.recount.city import City, document
from auditor.recount.counting import Count, Profile
from auditor.recount.findings import Findings
from auditor.recount.trusting import Keys

TOLD = 10
"""Differences that are told of one question."""
EXPLAINED = frozenset(("id", "kind", "answered", "counting", "outcome"))
_SAID = frozenset(("state", "results", "counted_at", "signature"))
"""Fields of a result that are statements, not counts."""


def read_result(record: Record, city: City, findings: Findings) -> dict[str, Any] | None:
    """The result that was published, which must be the one in the city's log."""
    logged = document(city.bodies("result"), city.bodies("result_part"), "", "result_hash")
    if logged is not None and sha256(logged[0]).hexdigest() != logged[1]:
        logged = None
    if logged is None:
        findings.differs("result_not_logged")
    else:
        same = record.result is None or record.result == logged[0]
        findings.check(same, "result_logged", "result_not_the_logged_one")
    given = record.result if record.result is not None else (logged[0] if logged else None)
    if given is None:
        return None
    try:
        value = canonical.loads(given)
    except canonical.NotCanonical:
        value = None
    if not isinstance(value, dict):
        findings.differs("result_malformed")
        return None
    return value


def check_signature(result: Mapping[str, Any], keys: Keys, findings: Findings) -> None:
    said = result.get("signature")
    signature = said if isinstance(said, Mapping) else {}
    rest = {name: value for name, value in result.items() if name != "signature"}
    right = keys.signed("result", signature.get("key_id"), signature.get("value"), rest)
    findings.check(right, "result_signed", "result_not_signed", key=str(signature.get("key_id")))


def compare(result: Mapping[str, Any], count: Count, city: City, poll_id: str, findings: Findings) -> None:
    """Everything in the result that can be counted again."""
    expected = {
        "poll_id": poll_id,
        "definition_hash": city.definition_hash,
        "voters": count.ballots,
        "as_of": count.ballots,
    }
    turnout = _turnout(city, count.ballots)
    if turnout is not None or "turnout" in result:
        expected["turnout"] = turnout
    for name, value in expected.items():
        same = result.get(name) == value
        findings.check(
            same,
            "result_field",
            "result_field_differs",
            field=name,
            said=_short(result.get(name)),
            counted=_short(value),
        )
    known = expected.keys() | _SAID | {"questions", "breakdown", "checkpoint"}
    for name in sorted(result.keys() - known):
        findings.unchecked("result_field_unknown", field=name)
    _questions(result.get("questions"), count, findings)


def roll_size(city: City) -> int | None:
    """How many are on the voter roll as it was last changed; None where the definition has no roll."""
    defined = (city.definition or {}).get("roll_size")
    rolls = [body.get("size") for body in city.bodies("roll")]
    size = rolls[-1] if rolls else defined
    return size if defined is not None and type(size) is int else None


def _turnout(city: City, ballots: int) -> dict[str, Any] | None:
    size = roll_size(city)
    return None if size is None else {"roll": size, "share": percent(ballots, size)}


def _questions(said: Any, count: Count, findings: Findings) -> None:
    listed = said if isinstance(said, list) else []
    ids = [question.get("id") if isinstance(question, Mapping) else None for question in listed]
    if not findings.check(ids == list(count.profiles), "questions_listed", "questions_differ", said=ids):
        return
    for question, profile in zip(listed, count.profiles.values(), strict=True):
        _question(question, profile, findings)


def _question(said: Mapping[str, Any], profile: Profile, findings: Findings) -> None:
    name = profile.question["id"]
    counted = profile.result()
    places = [place for field in counted for place in different(said.get(field), counted[field], field)]
    findings.check(not places, "question_agrees", "question_differs", question=name, places=places[:TOLD])
    for field in sorted(said.keys() - counted.keys() - EXPLAINED):
        findings.unchecked("question_field_unknown", question=name, field=field)


def different(said: Any, counted: Any, place: str) -> list[str]:
    """Where two values differ, each place with what was said and what was counted."""
    if isinstance(said, dict) and isinstance(counted, dict):
        names = sorted(said.keys() | counted.keys())
        return [
            each for name in names for each in different(said.get(name), counted.get(name), f"{place}.{name}")
        ]
    if isinstance(said, list) and isinstance(counted, list) and len(said) == len(counted):
        pairs = enumerate(zip(said, counted, strict=True))
        return [
            each for n, (one, other) in pairs for each in different(one, other, f"{place}[{_name(other, n)}]")
        ]
    same = said == counted and type(said) is type(counted)
    return [] if same else [f"{place}: {_short(said)} ≠ {_short(counted)}"]


def _name(item: Any, n: int) -> str:
    return str(item["id"]) if isinstance(item, dict) and "id" in item else str(n)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
