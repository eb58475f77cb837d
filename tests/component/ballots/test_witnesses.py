"""Collecting cosignatures from witnesses that do what they should, and from some that do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ballots.storage.record_tables import cosignature
from services.ballots.usecases import log_reading
from services.ballots.usecases.guarding import WITNESSED_MORE
from services.common.telemetry.health import process_health
from services.common.tlog.checkpoint import cosigned_at
from services.common.tlog.note import Note
from tests.component.ballots.record_scene import LogProcess, RecordScene
from tests.fixtures.fake_witness import FakeWitness


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[RecordScene]:
    scene = RecordScene(database_url).begin(tmp_path / "published")
    yield scene
    scene.close()
    process_health.unregister("test")


@pytest.fixture
def witnesses() -> Iterator[list[FakeWitness]]:
    three = [FakeWitness(f"w{n}.example/w") for n in range(3)]
    yield three
    for each in three:
        each.close()


def process(scene: RecordScene, witnesses: list[FakeWitness], seconds: float = 5.0) -> LogProcess:
    scene.process_of_ours = scene.process([each.witness for each in witnesses], seconds=seconds)
    return scene.process_of_ours


def grow(scene: RecordScene, *voters: str) -> None:
    scene.vote(*voters)
    scene.sequence()
    scene.publish()


def cosigners(scene: RecordScene, log_id: str = "poll-1") -> set[str]:
    """Whose cosignatures stand on the served checkpoint."""
    note = Note.parse(log_reading.checkpoint(log_id, reader=scene.reader)["checkpoint"])
    return {line.name for line in note.lines[1:]}


def test_every_witness_cosigns_and_gets_proofs_from_what_it_last_had(scene, witnesses):
    process(scene, witnesses)
    for step in range(3):
        grow(scene, *(f"{step}-{n}" for n in range(3)))
        assert cosigners(scene) == {each.name for each in witnesses}
    note = Note.parse(log_reading.checkpoint("poll-1", reader=scene.reader)["checkpoint"])
    for line, each in zip(note.lines[1:], witnesses, strict=True):
        assert cosigned_at(note.text, line, each.key) is not None
    asked = [(old, size) for origin, old, size in witnesses[0].asked if origin.endswith("poll-1")]
    assert asked == [(0, 3), (3, 6), (6, 9)]
    assert {row.size for row in scene.rows(cosignature) if row.log_id == "poll-1"} == {9}
    before = len(witnesses[0].asked)
    scene.publish()
    assert len(witnesses[0].asked) == before


def test_a_process_that_knows_nothing_of_the_witness_learns_from_its_409(scene, witnesses):
    one = witnesses[:1]
    process(scene, one)
    grow(scene, "kim")
    with scene.database.write() as tx:
        from services.ballots.storage.record_tables import witness_state

        tx.conn.execute(witness_state.delete())
        tx.commit()
    grow(scene, "lee")
    asked = [(old, size) for origin, old, size in one[0].asked if origin.endswith("poll-1")]
    assert asked == [(0, 1), (0, 2), (1, 2)]
    assert cosigners(scene) == {one[0].name}


def test_one_that_is_down_is_asked_again_and_the_others_count(scene, witnesses):
    ours = process(scene, witnesses)
    witnesses[0].status = 500
    grow(scene, "kim")
    assert cosigners(scene) == {"w1.example/w", "w2.example/w"}
    scene.end()
    scene.publish()
    state = {"reader": scene.reader, "witnesses": [each.witness for each in witnesses]}
    assert log_reading.log_state("poll-1", **state, needed=lambda _: 2)["witnessed"]
    assert not log_reading.log_state("poll-1", **state, needed=lambda _: 3)["witnessed"]
    witnesses[0].status = None
    ours.round()
    assert log_reading.log_state("poll-1", **state, needed=lambda _: 3)["witnessed"]


def test_an_unreachable_one_delays_nobody_and_is_left_alone_for_a_while(scene, witnesses):
    gone = FakeWitness("gone.example/w")
    gone.close()
    process(scene, [gone, *witnesses])
    grow(scene, "kim")
    assert cosigners(scene) == {each.name for each in witnesses}
    assert scene.process_of_ours.witnesses._standings[0].misses == 1
    grow(scene, "lee")
    assert scene.process_of_ours.witnesses._standings[0].misses == 1


def test_a_slow_one_is_waited_for_no_longer_than_the_deadline(scene, witnesses):
    witnesses[0].delay = 1.0
    process(scene, witnesses, seconds=0.3)
    grow(scene, "kim")
    assert cosigners(scene) >= {"w1.example/w", "w2.example/w"}
    assert "w0.example/w" not in cosigners(scene)


@pytest.mark.parametrize("status", [400, 403, 404, 422, 500])
def test_a_refusal_is_no_cosignature_and_no_reason_to_stop(scene, witnesses, status):
    witnesses[0].status = status
    process(scene, witnesses[:1])
    grow(scene, "kim")
    assert cosigners(scene) == set()
    grow(scene, "lee")
    assert scene.checkpoint().size == 2


def test_a_cosignature_of_something_else_is_not_kept(scene, witnesses):
    witnesses[0].forges = True
    process(scene, witnesses[:2])
    grow(scene, "kim")
    assert cosigners(scene) == {"w1.example/w"}


def test_a_witness_that_has_seen_more_stops_the_log_until_it_is_asked_no_more(scene, witnesses, new_database):
    """Database and published store were both restored from a backup; only the witness remembers."""
    process(scene, witnesses[:1])
    grow(scene, *(f"v{n}" for n in range(5)))
    restored = RecordScene(new_database(), scene.polls, scene.receipt_signer)
    restored.begin(scene.folder / "restored", scene.log_signer)
    process(restored, witnesses[:1])
    grow(restored, "v0", "v1")
    found = restored.book.log("poll-1")
    assert found.refused == WITNESSED_MORE + "w0.example/w"
    assert found.published is None
    restored.vote("v2")
    assert restored.sequence() == 0
    restored.publish()
    assert restored.book.log("poll-1").refused
    restored.process_of_ours = restored.process()
    with restored.database.write() as tx:
        from services.ballots.storage.record_tables import lease

        tx.conn.execute(lease.delete())
        tx.commit()
    restored.publish()
    assert restored.book.log("poll-1").refused is None
    assert restored.sequence() == 1
    restored.close()


def test_another_tree_of_the_same_size_stops_the_log(scene, witnesses, new_database):
    process(scene, witnesses[:1])
    grow(scene, "kim")
    fork = RecordScene(new_database(), scene.polls, scene.receipt_signer)
    fork.begin(scene.folder / "fork", scene.log_signer)
    process(fork, witnesses[:1])
    grow(fork, "lee")
    assert fork.book.log("poll-1").refused == WITNESSED_MORE + "w0.example/w"
    fork.close()
