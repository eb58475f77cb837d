"""Whether a queue is done, with real workers that stop, hang and die."""

import asyncio
import os
import signal
import subprocess
from contextlib import contextmanager

import pytest

from services.common.bus import barrier, dead_letters
from services.common.bus.link import Link
from services.common.bus.publisher import ConfirmedPublisher, Fate, Message
from services.common.bus.topology import batch_queue, dead_queue
from services.common.errors import Unavailable
from tests.component.common import echo_contract as contract
from tests.component.common.conftest import eventually
from tests.component.common.test_batches import connected, submit_all

SOON = 1.5
LONG = 15.0
"""For a round that has to pass: it takes as long as its workers need, on whatever machine."""


def is_done(uri, seconds=SOON):
    return barrier.passed(uri, contract.KEPT, seconds)


def send(uri, *numbers):
    """Confirmed into the queue; nobody waits for an answer."""
    link = Link(uri, "tests")
    link.declare_exchanges()
    link.declare(dead_queue(contract.KEPT.queue), batch_queue(contract.KEPT))
    link.close()
    publisher = ConfirmedPublisher(uri, "tests")
    bodies = [b'{"items": [{"number": %d}], "request_ids": [null]}' % number for number in numbers]
    messages = [Message(f"m-{n}", body, "", contract.KEPT.queue) for n, body in enumerate(bodies)]
    assert set(publisher.publish(*messages)) == {Fate.CONFIRMED}
    publisher.close()


@contextmanager
def stopped(worker):
    """A process that hangs, as far as anybody can see."""
    os.kill(worker.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker.process.pid, signal.SIGCONT)


def done_items(worker):
    found = [line for line in worker.get("/metrics")[1].splitlines() if "bus_batch_items_total{" in line]
    return sum(float(line.split()[-1]) for line in found if 'outcome="ok",queue="echo.kept"' in line)


def test_without_a_worker_a_queue_is_done_when_it_is_empty(clean_broker):
    assert is_done(clean_broker, LONG)
    send(clean_broker, 1)
    assert not is_done(clean_broker)
    assert barrier.depth(clean_broker, contract.KEPT) == (1, 0)


def test_a_queue_without_a_leader_is_not_done_although_the_broker_counts_nothing(mortal_broker):
    """So it is in the part of a cluster that has been cut off, and for a moment after a start."""
    uri, node = mortal_broker
    send(uri, 1)
    stop = "[ra:stop_server(quorum_queues, amqqueue:get_pid(Q)) || Q <- rabbit_amqqueue:list()]."
    control = node.command.argv[0].replace("rabbitmq-server", "rabbitmqctl")
    subprocess.run([control, "eval", stop], env=dict(node.command.environ), check=True, timeout=60)
    assert barrier.depth(uri, contract.KEPT) == (0, 0)
    with pytest.raises(Unavailable):
        is_done(uri)
    with pytest.raises(Unavailable):
        dead_letters.is_clear(uri, contract.KEPT.queue)


def test_idle_workers_say_so(start_echo, clean_broker):
    start_echo(clean_broker, "kept")
    start_echo(clean_broker, "kept", "quick")
    assert is_done(clean_broker, LONG)
    assert barrier.depth(clean_broker, contract.KEPT) == (0, 2)


def test_a_worker_that_hangs_with_a_message_delays_until_it_goes_on(start_echo, clean_broker):
    worker = start_echo(clean_broker, "kept")
    with stopped(worker):
        send(clean_broker, 1)
        eventually(lambda: barrier.depth(clean_broker, contract.KEPT) == (0, 1))
        assert not is_done(clean_broker)
    eventually(lambda: is_done(clean_broker))
    assert done_items(worker) == 1


def test_one_of_two_workers_hangs(start_echo, clean_broker):
    first = start_echo(clean_broker, "kept")
    start_echo(clean_broker, "kept", "quick")
    with stopped(first):
        send(clean_broker, 1, 2, 3)
        eventually(lambda: barrier.depth(clean_broker, contract.KEPT)[0] == 0)
        assert not is_done(clean_broker)
    eventually(lambda: is_done(clean_broker))


def test_what_a_killed_worker_held_is_done_by_another_first(start_echo, clean_broker):
    victim = start_echo(clean_broker, "kept")
    with stopped(victim):
        send(clean_broker, *range(100, 108))
        eventually(lambda: barrier.depth(clean_broker, contract.KEPT)[0] == 0)
        other = start_echo(clean_broker, "kept", "quick")
        os.kill(victim.process.pid, signal.SIGKILL)
    eventually(lambda: is_done(clean_broker))
    assert done_items(other) == 8


def test_a_worker_that_waits_for_a_dependency_is_waited_for(start_echo, clean_broker):
    worker = start_echo(clean_broker, "kept")
    send(clean_broker, 14)
    assert is_done(clean_broker, LONG)
    assert done_items(worker) == 1


def test_under_load_rounds_pass_and_nothing_is_lost(start_echo, clean_broker):
    start_echo(clean_broker, "kept")

    async def scene():
        async with connected(clean_broker) as bus:
            rounds = asyncio.to_thread(lambda: [is_done(clean_broker) for _ in range(3)])
            waiting = asyncio.ensure_future(rounds)
            answered = 0
            while not waiting.done():
                answered += len(await submit_all(bus, contract.KEPT, range(100, 110)))
            return answered, await waiting

    answered, rounds = asyncio.run(scene())
    assert answered
    assert any(rounds)
