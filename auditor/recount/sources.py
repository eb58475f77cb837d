"""Scores that are no ballots: what a composite result says was entered, held against the commitments of the change log."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from auditor.formats import canonical
from auditor.recount.city import City
from auditor.recount.findings import Findings

Entered = dict[str, dict[str, dict[str, str]]]
"""Scores by question, source and option."""
_BALLOTS = "ballots"


def check_sources(result: Mapping[str, Any], city: City, poll_id: str, findings: Findings) -> Entered:
    """The scores that the result says; each source must be what the change log's last entry of it committed to."""
    committed = {(new.get("question"), new.get("source")): new for new in _entries(city)}
    found: Entered = {}
    for question, source in _told(result):
        scores = _scores(source)
        found.setdefault(question, {})[source["name"]] = scores
        body = {"poll_id": poll_id, "question": question, "source": source["name"], "scores": scores}
        made = sha256(canonical.dumps({**body, "salt": str(source.get("salt"))})).hexdigest()
        entry = committed.get((question, source["name"]), {})
        right = entry.get("commitment") == made and entry.get("entered_by") == source.get("entered_by")
        named = {"question": question, "source": source["name"], "entered_by": str(source.get("entered_by"))}
        findings.check(right, "source_committed", "source_not_committed", **named)
    return found


def _entries(city: City) -> Iterator[Mapping[str, Any]]:
    """What the change log says of entered sources, oldest first."""
    changes = [body for body in city.bodies("change") if body.get("what") == "source_entered"]
    for body in sorted(changes, key=lambda body: body["number"] if type(body.get("number")) is int else 0):
        if isinstance(body.get("new"), Mapping):
            yield body["new"]


def _told(result: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The sources of the result's composite outcomes, but for the ballots, each with its question."""
    for question in _mappings(result.get("questions")):
        outcome = question.get("outcome")
        for source in _mappings(outcome.get("sources") if isinstance(outcome, Mapping) else None):
            if isinstance(source.get("name"), str) and source["name"] != _BALLOTS:
                yield str(question.get("id")), source


def _mappings(listed: Any) -> list[Mapping[str, Any]]:
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []


def _scores(source: Mapping[str, Any]) -> dict[str, str]:
    return {str(option.get("id")): str(option.get("given")) for option in _mappings(source.get("options"))}
