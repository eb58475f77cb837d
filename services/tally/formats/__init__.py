"""File formats of exported results: one file a format, found by itself.

To add one, write `<format>_file.py` here, its media type into the contract's `MEDIA_TYPES`, and its test.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast


@dataclass(frozen=True)
class Export:
    """What a file is made of.

    `definition`: the frozen one. `result`: as in `ResultsSchema` and not embargoed. `question`: which one is meant, where a file
    is about one. `opened_at`, `closes_at`: RFC 3339, where the format needs them. `organization`: its name. `address`: the
    platform's, without a last slash. Both may be empty.
    """

    definition: Mapping[str, Any]
    result: Mapping[str, Any]
    language: str = "ko"
    question: str | None = None
    opened_at: str | None = None
    closes_at: str | None = None
    organization: str = ""
    address: str = ""

    @property
    def questions(self) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Each question's definition with its result."""
        return list(zip(self.definition["questions"], self.result["questions"], strict=True))


Entries = Iterable[tuple[int, Mapping[str, Any]]]
"""The valid ballots of a part of a log: their numbers in it, and their answers."""
WriteBallots = Callable[[Export, Entries], bytes]


class Format(Protocol):
    """What a format's module offers.

    NAME: as in the contract, and the file name's ending. MEDIA_TYPE: for the Content-Type header. NEEDS_PERIOD: whether polls
    is asked when the poll opened and closes.

    A format that lists ballots also has `ballots(export, entries) -> bytes`, which writes some of them; the file is what
    `make` gives, and then these parts in the order of the log.
    """

    NAME: str
    MEDIA_TYPE: str
    NEEDS_PERIOD: bool

    def make(self, export: Export) -> bytes:
        """The file's content, or of a format that lists ballots all that comes before them. Raises `NoBudgetQuestion` where
        the format is only for budget votes.
        """


def ballots_of(form: Format) -> WriteBallots | None:
    """How the format writes ballots, if it lists them."""
    return cast("WriteBallots | None", getattr(form, "ballots", None))


@cache
def formats() -> dict[str, Format]:
    """All formats by name."""
    names = [module.name for module in iter_modules(__path__) if module.name.endswith("_file")]
    return {
        module.NAME: cast("Format", module)
        for module in (import_module(f"{__name__}.{name}") for name in names)
    }
