"""Notify outside development: only with a real channel, and through it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.common.bus.client import BusClient
from services.identity import contract as identity
from services.notify import contract
from tests.component.notify import processes
from tests.component.notify.processes import eventually, new_phone
from tests.fixtures.servers import running
from tests.unit.notify import sens_server


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "NOTIFY_SMS_CHANNEL is missing"),
        ({"NOTIFY_SMS_CHANNEL": "outbox"}, "NOTIFY_SMS_CHANNEL must be a real channel"),
        ({"NOTIFY_SMS_CHANNEL": "sens"}, "NOTIFY_SENS_SERVICE_ID is missing"),
    ],
)
def test_outside_development_it_does_not_start_without_a_real_sms_channel(environ, changes, sentence):
    ended = start_in_production(environ, **changes)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def start_in_production(environ, **changes: str) -> subprocess.CompletedProcess:
    settings = {"PATH": os.environ["PATH"], **environ, "MVOTING_ENV": "production", **changes}
    return subprocess.run(
        [sys.executable, "-m", "services.run", "notify"],
        env=settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_in_production_codes_go_through_the_provider_and_there_is_no_outbox(environ):
    with sens_server.running() as provider:
        sens = {
            "MVOTING_ENV": "production",
            "NOTIFY_SMS_CHANNEL": "sens",
            "NOTIFY_SENS_URL": provider.url,
            "NOTIFY_SENS_SERVICE_ID": sens_server.SERVICE_ID,
            "NOTIFY_SENS_ACCESS_KEY": sens_server.ACCESS_KEY,
            "NOTIFY_SENS_SECRET_KEY": sens_server.SECRET_KEY,
            "NOTIFY_SENS_FROM": sens_server.SENDER,
        }
        commands = [
            processes.neighbours(environ),
            processes.notify(environ, **sens),
        ]
        with running(Path(environ["MVOTING_HOME"]) / "production", *commands):
            bus = BusClient(environ["AMQP_URI"])
            phone = new_phone()
            bus.call(identity.START_CHALLENGE, phone=phone, address="127.0.0.1")
            eventually(lambda: provider.received)
            with pytest.raises(contract.OutboxDisabled):
                bus.call(contract.LIST_OUTBOX, to=None)
            bus.close()
        (body,) = provider.received
        assert body["messages"] == [{"to": "0" + phone[3:]}]
        assert "654321" in body["content"]
