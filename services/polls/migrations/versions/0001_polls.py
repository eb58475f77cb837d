"""Polls, their change log, voter rolls, password tries, outbox and inbox."""

import sqlalchemy as sa
from alembic import op

from services.common.database import BigId

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _poll()
    _change()
    _roll()
    _password_tries()
    _events()


def _poll() -> None:
    op.create_table(
        "poll",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("organization", sa.String(40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("roll_secret", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("reference_url", sa.Text),
        sa.Column("image", sa.String(200)),
        sa.Column("opens_at", MOMENT),
        sa.Column("closes_at", MOMENT),
        sa.Column("results", sa.String(20), nullable=False),
        sa.Column("identity", sa.String(20), nullable=False),
        sa.Column("eligibility", sa.Text, nullable=False),
        sa.Column("revoting", sa.Boolean, nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("roll", sa.BigInteger),
        sa.Column("roll_size", sa.Integer),
        sa.Column("definition", sa.Text),
        sa.Column("definition_hash", sa.String(64)),
        sa.Column("opened_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("certified", sa.Boolean),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("last_change", sa.Integer, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("listed_rank", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'open', 'closed', 'published', 'cancelled')",
            name="poll_state_known",
        ),
        sa.CheckConstraint(
            "state NOT IN ('open', 'closed', 'published') OR (definition IS NOT NULL AND definition_hash IS NOT NULL)",
            name="poll_open_is_frozen",
        ),
    )
    op.create_index("ix_poll_organization", "poll", ["organization"])
    op.create_index("poll_listed", "poll", ["listed_rank", "created_at", "id"])
    op.create_index("poll_opening", "poll", ["state", "opens_at"])
    op.create_index("poll_closing", "poll", ["state", "closes_at"])


def _change() -> None:
    op.create_table(
        "change",
        sa.Column("poll_id", sa.String(22), sa.ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("old", sa.Text),
        sa.Column("new", sa.Text),
        sa.Column("reason", sa.Text),
    )


def _roll() -> None:
    op.create_table(
        "roll_upload",
        sa.Column("number", BigId, primary_key=True, autoincrement=True),
        sa.Column("poll_id", sa.String(22), nullable=False),
        sa.Column("upload_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("duplicates", sa.Integer, nullable=False),
        sa.Column("rejected_count", sa.Integer, nullable=False),
        sa.UniqueConstraint("poll_id", "upload_id", name="roll_upload_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_roll_upload_state", "roll_upload", ["state"])
    op.create_table(
        "roll_row",
        sa.Column("roll", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(16), primary_key=True),
        sa.Column("line", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "roll_line",
        sa.Column("roll", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.String(20)),
        sa.Column("first_line", sa.Integer),
    )


def _password_tries() -> None:
    op.create_table(
        "password_tries",
        sa.Column("poll_id", sa.String(22), primary_key=True),
        sa.Column("pseudonym", sa.String(64), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("until", MOMENT),
    )


def _events() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(22), nullable=False, unique=True),
        sa.Column("routing_key", sa.String(200), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", MOMENT, nullable=True),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(64), primary_key=True),
        sa.Column("handler", sa.String(100), primary_key=True),
        sa.Column("handled_at", MOMENT, nullable=False),
    )
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"])
