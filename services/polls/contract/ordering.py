"""The order in which a question's options stand on the ballot. The record always has the definition's."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from services.polls.contract.kinds import Question


def ordering(question: Question, seed: str) -> list[str]:
    """The ids of the options in the order for this seed, any text, such as the ballot's id: the same for the same seed.

    `fixed` (the default): as they are defined. `shuffled`: by the SHA-256 of seed, question and option, so that no option stands
    above another more often; groups stay together and are shuffled as a whole, options without a group being one; exclusive
    options ("none of these") stay last, as they are defined.
    """
    options = question["options"]
    if question.get("order", "fixed") != "shuffled":
        return [option["id"] for option in options]
    together = [option for option in options if not option.get("exclusive")]

    def key(option: Mapping[str, Any]) -> tuple[bytes, bytes]:
        return _drawn(seed, question, "group", option.get("group") or ""), _drawn(
            seed, question, "option", option["id"]
        )

    last = [option["id"] for option in options if option.get("exclusive")]
    return [option["id"] for option in sorted(together, key=key)] + last


def _drawn(seed: str, question: Question, what: str, name: str) -> bytes:
    return sha256("\n".join((what, question["id"], name, seed)).encode()).digest()
