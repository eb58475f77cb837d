"""The supervisor, with small programs that stand in for the platform's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local.processes import Command, Process, ProcessError
from deploy.local.supervisor import Supervisor

SLEEPER = "import time; time.sleep(60)"
# Writes its name when it is told to stop, so that the order can be read.
POLITE = """
import signal, sys, time
name, book = sys.argv[1:]
def stop(*_):
    open(book, 'a').write(name + '\\n')
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
open(book + '.' + name, 'w').close()
time.sleep(60)
"""
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
open(sys.argv[1], 'w').write(str(child.pid))
time.sleep(60)
"""


def python(name, code, *arguments, **options):
    return Command(name, [sys.executable, "-c", code, *map(str, arguments)], dict(os.environ), **options)


def polite(name, book, **options):
    return python(name, POLITE, name, book, ready=Path(f"{book}.{name}").exists, **options)


def is_alive(pid: int) -> bool:
    """Whether this process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def supervisor(tmp_path):
    supervisor = Supervisor(tmp_path / "logs")
    yield supervisor
    supervisor.stop()


def test_stop_is_in_reverse_order_of_tiers(supervisor, tmp_path):
    book = tmp_path / "book"
    for name in ("broker", "service", "gateway"):
        supervisor.start([polite(name, book)])
    supervisor.stop()

    assert book.read_text().split() == ["gateway", "service", "broker"]


def test_a_process_that_ignores_the_request_is_killed_with_its_children(tmp_path):
    note = tmp_path / "child"
    process = Process(python("stubborn", STUBBORN, note, stop_seconds=0.3), tmp_path / "logs")
    process.start()
    wait_until(lambda: note.exists() and note.read_text())
    child = int(note.read_text())
    process.stop()

    wait_until(lambda: not is_alive(child))
    assert process.returncode == -signal.SIGKILL


def test_a_death_at_start_ends_the_start_with_the_tail_of_its_log(supervisor, tmp_path):
    good = polite("good", tmp_path / "book")
    bad = python("bad", "import sys; print('no such table'); sys.exit(3)", ready=lambda: False)
    with pytest.raises(ProcessError, match=r"bad ended with exit code 3\.") as caught:
        supervisor.start([good, bad])
    supervisor.stop()

    assert "no such table" in caught.value.tail
    assert supervisor.processes() == []


def test_a_death_elsewhere_ends_the_wait_too(supervisor):
    supervisor.start([python("first", "import time; time.sleep(0.5)")])
    with pytest.raises(ProcessError, match="first ended"):
        supervisor.start([python("second", SLEEPER, ready=lambda: False)])


def test_a_process_that_never_gets_ready_is_reported(supervisor):
    with pytest.raises(ProcessError, match="was not ready within"):
        supervisor.start([python("slow", SLEEPER, ready=lambda: False, ready_seconds=0.3)])


def test_a_missing_program_is_one_sentence(supervisor):
    with pytest.raises(ProcessError, match=r"^nothing could not be started: No such file or directory\.$"):
        supervisor.start([Command("nothing", ["/no/such/program"])])


def test_a_dead_process_is_started_again(supervisor, tmp_path):
    supervisor.start([polite("worker", tmp_path / "book")])
    process = supervisor.process("worker")
    first = process.pid
    process.kill()

    assert supervisor.revive() == ["worker ended with exit code -9; starting it again in 1 s."]
    wait_until(lambda: bool(supervisor.revive()))
    assert process.running
    assert process.pid != first


def test_children_end_when_their_supervisor_is_killed(tmp_path):
    program = f"""
import sys, time
from pathlib import Path
from deploy.local.processes import Command
from deploy.local.supervisor import Supervisor
supervisor = Supervisor(Path({str(tmp_path)!r}) / "logs")
supervisor.start([Command("child", [sys.executable, "-c", {SLEEPER!r}])])
print(supervisor.process("child").pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()

    wait_until(lambda: not is_alive(child))


def test_a_step_shows_its_lines_and_fails_with_its_exit_code(supervisor):
    lines: list[str] = []
    supervisor.run(python("step", "print('one'); print('둘')"), 10, lines.append)
    assert lines == ["one", "둘"]

    with pytest.raises(ProcessError, match="step failed with exit code 2"):
        supervisor.run(python("step", "import sys; sys.exit(2)"), 10)


def test_a_step_has_a_deadline(supervisor):
    with pytest.raises(ProcessError, match="took longer than"):
        supervisor.run(python("step", SLEEPER), 0.3)
