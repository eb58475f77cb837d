"""Processes that are told of several nodes find the one that answers."""

import asyncio

import pytest

from deploy.local.ports import any_free
from services.common.bus.client import BusClient
from services.common.bus.link import Link
from services.common.bus.publisher import ConfirmedPublisher, Fate, Message
from services.common.bus.topology import rpc_queue
from tests.component.common import echo_contract as contract
from tests.component.common.test_batches import connected


@pytest.fixture
def several(clean_broker):
    """Two nodes that are gone, and one that is there."""
    gone = [f"amqp://guest:guest@127.0.0.1:{any_free()}/" for _ in range(2)]
    return ";".join([gone[0], clean_broker, gone[1]])


def test_a_durable_queue_of_an_older_version_is_used_as_it_is(start_echo, clean_broker):
    name = rpc_queue(contract.SERVICE).name
    link = Link(clean_broker, "tests")
    link.ask(link.channel.queue_delete, name)
    link.ask(link.channel.queue_declare, name, durable=True, auto_delete=False)
    start_echo(clean_broker, "echo")
    client = BusClient(clean_broker)
    assert client.call(contract.ECHO, number=5)["number"] == 5
    client.close()
    link.ask(link.channel.queue_delete, name)
    link.close()


def test_services_clients_and_publishers_find_the_node_that_answers(start_echo, several):
    start_echo(several, "echo", "kept")
    client = BusClient(several)
    assert client.call(contract.ECHO, number=3)["number"] == 3
    client.close()
    publisher = ConfirmedPublisher(several, "tests")
    body = b'{"items": [{"number": 1}], "request_ids": [null]}'
    assert publisher.publish(Message("m", body, "", contract.KEPT.queue)) == [Fate.CONFIRMED]
    publisher.close()

    async def scene():
        async with connected(several) as bus:
            return await bus.submit(contract.KEPT, {"number": 2}), await bus.call(contract.ECHO, number=4)

    batch, call = asyncio.run(scene())
    assert (batch, call["number"]) == ({"number": 2}, 4)
