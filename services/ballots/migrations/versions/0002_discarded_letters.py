"""What was discarded of the dead letters, and why."""

import sqlalchemy as sa
from alembic import op

from services.common.database import JsonText, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "discarded_letter",
        sa.Column("queue", sa.String(200), primary_key=True),
        sa.Column("letter_id", sa.String(22), primary_key=True),
        sa.Column("discarded_at", UtcDateTime, primary_key=True),
        sa.Column("discarded_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("about", JsonText, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
