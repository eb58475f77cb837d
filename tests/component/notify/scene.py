"""Notify without its process: real storage, real use cases, and hand-written stand-ins for what is around it."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from services.common.crypto import KeyRing
from services.common.database import Database
from services.identity import contract as identity
from services.migrate import migrate
from services.notify import domain, usecases
from services.notify.addresses import Addresses
from services.notify.directory import Directory
from services.notify.domain import Message, Sent
from services.notify.sending import Limits, Post, keep_house, send_due, send_now
from services.notify.storage.dev_outbox import DevOutbox
from services.notify.storage.queue import Queue
from services.notify.storage.tables import message, spending
from services.notify.storage.wishes import Wishes
from services.notify.texts import Texts
from services.polls import contract as polls

PHONE = "+821012345678"
Reaction = Callable[[Message], Sent]


class Town:
    """Identity and polls as notify sees them through the bus."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, str]] = {}
        self.polls: dict[str, dict[str, str]] = {}
        self.challenges: dict[str, dict[str, str | None]] = {}
        self.away: type[Exception] | None = None
        self.asked: list[str] = []

    def call(self, call, /, **arguments):
        call.load(arguments)
        self.asked.append(call.method)
        if self.away:
            raise self.away()
        return getattr(self, call.method)(**arguments)

    def get_delivery(self, challenge_id):
        if challenge_id not in self.challenges:
            raise identity.PersonNotFound
        return self.challenges[challenge_id]

    def get_addresses(self, person_ids):
        return {"addresses": {person: self.people[person] for person in person_ids if person in self.people}}

    def get_poll(self, poll_id, actor):
        if poll_id not in self.polls:
            raise polls.PollNotFound
        return self.polls[poll_id]

    def add_person(self, person_id: str, phone: str = PHONE, language: str = "ko") -> None:
        self.people[person_id] = {"phone": phone, "language": language}

    def add_poll(self, poll_id: str, state: str = "open", title: str = "버스 유턴장 노선도") -> None:
        self.polls[poll_id] = {"id": poll_id, "state": state, "title": title}

    def add_challenge(self, challenge_id: str, phone: str | None = PHONE) -> None:
        expires = datetime.now(UTC) + timedelta(minutes=3)
        code = "123456" if phone else None
        self.challenges[challenge_id] = {
            "phone": phone,
            "code": code,
            "language": "ko",
            "expires_at": expires.isoformat(),
        }


class Carrier:
    """A channel that remembers; `reaction` decides what becomes of a message."""

    NAME = "carrier"

    def __init__(self, price: int = 10) -> None:
        self.price = price
        self.sent: list[Message] = []
        self.keys: list[str] = []
        self.reaction: Reaction | None = None

    def send(self, message: Message, idempotency_key: str) -> Sent:
        self.keys.append(idempotency_key)
        if self.reaction:
            return self.reaction(message)
        self.sent.append(message)
        return Sent(f"provider-{len(self.sent)}")

    def cost(self, message: Message) -> int:
        return self.price


def raising(error: Exception) -> Reaction:
    def react(message: Message) -> Sent:
        raise error

    return react


class Scene:
    """One replica; `another()` is a second one over the same database."""

    def __init__(self, url: str, *, first: "Scene | None" = None, **limits) -> None:
        self.url = url
        if first is None:
            migrate("notify", url)
        self.database = Database(url)
        self.queue, self.wishes = Queue(self.database), Wishes(self.database)
        self.outbox = DevOutbox(self.database)
        self.town: Town = first.town if first else Town()
        self.carrier: Carrier = first.carrier if first else Carrier()
        self.addresses: Addresses = (
            first.addresses
            if first
            else Addresses(KeyRing({1: secrets.token_bytes(32)}), secrets.token_bytes(32))
        )
        self.post = Post(
            queue=self.queue,
            directory=Directory(self.town),
            addresses=self.addresses,
            texts=Texts("https://mvoting.example"),
            channels={domain.SMS: self.carrier},
            limits=self.limits(**limits),
        )
        self.others: list[Scene] = []

    @staticmethod
    def limits(
        codes: int = 1000, other: int = 1000, batch: int = 50, tries: int = 3, lease: float = 60.0
    ) -> Limits:
        return Limits({"codes": codes, "other": other}, batch, tries, timedelta(seconds=lease))

    def another(self, **limits) -> "Scene":
        self.others.append(Scene(self.url, first=self, **limits))
        return self.others[-1]

    def close(self) -> None:
        for each in [*self.others, self]:
            each.database.close()

    # --- what happens ---------------------------------------------------------------------------------------------------

    def ask_code(self, challenge_id: str) -> str | None:
        return send_now(self.post, usecases.queue_code(self.queue, challenge_id))

    def invite(self, poll_id: str, *phones: str, job_id: str = "job-1") -> dict[str, int]:
        return usecases.send_invitations(
            self.queue,
            self.wishes,
            self.addresses,
            region="KR",
            poll_id=poll_id,
            job_id=job_id,
            numbers=phones,
            language="ko",
        )

    def publish(self, poll_id: str) -> int:
        self.town.add_poll(poll_id, "published")
        return usecases.queue_announcements(self.queue, self.wishes, poll_id)

    def opt_out(self, person_id: str, opt_out: bool = True) -> None:
        usecases.set_preferences(
            self.wishes, Directory(self.town), self.addresses, person_id=person_id, opt_out=opt_out
        )

    def send(self) -> int:
        """Everything that is due."""
        total = 0
        while count := send_due(self.post, domain.KINDS):
            total += count
        return total

    def keep_house(self) -> None:
        keep_house(self.post)

    def pass_time(self, seconds: float) -> None:
        """Makes all that is stored so much older."""
        age = timedelta(seconds=seconds)
        with self.database.write() as tx:
            for row in tx.conn.execute(sa.select(message)).mappings().all():
                older = {
                    name: row[name] - age
                    for name in ("next_try_at", "claimed_at", "created_at", "finished_at")
                    if row[name]
                }
                tx.conn.execute(sa.update(message).where(message.c.id == row["id"]).values(older))
            tx.commit()

    # --- what can be seen -----------------------------------------------------------------------------------------------

    def rows(self) -> list[dict]:
        with self.database.read() as conn:
            return [
                dict(row) for row in conn.execute(sa.select(message).order_by(message.c.id)).mappings().all()
            ]

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows()]

    def spent(self):
        with self.database.read() as conn:
            return conn.execute(sa.select(sa.func.coalesce(sa.func.sum(spending.c.won), 0))).scalar_one()

    def stored_text(self) -> str:
        """All that stands in the message table."""
        return repr(self.rows())
