"""Polls' use cases on a real database, as an operator and voters meet them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.common.crypto import KeyFolder
from services.common.database import Database, now
from services.common.objects import LocalFolder
from services.keys import make
from services.polls import contract
from services.polls.contract import roll_schemas, schemas
from services.polls.domain.tries import TryLimits
from services.polls.frozen import freeze
from services.polls.images import ImageLimits
from services.polls.poll_keys import PollKeys
from services.polls.rules import RuleTools
from services.polls.rules.memory import Memory
from services.polls.storage import PollsStore, tables
from services.polls.storage.issuing import IssuingStore
from services.polls.storage.rules import DatabaseRules
from services.polls.usecases import drafting, lifecycle, pictures, roll
from services.polls.usecases.issuing import PassDesk
from services.polls.usecases.roll import RollTools

SEOUL = {"person_id": "seoul-operator", "roles": [], "orgs": {"seoul": "operator"}}
MAPO = {"person_id": "mapo-operator", "roles": [], "orgs": {"mapo": "operator"}}
ADMIN = {"person_id": "admin", "roles": ["admin"], "orgs": {}}
CITIZEN = {"person_id": "citizen", "roles": [], "orgs": {}}
GUEST = None
OUTSIDERS = (MAPO, CITIZEN, GUEST)

INDICATOR = [
    {
        "id": "q1",
        "kind": "choice",
        "title": "일-생활 균형 지표로 중요한 것은?",
        "options": [{"id": one, "label": f"지표 {one}"} for one in "abcd"],
    }
]


def tag_phones(phones: Sequence[str]) -> list[str | None]:
    """As identity would: nothing for what is no phone number."""
    digits = ["".join(c for c in phone if c.isdigit()) for phone in phones]
    return [f"tag-{one}" if one.startswith("010") and len(one) == 11 else None for one in digits]


@dataclass
class Scene:
    database: Database
    store: PollsStore
    keys: PollKeys
    folder: KeyFolder
    objects: LocalFolder
    told: list[str] = field(default_factory=list)
    most_rows: int = 1_000_000

    @classmethod
    def make(cls, database: Database, home: Path) -> "Scene":
        make(home / "keys", "polls")
        folder = KeyFolder(home / "keys", "polls")
        told: list[str] = []
        return cls(
            database,
            PollsStore(database, told.append),
            PollKeys(folder.ring("secret")),
            folder,
            LocalFolder(home / "media"),
            told,
        )

    def now(self) -> datetime:
        with self.database.read() as conn:
            return now(conn)

    def later(self, **time: float) -> datetime:
        return self.now() + timedelta(**time)

    def draft(self, actor: Any = SEOUL, **fields: Any) -> dict[str, Any]:
        """A draft that is fit to be opened, but for what `fields` change."""
        whole = {"title": "일-생활 균형 지표", "organization": "seoul", "questions": INDICATOR, **fields}
        loaded = contract.CREATE_POLL.load({"actor": actor, "draft": whole})
        if "closes_at" not in fields:
            loaded["draft"]["closes_at"] = self.later(days=1)
        return self.shown(drafting.create_poll(self.store, keys=self.keys, **loaded))

    def patch(self, poll_id: str, actor: Any = SEOUL, **patch: Any) -> dict[str, Any]:
        loaded = contract.UPDATE_POLL.load({"actor": actor, "poll_id": poll_id, "patch": patch})
        return self.shown(drafting.update_poll(self.store, **loaded))

    def opened(self, **fields: Any) -> dict[str, Any]:
        return self.open(self.draft(**fields)["id"])

    def open(self, poll_id: str, actor: Any = SEOUL) -> dict[str, Any]:
        return self.shown(lifecycle.open_poll(self.store, poll_id=poll_id, actor=actor))

    def schedule(self, poll_id: str, actor: Any = SEOUL, **times: datetime) -> dict[str, Any]:
        return self.shown(lifecycle.schedule_poll(self.store, poll_id=poll_id, actor=actor, **times))

    def close(self, poll_id: str, actor: Any = SEOUL) -> dict[str, Any]:
        return self.shown(lifecycle.close_poll(self.store, poll_id=poll_id, actor=actor))

    def cancel(self, poll_id: str, actor: Any = SEOUL) -> dict[str, Any]:
        return self.shown(lifecycle.cancel_poll(self.store, poll_id=poll_id, actor=actor))

    def publish(self, poll_id: str, actor: Any = SEOUL) -> dict[str, Any]:
        return self.shown(lifecycle.publish_poll(self.store, poll_id=poll_id, actor=actor))

    def certify(self, poll_id: str, agreed: bool, event_id: str = "event-1") -> None:
        lifecycle.note_certified(self.store, event_id=event_id, poll_id=poll_id, agreed=agreed)

    def copy(self, poll_id: str, actor: Any = SEOUL) -> dict[str, Any]:
        return self.shown(drafting.copy_poll(self.store, poll_id=poll_id, actor=actor, keys=self.keys))

    def delete(self, poll_id: str, actor: Any = SEOUL) -> None:
        drafting.delete_poll(self.store, poll_id=poll_id, actor=actor)

    def get(self, poll_id: str, actor: Any = GUEST) -> dict[str, Any]:
        return self.shown(drafting.get_poll(self.store, poll_id=poll_id, actor=actor))

    def listed(self, actor: Any = GUEST, **query: Any) -> dict[str, Any]:
        loaded = contract.LIST_POLLS.load({"actor": actor, **query})
        return schemas.PollListSchema().dump(drafting.list_polls(self.store, **loaded))

    def changes(self, poll_id: str, actor: Any = GUEST) -> list[dict[str, Any]]:
        found = drafting.list_changes(self.store, poll_id=poll_id, actor=actor)
        return schemas.ChangesSchema().dump(found)["items"]

    def definition(self, poll_id: str) -> dict[str, Any]:
        return schemas.DefinitionSchema().dump(lifecycle.get_definition(self.store, poll_id=poll_id))

    def add_image(self, poll_id: str, target: str, content: str, actor: Any = SEOUL) -> dict[str, Any]:
        return pictures.add_image(
            self.store,
            poll_id=poll_id,
            target=target,
            content=content,
            actor=actor,
            objects=self.objects,
            limits=ImageLimits(),
        )

    @property
    def roll_tools(self) -> RollTools:
        return RollTools(self.keys, tag_phones, self.most_rows)

    def begin_roll(
        self, poll_id: str, upload_id: str = "upload-1", actor: Any = SEOUL, total: int | None = None
    ) -> Any:
        return self.rolled(
            roll.begin_roll(
                self.store,
                poll_id=poll_id,
                upload_id=upload_id,
                total=total,
                actor=actor,
                tools=self.roll_tools,
            )
        )

    def add_rows(
        self,
        poll_id: str,
        phones: Sequence[str],
        upload_id: str = "upload-1",
        first: int = 0,
        actor: Any = SEOUL,
    ) -> Any:
        rows = [{"line": first + n + 2, "phone": phone} for n, phone in enumerate(phones)]
        return self.rolled(
            roll.add_roll_rows(
                self.store,
                poll_id=poll_id,
                upload_id=upload_id,
                first=first,
                rows=rows,
                actor=actor,
                tools=self.roll_tools,
            )
        )

    def commit_roll(self, poll_id: str, upload_id: str = "upload-1", actor: Any = SEOUL) -> Any:
        return self.rolled(roll.commit_roll(self.store, poll_id=poll_id, upload_id=upload_id, actor=actor))

    def abandon_roll(self, poll_id: str, upload_id: str, actor: Any = SEOUL) -> Any:
        return self.rolled(roll.abandon_roll(self.store, poll_id=poll_id, upload_id=upload_id, actor=actor))

    def get_roll(self, poll_id: str, actor: Any = SEOUL) -> Any:
        return self.rolled(roll.get_roll(self.store, poll_id=poll_id, actor=actor))

    def filter_roll(self, poll_id: str, phones: Sequence[str], actor: Any = SEOUL) -> list[bool]:
        found = roll.filter_roll(
            self.store, poll_id=poll_id, phones=phones, actor=actor, tools=self.roll_tools
        )
        return found["on_roll"]

    def with_roll(self, *phones: str, **fields: Any) -> dict[str, Any]:
        """A draft for those on the roll."""
        poll = self.draft(eligibility={"rule": "roll"}, **fields)
        self.begin_roll(poll["id"])
        self.add_rows(poll["id"], phones)
        self.commit_roll(poll["id"])
        return poll

    def desk(self, limits: TryLimits | None = None) -> PassDesk:
        """A pass issuer as each process has one."""
        tools = RuleTools(DatabaseRules(self.database), Memory(), limits or TryLimits())
        return PassDesk(IssuingStore(self.database), self.keys, self.folder.signer("pass"), tools)

    def move_window(self, poll_id: str, **times: datetime) -> None:
        """Sets a poll's times as nobody else can, in the past too; an open poll's as if it had opened so."""
        self.alter(poll_id, **times)
        with self.store.read() as reader:
            poll = reader.get(poll_id)
        if poll.definition is not None:
            frozen = freeze(poll)
            self.alter(poll_id, definition=frozen.definition, definition_hash=frozen.definition_hash)

    def alter(self, poll_id: str, **columns: Any) -> None:
        """Writes to the database past polls."""
        with self.database.write() as tx:
            tx.conn.execute(sa.update(tables.poll).where(tables.poll.c.id == poll_id).values(**columns))
            tx.commit()

    def events(self) -> list[str]:
        """Names of the events that wait in the outbox, oldest first; without those for the city log."""
        names = [key.removeprefix("polls.") for key, _ in self._outbox()]
        return [name for name in names if name != "record.entry"]

    def facts(self, poll_id: str) -> list[dict[str, Any]]:
        """What the city log is told of this poll, oldest first."""
        told = [payload for key, payload in self._outbox() if key == contract.RECORD_ENTRY.routing_key]
        return [contract.RECORD_ENTRY.load(one) for one in told if one["poll"] == poll_id]

    def _outbox(self) -> list[tuple[str, dict[str, Any]]]:
        columns = (tables.outbox.c.routing_key, tables.outbox.c.payload)
        with self.database.read() as conn:
            return [
                (key, told) for key, told in conn.execute(sa.select(*columns).order_by(tables.outbox.c.seq))
            ]

    @staticmethod
    def shown(poll: dict[str, Any]) -> dict[str, Any]:
        """As it goes over the bus; it must fit its schema."""
        dumped = schemas.PollSchema().dump(poll)
        assert schemas.PollSchema().validate(dumped) == {}
        return dumped

    @staticmethod
    def rolled(status: dict[str, Any]) -> dict[str, Any]:
        dumped = roll_schemas.RollStatusSchema().dump(status)
        assert roll_schemas.RollStatusSchema().validate(dumped) == {}
        return dumped


def item(poll: dict[str, Any], tag: str = "tag-01012345678", **fields: Any) -> dict[str, Any]:
    """One request for a pass."""
    base = {"poll_id": poll["id"], "tag": tag, "strength": "phone", "evidence": {}, "channel": "web"}
    return base | fields


def codes(outcomes: Sequence[dict[str, Any]]) -> list[str]:
    return ["ok" if "ok" in outcome else outcome["error"]["code"] for outcome in outcomes]
