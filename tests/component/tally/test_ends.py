"""What a result stands on: the end of the log as it was signed and witnessed, and its own signature."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.ballots.storage import entry
from services.common.encodings import canonical_json, sha256
from services.common.errors import InternalError, Unavailable
from services.polls.contract.record import RecordEntrySchema
from services.tally import contract
from services.tally.storage import counter, outbox, poll
from services.tally.usecases import counting, results
from tests.unit.ballots.scene import signer
from tests.unit.tally.world import World


@pytest.fixture
def ended(world: World) -> World:
    """Six ballots, counted, and a log that has ended."""
    world.cast(*"aabbcd")
    world.sequence()
    world.catch_up()
    world.end()
    return world


def differing(world: World) -> list[str]:
    return [one["what"] for one in world.store.differences("poll-1")]


def facts(world: World) -> list[dict[str, Any]]:
    with world.database.read() as conn:
        rows = conn.execute(outbox.select().order_by(outbox.c.seq))
        return [row.payload for row in rows if row.routing_key == contract.RECORD_ENTRY.routing_key]


class TestCheckpoint:
    def test_the_result_names_the_end_of_the_log(self, ended: World):
        assert ended.recount()
        assert ended.results()["checkpoint"] == ended.checkpoint

    def test_the_city_log_is_told_the_signed_document_once(self, ended: World):
        assert ended.recount()
        assert ended.recount()
        (fact,) = facts(ended)
        assert RecordEntrySchema().validate(fact) == {}
        assert (fact["id"], fact["kind"], fact["poll"]) == ("poll-1:result", "result", "poll-1")
        assert fact["body"] == ended.results()

    def test_the_city_log_is_told_of_no_result_before_it_may_be_seen(self, world: World):
        """Everybody can read the city log at any time."""
        world.scene.polls.add("poll-1", results="after_publish")
        world.cast(*"aab")
        world.sequence()
        world.catch_up()
        world.end()
        assert world.recount()
        world.keep_up()
        counting.watch(world.store, world.sources, world.hints.append)
        assert facts(world) == []
        world.set_state("published")
        world.set_state("published")
        (fact,) = facts(world)
        assert fact["body"] == world.results()

    def test_a_result_that_was_called_off_is_never_told(self, world: World):
        world.scene.polls.add("poll-1", results="after_publish")
        world.cast("a")
        world.sequence()
        world.end()
        assert world.recount()
        world.set_state("cancelled")
        assert facts(world) == []

    def test_nothing_is_told_of_a_result_that_differs(self, ended: World):
        ended.checkpoint = None
        assert not ended.recount()
        assert facts(ended) == []

    @pytest.mark.parametrize(
        ("end", "differs"),
        [
            (lambda world: None, ["checkpoint"]),
            (lambda world: "no note", ["checkpoint"]),
            (lambda world: world.checkpoint.split("\n\n")[0] + "\n", ["checkpoint"]),
            (lambda world: world.sign_checkpoint(by=signer("another")), ["checkpoint signature"]),
            (lambda world: world.sign_checkpoint(poll_id="poll-2"), ["checkpoint origin"]),
            (lambda world: world.sign_checkpoint(size=5), ["checkpoint size"]),
        ],
    )
    def test_a_result_stands_on_no_other_end(self, ended: World, end: Callable[[World], Any], differs):
        ended.checkpoint = end(ended)
        assert not ended.recount()
        assert differing(ended) == differs
        assert ended.results()["state"] == "live"

    def test_a_checkpoint_that_was_changed_after_signing_is_noticed(self, ended: World):
        ended.checkpoint = (ended.checkpoint or "").replace("\n6\n", "\n7\n")
        assert not ended.recount()
        assert differing(ended) == ["checkpoint signature", "checkpoint size"]


def swap_leaves(world: World) -> None:
    """Two entries change places: every count stays what it was."""
    first, last = world.scene.store.leaves("poll-1", 0, 6, 10**6)[::5]
    for index, leaf in ((0, last), (5, first)):
        world.run_sql(world.scene.database, sa.update(entry).where(entry.c.index == index).values(leaf=leaf))


def change_ballot_and_counters(world: World) -> None:
    """Whoever can write to both databases changes an entry and the live counters with it."""
    leaves = [orjson.loads(leaf) for leaf in world.scene.store.leaves("poll-1", 0, 6, 10**6)]
    index = next(n for n, leaf in enumerate(leaves) if leaf["answers"] == {"q1": ["c"]})
    text = canonical_json({**leaves[index], "answers": {"q1": ["d"]}}).decode()
    world.run_sql(world.scene.database, sa.update(entry).where(entry.c.index == index).values(leaf=text))
    for name, n in (("c", 0), ("d", 2)):
        one = (counter.c.question == "q1") & (counter.c.name == name)
        world.run_sql(world.database, sa.update(counter).where(one).values(n=n))


@pytest.mark.parametrize("attack", [swap_leaves, change_ballot_and_counters])
def test_entries_that_are_not_those_under_the_checkpoint_block_the_result(ended: World, attack):
    attack(ended)
    assert not ended.recount()
    assert differing(ended) == ["checkpoint root"]


def test_what_is_rebuilt_and_signed_by_the_real_key_is_not_for_tally_to_see(ended: World):
    """The published store and the witnesses have seen another tree: docs/security.md."""
    change_ballot_and_counters(ended)
    ended.checkpoint = ended.sign_checkpoint()
    assert ended.recount()


class TestWitnesses:
    def test_without_them_the_result_waits_and_says_so(self, ended: World):
        ended.witnessed = False
        with pytest.raises(contract.NotWitnessed):
            ended.recount()
        ended.keep_up()
        ended.await_missing()
        assert ended.poll().certified is None
        assert ended.store.polls_awaiting_recount() == ["poll-1"]
        assert ended.results()["state"] == "live"
        assert facts(ended) == []

    def test_with_them_it_is_certified_by_itself(self, ended: World):
        ended.witnessed = False
        ended.keep_up()
        ended.witnessed = True
        ended.await_missing()
        assert ended.results()["state"] == "final"
        assert ended.store.polls_awaiting_recount() == []

    @pytest.mark.parametrize("trouble", [Unavailable, InternalError, ZeroDivisionError])
    def test_a_poll_that_nothing_can_be_done_for_holds_up_no_other(self, ended: World, trouble, monkeypatch):
        """Such as one whose definition was altered: polls never tells it again."""
        ended.witnessed = False
        ended.keep_up()
        for poll_id in ("poll-0", "poll-2"):
            with ended.store.write() as tx:
                tx.begin(replace(ended.poll().facts, poll_id=poll_id))
                tx.note_sealed(poll_id, 6)
                tx.commit()
        ask = ended.scene.polls.ask

        def some(call: Any, **arguments: Any) -> dict[str, Any]:
            if arguments.get("poll_id") != "poll-1":
                raise trouble
            return ask(call, **arguments)

        monkeypatch.setattr(ended.scene.polls, "ask", some)
        ended.keep_up()
        counting.watch(ended.store, ended.sources, ended.hints.append)
        ended.witnessed = True
        ended.await_missing()
        assert ended.poll().certified

    def test_a_poll_that_is_called_off_waits_for_nobody(self, ended: World):
        ended.witnessed = False
        with pytest.raises(contract.NotWitnessed):
            ended.recount()
        ended.set_state("cancelled")
        assert ended.store.polls_awaiting_recount() == []


class TestStoredResult:
    def alter(self, world: World, change: Callable[[dict[str, Any]], Any]) -> None:
        document = orjson.loads(world.poll().final or "")
        change(document)
        text = canonical_json(document).decode()
        world.run_sql(world.database, sa.update(poll).values(final=text))

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document["questions"][0]["options"][0].update(count=3),
            lambda document: document.update(voters=7),
            lambda document: document.pop("checkpoint"),
            lambda document: document["signature"].update(key_id="tally-result-9"),
            lambda document: document.pop("signature"),
        ],
    )
    def test_an_altered_one_is_told_to_nobody_and_loudly(self, ended: World, change):
        assert ended.recount()
        assert ended.watch_finals() == 0
        self.alter(ended, change)
        for read in (ended.results, lambda: ended.export("csv"), self.final(ended)):
            with pytest.raises(contract.ResultDamaged):
                read()
        assert ended.watch_finals() == 1

    def test_no_other_polls_signed_result_passes_for_it(self, ended: World):
        """Good in itself, but not of this poll."""
        assert ended.recount()
        other = orjson.loads(ended.poll().final or "")
        del other["signature"]
        value = ended.signer.sign(canonical_json({**other, "poll_id": "poll-2"}))
        from services.common.encodings import b64u

        signature = {"key_id": ended.signer.key_id, "value": b64u(value)}
        text = canonical_json({**other, "poll_id": "poll-2", "signature": signature}).decode()
        ended.run_sql(ended.database, sa.update(poll).values(final=text))
        with pytest.raises(contract.ResultDamaged):
            ended.results()

    def test_a_lost_one_is_damaged_too(self, ended: World):
        assert ended.recount()
        ended.run_sql(ended.database, sa.update(poll).values(final=None))
        with pytest.raises(contract.ResultDamaged):
            ended.results()

    def test_it_is_given_out_as_it_was_signed(self, ended: World):
        with pytest.raises(contract.ResultsEmbargoed):
            self.final(ended)()
        assert ended.recount()
        assert self.final(ended)()["document"] == ended.poll().final

    def final(self, world: World) -> Callable[[], dict[str, Any]]:
        return lambda: results.final(world.store, world.sources, world.keys, "poll-1")


def test_a_definition_altered_in_tallys_own_database_blocks(ended: World):
    changed = {**ended.poll().facts.definition, "title": "another"}
    ended.run_sql(ended.database, sa.update(poll).values(definition=changed))
    assert not ended.recount()
    assert differing(ended) == ["definition"]
    assert ended.store.differences("poll-1")[0]["recounted"] == sha256(canonical_json(changed)).hex()


def test_the_gate_says_what_may_be_seen(ended: World):
    def told() -> tuple[bool, bool]:
        answer = contract.GET_VISIBILITY.dump(results.visible(ended.store, ended.sources, "poll-1"))
        return answer["visible"], answer["final"]

    assert told() == (True, False)
    ended.recount()
    assert told() == (True, True)
    ended.set_state("cancelled")
    assert told() == (False, False)
