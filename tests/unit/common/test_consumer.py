"""Queues in memory at a broker that does not want them."""

import pytest
from amqp.exceptions import InternalError, PreconditionFailed, ResourceLocked

from services.common.bus.consumer import Consumer, Source
from services.common.bus.link import LinkLost
from services.common.bus.topology import Queue, batch_queue, rpc_queue
from services.common.contract import Batch

CALLS = rpc_queue("things")
KEPT = batch_queue(Batch("things", "kept", (), reliable=True))


class Broker:
    """Refuses what `refuses(queue)` names an error for."""

    def __init__(self, refuses):
        self.refuses = refuses
        self.declared: list[Queue] = []

    def declare(self, *queues):
        for queue in queues:
            error = self.refuses(queue)
            if error:
                raise LinkLost from error
            self.declared.append(queue)


def declared(consumer, broker, queue, tries=4):
    for _ in range(tries):
        try:
            consumer._declare(broker, Source(queue, 1, lambda _delivery: None))
        except LinkLost:
            continue
        return broker.declared[-1].durable
    return None


@pytest.fixture
def consumer():
    made = Consumer("amqp://nowhere/", "test")
    yield made
    made.close()


def test_a_queue_in_memory_is_wanted(consumer):
    assert declared(consumer, Broker(lambda _queue: None), CALLS) is False


@pytest.mark.parametrize("error", [InternalError(), PreconditionFailed()])
def test_where_none_is_allowed_a_durable_one_does(consumer, error):
    assert declared(consumer, Broker(lambda queue: None if queue.durable else error), CALLS) is True


def test_one_that_is_there_in_memory_is_found_again(consumer):
    there = {"durable": True}
    broker = Broker(lambda queue: None if queue.durable == there["durable"] else PreconditionFailed())
    assert declared(consumer, broker, CALLS) is True
    there["durable"] = False
    assert declared(consumer, broker, CALLS) is False


def test_other_troubles_change_nothing(consumer):
    broker = Broker(lambda queue: ResourceLocked() if queue.durable is False else None)
    assert declared(consumer, broker, CALLS) is None


def test_what_must_be_kept_is_never_declared_otherwise(consumer):
    broker = Broker(lambda _queue: PreconditionFailed())
    assert declared(consumer, broker, KEPT) is None
    broker.refuses = lambda queue: None if queue.durable else PreconditionFailed()
    assert declared(consumer, broker, KEPT) is True
