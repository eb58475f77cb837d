"""The real use cases of polls' passes, ballots and tally on SQLite, joined by function calls and a bus that may fail."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.ballots.storage import BallotStore, BallotTransaction, CohortReader
from services.ballots.usecases import log
from services.common.bus.bisect import outcomes_of
from services.common.contract import outcome_error
from services.common.database import Database
from services.common.encodings import b64u
from services.common.errors import InternalError
from services.migrate import migrate
from services.polls import contract as polls
from services.polls.contract.breakdown import UNKNOWN
from services.polls.usecases.lifecycle import get_cohort_cells
from services.tally.usecases import counting
from tests.component.polls.scene import Scene as PollsScene
from tests.component.polls.scene import item as pass_request
from tests.component.promises.bus import Fate
from tests.unit.ballots.scene import TERMS
from tests.unit.tally.world import World

DISTRICTS = {"v0": "mapo", "v1": "mapo", "v2": "jung", "v3": UNKNOWN}
"""Where the voters live."""
POISON = "poison"
"""An answer on which the handler stumbles, as on a fault of its own."""


class ProcessEnds(Exception):
    """The worker's process is gone in this moment."""


class Stumbled(Exception):
    """A fault in the handler."""


class MortalStore(BallotStore):
    """The store of a process that may end when it is about to commit."""

    dying = False

    @contextmanager
    def write(self) -> Iterator[BallotTransaction]:
        with super().write() as tx:
            if self.dying:
                tx.commit = end_of_process
            yield tx


def end_of_process() -> None:
    raise ProcessEnds


class RealPolls:
    """What ballots and tally ask polls, answered by polls' own use cases."""

    def __init__(self, scene: PollsScene) -> None:
        self.scene = scene
        self.desk = scene.desk()

    def add(self, _name: str) -> str:
        return str(self.scene.opened(results="live", breakdown={"by": ["district"], "least": 3})["id"])

    def ask(self, call: Any, **arguments: Any) -> dict[str, Any]:
        if call is polls.GET_DEFINITION:
            return self.scene.definition(arguments["poll_id"])
        if call is polls.GET_COHORT_CELLS:
            return self.cells(arguments["poll_id"])
        assert call is polls.GET_KEYS
        keys = self.scene.folder.verifier("pass").to_wire()
        text = {name: key if isinstance(key, str) else b64u(key) for name, key in keys.items()}
        return {"keys": [{"id": name, "use": "pass", "public_key": key} for name, key in text.items()]}

    def cells(self, poll_id: str) -> dict[str, Any]:
        return get_cohort_cells(self.scene.store, poll_id=poll_id, keys=self.scene.keys)


class City:
    """One open poll and everything behind it; `templates` holds a migrated database for each service."""

    def __init__(self, folder: Path, templates: Path) -> None:
        shutil.copytree(templates, folder, dirs_exist_ok=True)
        self._polls_database = Database(f"sqlite:///{folder / 'polls.sqlite'}")
        self.polls = RealPolls(PollsScene.make(self._polls_database, folder))
        ballots_url, tally_url = (f"sqlite:///{folder / name}.sqlite" for name in ("ballots", "tally"))
        self.world = World(ballots_url, tally_url, page=3, polls=self.polls)
        self.scene = self.world.scene
        self.poll = self.scene.poll
        self.scene.store = self.store = MortalStore(self.scene.database, TERMS)
        counting.refresh(self.world.store, self.world.sources, self.poll)
        self.buried: list[dict[str, Any]] = []
        self.cured = False

    def end(self) -> None:
        self.world.close()
        self._polls_database.close()

    @contextmanager
    def dying(self) -> Iterator[None]:
        """Whatever commits in the block is the end of its process."""
        self.store.dying = True
        try:
            yield
        except ProcessEnds:
            pass
        finally:
            self.store.dying = False

    def issue(self, voter: str) -> dict[str, Any]:
        """The outcome of asking for a pass."""
        told = {} if DISTRICTS[voter] == UNKNOWN else {"district": DISTRICTS[voter]}
        [outcome] = self.polls.desk.issue([pass_request({"id": self.poll}, tag=f"tag-{voter}", profile=told)])
        return outcome

    def cohort_counters(self) -> list[Any]:
        """What is counted by cohorts so far, for the tests only: it is told once the log is sealed."""
        return CohortReader(self.scene.database).page(self.poll, None, 10_000)

    def work(self, items: list[dict[str, Any]], fate: Fate) -> list[dict[str, Any]] | None:
        """As a worker handles a batch, with the bad items found by halving."""
        if fate is Fate.BEFORE_COMMIT:
            with self.dying():
                self._handled(items)
            return None
        return self._handled(items)

    def _handled(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        def give_up(place: int, _error: Exception) -> dict[str, Any]:
            self.buried.append(items[place])
            return outcome_error(InternalError())

        return outcomes_of(self._serve, items, lambda error: isinstance(error, ProcessEnds), give_up)

    def _serve(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not self.cured and any(item["answers"].get("q1") == [POISON] for item in items):
            raise Stumbled
        return self.scene.serve(*items)

    def close(self) -> None:
        self.polls.scene.close(self.poll)
        log.look_at_poll(self.store, self.scene.known, self.poll)
        counting.notice(self.world.store, self.world.sources, self.world.hints.append, self.poll)


def make_templates(folder: Path) -> Path:
    """A migrated database of each service."""
    for service in ("polls", "ballots", "tally"):
        migrate(service, f"sqlite:///{folder / service}.sqlite")
    return folder
