"""By which groups of voters the result is split, how small a figure may be, and how many people there are of each: `breakdown`."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.pages.console.drafts.fields import Fields, Reader, Words, kept_value, shown_exactly
from gateway.pages.console.drafts.fields import kept as keep
from services.polls.contract.breakdown import DIMENSIONS

Names = Mapping[str, Mapping[str, str]]
"""What people read for each value of each dimension."""
USUAL_LEAST = 10
_NUMBER = r"([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\s*명)?"
_LINES = (re.compile(rf"(.+?)[\s,;:]+{_NUMBER}"), re.compile(rf"(.+)[\s,;:]+{_NUMBER}"))
"""A name and a number. Names may end in numbers, numbers may be grouped by commas: which it is, the known names tell."""


def blank() -> Words:
    return {"by": [], "least": str(USUAL_LEAST), "margins": dict.fromkeys(DIMENSIONS, ""), "kept": ""}


def show(breakdown: Mapping[str, Any] | None, names: Names) -> Words:
    if breakdown is None:
        return blank()

    def back(reader: Reader, here: str, words: Words) -> Any:
        return _read(reader, here, words, names)

    exact = shown_exactly(breakdown, lambda value: _words(value, names), back)
    return exact or {**blank(), "kept": keep(breakdown)}


def _words(breakdown: Mapping[str, Any], names: Names) -> Words:
    margins = {
        name: "\n".join(f"{names[name].get(value, value)}, {people}" for value, people in given.items())
        for name, given in breakdown.get("margins", {}).items()
    }
    found = {"by": list(breakdown["by"]), "least": str(breakdown["least"])}
    return blank() | found | {"margins": blank()["margins"] | margins}


def posted(fields: Fields) -> Words:
    part = fields.part("breakdown")
    return {
        "by": part.texts("by"),
        "least": part.text("least"),
        "margins": {name: part.text(f"margins-{name}") for name in DIMENSIONS},
        "kept": "" if part.flag("drop") else part.text("kept"),
    }


def read(reader: Reader, words: Words, names: Names) -> Any:
    if words["kept"]:
        return kept_value(reader, "breakdown-kept", words["kept"])
    return _read(reader, "breakdown", words, names)


def _read(reader: Reader, here: str, words: Words, names: Names) -> dict[str, Any] | None:
    if not words["by"]:
        return None
    least = reader.number(f"{here}-least", words["least"])
    made: dict[str, Any] = {"by": words["by"], "least": USUAL_LEAST if least is None else least}
    margins = {
        name: _people(reader, f"{here}-margins-{name}", text, names[name])
        for name, text in words["margins"].items()
        if text.strip()
    }
    return made | ({"margins": margins} if margins else {})


def _people(reader: Reader, field: str, entered: str, names: Mapping[str, str]) -> dict[str, int]:
    """`{value: people}` of lines such as `종로구,148000`."""
    values = {_plain(name): value for value, name in names.items()} | {value: value for value in names}
    people: dict[str, int] = {}
    for n, line in enumerate(entered.splitlines(), start=1):
        if not line.strip():
            continue
        found = [match for pattern in _LINES if (match := pattern.fullmatch(line.strip()))]
        if not found:
            reader.refuse(field, "margin_line", line=n)
            continue
        best = next((match for match in found if _plain(match[1]) in values), found[0])
        people[values.get(_plain(best[1]), best[1].strip())] = int(best[2].replace(",", ""))
    return people


def _plain(name: str) -> str:
    return name.strip().strip('"').casefold()
