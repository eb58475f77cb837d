"""People, organisations, sign-in codes and sessions."""

import sqlalchemy as sa
from alembic import op

from services.common.database import BigId

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _organizations()
    _sign_in()
    _sessions()
    _outbox()


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("phone_index", sa.String(43), nullable=False, unique=True),
        sa.Column("phone_sealed", sa.String(200), nullable=False),
        sa.Column("phone_hint", sa.String(4), nullable=False),
        sa.Column("member", sa.Boolean, nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "person_role",
        sa.Column("person_id", sa.String(22), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
        sa.Column("granted_at", MOMENT, nullable=False),
    )


def _organizations() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name_ko", sa.String(80), nullable=False),
        sa.Column("name_en", sa.String(80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "membership",
        sa.Column("organization_id", sa.String(40), sa.ForeignKey("organization.id"), primary_key=True),
        sa.Column("person_id", sa.String(22), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"])


def _sign_in() -> None:
    op.create_table(
        "challenge",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("phone_sealed", sa.String(200), nullable=False),
        sa.Column("code_hash", sa.String(43), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("resend_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("deliveries", sa.Integer, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name="challenge_tries"),
    )
    op.create_index("ix_challenge_expires_at", "challenge", ["expires_at"])
    op.create_table(
        "usage",
        sa.Column("key", sa.String(43), primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
    )
    op.create_index("ix_usage_ends_at", "usage", ["ends_at"])


def _sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.String(22), primary_key=True),
        sa.Column("person_id", sa.String(22), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("strength", sa.String(20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
    )
    for column in ("person_id", "expires_at", "ended_at"):
        op.create_index(f"ix_session_{column}", "session", [column])
    op.create_table(
        "refresh_token",
        sa.Column("hash", sa.String(43), primary_key=True),
        sa.Column("session_id", sa.String(22), sa.ForeignKey("session.id"), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
    )
    op.create_index("ix_refresh_token_session_id", "refresh_token", ["session_id"])


def _outbox() -> None:
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
