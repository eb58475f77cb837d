"""Casting at the same time, on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from services.ballots.storage import BallotTransaction, ballot, metadata, refusal
from services.common.encodings import b64u
from tests.unit.ballots.scene import Scene, ballot_id_of, code


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Runs the work in so many threads that start together; results in the order of their numbers."""
    start = Barrier(count)

    def run(number: int) -> Any:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_of_fifty_casts_by_one_voter_with_two_choices_one_counts(scene: Scene):
    def cast(number: int) -> Any:
        choice = "ab"[number % 2]
        item = scene.item("kim", ballot_id=ballot_id_of("kim", number), answers={"q1": [choice]})
        return scene.cast(item)[0]

    outcomes = at_once(50, cast)
    assert Counter(code(one) for one in outcomes) == {"ok": 1, "already_voted": 49}
    [row] = scene.rows(ballot)
    [receipt] = [one["ok"] for one in outcomes if "ok" in one]
    assert row.ballot_id == receipt["ballot_id"]


def test_the_same_ballot_sent_twenty_times_at_once_gets_one_and_the_same_receipt(scene: Scene):
    outcomes = at_once(20, lambda number: scene.cast(scene.item("kim"))[0])
    assert all(one == outcomes[0] and "ok" in one for one in outcomes)
    assert len(scene.rows(ballot)) == 1


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def test_what_is_recorded_and_what_only_comes_again_is_counted_apart(scene: Scene):
    recorded, repeated = counted("ballots_recorded_total"), counted("ballots_duplicate_total")
    kim, lee = scene.item("kim"), scene.item("lee")
    scene.cast(kim, kim, lee)
    scene.cast(kim, lee, scene.item("kim", ballot_id=ballot_id_of("kim", 2)))
    assert counted("ballots_recorded_total") - recorded == 2
    assert counted("ballots_duplicate_total") - repeated == 3


def test_of_two_casts_under_one_id_in_one_batch_the_first_counts(scene: Scene):
    first, second = (scene.item("kim", answers={"q1": [choice]}) for choice in "ab")
    outcomes = scene.cast(first, scene.item("lee"), second)
    assert outcomes[0] == outcomes[2]
    assert {code(one) for one in outcomes} == {"ok"}
    kept = {row.ballot_id: row for row in scene.rows(ballot)}[first["ballot_id"]]
    assert b64u(kept.leaf_hash) == outcomes[0]["ok"]["leaf_hash"]
    assert orjson.loads(kept.leaf)["answers"] == {"q1": ["a"]}


def test_batches_that_share_voters_in_opposite_order_do_not_give_up(scene: Scene):
    voters = [f"v{n}" for n in range(40)]

    def cast(number: int) -> Any:
        order = voters if number % 2 else list(reversed(voters))
        return scene.cast(*(scene.item(voter) for voter in order))

    for outcomes in at_once(8, cast):
        assert {code(one) for one in outcomes} == {"ok"}
    assert len(scene.rows(ballot)) == len(voters)


def test_batches_of_many_voters_at_once_are_all_recorded(scene: Scene):
    at_once(6, lambda number: scene.cast(*(scene.item(f"{number}-{n}") for n in range(100))))
    assert len(scene.rows(ballot)) == 600


def test_a_crash_before_the_commit_promises_nothing_and_the_batch_can_come_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    def crash(self: BallotTransaction) -> None:
        raise RuntimeError("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(BallotTransaction, "commit", crash)
        with pytest.raises(RuntimeError):
            scene.cast(scene.item("kim"), scene.item("lee"))
    assert scene.rows(ballot) == []
    assert [code(one) for one in scene.cast(scene.item("kim"), scene.item("lee"))] == ["ok", "ok"]


def test_a_crash_after_the_commit_loses_no_receipt(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    def crash(*arguments: Any) -> None:
        raise RuntimeError("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(type(scene.receipts), "receipt", crash)
        with pytest.raises(RuntimeError):
            scene.cast(scene.item("kim"))
    [outcome] = scene.cast(scene.item("kim"))
    assert outcome["ok"]["ballot_id"] == ballot_id_of("kim")
    assert len(scene.rows(ballot)) == 1
    found = scene.status("kim")
    assert found == {"status": "recorded", "receipt": outcome["ok"]}


def test_an_unknown_ballot_is_unknown(scene: Scene):
    found = scene.status("kim")
    assert found == {"status": "unknown"}


def test_whoever_was_told_to_wait_hears_of_the_refusal(scene: Scene):
    scene.serve(scene.item("kim"))
    scene.serve(scene.item("kim", ballot_id_of("kim", 2)), scene.item("lee"))
    assert scene.status("kim", 2) == {"status": "refused", "code": "already_voted"}
    assert scene.status("kim")["status"] == "recorded"
    [row] = scene.rows(refusal)
    assert set(row._mapping) == {"ballot_id", "poll_id", "code", "refused_at"}


def test_a_refused_ballot_that_is_recorded_later_has_a_receipt(scene: Scene):
    scene.serve(scene.item("kim", ballot_pass="no pass at all"))
    assert scene.status("kim") == {"status": "refused", "code": "invalid_pass"}
    scene.serve(scene.item("kim"))
    assert scene.status("kim")["status"] == "recorded"


def test_what_names_no_ballot_is_not_kept(scene: Scene):
    scene.serve(
        {}, scene.item("kim", ballot_id="short"), scene.item("kim", poll_id="p" * 65), {"poll_id": []}
    )
    assert scene.rows(refusal) == []


def test_refusals_are_forgotten_by_age_and_by_number(scene: Scene):
    for number in range(2, 8):
        scene.serve(scene.item("kim"), scene.item("kim", ballot_id_of("kim", number)))
    assert scene.refusals.forget(timedelta(hours=1), most=4) == 2
    assert scene.status("kim", 2) == {"status": "unknown"}
    assert scene.status("kim", 7)["status"] == "refused"
    assert scene.refusals.forget(timedelta(0), most=4) == 4


def test_the_migrations_make_the_tables_that_the_queries_expect(scene: Scene):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with scene.database.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"version_table": "ballots_version"})
        assert compare_metadata(context, metadata) == []
