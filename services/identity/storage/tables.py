"""Identity's tables. What must be unique is unique here, on SQLite as on PostgreSQL."""

import sqlalchemy as sa

from services.common.database import UtcDateTime
from services.common.outbox import outbox_table

ID = sa.String(22)
HASH = sa.String(43)
SLUG = sa.String(40)

metadata = sa.MetaData()

person = sa.Table(
    "person",
    metadata,
    sa.Column("id", ID, primary_key=True),
    # One person for each number, however many sign in with it at once.
    sa.Column("phone_index", HASH, nullable=False, unique=True),
    sa.Column("phone_sealed", sa.String(200), nullable=False),
    sa.Column("phone_hint", sa.String(4), nullable=False),
    sa.Column("member", sa.Boolean, nullable=False),
    sa.Column("language", sa.String(5), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

# One row for each member who has agreed; withdrawn consent leaves none.
profile = sa.Table(
    "profile",
    metadata,
    sa.Column("person_id", ID, sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("sealed", sa.String(400), nullable=False),
    sa.Column("consented_at", UtcDateTime, nullable=False),
)

person_role = sa.Table(
    "person_role",
    metadata,
    sa.Column("person_id", ID, sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("role", sa.String(20), primary_key=True),
    sa.Column("granted_at", UtcDateTime, nullable=False),
)

organization = sa.Table(
    "organization",
    metadata,
    sa.Column("id", SLUG, primary_key=True),
    sa.Column("name_ko", sa.String(80), nullable=False),
    sa.Column("name_en", sa.String(80), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("organization_id", SLUG, sa.ForeignKey("organization.id"), primary_key=True),
    sa.Column("person_id", ID, sa.ForeignKey("person.id"), primary_key=True, index=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("granted_at", UtcDateTime, nullable=False),
)

challenge = sa.Table(
    "challenge",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("phone_sealed", sa.String(200), nullable=False),
    sa.Column("code_hash", HASH, nullable=False),
    sa.Column("language", sa.String(5), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
    sa.Column("resend_at", UtcDateTime, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("deliveries", sa.Integer, nullable=False),
    sa.Column("used_at", UtcDateTime, nullable=True),
    sa.CheckConstraint("tries BETWEEN 0 AND 5", name="challenge_tries"),
)

usage = sa.Table(
    "usage",
    metadata,
    # HMAC of what is counted: neither a phone nor an address stands here.
    sa.Column("key", HASH, primary_key=True),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", ID, primary_key=True),
    sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("strength", sa.String(20), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
    sa.Column("ended_at", UtcDateTime, nullable=True, index=True),
)

refresh_token = sa.Table(
    "refresh_token",
    metadata,
    sa.Column("hash", HASH, primary_key=True),
    sa.Column("session_id", ID, sa.ForeignKey("session.id"), nullable=False, index=True),
    sa.Column("used_at", UtcDateTime, nullable=True),
)

outbox = outbox_table(metadata)
