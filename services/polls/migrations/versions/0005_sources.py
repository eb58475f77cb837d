"""Entered scores of the other sources of composite results."""

import sqlalchemy as sa
from alembic import op

from services.common.database import JsonText, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "source",
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
