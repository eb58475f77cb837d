import pytest

from services.ballots.usecases.log import Quiet


class Queue:
    now = 0.0
    clear = True

    def clock(self) -> float:
        return self.now

    def is_clear(self) -> bool:
        return self.clear


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def quiet(queue: Queue) -> Quiet:
    return Quiet(queue.is_clear, 2.0, queue.clock)


def look(queue: Queue, quiet: Quiet, now: float, clear: bool = True) -> bool:
    queue.now, queue.clear = now, clear
    return quiet()


def test_a_queue_is_quiet_after_it_was_clear_for_long_enough(queue, quiet):
    assert [look(queue, quiet, now) for now in (0.0, 0.5, 1.9, 2.0, 2.5)] == [False, False, False, True, True]


def test_one_message_begins_the_time_anew(queue, quiet):
    look(queue, quiet, 0.0)
    assert not look(queue, quiet, 1.0, clear=False)
    assert [look(queue, quiet, now) for now in (2.0, 3.0, 4.0)] == [False, False, True]


def test_time_in_which_nobody_looked_does_not_count(queue, quiet):
    look(queue, quiet, 0.0)
    assert [look(queue, quiet, now) for now in (100.0, 101.0, 102.0)] == [False, False, True]


def test_no_wait_at_all_can_be_wanted(queue):
    assert Quiet(queue.is_clear, 0.0, queue.clock)()
