"""Between a poll and its row."""

from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from services.polls.domain.poll import OPEN, Poll
from services.polls.domain.search import search_text
from services.polls.storage.tables import poll as poll_table

POLL_FIELDS = tuple(field.name for field in fields(Poll))
POLL_COLUMNS = tuple(poll_table.c[name] for name in POLL_FIELDS)

OPEN_FIRST, REST = 0, 1


def to_poll(row: sa.RowMapping) -> Poll:
    return Poll(**{name: row[name] for name in POLL_FIELDS})


def to_row(poll: Poll) -> dict[str, Any]:
    """All columns, what lists and searches need included."""
    return asdict(poll) | {
        "questions": list(poll.questions),
        "search_text": search_text(poll.title, poll.purpose, poll.questions),
        "listed_rank": OPEN_FIRST if poll.state == OPEN else REST,
    }
