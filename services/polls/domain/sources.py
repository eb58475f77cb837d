"""The entered scores of a source of a composite result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.polls.domain.poll import CLOSED, OPEN

ENTERABLE = frozenset({OPEN, CLOSED})
"""States in which scores may be entered: what they are for is frozen, and the result is not published."""


@dataclass(frozen=True, slots=True)
class EnteredSource:
    """`scores`: exact texts by option id. `commitment`: hex SHA-256 of scores and `salt`, which is public before these are. `number`: the
    change log's entry. `account`: the person who entered them. `settled`: the recount has taken them.
    """

    question: str
    source: str
    scores: Mapping[str, str] = field(repr=False)
    salt: str = field(repr=False)
    commitment: str
    entered_by: str
    entered_at: datetime
    account: str
    number: int
    settled: bool = False

    @property
    def place(self) -> tuple[str, str]:
        return self.question, self.source

    def told(self) -> dict[str, Any]:
        """What the change log says of it."""
        return {
            "question": self.question,
            "source": self.source,
            "entered_by": self.entered_by,
            "commitment": self.commitment,
        }
