"""Alembic's environment, the same for every service.

``services/<service>/migrations/env.py`` is two lines::

    from services.common.migrations_env import run
    run()

The caller gives the open connection and the name of the version table in ``config.attributes``, see ``upgrade``.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config

from services.common.database import Database

_LOCK = 0x6D69677261746573
"""Any constant: the number of PostgreSQL's advisory lock that lets one migration run at a time."""


def run() -> None:
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        version_table=attributes["version_table"],
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def upgrade(database: Database, service: str, scripts: Path, revision: str = "head") -> None:
    """Brings the database to ``revision``; several processes may do so at once, one of them does the work."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = f"{service}_version"
    with database.write() as tx:
        _wait_for_turn(tx.conn)
        config.attributes["connection"] = tx.conn
        command.upgrade(config, revision)
        tx.commit()


def _wait_for_turn(conn: sa.Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
