"""The rules of a whole ballot, pure, the same wherever a ballot is checked or counted."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.polls.contract.kinds import SALTED_HASH, Problem, Question, kinds, segment

Answers = Mapping[str, Any]
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
        problems += [Problem(here + p.pointer, p.code, p.params) for p in found]
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
    known = {question["id"] for question in questions}
    problems = [Problem(f"/{segment(name)}", "unknown_question") for name in answers if name not in known]
    for question in questions:
        answer = answers.get(question["id"])
        if answer is not None:
            found = kinds()[question["kind"]].check_answer(question, answer)
            problems += [Problem(f"/{question['id']}{p.pointer}", p.code, p.params) for p in found]
        elif question["required"]:
            problems.append(Problem(f"/{question['id']}", "answer_missing"))
    return problems[:MOST_PROBLEMS]


def canonical_answers(questions: Sequence[Question], answers: Answers) -> dict[str, Any]:
    """The recorded form of valid answers: blanks left out, each answer in its kind's one form."""
    return {
        question["id"]: kinds()[question["kind"]].canonical(question, answers[question["id"]])
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
    hashed = set(hashed_questions(questions))
    plain = [each for each in questions if each["id"] not in hashed]
    open_ones = {name: answer for name, answer in answers.items() if name not in hashed}
    blank = [each["id"] for each in questions if each["id"] in hashed and each["required"]]
    return (
        all(_is_hash(answers[name]) for name in answers if name in hashed)
        and all(name in answers for name in blank)
        and not check_ballot(plain, open_ones)
        and canonical_answers(plain, open_ones) == open_ones
    )


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
