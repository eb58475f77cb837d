"""Where tally's truth comes from: definitions from polls, entries from ballots."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from services.ballots import contract as ballots
from services.common.encodings import canonical_json, sha256, unb64u
from services.common.errors import Unavailable
from services.polls import contract as polls
from services.tally.contract import ResultsNotFound, SourcesMissing
from services.tally.domain import Entered, Facts

Ask = Callable[..., dict[str, Any]]
"""`ask(call, **arguments)`: the bus client's `call`, which raises the call's errors and `Unavailable`."""


LOG_KEY_USE = "log"


@dataclass(frozen=True, slots=True)
class LogState:
    """How far a poll's log has come; a sealed one does not grow.

    `checkpoint`: the end of a sealed log, a signed note with the log's signature only; `witnessed`: whether as many have
    cosigned it as the poll asks for.
    """

    size: int
    sealed: bool
    checkpoint: str | None
    witnessed: bool


class LogCutShort(Unavailable):
    """The log was said to be longer than what can be read: whoever answered is behind, or entries are missing."""


class WrongHash(Exception):
    """The definition that polls gave is not the one whose hash it gave."""


class CohortsLost(Exception):
    """The secret of a poll that breaks its result down is destroyed: nobody can say any more who stands behind a tag."""


class Sources:
    """Asks the owners. Every method raises `Unavailable` when one does not answer."""

    def __init__(self, ask: Ask, page: int) -> None:
        self._ask = ask
        self._page = page

    def facts(self, poll_id: str) -> Facts:
        """Raises `ResultsNotFound` for a poll that is not there or never opened, `WrongHash`."""
        try:
            answer = self._ask(polls.GET_DEFINITION, poll_id=poll_id)
        except polls.PollNotFound:
            raise ResultsNotFound from None
        if sha256(canonical_json(answer["definition"])).hex() != answer["definition_hash"]:
            raise WrongHash
        names = ("poll_id", "state", "results", "definition", "definition_hash", "roll_size")
        return Facts(**{name: answer[name] for name in names})

    def period(self, poll_id: str) -> tuple[str, str | None]:
        """When the poll opened, and when it closes or closed. Raises `ResultsNotFound`."""
        try:
            answer = self._ask(polls.GET_DEFINITION, poll_id=poll_id)
        except polls.PollNotFound:
            raise ResultsNotFound from None
        return answer["opened_at"], answer["closes_at"]

    def settled_sources(self, poll_id: str) -> list[Entered]:
        """The entered scores of all sources of all composite results, which nobody changes from now on. Raises `SourcesMissing`."""
        try:
            found: list[Entered] = self._ask(polls.SETTLE_SOURCES, poll_id=poll_id)["items"]
        except polls.SourcesMissing as error:
            raise SourcesMissing(**error.params) from None
        except (polls.PollNotFound, polls.WrongState):  # ballots knows of its end before polls tells it
            raise Unavailable from None
        return found

    def cohort_cells(self, poll_id: str) -> dict[str, dict[str, str]]:
        """The groups of voters by the tags that stand for them. Raises `CohortsLost`."""
        try:
            cells = self._ask(polls.GET_COHORT_CELLS, poll_id=poll_id)["cells"]
        except polls.CohortsGone:
            raise CohortsLost from None
        except (polls.PollNotFound, polls.WrongState):  # ballots knows of its end before polls tells it
            raise Unavailable from None
        return {one["cohort"]: one["cell"] for one in cells}

    def cohort_counters(self, poll_id: str) -> Iterator[dict[str, Any]]:
        """The counters of a sealed log by tag, as in ballots' `CohortCounterSchema`, a page of them in memory at a time."""
        after: str | None = ""
        while after is not None:
            try:
                answer = self._ask(ballots.GET_COHORTS, poll_id=poll_id, after=after)
            except ballots.NotSealed:
                raise Unavailable from None
            yield from answer["items"]
            after = answer["next"]

    def log_state(self, poll_id: str) -> LogState:
        return LogState(**self._ask(ballots.GET_LOG_STATE, poll_id=poll_id))

    def log_keys(self) -> list[bytes]:
        """The public keys that ballots signs checkpoints with."""
        keys = self._ask(ballots.GET_KEYS)["keys"]
        return [unb64u(key["public_key"]) for key in keys if key["use"] == LOG_KEY_USE]

    def texts(self, poll_id: str, question: str, start: int, limit: int) -> tuple[list[str], int | None]:
        """What was written in some of the entries from `start` on, and where to go on."""
        answer = self._ask(ballots.GET_TEXTS, poll_id=poll_id, question=question, start=start, limit=limit)
        return answer["texts"], answer["next"]

    def pages(self, poll_id: str, start: int, size: int) -> Iterator[list[str]]:
        """Leaves from `start` up to `size` in pages, one of them in memory at a time; fewer if the log is cut short."""
        while start < size:
            limit = min(self._page, size - start)
            leaves = self._ask(ballots.GET_ENTRIES, poll_id=poll_id, start=start, limit=limit)["entries"]
            if not leaves:
                return
            yield leaves
            start += len(leaves)
