"""Eligibility rules: one file a rule, found by itself. To add one, write `<rule>.py` here and its test.

A rule decides for many voters at once (`decide`), so that a batch costs it one query at most. What a rule keeps in
the poll is its private form; `public` says what of it everyone may see.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from services.common.errors import DomainError
from services.polls.contract.kinds import Problem
from services.polls.domain.tries import Counted, TryLimits
from services.polls.rules.memory import Memory

RuleTree = Mapping[str, Any]
Decision = DomainError | None
"""Nothing: admitted. Otherwise why not, as the voter may be told."""


@dataclass(frozen=True, slots=True)
class Voter:
    """One who asks for a pass. `tag` names the phone without being one; `evidence` is what the voter filled in."""

    pseudonym: str
    tag: str
    evidence: Mapping[str, Any]


class RuleStore(Protocol):
    """What rules look up, set-wise. Raises `Unavailable` when the database does not answer in time."""

    def on_roll(self, roll: int, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of the hashes that stand on the roll."""

    def count_guesses(
        self, poll_id: str, guesses: Sequence[tuple[str, bool | None]], limits: TryLimits
    ) -> list[Counted]:
        """Counts `(pseudonym, right?)` one after the other, race-safe against every other process."""

    def forget_guesses(self, poll_id: str, pseudonyms: Sequence[str]) -> None:
        """These voters' guesses proved right."""


def one_by_one(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """The plain way to do something for every item, in order."""
    return [function(item) for item in items]


@dataclass(frozen=True, slots=True)
class RuleTools:
    """What a process lends its rules: a database, a memory, settings, and threads for what would hold up others.

    `in_threads(function, items)` answers for every item in order and returns when all are done.
    """

    store: RuleStore
    memory: Memory
    limits: TryLimits
    in_threads: Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]] = one_by_one


@dataclass(frozen=True, slots=True)
class Context:
    """The poll that the voters want to vote in."""

    poll_id: str
    roll: int | None
    roll_secret: bytes
    tools: RuleTools


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a rule may need before the poll can open."""

    roll_size: int | None = None


class Rule(Protocol):
    """What a rule's module offers.

    NAME: its name in definitions. EVIDENCE: fields of `evidence` that the voter fills in. COSTLY: whether deciding
    leaves a trace or takes long, so that cheaper rules should be asked first.
    """

    NAME: str
    EVIDENCE: tuple[str, ...]
    COSTLY: bool

    def check_definition(self, rule: RuleTree) -> list[Problem]:
        """What is wrong with the form of this rule; pointers are relative to it."""

    def check_ready(self, rule: RuleTree, readiness: Readiness) -> list[Problem]:
        """What this rule, in its private form, still lacks before the poll can open."""

    def public(self, rule: RuleTree) -> dict[str, Any]:
        """What everyone may see of it; goes into the frozen definition."""

    def secure(self, rule: RuleTree, before: RuleTree | None) -> dict[str, Any]:
        """The private form to keep. `before`: the same rule's private form that this one replaces, if any."""

    def decide(self, context: Context, rule: RuleTree, voters: Sequence[Voter]) -> list[Decision]:
        """One decision for each voter, in order."""


@cache
def rules() -> dict[str, Rule]:
    """All rules by name."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return {module.NAME: cast("Rule", module) for module in modules if hasattr(module, "NAME")}


def only_known_fields(rule: RuleTree, *known: str) -> list[Problem]:
    """A problem for each field that the rule does not have."""
    return [Problem(f"/{name}", "unknown_field") for name in rule if name not in ("rule", *known)]
