"""Lists and searches of polls, page by page.

A cursor names the last poll of a page by what the order is made of, so polls that are added meanwhile neither repeat
nor hide others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa

from services.common.encodings import b64u, unb64u
from services.common.errors import InvalidInput
from services.common.ids import format_utc, is_id, parse_utc
from services.polls.domain.poll import DRAFT, Poll
from services.polls.domain.search import normal_form
from services.polls.storage.mapping import OPEN_FIRST, POLL_COLUMNS, REST, to_poll
from services.polls.storage.tables import poll


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`organizations`: only of these, drafts included; nothing there: all that is public. `all_drafts`: of every
    organisation, drafts included.
    """

    state: str | None = None
    kind: str | None = None
    organization: str | None = None
    q: str | None = None
    cursor: str | None = None
    limit: int = 20
    organizations: Sequence[str] | None = None
    all_drafts: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    polls: list[Poll]
    next: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order a poll stands."""

    rank: int
    created_at: datetime
    id: str


def page(conn: sa.Connection, query: ListQuery) -> Page:
    statement = (
        sa.select(poll.c.listed_rank, *POLL_COLUMNS)
        .where(*_conditions(query))
        .order_by(poll.c.listed_rank, poll.c.created_at.desc(), poll.c.id.desc())
        .limit(query.limit + 1)
    )
    rows = conn.execute(statement).mappings().all()
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return Page([to_poll(row) for row in shown], write_cursor(_place(shown[-1])) if more else None)


def _place(row: sa.RowMapping) -> Place:
    return Place(row["listed_rank"], row["created_at"], row["id"])


def _conditions(query: ListQuery) -> list[sa.ColumnElement[bool]]:
    found = [_visible(query)]
    for name in ("state", "kind", "organization"):
        value = getattr(query, name)
        if value is not None:
            found.append(poll.c[name] == value)
    words = normal_form(query.q or "")
    if words:
        found.append(poll.c.search_text.contains(words, autoescape=True))
    if query.cursor is not None:
        found.append(_after(read_cursor(query.cursor)))
    return found


def _visible(query: ListQuery) -> sa.ColumnElement[bool]:
    if query.all_drafts:
        return sa.true()
    if query.organizations is None:
        return poll.c.state != DRAFT
    return poll.c.organization.in_(query.organizations)


def _after(place: Place) -> sa.ColumnElement[bool]:
    later_ids = sa.and_(poll.c.created_at == place.created_at, poll.c.id < place.id)
    same_rank = sa.and_(
        poll.c.listed_rank == place.rank, sa.or_(poll.c.created_at < place.created_at, later_ids)
    )
    return sa.or_(poll.c.listed_rank > place.rank, same_rank)


def write_cursor(place: Place) -> str:
    return b64u(orjson.dumps([place.rank, format_utc(place.created_at), place.id]))


def read_cursor(text: str) -> Place:
    """Raises `InvalidInput` for what `write_cursor` has not written."""
    try:
        rank, created_at, poll_id = orjson.loads(unb64u(text))
        place = Place(rank, parse_utc(created_at), poll_id)
    except (ValueError, TypeError, OverflowError):
        place = None
    if place is None or place.rank not in (OPEN_FIRST, REST) or not is_id(place.id):
        raise InvalidInput([{"pointer": "/cursor", "code": "invalid", "params": {}}])
    return place
