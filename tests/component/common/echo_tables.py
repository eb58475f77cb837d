"""The tables of the echo service."""

import sqlalchemy as sa

from services.common import outbox

METADATA = sa.MetaData()
OUTBOX = outbox.outbox_table(METADATA)
INBOX = outbox.inbox_table(METADATA)
HANDLED = sa.Table("handled", METADATA, sa.Column("number", sa.Integer), sa.Column("event_id", sa.String))
