"""Dead letters on a real broker: nothing is lost, doubled or shown, whoever is killed at whatever moment."""

import os
import signal
import subprocess
import sys
import threading

import orjson
import pytest

from services.common.bus import dead_letters
from services.common.bus.link import Link
from services.common.bus.topology import DEAD_EXCHANGE, HEADER_REASON, batch_queue, dead_queue
from services.common.errors import Unavailable
from services.common.ids import new_id
from tests.component.common import echo_contract as contract
from tests.component.common.conftest import eventually

QUEUE = contract.KEPT.queue
SECRET = "01012345678"


@pytest.fixture
def letters(clean_broker):
    """Five letters and the ids they go by, in their order; the last has no id of its own."""
    link = Link(clean_broker, "tests")
    link.declare_exchanges()
    link.declare(batch_queue(contract.KEPT), dead_queue(QUEUE))
    ids = [new_id() for _ in range(4)]
    for number, message_id in enumerate(ids):
        bury(link, orjson.dumps({"items": [{"number": 20 + number}], "request_ids": [None]}), message_id)
    bury(link, SECRET.encode(), SECRET)
    wait_for(clean_broker, 5)
    link.close()
    return ids + [letter.id for letter in dead_letters.inspect(clean_broker, QUEUE) if letter.id not in ids]


def wait_for(uri, number):
    """Until so many letters lie there: those that were in somebody's hand come back a moment after the hand let go."""
    eventually(lambda: dead_letters.count(uri, [QUEUE])[QUEUE] == number)


def bury(link, body, message_id):
    headers = {HEADER_REASON: SECRET if body == SECRET.encode() else "failed", "x-error-type": SECRET + "!"}
    properties = {"message_id": message_id, "application_headers": headers, "delivery_mode": 2}
    link.publish(link.channel, body, DEAD_EXCHANGE, QUEUE, **properties)


def run(code, uri):
    """Python in a process of its own; it ends by itself or by a signal."""
    preamble = "import os, signal, sys, time; from services.common.bus import dead_letters as d; uri, queue = sys.argv[1:]\n"
    argv = [sys.executable, "-c", preamble + code, uri, QUEUE]
    return subprocess.Popen(argv, env=os.environ, stdout=subprocess.PIPE, text=True)


def output_until_killed(code, uri):
    process = run(code, uri)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    return output


def raw_order(uri):
    """Message bodies in the broker's own order."""
    link = Link(uri, "tests")
    found = []
    while message := link.ask(link.channel.basic_get, dead_queue(QUEUE).name):
        found.append(message.body)
    link.close()
    eventually(lambda: dead_letters.count(uri, [QUEUE])[QUEUE] == len(found))
    return found


def test_looking_shows_no_content_loses_nothing_and_keeps_the_order(letters, clean_broker):
    before = raw_order(clean_broker)
    for _ in range(30):
        found = dead_letters.inspect(clean_broker, QUEUE, lambda body: {"poll": len(body)})
    assert {letter.id for letter in found} == set(letters)
    assert [letter.items for letter in found if letter.items] == [1, 1, 1, 1]
    assert SECRET not in repr(found)
    assert {letter.reason for letter in found} == {"failed", "unknown"}
    assert all(letter.about == {"poll": letter.bytes} for letter in found)
    assert raw_order(clean_broker) == before


def test_a_killed_onlooker_leaves_everything(letters, clean_broker):
    before = raw_order(clean_broker)
    for taken in (1, 3, 5):
        code = (
            f"with d._opened(uri, queue) as link:\n"
            f"    held = d._held(link, queue)\n"
            f"    for _ in range({taken}): next(held)\n"
            f"    print('holding', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
        )
        assert output_until_killed(code, clean_broker) == "holding\n"
        wait_for(clean_broker, 5)
    assert sorted(raw_order(clean_broker)) == sorted(before)
    assert {letter.id for letter in dead_letters.inspect(clean_broker, QUEUE)} == set(letters)


def test_letters_in_somebodys_hand_are_not_taken_for_gone(letters, clean_broker):
    assert not dead_letters.is_clear(clean_broker, QUEUE)
    code = "with d._opened(uri, queue) as link:\n    list(d._held(link, queue)); print('holding', flush=True); time.sleep(60)"
    process = run(code, clean_broker)
    try:
        assert process.stdout.readline() == "holding\n"
        assert dead_letters.count(clean_broker, [QUEUE])[QUEUE] == 0
        assert not dead_letters.is_clear(clean_broker, QUEUE)
        with pytest.raises(dead_letters.InHand):
            dead_letters.replay(clean_broker, QUEUE, letters)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
    assert len(eventually(lambda: dead_letters.replay(clean_broker, QUEUE, letters))) == 5
    assert dead_letters.is_clear(clean_broker, QUEUE)


def test_two_at_once_replay_each_letter_once(letters, clean_broker):
    done = []

    def replay():
        done.extend(letter.id for letter in dead_letters.replay(clean_broker, QUEUE, letters[:3]))

    operators = [threading.Thread(target=replay) for _ in range(3)]
    for operator in operators:
        operator.start()
    for operator in operators:
        operator.join(30)
    assert sorted(done) == sorted(letters[:3])
    assert waiting(clean_broker) == 3
    wait_for(clean_broker, 2)


def waiting(uri):
    link = Link(uri, "tests")
    number = link.ask(link.channel.queue_declare, QUEUE, passive=True).message_count
    link.close()
    return number


def test_killed_between_publishing_and_removing_nothing_is_lost_and_it_is_done_once(
    letters, clean_broker, start_echo
):
    code = f"d._remove = lambda *_: os.kill(os.getpid(), signal.SIGKILL); d.replay(uri, queue, {letters[:1]})"
    output_until_killed(code, clean_broker)
    wait_for(clean_broker, 5)
    assert waiting(clean_broker) == 1
    assert len(eventually(lambda: dead_letters.replay(clean_broker, QUEUE, letters[:1]))) == 1
    start_echo(clean_broker, "kept")
    eventually(lambda: waiting(clean_broker) == 0)
    wait_for(clean_broker, 4)


def test_what_its_queue_does_not_take_stays(letters, clean_broker):
    link = Link(clean_broker, "tests")
    link.ask(link.channel.queue_delete, QUEUE)
    link.close()
    assert dead_letters.replay(clean_broker, QUEUE, letters) == []
    wait_for(clean_broker, 5)


def test_a_letter_is_discarded_only_once_the_reason_is_kept(letters, clean_broker):
    def refuse(_letters):
        raise Unavailable

    with pytest.raises(Unavailable):
        dead_letters.discard(clean_broker, QUEUE, letters, refuse)
    wait_for(clean_broker, 5)
    kept = []
    gone = dead_letters.discard(clean_broker, QUEUE, [letters[0], letters[4], "unknown"], kept.extend)
    assert kept == gone
    assert {letter.id for letter in gone} == {letters[0], letters[4]}
    wait_for(clean_broker, 3)
