"""Polls as ballots and tally meet it on the bus: `python -m tests.component.ballots.neighbours`.

Any poll whose id begins with `open-` is open until somebody closes or publishes it; it emits its events through a real
outbox.
"""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
import sys  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from typing import Any  # noqa: E402

import sqlalchemy as sa  # noqa: E402

from services.ballots import contract as ballots  # noqa: E402
from services.common.bus.dependency import DatabaseProvider, KeyProvider, Relay  # noqa: E402
from services.common.bus.server import handle, serve  # noqa: E402
from services.common.database import Database  # noqa: E402
from services.common.encodings import b64u, canonical_json, sha256  # noqa: E402
from services.common.ids import format_utc  # noqa: E402
from services.common.outbox import emit, outbox_table  # noqa: E402
from services.common.process import run  # noqa: E402
from services.polls import contract as polls  # noqa: E402
from tests.unit.ballots.scene import OPENED, QUESTIONS  # noqa: E402

DATABASE = "NEIGHBOURS_DATABASE_URL"
MOVED: dict[str, dict[str, str]] = {}
DISCARDED: list[dict[str, Any]] = []


class PollsNeighbour:
    name = polls.SERVICE
    database = DatabaseProvider(DATABASE)
    relay = Relay(DATABASE)
    keys = KeyProvider(polls.SERVICE)

    @serve(polls.GET_KEYS)
    def get_keys(self) -> dict[str, Any]:
        signer = self.keys.signer("pass")
        key = {
            "id": signer.key_id,
            "use": "pass",
            "algorithm": "Ed25519",
            "public_key": b64u(signer.public_key),
        }
        return {"keys": [key]}

    @serve(polls.GET_DEFINITION)
    def get_definition(self, poll_id: str, **_actor: Any) -> dict[str, Any]:
        if not poll_id.startswith("open-"):
            raise polls.PollNotFound
        definition = {"id": poll_id, "title": "행복지표", "questions": QUESTIONS}
        found = {
            "poll_id": poll_id,
            "state": "open",
            "definition": definition,
            "definition_hash": sha256(canonical_json(definition)).hex(),
            "opened_at": format_utc(OPENED),
            "closes_at": None,
            "results": "after_publish" if "later" in poll_id else "live",
            "roll_size": None,
        }
        return {**found, **MOVED.get(poll_id, {})}

    @serve(polls.OPEN_POLL)
    def open_poll(self, poll_id: str, **_actor: Any) -> dict[str, Any]:
        return self._tell(polls.POLL_OPENED, poll_id)

    @serve(polls.CLOSE_POLL)
    def close_poll(self, poll_id: str, **_actor: Any) -> dict[str, Any]:
        MOVED[poll_id] = {"state": "closed", "closes_at": format_utc(datetime.now(UTC))}
        return self._tell(polls.POLL_CLOSED, poll_id)

    @serve(polls.PUBLISH_POLL)
    def publish_poll(self, poll_id: str, **_actor: Any) -> dict[str, Any]:
        MOVED[poll_id]["state"] = "published"
        return self._tell(polls.POLL_PUBLISHED, poll_id)

    @serve(polls.LIST_CHANGES)
    def list_changes(self, poll_id: str, **_actor: Any) -> dict[str, Any]:
        told = enumerate((each for each in DISCARDED if each["poll_id"] == poll_id), start=1)
        what = {"what": "dead_letter_discarded", "old": None}
        return {
            "items": [
                {"number": n, "at": t["discarded_at"], "new": t["count"], "reason": t["reason"], **what}
                for n, t in told
            ]
        }

    @handle(ballots.DEAD_LETTERS_DISCARDED)
    def note_discarded(self, payload: dict[str, Any]) -> None:
        DISCARDED.append({**payload, "discarded_at": format_utc(payload["discarded_at"])})

    def _tell(self, event: Any, poll_id: str) -> dict[str, Any]:
        with self.database.write() as tx:
            emit(tx, event, {"poll_id": poll_id})
            tx.commit()
        return {"id": poll_id}


def create_tables() -> None:
    metadata = sa.MetaData()
    outbox_table(metadata)
    database = Database(os.environ[DATABASE])
    metadata.create_all(database.engine)
    database.close()


if __name__ == "__main__":
    create_tables()
    sys.exit(run("neighbours", (PollsNeighbour,), os.environ))
