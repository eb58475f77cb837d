"""Tables of the public record: trees, checkpoints and what witnesses said of them, the city's facts, free texts."""

import sqlalchemy as sa

from services.ballots.storage.tables import POLL_ID, metadata
from services.common.database import BigId, UtcDateTime

# `hashes`: up to 256 of them, 32 bytes each, one after the other; a tile grows at its end.
tile = sa.Table(
    "tile",
    metadata,
    sa.Column("log_id", POLL_ID, primary_key=True),
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)

# Signed ones, before they are published; those that a newer published one has replaced are removed.
# `complete`: every witness that is asked has cosigned it.
checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("log_id", POLL_ID, primary_key=True),
    sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("signed_at", UtcDateTime, nullable=False),
    sa.Column("complete", sa.Boolean, nullable=False),
)

cosignature = sa.Table(
    "cosignature",
    metadata,
    sa.Column("log_id", POLL_ID, primary_key=True),
    sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("witness", sa.String(200), primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
)

# The size of the log that a witness has seen last, as far as is known.
witness_state = sa.Table(
    "witness_state",
    metadata,
    sa.Column("witness", sa.String(200), primary_key=True),
    sa.Column("log_id", POLL_ID, primary_key=True),
    sa.Column("size", sa.Integer, nullable=False),
)

# Facts for the city log by the order of their arrival; `index` is empty until the fact has its place.
city_entry = sa.Table(
    "city_entry",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("entry_id", sa.String(64), nullable=False, unique=True),
    sa.Column("poll_id", POLL_ID, nullable=False, index=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("leaf", sa.Text, nullable=False),
    sa.Column("index", sa.Integer, nullable=True, index=True),
)

# What voters wrote: the log has only its salted hash. May be deleted.
written_text = sa.Table(
    "written_text",
    metadata,
    sa.Column("ballot_id", sa.String(64), primary_key=True),
    sa.Column("poll_id", POLL_ID, primary_key=True),
    sa.Column("question", sa.String(64), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("salt", sa.LargeBinary(16), nullable=False),
)

# Who may publish until when; the others look on.
lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
)
