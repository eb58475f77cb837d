"""The rule store's promises, kept by the fake and by both databases."""

import threading
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from services.common.database import Database
from services.polls.domain.tries import TryLimits
from services.polls.rules import RuleStore
from services.polls.storage import tables
from services.polls.storage.rules import DatabaseRules
from services.polls.usecases import roll
from tests.component.polls.scene import Scene
from tests.unit.polls.fakes import FakeRuleStore

LIMITS = TryLimits(most=3, pause=60)
POLL = "p" * 22


def left(store: RuleStore, guesses: Sequence[tuple[str, bool | None]]) -> list[int | None]:
    counted = store.count_guesses(POLL, guesses, LIMITS)
    return [None if one.retry_after else one.tries_left for one in counted]


class Promises:
    """What every rule store keeps."""

    def test_guesses_are_counted_in_order_and_for_each_voter(self, store: RuleStore):
        guesses = [("a", False), ("b", True), ("a", None), ("b", False), ("a", False), ("a", True)]
        assert left(store, guesses) == [2, 3, 1, 2, 0, None]
        assert left(store, [("a", True), ("b", True)]) == [None, 3]

    def test_a_proved_guess_is_forgotten(self, store: RuleStore):
        assert left(store, [("a", False), ("a", None)]) == [2, 1]
        store.forget_guesses(POLL, ["a"])
        assert left(store, [("a", False)]) == [2]

    def test_nothing_asked_nothing_counted(self, store: RuleStore):
        assert store.count_guesses(POLL, [], LIMITS) == []


class TestFakeStore(Promises):
    @pytest.fixture
    def store(self) -> RuleStore:
        return FakeRuleStore()


class TestDatabaseRules(Promises):
    @pytest.fixture
    def store(self, database: Database) -> RuleStore:
        return DatabaseRules(database)


def test_polls_do_not_share_tries(database: Database):
    rules = DatabaseRules(database)
    for poll_id in ("p" * 22, "q" * 22):
        assert [one.tries_left for one in rules.count_guesses(poll_id, [("a", False)], LIMITS)] == [2]


def test_no_guess_slips_through_a_race(database: Database):
    rules = DatabaseRules(database)
    heard: list[bool] = []

    def guess_often() -> None:
        for _ in range(5):
            heard.extend(one.retry_after is None for one in rules.count_guesses(POLL, [("a", False)], LIMITS))

    guessers = [threading.Thread(target=guess_often) for _ in range(8)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()
    assert len(heard) == 40
    assert sum(heard) == LIMITS.most


def test_crossing_batches_do_not_lock_up(database: Database):
    rules = DatabaseRules(database)
    done: list[int] = []
    forwards = [(f"v{n}", False) for n in range(50)]

    def guess(order: list[tuple[str, bool]]) -> None:
        done.extend(len(rules.count_guesses(POLL, order, TryLimits(1000, 60))) for _ in range(4))

    guessers = [threading.Thread(target=guess, args=(order,)) for order in (forwards, forwards[::-1]) * 3]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()
    assert done == [50] * 24
    with database.read() as conn:
        counts = set(conn.execute(sa.select(tables.password_tries.c["count"])).scalars())
    assert counts == {24}


def test_who_guessed_is_forgotten_once_the_poll_is_over(scene: Scene):
    poll = scene.opened()
    DatabaseRules(scene.database).count_guesses(poll["id"], [("a", False), ("b", False)], LIMITS)
    assert roll.sweep(scene.store) == 0
    scene.close(poll["id"])
    assert roll.sweep(scene.store) == 2
    assert roll.sweep(scene.store) == 0
