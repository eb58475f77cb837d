"""The whole platform as one object, and `make up` from start to stop."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from deploy.local.database import SERVICES
from deploy.local.plan import answers
from deploy.local.ports import any_free
from tests.fixtures.processes import processes_under
from tests.fixtures.stacks import clean_environ

pytestmark = pytest.mark.timeout(240)


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def read(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.status


def test_two_stacks_run_side_by_side_on_both_databases(stack, start_stack):
    other = start_stack(database="postgresql", gateways=2, ballot_workers=2)

    assert all(read(f"{url}/livez") == 200 for url in [*stack.urls, *other.urls])
    assert len({*stack.urls, *other.urls}) == 3
    assert {other.database_url(service).split(":")[0] for service in SERVICES} == {"postgresql+psycopg2"}
    other.supervisor.process("ballots-worker-2").kill()
    other.supervise()
    wait_until(lambda: (other.supervise(), other.supervisor.process("ballots-worker-2").is_ready())[1], 60)


def test_make_up_says_where_it_is_stops_in_order_and_keeps_the_data(tmp_path):
    port = any_free()
    environ = clean_environ(
        {"MVOTING_HOME": str(tmp_path), "MVOTING_PORT": str(port), "MVOTING_SAMPLES": "0"}
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen(
            [sys.executable, "-m", "deploy.local.up"], stdout=subprocess.PIPE, text=True, env=environ
        ) as program:
            try:
                said = until_ready(program, port)
                database = tmp_path / "data" / "polls.sqlite"
                assert database.exists()
                made = database.stat().st_ino
                program.send_signal(number)
                rest, _ = program.communicate(timeout=120)
            finally:
                program.kill()
        assert program.returncode == 0, said
        stopped = [line.split()[-1] for line in rest.splitlines() if "stopped" in line]
        assert stopped[0] == "gateway"
        assert stopped[-1] == "epmd"
        assert processes_under(tmp_path) == []
        assert database.stat().st_ino == made


def until_ready(program, port) -> list[str]:
    """Its lines up to the address that it prints, which then answers."""
    said = []
    for line in program.stdout:
        said.append(line)
        if f"http://127.0.0.1:{port}" in line:
            break
    assert answers(f"http://127.0.0.1:{port}/readyz"), said
    return said


def test_nothing_outlives_a_stack_that_is_killed(tmp_path):
    environ = clean_environ(
        {"MVOTING_HOME": str(tmp_path), "MVOTING_PORT": str(any_free()), "MVOTING_SAMPLES": "0"}
    )
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.local.up"], stdout=subprocess.PIPE, text=True, env=environ
    ) as program:
        assert program.stdout is not None
        for line in program.stdout:
            if "service processes" in line:
                break
        time.sleep(2)
        os.kill(program.pid, signal.SIGKILL)

    wait_until(lambda: processes_under(tmp_path) == [], 60)
