"""`text`: free text of between `min` and `max` characters (1 and 1,000 unless given). Answer: string."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from services.polls.contract.kinds import SALTED_HASH, Counters, Problem, Question

NAME = "text"
WIDGET = "text"
COUNTED = False
RECORDED = SALTED_HASH
FIELDS: frozenset[str] = frozenset()
LONGEST = 4_000


def limits(question: Question) -> tuple[int, int]:
    """Least and greatest number of characters."""
    least, most = question.get("min"), question.get("max")
    return (1 if least is None else least), (1_000 if most is None else most)


def check_definition(question: Question) -> list[Problem]:
    least, most = limits(question)
    if question["options"]:
        return [Problem("/options", "options_not_used")]
    if not 0 <= least <= most <= LONGEST or most == 0:
        return [Problem("/max", "length_impossible", {"min": least, "max": most, "longest": LONGEST})]
    return []


def check_answer(question: Question, answer: Any) -> list[Problem]:
    if not isinstance(answer, str):
        return [Problem("", "not_text")]
    if any(unprintable(character) for character in answer):
        return [Problem("", "unprintable_text")]
    least, most = limits(question)
    length = len(canonical(question, answer))
    if length < least:
        return [Problem("", "text_too_short", {"min": least})]
    return [Problem("", "text_too_long", {"max": most, "given": length})] if length > most else []


def unprintable(character: str) -> bool:
    """Controls but for white space, lone surrogates, and the code points that Unicode calls noncharacters. Unassigned
    ones are welcome: tomorrow's emoji are unassigned today.
    """
    code = ord(character)
    noncharacter = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return noncharacter or (unicodedata.category(character) in ("Cs", "Cc") and character not in "\n\t\r")


def canonical(question: Question, answer: Any) -> str:
    """NFC, without space around, with plain line ends."""
    return unicodedata.normalize("NFC", answer).replace("\r\n", "\n").replace("\r", "\n").strip()


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    """Texts are not added up; how many were given is known from the ballots that answered."""
    return ()


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    return {"options": []}
