"""Profiles, encrypted."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.identity.storage.tables import profile


@dataclass(frozen=True)
class SealedProfile:
    """A row: what was told, encrypted, and since when there is consent."""

    person_id: str
    sealed: str = field(repr=False)
    consented_at: datetime


class Profiles:
    """Profiles in this transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, person_id: str) -> SealedProfile | None:
        row = self._conn.execute(sa.select(profile).where(profile.c.person_id == person_id)).one_or_none()
        return None if row is None else SealedProfile(**row._asdict())

    def put(self, new: SealedProfile) -> SealedProfile:
        """In place of what was there; consent that was given before keeps its time."""
        dialect = sqlite if self._conn.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(profile).values(
            person_id=new.person_id, sealed=new.sealed, consented_at=new.consented_at
        )
        kept = statement.on_conflict_do_update(index_elements=["person_id"], set_={"sealed": new.sealed})
        row = self._conn.execute(kept.returning(*profile.c)).one()
        return SealedProfile(**row._asdict())

    def delete(self, person_id: str) -> None:
        self._conn.execute(sa.delete(profile).where(profile.c.person_id == person_id))

    def page(self, after: str, size: int) -> list[SealedProfile]:
        """Profiles by person, for going through all of them."""
        rows = self._conn.execute(
            sa.select(profile).where(profile.c.person_id > after).order_by(profile.c.person_id).limit(size)
        )
        return [SealedProfile(**row._asdict()) for row in rows]
