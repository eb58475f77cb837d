"""Queue of messages, wishes, spending and the development outbox."""

import sqlalchemy as sa
from alembic import op

from services.common.database import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_message()
    op.create_table(
        "subscription",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(64), primary_key=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "opt_out",
        sa.Column("person_id", sa.String(64), primary_key=True),
        sa.Column("recipient_hash", sa.String(64), nullable=True, index=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "spending",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("purse", sa.String(20), primary_key=True),
        sa.Column("won", sa.BigInteger, nullable=False),
        sa.CheckConstraint("won >= 0", name="spending_not_negative"),
    )
    op.create_table(
        "outbox_message",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(22), nullable=False, unique=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("to", sa.String(254), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.Text, nullable=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("code", sa.String(16), nullable=True),
        sa.Column("challenge_id", sa.String(64), nullable=True),
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(160), nullable=False, unique=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("language", sa.String(8), nullable=True),
        sa.Column("poll_id", sa.String(64), nullable=True),
        sa.Column("person_id", sa.String(64), nullable=True),
        sa.Column("challenge_id", sa.String(64), nullable=True),
        sa.Column("job_id", sa.String(64), nullable=True),
        sa.Column("recipient_hash", sa.String(64), nullable=True),
        sa.Column("address", sa.Text, nullable=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("claim", sa.String(22), nullable=True),
        sa.Column("claimed_at", UtcDateTime, nullable=True),
        sa.Column("next_try_at", UtcDateTime, nullable=False),
        sa.Column("channel", sa.String(20), nullable=True),
        sa.Column("cost_won", sa.Integer, nullable=False),
        sa.Column("provider_id", sa.String(200), nullable=True),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Index("message_due", "state", "priority", "id"),
        sa.Index("message_of_poll", "poll_id", "kind", "state"),
        sa.Index("message_age", "kind", "created_at"),
    )
