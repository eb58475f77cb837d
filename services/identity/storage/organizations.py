"""Organisations and who works in them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.common.database import insert_ignore
from services.identity.domain import Member, Organization
from services.identity.storage.tables import membership, organization, person


class Organizations:
    """Organisations in this transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def all(self) -> list[Organization]:
        columns = (organization.c.id, organization.c.name_ko, organization.c.name_en)
        rows = self._conn.execute(sa.select(*columns).order_by(organization.c.created_at, organization.c.id))
        return [Organization(**row._asdict()) for row in rows]

    def exists(self, organization_id: str) -> bool:
        found = sa.select(organization.c.id).where(organization.c.id == organization_id)
        return self._conn.execute(found).first() is not None

    def add(self, new: Organization, now: datetime) -> bool:
        """Whether it is new; false when the id is taken."""
        row = {"id": new.id, "name_ko": new.name_ko, "name_en": new.name_en, "created_at": now}
        return bool(insert_ignore(self._conn, organization, [row], returning=[organization.c.id]))

    def members(self, organization_id: str) -> list[Member]:
        columns = (membership.c.person_id, membership.c.role, person.c.phone_hint)
        statement = (
            sa.select(*columns)
            .join(person, person.c.id == membership.c.person_id)
            .where(membership.c.organization_id == organization_id)
            .order_by(membership.c.granted_at, membership.c.person_id)
        )
        return [Member(**row._asdict()) for row in self._conn.execute(statement)]

    def role_of(self, person_id: str, organization_id: str) -> str | None:
        statement = sa.select(membership.c.role).where(*_is(organization_id, person_id))
        return self._conn.execute(statement).scalar_one_or_none()

    def set_role(self, organization_id: str, person_id: str, role: str, now: datetime) -> None:
        """Gives the role; an earlier one of the same person there is replaced."""
        dialect = sqlite if self._conn.dialect.name == "sqlite" else postgresql
        new = dialect.insert(membership).values(
            organization_id=organization_id, person_id=person_id, role=role, granted_at=now
        )
        key = [membership.c.organization_id, membership.c.person_id]
        self._conn.execute(new.on_conflict_do_update(index_elements=key, set_={"role": role}))

    def remove(self, organization_id: str, person_id: str) -> None:
        self._conn.execute(sa.delete(membership).where(*_is(organization_id, person_id)))


def _is(organization_id: str, person_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return membership.c.organization_id == organization_id, membership.c.person_id == person_id
