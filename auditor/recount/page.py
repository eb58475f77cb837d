"""The one page that a recount prints, and the same for machines."""

from collections.abc import Iterator
from typing import Any

from auditor.formats.encodings import b64
from auditor.recount.findings import Findings, Outcome
from auditor.recount.run import Recount
from auditor.texts import say

MARKS = {Outcome.HOLDS: "✓", Outcome.DIFFERS: "✗", Outcome.UNCHECKED: "?", Outcome.NOTE: "·"}
FOLDED = frozenset(("result_field",))
"""Sentences that say nothing new when they hold: the page leaves them out, the JSON document has them."""


def as_json(found: Recount) -> dict[str, Any]:
    """Everything that was found, for machines."""
    return {
        "v": 1,
        "poll_id": found.poll_id,
        "exit_status": found.findings.exit_status,
        "origin": found.checkpoint.origin if found.checkpoint else None,
        "size": found.checkpoint.size if found.checkpoint else None,
        "root": b64(found.checkpoint.root) if found.checkpoint else None,
        "ballots": found.ballots,
        "questions": [
            {
                **question,
                **({"selected": found.outcomes[question["id"]]} if question["id"] in found.outcomes else {}),
            }
            for question in found.questions
        ],
        "findings": [finding.as_json() for finding in found.findings.all],
    }


def page(found: Recount, language: str) -> str:
    """The page, in `ko` or `en`."""
    return "\n".join(_lines(found, language)) + "\n"


def _lines(found: Recount, language: str) -> Iterator[str]:
    yield say(language, "title")
    yield say(language, "head_poll", title=found.definition.get("title", "—"), poll=found.poll_id)
    if found.checkpoint:
        head = {"origin": found.checkpoint.origin, "root": b64(found.checkpoint.root)}
        yield say(language, "head_log", ballots=found.ballots, **head)
    yield ""
    yield say(language, f"verdict_{found.findings.exit_status}")
    yield from findings_lines(found.findings, language)
    if found.questions:
        yield from _part(language, "part_counted", _counted(found, language))
    yield from _part(language, "part_proves", _proves(found.findings, language))
    yield from _part(language, "part_proves_not", _proves_not(found.findings, language))


def findings_lines(findings: Findings, language: str) -> Iterator[str]:
    """What was found, in parts; what differs comes first."""
    for outcome in (Outcome.DIFFERS, Outcome.UNCHECKED, Outcome.HOLDS, Outcome.NOTE):
        listed = [one for one in findings.of(outcome) if one.code not in FOLDED]
        sentences = (f"{MARKS[outcome]} {say(language, one.code, **one.params)}" for one in listed)
        if listed:
            yield from _part(language, f"part_{outcome.value}", sentences)


def _part(language: str, title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield say(language, title)
    for line in lines:
        yield f"  {line}"


def _counted(found: Recount, language: str) -> Iterator[str]:
    defined = {question["id"]: question for question in found.definition["questions"]}
    for question in found.questions:
        asked = defined[question["id"]]
        yield say(language, "answered", title=asked["title"], answered=question["answered"])
        labels = {option["id"]: option["label"] for option in asked["options"]}
        if asked["kind"] == "yes_no":
            labels = {name: say(language, name) for name in ("yes", "no", "abstain")}
        for option in question["options"]:
            shown = {"label": labels.get(option["id"], option["id"]), "count": option["count"]}
            yield "  " + say(language, "option", share=option["share"], **shown)
        if question["id"] in found.outcomes:
            names = [labels.get(name, name) for name in found.outcomes[question["id"]]]
            yield "  " + say(language, "chosen", names=names or "—")


def _proves(findings: Findings, language: str) -> Iterator[str]:
    yield say(language, f"proves_{findings.exit_status}")
    for agreed in (one for one in findings.all if one.code == "witnesses_agree"):
        yield say(language, "proves_witnessed", agreed=agreed.params["agreed"])


def _proves_not(findings: Findings, language: str) -> Iterator[str]:
    codes = {one.code for one in findings.all}
    yield say(language, "proves_not_voters")
    yield say(language, "proves_not_intent")
    if "receipt_in_log" not in codes:
        yield say(language, "proves_not_missing")
    if "witnesses_agree" not in codes and "earlier_continued" not in codes:
        yield say(language, "proves_not_split")
    if "keys_from_record" in codes:
        yield say(language, "proves_not_keys")
