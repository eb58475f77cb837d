"""What polls tells the city log: all of it, once, with the change itself, and nothing secret."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.errors import InvalidInput
from services.polls.domain.roll import roll_hash
from services.polls.storage import tables
from services.polls.usecases import lifecycle
from tests.component.polls.scene import SEOUL, Scene

PHONES = ("010-1234-0001", "010-1234-0002", "010-1234-0003")


def ids(scene: Scene, poll: dict[str, Any]) -> list[str]:
    return [fact["id"].removeprefix(f"{poll['id']}:") for fact in scene.facts(poll["id"])]


def test_a_draft_is_not_told_of(scene: Scene):
    poll = scene.with_roll(*PHONES)
    scene.patch(poll["id"], title="새 제목")
    assert scene.facts(poll["id"]) == []


def test_the_opening_tells_definition_roll_and_the_change_log_so_far(scene: Scene):
    poll = scene.open(scene.with_roll(*PHONES)["id"])
    assert ids(scene, poll) == ["opened", "roll:1", "change:1", "change:2"]
    opened, roll, *changes = scene.facts(poll["id"])
    assert opened["body"] == {
        "definition": scene.definition(poll["id"])["definition"],
        "definition_hash": poll["definition_hash"],
    }
    assert roll["body"]["size"] == 3
    assert [change["body"]["what"] for change in changes] == ["roll", "opened"]


def test_the_commitment_is_over_the_sorted_hashes_of_the_roll(scene: Scene):
    poll = scene.open(scene.with_roll(*reversed(PHONES))["id"])
    with scene.store.read() as reader:
        kept = reader.get(poll["id"])
    secret = scene.keys.roll_secret(kept.id, kept.roll_secret)
    hashes = sorted(roll_hash(secret, f"tag-{phone.replace('-', '')}") for phone in PHONES)
    roll = next(fact for fact in scene.facts(poll["id"]) if fact["kind"] == "roll")
    assert roll["body"]["commitment"] == sha256(b"".join(hashes)).hexdigest()


def test_a_roll_of_a_program_without_commitments_gets_its_own_at_the_opening(scene: Scene):
    poll = scene.with_roll(*PHONES)
    with scene.store.read() as reader:
        made = reader.get(poll["id"]).roll_commitment
    scene.alter(poll["id"], roll_commitment=None)
    scene.open(poll["id"])
    roll = next(fact for fact in scene.facts(poll["id"]) if fact["kind"] == "roll")
    assert roll["body"]["commitment"] == made


def test_every_entry_of_the_change_log_is_told_once(scene: Scene):
    poll = scene.opened()
    scene.patch(poll["id"], notice="공지")
    scene.patch(poll["id"], closes_at=scene.later(days=2).isoformat())
    scene.close(poll["id"])
    discarded = {"poll_id": poll["id"], "count": 3, "reason": "unreadable", "discarded_at": scene.now()}
    for _ in range(2):
        lifecycle.note_discarded(scene.store, event_id="event-2", **discarded)
        scene.certify(poll["id"], agreed=True)
    scene.publish(poll["id"])
    changes = [fact["body"] for fact in scene.facts(poll["id"]) if fact["kind"] == "change"]
    shown = [{name: one[name] for name in changes[0]} for one in scene.changes(poll["id"])]
    assert changes == shown
    assert len({fact["id"] for fact in scene.facts(poll["id"])}) == len(scene.facts(poll["id"]))


def test_what_is_undone_is_not_told(scene: Scene):
    poll = scene.opened()
    before = scene.facts(poll["id"])
    with scene.store.write() as tx:
        tx.log(tx.get(poll["id"]), tx.now(), "notice", new="nie")
    assert scene.facts(poll["id"]) == before


def test_a_poll_that_never_opens_is_not_told_of(scene: Scene):
    poll = scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1))
    scene.cancel(poll["id"])
    scene.patch(poll["id"], notice="열리지 않습니다")
    assert scene.facts(poll["id"]) == []


def test_nothing_secret_is_told(scene: Scene):
    rules = {"any": [{"rule": "roll"}, {"rule": "password", "password": "벚꽃 2026"}]}
    poll = scene.with_roll(*PHONES)
    scene.patch(poll["id"], eligibility=rules)
    scene.open(poll["id"])
    scene.patch(poll["id"], notice="공지")
    told = json.dumps(scene.facts(poll["id"]), ensure_ascii=False)
    with scene.database.read() as conn:
        kept = conn.execute(sa.select(tables.poll.c.secret, tables.poll.c.roll_secret)).one()
        hashes = [bytes(one).hex() for one in conn.execute(sa.select(tables.roll_row.c.hash)).scalars()]
    for secret in (*kept, *hashes, "argon2", "벚꽃", "01012340001", "tag-", SEOUL["person_id"]):
        assert secret not in told


class TestWitnesses:
    def test_the_number_is_frozen_with_the_definition(self, scene: Scene):
        poll = scene.draft(witnesses=2)
        assert poll["witnesses"] == 2
        lifecycle.open_poll(scene.store, poll_id=poll["id"], actor=SEOUL, witnesses=2)
        assert scene.definition(poll["id"])["definition"]["witnesses"] == 2

    def test_more_than_the_platform_asks_cannot_be_demanded(self, scene: Scene):
        poll = scene.draft(witnesses=3)
        with pytest.raises(InvalidInput) as refused:
            lifecycle.open_poll(scene.store, poll_id=poll["id"], actor=SEOUL, witnesses=2)
        assert refused.value.errors == [
            {"pointer": "/witnesses", "code": "too_few_witnesses", "params": {"configured": 2}}
        ]
        with pytest.raises(InvalidInput):
            scene.schedule(poll["id"], opens_at=scene.later(hours=1))

    def test_a_scheduled_poll_opens_by_itself_with_its_witnesses(self, scene: Scene):
        poll = scene.draft(witnesses=1)
        times = {"opens_at": scene.later(hours=1)}
        lifecycle.schedule_poll(scene.store, poll_id=poll["id"], actor=SEOUL, witnesses=1, **times)
        scene.move_window(poll["id"], opens_at=scene.later(seconds=-1))
        lifecycle.move_due(scene.store, witnesses=1)
        assert scene.get(poll["id"])["state"] == "open"


def test_a_destroyed_secret_is_in_no_file_of_the_database_any_more(scene: Scene):
    if not scene.database.is_sqlite:
        return  # what a PostgreSQL server keeps of old pages is its operator's: docs/security.md
    poll = scene.opened()
    with scene.store.read() as reader:
        secret = reader.get(poll["id"]).secret.encode()
    file = Path(scene.database.url.database or "")
    assert any(secret in found.read_bytes() for found in file.parent.glob(f"{file.name}*"))
    scene.close(poll["id"])
    scene.certify(poll["id"], agreed=True)
    assert not any(secret in found.read_bytes() for found in file.parent.glob(f"{file.name}*"))
