"""What the city log is told of a poll."""

import json
from datetime import UTC, datetime
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from services.common.encodings import canonical_json
from services.polls import record
from services.polls.contract.record import Fact, RecordEntrySchema
from services.polls.domain.poll import OPEN, Change, Poll

AT = datetime(2026, 3, 1, 9, 30, 15, 987654, tzinfo=UTC)
LEAF_LIMIT = 65_535


def opened(document: dict, **fields) -> Poll:
    text = canonical_json(document)
    digest = sha256(text).hexdigest()
    fixed = {"organization": "seoul", "created_at": AT, "updated_at": AT, "secret": "s", "roll_secret": "r"}
    return Poll(
        "p" * 22, title="t", state=OPEN, definition=text.decode(), definition_hash=digest, **fixed, **fields
    )


def leaf(fact: Fact) -> bytes:
    body = {"at": fact.at, "body": fact.body, "kind": fact.kind, "poll": fact.poll, "v": 1}
    return canonical_json(body)


def test_a_definition_goes_into_one_entry_whole():
    document = {"v": 1, "title": "여름 사업"}
    poll = opened(document)
    (fact,) = record.opening(poll, AT, [])
    assert fact.id == f"{poll.id}:opened"
    assert (fact.kind, fact.poll, fact.at) == ("poll_opened", poll.id, "2026-03-01T09:30:15Z")
    assert fact.body == {"definition": document, "definition_hash": poll.definition_hash}


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8), st.integers(1, 30_000))
def test_a_definition_of_any_length_fits_into_leaves_and_can_be_put_together(piece: str, times: int):
    poll = opened({"v": 1, "purpose": piece * times})
    facts = record.opening(poll, AT, [])
    assert all(len(leaf(fact)) <= LEAF_LIMIT for fact in facts)
    *parts, last = facts
    assert last.kind == "poll_opened"
    assert last.body["definition_hash"] == poll.definition_hash
    if parts:
        assert [part.body["number"] for part in parts] == list(range(1, last.body["parts"] + 1))
        assert {part.body["of"] for part in parts} == {last.body["parts"]}
        text = "".join(part.body["text"] for part in parts)
        assert sha256(text.encode()).hexdigest() == poll.definition_hash
        assert "definition" not in last.body
    else:
        assert json.loads(poll.definition or "") == last.body["definition"]


def test_a_roll_and_what_the_change_log_had_before_come_with_the_opening():
    poll = opened({"v": 1}, roll=7, roll_size=2, roll_commitment="ab" * 32)
    before = [Change(1, AT, "roll", None, 2), Change(2, AT, "opening_failed", None, [{"code": "required"}])]
    facts = record.opening(poll, AT, before)
    assert [fact.id.removeprefix(f"{poll.id}:") for fact in facts] == [
        "opened",
        "roll:7",
        "change:1",
        "change:2",
    ]
    assert facts[1].body == {"size": 2, "commitment": "ab" * 32}
    assert facts[2].body == {"number": 1, "what": "roll", "old": None, "new": 2, "reason": None}


def test_facts_fit_the_schema():
    poll = opened({"v": 1}, roll=7, roll_size=2, roll_commitment="ab" * 32)
    for fact in record.opening(poll, AT, [Change(1, AT, "roll", None, 2)]):
        wire = {"id": fact.id, "kind": fact.kind, "poll": fact.poll, "at": fact.at, "body": fact.body}
        assert RecordEntrySchema().validate(wire) == {}
