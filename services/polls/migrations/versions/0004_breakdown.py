"""By what a poll's result is split."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("poll", sa.Column("breakdown", sa.Text, nullable=True))
