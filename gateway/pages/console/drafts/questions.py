"""A question of the draft as the form holds it, and back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.pages.console.drafts import conditions, counting, limits, options
from gateway.pages.console.drafts.fields import (
    Fields,
    Reader,
    Words,
    kept,
    kept_value,
    present,
    shown,
    shown_exactly,
)

TEXTS = ("id", "kind", "title", "description", "order", "earliest", "latest")
NUMBERS = ("min", "max", "budget", "most_each", "decimals")
OF_KIND: Mapping[str, tuple[str, ...]] = {
    "choice": ("min", "max"),
    "knapsack": ("budget", "min", "max"),
    "cumulative": ("min", "max", "most_each"),
    "ranking": ("min", "max"),
    "score": ("min", "max"),
    "number": ("min", "max", "decimals"),
    "date": ("earliest", "latest"),
    "text": ("min", "max"),
}
"""The fields that each kind uses, in the order of the form."""
WITH_OPTIONS = ("choice", "knapsack", "cumulative", "ranking", "score")
WITH_LIMITS = ("choice", "knapsack", "cumulative", "ranking")


def show(question: Mapping[str, Any], folded: bool) -> Words:
    words: Words = {name: shown(question.get(name)) for name in (*TEXTS, *NUMBERS)}
    return words | {
        "required": question["required"],
        "folded": folded,
        "shown": False,
        "options": [options.show(option) for option in question["options"]],
        "counting": counting.show(question["kind"], question.get("counting")),
        **_exact(question, "limits", [], limits.show, limits.read),
        **_exact(question, "show_if", conditions.blank(), conditions.show, conditions.read),
    }


def _exact(question: Mapping[str, Any], name: str, blank: Any, show: Any, read: Any) -> Words:
    """The words of one part, or nothing of it and the part itself, where words cannot say just the same."""
    value = question.get(name)
    exact = shown_exactly(value, show, read) if value else blank
    return {name: blank if exact is None else exact, f"{name}_kept": kept(value) if exact is None else ""}


def posted(fields: Fields) -> Iterator[Words]:
    for row in fields.rows("questions", "id"):
        words: Words = {name: row.text(name) for name in (*TEXTS, *NUMBERS)}
        yield words | {
            "required": row.flag("required"),
            "folded": row.flag("folded"),
            "shown": row.flag("shown"),
            "options": options.posted(row),
            "counting": counting.posted(row.part("counting")),
            "limits": limits.posted(row),
            "show_if": conditions.posted(row.part("show_if")),
            **{
                f"{name}_kept": "" if row.flag(f"{name}-drop") else row.text(f"{name}-kept")
                for name in ("limits", "show_if")
            },
        }


Stored = Mapping[str, Mapping[str, Any]]
"""The questions of the stored poll by their id."""


def read(reader: Reader, here: str, words: Words, stored: Stored) -> dict[str, Any]:
    numbers = {name: reader.number(f"{here}-{name}", words[name], signed=True) for name in NUMBERS}
    texts = {name: words[name] or None for name in TEXTS[3:]}
    made = {"id": words["id"], "kind": words["kind"], "title": words["title"], "required": words["required"]}
    return made | present(
        {
            **texts,
            **numbers,
            "limits": _read_limits(reader, here, words),
            "show_if": _read_condition(reader, here, words),
            "options": _read_options(reader, here, words, stored.get(words["id"], {"options": []})),
            "counting": counting.read(reader, f"{here}-counting", words["counting"]),
        }
    )


def _read_limits(reader: Reader, here: str, words: Words) -> Any:
    left = kept_value(reader, f"{here}-limits-kept", words["limits_kept"])
    return left or limits.read(reader, here, words["limits"]) or None


def _read_condition(reader: Reader, here: str, words: Words) -> Any:
    left = kept_value(reader, f"{here}-show_if-kept", words["show_if_kept"])
    return left or conditions.read(reader, f"{here}-show_if", words["show_if"])


def _read_options(reader: Reader, here: str, words: Words, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Pictures come from the stored poll, never from the form, and so does a list that is too long for it."""
    if words["folded"]:
        return list(stored["options"])
    images = {option["id"]: option.get("image") for option in stored["options"]}
    return [
        options.read(reader, f"{here}-options-{n}", option, images.get(option["id"]))
        for n, option in enumerate(words["options"])
    ]


def unfold(questions: Sequence[Words], stored: Stored) -> None:
    """Gives questions whose options are not in the form the stored ones, to be looked at."""
    for words in questions:
        if words["folded"]:
            found = stored.get(words["id"], {"options": []})["options"]
            words["options"] = [options.show(option) for option in found]
