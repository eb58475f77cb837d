"""What the load client did and was told, in an append-only file that a crash of the client cannot shorten.

One JSON object a line. `cast` is written and synced before the request leaves, `answer` when the answer is there: what the
file does not say was never sent. Many lines share one fsync, so that waiting for it costs little.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

UNKNOWN = 0
"""Instead of a status: the request may have arrived, no answer came."""


class Journal:
    """Use it from one event loop; `write` returns once the line is on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] = path.open("ab", buffering=0)
        self._lines: list[bytes] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, record: Mapping[str, Any]) -> None:
        future = asyncio.get_running_loop().create_future()
        self._lines.append(json.dumps(record, separators=(",", ":")).encode() + b"\n")
        self._waiting.append(future)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._flush())
        await future

    async def _flush(self) -> None:
        while self._lines:
            lines, waiting = self._lines, self._waiting
            self._lines, self._waiting = [], []
            await asyncio.to_thread(self._sync, b"".join(lines))
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    def _sync(self, text: bytes) -> None:
        self._file.write(text)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


@dataclass
class Story:
    """One ballot: who cast it with which answers, and everything that was answered, in order."""

    voter: str
    ballot_id: str
    answers: Mapping[str, Any]
    statuses: list[int] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    leaf_hashes: set[str] = field(default_factory=set)
    sent: int = 0

    @property
    def recorded(self) -> bool:
        return 201 in self.statuses

    @property
    def promised(self) -> bool:
        return self.recorded or 202 in self.statuses

    @property
    def only_refused(self) -> bool:
        """Every time that it was sent, it was told for good that it does not count."""
        return len(self.statuses) == self.sent and all(400 <= status < 500 for status in self.statuses)


def read(path: Path) -> dict[str, Story]:
    """What happened, by ballot id."""
    stories: dict[str, Story] = {}
    for line in path.read_text().splitlines():
        record = json.loads(line)
        if record["what"] == "cast":
            story = stories.setdefault(
                record["ballot_id"], Story(record["voter"], record["ballot_id"], record["answers"])
            )
            story.sent += 1
        else:
            _note(stories[record["ballot_id"]], record)
    return stories


def _note(story: Story, record: Mapping[str, Any]) -> None:
    story.statuses.append(record["status"])
    if record.get("code"):
        story.codes.add(record["code"])
    if record.get("leaf_hash"):
        story.leaf_hashes.add(record["leaf_hash"])
