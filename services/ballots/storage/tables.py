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

# `pseudonym` is erased once the poll is certified.
ballot = sa.Table(
    "ballot",
    metadata,
    sa.Column("ballot_id", sa.String(64), primary_key=True),
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("pseudonym", sa.String(64), nullable=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("leaf", sa.Text, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.UniqueConstraint("pseudonym", "poll_id", name="one_ballot_a_voter"),
)
# Ballots without an entry; `cohort` as in `domain.Ballot`. A table of its own: to mark a wide row with three indexes costs more than all else in a step.
waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("recorded_at", UtcDateTime, primary_key=True),
    sa.Column("ballot_id", sa.String(64), primary_key=True),
    sa.Column("cohort", sa.String(64), nullable=True),
)
# What the voters of a cohort have chosen together: no row of it belongs to one ballot. Only of polls that break their result
# down, until their pseudonyms are erased.
cohort_counter = sa.Table(
    "cohort_counter",
    metadata,
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("cohort", sa.String(64), primary_key=True),
    sa.Column("question", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("n", sa.BigInteger, nullable=False),
)

# `entry_id`: the ballot's id in a poll's log, what names the fact for ever in the city's.
entry = sa.Table(
    "entry",
    metadata,
    sa.Column("log_id", POLL_ID, primary_key=True),
    sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("entry_id", sa.String(64), nullable=False),
    sa.Column("leaf", sa.Text, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary(32), nullable=False),
    sa.UniqueConstraint("entry_id", "log_id", name="one_entry_a_ballot"),
    sa.Index("entry_leaf_hash", "log_id", "leaf_hash"),
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

# One row a log. It begins, grows, is published, closes, is sealed, its end is published (`final`), and of so many of its
# entries the pseudonyms are erased. `refused`: why it is neither sequenced nor signed.
log = sa.Table(
    "log",
    metadata,
    sa.Column("log_id", POLL_ID, primary_key=True),
    sa.Column("origin", sa.String(400), nullable=True),
    sa.Column("include_within", sa.Integer, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("root", sa.LargeBinary(32), nullable=False),
    sa.Column("writer", sa.BigInteger, nullable=False),
    sa.Column("published", sa.Integer, nullable=True),
    sa.Column("refused", sa.String(300), nullable=True),
    sa.Column("closed_at", UtcDateTime, nullable=True),
    sa.Column("sealed", sa.Boolean, nullable=False),
    sa.Column("final", sa.Boolean, nullable=False),
    sa.Column("erased", sa.Integer, nullable=True),
)
