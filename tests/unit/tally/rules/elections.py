"""Small elections for the tests of counting rules, and where the real ones lie."""

import os
from pathlib import Path

import pytest

from services.tally.contract import rules
from services.tally.contract.counting.ties import Context

ROOT = Path(__file__).resolve().parents[4]
DATA = Path(os.environ.get("MVOTING_DATA") or ROOT.parent / "shared" / "data")


def data_file(name):
    """A real election; the test is skipped where it is not at hand."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(
            f"{path} is not here: real elections are no part of the project (MVOTING_DATA names their folder)"
        )
    return path


def question(kind, options, /, costs=None, groups=None, max=None, **counting):  # noqa: A002 - as in a definition
    """A question with options of these ids, counted like that."""
    listed = [{"id": option, "label": option} for option in options]
    for option, cost in zip(listed, costs or [], strict=False):
        option["cost"] = cost
    for option, group in zip(listed, groups or [], strict=False):
        option["group"] = group
    found = {
        "id": "q1",
        "kind": kind,
        "title": "?",
        "required": True,
        "options": listed,
        "counting": counting,
    }
    if kind == "yes_no":
        found["options"] = []
    return found | ({"max": max} if max else {})


def count(asked, ballots, **context):
    """The outcome of these ballots: answers, or pairs of how many and an answer. The definition must be well formed."""
    assert rules.check_question(asked) == []
    profile = rules.new_profile(asked)
    for ballot in ballots:
        n, answer = ballot if isinstance(ballot, tuple) else (1, ballot)
        profile.add(answer, n)
    return rules.count(asked, profile, Context(**context))


def reasons(outcome):
    return {option.id: option.reason.code for option in outcome.options}


def scores(outcome):
    return {option.id: option.score for option in outcome.options}
