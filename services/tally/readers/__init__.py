"""Files of elections: one reader a format, found by itself. To add one, write `<format>.py` here and its test.

Readers stream: the head of a file is read at once, its ballots one by one as they are asked for. A file that is not what its format
says raises Malformed with the line and what is wrong there, possibly only when its ballots are read.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol, cast

Ballots = Iterator[tuple[Any, int]]
"""Canonical answers of the question's kind, each with how many ballots say so. Can be read once."""


class Malformed(Exception):
    """The file is not in its format. `line` counts from 1; `what` says what is wrong there."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line = line
        self.what = what


class UnknownFormat(Exception):
    """No reader knows a file with this ending."""


@dataclass(frozen=True, slots=True)
class Published:
    """What the file itself says of an option. `selected`: as the file writes it."""

    votes: int | None = None
    score: str | None = None
    selected: str | None = None


@dataclass(frozen=True)
class Election:
    """One election as a question and its ballots.

    `question` is as in polls' definitions, without `counting`; option ids are the file's. `stated`: the rule as the head names it,
    and `counting` the same as a question's `counting`; `counting["rule"]` is missing where the head names none that there is, and
    the other entries are what the head says for any rule, such as the budget. `reading`: how the head was understood where it
    leaves room. `stated_line`: where the rule stands.
    """

    format: str
    title: str
    question: Mapping[str, Any]
    counting: Mapping[str, Any]
    stated: str | None
    ballots: Ballots
    reading: list[str] = field(default_factory=list)
    published: Mapping[str, Published] = field(default_factory=dict)
    stated_line: int = 1


class Reader(Protocol):
    """What a format's module offers: NAME, the SUFFIXES of its files, and `read`."""

    NAME: str
    SUFFIXES: tuple[str, ...]

    def read(self, lines: Iterable[str], suffix: str) -> Election:
        """The election in these lines, line ends and all. Raises Malformed."""


@cache
def readers() -> dict[str, Reader]:
    """All readers by the endings of their files."""
    found = (
        cast("Reader", import_module(f"{__name__}.{module.name}"))
        for module in iter_modules(__path__)
        if not module.name.startswith("_")
    )
    return {suffix: reader for reader in found for suffix in reader.SUFFIXES}


@contextmanager
def opened(path: Path) -> Iterator[Election]:
    """The election in a file, as long as the block lasts. Raises Malformed, UnknownFormat, OSError."""
    reader = readers().get(path.suffix.lower())
    if reader is None:
        raise UnknownFormat(", ".join(sorted(readers())))
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield reader.read(decoded(file), path.suffix.lower())


def decoded(file: Iterable[str]) -> Iterator[str]:
    """The file's lines. Raises Malformed where they are no UTF-8."""
    line = 0
    try:
        for line, text in enumerate(file, start=1):  # noqa: B007 - told when the next line fails
            yield text
    except UnicodeDecodeError:
        raise Malformed(line + 1, "not UTF-8 text (near this line)") from None


MOST_BALLOTS = 10**12
"""In one line: more than all people, and sums of many such lines have room in the 64 bits of `Pairwise`."""


def number_of_ballots(line: int, text: str) -> int:
    """How many ballots a line stands for. Raises Malformed."""
    number = whole_number(line, text.strip(), "the number of ballots")
    if number > MOST_BALLOTS:
        raise Malformed(line, f"more than {MOST_BALLOTS:,} ballots")
    return number


def whole_number(line: int, text: str, name: str) -> int:
    """A number of ASCII digits. Raises Malformed."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Malformed(line, f"{name} is not a whole number: {text[:40]!r}")
    return int(text)
