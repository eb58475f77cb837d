"""Identity and polls as notify meets them on the bus, small enough to be read at one glance.

`python -m tests.component.notify.neighbours`: challenges for phones, one person a phone, polls that are published when
asked. They emit their events through a real outbox.
"""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
import sys  # noqa: E402
from datetime import UTC, datetime, timedelta  # noqa: E402
from typing import Any  # noqa: E402

import sqlalchemy as sa  # noqa: E402

from services.common.bus.dependency import DatabaseProvider, Relay  # noqa: E402
from services.common.bus.server import serve  # noqa: E402
from services.common.database import Database  # noqa: E402
from services.common.outbox import emit, outbox_table  # noqa: E402
from services.common.process import run  # noqa: E402
from services.identity import contract as identity  # noqa: E402
from services.polls import contract as polls  # noqa: E402

DATABASE = "NEIGHBOURS_DATABASE_URL"
STATES: dict[str, str] = {}


class IdentityNeighbour:
    name = identity.SERVICE
    database = DatabaseProvider(DATABASE)
    relay = Relay(DATABASE)

    @serve(identity.START_CHALLENGE)
    def start_challenge(self, phone: str, address: str, language: str) -> dict[str, Any]:
        """The challenge's id is the phone, so that nothing need be kept."""
        with self.database.write() as tx:
            emit(tx, identity.CODE_REQUESTED, {"challenge_id": phone})
            tx.commit()
        moment = datetime.now(UTC)
        return {"challenge_id": phone, "expires_at": moment, "resend_at": moment}

    @serve(identity.GET_DELIVERY)
    def get_delivery(self, challenge_id: str) -> dict[str, Any]:
        expires = datetime.now(UTC) + timedelta(minutes=3)
        return {"phone": challenge_id, "code": "654321", "language": "ko", "expires_at": expires}

    @serve(identity.GET_ADDRESSES)
    def get_addresses(self, person_ids: list[str]) -> dict[str, Any]:
        return {"addresses": {person: {"phone": person, "language": "en"} for person in person_ids}}


class PollsNeighbour:
    name = polls.SERVICE
    database = DatabaseProvider(DATABASE)
    relay = Relay(DATABASE)

    @serve(polls.PUBLISH_POLL)
    def publish_poll(self, poll_id: str, actor: Any) -> dict[str, Any]:
        STATES[poll_id] = "published"
        with self.database.write() as tx:
            emit(tx, polls.POLL_PUBLISHED, {"poll_id": poll_id})
            tx.commit()
        return {"id": poll_id}

    @serve(polls.GET_POLL)
    def get_poll(self, poll_id: str, actor: Any) -> dict[str, Any]:
        return {"id": poll_id, "state": STATES.get(poll_id, "open"), "title": f"제목 {poll_id}"}


def create_tables() -> None:
    metadata = sa.MetaData()
    outbox_table(metadata)
    database = Database(os.environ[DATABASE])
    metadata.create_all(database.engine)
    database.close()


if __name__ == "__main__":
    create_tables()
    sys.exit(run("neighbours", (IdentityNeighbour, PollsNeighbour), os.environ))
