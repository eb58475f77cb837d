"""The public record on both databases: trees, checkpoints, what is served, crashes, restored backups, the city's log."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.ballots.contract import SEALED, LogNotFound, TileNotFound
from services.ballots.storage import entry, outbox
from services.ballots.storage import log as log_table
from services.ballots.storage.record_tables import checkpoint, lease, tile
from services.ballots.usecases import city, log_reading
from services.ballots.usecases.guarding import BEHIND, FORKED, LOST, UNREADABLE
from services.common.encodings import unb64u
from services.common.errors import InvalidInput, Unavailable
from services.common.failpoints import CHECKPOINT_COSIGNED, CHECKPOINT_SIGNED, CHECKPOINT_STORED
from services.common.telemetry.health import process_health
from services.common.tlog import merkle, tiles
from tests.component.ballots.record_scene import Crash, RecordScene
from tests.unit.ballots.scene import ballot_id_of


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[RecordScene]:
    scene = RecordScene(database_url).begin(tmp_path / "published")
    yield scene
    scene.close()
    process_health.unregister("test")


def another(new_database, scene: RecordScene) -> RecordScene:
    """The same log with the same key and published store on another database, as after restoring a backup."""
    twin = RecordScene(new_database(), scene.polls, scene.receipt_signer)
    return twin.begin(scene.folder, scene.log_signer)


def naive_root(scene: RecordScene, size: int, log_id: str = "poll-1") -> bytes:
    leaves = scene.reader.leaves(log_id, 0, size)
    assert len(leaves) == size
    return merkle.levels([merkle.leaf_hash(leaf.encode()) for leaf in leaves])[-1][0]


def refused(scene: RecordScene, log_id: str = "poll-1") -> str | None:
    found = scene.book.log(log_id)
    return found and found.refused


def events(scene: RecordScene, kind: Any) -> list[dict[str, Any]]:
    return [row.payload for row in scene.rows(outbox) if row.routing_key == kind.routing_key]


# --- what is served


def test_every_checkpoint_is_the_tree_of_the_entries(scene: RecordScene):
    for step in range(4):
        scene.grow(*(f"{step}-{n}" for n in range(1 + 90 * step)))
        served = scene.checkpoint()
        assert served == scene.stored()
        assert (served.origin, served.root) == ("vote.example/log/poll-1", naive_root(scene, served.size))
    assert served.size == 544
    again = scene.checkpoint()
    scene.publish()
    assert scene.checkpoint() == again


def test_tiles_are_those_of_the_entries_full_and_partial(scene: RecordScene):
    scene.grow(*(f"v{n}" for n in range(300)))
    hashes = [merkle.leaf_hash(leaf.encode()) for leaf in scene.reader.leaves("poll-1", 0, 300)]
    kept = tiles.grow(0, {}, hashes)
    rows = {(row.level, row.number): bytes(row.hashes) for row in scene.rows(tile)}
    assert rows == kept
    for level, index, width in ((0, 0, 256), (0, 1, 44), (0, 1, 7), (1, 0, 1)):
        told = log_reading.tile("poll-1", level, index, width, reader=scene.reader)
        assert base64.b64decode(told["tile"]) == kept[level, index][: 32 * width]
    assert [merkle.leaf_hash(leaf) for leaf in scene.bundle(0, 256) + scene.bundle(1, 44)] == hashes
    for level, index, width in ((0, 1, 45), (0, 1, 256), (0, 2, 1), (1, 0, 2), (2, 0, 1)):
        with pytest.raises(TileNotFound):
            log_reading.tile("poll-1", level, index, width, reader=scene.reader)
    with pytest.raises(TileNotFound):
        scene.bundle(1, 45)


def test_what_is_not_published_is_not_served(scene: RecordScene):
    with pytest.raises(LogNotFound):
        scene.checkpoint()
    scene.grow("kim")
    scene.vote("lee")
    scene.sequence()
    assert scene.checkpoint().size == 1
    with pytest.raises(TileNotFound):
        scene.bundle(0, 2)
    indices = {scene.status(voter)["index"]: scene.status(voter) for voter in ("kim", "lee")}
    assert "inclusion_proof" in indices[0]
    assert "inclusion_proof" not in indices[1]
    assert len(log_reading.lookup("poll-1", "0", reader=scene.reader)["entries"]) <= 1


def test_every_receipt_is_proved_under_the_served_checkpoint(scene: RecordScene):
    scene.grow(*(f"v{n}" for n in range(67)))
    end = scene.checkpoint()
    for n in range(67):
        told = scene.status(f"v{n}")
        path = [base64.b64decode(each) for each in told["inclusion_proof"]]
        leaf = unb64u(told["receipt"]["leaf_hash"])
        assert merkle.root_of_path(leaf, told["index"], end.size, path) == end.root
        assert told["receipt"]["include_within"] == 60


def test_a_leaf_is_found_among_those_with_its_prefix(scene: RecordScene):
    scene.grow(*(f"v{n}" for n in range(100)))
    hashes = [merkle.leaf_hash(leaf.encode()).hex() for leaf in scene.reader.leaves("poll-1", 0, 100)]
    for prefix in ("0", "f", hashes[3][:2], hashes[9][:4]):
        told = log_reading.lookup("poll-1", prefix, reader=scene.reader)
        expected = {(index, text) for index, text in enumerate(hashes) if text.startswith(prefix)}
        assert {(index, unb64u(text).hex()) for index, text in told["entries"]} == expected
        assert told["size"] == 100
    assert log_reading.between("ffff") == (b"\xff\xff" + bytes(30), None)


def test_an_empty_log_has_a_checkpoint_from_the_beginning(scene: RecordScene):
    scene.publish()
    assert (scene.checkpoint("city").size, scene.checkpoint("city").root) == (0, merkle.EMPTY_ROOT)
    told = log_reading.logs("", 10, reader=scene.reader)["logs"]
    assert told == [{"log_id": "city", "origin": "vote.example/log/city", "size": 0, "sealed": False}]


# --- crashes, and two at work


@pytest.mark.parametrize("point", [CHECKPOINT_SIGNED, CHECKPOINT_STORED, CHECKPOINT_COSIGNED])
def test_a_crash_while_publishing_is_made_good_with_the_same_bytes(scene: RecordScene, point: str):
    scene.grow("kim")
    first = scene.checkpoint()
    scene.vote("lee")
    scene.sequence()
    dying = scene.process(failpoint=point)
    free_lease(scene)
    with pytest.raises(Crash):
        dying.round()
    assert scene.checkpoint() == first
    signed = [row.note for row in scene.rows(checkpoint) if row.size == 2]
    free_lease(scene)
    assert scene.process().round() == 1
    assert (scene.checkpoint().size, refused(scene)) == (2, None)
    assert [row.note for row in scene.rows(checkpoint) if row.log_id == "poll-1"] == signed
    assert scene.stored() == scene.checkpoint()


def test_a_crash_and_growth_before_the_next_round(scene: RecordScene):
    scene.vote("kim")
    scene.sequence()
    with pytest.raises(Crash):
        scene.process(failpoint=CHECKPOINT_STORED).round()
    scene.vote("lee")
    scene.sequence()
    free_lease(scene)
    scene.process().round()
    assert scene.checkpoint().size == 2
    assert [row.size for row in scene.rows(checkpoint) if row.log_id == "poll-1"] == [2]


def free_lease(scene: RecordScene) -> None:
    """The process that held it is gone, and its time over."""
    with scene.database.write() as tx:
        tx.conn.execute(lease.delete())
        tx.commit()


def test_one_publisher_at_a_time_and_the_next_when_it_is_gone(scene: RecordScene):
    one, two = scene.process(), scene.process()
    scene.vote("kim")
    scene.sequence()
    assert one.round() == 2
    scene.vote("lee")
    scene.sequence()
    assert two.round() == 0
    assert one.round() == 1
    with scene.database.write() as tx:
        tx.conn.execute(sa.update(lease).values(until=datetime.now(UTC) - timedelta(minutes=1)))
        tx.commit()
    scene.vote("park")
    scene.sequence()
    assert two.round() == 1
    assert scene.checkpoint().size == 3


def test_two_publishers_that_both_believe_in_their_turn_publish_one_history(
    scene: RecordScene, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(type(scene.book), "hold", lambda *_: True)
    processes = [scene.process(), scene.process()]
    stop = threading.Event()
    served: list[int] = []

    def work(process) -> None:
        while not stop.is_set():
            process.round()

    threads = [threading.Thread(target=work, args=(each,)) for each in processes]
    for thread in threads:
        thread.start()
    for step in range(12):
        scene.vote(*(f"{step}-{n}" for n in range(5)))
        scene.sequence()
        served += [told.size for told in [scene.reader.newest("poll-1")] if told]
    stop.set()
    for thread in threads:
        thread.join()
    scene.sequence()  # a step finds the log's row taken while a publisher writes to it
    scene.process().round()
    assert served == sorted(served)
    assert refused(scene) is None
    assert scene.checkpoint().root == naive_root(scene, 60)


# --- what must not go on


def test_a_restored_backup_is_refused_and_takes_ballots(scene: RecordScene, new_database):
    scene.grow(*(f"v{n}" for n in range(5)))
    restored = another(new_database, scene)
    restored.vote("v0", "v1")
    restored.book.begin()
    assert restored.sequence() == 0
    assert refused(restored) == BEHIND
    restored.publish()
    assert "a log is refused" in process_health.missing()["test"]
    assert restored.rows(checkpoint) == [] or {row.log_id for row in restored.rows(checkpoint)} == {"city"}
    restored.vote("later")
    assert restored.sequence() == 0
    assert restored.rows(entry) == []
    assert scene.stored().size == 5
    restored.close()


def test_another_history_of_the_same_length_is_refused(scene: RecordScene, new_database):
    twin = another(new_database, scene)
    twin.vote(*(f"other-{n}" for n in range(6)))
    assert twin.process().sequence() == 6
    scene.grow(*(f"v{n}" for n in range(5)))
    twin.publish()
    assert refused(twin) == FORKED
    with pytest.raises(LogNotFound):
        twin.checkpoint()
    assert scene.stored().root == naive_root(scene, 5)
    twin.close()


def test_an_entry_altered_in_the_tree_is_refused_before_the_next_signature(scene: RecordScene):
    scene.grow(*(f"v{n}" for n in range(5)))
    with scene.database.write() as tx:
        altered = sa.update(tile).where(tile.c.log_id == "poll-1").values(hashes=bytes(32 * 5))
        tx.conn.execute(altered)
        tx.commit()
    scene.vote("late")
    scene.sequence()
    scene.publish()
    assert refused(scene) == FORKED
    assert scene.checkpoint().size == 5


def test_a_log_goes_on_once_the_database_contains_what_was_published(scene: RecordScene):
    scene.grow("kim")
    name = "log/poll-1/checkpoint"
    good, kind = scene.objects.get(name)
    for broken, reason in ((b"junk", UNREADABLE), (good.replace(b"\n1\n", b"\n0\n"), UNREADABLE)):
        scene.objects.put(name, broken, kind)
        scene.vote(f"voter-{len(scene.rows(entry))}-{reason[:3]}-{len(broken)}")
        scene.process().sequence()
        scene.publish()
        assert refused(scene) == reason
    scene.objects.delete(name)
    scene.publish()
    assert refused(scene) == LOST
    scene.objects.put(name, good, kind)
    scene.publish()
    assert refused(scene) is None
    scene.sequence()
    scene.publish()
    assert scene.checkpoint().size == 3
    assert scene.book.refused() == 0


def test_while_the_published_store_is_away_nothing_is_signed(scene: RecordScene):
    scene.grow("kim")
    scene.objects.away = True
    scene.vote("lee")
    assert scene.sequence() == 1  # this process has looked before
    with pytest.raises(Unavailable):
        scene.publish()
    scene.vote("park")
    with pytest.raises(Unavailable):
        scene.process().sequence()  # a new one has not
    assert [row.size for row in scene.rows(checkpoint) if row.log_id == "poll-1"] == [1]
    scene.objects.away = False
    scene.sequence()
    scene.publish()
    assert scene.checkpoint().size == 3


# --- the end


def test_the_end_of_a_log_is_told_when_it_is_published(scene: RecordScene):
    scene.grow("kim")
    scene.end()
    state = {"reader": scene.reader, "witnesses": (), "needed": lambda _: 0}
    assert not log_reading.log_state("poll-1", **state)["sealed"]
    assert events(scene, SEALED) == []
    scene.publish()
    scene.publish()
    told = log_reading.log_state("poll-1", **state)
    assert (told["size"], told["sealed"], told["witnessed"]) == (1, True, True)
    assert not log_reading.log_state("poll-1", **{**state, "needed": lambda _: 1})["witnessed"]
    assert events(scene, SEALED) == [{"poll_id": "poll-1", "size": 1}]
    scene.sequence()
    scene.publish()
    [fact] = log_reading.city_record("poll-1", reader=scene.reader)["entries"]
    leaf = json.loads(fact["leaf"])
    assert (leaf["kind"], leaf["body"]["checkpoint"]) == ("poll_sealed", told["checkpoint"])


def test_a_poll_without_ballots_has_an_end_too(scene: RecordScene):
    scene.publish()
    scene.end()
    scene.publish()
    assert (scene.checkpoint().size, scene.checkpoint().root) == (0, merkle.EMPTY_ROOT)
    assert events(scene, SEALED) == [{"poll_id": "poll-1", "size": 0}]


# --- the city's log


def fact(number: int, **changes: Any) -> dict[str, Any]:
    told = {"id": f"poll-1:{number}", "kind": "change", "poll": "poll-1", "at": "2026-03-01T09:30:15Z"}
    return {**told, "body": {"number": number, "reason": "이유"}, **changes}


def test_facts_stand_in_the_order_of_their_arrival_each_once(scene: RecordScene):
    for number in (3, 1, 2, 1, 3):
        city.take(scene.book, fact(number))
    city.take(scene.book, fact(4, id="poll-2:4", poll="poll-2"))
    assert scene.sequence() == 4
    city.take(scene.book, fact(1))
    assert scene.sequence() == 0
    scene.publish()
    record = log_reading.city_record("poll-1", reader=scene.reader)
    leaves = [json.loads(each["leaf"]) for each in record["entries"]]
    assert [leaf["body"]["number"] for leaf in leaves] == [3, 1, 2]
    assert leaves[0] == {key: value for key, value in fact(3).items() if key != "id"} | {"v": 1}
    end = scene.checkpoint("city")
    assert (end.size, end.root) == (4, naive_root(scene, 4, "city"))
    for each in record["entries"]:
        path = [base64.b64decode(one) for one in each["proof"]]
        leaf = merkle.leaf_hash(each["leaf"].encode())
        assert merkle.root_of_path(leaf, each["index"], 4, path) == end.root


def test_what_no_leaf_can_hold_is_refused(scene: RecordScene):
    for body in ({"text": "x" * 65_535}, {"share": 0.5}):
        with pytest.raises(InvalidInput):
            city.take(scene.book, fact(1, body=body))


# --- texts, and erasing


def test_what_is_written_stands_in_the_log_as_a_salted_hash(scene: RecordScene):
    import hashlib

    from services.ballots.storage.record_tables import written_text

    scene.vote("kim", "lee", answers={"q1": ["a"], "q3": "나무를 더 심자"})
    scene.vote("park")
    scene.sequence()
    leaves = [json.loads(leaf)["answers"] for leaf in scene.reader.leaves("poll-1", 0, 3)]
    hashes = [each["q3"]["sha256"] for each in leaves if "q3" in each]
    rows = scene.rows(written_text)
    assert sorted(hashes) == sorted(
        base64.urlsafe_b64encode(hashlib.sha256(bytes(row.salt) + row.text.encode()).digest())
        .decode()
        .rstrip("=")
        for row in rows
    )
    assert len(set(hashes)) == 2
    told = log_reading.texts("poll-1", "q3", 0, 2, reader=scene.reader)
    more = log_reading.texts("poll-1", "q3", 2, 2, reader=scene.reader)
    assert (told["next"], more["next"]) == (2, None)
    assert told["texts"] + more["texts"] == ["나무를 더 심자"] * 2
    assert log_reading.texts("poll-1", "q1", 0, 9, reader=scene.reader)["texts"] == []


def test_a_ballot_with_a_text_that_comes_again_gets_the_very_same_receipt(scene: RecordScene):
    item = scene.item("kim", answers={"q1": ["a"], "q3": "한 번만"})
    first, second = scene.cast(item), scene.cast(item, item)
    assert second == first * 2
    scene.sequence()
    assert log_reading.texts("poll-1", "q3", 0, 9, reader=scene.reader)["texts"] == ["한 번만"]
    told = scene.status("kim")["receipt"]
    [leaf] = scene.reader.leaves("poll-1", 0, 1)
    assert unb64u(told["leaf_hash"]) == merkle.leaf_hash(leaf.encode())


def test_pseudonyms_go_in_batches_once_the_poll_is_certified(scene: RecordScene):
    from services.ballots.storage import ballot
    from services.ballots.usecases import erasing

    scene.polls.add("poll-2")
    scene.vote(*(f"v{n}" for n in range(7)))
    scene.vote("v0", poll_id="poll-2")
    scene.sequence()
    erasing.certified(scene.erasure, "poll-1", agreed=True)
    assert not erasing.erase(scene.erasure)  # not sealed: somebody may still be recorded
    scene.end()
    erasing.certified(scene.erasure, "poll-1", agreed=False)
    assert not erasing.erase(scene.erasure)
    receipt = scene.status("v3")["receipt"]
    erasing.certified(scene.erasure, "poll-1", agreed=True)
    assert erasing.erase(scene.erasure, batch=3)
    assert left(scene, "poll-1") == 4
    while erasing.erase(scene.erasure, batch=3):
        erasing.certified(scene.erasure, "poll-1", agreed=True)
    assert (left(scene, "poll-1"), left(scene, "poll-2")) == (0, 1)
    assert len(scene.rows(ballot)) == 8
    assert scene.status("v3")["receipt"] == receipt
    retry = scene.cast(scene.item("v3"), scene.item("v4", ballot_id_of("v4", 2)))
    assert [one["error"]["code"] for one in retry] == ["poll_not_open"] * 2


def left(scene: RecordScene, poll: str) -> int:
    from services.ballots.storage import ballot

    return sum(row.pseudonym is not None for row in scene.rows(ballot) if row.poll_id == poll)


def test_no_byte_of_an_erased_pseudonym_stays_in_the_files_of_sqlite(scene: RecordScene, tmp_path: Path):
    from services.ballots.storage import ballot
    from services.ballots.usecases import erasing

    if not scene.database.is_sqlite:
        return
    scene.vote(*(f"v{n}" for n in range(50)))
    scene.sequence()
    scene.end()
    secrets = [row.pseudonym for row in scene.rows(ballot)]
    erasing.certified(scene.erasure, "poll-1", agreed=True)
    while erasing.erase(scene.erasure):
        pass
    path = Path(str(scene.database.url.database))
    data = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    assert [secret for secret in secrets if secret.encode() in data] == []


# --- upgrading


def test_a_log_from_before_gets_its_tree(scene: RecordScene, new_database, monkeypatch):
    from services.common.database import Database
    from services.common.migrations_env import upgrade
    from services.migrate import migrate

    url = new_database()
    database = Database(url)
    upgrade(database, "ballots", Path("services/ballots/migrations"), "0003")
    leaves = [f'{{"n":{n}}}' for n in range(300)]
    rows = [
        {"p": "old", "i": n, "b": f"ballot-{n}", "l": leaf, "h": merkle.leaf_hash(leaf.encode())}
        for n, leaf in enumerate(leaves)
    ]
    with database.write() as tx:
        tx.conn.execute(
            sa.text(
                'INSERT INTO entry (poll_id, "index", ballot_id, leaf, leaf_hash) VALUES (:p, :i, :b, :l, :h)'
            ),
            rows,
        )
        tx.conn.execute(
            sa.text("INSERT INTO poll_log (poll_id, size, sealed, writer) VALUES (:p, :s, :f, 7)"),
            [{"p": "old", "s": 300, "f": False}, {"p": "empty", "s": 0, "f": False}],
        )
        tx.commit()
    database.close()
    migrate("ballots", url)
    twin = RecordScene(url, scene.polls, scene.receipt_signer).begin(scene.folder / "old")
    twin.publish()
    served = twin.checkpoint("old")
    assert (served.size, served.root) == (300, naive_root(twin, 300, "old"))
    assert twin.checkpoint("empty").root == merkle.EMPTY_ROOT
    assert {row.log_id: row.writer for row in twin.rows(log_table)} == {"old": 7, "empty": 7, "city": 0}
    twin.close()
