"""Events from a database's outbox to a handler's database, over a real broker."""

import time
from datetime import UTC, datetime, timedelta

import orjson
import sqlalchemy as sa

from services.common import outbox
from services.common.bus.client import BusClient
from services.common.bus.link import Link
from services.common.bus.publisher import ConfirmedPublisher, Fate, Message
from services.common.bus.topology import EVENTS_EXCHANGE, event_queue
from services.common.ids import new_id
from tests.component.common import echo_contract as contract
from tests.component.common.conftest import eventually
from tests.component.common.echo_tables import INBOX

QUEUE = event_queue("listener", contract.TOLD).name


def send(uri, body, event_id="e-1"):
    publisher = ConfirmedPublisher(uri, "tests")
    message = Message(event_id, body, EVENTS_EXCHANGE, contract.TOLD.routing_key)
    [fate] = publisher.publish(message)
    publisher.close()
    return fate


def waiting(echo):
    with echo.database.read() as conn:
        return outbox.backlog(conn)


def test_an_event_is_told_and_handled(start_echo, clean_broker, client):
    listener = start_echo(clean_broker, "listener")
    teller = start_echo(clean_broker, "echo")
    for number in range(20, 30):
        client.call(contract.TELL, number=number)
    eventually(lambda: listener.handled() == list(range(20, 30)))
    eventually(lambda: waiting(teller) == 0)


def test_what_was_handled_long_ago_is_forgotten(start_echo, clean_broker):
    long_ago = datetime.now(UTC) - timedelta(days=40)

    def inbox():
        with echo.database.read() as conn:
            return set(conn.execute(sa.select(INBOX.c.event_id)).scalars())

    start_echo(clean_broker, "listener")
    send(clean_broker, orjson.dumps({"number": 1}), "new")
    echo = start_echo(clean_broker, "quick")
    with echo.database.write() as tx:
        tx.conn.execute(sa.insert(INBOX), {"event_id": "old", "handler": "", "handled_at": long_ago})
        tx.commit()
    eventually(lambda: inbox() == {"old", "new"})
    start_echo(clean_broker, "echo")
    eventually(lambda: inbox() == {"new"})


def test_an_event_that_comes_twice_is_handled_once(start_echo, clean_broker):
    listener = start_echo(clean_broker, "listener")
    for _ in range(3):
        assert send(clean_broker, orjson.dumps({"number": 1})) is Fate.CONFIRMED
    send(clean_broker, orjson.dumps({"number": 2}), "e-2")
    eventually(lambda: 2 in listener.handled())
    assert listener.handled() == [1, 2]


def test_an_event_nobody_takes_is_reported_and_told_when_somebody_does(start_echo, clean_broker, client):
    teller = start_echo(clean_broker, "echo")
    client.call(contract.TELL, number=1)
    eventually(lambda: "event not taken by the broker" in teller.log)
    assert waiting(teller) == 1
    assert 'outcome="unroutable"' in teller.get("/metrics")[1]
    listener = start_echo(clean_broker, "listener")
    eventually(lambda: listener.handled() == [1], 15)
    eventually(lambda: waiting(teller) == 0)


def test_an_unbound_queue_is_bound_again_with_the_next_connection(start_echo, clean_broker, client):
    teller = start_echo(clean_broker, "echo")
    listener = start_echo(clean_broker, "listener")
    link = Link(clean_broker, "tests")
    link.ask(link.channel.queue_unbind, QUEUE, EVENTS_EXCHANGE, contract.TOLD.routing_key)
    client.call(contract.TELL, number=1)
    eventually(lambda: "event not taken by the broker" in teller.log)
    link.ask(link.channel.queue_bind, QUEUE, EVENTS_EXCHANGE, contract.TOLD.routing_key)
    link.close()
    eventually(lambda: listener.handled() == [1], 15)


def test_what_cannot_be_handled_is_tried_again_and_then_kept(start_echo, clean_broker, dead):
    listener = start_echo(clean_broker, "listener")
    event_id = new_id()
    send(clean_broker, orjson.dumps({"number": 13}), event_id)
    [letter] = eventually(lambda: dead(QUEUE))
    assert (letter.id, letter.reason, letter.error_type) == (event_id, "failed", "ValueError")
    assert (
        'bus_events_handled_total{outcome="failed",queue="' + QUEUE + '"} 3.0' in listener.get("/metrics")[1]
    )
    assert "nobody may see" not in listener.log


def test_what_cannot_be_read_is_kept_at_once(start_echo, clean_broker, dead):
    start_echo(clean_broker, "listener")
    for number, body in enumerate([b"\xff", b"[]", b'{"number": "1"}']):
        send(clean_broker, body, f"e-{number}")
    letters = eventually(lambda: len(dead(QUEUE)) == 3 and dead(QUEUE))
    assert {letter.reason for letter in letters} == {"undecodable"}


def test_events_wait_for_a_broker_that_is_away(start_echo, mortal_broker):
    uri, node = mortal_broker
    listener, teller = start_echo(uri, "listener"), start_echo(uri, "echo")
    client = BusClient(uri, "tests")
    client.call(contract.TELL, number=1)
    eventually(lambda: listener.handled() == [1])
    time.sleep(2)  # a quorum queue that was made a moment ago does not survive SIGKILL
    node.kill()
    with teller.database.write() as tx:
        outbox.emit(tx, contract.TOLD, {"number": 2})
        tx.commit()
    eventually(lambda: "outbox waits" in teller.log, 20)
    node.start()
    node.wait_ready()
    eventually(lambda: listener.handled() == [1, 2], 40)
    client.close()
