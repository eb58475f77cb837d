"""Statements that the two engines spell differently."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection


def now(conn: Connection) -> datetime:
    """The database's clock, which is the judge of every window of time."""
    if conn.dialect.name == "sqlite":
        text = conn.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")).scalar_one()
        return datetime.fromisoformat(text)
    moment: datetime = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


def insert_ignore(
    conn: Connection,
    table: sa.Table,
    rows: Sequence[dict[str, Any]],
    returning: Sequence[sa.Column[Any]] = (),
) -> Sequence[sa.Row[Any]]:
    """Inserts the rows that break no unique constraint and returns the named columns of those.

    The order of what returns is not that of ``rows``.  Rows are cut into as many statements as the engine needs.
    """
    if not rows:
        return []
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    if not returning:
        conn.execute(statement, rows)
        return []
    return conn.execute(statement.returning(*returning), rows).all()


def rows_of(table: sa.Table, rows: sa.BindParameter[str], names: Sequence[str]) -> sa.Select[Any]:
    """PostgreSQL only: selects these columns of rows that travel as one text (`as_rows`).

    A value a parameter, SQLAlchemy renders and psycopg2 quotes each of them, which costs the client more than all else.
    """
    columns = [sa.column(name, table.c[name].type) for name in names]
    made = sa.func.json_populate_recordset(
        sa.literal_column(f"NULL::{table.name}"), sa.cast(rows, postgresql.JSON)
    )
    return sa.select(*columns).select_from(made.table_valued(*columns))


def as_rows(rows: Sequence[dict[str, Any]]) -> str:
    """What `rows_of` reads: JSON, bytes in PostgreSQL's hexadecimal form."""
    return orjson.dumps(rows, default=_as_bytea).decode()


def _as_bytea(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError
    return "\\x" + value.hex()


def for_update(conn: Connection, statement: sa.Select[Any], *, skip_locked: bool = False) -> sa.Select[Any]:
    """Locks the selected rows; on SQLite the write transaction holds the whole file already."""
    return statement if conn.dialect.name == "sqlite" else statement.with_for_update(skip_locked=skip_locked)
