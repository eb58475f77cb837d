"""Calls over a real broker."""

import subprocess
import sys
import threading
import time

import pytest

from services.common.bus.client import BusClient
from services.common.contract import Call
from services.common.errors import InternalError, InvalidInput, Unavailable
from services.common.telemetry.logs import set_request_id
from tests.component.common import echo_contract as contract
from tests.component.common.conftest import eventually

STOCK_CALLER = """
import sys
from nameko.standalone.rpc import ClusterRpcProxy
with ClusterRpcProxy({"AMQP_URI": sys.argv[1]}, timeout=5) as proxy:
    print(proxy.echo.echo(number=3)["number"])
"""


@pytest.fixture
def echo(start_echo, clean_broker):
    return start_echo(clean_broker, "echo")


def test_an_answer_comes_back_with_the_request_id_of_the_caller(echo, client):
    set_request_id("r-1")
    try:
        assert client.call(contract.ECHO, number=5) == {"number": 5, "request_id": "r-1"}
    finally:
        set_request_id(None)


def test_a_declared_error_keeps_its_type_and_parameters(echo, client):
    with pytest.raises(contract.Refused) as refused:
        client.call(contract.ECHO, number=7)
    assert refused.value.params == {"limit": 3}


def test_an_undeclared_error_tells_nothing_but_that(echo, client):
    with pytest.raises(InternalError) as failed:
        client.call(contract.ECHO, number=13)
    assert failed.value.params == {}
    assert "nobody may see" not in echo.log
    assert "ValueError" in echo.log


def test_input_is_checked_by_the_one_who_is_asked(echo, client):
    with pytest.raises(InvalidInput) as invalid:
        client.call(contract.ECHO, number="5", more=1)
    assert {(error["pointer"], error["code"]) for error in invalid.value.errors} == {
        ("/number", "invalid"),
        ("/more", "unknown_field"),
    }


def test_a_deadline_ends_the_wait(echo, client):
    """The answer would come after the end of the test's own time."""
    with pytest.raises(Unavailable):
        client.call(contract.SLEEP, number=300)


def test_an_unknown_method_is_an_internal_error(echo, client):
    with pytest.raises(InternalError):
        client.call(contract.UNKNOWN)


def test_nobody_there_is_known_at_once(client):
    """The deadline is longer than a test may take."""
    with pytest.raises(Unavailable):
        client.call(contract.NOBODY)


def test_many_threads_share_one_client(echo, client):
    answers = []

    def ask(number):
        answers.append((number, client.call(contract.ECHO, number=number)["number"]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(100, 150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(answers) == [(number, number) for number in range(100, 150)]


def test_stock_nameko_requests_are_understood(echo, clean_broker):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STOCK_CALLER, clean_broker],
        capture_output=True,
        check=False,
        text=True,
        timeout=20,
    )
    assert done.stdout.strip() == "3", done.stderr


def test_recurring_work_survives_its_errors(echo):
    def runs():
        return 'outcome="failed"' in echo.get("/metrics")[1] and 'outcome="ok"' in echo.get("/metrics")[1]

    eventually(runs)


def test_client_and_server_outlive_a_broker(start_echo, mortal_broker):
    uri, node = mortal_broker
    echo, client = start_echo(uri, "echo"), BusClient(uri, "tests")
    pid = echo.process.pid
    assert client.call(contract.ECHO, number=1)
    node.kill()
    eventually(lambda: not echo.ready, 20)
    with pytest.raises(Unavailable):
        client.call(contract.ECHO, number=2)
    node.start()
    node.wait_ready()
    eventually(lambda: echo.ready, 30)
    assert client.call(contract.ECHO, number=3)["number"] == 3
    assert echo.process.pid == pid
    assert echo.process.running
    client.close()


def test_sigterm_lets_a_call_in_hand_finish(start_echo, clean_broker, client):
    echo = start_echo(clean_broker, "echo")
    patient = Call(contract.SERVICE, "sleep", contract.NumberSchema, deadline=8.0)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.call(patient, number=1)))
    thread.start()
    time.sleep(0.3)
    echo.process.send_stop()
    thread.join(10)
    assert answers == [None]
    eventually(lambda: not echo.process.running)
    assert echo.process.returncode == 0
