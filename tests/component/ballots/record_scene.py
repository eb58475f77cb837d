"""A scene with everything that the public record needs: published store, keys, guard, publisher, witnesses."""

import base64
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.ballots.log_keys import LogSigner
from services.ballots.storage import ErasureBook, RecordBook
from services.ballots.usecases import city, log, log_reading
from services.ballots.usecases.guarding import Guard, PublishedStore, Watch
from services.ballots.usecases.publishing import Publisher
from services.ballots.usecases.witnessing import Witnesses
from services.common.crypto import Signer
from services.common.failpoints import Failpoint
from services.common.objects import LocalFolder, ObjectStore, ObjectStoreAway
from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.note import ED25519, Key, Note
from services.common.tlog.witness import Witness
from tests.unit.ballots.scene import TERMS, Scene, code, signer

RNG = random.Random(5)


class Crash(Exception):
    """The process ends here."""


class Crashing(Failpoint):
    """Raises where a real one would end the process."""

    def reach(self, point: str) -> None:
        if point == self.point:
            raise Crash


class Flaky(LocalFolder):
    """A published store that can be out of reach."""

    away = False

    def put(self, name: str, data: bytes, content_type: str) -> None:
        if self.away:
            raise ObjectStoreAway
        super().put(name, data, content_type)

    def get(self, name: str) -> tuple[bytes, str]:
        if self.away:
            raise ObjectStoreAway
        return super().get(name)


class RecordScene(Scene):
    """One database of ballots; `process` makes what a process has of it."""

    folder: Path
    log_signer: Signer

    def begin(self, folder: Path, log_signer: Signer | None = None) -> "RecordScene":
        self.folder = folder
        self.log_signer = log_signer or signer("ballots-log-1")
        self.objects = Flaky(folder)
        self.book = RecordBook(self.database, TERMS)
        self.erasure = ErasureBook(self.database)
        self.process_of_ours = self.process()
        return self

    def process(
        self, witnesses: Sequence[Witness] = (), failpoint: str = "", seconds: float = 5.0
    ) -> "LogProcess":
        return LogProcess(self, self.objects, witnesses, failpoint, seconds)

    def vote(self, *voters: str, **changes: Any) -> None:
        outcomes = self.cast(*(self.item(voter, **changes) for voter in voters))
        assert {code(one) for one in outcomes} == {"ok"}

    def sequence(self) -> int:
        return self.process_of_ours.sequence()

    def publish(self) -> int:
        return self.process_of_ours.round()

    def grow(self, *voters: str) -> None:
        """Casts, sequences and publishes."""
        self.vote(*voters)
        self.sequence()
        self.publish()

    def end(self, poll: str = "poll-1") -> None:
        self.polls.definitions[poll] |= {"state": "closed"}
        log.look_at_poll(self.store, self.known, poll)
        assert log.seal_due(self.store, lambda: True, grace=0.0) == [poll]

    def checkpoint(self, log_id: str = "poll-1") -> Checkpoint:
        """As it is served; its signature holds."""
        told = log_reading.checkpoint(log_id, reader=self.reader)
        note = Note.parse(told["checkpoint"])
        key = Key(f"vote.example/log/{log_id}", ED25519, self.log_signer.public_key)
        assert note.signed_by([key])
        return Checkpoint.parse(note.text)

    def stored(self, log_id: str = "poll-1") -> Checkpoint:
        data, _ = self.objects.get(f"log/{log_id}/checkpoint")
        return Checkpoint.parse(Note.parse(data.decode()).text)

    def bundle(self, index: int, width: int, log_id: str = "poll-1") -> list[bytes]:
        told = log_reading.entry_bundle(log_id, index, width, reader=self.reader)
        data, leaves = base64.b64decode(told["bundle"]), []
        while data:
            length = int.from_bytes(data[:2], "big")
            leaves.append(data[2 : 2 + length])
            data = data[2 + length :]
        return leaves


class LogProcess:
    """What one process `ballots` has in its hands."""

    def __init__(
        self,
        scene: RecordScene,
        objects: ObjectStore,
        witnesses: Sequence[Witness],
        failpoint: str,
        seconds: float,
    ) -> None:
        self.scene = scene
        published = PublishedStore(objects)
        log_signer = LogSigner({scene.log_signer.key_id: scene.log_signer}, scene.log_signer.key_id)
        self.guard = Guard(scene.book, published, log_signer)
        own_guard = Guard(scene.book, published, log_signer)
        self.publisher = Publisher(scene.book, published, log_signer, own_guard, Crashing(failpoint))
        self.witnesses = Witnesses(witnesses, scene.book, self.publisher.contradicted, seconds=seconds)
        self.watch = Watch("test")

    def sequence(self) -> int:
        done = log.sequence(
            self.scene.store, RNG, self.scene.known, self.guard.admits, limit=1000, seconds=30
        )
        return done + city.sequence(self.scene.store, self.guard)

    def round(self) -> int:
        return self.publisher.round(self.witnesses, self.watch)
