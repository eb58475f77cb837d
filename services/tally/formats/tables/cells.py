"""What tables are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from services.tally.contract.sentences import Speech
from services.tally.formats import Export
from services.tally.formats.words import WORDS


class Kind(Enum):
    """How a number is to be shown."""

    PLAIN = "plain"
    PERCENT = "percent"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number as the result has it: `"41.75"`, `"35/3"`. A percent is of a hundred."""

    text: str
    kind: Kind = Kind.PLAIN

    @property
    def value(self) -> Fraction:
        return Fraction(self.text)


Cell = str | int | Number | None
Row = Sequence[Cell]


@dataclass(frozen=True)
class Section:
    """A table. `title` only where a sheet has several."""

    header: Sequence[str]
    rows: Sequence[Row]
    title: str = ""


@dataclass(frozen=True)
class Sheet:
    """`name` is a key of the words."""

    name: str
    sections: Sequence[Section]


@dataclass(frozen=True)
class Asked:
    """One question: its number from 1, its definition, its result, and how to speak of it."""

    number: int
    question: Mapping[str, Any]
    result: Mapping[str, Any]
    speech: Speech

    @property
    def outcome(self) -> Mapping[str, Any]:
        """Empty where there is none."""
        return self.result.get("outcome") or {}

    @property
    def head(self) -> tuple[int, str]:
        return self.number, self.question["title"]

    def label(self, option: str) -> str:
        return self.speech.label(option)


def asked(export: Export) -> list[Asked]:
    """The questions of a result."""
    return [
        Asked(n, question, result, speech_of(question, result, export.language))
        for n, (question, result) in enumerate(export.questions, start=1)
    ]


def speech_of(question: Mapping[str, Any], result: Mapping[str, Any], language: str) -> Speech:
    counting = result.get("counting") or {}
    return Speech.of({**question, "counting": counting}, language)


def headers(export: Export, *names: str) -> list[str]:
    return [WORDS[export.language][name] for name in names]


def percent(text: str | None) -> Number | None:
    return None if text is None else Number(text, Kind.PERCENT)


def money(value: Any) -> Number | None:
    return None if value is None else Number(str(value), Kind.MONEY)


def number(text: str | None) -> Number | None:
    return None if text is None else Number(text)
