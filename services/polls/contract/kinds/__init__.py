"""Question kinds: one file a kind, found by itself. To add one, write `<kind>.py` here and its test.

A kind is pure: standard library only, no state. Gateway, ballots' workers and tally all use the same functions.
A question is the dict of `QuestionSchema`; an answer is what the voter sent for it, never null.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

PLAIN, SALTED_HASH = "plain", "salted_hash"
Question = Mapping[str, Any]
Counters = Mapping[str, int]
OWN_FIELDS = ("budget", "most_each", "decimals", "earliest", "latest", "limits", "order", "exclusive")
"""Fields of a question, and of its options, that only some kinds have a use for."""
MOST_COUNTERS = 50_000
"""Of one question: options times points, or times places."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a definition or an answer. `pointer` is a JSON pointer relative to the question or the
    answer (`""` is the whole); `code` names the message in the catalogues; `params` fill it in.
    """

    pointer: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)


class Kind(Protocol):
    """What a kind's module offers.

    NAME: the kind's name in definitions. WIDGET: how pages ask it: `options`, `yes_no`, `scale`, `text`, `knapsack`, `points`,
    `ranking`, `number` or `date`. COUNTED: whether results show counts. RECORDED: what of an answer goes into the public log:
    `PLAIN`, the canonical answer itself, or `SALTED_HASH`, only a salted hash of it, for what could name somebody. FIELDS:
    which of `OWN_FIELDS` a question of this kind may have.
    """

    NAME: str
    WIDGET: str
    COUNTED: bool
    RECORDED: str
    FIELDS: frozenset[str]

    def check_definition(self, question: Question) -> list[Problem]:
        """What keeps this question from being opened; empty when it is well formed."""

    def check_answer(self, question: Question, answer: Any) -> list[Problem]:
        """What keeps this answer from being cast; empty when it is valid."""

    def canonical(self, question: Question, answer: Any) -> Any:
        """The one form of a valid answer that goes into the record: equal votes have equal forms."""

    def count(self, question: Question, answer: Any) -> Iterable[tuple[str, int]]:
        """Increments of named counters for one canonical answer. Order of ballots never matters."""

    def summarise(self, question: Question, counters: Counters, answered: int) -> dict[str, Any]:
        """The question's result from its counters; `answered` ballots gave an answer that is not blank.
        Always has `options`: [{"id", "count", "share"}], share in percent as a string with two decimals. A distribution over
        values that are no options is `bins`: [{"from", "to", "count", "share"}], both ends included.
        """


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name."""
    found = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return {module.NAME: cast("Kind", module) for module in found}


def segment(name: str) -> str:
    """A name as part of a JSON pointer (RFC 6901), cut to a sane length: it may be anybody's junk."""
    return name[:100].replace("~", "~0").replace("/", "~1")


def share(count: int, whole: int) -> str:
    """`count` of `whole` in percent with two decimals, half up: `"41.75"`; `"0.00"` of nothing. Exact, no floats."""
    if not whole:
        return "0.00"
    hundredths = (count * 20_000 + whole) // (2 * whole)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def shares(question: Question, counters: Counters, answered: int) -> list[dict[str, Any]]:
    """Each option's count and its share of those who answered."""
    counts = ((option["id"], counters.get(option["id"], 0)) for option in question["options"])
    return [{"id": name, "count": n, "share": share(n, answered)} for name, n in counts]


def mean(total: int, answered: int) -> str:
    """Two decimals, half up; `"0.00"` of nothing."""
    hundredths = (total * 200 + answered) // (2 * answered) if answered else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}"
