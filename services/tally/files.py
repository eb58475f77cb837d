"""Counting an election that stands in a file, by the same functions as polls."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.polls.contract.kinds import Problem
from services.tally.contract import rules
from services.tally.contract.counting.outcome import Outcome
from services.tally.contract.counting.ties import Context
from services.tally.contract.rules.composite import SourceMissing
from services.tally.contract.sentences import Speech, method
from services.tally.readers import Election, Published, opened


class CannotCount(Exception):
    """The file is well formed, and cannot be counted by this rule; the message says why."""


def count_file(path: Path, rule: str | None = None) -> dict[str, Any]:
    """The count of a file as JSON. `rule`: a rule's name, or a JSON object as in a definition's `counting`; else as the head says.

    Raises Malformed, CannotCount, UnknownFormat, OSError.
    """
    with opened(path) as election:
        question, outcome = count(election, rule)
        return told(election, question, outcome)


def count(election: Election, rule: str | None = None) -> tuple[dict[str, Any], Outcome]:
    """The outcome, and the question with its `counting`. Reads the ballots. Raises Malformed, CannotCount."""
    counting = _counting(election, rule)
    question = {**election.question, "counting": counting}
    _refuse(rules.check_question(_without_points(question)))
    profile = rules.new_profile(question)
    assert profile is not None
    for answer, n in election.ballots:
        profile.add(answer, n)
    try:
        return question, rules.count(question, profile, Context())
    except SourceMissing as missing:
        raise CannotCount(f"the scores of {missing.args[0]!r} are in no file of ballots") from None


def _without_points(question: Mapping[str, Any]) -> dict[str, Any]:
    """The question as it can be checked before its ballots are read, which is when an empty list of points is filled."""
    counting = {name: value for name, value in question["counting"].items() if name != "points" or value}
    return {**question, "counting": counting}


def _counting(election: Election, rule: str | None) -> dict[str, Any]:
    """The method: what was asked for, else what the head says; parameters of the head that the rule has."""
    asked = _asked(rule) if rule else {}
    name = asked.get("rule", election.counting.get("rule"))
    if name is None:
        what = (
            f"the rule {election.stated!r} is not one of ours"
            if election.stated
            else "the head states no rule"
        )
        raise CannotCount(
            f"line {election.stated_line}: {what}; choose one with --rule: {', '.join(rules.rules())}"
        )
    known = rules.rules().get(name) if isinstance(name, str) else None
    if known is None:
        raise CannotCount(f"there is no rule {name!r}; there are {', '.join(rules.rules())}")
    given = {key: value for key, value in election.counting.items() if key in known.PARAMETERS}
    return {"rule": name, **given, **asked}


def _asked(rule: str) -> dict[str, Any]:
    if not rule.startswith("{"):
        return {"rule": rule}
    try:
        asked = json.loads(rule)
    except (ValueError, RecursionError):
        raise CannotCount("--rule is not JSON") from None
    return dict(asked)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        told = ("; ").join(f"{p.pointer}: {p.code} {p.params or ''}".strip() for p in problems)
        raise CannotCount(f"cannot be counted like this: {told}")


def told(election: Election, question: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """Everything about a count, as JSON."""
    result = outcome.as_json()
    speech, counting = Speech.of(question, "en", currency=None), rules.method(question)
    for option in result["options"]:
        option["reason"]["text"] = speech.reason(option["reason"])
        option["label"] = speech.label(option["id"])
    return {
        "format": election.format,
        "title": election.title,
        "stated_rule": election.stated,
        "counting": counting,
        "method": ", ".join(method(speech, counting)),
        "reading": election.reading,
        **result,
        **_compared(election.published, outcome),
    }


def _compared(published: Mapping[str, Published], outcome: Outcome) -> dict[str, Any]:
    """Whether the count is what the file itself publishes; nothing where it publishes nothing."""
    differences = [
        {"id": option.id, "what": what, "published": theirs, "counted": ours}
        for option in outcome.options
        if option.id in published
        for what, theirs, ours in _both(published[option.id], option)
        if theirs != ours
    ]
    return {"differences_from_published": differences} if published else {}


def _both(theirs: Published, ours: Any) -> list[tuple[str, Any, Any]]:
    pairs: list[tuple[str, Any, Any]] = []
    if theirs.votes is not None:
        pairs.append(("votes", theirs.votes, ours.votes))
    if theirs.score is not None:
        pairs.append(("score", theirs.score, str(ours.score)))
    if theirs.selected in ("0", "1"):
        pairs.append(("selected", theirs.selected == "1", ours.selected))
    return pairs
