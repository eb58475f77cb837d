"""Tables of polls. The migrations make the same ones; a test compares them."""

import sqlalchemy as sa

from services.common.database import BigId, JsonText, UtcDateTime
from services.common.operations.book import discarded_letter_table
from services.common.outbox import inbox_table, outbox_table

metadata = sa.MetaData()
outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
discarded_letter = discarded_letter_table(metadata)

poll = sa.Table(
    "poll",
    metadata,
    sa.Column("id", sa.String(22), primary_key=True),
    sa.Column("organization", sa.String(40), nullable=False, index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("secret", sa.String(200), nullable=False),
    sa.Column("roll_secret", sa.String(200), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),
    sa.Column("reference_url", sa.Text),
    sa.Column("image", sa.String(200)),
    sa.Column("opens_at", UtcDateTime),
    sa.Column("closes_at", UtcDateTime),
    sa.Column("results", sa.String(20), nullable=False),
    sa.Column("identity", sa.String(20), nullable=False),
    sa.Column("eligibility", JsonText, nullable=False),
    sa.Column("revoting", sa.Boolean, nullable=False),
    sa.Column("witnesses", sa.Integer, nullable=False, server_default="0"),
    sa.Column("language", sa.String(5), nullable=False),
    sa.Column("breakdown", JsonText),
    sa.Column("questions", JsonText, nullable=False),
    sa.Column("roll", sa.BigInteger),
    sa.Column("roll_size", sa.Integer),
    sa.Column("roll_commitment", sa.String(64)),
    sa.Column("definition", sa.Text),
    sa.Column("definition_hash", sa.String(64)),
    sa.Column("opened_at", UtcDateTime),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("certified", sa.Boolean),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("last_change", sa.Integer, nullable=False),
    sa.Column("search_text", sa.Text, nullable=False),
    # The lists' order: open ones first, then newest first; kept in a column so that a cursor can compare it.
    sa.Column("listed_rank", sa.Integer, nullable=False),
    sa.Index("poll_listed", "listed_rank", "created_at", "id"),
    sa.Index("poll_opening", "state", "opens_at"),
    sa.Index("poll_closing", "state", "closes_at"),
    sa.CheckConstraint(
        "state IN ('draft', 'scheduled', 'open', 'closed', 'published', 'cancelled')", name="poll_state_known"
    ),
    # Whatever has opened has its frozen definition.
    sa.CheckConstraint(
        "state NOT IN ('open', 'closed', 'published') OR (definition IS NOT NULL AND definition_hash IS NOT NULL)",
        name="poll_open_is_frozen",
    ),
)

change = sa.Table(
    "change",
    metadata,
    sa.Column("poll_id", sa.String(22), sa.ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("old", JsonText),
    sa.Column("new", JsonText),
    sa.Column("reason", sa.Text),
)

source = sa.Table(
    "source",
    metadata,
    sa.Column("poll_id", sa.String(22), sa.ForeignKey("poll.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("question", sa.String(40), primary_key=True),
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("scores", JsonText, nullable=False),
    sa.Column("salt", sa.String(30), nullable=False),
    sa.Column("commitment", sa.String(64), nullable=False),
    sa.Column("entered_by", sa.String(200), nullable=False),
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
)

roll_upload = sa.Table(
    "roll_upload",
    metadata,
    sa.Column("number", BigId, primary_key=True, autoincrement=True),
    sa.Column("poll_id", sa.String(22), nullable=False),
    sa.Column("upload_id", sa.String(64), nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("duplicates", sa.Integer, nullable=False),
    sa.Column("rejected_count", sa.Integer, nullable=False),
    sa.UniqueConstraint("poll_id", "upload_id", name="roll_upload_once"),
    # Numbers are never used twice, so that what is left of an old upload cannot become part of a new one.
    sqlite_autoincrement=True,
)

roll_row = sa.Table(
    "roll_row",
    metadata,
    sa.Column("roll", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary(16), primary_key=True),
    sa.Column("line", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

roll_line = sa.Table(
    "roll_line",
    metadata,
    sa.Column("roll", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.String(20)),
    sa.Column("first_line", sa.Integer),
)

password_tries = sa.Table(
    "password_tries",
    metadata,
    sa.Column("poll_id", sa.String(22), primary_key=True),
    sa.Column("pseudonym", sa.String(64), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("until", UtcDateTime),
)
