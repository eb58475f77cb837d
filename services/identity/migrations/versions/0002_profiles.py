"""What members tell of themselves, with their consent."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column(
            "person_id", sa.String(22), sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("sealed", sa.String(400), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
    )
