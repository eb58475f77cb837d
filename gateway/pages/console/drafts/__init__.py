"""A poll's draft as the edit form holds it, and back.

In the form everything is text, so that nothing entered is lost on the way: `questions-0-options-1-label`. What stands in a
draft and the form has no field for is kept as it is, in a hidden field, and the page says so.
"""

from collections.abc import Mapping
from typing import Any

from gateway import formats
from gateway.pages.console.drafts import breakdowns, questions
from gateway.pages.console.drafts.changes import change, without_blanks
from gateway.pages.console.drafts.fields import Fields, Reader, Unreadable, readable
from gateway.pages.console.drafts.options import folded
from gateway.pages.console.drafts.places import field_of

__all__ = [
    "Entered",
    "Reader",
    "Unreadable",
    "change",
    "field_of",
    "of_form",
    "of_poll",
    "patch",
    "readable",
    "unfold",
    "without_blanks",
    "without_image",
]

Entered = dict[str, Any]
TEXTS = (
    "title",
    "purpose",
    "reference_url",
    "language",
    "kind",
    "opens_at",
    "closes_at",
    "results",
    "witnesses",
    "who",
    "combine",
)
RULES = ("roll", "password")


def of_poll(poll: Mapping[str, Any], names: breakdowns.Names) -> Entered:
    """The form as the stored poll fills it. `names` are what the reader's language calls the values of a breakdown."""
    who, combine, rules = rule_words(poll["eligibility"])
    out = folded(poll["questions"])
    return {
        **{
            name: poll[name] or ""
            for name in ("title", "purpose", "reference_url", "language", "kind", "results")
        },
        "opens_at": formats.field_time(poll["opens_at"]),
        "closes_at": formats.field_time(poll["closes_at"]),
        "witnesses": str(poll["witnesses"] or ""),
        "who": who,
        "combine": combine,
        "rules": rules,
        "password": "",
        "questions": [
            questions.show(q, left_out) for q, left_out in zip(poll["questions"], out, strict=True)
        ],
        "breakdown": breakdowns.show(poll["breakdown"], names),
    }


def rule_words(rule: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    """`(who, combine, rules)`. `kept` is a tree that this form cannot show: it stays as it is."""
    if rule == {"rule": "everyone"}:
        return "everyone", "all", []
    if rule.get("rule") in RULES:
        return "some", "all", [rule["rule"]]
    for combine in ("all", "any"):
        parts = [part.get("rule") for part in rule.get(combine, [])]
        if sorted(map(str, parts)) == sorted(RULES):
            return "some", combine, list(RULES)
    return "kept", "all", []


def of_form(form: Mapping[str, Any]) -> Entered:
    """What was posted."""
    fields = Fields(form)
    return {name: fields.text(name) for name in TEXTS} | {
        "rules": [name for name in RULES if fields.flag(f"rule-{name}")],
        "password": fields.text("password"),
        "questions": list(questions.posted(fields)),
        "breakdown": breakdowns.posted(fields),
    }


def unfold(entered: Entered, poll: Mapping[str, Any]) -> Entered:
    """The form with the options that it does not hold, to be looked at."""
    questions.unfold(entered["questions"], stored_questions(poll))
    return entered


def stored_questions(poll: Mapping[str, Any]) -> questions.Stored:
    return {question["id"]: question for question in poll["questions"]}


def without_image(listed: list[Mapping[str, Any]], target: str) -> list[dict[str, Any]]:
    """The questions, but the option that `question/option` names has no picture."""

    def cleared(question: Mapping[str, Any], option: Mapping[str, Any]) -> dict[str, Any]:
        dropped = ("image",) if f"{question['id']}/{option['id']}" == target else ()
        return {name: value for name, value in option.items() if name not in dropped}

    return [
        {**question, "options": [cleared(question, o) for o in question["options"]]} for question in listed
    ]


def patch(entered: Entered, poll: Mapping[str, Any], names: breakdowns.Names) -> dict[str, Any]:
    """The patch that makes the poll what the form says. Raises Unreadable."""
    reader = Reader()
    stored = stored_questions(poll)
    made = {
        **{name: entered[name] for name in ("title", "purpose", "language", "kind", "results")},
        "reference_url": entered["reference_url"].strip() or None,
        "opens_at": reader.time("opens_at", entered["opens_at"]),
        "closes_at": reader.time("closes_at", entered["closes_at"]),
        "witnesses": reader.number("witnesses", entered["witnesses"]) or 0,
        "questions": [
            questions.read(reader, f"questions-{n}", words, stored)
            for n, words in enumerate(entered["questions"])
        ],
        "breakdown": breakdowns.read(reader, entered["breakdown"], names),
    }
    if entered["who"] != "kept":
        made["eligibility"] = rule(reader, entered)
    if reader.wrong:
        raise Unreadable(reader.wrong)
    return made


def rule(reader: Reader, entered: Entered) -> dict[str, Any]:
    if entered["who"] == "everyone":
        return {"rule": "everyone"}
    password = {"password": entered["password"]} if entered["password"] else {}
    parts = [{"rule": name} | (password if name == "password" else {}) for name in entered["rules"]]
    if not parts:
        reader.refuse("who", "no_rule_chosen")
        return {"rule": "everyone"}
    return parts[0] if len(parts) == 1 else {"any" if entered["combine"] == "any" else "all": parts}
