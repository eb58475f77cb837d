"""Migrations from empty give the tables that the code uses."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.common.database import Database
from services.migrate import migrate
from services.polls.storage.tables import metadata


def test_migrated_tables_are_the_declared_ones(database: Database) -> None:
    with database.read() as conn:
        context = MigrationContext.configure(conn, opts={"version_table": "polls_version"})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate("polls", database.url.render_as_string(hide_password=False))
