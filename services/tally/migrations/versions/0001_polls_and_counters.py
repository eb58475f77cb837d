"""Counted polls and their counters."""

import sqlalchemy as sa
from alembic import op

from services.common.database import BigId, JsonText, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_event_tables()
    op.create_table(
        "poll",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("results", sa.String(20), nullable=False),
        sa.Column("definition", JsonText, nullable=False),
        sa.Column("definition_hash", sa.String(64), nullable=False),
        sa.Column("roll_size", sa.Integer, nullable=True),
        sa.Column("applied", sa.Integer, nullable=False),
        sa.Column("sealed_size", sa.Integer, nullable=True),
        sa.Column("certified", sa.Boolean, nullable=True),
        sa.Column("final", sa.Text, nullable=True),
        sa.Column("differences", JsonText, nullable=True),
        sa.Column("recounted_at", UtcDateTime, nullable=True),
    )
    op.create_table(
        "counter",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("question", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
    )


def _create_event_tables() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(22), nullable=False, unique=True),
        sa.Column("routing_key", sa.String(200), nullable=False),
        sa.Column("payload", JsonText, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", UtcDateTime, nullable=True),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(64), primary_key=True),
        sa.Column("handler", sa.String(100), primary_key=True),
        sa.Column("handled_at", UtcDateTime, nullable=False, index=True),
    )
