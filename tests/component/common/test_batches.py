"""Batches over a real broker, from an asyncio process to a nameko worker."""

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from services.common.bus import barrier, dead_letters
from services.common.bus.aio import AsyncBus, NotConfirmed, Pending
from services.common.bus.link import Link
from services.common.bus.publisher import ConfirmedPublisher, Fate, Message
from services.common.bus.topology import batch_queue
from services.common.errors import InternalError, Unavailable
from tests.component.common import echo_contract as contract
from tests.component.common.conftest import eventually

BATCHES = (contract.KEPT, contract.QUICK, contract.NOT_SERVED)


@asynccontextmanager
async def connected(uri, batches=BATCHES):
    bus = AsyncBus(uri, "tests", batches)
    await bus.start()
    assert await bus.wait_ready(10)
    yield bus
    await bus.close()


async def submit_all(bus, batch, numbers):
    tasks = [bus.submit(batch, {"number": number}) for number in numbers]
    return await asyncio.gather(*tasks, return_exceptions=True)


async def submit_for_ever(bus):
    while True:
        await bus.submit(contract.KEPT, {"number": 2})


@pytest.mark.parametrize("batch", [contract.KEPT, contract.QUICK])
def test_each_gets_its_own_answer(start_echo, clean_broker, batch):
    start_echo(clean_broker, "kept", "quick")

    async def scene():
        async with connected(clean_broker) as bus:
            return await submit_all(bus, batch, [*range(100, 1100), 7])

    *answers, refused = asyncio.run(scene())
    assert answers == [{"number": number} for number in range(100, 1100)]
    assert isinstance(refused, contract.Refused)
    assert refused.params == {"limit": 3}


def test_a_bad_item_is_alone_with_its_fate(start_echo, clean_broker, dead):
    worker = start_echo(clean_broker, "kept")

    async def scene():
        async with connected(clean_broker) as bus:
            return await submit_all(bus, contract.KEPT, [1, 2, 13, 3, 4])

    answers = asyncio.run(scene())
    assert isinstance(answers.pop(2), InternalError)
    assert answers == [{"number": number} for number in (1, 2, 3, 4)]
    [letter] = dead(contract.KEPT.queue)
    assert (letter.reason, letter.error_type) == ("failed", "ValueError")
    assert "nobody may see" not in worker.log


def test_a_bad_item_of_an_unreliable_batch_is_not_kept(start_echo, clean_broker, dead):
    start_echo(clean_broker, "quick")

    async def scene():
        async with connected(clean_broker) as bus:
            return await submit_all(bus, contract.QUICK, [1, 13])

    good, bad = asyncio.run(scene())
    assert good == {"number": 1}
    assert isinstance(bad, InternalError)
    assert dead(contract.QUICK.queue) == []


@pytest.mark.parametrize(
    "body", [b"\x00\xff", b"[]", b'{"items": []}', b'{"items": [1], "request_ids": [null]}']
)
def test_what_cannot_be_read_goes_to_the_dead_letters_at_once(start_echo, clean_broker, dead, body):
    worker = start_echo(clean_broker, "kept")
    publisher = ConfirmedPublisher(clean_broker, "tests")
    assert publisher.publish(Message("m-1", body, "", contract.KEPT.queue)) == [Fate.CONFIRMED]
    publisher.close()
    [letter] = eventually(lambda: dead(contract.KEPT.queue))
    assert (letter.reason, letter.bytes) == ("undecodable", len(body))
    assert worker.process.running


def test_dead_letters_can_be_replayed_and_discarded(start_echo, clean_broker, dead):
    link = Link(clean_broker, "tests")
    link.declare(batch_queue(contract.KEPT))
    link.close()
    worker = start_echo(clean_broker, "kept")

    async def scene():
        async with connected(clean_broker) as bus:
            await submit_all(bus, contract.KEPT, [13, 1])

    asyncio.run(scene())
    [letter] = dead(contract.KEPT.queue)
    assert dead_letters.replay(clean_broker, contract.KEPT.queue, ["other"]) == []
    assert [again.id for again in dead_letters.replay(clean_broker, contract.KEPT.queue, [letter.id])] == [
        letter.id
    ]
    [second] = eventually(lambda: dead(contract.KEPT.queue))
    kept = []
    gone = dead_letters.discard(clean_broker, contract.KEPT.queue, [second.id], kept.extend)
    assert gone == kept == [second]
    eventually(lambda: dead_letters.count(clean_broker, [contract.KEPT.queue]) == {contract.KEPT.queue: 0})
    assert worker.process.running


def test_while_a_dependency_is_away_the_batch_waits(start_echo, clean_broker, dead):
    start_echo(clean_broker, "kept")

    async def scene():
        async with connected(clean_broker) as bus:
            return await bus.submit(contract.KEPT, {"number": 14})

    assert asyncio.run(scene()) == {"number": 14}
    assert dead(contract.KEPT.queue) == []


def test_confirmed_but_not_answered_is_pending_and_done_later(start_echo, clean_broker):
    impatient = replace(contract.KEPT, deadline=0.5)

    async def scene():
        async with connected(clean_broker, [impatient]) as bus:
            return await bus.submit(impatient, {"number": 1})

    assert asyncio.run(scene()) == Pending()
    worker = start_echo(clean_broker, "kept")
    eventually(
        lambda: 'bus_batch_items_total{outcome="ok",queue="echo.kept"} 1.0' in worker.get("/metrics")[1]
    )


def test_what_goes_with_a_deleted_queue_is_not_promised(start_echo, clean_broker):
    """Nothing else is sent that could come back; the worker, which waits with it in hand, finds its queue deleted and tells."""
    start_echo(clean_broker, "kept")

    async def scene():
        async with connected(clean_broker) as bus:
            waiting = asyncio.ensure_future(bus.submit(contract.KEPT, {"number": 14}))
            await asyncio.sleep(0.1)
            deleter = Link(clean_broker, "tests")
            deleter.ask(deleter.channel.queue_delete, contract.KEPT.queue)
            deleter.close()
            with pytest.raises(NotConfirmed):
                await waiting

    asyncio.run(scene())


def test_a_queue_that_was_deleted_is_made_again_by_the_sender(clean_broker):
    impatient = replace(contract.KEPT, deadline=1.0)

    async def scene():
        async with connected(clean_broker, [impatient]) as bus:
            assert await bus.submit(impatient, {"number": 1}) == Pending()
            deleter = Link(clean_broker, "tests")
            deleter.ask(deleter.channel.queue_delete, contract.KEPT.queue)
            deleter.close()
            with pytest.raises(NotConfirmed):
                await bus.submit(impatient, {"number": 2})
            answer, tries = None, 0
            while answer is None and (tries := tries + 1) < 100:
                await asyncio.sleep(0.1)
                with suppress(NotConfirmed):
                    answer = await bus.submit(impatient, {"number": 3})
            return answer

    assert asyncio.run(scene()) == Pending()
    assert barrier.depth(clean_broker, contract.KEPT)[0] >= 1


def test_nobody_serves_an_unreliable_batch(clean_broker):
    """Which is known at once: the deadline is longer than a test may take."""

    async def scene():
        async with connected(clean_broker) as bus:
            with pytest.raises(Unavailable):
                await bus.submit(contract.QUICK, {"number": 1})

    asyncio.run(scene())


def test_without_a_broker_nothing_is_promised():
    async def scene():
        bus = AsyncBus("amqp://guest:guest@127.0.0.1:1/", "tests", BATCHES)
        await bus.start()
        with pytest.raises(NotConfirmed):
            await bus.submit(contract.KEPT, {"number": 1})
        with pytest.raises(Unavailable):
            await bus.call(contract.ECHO, number=1)
        await bus.close()

    asyncio.run(scene())


def test_a_full_queue_refuses(clean_broker):
    full = Link(clean_broker, "tests")
    small = {**batch_queue(contract.KEPT).arguments, "x-max-length": 0}
    full.ask(full.channel.queue_declare, "full", durable=True, auto_delete=False, arguments=small)
    publisher = ConfirmedPublisher(clean_broker, "tests")
    fates = [publisher.publish(Message(str(number), b"{}", "", "full"))[0] for number in range(5)]
    assert Fate.REFUSED in fates
    publisher.close()
    full.ask(full.channel.queue_delete, "full")
    full.close()


def test_calls_and_hints_reach_an_asyncio_process(start_echo, clean_broker):
    start_echo(clean_broker, "echo")
    heard: list[dict[str, int]] = []
    connects: list[int] = []

    async def scene():
        bus = AsyncBus(clean_broker, "tests", BATCHES)
        bus.subscribe(contract.HINTED, heard.append)
        bus.on_connected(lambda: connects.append(1))
        await bus.start()
        assert await bus.wait_ready(10)
        assert (await bus.call(contract.ECHO, number=4))["number"] == 4
        with pytest.raises(contract.Refused):
            await bus.call(contract.ECHO, number=7)
        with pytest.raises(Unavailable):
            await bus.call(contract.NOBODY)
        await bus.call(contract.HINT, number=9)
        for _ in range(100):
            if heard:
                break
            await asyncio.sleep(0.05)
        await bus.close()

    asyncio.run(scene())
    assert heard == [{"number": 9}]
    assert connects == [1]


def test_sender_and_worker_outlive_a_broker(start_echo, mortal_broker):
    uri, node = mortal_broker
    worker = start_echo(uri, "kept")

    async def scene():
        async with connected(uri) as bus:
            assert await bus.submit(contract.KEPT, {"number": 1}) == {"number": 1}
            node.kill()
            with pytest.raises(NotConfirmed):
                await submit_for_ever(bus)
            assert not bus.ready
            node.start()
            await asyncio.to_thread(node.wait_ready)
            assert await bus.wait_ready(20)
            await asyncio.to_thread(eventually, lambda: worker.ready, 30)
            assert await bus.submit(contract.KEPT, {"number": 3}) == {"number": 3}

    asyncio.run(scene())
    assert worker.process.running


def test_what_was_confirmed_survives_the_broker_and_the_worker(start_echo, mortal_broker):
    uri, node = mortal_broker

    async def promise():
        async with connected(uri) as bus:
            return await submit_all(bus, contract.KEPT, range(300, 600))

    assert set(asyncio.run(promise())) == {Pending()}
    node.kill()
    node.start()
    node.wait_ready()
    worker = start_echo(uri, "kept")
    eventually(
        lambda: 'bus_batch_items_total{outcome="ok",queue="echo.kept"} 300.0' in worker.get("/metrics")[1]
    )


def test_a_worker_that_stops_gives_back_what_it_has_not_done(start_echo, clean_broker):
    worker = start_echo(clean_broker, "kept")
    worker.process.send_stop()
    eventually(lambda: not worker.process.running)
    assert worker.process.returncode == 0
