"""People and their city-wide roles."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.common.database import insert_ignore
from services.identity.domain import Person, Standing
from services.identity.storage.tables import membership, person, person_role


class People:
    """People in this transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, person_id: str) -> Person | None:
        return self._one(person.c.id == person_id)

    def find(self, phone_index: str) -> Person | None:
        return self._one(person.c.phone_index == phone_index)

    def add_or_find(self, new: Person) -> tuple[Person, bool]:
        """The one person with this phone, and whether it is the new one. Parallel calls agree on one."""
        row = {column.name: getattr(new, column.name) for column in person.c}
        added = insert_ignore(self._conn, person, [row], returning=[person.c.id])
        found = new if added else self.find(new.phone_index)
        assert found is not None, "a conflict without a row that it is with"
        return found, bool(added)

    def update(self, person_id: str, changes: dict[str, Any]) -> Person | None:
        """The person after the changes, or nothing when there is none."""
        if not changes:
            return self.get(person_id)
        statement = sa.update(person).where(person.c.id == person_id).values(**changes).returning(*person.c)
        return _person(self._conn.execute(statement).one_or_none())

    def among(self, person_ids: Collection[str]) -> list[Person]:
        rows = self._conn.execute(sa.select(person).where(person.c.id.in_(person_ids)))
        return [Person(**row._asdict()) for row in rows]

    def page(self, after: str, size: int) -> list[Person]:
        """People by id, for going through all of them."""
        rows = self._conn.execute(
            sa.select(person).where(person.c.id > after).order_by(person.c.id).limit(size)
        )
        return [Person(**row._asdict()) for row in rows]

    def standing(self, someone: Person) -> Standing:
        """What this person may do at this moment."""
        roles = self._conn.execute(
            sa.select(person_role.c.role)
            .where(person_role.c.person_id == someone.id)
            .order_by(person_role.c.role)
        ).scalars()
        orgs: Sequence[Any] = self._conn.execute(
            sa.select(membership.c.organization_id, membership.c.role).where(
                membership.c.person_id == someone.id
            )
        ).all()
        return Standing(someone, tuple(roles), {row.organization_id: row.role for row in orgs})

    def has_role(self, person_id: str, role: str) -> bool:
        found = sa.select(person_role.c.role).where(
            person_role.c.person_id == person_id, person_role.c.role == role
        )
        return self._conn.execute(found).first() is not None

    def grant(self, person_id: str, role: str, now: datetime) -> None:
        insert_ignore(self._conn, person_role, [{"person_id": person_id, "role": role, "granted_at": now}])

    def _one(self, condition: sa.ColumnElement[bool]) -> Person | None:
        return _person(self._conn.execute(sa.select(person).where(condition)).one_or_none())


def _person(row: sa.Row[Any] | None) -> Person | None:
    return None if row is None else Person(**row._asdict())
