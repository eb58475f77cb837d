"""The journal holds what was sent before it is sent, in order, and tells each ballot's story."""

import asyncio
import json

from tests.chaos import journal
from tests.chaos.journal import Journal


def cast(ballot_id):
    return {"what": "cast", "voter": "v1", "ballot_id": ballot_id, "answers": {"q1": ["a"]}}


def answer(ballot_id, status, **more):
    return {"what": "answer", "ballot_id": ballot_id, "status": status, **more}


def test_a_line_is_on_the_disk_when_write_returns(tmp_path):
    path = tmp_path / "journal"

    async def write():
        book = Journal(path)
        await asyncio.gather(*(book.write(cast(f"b{number}")) for number in range(50)))
        seen = len(path.read_text().splitlines())
        book.close()
        return seen

    assert asyncio.run(write()) == 50


def test_many_lines_share_a_sync(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(journal.os, "fsync", synced.append)

    async def write():
        book = Journal(tmp_path / "journal")
        await asyncio.gather(*(book.write(cast(f"b{number}")) for number in range(50)))
        book.close()

    asyncio.run(write())
    assert 1 <= len(synced) <= 3


def test_stories(tmp_path):
    path = tmp_path / "journal"
    lines = [
        cast("one"),
        cast("two"),
        answer("one", 503, code="try_again"),
        cast("one"),
        answer("one", 201, leaf_hash="h"),
        cast("three"),
        answer("three", 409, code="already_voted"),
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = journal.read(path)
    assert found["one"].recorded
    assert (found["one"].sent, found["one"].statuses, found["one"].leaf_hashes) == (2, [503, 201], {"h"})
    assert not found["two"].promised
    assert not found["two"].only_refused
    assert found["three"].only_refused
