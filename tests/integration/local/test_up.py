"""`make up` on its way up: what ends it, and that nothing is left behind. The way up to the end is in tests/e2e."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.ports import any_free
from deploy.local.stack import claim
from tests.fixtures.processes import processes_under
from tests.fixtures.stacks import clean_environ

UP = [sys.executable, "-m", "deploy.local.up"]


@contextmanager
def up(home: Path, port: int, **extra: str) -> Iterator[subprocess.Popen[str]]:
    """The program, its output to be read line by line; killed at the end if it still runs."""
    environ = clean_environ({"MVOTING_HOME": str(home), "MVOTING_PORT": str(port), **extra})
    with subprocess.Popen(
        UP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def refused(home, port, **extra) -> str:
    """What it says when it cannot start."""
    with up(home, port, **extra) as program:
        output, _ = program.communicate(timeout=30)
        assert program.returncode == 1
        return output


def test_a_port_in_use_is_one_sentence(tmp_path):
    port = any_free()
    with socket.create_server(("127.0.0.1", port)):
        said = refused(tmp_path, port)

    assert said.splitlines() == [
        f"[mvoting] Port {port} on 127.0.0.1 is in use: stop what listens there or choose another MVOTING_PORT."
    ]


def test_a_second_start_in_the_same_folder_is_refused(tmp_path):
    with claim(tmp_path / "lock"):
        said = refused(tmp_path, any_free())

    assert f"runs already (process {os.getpid()})" in said
    assert len(said.splitlines()) == 1


def test_a_broker_that_does_not_answer_is_one_sentence(tmp_path):
    said = refused(tmp_path, any_free(), AMQP_URI=f"amqp://guest:guest@127.0.0.1:{any_free()}/")

    assert "No broker answers" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_broker_starts_stops_everything(tmp_path, number):
    with up(tmp_path, any_free()) as program:
        assert program.stdout is not None
        assert "broker" in program.stdout.readline()
        program.send_signal(number)
        program.communicate(timeout=60)

    assert program.returncode == 128 + number
    assert processes_under(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "keys").write_text("a file where a folder belongs")

    said = refused(tmp_path, any_free())

    assert f"The folder {tmp_path}/keys cannot be made" in said
    assert len(said.splitlines()) == 1


def test_a_process_that_dies_at_start_ends_it_with_its_log(tmp_path):
    with up(tmp_path, any_free(), MVOTING_LOG_LEVEL="NONSENSE") as program:
        said, _ = program.communicate(timeout=90)

    assert program.returncode == 1
    assert processes_under(tmp_path) == []
    assert "[mvoting] keys failed with exit code" in said
    assert "MVOTING_LOG_LEVEL" in said


def test_a_process_that_lacks_a_setting_says_so_in_one_sentence(tmp_path):
    environ = clean_environ({"MVOTING_HOME": str(tmp_path)})
    command = [sys.executable, "-m", "services.run", "identity"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=30, check=False)
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "identity: IDENTITY_DATABASE_URL is missing: address of the database"
    ]
