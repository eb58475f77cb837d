"""Why a ballot that was accepted is not recorded."""

import sqlalchemy as sa
from alembic import op

from services.common.database import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "refusal",
        sa.Column("ballot_id", sa.String(64), primary_key=True),
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("refused_at", UtcDateTime, nullable=False),
    )
    op.create_index("refusal_time", "refusal", ["refused_at"])
