"""Long calculations of tally beside everything else."""

import threading
import time

import eventlet
import pytest

from services.tally.dependencies import Threads


def test_others_get_their_turn_meanwhile():
    threads, turns, end = Threads(), [], threading.Event()

    def other():
        while len(turns) < 5:
            turns.append(eventlet.sleep(0.001))
        end.set()

    eventlet.spawn(other)
    assert threads("key", end.wait, 10)
    assert len(turns) == 5


def test_equal_keys_at_a_time_are_one_calculation():
    threads, runs = Threads(), []

    def slow(value):
        runs.append(value)
        time.sleep(0.05)
        return value

    asked = [eventlet.spawn(threads, key, slow, key) for key in ("a", "a", "b")]
    assert [each.wait() for each in asked] == ["a", "a", "b"]
    assert sorted(runs) == ["a", "b"]
    assert threads("a", slow, "again") == "again"


def test_all_who_wait_hear_of_a_failure_and_the_next_one_tries_again():
    threads = Threads()

    def fail():
        time.sleep(0.05)
        raise ValueError("no")

    asked = [eventlet.spawn(threads, "key", fail) for _ in range(2)]
    for each in asked:
        with pytest.raises(ValueError, match="no"):
            each.wait()
    assert threads("key", int, "7") == 7
