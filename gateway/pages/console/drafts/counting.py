"""The counting rule of a question and its parameters as the form holds them.

Fields of all rules that fit the question's kind are in the form; those of the chosen one count. A parameter, or a whole
rule, that the form cannot show exactly is kept as it is.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from gateway.pages.console.drafts.fields import (
    Fields,
    Read,
    Reader,
    Show,
    Words,
    kept,
    kept_value,
    present,
    shown,
    shown_exactly,
)
from services.tally.contract.rules import rules

KEPT = "kept"
NUMBERS = ("votes", "score", "ballots")
SHARES = ("at_least", "more_than")
BALLOTS = "ballots"
_DIGITS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Parameter:
    """How one parameter stands in the form. `read` gives nothing for a parameter that is left empty."""

    blank: Any
    posted: Callable[[Fields, str], Any]
    show: Show
    read: Read


def fitting(kind: str) -> list[str]:
    """The rules that can count questions of this kind."""
    return [name for name, rule in rules().items() if kind in rule.KINDS]


def parameters_of(name: str) -> list[str]:
    """The rule's parameters that the form has fields for."""
    return [each for each in rules()[name].PARAMETERS if each in PARAMETERS]


def show(kind: str, counting: Mapping[str, Any] | None) -> Words:
    """The form of a question's `counting`."""
    words: Words = {name: deepcopy(parameter.blank) for name, parameter in PARAMETERS.items()}
    words |= {"rule": "", "kept": "", "kept_rule": ""}
    if counting is None:
        return words
    rule = counting.get("rule")
    if not isinstance(rule, str) or rule not in fitting(kind):
        return words | {"rule": KEPT, "kept": kept(counting), "kept_rule": KEPT}
    known = parameters_of(rule)
    left = {}
    for name, value in counting.items():
        exact = _exact(name, value) if name in known else None
        if exact is not None:
            words[name] = exact
        elif name != "rule":
            left[name] = value
    return words | {"rule": rule, "kept": kept(left) if left else "", "kept_rule": rule if left else ""}


def _exact(name: str, value: Any) -> Any | None:
    parameter = PARAMETERS[name]
    return shown_exactly(value, parameter.show, parameter.read)


def posted(fields: Fields) -> Words:
    found = {name: parameter.posted(fields, name) for name, parameter in PARAMETERS.items()}
    dropped = fields.flag("drop")
    plain = {name: "" if dropped else fields.text(name) for name in ("kept", "kept_rule")}
    return found | plain | {"rule": fields.text("rule")}


def read(reader: Reader, here: str, words: Words) -> dict[str, Any] | None:
    """`here` is the place of the counting. Nothing for a question that only counts."""
    rule = words["rule"]
    left = kept_value(reader, f"{here}-kept", words["kept"]) if words["kept_rule"] == rule else None
    if rule == KEPT:
        return left if isinstance(left, dict) else None
    if rule not in rules():
        return None
    made = {
        name: PARAMETERS[name].read(reader, f"{here}-{name}", words[name]) for name in parameters_of(rule)
    }
    return {"rule": rule, **present(made), **(left if isinstance(left, dict) else {})}


def kept_names(words: Words) -> list[str]:
    """The parameters that are kept as they are."""
    found = kept_value(Reader(), "", words["kept"])
    return list(found) if isinstance(found, dict) else []


# --- parameters ---


def _text(fields: Fields, name: str) -> str:
    return fields.text(name)


def _number(reader: Reader, here: str, words: str) -> int | None:
    return reader.number(here, words)


def _word(_reader: Reader, _here: str, words: str) -> str | None:
    return words or None


def _show_number(value: Any) -> str:
    if type(value) is not int:
        raise ValueError
    return str(value)


def _show_word(name: str) -> Show:
    def show_one(value: Any) -> str:
        if value not in CHOICES[name]:
            raise ValueError
        return str(value)

    return show_one


CHOICES: Mapping[str, tuple[str, ...]] = {
    "ties": ("listed", "draw"),
    "by": ("sum", "mean"),
    "variant": ("averaged", "zero", "modified"),
    "strength": ("winning_votes", "margins"),
    "order": ("votes", "votes_per_cost"),
    "unaffordable": ("skip", "stop"),
    "utility": ("cost", "cardinality"),
    "completion": ("none", "add1", "add1u", "utilitarian"),
    "normalise": ("sum", "max", "rank"),
}
"""What a parameter that is a word can be, in the order of its field."""
_NUMBERED = ("winners", "budget", "increment")


# a threshold: {"votes": 200} or {"at_least": "1/3", "of": "roll"}


def _posted_threshold(fields: Fields, name: str) -> Words:
    part = fields.part(name)
    told = {each: part.text(each) for each in ("how", "value", "of")}
    return told if told["how"] in (*NUMBERS, *SHARES) else told | {"how": ""}


def _show_threshold(value: Mapping[str, Any]) -> Words:
    how = next((name for name in (*NUMBERS, *SHARES) if name in value), "")
    return {"how": how, "value": str(value[how]), "of": value.get("of", "")}


def _read_threshold(reader: Reader, here: str, words: Words) -> dict[str, Any] | None:
    how, entered = words["how"], words["value"].strip()
    if not how or not entered:
        return None
    if how in NUMBERS:
        number = reader.number(here, entered)
        return None if number is None else {how: number}
    written = f"{entered}%" if _DIGITS.fullmatch(entered) else entered
    return {how: written, **present({"of": words["of"] or None})}


# points by place: [3, 2, 1]


def _show_points(value: list[Any]) -> str:
    return ", ".join(_show_number(each) for each in value)


def _read_points(reader: Reader, here: str, words: str) -> list[int] | None:
    parts = [part for part in re.split(r"[,\s;]+", words) if part]
    if any(not part.isascii() or not part.isdigit() or len(part) > 9 for part in parts):
        reader.refuse(here, "invalid_number")
        return None
    return [int(part) for part in parts] or None


# rows


def _posted_rows(marker: str, *names: str) -> Callable[[Fields, str], list[Words]]:
    def posted_rows(fields: Fields, name: str) -> list[Words]:
        return [{each: row.text(each) for each in names} for row in fields.rows(name, marker)]

    return posted_rows


def _show_caps(value: list[dict[str, Any]]) -> list[Words]:
    return [{"group": c["group"], **{n: shown(c.get(n)) for n in ("projects", "budget")}} for c in value]


def _read_caps(reader: Reader, here: str, words: list[Words]) -> list[dict[str, Any]] | None:
    caps = []
    for n, row in enumerate(words):
        if any(text.strip() for text in row.values()):
            numbers = {
                name: reader.number(f"{here}-{n}-{name}", row[name]) for name in ("projects", "budget")
            }
            caps.append({"group": row["group"], **present(numbers)})
    return caps or None


def _posted_groups(fields: Fields, name: str) -> list[list[str]]:
    return [row.texts("options") for row in fields.rows(name, "row")]


def _show_groups(value: list[list[str]]) -> list[list[str]]:
    return [[str(option) for option in group] for group in value]


def _read_groups(_reader: Reader, _here: str, words: list[list[str]]) -> list[list[str]] | None:
    return [group for group in words if group] or None


def _show_sources(value: list[dict[str, str]]) -> list[Words]:
    return [{"name": source["name"], "weight": source["weight"]} for source in value]


def _read_sources(_reader: Reader, _here: str, words: list[Words]) -> list[dict[str, str]] | None:
    rows = [row for row in words if row["weight"].strip() or row["name"].strip() not in ("", BALLOTS)]
    return [{"name": row["name"].strip(), "weight": _percent(row["weight"])} for row in rows] or None


def _percent(entered: str) -> str:
    """`50` is understood as `50%`; anything else stands as it was written."""
    plain = entered.strip()
    return f"{plain}%" if _DIGITS.fullmatch(plain) else plain


_NO_THRESHOLD = {"how": "", "value": "", "of": ""}
_FIRST_SOURCES = [{"name": BALLOTS, "weight": ""}, {"name": "", "weight": ""}]
PARAMETERS: Mapping[str, Parameter] = {
    **{name: Parameter("", _text, _show_number, _number) for name in _NUMBERED},
    **{name: Parameter("", _text, _show_word(name), _word) for name in CHOICES},
    **{
        name: Parameter(_NO_THRESHOLD, _posted_threshold, _show_threshold, _read_threshold)
        for name in ("threshold", "quorum")
    },
    "points": Parameter("", _text, _show_points, _read_points),
    "caps": Parameter([], _posted_rows("group", "group", "projects", "budget"), _show_caps, _read_caps),
    "exclusive": Parameter([], _posted_groups, _show_groups, _read_groups),
    "sources": Parameter(
        _FIRST_SOURCES, _posted_rows("weight", "name", "weight"), _show_sources, _read_sources
    ),
}
"""Every parameter that the form has fields for, by its name in definitions."""
