"""Every sender is told exactly one thing, its own, however items are gathered and whatever happens to a message."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.bus.aio.coalescing import Coalescer, NotConfirmed, Parcel, Pending
from services.common.contract import Batch, outcome_error, outcome_ok
from services.common.errors import DomainError, InternalError, Unavailable


class Odd(DomainError):
    code = "odd"


class Broker:
    """Keeps the parcels it is sent, for the test to decide their fate."""

    def __init__(self):
        self.parcels = []

    def send(self, parcel):
        self.parcels.append(parcel)


def batch(reliable=True, max_items=4, max_wait=0.001):
    return Batch("things", "many", (Odd,), reliable=reliable, max_items=max_items, max_wait=max_wait)


def outcomes(parcel):
    return [outcome_error(Odd(n=item)) if item % 2 else outcome_ok({"n": item}) for item in parcel.items]


FATES = {
    "answered": lambda parcel: parcel.answer(outcomes(parcel)),
    "confirmed and answered": lambda parcel: (parcel.confirm(), parcel.answer(outcomes(parcel))),
    "pending": lambda parcel: (parcel.confirm(), parcel.late()),
    "late": Parcel.late,
    "refused": lambda parcel: parcel.refuse("refused"),
    "answered with too little": lambda parcel: parcel.answer(outcomes(parcel)[1:]),
    "answered with nonsense": lambda parcel: parcel.answer(None),
}


def expected(fate, number):
    if "answered" in fate and "with" not in fate:
        return Odd if number % 2 else {"n": number}
    return Pending() if fate == "pending" else NotConfirmed


def told(future):
    error = future.exception()
    return type(error) if error else future.result()


@given(
    st.lists(st.integers(0, 5), max_size=30),
    st.lists(st.sampled_from(sorted(FATES)), min_size=40, max_size=40),
)
def test_each_sender_is_told_its_own(turns, fates):
    async def scene():
        broker = Broker()
        coalescer = Coalescer(batch(), broker.send, asyncio.get_running_loop())
        met: dict[int, str] = {}
        futures, numbers = [], iter(range(1000))
        for many in turns:
            futures += [
                (number, coalescer.add(number, None)) for number in (next(numbers) for _ in range(many))
            ]
            await asyncio.sleep(0)
        while any(not future.done() for _, future in futures):
            await asyncio.sleep(0.0005)
            for parcel in [parcel for parcel in broker.parcels if not parcel.settled]:
                fate = fates[len(met) % len(fates)]
                met.update(dict.fromkeys(parcel.items, fate))
                assert len(parcel) <= 4
                FATES[fate](parcel)
                coalescer.arrived()
        assert coalescer.on_the_way == 0
        assert [told(future) for _, future in futures] == [expected(met[n], n) for n, _ in futures]
        assert sorted(item for parcel in broker.parcels for item in parcel.items) == [n for n, _ in futures]

    asyncio.run(scene())


def test_one_lonely_item_does_not_wait_and_a_crowd_travels_together():
    async def scene():
        broker = Broker()
        coalescer = Coalescer(batch(max_items=10, max_wait=60), broker.send, asyncio.get_running_loop())
        coalescer.add(1, None)
        await asyncio.sleep(0)
        assert [parcel.items for parcel in broker.parcels] == [[1]]
        for number in (2, 3, 4):
            coalescer.add(number, None)
            await asyncio.sleep(0)
        assert len(broker.parcels) == 1
        broker.parcels[0].answer([outcome_ok({})])
        coalescer.arrived()
        assert [parcel.items for parcel in broker.parcels] == [[1], [2, 3, 4]]
        broker.parcels[1].refuse("test")

    asyncio.run(scene())


def test_a_sender_that_went_away_disturbs_nobody():
    async def scene():
        broker = Broker()
        coalescer = Coalescer(batch(), broker.send, asyncio.get_running_loop())
        gone, patient = coalescer.add(0, None), coalescer.add(2, None)
        coalescer.flush()
        gone.cancel()
        broker.parcels[0].answer([outcome_ok({"n": 0}), outcome_ok({"n": 2})])
        assert await patient == {"n": 2}

    asyncio.run(scene())


@pytest.mark.parametrize(("reliable", "kind"), [(True, NotConfirmed), (False, Unavailable)])
def test_what_is_not_confirmed_is_not_promised(reliable, kind):
    async def scene():
        future = asyncio.get_running_loop().create_future()
        parcel = Parcel(batch(reliable), [1], [None], [future])
        parcel.late()
        assert type(future.exception()) is kind

    asyncio.run(scene())


def test_an_undeclared_error_is_internal():
    async def scene():
        future = asyncio.get_running_loop().create_future()
        Parcel(batch(), [1], [None], [future]).answer([{"error": {"code": "unheard"}}])
        assert isinstance(future.exception(), InternalError)

    asyncio.run(scene())
