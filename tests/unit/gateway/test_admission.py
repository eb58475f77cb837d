"""Ballots are refused at once when they would wait for too long, and never by an idle gateway."""

import asyncio
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.admission import LEAST, MOST, RETRY_AFTER, Admission
from gateway.errors import TryAgain
from services.ballots import contract as ballots
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.gateway.test_api import problem
from tests.unit.gateway.test_casting import BALLOT, URL

TARGET = 1.0


class Load:
    """Casts that last as long as a test says."""

    def __init__(self):
        self.now = 100.0
        self.admission = Admission(TARGET, lambda: self.now)

    @property
    def refuses(self):
        try:
            self.admission.check(broker_ready=True)
        except TryAgain:
            return True
        return False

    def wave(self, casts, lasts):
        """So many casts at a time, as many of them as are admitted; returns how many."""
        with ExitStack() as under_way:
            for admitted in range(casts):  # noqa: B007 - how far it came is the answer
                if self.refuses:
                    break
                under_way.enter_context(self.admission.cast())
            else:
                admitted = casts
            self.now += lasts(admitted) if callable(lasts) else lasts
        return admitted


def test_the_idle_never_refuse_however_late_everything_was():
    load = Load()
    for _ in range(100):
        load.wave(MOST, lasts=60.0)
    assert load.admission.limit == LEAST
    assert not load.refuses
    assert load.wave(LEAST, lasts=60.0) == LEAST


def test_late_answers_shrink_the_limit_once_a_round():
    load = Load()
    load.wave(MOST, lasts=2.0)
    assert load.admission.limit == pytest.approx(MOST * 0.8)
    assert load.wave(MOST, lasts=2.0) == pytest.approx(MOST * 0.8, abs=1)


def test_quick_answers_bring_it_back():
    load = Load()
    for _ in range(20):
        load.wave(MOST, lasts=2.0)
    assert load.admission.limit == LEAST
    admitted = [load.wave(MOST, lasts=0.2) for _ in range(30)]
    assert admitted == sorted(admitted)
    assert admitted[-1] >= MOST / 2


def test_a_limit_that_nobody_needs_does_not_grow():
    load = Load()
    for _ in range(20):
        load.wave(MOST, lasts=2.0)
    for _ in range(100):
        load.wave(10, lasts=0.01)
    assert load.admission.limit == LEAST


def test_refusing_goes_on_until_there_is_room_again():
    load = Load()
    load.admission.limit = 1000.0
    with ExitStack() as rest, ExitStack() as some:
        for _ in range(810):
            rest.enter_context(load.admission.cast())
        for _ in range(190):
            some.enter_context(load.admission.cast())
        assert load.refuses
        load.now += 0.7 * TARGET
        some.pop_all().close()
        assert load.admission.under_way == 810
        assert load.refuses, "it waits until a fifth of the limit is free"
        load.admission.under_way -= 20
        assert not load.refuses
        load.admission.under_way += 20


def test_it_settles_near_what_the_services_can_do():
    """500 a second: what is admitted waits for about the target, never for all that would come."""
    load = Load()
    admitted = [load.wave(4000, lasts=lambda admitted: admitted / 500) for _ in range(200)]
    waited = [casts / 500 for casts in admitted[50:]]
    assert max(waited) < 1.5 * TARGET
    assert min(waited) > 0.4 * TARGET


@given(st.lists(st.tuples(st.integers(1, 6000), st.floats(0.0, 10.0)), max_size=30))
def test_whatever_happens_the_limit_stays_in_its_bounds(waves):
    load = Load()
    for casts, lasts in waves:
        assert load.wave(casts, lasts) >= min(casts, LEAST)
        assert LEAST <= load.admission.limit <= MOST
        assert load.admission.under_way == 0


def test_a_busy_gateway_says_so_at_once(citizen, guest, application, bus):
    admission = application.state.caster.admission
    admission.under_way = MOST
    found = citizen.post(URL, json=BALLOT)
    problem(found, 503, "try_again")
    assert RETRY_AFTER[0] <= int(found.headers["retry-after"]) <= RETRY_AFTER[1]
    assert bus.times(polls.ISSUE_PASSES) == 0
    assert guest.get("/api/v1/polls/poll-1").status_code == 200
    assert 'admission_refusals_total{reason="busy"}' in guest.get("/metrics").text


def test_without_a_broker_nobody_waits(citizen, bus):
    bus.ready = False
    problem(citizen.post(URL, json=BALLOT), 503, "try_again")
    assert not {polls.GET_POLL.routing_key, polls.ISSUE_PASSES.queue} & {name for name, _ in bus.asked}


def test_what_is_refused_and_what_fails_is_under_way_no_longer(citizen, application, bus):
    for answer in (polls.NotEligible(rule="roll"), {"ballot_pass": "pass"}):
        bus.on(polls.ISSUE_PASSES, answer)
        bus.on(ballots.CAST, lambda **item: fakes.receipt(item["poll_id"], item["ballot_id"]))
        citizen.post(URL, json=BALLOT)
        assert application.state.caster.admission.under_way == 0


def test_a_client_that_goes_away_frees_its_place():
    async def scene():
        admission = Admission(TARGET)

        async def cast():
            with admission.cast():
                await asyncio.sleep(10)

        task = asyncio.create_task(cast())
        await asyncio.sleep(0)
        assert admission.under_way == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return admission.under_way

    assert asyncio.run(scene()) == 0
