"""What the senders of parcels hear when the broker says, or does not say, what became of them."""

import asyncio
from types import SimpleNamespace

import pika
import pytest

from services.common.bus.aio import publishing
from services.common.bus.aio.coalescing import NotConfirmed, Parcel, Pending
from services.common.bus.aio.publishing import Publishing
from services.common.contract import Batch

KEPT, OTHER = (Batch("things", name, (), reliable=True, deadline=5.0) for name in ("kept", "other"))


class Channel:
    """Takes everything."""

    def __init__(self):
        self.sent = []

    def basic_publish(self, _exchange, _key, _body, properties, mandatory):
        assert mandatory
        self.sent.append(properties.correlation_id)


class Broker:
    """Publishing with an open connection to nowhere."""

    def __init__(self):
        self.publishing = Publishing("amqp://nowhere/", "test", [KEPT, OTHER], lambda _parcel: None)
        self.channel = Channel()
        self.publishing._plain = self.publishing._confirming = self.channel
        self.publishing.connection.ready.set()
        self.given_up = 0
        self.publishing.connection.give_up = self.give_up

    def give_up(self):
        self.given_up += 1

    def send(self, batch=KEPT):
        future = asyncio.get_running_loop().create_future()
        self.publishing.send(Parcel(batch, [{}], [None], [future]))
        return future

    def confirm(self):
        self.publishing._on_confirm(SimpleNamespace(method=pika.spec.Basic.Ack(len(self.channel.sent), True)))

    def give_back(self):
        method = SimpleNamespace(routing_key=KEPT.queue)
        self.publishing._on_return(
            None, method, pika.BasicProperties(correlation_id=self.channel.sent[-1]), b""
        )


@pytest.fixture
def broker():
    made = Broker()
    yield made
    asyncio.run(made.publishing.connection.close())


def test_a_message_that_comes_back_takes_the_promise_from_what_the_queue_held(broker):
    async def told():
        early = broker.send()
        broker.confirm()
        broker.publishing._late(broker.channel.sent[0])
        held, other = broker.send(), broker.send(OTHER)
        broker.confirm()
        last = broker.send()
        broker.give_back()
        assert not other.done()
        return await asyncio.gather(early, held, last, return_exceptions=True)

    early, held, last = asyncio.run(told())
    assert early == Pending()
    assert [type(held), type(last)] == [NotConfirmed, NotConfirmed]


def test_a_broker_that_does_not_confirm_any_more_is_left(broker, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(publishing.time, "monotonic", lambda: now[0])

    async def told():
        first = broker.send()
        broker.confirm()
        late = broker.send()
        now[0] += publishing._MOST_SILENCE - 1
        broker.publishing._unconfirmed_late(broker.channel.sent[-1])
        assert broker.given_up == 0
        later = broker.send()
        now[0] += 2
        broker.publishing._unconfirmed_late(broker.channel.sent[-1])
        assert broker.given_up == 1
        first.cancel()
        return await asyncio.gather(late, later, return_exceptions=True)

    assert [type(one) for one in asyncio.run(told())] == [NotConfirmed, NotConfirmed]
