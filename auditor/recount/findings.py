"""What a check found, in a form that a page and a machine can show."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Outcome(Enum):
    """HOLDS: checked and right. DIFFERS: checked and wrong. UNCHECKED: could not be checked. NOTE: worth knowing."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNCHECKED = "unchecked"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` names the sentence in the catalogues, `params` fill it in."""

    outcome: Outcome
    code: str
    params: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"outcome": self.outcome.value, "code": self.code, **self.params}


class Findings:
    """Everything that was found, in the order of checking."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def holds(self, code: str, **params: Any) -> None:
        self.all.append(Finding(Outcome.HOLDS, code, params))

    def differs(self, code: str, **params: Any) -> None:
        self.all.append(Finding(Outcome.DIFFERS, code, params))

    def unchecked(self, code: str, **params: Any) -> None:
        self.all.append(Finding(Outcome.UNCHECKED, code, params))

    def note(self, code: str, **params: Any) -> None:
        self.all.append(Finding(Outcome.NOTE, code, params))

    def check(self, right: bool, good: str, bad: str, **params: Any) -> bool:
        """Notes `good` or `bad`; returns which."""
        (self.holds if right else self.differs)(good if right else bad, **params)
        return right

    def of(self, outcome: Outcome) -> list[Finding]:
        return [finding for finding in self.all if finding.outcome is outcome]

    @property
    def exit_status(self) -> int:
        """0: everything holds; 1: something differs; 2: something could not be checked."""
        if self.of(Outcome.DIFFERS):
            return 1
        return 2 if self.of(Outcome.UNCHECKED) or not self.of(Outcome.HOLDS) else 0
