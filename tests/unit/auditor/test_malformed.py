"""A platform may write anything at all into its record: the auditor says what it found, and never fails."""

import json
from copy import deepcopy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.__main__ import main
from auditor.formats.encodings import b64u
from services.polls.contract import ballot_rules
from tests.fixtures.every_kind import QUESTIONS, ballot
from tests.unit.auditor.bundles import Bundle, leaf

JUNK = st.sampled_from(
    [None, True, -1, 5, 2**53 - 1, "", "junk", [], [1], [None], {}, {"a": 1}, {"by": 3}, [{"id": "a"}]]
)
HASH = {"sha256": b64u(bytes(32))}


def recorded(answers):
    """The answers as they stand in a leaf."""
    texts = {name: HASH for name in ballot_rules.hashed_questions(QUESTIONS) if name in answers}
    return {**ballot_rules.canonical_answers(QUESTIONS, answers), **texts}


BALLOTS = [recorded(ballot(n)) for n in range(12)]


class Hostile(Bundle):
    """The honest result of honest ballots, under a definition that is not the one they were cast under."""

    junk: object = None

    def definition(self):
        return {**super().definition(), "questions": self.junk}


def places(value, here=()):
    """Every place in a JSON value, deepest last."""
    if here:
        yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield from places(each, (*here, name))


def replaced(value, place, junk):
    made = deepcopy(value)
    inner = made
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = junk
    return made


def recounted(bundle, folder, capsys):
    status = main(["recount", str(bundle.write(folder / "record.tar.gz")), "--json"])
    return status, {each["code"] for each in json.loads(capsys.readouterr().out)["findings"]}


def bundle_of(kind=Bundle, **more):
    leaves = [leaf(answers, n) for n, answers in enumerate(BALLOTS)]
    return kind(questions=deepcopy(QUESTIONS), leaves=leaves, **more)


FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FAST
@given(st.sampled_from(sorted(places(QUESTIONS), key=repr)), JUNK)
def test_any_definition_is_told_of(tmp_path, capsys, place, junk):
    bundle = bundle_of(Hostile)
    bundle.junk = replaced(QUESTIONS, place, junk)
    status, codes = recounted(bundle, tmp_path, capsys)
    assert status in (0, 1, 2)
    assert "tree_agrees" in codes


def test_questions_that_are_none_are_told_of(tmp_path, capsys):
    for junk in (None, "questions", [1], [{"id": "q1"}], [{"id": 1, "kind": "choice", "options": []}]):
        bundle = bundle_of(Hostile)
        bundle.junk = junk
        status, codes = recounted(bundle, tmp_path, capsys)
        assert status == 1
        assert "definition_malformed" in codes


def test_a_knapsack_without_a_limit_is_told_of(tmp_path, capsys):
    bundle = bundle_of(Hostile)
    bundle.junk = [
        {name: value for name, value in each.items() if name != "budget"} for each in deepcopy(QUESTIONS)
    ]
    status, codes = recounted(bundle, tmp_path, capsys)
    assert status == 1
    assert codes & {"leaves_not_judged", "not_compared"}


@FAST
@given(st.data())
def test_any_result_is_told_of(tmp_path, capsys, data):
    def change(result):
        place = data.draw(st.sampled_from(sorted(places(result), key=repr)))
        changed = replaced(result, place, data.draw(JUNK))
        result.clear()
        result.update(changed)

    status, _ = recounted(bundle_of(change_result=change), tmp_path, capsys)
    assert status in (0, 1, 2)
