"""Notify's tables."""

import sqlalchemy as sa

from services.common.database import BigId, UtcDateTime
from services.common.operations.book import discarded_letter_table

metadata = sa.MetaData()
discarded_letter = discarded_letter_table(metadata)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    # What makes a message the same message: kind, poll and recipient, or kind and challenge.
    sa.Column("key", sa.String(160), nullable=False, unique=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("language", sa.String(8), nullable=True),
    sa.Column("poll_id", sa.String(64), nullable=True),
    sa.Column("person_id", sa.String(64), nullable=True),
    sa.Column("challenge_id", sa.String(64), nullable=True),
    sa.Column("job_id", sa.String(64), nullable=True),
    # Keyed hash of the address; stays. The address itself is encrypted and erased once nothing more is to be sent.
    sa.Column("recipient_hash", sa.String(64), nullable=True),
    sa.Column("address", sa.Text, nullable=True),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("claim", sa.String(22), nullable=True),
    sa.Column("claimed_at", UtcDateTime, nullable=True),
    sa.Column("next_try_at", UtcDateTime, nullable=False),
    sa.Column("channel", sa.String(20), nullable=True),
    sa.Column("cost_won", sa.Integer, nullable=False, default=0),
    sa.Column("provider_id", sa.String(200), nullable=True),
    sa.Column("reason", sa.String(40), nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime, nullable=True),
    sa.Index("message_due", "state", "priority", "id"),
    sa.Index("message_of_poll", "poll_id", "kind", "state"),
    sa.Index("message_age", "kind", "created_at"),
)

subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("poll_id", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.String(64), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

opt_out = sa.Table(
    "opt_out",
    metadata,
    sa.Column("person_id", sa.String(64), primary_key=True),
    # So that invitations, which know a phone and no person, respect it too.
    sa.Column("recipient_hash", sa.String(64), nullable=True, index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

spending = sa.Table(
    "spending",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("purse", sa.String(20), primary_key=True),
    sa.Column("won", sa.BigInteger, nullable=False),
    sa.CheckConstraint("won >= 0", name="spending_not_negative"),
)

outbox_message = sa.Table(
    "outbox_message",
    metadata,
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
