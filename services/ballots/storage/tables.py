"""Tables of ballots.

The constraints decide: one ballot a voter, one ballot an id, one entry an index, one entry a ballot.  They are the same
on SQLite and on PostgreSQL.

Keys begin with what is told apart best, and no statement joins large tables: PostgreSQL knows nothing of a poll that
has just opened, and would otherwise read all its rows to find a few.
"""

import sqlalchemy as sa

from services.common.database import UtcDateTime
from services.common.operations.book import discarded_letter_table
from services.common.outbox import inbox_table, outbox_table

metadata = sa.MetaData()
outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
discarded_letter = discarded_letter_table(metadata)

POLL_ID = sa.String(64)

ballot = sa.Table(
    "ballot",
    metadata,
    sa.Column("ballot_id", sa.String(64), primary_key=True),
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("pseudonym", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("leaf", sa.Text, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.UniqueConstraint("pseudonym", "poll_id", name="one_ballot_a_voter"),
)
# Ballots without an entry. A table of its own: to mark a wide row with three indexes costs more than all else in a step.
waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("recorded_at", UtcDateTime, primary_key=True),
    sa.Column("ballot_id", sa.String(64), primary_key=True),
)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ballot_id", sa.String(64), nullable=False),
    sa.Column("leaf", sa.Text, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
    sa.UniqueConstraint("ballot_id", "poll_id", name="one_entry_a_ballot"),
)

# Why a ballot that was accepted is not recorded; kept for a while.
refusal = sa.Table(
    "refusal",
    metadata,
    sa.Column("ballot_id", sa.String(64), primary_key=True),
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("refused_at", UtcDateTime, nullable=False),
    sa.Index("refusal_time", "refused_at"),
)

poll_log = sa.Table(
    "poll_log",
    metadata,
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False, default=0),
    sa.Column("sealed", sa.Boolean, nullable=False, default=False),
    sa.Column("writer", sa.BigInteger, nullable=False, default=0),
    sa.Column("closed_at", UtcDateTime, nullable=True),
)
