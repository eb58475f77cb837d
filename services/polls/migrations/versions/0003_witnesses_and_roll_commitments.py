"""How many witnesses a poll asks for, and what its roll commits to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("poll", sa.Column("witnesses", sa.Integer, nullable=False, server_default="0"))
    op.add_column("poll", sa.Column("roll_commitment", sa.String(64), nullable=True))
