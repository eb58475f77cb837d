"""An old backup of ballots' database is restored under a running platform: voting goes on, nothing is signed, loudly."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from deploy.local.stack import Stack
from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.note import Note
from tests.fixtures.people import GENEROUS, Person, eventually, found_city

REFUSED = re.compile(r"^log_refused_logs [1-9]", re.MULTILINE)


def published(stack: Stack, poll_id: str) -> Checkpoint | None:
    answer = httpx.get(f"{stack.url}/log/{poll_id}/checkpoint", timeout=10)
    return Checkpoint.parse(Note.parse(answer.text).text) if answer.status_code == 200 else None


def cast(stack: Stack, poll_id: str) -> httpx.Response:
    return Person(stack.url).sign_in().cast(poll_id, {"q1": ["a"]})


def is_published(stack: Stack, poll_id: str, size: int) -> bool:
    checkpoint = published(stack, poll_id)
    return checkpoint is not None and checkpoint.size == size


def file_of(stack: Stack) -> Path:
    return Path(stack.database_url("ballots").removeprefix("sqlite:///"))


def back_up(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def restore(backup: Path, place: Path) -> None:
    for suffix in ("-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    backup.replace(place)


def told(stack: Stack, path: str) -> httpx.Response:
    port = stack.supervisor.process("ballots").command.environ["TELEMETRY_PORT"]
    return httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=10)


@pytest.mark.slow
def test_voting_goes_on_and_nothing_is_signed_after_an_old_backup(start_stack, tmp_path: Path):
    stack = start_stack(environ=GENEROUS)
    poll_id = found_city(stack).seoul.open_poll("seoul")
    assert cast(stack, poll_id).status_code == 201
    eventually(lambda: is_published(stack, poll_id, 1))
    back_up(file_of(stack), tmp_path / "backup.sqlite")
    assert cast(stack, poll_id).status_code == 201
    eventually(lambda: is_published(stack, poll_id, 2))
    before = published(stack, poll_id)

    processes = [stack.supervisor.process(name) for name in ("ballots", "ballots-worker")]
    for process in processes:
        process.stop()
    restore(tmp_path / "backup.sqlite", file_of(stack))
    for process in processes:
        process.start()

    eventually(lambda: answers(stack) and REFUSED.search(told(stack, "metrics").text))
    ready = told(stack, "readyz")
    assert ready.status_code == 503
    assert "public record" in ready.text
    assert "a log is refused" in processes[0].log.read_text()
    for _ in range(2):
        eventually(lambda: cast(stack, poll_id).status_code == 201)
    # The next of the restored log's entries would be another second one: no checkpoint may ever say so.
    after = published(stack, poll_id)
    assert after is None or after == before or after.size < 2


def answers(stack: Stack) -> bool:
    try:
        return told(stack, "livez").status_code == 200
    except httpx.HTTPError:
        return False
