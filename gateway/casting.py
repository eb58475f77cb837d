"""The way of a ballot through the gateway: shape and ballot rules, pass, cast (docs/architecture.md).

The same ballot may be cast again at any time: ballots answers with the same receipt.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter, Histogram

from gateway import bus as buses
from gateway.accepted import Acceptances
from gateway.admission import Admission
from gateway.auth.tokens import Session
from gateway.bus import Bus
from gateway.definitions import NAME, Definitions
from gateway.errors import InvalidBallot, TryAgain
from services.ballots import contract as ballots
from services.common.errors import DomainError, InternalError, InvalidInput, Unavailable
from services.common.telemetry.logs import get_logger
from services.common.telemetry.metrics import SECONDS
from services.polls import contract as polls
from services.polls.contract.ballot_rules import check_ballot

log = get_logger(__name__)

BEFORE_OPENING = ("draft", "scheduled")
PASS_GOOD_FOR = 2.0
"""Seconds from asking for a pass to publishing its ballot: the sealing of a poll counts on it."""
NOT_OPEN_BELIEVED = 0.25
"""Seconds that a poll is taken not to be open without asking again: it may have opened a moment ago."""
LOOKED_UP_AT_ONCE = 8
"""Late ballots that are looked for among the recorded ones at the same time; what is above that is simply late."""
MOST_PROBLEMS = 50
LONGEST_EVIDENCE = 1_000
BALLOT_ID: re.Pattern[str] = ballots.BALLOT_ID.regex  # type: ignore[assignment]

OUTCOMES = Counter("ballots_cast_total", "Ballots that clients sent, by what became of them", ["outcome"])
DURATION = Histogram("ballot_cast_seconds", "From a checked ballot to its outcome", buckets=SECONDS)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The ballot is in the record; the receipt is the signed promise."""

    receipt: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pending:
    """The broker has the ballot safely; ask `status_url` what became of it. `note` lets any gateway say so."""

    status_url: str
    note: str


class Caster:
    """Casts ballots, and tells what became of those whose outcome was not known."""

    def __init__(
        self,
        bus: Bus,
        definitions: Definitions,
        admission: Admission,
        acceptances: Acceptances,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus, self._definitions, self._clock = bus, definitions, clock
        self.admission = admission
        self._acceptances = acceptances
        self._looking = asyncio.Semaphore(LOOKED_UP_AT_ONCE)

    async def cast(
        self,
        *,
        session: Session,
        poll_id: str,
        ballot_id: Any,
        answers: Any,
        evidence: Any,
        channel: str = "web",
    ) -> Recorded | Pending:
        """Raises InvalidInput, InvalidBallot, the declared errors of passes and of casting, and TryAgain when nothing
        is promised.
        """
        start = self._clock()
        try:
            try:
                outcome = await self._cast(session, poll_id, ballot_id, answers, evidence, channel)
            except (polls.PollNotOpen, ballots.PollNotOpen) as late:
                outcome = await self._recorded_before(poll_id, ballot_id, late)
        except DomainError as error:
            OUTCOMES.labels(error.code).inc()
            raise
        OUTCOMES.labels("recorded" if isinstance(outcome, Recorded) else "pending").inc()
        DURATION.observe(self._clock() - start)
        return outcome

    async def _cast(
        self, session: Session, poll_id: str, ballot_id: Any, answers: Any, evidence: Any, channel: str
    ) -> Recorded | Pending:
        check_shape(ballot_id, answers, evidence)
        self.admission.check(self._bus.ready)
        poll = self._definitions.peek(poll_id) or await self._open_poll(poll_id)
        if poll["state"] != "open":
            poll = await self._open_poll(poll_id)
        check_answers(poll, answers)
        with self.admission.cast():
            asked = self._clock()
            ballot_pass = await self._pass(session, poll, evidence, channel)
            if self._clock() - asked > PASS_GOOD_FOR:
                raise TryAgain
            return await self._submit(poll_id, ballot_id, answers, ballot_pass)

    async def _recorded_before(self, poll_id: str, ballot_id: str, late: DomainError) -> Recorded:
        """A ballot sent again after the closing, because its receipt was lost, gets it. Raises `late` for any other."""
        if late.params.get("state") in BEFORE_OPENING or self._looking.locked():
            raise late
        async with self._looking:
            try:
                found = await self.status(poll_id, ballot_id)
            except DomainError:
                raise late from None
        if found["status"] != "recorded":
            raise late
        return Recorded(found["receipt"])

    async def _open_poll(self, poll_id: str) -> dict[str, Any]:
        """The poll as it is now; raises PollNotOpen for one that polls knows not to be open."""
        try:
            poll = await self._definitions.get(poll_id, at_most=NOT_OPEN_BELIEVED)
        except Unavailable:
            raise TryAgain from None
        if poll["state"] != "open":
            known = {name: poll[name] for name in ("state", "opens_at", "closes_at")}
            raise polls.PollNotOpen(**known)
        return poll

    async def _pass(
        self, session: Session, poll: dict[str, Any], evidence: dict[str, Any], channel: str
    ) -> str:
        request: dict[str, Any] = {
            "poll_id": poll["id"],
            "tag": session.tag,
            "strength": session.strength,
            "evidence": evidence,
            "channel": channel,
        }
        if poll.get("breakdown"):
            request["profile"] = session.profile
        try:
            answer = await self._bus.submit(polls.ISSUE_PASSES, request)
        except (Unavailable, InternalError, buses.NotConfirmed):
            raise TryAgain from None
        if not isinstance(answer, dict):
            raise TryAgain
        ballot_pass: str = answer["ballot_pass"]
        return ballot_pass

    async def _submit(
        self, poll_id: str, ballot_id: str, answers: dict[str, Any], ballot_pass: str
    ) -> Recorded | Pending:
        item = {"poll_id": poll_id, "ballot_id": ballot_id, "answers": answers, "ballot_pass": ballot_pass}
        try:
            receipt = await self._bus.submit(ballots.CAST, item)
        except InvalidInput as error:
            raise InvalidBallot(error.errors) from None
        except (ballots.InvalidPass, ballots.PollUnknown) as error:
            log.warning("ballots does not know what polls vouched for", code=error.code)
            raise TryAgain from None
        except (Unavailable, InternalError, buses.NotConfirmed):
            raise TryAgain from None
        if isinstance(receipt, dict):
            return Recorded(receipt)
        note = self._acceptances.note(poll_id, ballot_id)
        return Pending(status_url(poll_id, ballot_id, note), note)

    async def status(self, poll_id: str, ballot_id: str, note: str = "") -> dict[str, Any]:
        """`{"status": "recorded" | "refused" | "pending" | "unknown", "receipt"?, "index"?, "code"?}`; never the choice.

        `pending`: neither recorded nor refused, and `note` shows that a gateway took it a short while ago.
        """
        if not NAME.fullmatch(poll_id) or not NAME.fullmatch(ballot_id) or len(ballot_id) < 16:
            return {"status": "unknown"}
        found: dict[str, Any] = await self._bus.call(ballots.GET_STATUS, poll_id=poll_id, ballot_id=ballot_id)
        if found["status"] == "unknown" and self._acceptances.vouches(note, poll_id, ballot_id):
            return {**found, "status": "pending"}
        return found


def status_url(poll_id: str, ballot_id: str, note: str) -> str:
    return f"/api/v1/polls/{poll_id}/ballots/{ballot_id}?accepted={note}"


def check_shape(ballot_id: Any, answers: Any, evidence: Any) -> None:
    """Raises InvalidInput for a ballot that is not even shaped like one; by hand, for this is the surge's path."""
    errors = []
    if not isinstance(ballot_id, str) or not BALLOT_ID.fullmatch(ballot_id):
        errors.append({"pointer": "/ballot_id", "code": "pattern", "params": {}})
    if not isinstance(answers, dict):
        errors.append({"pointer": "/answers", "code": "invalid", "params": {}})
    if not isinstance(evidence, dict) or not all(map(is_evidence, evidence.values())):
        errors.append({"pointer": "/evidence", "code": "invalid", "params": {}})
    if errors:
        raise InvalidInput(errors)


def is_evidence(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_EVIDENCE


def check_answers(poll: dict[str, Any], answers: dict[str, Any]) -> None:
    """Raises InvalidBallot for answers that break the poll's ballot rules."""
    problems = check_ballot(poll["questions"], answers)
    if problems:
        raise InvalidBallot(
            {"pointer": f"/answers{p.pointer}", "code": p.code, "params": p.params}
            for p in problems[:MOST_PROBLEMS]
        )
