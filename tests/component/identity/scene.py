"""Identity's use cases on a real database, with a clock that tests turn."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import jwt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.common.contract import Event
from services.common.database import Database
from services.common.errors import DomainError
from services.identity.domain import Actor, Policy
from services.identity.keys import Keys
from services.identity.phones import PhoneRules
from services.identity.settings import IdentitySettings
from services.identity.storage import IdentityStore, tables
from services.identity.usecases import organizations, people, sessions, sign_in
from services.identity.usecases.context import Context
from services.keys import make

PHONE = "010-1234-5678"
OTHER = "010-9876-5432"
ADDRESS = "203.0.113.7"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TestClock:
    """A database clock that stands still until it is turned."""

    __test__ = False

    def __init__(self) -> None:
        self.now = START

    def __call__(self, conn: Connection) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


def make_keys(folder: Path) -> Keys:
    make(folder, "identity", "access")
    return Keys.load(folder)


def make_policy(**changes: Any) -> Policy:
    defaults = IdentitySettings.load({"IDENTITY_DATABASE_URL": "sqlite:///unused"}).policy()
    return replace(defaults, **changes)


@dataclass
class Scene:
    database: Database
    ctx: Context
    clock: TestClock
    told: list[tuple[Event, dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def make(cls, database: Database, folder: Path) -> "Scene":
        clock = TestClock()
        store = IdentityStore(database, clock)
        return cls(database, Context(store, make_keys(folder), PhoneRules("KR", {82}), make_policy()), clock)

    def with_policy(self, **changes: Any) -> "Scene":
        return replace(self, ctx=replace(self.ctx, policy=replace(self.ctx.policy, **changes)))

    def tell(self, event: Event, payload: dict[str, Any]) -> None:
        self.told.append((event, payload))

    # --- what a person does

    def ask(self, phone: str = PHONE, address: str = ADDRESS, language: str = "ko") -> dict[str, Any]:
        return sign_in.start_challenge(self.ctx, phone, address, language)

    def code(self, challenge_id: str) -> str:
        return self.ctx.keys.code_of(challenge_id)

    def wrong_code(self, challenge_id: str) -> str:
        return f"{(int(self.code(challenge_id)) + 1) % 10**6:06}"

    def confirm(self, challenge_id: str, code: str | None = None, address: str = ADDRESS) -> dict[str, Any]:
        code = self.code(challenge_id) if code is None else code
        return sign_in.confirm_challenge(self.ctx, challenge_id, code, address)

    def sign_in(self, phone: str = PHONE) -> dict[str, Any]:
        return self.confirm(self.ask(phone)["challenge_id"])

    def refresh(self, token: str) -> dict[str, Any]:
        return sessions.refresh_session(self.ctx, self.tell, token)

    def sign_out(self, sid: str) -> None:
        sessions.end_session(self.ctx, self.tell, sid)

    def claims(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The access token's claims after checking its signature, not its time (the clock is turned)."""
        token = answer["access_token"]
        key_id, key = self.ctx.keys.access
        assert jwt.get_unverified_header(token)["kid"] == key_id
        return jwt.decode(token, key, ["HS256"], {"verify_exp": False, "verify_iat": False}, issuer="mvoting")

    def sid(self, answer: dict[str, Any]) -> str:
        return str(self.claims(answer)["sid"])

    # --- roles

    def admin(self, phone: str = "010-0000-0001") -> Actor:
        standing = people.make_admin(self.ctx, phone)
        return Actor(standing.person.id, standing.roles, standing.orgs)

    def operator(self, organization: str, phone: str = OTHER) -> Actor:
        member = organizations.set_member(self.ctx, self.admin(), organization, phone, "operator")
        return Actor(member["person_id"], (), {organization: "operator"})

    # --- what stands in the database

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        with self.database.read() as conn:
            return [row._asdict() for row in conn.execute(sa.select(table))]

    def count(self, table: sa.Table) -> int:
        return len(self.rows(table))

    def statements(self, work: Callable[[], Any]) -> list[str]:
        """The statements that the work makes, without their values."""
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        sa.event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            sa.event.remove(self.database.engine, "before_cursor_execute", note)
        return seen


def at_once(tries: Iterable[Callable[[], Any]]) -> list[Any]:
    """Runs all in threads that start together; an expected refusal is returned as its code."""
    tries = list(tries)
    gate = Barrier(len(tries), timeout=20)

    def run(work: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return work()
        except DomainError as error:
            return error.code

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(run, tries))


TABLES = tables.metadata.tables
