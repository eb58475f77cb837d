"""How a process starts, and how one ends that cannot."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("parts", [["unset"], ["unset", "kept"]])
def test_what_keeps_a_service_from_starting_is_told_in_one_sentence(clean_broker, parts):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.component.common.echo", *parts],
        env={**os.environ, "PYTHONWARNINGS": "ignore", "AMQP_URI": clean_broker},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (2, "ECHO is missing\n")


def test_a_process_is_not_ready_before_its_services_have_started(start_echo, clean_broker):
    echo = start_echo(clean_broker, "slow")
    assert echo.first == (503, '{"ready":false,"missing":{"services":"not started"}}')
