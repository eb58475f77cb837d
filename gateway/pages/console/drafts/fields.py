"""Reading a posted form field by field, and what of a definition a form can show exactly."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from gateway import formats
from gateway.pages.forms import text

MOST_ROWS = 500
_WHOLE = re.compile(r"-?[0-9]{1,16}")
Words = dict[str, Any]
"""A part of the form as its fields hold it: texts, flags, lists of texts, rows."""


class Fields:
    """The fields of a form whose names begin with `here`."""

    def __init__(self, form: Mapping[str, Any], here: str = "") -> None:
        self.form, self.here = form, here

    def text(self, name: str) -> str:
        return text(self.form, self.here + name)

    def flag(self, name: str) -> bool:
        return bool(self.form.get(self.here + name))

    def texts(self, name: str) -> list[str]:
        """Every value of the field, in the form's order."""
        full = self.here + name
        given = self.form.getlist(full) if hasattr(self.form, "getlist") else [self.form.get(full, "")]
        return [each for each in (text({full: value}, full) for value in given) if each]

    def part(self, name: str) -> "Fields":
        return Fields(self.form, f"{self.here}{name}-")

    def rows(self, name: str, marker: str) -> Iterator["Fields"]:
        """The numbered parts that have the field `marker`."""
        for n in range(MOST_ROWS):
            row = self.part(f"{name}-{n}")
            if row.here + marker not in self.form:
                return
            yield row


class Unreadable(Exception):
    """Fields that cannot be read: `[(field, code, params)]`."""

    def __init__(self, fields: list[tuple[str, str, dict[str, Any]]]) -> None:
        super().__init__("unreadable fields")
        self.fields = fields


class Reader:
    """Reads fields and remembers which could not be read."""

    def __init__(self) -> None:
        self.wrong: list[tuple[str, str, dict[str, Any]]] = []

    def refuse(self, field: str, code: str, **params: Any) -> None:
        self.wrong.append((field, code, params))

    def time(self, field: str, entered: str) -> str | None:
        try:
            return formats.time_from_field(entered)
        except (ValueError, OverflowError):
            self.refuse(field, "invalid_time")
            return None

    def number(self, field: str, entered: str, signed: bool = False) -> int | None:
        plain = entered.replace(",", "").strip()
        if plain and (not _WHOLE.fullmatch(plain) or (plain.startswith("-") and not signed)):
            self.refuse(field, "invalid_number")
            return None
        return int(plain) if plain else None


# --- what the form cannot show is kept as it is ---


def same(one: Any, other: Any) -> bool:
    """Whether both are the same JSON: `1`, `1.0` and `true` are three different things."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


Show = Callable[[Any], Any]
Read = Callable[[Reader, str, Any], Any]


def shown_exactly(value: Any, show: Show, read: Read) -> Any | None:
    """The words for a value, if reading them gives just this value again; else nothing."""
    reader = Reader()
    try:
        words = show(value)
        back = read(reader, "", words)
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    return words if not reader.wrong and same(back, value) else None


def kept(value: Any) -> str:
    """A value that the form cannot show, for a hidden field."""
    return json.dumps(value)


def kept_value(reader: Reader, field: str, entered: str) -> Any:
    """The value of a hidden field; nothing for an empty one."""
    if not entered:
        return None
    try:
        return orjson.loads(entered)
    except orjson.JSONDecodeError:
        reader.refuse(field, "invalid")
        return None


def readable(entered: str) -> str:
    """What is kept, for people to read."""
    try:
        return json.dumps(orjson.loads(entered), ensure_ascii=False, indent=1)
    except orjson.JSONDecodeError:
        return entered


def present(made: Mapping[str, Any]) -> dict[str, Any]:
    """What there is of it: an optional field that is left empty is no field."""
    return {name: value for name, value in made.items() if value is not None}


def shown(value: Any) -> str:
    return "" if value is None else str(value)
