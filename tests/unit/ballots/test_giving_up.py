"""What is told of casts that are given up."""

import orjson
import pytest

from services.ballots.usecases.giving_up import polls_of

KNOWN = {"poll-1", "poll-2"}


def told(body):
    return polls_of(body, lambda polls: KNOWN & set(polls))


def test_only_known_polls_are_named_with_their_number_of_casts():
    items = [
        {"poll_id": poll, "answers": {"q1": "secret"}}
        for poll in ("poll-1", "poll-2", "poll-1", "010-1234-5678")
    ]
    assert told(orjson.dumps({"items": [*items, "x", {"poll_id": 7}, {}]})) == {"poll-1": 2, "poll-2": 1}


@pytest.mark.parametrize(
    "body", [b"", b"\xff\x00", b"[]", b"7", b'{"items": 5}', b'{"items": {"poll_id": "poll-1"}}', b'"poll-1"']
)
def test_what_cannot_be_read_names_nothing(body):
    assert told(body) == {}
