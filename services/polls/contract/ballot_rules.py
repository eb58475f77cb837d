"""The rules of a whole ballot, pure, the same wherever a ballot is checked or counted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.polls.contract import branching
from services.polls.contract.kinds import OWN_FIELDS, SALTED_HASH, Kind, Problem, Question, kinds, segment

Answers = Mapping[str, Any]
shown = branching.shown
MOST_PROBLEMS = 100
"""More are not told: whoever sends that many has not filled in the ballot by hand."""
_SHA256 = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
"""32 bytes as base64url: the last character has four bits only."""


def check_questions(questions: Sequence[Question]) -> list[Problem]:
    """What keeps these questions from being opened. Pointers start at the poll: `/questions/0/max`."""
    problems = [] if questions else [Problem("/questions", "no_questions")]
    problems += repeated(questions, "/questions")
    for n, question in enumerate(questions):
        here = f"/questions/{n}"
        kind = kinds().get(question["kind"])
        if kind is None:
            problems.append(Problem(f"{here}/kind", "unknown_kind"))
            continue
        found = kind.check_definition(question) + repeated(question["options"], "/options")
        found += unused(kind, question)
        problems += [Problem(here + p.pointer, p.code, p.params) for p in found]
    return problems or branching.check_conditions(questions)


def unused(kind: Kind, question: Question) -> list[Problem]:
    """A problem for each field that says something which this kind has no use for: whoever wrote it means something by it."""
    none: tuple[object, ...] = (None, [], 0, "fixed")
    idle = [name for name in OWN_FIELDS if name not in kind.FIELDS]
    problems = [Problem(f"/{name}", "field_not_used") for name in idle if question.get(name) not in none]
    if "exclusive" in idle:
        alone = (n for n, option in enumerate(question["options"]) if option.get("exclusive"))
        problems += [Problem(f"/options/{n}/exclusive", "field_not_used") for n in alone]
    return problems


def repeated(items: Sequence[Question], here: str) -> list[Problem]:
    """A problem for each item whose id stands in the list before it."""
    seen: set[str] = set()
    problems = []
    for n, item in enumerate(items):
        if item["id"] in seen:
            problems.append(Problem(f"{here}/{n}/id", "repeated_id"))
        seen.add(item["id"])
    return problems


def check_ballot(questions: Sequence[Question], answers: Any) -> list[Problem]:
    """What keeps these answers from being cast; pointers are relative to the answers: `/q1/0`."""
    if not isinstance(answers, Mapping):
        return [Problem("", "not_an_object")]
    return _check(questions, answers, _asked(questions, answers))


def _asked(questions: Sequence[Question], answers: Answers) -> frozenset[str] | None:
    """The questions that these answers lead to; nothing where all are asked in any case."""
    for question in questions:
        if "show_if" in question:
            return shown(questions, answers)
    return None


def _check(questions: Sequence[Question], answers: Answers, asked: frozenset[str] | None) -> list[Problem]:
    known, table = {question["id"] for question in questions}, kinds()
    problems = [Problem(f"/{segment(name)}", "unknown_question") for name in answers if name not in known]
    for question in questions:
        answer = answers.get(question["id"])
        if asked is not None and question["id"] not in asked:
            if answer is not None:
                problems.append(Problem(f"/{question['id']}", "not_asked"))
        elif answer is not None:
            found = table[question["kind"]].check_answer(question, answer)
            problems += [Problem(f"/{question['id']}{p.pointer}", p.code, p.params) for p in found]
        elif question["required"]:
            problems.append(Problem(f"/{question['id']}", "answer_missing"))
    return problems[:MOST_PROBLEMS]


def canonical_answers(questions: Sequence[Question], answers: Answers) -> dict[str, Any]:
    """The recorded form of valid answers: blanks left out, each answer in its kind's one form."""
    table = kinds()
    return {
        question["id"]: table[question["kind"]].canonical(question, answers[question["id"]])
        for question in questions
        if answers.get(question["id"]) is not None
    }


def hashed_questions(questions: Iterable[Question]) -> list[str]:
    """The questions of whose answers only a salted hash goes into the log."""
    return [each["id"] for each in questions if kinds()[each["kind"]].RECORDED == SALTED_HASH]


def check_recorded(questions: Sequence[Question], answers: Any) -> bool:
    """Whether these answers, read from the log, are a valid ballot in its one recorded form: canonical, and of what
    is not recorded itself `{"sha256": base64url of 32 bytes}`.
    """
    if not isinstance(answers, Mapping):
        return False
    asked = _asked(questions, answers)
    hashed = [each for each in questions if kinds()[each["kind"]].RECORDED == SALTED_HASH]
    if not hashed:
        return _is_recorded(questions, answers, asked)
    names = {each["id"] for each in hashed}
    plain = [each for each in questions if each["id"] not in names]
    open_ones = {name: answer for name, answer in answers.items() if name not in names}
    return all(_is_well_hashed(each, answers, asked) for each in hashed) and _is_recorded(
        plain, open_ones, asked
    )


def _is_recorded(questions: Sequence[Question], answers: Answers, asked: frozenset[str] | None) -> bool:
    if _check(questions, answers, asked):
        return False
    form = canonical_answers(questions, answers)
    return form == answers and all(type(form[name]) is type(answers[name]) for name in form)


def _is_well_hashed(question: Question, answers: Answers, asked: frozenset[str] | None) -> bool:
    """Whether a hash stands for the answer, or nothing where nothing may stand."""
    name = question["id"]
    if asked is not None and name not in asked:
        return name not in answers
    return _is_hash(answers[name]) if name in answers else not question["required"]


def _is_hash(answer: Any) -> bool:
    return (
        isinstance(answer, Mapping)
        and answer.keys() == {"sha256"}
        and isinstance(answer["sha256"], str)
        and _SHA256.fullmatch(answer["sha256"]) is not None
    )


def count_ballot(questions: Sequence[Question], answers: Answers) -> Iterable[tuple[str, str, int]]:
    """Counter increments `(question id, counter, n)` of one recorded ballot. The counter `""` counts the ballots that
    answered the question.
    """
    for question in questions:
        answer = answers.get(question["id"])
        if answer is not None:
            yield question["id"], "", 1
            for key, n in kinds()[question["kind"]].count(question, answer):
                yield question["id"], key, n


def summarise(
    questions: Sequence[Question], counters: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """Every question's result from its counters, in the definition's order."""
    results = []
    for question in questions:
        own = counters.get(question["id"], {})
        answered = own.get("", 0)
        summary = kinds()[question["kind"]].summarise(question, own, answered)
        results.append({"id": question["id"], "kind": question["kind"], "answered": answered, **summary})
    return results
