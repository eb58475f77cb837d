"""Ballots and tally together, each with its own real database; polls is a fake, and the bus is a function call."""

import random
from typing import Any

from services.ballots import contract as ballots
from services.ballots.usecases import log, reading
from services.common.database import Database
from services.common.errors import Unavailable
from services.migrate import migrate
from services.tally.domain import Poll
from services.tally.sources import Sources
from services.tally.storage import TallyStore
from services.tally.usecases import counting, recounting, results
from tests.unit.ballots.scene import FakePolls, Scene, signer


class World:
    """What the voters, the events and the operators do to one poll."""

    def __init__(self, ballots_url: str, tally_url: str, page: int = 7, polls: Any = None) -> None:
        self.scene = Scene(ballots_url, polls or FakePolls())
        migrate("tally", tally_url)
        self.database = Database(tally_url, pool_size=20, lock_timeout=20.0)
        self.store = TallyStore(self.database)
        self.sources = Sources(self.ask, page)
        self.signer = signer("tally-result-1")
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
            return call.dump(reading.log_state(**loaded, store=self.scene.store))
        assert call is ballots.GET_ENTRIES
        return call.dump(reading.entries(**loaded, store=self.scene.store))

    # --- ballots

    def cast(self, *choices: str, start: int = 0) -> None:
        """One ballot for each choice, by a voter each."""
        items = [
            self.scene.item(f"v{n}", answers={"q1": [choice]})
            for n, choice in enumerate(choices, start=start)
        ]
        assert all("ok" in outcome for outcome in self.scene.cast(*items))

    def sequence(self, limit: int = 1000) -> None:
        log.sequence(self.scene.store, self.rng, limit=limit, seconds=30)

    def set_state(self, state: str, **facts: Any) -> None:
        self.scene.polls.definitions[self.scene.poll] |= {"state": state, **facts}
        counting.notice(self.store, self.sources, self.hints.append, self.scene.poll)

    def end(self) -> None:
        """Closes the poll and seals its log."""
        self.set_state("closed")
        log.look_at_poll(self.scene.store, self.scene.known, self.scene.poll)
        self.sequence()
        assert log.seal_due(self.scene.store, lambda: True, grace=0.0) == [self.scene.poll]

    # --- tally

    def catch_up(self, size: int | None = None) -> None:
        counting.catch_up(self.store, self.sources, self.hints.append, self.scene.poll, size)

    def recount(self) -> bool:
        return recounting.recount(self.store, self.sources, self.signer, self.hints.append, self.scene.poll)

    def keep_up(self) -> None:
        recounting.keep_up(self.store, self.sources, self.signer, self.hints.append)

    def results(self) -> dict[str, Any]:
        return results.results(self.store, self.sources, self.scene.poll)

    def export(self, name: str, language: str = "ko") -> dict[str, Any]:
        return results.export(self.store, self.sources, poll_id=self.scene.poll, name=name, language=language)

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
