"""Ballot passes, many at a time: the path of every vote.

A batch costs one query for the polls' present state, and what their rules ask for. Everything else about a poll is
kept in memory for as long as its version stays the same, so a poll that closes is closed for the very next batch.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Any

from services.common.contract import outcome_error, outcome_ok
from services.common.crypto import Signer
from services.common.encodings import b64u
from services.common.errors import DomainError, InvalidInput, Unavailable
from services.common.ids import is_id
from services.common.telemetry.logs import get_logger
from services.common.telemetry.metrics import measured
from services.polls import eligibility, measures
from services.polls.contract import breakdown, passes
from services.polls.contract.errors import NotEligible, PollNotFound, PollNotOpen
from services.polls.domain.definition import timestamp
from services.polls.domain.poll import DRAFT, OPEN, STRENGTHS, accepts_ballots, strong_enough
from services.polls.frozen import is_unaltered
from services.polls.poll_keys import PollKeys
from services.polls.rules import Context, Decision, RuleTools, RuleTree, Voter
from services.polls.storage.issuing import IssuingReader, IssuingStore, Present

log = get_logger(__name__)

CHANNELS = frozenset(breakdown.CHANNELS)
LONGEST_TAG = 100
MOST_EVIDENCE = 10
MOST_POLLS = 1_000
"""Polls remembered at a time; more than are ever open together."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIELDS = frozenset({"poll_id", "tag", "strength", "evidence", "channel"})
PROFILED = frozenset({"district", "age", "gender"})
"""What a profile can tell of."""
_PROFILED = _FIELDS | {"profile"}
NO_PROFILE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Facts:
    """What issuing needs of one version of a poll."""

    version: int
    tree: RuleTree
    least_strength: str
    pass_secret: bytes
    roll: int | None
    roll_secret: bytes
    by: tuple[str, ...] = ()
    tags: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Cohort tags by the values of their cells, each made once."""

    def cohort(self, profile: Mapping[str, str], channel: str) -> str:
        """The tag of this voter's cell; nothing where the poll has no breakdown."""
        if not self.by:
            return ""
        cell = breakdown.cell_of(self.by, profile, channel)
        values = tuple(cell.values())
        if values not in self.tags:
            self.tags[values] = breakdown.cohort_tag(self.pass_secret, cell)
        return self.tags[values]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that is well formed; `place` is its place in the batch."""

    place: int
    voter: Voter
    strength: str
    channel: str
    cohort: str = ""


class PassDesk:
    """Issues passes. One for a process; safe to use from several greenlets."""

    def __init__(self, store: IssuingStore, keys: PollKeys, signer: Signer, tools: RuleTools) -> None:
        self._store, self._keys, self._signer, self._tools = store, keys, signer, tools
        self._facts: dict[str, Facts] = {}

    def issue(self, items: Sequence[Any]) -> list[dict[str, Any]]:
        """One outcome for each item, in order; the same item again gives an equal pass but for its time."""
        with measured(measures.pass_batch_seconds):
            outcomes = self._outcomes(items)
        measures.pass_batch_items.observe(len(items))
        _measure(outcomes)
        return outcomes

    def _outcomes(self, items: Sequence[Any]) -> list[dict[str, Any]]:
        outcomes: list[dict[str, Any]] = [{}] * len(items)
        groups: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            refused = malformed(item) or (None if is_id(item["poll_id"]) else PollNotFound())
            if refused:
                outcomes[place] = outcome_error(refused)
            else:
                groups.setdefault(item["poll_id"], []).append(place)
        self._answer_groups(items, groups, outcomes)
        return outcomes

    def _answer_groups(
        self, items: Sequence[Any], groups: Mapping[str, list[int]], outcomes: list[dict[str, Any]]
    ) -> None:
        try:
            present = self._look_up(groups)
        except DomainError as error:
            _refuse_all(outcomes, (place for places in groups.values() for place in places), error)
            return
        for poll_id, places in groups.items():
            try:
                self._answer_poll(present.get(poll_id), items, places, outcomes)
            except DomainError as error:
                _refuse_all(outcomes, places, error)
            except Exception:
                log.exception("passes of one poll failed")
                _refuse_all(outcomes, places, Unavailable())

    def _look_up(self, poll_ids: Mapping[str, Any]) -> dict[str, Present]:
        """How the polls stand; renews what is known of those that have changed."""
        if not poll_ids:
            return {}
        with self._store.read() as reader:
            present = reader.present(poll_ids)
            for poll_id, now in present.items():
                self._renew(reader, poll_id, now)
        return present

    def _renew(self, reader: IssuingReader, poll_id: str, now: Present) -> None:
        """Knows the poll as it is now, or nothing at all of one that is not open: its secret may be destroyed."""
        known = self._facts.get(poll_id)
        if now.state != OPEN:
            self._facts.pop(poll_id, None)
        elif known is None or known.version != now.version:
            if len(self._facts) >= MOST_POLLS:
                self._facts.clear()
            self._facts.pop(poll_id, None)
            poll = reader.poll(poll_id)
            if is_unaltered(poll):
                self._facts[poll_id] = self._learn(poll)

    def forget_over(self) -> None:
        """Forgets the secrets of polls that are not open any more, though nobody asks for a pass of theirs again."""
        if not self._facts:
            return
        with self._store.read() as reader:
            present = reader.present(tuple(self._facts))
        for poll_id in set(self._facts) - {one.id for one in present.values() if one.state == OPEN}:
            self._facts.pop(poll_id, None)

    def _learn(self, poll: Any) -> Facts:
        return Facts(
            version=poll.version,
            tree=poll.eligibility,
            least_strength=poll.identity,
            pass_secret=self._keys.pass_secret(poll.id, poll.secret),
            roll=poll.roll,
            roll_secret=self._keys.roll_secret(poll.id, poll.roll_secret),
            by=tuple((poll.breakdown or {}).get("by", ())),
        )

    def _answer_poll(
        self,
        present: Present | None,
        items: Sequence[Any],
        places: Sequence[int],
        outcomes: list[dict[str, Any]],
    ) -> None:
        if present is None or present.state == DRAFT:
            raise PollNotFound
        if not accepts_ballots(present.state, present.opens_at, present.closes_at, present.now):
            raise not_open(present)
        facts = self._facts.get(present.id)
        if facts is None:
            raise Unavailable
        wanted = [_read(place, items[place], facts) for place in places]
        decisions = self._decide(present.id, facts, wanted)
        admitted = [one for one, decision in zip(wanted, decisions, strict=True) if decision is None]
        for one, decision in zip(wanted, decisions, strict=True):
            if decision is not None:
                outcomes[one.place] = outcome_error(decision)
        for one, text in zip(admitted, self._passes(present, admitted), strict=True):
            outcomes[one.place] = outcome_ok({"ballot_pass": text})

    def _passes(self, present: Present, admitted: Sequence[Wanted]) -> list[str]:
        issued_at = (present.now - _EPOCH) // _MICROSECOND
        made = [
            passes.BallotPass(
                present.id, one.voter.pseudonym, one.channel, issued_at, self._signer.key_id, one.cohort
            )
            for one in admitted
        ]
        return passes.issue(made, self._signer.sign)

    def _decide(self, poll_id: str, facts: Facts, wanted: Sequence[Wanted]) -> list[Decision]:
        decisions: list[Decision] = [
            None if strong_enough(one.strength, facts.least_strength) else NotEligible(rule="identity")
            for one in wanted
        ]
        asked = [n for n, decision in enumerate(decisions) if decision is None]
        context = Context(poll_id, facts.roll, facts.roll_secret, self._tools)
        answers = eligibility.decide(context, facts.tree, [wanted[n].voter for n in asked])
        for n, answer in zip(asked, answers, strict=True):
            decisions[n] = answer
        return decisions


def malformed(item: Any) -> InvalidInput | None:
    """What `PassRequestSchema` would say, in a hundredth of its time."""
    if type(item) is not dict:
        return _invalid("")
    if item.keys() != _FIELDS:
        if item.keys() != _PROFILED:
            return _invalid_keys(item)
        if not _is_profile(item["profile"]):
            return _invalid("/profile")
    for name, fits in _CHECKS:
        if not fits(item[name]):
            return _invalid(f"/{name}")
    return None


_CHECKS: Sequence[tuple[str, Callable[[Any], bool]]] = (
    ("poll_id", lambda value: type(value) is str),
    ("tag", lambda value: type(value) is str and 0 < len(value) <= LONGEST_TAG and value.isascii()),
    ("strength", lambda value: type(value) is str and value in STRENGTHS),
    ("evidence", lambda value: type(value) is dict and len(value) <= MOST_EVIDENCE),
    ("channel", lambda value: type(value) is str and value in CHANNELS),
)


def _is_profile(value: Any) -> bool:
    return type(value) is dict and all(
        name in PROFILED and type(told) is str and told in breakdown.DIMENSIONS[name]
        for name, told in value.items()
    )


def _invalid_keys(item: dict[Any, Any]) -> InvalidInput:
    missing = sorted(_FIELDS - item.keys())
    return _invalid(f"/{missing[0]}", "required") if missing else _invalid("", "unknown_field")


def _invalid(pointer: str, code: str = "invalid") -> InvalidInput:
    return InvalidInput([{"pointer": pointer, "code": code, "params": {}}])


def not_open(present: Present) -> PollNotOpen:
    return PollNotOpen(
        state=present.state, opens_at=timestamp(present.opens_at), closes_at=timestamp(present.closes_at)
    )


def _read(place: int, item: Mapping[str, Any], facts: Facts) -> Wanted:
    tag = item["tag"]
    pseudonym = b64u(digest(facts.pass_secret, tag.encode(), sha256))
    voter, channel = Voter(pseudonym, tag, item["evidence"]), item["channel"]
    return Wanted(
        place, voter, item["strength"], channel, facts.cohort(item.get("profile", NO_PROFILE), channel)
    )


def _refuse_all(outcomes: list[dict[str, Any]], places: Iterable[int], error: DomainError) -> None:
    for place in places:
        outcomes[place] = outcome_error(error)


def _measure(outcomes: Sequence[Mapping[str, Any]]) -> None:
    issued = 0
    for outcome in outcomes:
        if "ok" in outcome:
            issued += 1
        else:
            measures.passes_refused.labels(outcome["error"]["code"]).inc()
    measures.passes_issued.inc(issued)
