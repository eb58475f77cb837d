"""The sequencer and sealing, on both databases."""

import random
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest

from services.ballots.contract import SEALED, SEQUENCED
from services.ballots.domain import Ballot, Log, arrange
from services.ballots.storage import BallotTransaction, LostWriter, ballot, entry, outbox, waiting
from services.ballots.storage import log as log_table
from services.ballots.usecases import intake, log, reading
from services.common.ids import format_utc
from services.common.tlog.merkle import leaf_hash
from tests.component.ballots.test_intake import at_once
from tests.unit.ballots.scene import Scene, ballot_id_of, code

RNG = random.Random(20191122)


def sequence(scene: Scene, limit: int = 1000) -> int:
    return log.sequence(scene.store, RNG, scene.known, scene.admits, limit=limit, seconds=30)


def cast(scene: Scene, *voters: str) -> None:
    assert {code(one) for one in scene.cast(*(scene.item(voter) for voter in voters))} == {"ok"}


def check_log(scene: Scene, expected: int, poll: str = "poll-1") -> None:
    """Gapless from 0, each ballot once, each leaf what was promised."""
    entries = [
        row for row in scene.rows(entry.select().order_by(entry.c.index).subquery()) if row.log_id == poll
    ]
    assert [row.index for row in entries] == list(range(expected))
    promised = {row.ballot_id: bytes(row.leaf_hash) for row in scene.rows(ballot)}
    unplaced = {row.ballot_id for row in scene.rows(waiting)}
    placed = {ballot_id: leaf_hash for ballot_id, leaf_hash in promised.items() if ballot_id not in unplaced}
    assert {row.entry_id: bytes(row.leaf_hash) for row in entries} == placed
    assert all(leaf_hash(row.leaf.encode()) == bytes(row.leaf_hash) for row in entries)
    assert scene.store.log(poll).size == expected


def events(scene: Scene, kind: Any) -> list[dict[str, Any]]:
    return [row.payload for row in scene.rows(outbox) if row.routing_key == kind.routing_key]


def test_waiting_ballots_get_gapless_places_and_it_is_told(scene: Scene):
    cast(scene, *(f"v{n}" for n in range(25)))
    assert sequence(scene, limit=10) == 25
    assert sequence(scene) == 0
    check_log(scene, 25)
    assert events(scene, SEQUENCED) == [{"poll_id": "poll-1", "size": size} for size in (10, 20, 25)]


def test_the_order_of_casting_is_not_the_order_of_the_log(scene: Scene):
    voters = [f"v{n:03}" for n in range(200)]
    cast(scene, *voters)
    sequence(scene)
    order = [orjson.loads(leaf)["ballot_id"] for leaf in scene.store.leaves("poll-1", 0, 1000, 10**9)]
    places = [order.index(ballot_id_of(voter)) for voter in voters]
    rising = sum(later > earlier for earlier, later in pairwise(places))
    assert 70 < rising < 130


def test_polls_do_not_mix(scene: Scene):
    scene.polls.add("poll-2")
    scene.cast(*(scene.item(f"v{n}", poll_id=f"poll-{1 + n % 2}") for n in range(20)))
    sequence(scene)
    assert scene.store.log("poll-1").size == scene.store.log("poll-2").size == 10


def test_two_sequencers_and_ten_casters_at_once_put_every_ballot_in_once(scene: Scene):
    done = threading.Event()

    def work(number: int) -> int:
        if number < 2:
            taken = 0
            while not done.is_set() or scene.store.polls_waiting():
                taken += log.sequence(
                    scene.store, random.Random(number), scene.known, scene.admits, limit=17, seconds=5
                )
            return taken
        for batch in range(5):
            cast(scene, *(f"{number}-{batch}-{n}" for n in range(10)))
        if casters.wait() == 0:
            done.set()
        return 0

    casters = threading.Barrier(10)
    taken = at_once(12, work)
    assert sum(taken) == 500
    check_log(scene, 500)
    assert scene.store.lag() == 0


def test_a_sequencer_that_slept_through_anothers_step_changes_nothing(scene: Scene):
    cast(scene, "kim", "lee")
    with scene.store.write() as tx:
        slept = tx.take_log("poll-1")
        seen = tx.waiting("poll-1", 10)
    sequence(scene)
    assert isinstance(slept, Log)
    with pytest.raises(LostWriter), scene.store.write() as tx:
        tx.append(slept, arrange(slept.size, seen, RNG), {one.recorded_at for one in seen})
    cast(scene, "park")
    sequence(scene)
    check_log(scene, 3)


def test_a_step_that_is_lost_to_another_writer_is_tried_again(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    cast(scene, "kim")
    take = BallotTransaction.take_log

    def outdated(self: BallotTransaction, poll_id: str) -> Log | None:
        found = take(self, poll_id)
        return found and replace(found, writer=found.writer - 1)

    with monkeypatch.context() as patched:
        patched.setattr(BallotTransaction, "take_log", outdated)
        assert sequence(scene) == 0
    assert sequence(scene) == 1
    check_log(scene, 1)


def test_a_crash_inside_a_step_leaves_nothing_of_it(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    cast(scene, "kim")

    def crash(self: BallotTransaction) -> None:
        raise RuntimeError("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(BallotTransaction, "commit", crash)
        with pytest.raises(RuntimeError):
            sequence(scene)
    assert scene.rows(entry) == scene.rows(outbox) == []
    assert sequence(scene) == 1


def test_the_database_refuses_a_second_place_for_a_ballot_and_a_second_ballot_for_a_place(scene: Scene):
    from sqlalchemy.exc import IntegrityError

    cast(scene, "kim", "lee")
    sequence(scene)
    row = {"log_id": "poll-1", "index": 2, "entry_id": ballot_id_of("kim"), "leaf": "{}", "leaf_hash": b""}
    for double in (row, {**row, "index": 1, "entry_id": "somebody-else-1234"}):
        with pytest.raises(IntegrityError), scene.database.write() as tx:
            tx.conn.execute(entry.insert(), double)


# --- closing


def close(scene: Scene, seconds_ago: float = 60, poll: str = "poll-1") -> None:
    closes_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    scene.polls.definitions[poll] |= {"state": "closed", "closes_at": format_utc(closes_at)}
    log.look_at_poll(scene.store, scene.known, poll)


def seal(scene: Scene, grace: float = 5.0, clear: bool = True) -> list[str]:
    return log.seal_due(scene.store, lambda: clear, grace)


def test_a_closed_poll_is_sealed_after_the_grace_when_all_is_in_order(scene: Scene):
    cast(scene, "kim", "lee")
    close(scene)
    assert seal(scene) == []
    sequence(scene)
    assert seal(scene) == ["poll-1"]
    assert seal(scene) == []
    assert events(scene, SEALED) == []
    assert (scene.store.log("poll-1").size, scene.store.log("poll-1").sealed) == (2, True)


def test_a_poll_is_not_sealed_before_its_time_nor_while_casts_wait_in_the_queue(scene: Scene):
    assert seal(scene) == []
    close(scene, seconds_ago=3)
    assert seal(scene, grace=5.0) == []
    assert seal(scene, grace=1.0, clear=False) == []
    assert seal(scene, grace=1.0) == ["poll-1"]


def test_the_queue_is_asked_only_after_the_grace(scene: Scene):
    close(scene, seconds_ago=1)

    def never() -> bool:
        raise AssertionError("asked too early")

    assert log.seal_due(scene.store, never, grace=60) == []


def test_a_poll_without_ballots_is_sealed_too(scene: Scene):
    close(scene)
    assert seal(scene) == ["poll-1"]
    assert scene.store.log("poll-1").sealed


def test_an_open_poll_is_known_but_not_closed(scene: Scene):
    log.look_at_poll(scene.store, scene.known, "poll-1")
    log.look_at_poll(scene.store, scene.known, "nowhere")
    assert [(row.log_id, row.closed_at) for row in scene.rows(log_table)] == [("poll-1", None)]


def test_a_closing_nobody_told_of_is_found_by_looking(scene: Scene):
    cast(scene, "kim")
    scene.polls.definitions["poll-1"]["state"] = "closed"
    log.look_for_closed(scene.store, scene.known)
    sequence(scene)
    assert seal(scene, grace=0.0) == ["poll-1"]


def test_after_sealing_nothing_new_is_recorded_but_a_retry_still_gets_its_receipt(scene: Scene):
    first = scene.cast(scene.item("kim"))
    sequence(scene)
    close(scene)
    seal(scene)
    outcomes = scene.cast(
        in_time(scene, "kim"),
        {**in_time(scene, "kim"), "ballot_id": ballot_id_of("kim", 2)},
        in_time(scene, "lee"),
    )
    assert outcomes[0] == first[0]
    assert [code(one) for one in outcomes] == ["ok", "already_voted", "poll_not_open"]
    assert len(scene.rows(ballot)) == 1


def in_time(scene: Scene, voter: str) -> dict[str, Any]:
    """A ballot whose pass was issued before the poll closed."""
    early = datetime.now(UTC) - timedelta(minutes=30)
    return scene.item(voter, ballot_pass=scene.polls.ballot_pass(scene.poll, voter, early))


def test_sealing_while_ballots_come_in_leaves_no_promised_ballot_outside(scene: Scene):
    close(scene)
    sealed = threading.Event()
    promised: list[str] = []

    def work(number: int) -> None:
        if number == 0:
            while not seal(scene):
                sequence(scene)
            sealed.set()
            return
        for n in range(200):
            item = in_time(scene, f"{number}-{n}")
            if code(scene.cast(item)[0]) != "ok":
                assert sealed.wait(20) or scene.store.log("poll-1").sealed
                return
            promised.append(item["ballot_id"])

    at_once(6, work)
    assert sorted(row.entry_id for row in scene.rows(entry)) == sorted(promised)
    check_log(scene, len(promised))


def test_sealing_waits_for_every_ballot_that_is_being_recorded(scene: Scene):
    close(scene)
    entered, sealing = threading.Event(), threading.Event()

    def work(number: int) -> Any:
        if number == 0:
            return record_slowly(scene, entered, sealing)
        entered.wait()
        sealing.set()
        return seal(scene)

    assert at_once(2, work) == [1, []]
    sequence(scene)
    assert seal(scene) == ["poll-1"]
    check_log(scene, 1)


def record_slowly(scene: Scene, entered: threading.Event, sealing: threading.Event) -> int:
    """Records a ballot in a transaction that is open while somebody begins to seal."""
    one = intake.examine(in_time(scene, "kim"), scene.known)
    assert isinstance(one, Ballot)
    with scene.store.write() as tx:
        tx.enter({"poll-1"})
        entered.set()
        sealing.wait()
        time.sleep(0.3)
        recorded = tx.record([one], tx.now(), "key")
        tx.commit()
    return len(recorded)


def test_a_ballot_that_comes_while_the_log_is_being_sealed_is_refused(scene: Scene):
    close(scene)
    locked = threading.Event()

    def work(number: int) -> Any:
        if number == 1:
            locked.wait()
            return code(scene.cast(in_time(scene, "kim"))[0])
        with scene.store.write() as tx:
            found = tx.take_log_alone("poll-1")
            assert found is not None
            locked.set()
            time.sleep(0.3)
            tx.seal(found)
            tx.commit()
        return "sealed"

    assert at_once(2, work) == ["sealed", "poll_not_open"]
    assert scene.rows(ballot) == []


def test_sequencing_and_recording_do_not_wait_for_each_other(scene: Scene):
    if scene.database.is_sqlite:
        return  # SQLite has one writer at a time
    cast(scene, "kim")
    with scene.store.write() as recording:
        recording.enter({"poll-1"})
        assert sequence(scene) == 1
        recording.commit()
    with scene.store.write() as sequencing:
        assert sequencing.take_log("poll-1") is not None
        cast(scene, "lee")
        with scene.store.write() as another:
            assert another.take_log("poll-1") is None


# --- reading


def test_entries_come_in_pages_and_long_ones_in_smaller_pages(scene: Scene):
    cast(scene, *(f"v{n}" for n in range(7)))
    sequence(scene)
    page = reading.entries("poll-1", 2, 3, store=scene.store)
    assert len(page["entries"]) == 3
    assert (page["size"], page["sealed"]) == (7, False)
    assert reading.entries("poll-1", 7, 3, store=scene.store)["entries"] == []
    assert reading.entries("nowhere", 0, 3, store=scene.store) == {"entries": [], "size": 0, "sealed": False}
    assert len(scene.store.leaves("poll-1", 0, 7, most_characters=1)) == 1
    everything = scene.store.leaves("poll-1", 0, 7, most_characters=10**9)
    assert scene.store.leaves("poll-1", 0, 7, most_characters=len(everything[0]) + 1) == everything[:2]


def test_the_status_of_a_ballot_tells_its_place_and_never_the_choice(scene: Scene):
    [outcome] = scene.cast(scene.item("kim"))
    sequence(scene)
    found = scene.status("kim")
    assert found == {"status": "recorded", "receipt": outcome["ok"], "index": 0}
