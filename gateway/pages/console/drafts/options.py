"""The options of a question. Lists that are too long for a form are kept as they are stored: they are changed by a file."""

from collections.abc import Mapping
from typing import Any

from gateway.pages.console.drafts.fields import Fields, Reader, Words, present, shown

OPTION = ("id", "label", "description", "cost", "group", "category")
MOST_IN_FORM = 200
"""Options of all questions together that are entered one by one."""


def folded(questions: list[Mapping[str, Any]]) -> list[bool]:
    """For each question whether its options are left out of the form, because there are too many before and with them."""
    found, before = [], 0
    for question in questions:
        size = len(question["options"])
        found.append(before + size > MOST_IN_FORM)
        before += 0 if found[-1] else size
    return found


def show(option: Mapping[str, Any]) -> Words:
    return {**{name: shown(option.get(name)) for name in OPTION}, "exclusive": bool(option.get("exclusive"))}


def posted(fields: Fields) -> list[Words]:
    return [
        {**{name: row.text(name) for name in OPTION}, "exclusive": row.flag("exclusive")}
        for row in fields.rows("options", "id")
    ]


def read(reader: Reader, here: str, words: Words, image: str | None) -> dict[str, Any]:
    return present(
        {
            "id": words["id"],
            "label": words["label"],
            "description": words["description"] or None,
            "cost": reader.number(f"{here}-cost", words["cost"]),
            "group": words["group"] or None,
            "category": words["category"] or None,
            "exclusive": words["exclusive"] or None,
            "image": image,
        }
    )


def blank() -> Words:
    return {**dict.fromkeys(OPTION, ""), "exclusive": False}


def is_blank(words: Words) -> bool:
    """Nobody filled it in."""
    return not any(words[name].strip() for name in OPTION[1:])


def values_of(options: list[Words], by: str) -> list[str]:
    """The groups or categories that the options have, in their order."""
    return list(dict.fromkeys(option[by].strip() for option in options if option[by].strip()))
