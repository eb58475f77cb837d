"""Counters of groups of voters, for polls that break their result down."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("waiting", sa.Column("cohort", sa.String(64), nullable=True))
    op.create_table(
        "cohort_counter",
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("cohort", sa.String(64), primary_key=True),
        sa.Column("question", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
    )
