"""Ballots, the entries of each poll's log, and the logs' state."""

import sqlalchemy as sa
from alembic import op

from services.common.database import BigId, JsonText, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_event_tables()
    _create_ballot()
    op.create_table(
        "entry",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ballot_id", sa.String(64), nullable=False),
        sa.Column("leaf", sa.Text, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.UniqueConstraint("ballot_id", "poll_id", name="one_entry_a_ballot"),
    )
    op.create_table(
        "poll_log",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Boolean, nullable=False),
        sa.Column("writer", sa.BigInteger, nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=True),
    )


def _create_ballot() -> None:
    op.create_table(
        "ballot",
        sa.Column("ballot_id", sa.String(64), primary_key=True),
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("pseudonym", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("leaf", sa.Text, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.UniqueConstraint("pseudonym", "poll_id", name="one_ballot_a_voter"),
    )
    op.create_table(
        "waiting",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("recorded_at", UtcDateTime, primary_key=True),
        sa.Column("ballot_id", sa.String(64), primary_key=True),
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
