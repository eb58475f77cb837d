"""A poll's draft as the edit form holds it, and back.

In the form everything is text, so that nothing entered is lost on the way: `questions-0-options-1-label`.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from gateway import formats
from gateway.pages.forms import text

Entered = dict[str, Any]
Images = Mapping[tuple[str, str], str | None]
"""Addresses of pictures by question and option: they come from the stored poll, never from the form."""
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
QUESTION = ("id", "kind", "title", "description", "min", "max")
OPTION = ("id", "label", "description", "cost", "group")
RULES = ("roll", "password")
OPTIONS_AT_FIRST = {"choice": 4, "score": 2}
MOST = 500


def of_poll(poll: Mapping[str, Any]) -> Entered:
    """The form as the stored poll fills it."""
    who, combine, rules = rule_words(poll["eligibility"])
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
        "questions": [question_of(question) for question in poll["questions"]],
    }


def question_of(question: Mapping[str, Any]) -> Entered:
    options = [{name: shown(option.get(name)) for name in OPTION} for option in question["options"]]
    return {
        **{name: shown(question.get(name)) for name in QUESTION},
        "required": question["required"],
        "options": options,
    }


def shown(value: Any) -> str:
    return "" if value is None else str(value)


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
    rules = [name for name in RULES if form.get(f"rule-{name}")]
    fields = {name: text(form, name) for name in TEXTS}
    return fields | {
        "rules": rules,
        "password": text(form, "password"),
        "questions": list(questions_in(form)),
    }


def questions_in(form: Mapping[str, Any]) -> Iterator[Entered]:
    for n in range(MOST):
        here = f"questions-{n}"
        if f"{here}-id" not in form:
            return
        question: Entered = {name: text(form, f"{here}-{name}") for name in QUESTION}
        yield question | {
            "required": bool(form.get(f"{here}-required")),
            "options": list(options_in(form, here)),
        }


def options_in(form: Mapping[str, Any], here: str) -> Iterator[dict[str, str]]:
    for n in range(MOST):
        if f"{here}-options-{n}-id" not in form:
            return
        yield {name: text(form, f"{here}-options-{n}-{name}") for name in OPTION}


# --- adding and removing by submit buttons ---


def change(entered: Entered, step: str) -> Entered:
    """The form after a button: `add-question-choice`, `remove-option-0-2`, `up-question-1`. No other changes it."""
    verb, _, rest = step.partition("-")
    what, _, place = rest.partition("-")
    action = CHANGES.get((verb, what))
    if action is not None:
        with suppress(ValueError, IndexError):
            action(entered["questions"], place)
    return entered


def add_question(questions: list[Entered], kind: str) -> None:
    made: Entered = dict.fromkeys(QUESTION, "") | {
        "id": fresh("q", questions),
        "kind": kind,
        "required": True,
    }
    made["options"] = []
    questions.append(made)
    for _ in range(OPTIONS_AT_FIRST.get(kind, 0)):
        add_option(questions, str(len(questions) - 1))


def add_option(questions: list[Entered], place: str) -> None:
    options = questions[int(place)]["options"]
    options.append(dict.fromkeys(OPTION, "") | {"id": fresh("o", options)})


def remove_question(questions: list[Entered], place: str) -> None:
    del questions[int(place)]


def remove_option(questions: list[Entered], place: str) -> None:
    question, _, option = place.partition("-")
    del questions[int(question)]["options"][int(option)]


def move_up(questions: list[Entered], place: str) -> None:
    n = int(place)
    if n > 0:
        questions.insert(n - 1, questions.pop(n))


CHANGES = {
    ("add", "question"): add_question,
    ("add", "option"): add_option,
    ("remove", "question"): remove_question,
    ("remove", "option"): remove_option,
    ("up", "question"): move_up,
}


def fresh(letter: str, items: list[Entered]) -> str:
    """An id that none of the items has."""
    taken = {item["id"] for item in items}
    return next(name for n in range(1, len(items) + 2) if (name := f"{letter}{n}") not in taken)


def without_blanks(entered: Entered) -> Entered:
    """Options that nobody filled in are left out."""
    for question in entered["questions"]:
        question["options"] = [o for o in question["options"] if any(o[name].strip() for name in OPTION[1:])]
    return entered


def without_image(questions: list[Mapping[str, Any]], target: str) -> list[dict[str, Any]]:
    """The questions, but the option that `question/option` names has no picture."""

    def cleared(question: Mapping[str, Any], option: Mapping[str, Any]) -> dict[str, Any]:
        dropped = ("image",) if f"{question['id']}/{option['id']}" == target else ()
        return {name: value for name, value in option.items() if name not in dropped}

    return [
        {**question, "options": [cleared(question, o) for o in question["options"]]} for question in questions
    ]


# --- to the contract ---


class Unreadable(Exception):
    """Fields that cannot be read: `[(field, code)]`."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__("unreadable fields")
        self.fields = fields


def patch(entered: Entered, poll: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that makes the poll what the form says. Raises Unreadable."""
    reader = Reader()
    images = {
        (q["id"], option["id"]): option.get("image") for q in poll["questions"] for option in q["options"]
    }
    made = {
        **{name: entered[name] for name in ("title", "purpose", "language", "kind", "results")},
        "reference_url": entered["reference_url"].strip() or None,
        "opens_at": reader.time("opens_at", entered["opens_at"]),
        "closes_at": reader.time("closes_at", entered["closes_at"]),
        "witnesses": reader.number("witnesses", entered["witnesses"]) or 0,
        "questions": [
            question(reader, f"questions-{n}", q, images) for n, q in enumerate(entered["questions"])
        ],
    }
    if entered["who"] != "kept":
        made["eligibility"] = rule(reader, entered)
    if reader.wrong:
        raise Unreadable(reader.wrong)
    return made


class Reader:
    """Reads fields and remembers which could not be read."""

    def __init__(self) -> None:
        self.wrong: list[tuple[str, str]] = []

    def time(self, field: str, entered: str) -> str | None:
        try:
            return formats.time_from_field(entered)
        except (ValueError, OverflowError):
            self.wrong.append((field, "invalid_time"))
            return None

    def number(self, field: str, entered: str) -> int | None:
        plain = entered.replace(",", "").strip()
        if plain and not (plain.isascii() and plain.isdigit() and len(plain) < 16):
            self.wrong.append((field, "invalid_number"))
            return None
        return int(plain) if plain else None


def question(reader: Reader, here: str, entered: Entered, images: Images) -> dict[str, Any]:
    numbers = {name: reader.number(f"{here}-{name}", entered[name]) for name in ("min", "max")}
    options = [
        option(reader, f"{here}-options-{n}", o, images.get((entered["id"], o["id"])))
        for n, o in enumerate(entered["options"])
    ]
    texts = {name: entered[name] for name in ("id", "kind", "title")}
    made = {
        **texts,
        "description": entered["description"] or None,
        "required": entered["required"],
        **numbers,
    }
    return {name: value for name, value in made.items() if value is not None} | {"options": options}


def option(reader: Reader, here: str, entered: Mapping[str, str], image: str | None) -> dict[str, Any]:
    made = {
        "id": entered["id"],
        "label": entered["label"],
        "description": entered["description"] or None,
        "cost": reader.number(f"{here}-cost", entered["cost"]),
        "group": entered["group"] or None,
        "image": image,
    }
    return {name: value for name, value in made.items() if value is not None}


def rule(reader: Reader, entered: Entered) -> dict[str, Any]:
    if entered["who"] == "everyone":
        return {"rule": "everyone"}
    password = {"password": entered["password"]} if entered["password"] else {}
    parts = [{"rule": name} | (password if name == "password" else {}) for name in entered["rules"]]
    if not parts:
        reader.wrong.append(("who", "no_rule_chosen"))
        return {"rule": "everyone"}
    return parts[0] if len(parts) == 1 else {"any" if entered["combine"] == "any" else "all": parts}


def field_of(pointer: str) -> str:
    """The form's field that a complaint of polls (`/patch/questions/0/max`) belongs to."""
    parts = [part for part in pointer.split("/") if part]
    parts = parts[1:] if parts[:1] in (["patch"], ["draft"]) else parts
    if parts[:1] == ["eligibility"]:
        return "password" if parts[-1] == "password" else "who"
    return "-".join(parts)
