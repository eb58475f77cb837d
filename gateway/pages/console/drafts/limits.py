"""How many options of a group or a category may be chosen: `limits` of a question as rows of the form."""

from typing import Any

from gateway.pages.console.drafts.fields import Fields, Reader, Words, present, shown

NUMBERS = ("min", "max", "distinct")
FIELDS = ("group", "category")


def blank() -> Words:
    return {"by": "group", "values": [], "each": False, **dict.fromkeys(NUMBERS, "")}


def show(limits: list[dict[str, Any]]) -> list[Words]:
    return [
        {
            "by": limit["by"],
            "values": list(limit.get("values", [])),
            "each": bool(limit.get("each")),
            **{name: shown(limit.get(name)) for name in NUMBERS},
        }
        for limit in limits
    ]


def posted(fields: Fields) -> list[Words]:
    return [
        {
            "by": row.text("by"),
            "values": row.texts(f"values-{row.text('by')}"),
            "each": row.text("each") == "yes",
            **{name: row.text(name) for name in NUMBERS},
        }
        for row in fields.rows("limits", "by")
    ]


def read(reader: Reader, here: str, rows: list[Words]) -> list[dict[str, Any]]:
    """`here` is the question's place in the form."""
    return [
        present(
            {
                "by": words["by"],
                "values": words["values"] or None,
                "each": words["each"] or None,
                **{name: reader.number(f"{here}-limits-{n}-{name}", words[name]) for name in NUMBERS},
            }
        )
        for n, words in enumerate(rows)
    ]
