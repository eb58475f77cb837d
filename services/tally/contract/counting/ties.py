r"""Ties: broken by listed order, or by a draw that anyone can repeat; never in silence.

The draw gives every option a lot: SHA-256 over four lines of UTF-8, each but the last ended by a line feed:

    mvoting draw v1
    <seed in lower-case hex>
    <question id>
    <option id>

The smaller the lot, read as a number, the better the option stands in every tie of the question. The seed is SHA-256 of what the
final checkpoint of the poll's log says: `<poll id>\n<number of entries>\n<base64 of the root hash>\n`, the root as in RFC 6962. It
is known only when the last ballot is in the log, and follows from the public record alone.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from services.polls.contract.kinds import Question
from services.tally.contract.counting.ballots import option_ids

LISTED, DRAW = "listed", "draw"
METHODS = (LISTED, DRAW)


class SeedMissing(Exception):
    """A tie is to be broken by a draw and the seed is not known yet: the log still grows."""


def seed_of(poll_id: str, size: int, root: bytes) -> bytes:
    """The seed of a poll's draws, from the final checkpoint of its log."""
    return sha256(f"{poll_id}\n{size}\n{base64.b64encode(root).decode('ascii')}\n".encode()).digest()


def lot(seed: bytes, question_id: str, option_id: str) -> bytes:
    """An option's lot; the smaller the better."""
    return sha256(f"mvoting draw v1\n{seed.hex()}\n{question_id}\n{option_id}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Context:
    """What a count knows besides ballots. `seed` for draws; `roll_size` for shares of the voter roll; `sources`: scores of
    the options by the name of another source, for composite results.
    """

    seed: bytes | None = None
    roll_size: int | None = None
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Ties:
    """Breaks the ties of one question by one method, and keeps a record of each that it broke."""

    def __init__(self, question: Question, method: str, context: Context) -> None:
        self._question = question
        self._method = method
        self._seed = context.seed
        self._rank = {option: n for n, option in enumerate(option_ids(question))}
        self.broken: list[dict[str, Any]] = []

    def order(self, tied: Iterable[str]) -> list[str]:
        """These options, best placed first, without a record: for ties that decide nothing. Raises SeedMissing."""
        listed = sorted(tied, key=self._rank.__getitem__)
        if self._method == LISTED or len(listed) < 2:
            return listed
        if self._seed is None:
            raise SeedMissing
        seed, question_id = self._seed, str(self._question["id"])
        return sorted(listed, key=lambda option: lot(seed, question_id, option))

    def break_tie(self, tied: Iterable[str], seats: int = 1, **where: Any) -> list[str]:
        """The `seats` best placed of these options, which are equal otherwise. `where` says what was at stake."""
        ordered = self.order(tied)
        if len(ordered) > seats:
            self.broken.append(self._record(ordered, ordered[:seats], where))
        return ordered[:seats]

    def break_against(self, tied: Iterable[str], **where: Any) -> str:
        """The worst placed of these options, which are equal otherwise."""
        ordered = self.order(tied)
        if len(ordered) > 1:
            self.broken.append(self._record(ordered, ordered[:-1], where))
        return ordered[-1]

    def _record(
        self, ordered: Sequence[str], preferred: Sequence[str], where: Mapping[str, Any]
    ) -> dict[str, Any]:
        found = {"options": list(ordered), "preferred": list(preferred), "by": self._method, **where}
        if self._method == DRAW and self._seed is not None:
            found["seed"] = self._seed.hex()
        return found
