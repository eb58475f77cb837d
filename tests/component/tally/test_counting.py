"""Counting along, recounting and telling, on both databases."""

import base64
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.ballots.storage import entry
from services.common.contract import instance
from services.common.encodings import canonical_json, unb64u
from services.common.errors import Unavailable
from services.tally import contract
from services.tally.sources import LogCutShort, WrongHash
from services.tally.storage import TallyTransaction, counter, metadata, outbox, poll
from services.tally.usecases import counting
from tests.unit.ballots.scene import verifier
from tests.unit.tally.world import World

CHOICES = "aaaabbbbbbcd" * 2


@pytest.fixture
def counted(world: World) -> World:
    """24 ballots, in the log and counted."""
    world.cast(*CHOICES)
    world.sequence()
    world.catch_up()
    return world


def events(world: World) -> list[dict[str, Any]]:
    with world.database.read() as conn:
        rows = conn.execute(outbox.select().order_by(outbox.c.seq))
        return [row.payload for row in rows if row.routing_key == contract.CERTIFIED.routing_key]


def test_counts_follow_the_log_and_watchers_are_told(counted: World):
    assert counted.votes() == {"a": 8, "b": 12, "c": 2, "d": 2}
    shown = counted.results()
    assert (shown["state"], shown["voters"], shown["as_of"]) == ("live", 24, 24)
    assert instance(contract.ResultsSchema).validate(shown) == {}
    assert counted.hints == ["poll-1"]


def test_the_real_indicator_poll_ends_as_it_ended(world: World):
    world.sources._page = 2000
    world.cast(*("a" * 68 + "b" * 84 + "c" * 14 + "d" * 119))
    world.sequence()
    world.end()
    assert world.recount()
    options = world.results()["questions"][0]["options"]
    assert [(option["count"], option["share"]) for option in options] == [
        (68, "23.86"),
        (84, "29.47"),
        (14, "4.91"),
        (119, "41.75"),
    ]


def test_repeated_and_reordered_events_count_nothing_twice(world: World):
    sizes = []
    for n in range(8):
        world.cast(*"abc", start=3 * n)
        world.sequence()
        sizes.append(3 * (n + 1))
    random.Random(3).shuffle(sizes)
    for size in sizes + sizes:
        world.catch_up(size)
    assert world.votes() == {"a": 8, "b": 8, "c": 8, "d": 0}


def test_many_workers_at_once_count_nothing_twice(world: World):
    world.cast(*CHOICES)
    world.sequence()
    counting.refresh(world.store, world.sources, "poll-1")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: world.catch_up(24 if n % 2 else 15), range(16)))
    assert world.votes() == {"a": 8, "b": 12, "c": 2, "d": 2}
    assert world.poll().applied == 24


def test_a_crash_inside_a_page_leaves_nothing_of_it(world: World, monkeypatch: pytest.MonkeyPatch):
    world.cast(*CHOICES)
    world.sequence()
    counting.refresh(world.store, world.sources, "poll-1")

    def crash(self: TallyTransaction) -> None:
        raise RuntimeError("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(TallyTransaction, "commit", crash)
        with pytest.raises(RuntimeError):
            world.catch_up()
    assert (world.poll().applied, world.votes()["a"]) == (0, 0)
    world.catch_up()
    assert world.votes() == {"a": 8, "b": 12, "c": 2, "d": 2}


def test_while_ballots_is_away_nothing_is_counted_and_results_are_still_shown(counted: World):
    counted.ballots_away = True
    with pytest.raises(Unavailable):
        counted.catch_up()
    assert counted.results()["voters"] == 24


def test_a_lost_event_only_delays(world: World):
    counting.refresh(world.store, world.sources, "poll-1")
    world.cast(*"ab")
    world.sequence()
    world.keep_up()
    assert world.votes()["a"] == 1
    world.end()
    world.keep_up()
    assert world.results()["state"] == "final"


def test_an_unknown_poll_has_no_results(world: World):
    with pytest.raises(contract.ResultsNotFound):
        counting.refresh(world.store, world.sources, "nowhere")
    counting.notice(world.store, world.sources, world.hints.append, "nowhere")


def test_a_definition_that_does_not_have_its_hash_is_not_taken(world: World):
    world.scene.polls.definitions["poll-1"]["definition_hash"] = "00" * 32
    with pytest.raises(WrongHash):
        world.results()


def test_a_state_that_is_older_than_the_known_one_changes_nothing(world: World):
    world.set_state("published")
    world.set_state("open")
    assert world.poll().facts.state == "published"


# --- the recount


def test_a_certified_result_is_signed_and_never_changes(counted: World):
    counted.end()
    assert counted.recount()
    final = counted.results()
    assert final["state"] == "final"
    assert (final["voters"], final["as_of"]) == (24, 24)
    assert instance(contract.ResultsSchema).dump(final) == final
    signature = final.pop("signature")
    good = verifier(counted.signer).verify(
        signature["key_id"], unb64u(signature["value"]), canonical_json(final)
    )
    assert good
    assert final["definition_hash"] == counted.scene.polls.definitions["poll-1"]["definition_hash"]
    assert counted.recount()
    assert counted.results() == {**final, "signature": signature}
    assert events(counted) == [{"poll_id": "poll-1", "agreed": True}]


def test_turnout_is_against_the_roll(world: World):
    world.scene.polls.add("poll-1", roll_size=40)
    world.cast(*"abcd", *"aaaaaa")
    world.sequence()
    world.catch_up()
    assert world.results()["turnout"] == {"roll": 40, "share": "25.00"}


def test_a_poll_nobody_voted_in_is_certified_too(world: World):
    world.set_state("closed", closes_at=world.scene.polls.definitions["poll-1"]["opened_at"])
    world.end()
    assert world.recount()
    assert world.results()["voters"] == 0


def test_an_unsealed_poll_is_not_recounted(counted: World):
    with pytest.raises(contract.NotSealed):
        counted.recount()


def test_a_cancelled_poll_is_not_certified(counted: World):
    counted.end()
    counted.set_state("cancelled")
    assert not counted.recount()
    assert events(counted) == []
    assert counted.results()["state"] == "embargoed"


def raised_counter(world: World) -> None:
    one = (counter.c.question == "q1") & (counter.c.name == "c")
    world.run_sql(world.database, sa.update(counter).where(one).values(n=counter.c.n + 1))


def removed_counter(world: World) -> None:
    world.run_sql(world.database, sa.delete(counter).where(counter.c.name == "a"))


def raised_applied(world: World) -> None:
    world.run_sql(world.database, sa.update(poll).values(applied=poll.c.applied + 1))


def lowered_applied(world: World) -> None:
    world.run_sql(world.database, sa.update(poll).values(applied=poll.c.applied - 5))


def changed_entry(world: World) -> None:
    leaf = orjson.loads(world.scene.store.leaves("poll-1", 3, 1, 10**6)[0])
    other = "d" if leaf["answers"] != {"q1": ["d"]} else "a"
    text = canonical_json({**leaf, "answers": {"q1": [other]}}).decode()
    world.run_sql(world.scene.database, sa.update(entry).where(entry.c.index == 3).values(leaf=text))


def invalid_entry(world: World) -> None:
    text = '{"v":1,"poll":"poll-1","ballot_id":"x","answers":{"q1":["a","b","c"]}}'
    world.run_sql(world.scene.database, sa.update(entry).where(entry.c.index == 3).values(leaf=text))


def foreign_entry(world: World) -> None:
    text = '{"v":1,"poll":"another","ballot_id":"x","answers":{"q1":["a"]}}'
    world.run_sql(world.scene.database, sa.update(entry).where(entry.c.index == 3).values(leaf=text))


def broken_entry(world: World) -> None:
    world.run_sql(world.scene.database, sa.update(entry).where(entry.c.index == 3).values(leaf="no JSON"))


def removed_entry(world: World) -> None:
    world.run_sql(world.scene.database, sa.delete(entry).where(entry.c.index == 23))


TAMPERING = [
    raised_counter,
    removed_counter,
    raised_applied,
    lowered_applied,
    changed_entry,
    invalid_entry,
    foreign_entry,
    broken_entry,
    removed_entry,
]


@pytest.mark.parametrize("tamper", TAMPERING)
def test_whatever_was_tampered_with_blocks_publication_loudly(counted: World, tamper):
    counted.end()
    tamper(counted)
    assert not counted.recount()
    assert events(counted) == [{"poll_id": "poll-1", "agreed": False}]
    assert counted.store.differences("poll-1")
    assert counted.store.polls_blocked() == 1
    counted.set_state("published")
    assert counted.results()["state"] == "live"
    counted.keep_up()
    assert len(events(counted)) == 1


@pytest.mark.parametrize("tamper", [changed_entry, broken_entry])
def test_an_entry_tampered_with_before_it_was_counted_does_not_break_the_counting(world: World, tamper):
    world.cast(*CHOICES)
    world.sequence()
    tamper(world)
    world.catch_up()
    assert world.poll().applied == 24


def test_entries_missing_before_they_were_counted_block_too(world: World):
    world.cast(*CHOICES)
    world.sequence()
    removed_entry(world)
    with pytest.raises(LogCutShort):
        world.catch_up()
    world.end()
    assert not world.recount()
    assert {"what": "entries", "live": 24, "recounted": 23} in world.store.differences("poll-1")


def test_a_definition_changed_after_opening_blocks(counted: World):
    counted.end()
    changed = counted.scene.polls.add("other")
    other = counted.scene.polls.definitions.pop(changed)
    known = counted.scene.polls.definitions["poll-1"]
    known |= {"definition": other["definition"], "definition_hash": other["definition_hash"]}
    assert not counted.recount()
    assert [one["what"] for one in counted.store.differences("poll-1")] == ["definition"]


def test_after_a_repair_a_repeated_request_recounts_and_certifies(counted: World):
    counted.end()
    raised_counter(counted)
    assert not counted.recount()
    assert not counted.recount()
    one = (counter.c.question == "q1") & (counter.c.name == "c")
    counted.run_sql(counted.database, sa.update(counter).where(one).values(n=counter.c.n - 1))
    assert counted.recount()
    assert counted.results()["state"] == "final"
    assert [event["agreed"] for event in events(counted)] == [False, False, True]


def test_embargoed_results_show_only_when_they_may(world: World):
    world.scene.polls.add("poll-1", results="after_publish")
    world.cast(*CHOICES)
    world.sequence()
    world.catch_up()
    nothing = {"poll_id": "poll-1", "state": "embargoed", "results": "after_publish", "questions": []}
    assert world.results() == nothing
    world.end()
    assert world.recount()
    assert world.results() == nothing
    with pytest.raises(contract.ResultsEmbargoed):
        world.export("json")
    assert world.hints == []
    world.set_state("published")
    assert world.results()["state"] == "final"
    assert world.hints == ["poll-1"]
    exported = orjson.loads(base64.b64decode(world.export("json")["content"]))
    assert exported == world.results()


def test_a_lost_publication_is_found_by_looking(world: World):
    world.scene.polls.add("poll-1", results="after_publish")
    world.cast(*"ab")
    world.sequence()
    world.catch_up()
    world.end()
    world.recount()
    world.scene.polls.definitions["poll-1"]["state"] = "published"
    assert world.results()["state"] == "embargoed"
    counting.watch(world.store, world.sources, world.hints.append)
    assert world.results()["state"] == "final"
    assert world.store.polls_to_watch() == world.store.polls_to_count() == []


def test_the_migrations_make_the_tables_that_the_queries_expect(world: World):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with world.database.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"version_table": "tally_version"})
        assert compare_metadata(context, metadata) == []
