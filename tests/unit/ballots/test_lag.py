"""The lag in seconds, measured from what was seen."""

import pytest

from services.ballots.usecases import lag


class Looking:
    def __init__(self):
        self.now = 0.0
        self.lag = lag.Lag(lambda: self.now)

    def at(self, now, waiting, placed):
        self.now = now
        self.lag.look(waiting, placed)
        return lag.SECONDS.collect()[0].samples[0].value


@pytest.fixture
def looking():
    return Looking()


def test_nobody_waits(looking):
    assert looking.at(1.0, waiting=0, placed=100) == 0.0
    assert lag.ENTRIES.collect()[0].samples[0].value == 0


def test_a_sequencer_that_stands_still_falls_behind_by_a_second_a_second(looking):
    assert [looking.at(now, 10 + now, placed=5) for now in range(5)] == [0, 1, 2, 3, 4]


def test_a_crowd_that_moves_on_is_as_late_as_its_oldest(looking):
    """100 come each second, 80 get a place: after 10 s those of about two seconds ago are at their turn."""
    lags = [looking.at(now, waiting=20 * now + 100, placed=80 * now) for now in range(11)]
    assert lags[10] == 2.0


def test_who_has_caught_up_is_on_time(looking):
    looking.at(0.0, waiting=10, placed=0)
    looking.at(60.0, waiting=10, placed=0)
    assert looking.at(61.0, waiting=3, placed=10) == 0.0


def test_what_is_remembered_is_bounded(looking, monkeypatch):
    monkeypatch.setattr(lag, "MOST_NOTES", 3)
    for now in range(100):
        assert looking.at(now, waiting=now + 1, placed=0) == now
    assert len(looking.lag._notes) == 3
