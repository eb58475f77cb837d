"""Ballots and tally together, each with its own real database; polls is a fake, and the bus is a function call."""

import base64
import random
from typing import Any

from services.ballots import contract as ballots
from services.ballots.storage import CohortReader
from services.ballots.usecases import cohorts, log, log_reading, reading
from services.common.database import Database
from services.common.encodings import b64u
from services.common.errors import Unavailable
from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.frontier import Frontier
from services.common.tlog.merkle import leaf_hash
from services.migrate import migrate
from services.tally import contract
from services.tally.domain import Poll
from services.tally.sources import Sources
from services.tally.storage import TallyStore
from services.tally.usecases import counting, exports, finals, recounting, results
from tests.unit.ballots.scene import FakePolls, Scene, signer, verifier

NOT_SIGNED = ""
"""The end of the log is signed when it is asked for, unless a test says what it is."""


class World:
    """What the voters, the events and the operators do to one poll."""

    def __init__(self, ballots_url: str, tally_url: str, page: int = 7, polls: Any = None) -> None:
        self.scene = Scene(ballots_url, polls or FakePolls())
        migrate("tally", tally_url)
        self.database = Database(tally_url, pool_size=20, lock_timeout=20.0)
        self.store = TallyStore(self.database)
        self.sources = Sources(self.ask, page)
        self.signer = signer("tally-result-1")
        self.keys = verifier(self.signer)
        self.log_signer = signer("ballots-log-1")
        self.checkpoint: str | None = NOT_SIGNED
        self.witnessed = True
        self.hints: list[str] = []
        self.ballots_away = False
        self.rng = random.Random(1)

    def close(self) -> None:
        self.scene.close()
        self.database.close()

    def ask(self, call: Any, **arguments: Any) -> dict[str, Any]:
        """The bus: loads and dumps by the contract as the real one does."""
        if call.service != ballots.SERVICE:
            return self.scene.polls.ask(call, **arguments)
        if self.ballots_away:
            raise Unavailable
        loaded = call.load(arguments)
        if call is ballots.GET_LOG_STATE:
            return call.dump(self.log_state())
        if call is ballots.GET_KEYS:
            key = {"id": "ballots-log-1", "use": "log", "algorithm": "Ed25519"}
            return call.dump({"keys": [{**key, "public_key": b64u(self.log_signer.public_key)}]})
        if call is ballots.GET_TEXTS:
            return call.dump(log_reading.texts(**loaded, reader=self.scene.reader))
        if call is ballots.GET_COHORTS:
            reader = CohortReader(self.scene.database)
            return call.dump(cohorts.page(**loaded, store=self.scene.store, reader=reader))
        assert call is ballots.GET_ENTRIES
        return call.dump(reading.entries(**loaded, store=self.scene.store))

    def log_state(self) -> dict[str, Any]:
        """As ballots tells it once the end of the log is published and the witnesses were asked."""
        log = self.scene.store.log(self.scene.poll)
        if log.sealed and self.checkpoint == NOT_SIGNED:
            self.checkpoint = self.sign_checkpoint()
        told = {"size": log.size, "sealed": log.sealed, "checkpoint": None, "witnessed": False}
        return told | ({"checkpoint": self.checkpoint, "witnessed": self.witnessed} if log.sealed else {})

    def sign_checkpoint(self, poll_id: str | None = None, by: Any = None, size: int | None = None) -> str:
        """The end of the log as it stands in ballots' database now; or so it says."""
        by, tree = by or self.log_signer, Frontier()
        for leaf in self.scene.store.leaves(self.scene.poll, 0, 100_000, 10**9):
            tree.add(leaf_hash(leaf.encode()))
        origin = f"vote.example/log/{poll_id or self.scene.poll}"
        told = Checkpoint(origin, tree.size if size is None else size, tree.root)
        return str(told.sign(by.public_key, by.sign))

    # --- ballots

    def cast(self, *choices: str, start: int = 0) -> None:
        """One ballot for each choice, by a voter each."""
        items = [
            self.scene.item(f"v{n}", answers={"q1": [choice]})
            for n, choice in enumerate(choices, start=start)
        ]
        assert all("ok" in outcome for outcome in self.scene.cast(*items))

    def sequence(self, limit: int = 1000) -> None:
        log.sequence(self.scene.store, self.rng, self.scene.known, self.scene.admits, limit=limit, seconds=30)

    def set_state(self, state: str, **facts: Any) -> None:
        self.scene.polls.definitions[self.scene.poll] |= {"state": state, **facts}
        counting.notice(self.store, self.sources, self.hints.append, self.scene.poll)

    def end(self) -> None:
        """Closes the poll and seals its log."""
        self.set_state("closed")
        log.look_at_poll(self.scene.store, self.scene.known, self.scene.poll)
        self.sequence()
        assert log.seal_due(self.scene.store, lambda: True, grace=0.0) == [self.scene.poll]
        self.checkpoint = self.sign_checkpoint()

    # --- tally

    def catch_up(self, size: int | None = None) -> None:
        counting.catch_up(self.store, self.sources, self.hints.append, self.scene.poll, size)

    def recount(self) -> bool:
        return recounting.recount(self.store, self.sources, self.signer, self.hints.append, self.scene.poll)

    def keep_up(self) -> None:
        recounting.keep_up(self.store, self.sources, self.signer, self.hints.append)

    def await_missing(self) -> None:
        recounting.await_missing(self.store, self.sources, self.signer, self.hints.append)

    def watch_finals(self) -> float:
        finals.watch(self.store, self.keys)
        return finals.DAMAGED._value.get()

    def results(self) -> dict[str, Any]:
        return results.results(self.store, self.sources, self.keys, self.scene.poll)

    def export(self, name: str, **asked: Any) -> dict[str, Any]:
        """One part of a file, asked for and answered as by the contract."""
        call = contract.EXPORT_RESULTS
        loaded = call.load({"poll_id": self.scene.poll, "format": name, **asked})
        return call.dump(exports.export(self.store, self.sources, self.keys, **loaded))

    def exported(self, name: str, **asked: Any) -> bytes:
        """The whole file, part by part."""
        answer = self.export(name, **asked)
        content = base64.b64decode(answer["content"])
        while answer["next"] is not None:
            answer = self.export(name, **asked, part=answer["next"], as_of=answer["as_of"])
            content += base64.b64decode(answer["content"])
        return content

    def poll(self) -> Poll:
        found = self.store.poll(self.scene.poll)
        assert found is not None
        return found

    def votes(self) -> dict[str, int]:
        """The first question's counts as shown."""
        options = self.results()["questions"][0]["options"]
        return {option["id"]: option["count"] for option in options}

    def run_sql(self, database: Database, statement: Any) -> None:
        with database.write() as tx:
            tx.conn.execute(statement)
            tx.commit()
