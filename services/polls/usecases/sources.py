"""Entering the other sources of composite results, and handing them to the recount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

from services.common.encodings import b64u
from services.polls.contract.commitments import scores_commitment
from services.polls.contract.errors import SourcesMissing, SourcesSettled, UnknownSource, WrongState
from services.polls.contract.kinds import Problem
from services.polls.domain.access import Actor, may_operate
from services.polls.domain.definition import timestamp
from services.polls.domain.poll import CLOSED, PUBLISHED, Poll
from services.polls.domain.sources import ENTERABLE, EnteredSource
from services.polls.frozen import require_unaltered
from services.polls.storage import PollsStore, PollsWriter
from services.polls.usecases import access
from services.polls.usecases.access import WireActor
from services.tally.contract.counting.scores import commensurable, exact
from services.tally.contract.rules.composite import entered_sources

SALT_BYTES = 16
Place = tuple[str, str]


def enter_source(
    store: PollsStore,
    *,
    poll_id: str,
    actor: WireActor,
    question: str,
    source: str,
    scores: Mapping[str, Any],
    entered_by: str,
    note: str = "",
) -> dict[str, Any]:
    """Puts these scores in the place of what was entered before; the change log tells of it, the scores are shown to nobody.

    The same again changes nothing. Raises `NotAllowed`, `WrongState`, `UnknownSource`, `SourcesSettled`, `InvalidInput`.
    """
    with store.write() as tx:
        poll = require_unaltered(access.operated(tx, poll_id, actor))
        if poll.state not in ENTERABLE:
            raise WrongState(state=poll.state)
        weight = _weights(poll).get((question, source))
        if weight is None:
            raise UnknownSource
        exact_scores = _checked(_question(poll, question), scores)
        before = tx.sources.of(poll_id)
        if any(one.settled for one in before.values()):
            raise SourcesSettled
        entered = before.get((question, source))
        if entered is None or (entered.scores, entered.entered_by) != (exact_scores, entered_by):
            words = _Words(question, source, exact_scores, entered_by, note)
            entered = _put(tx, poll, words, entered, _account(actor))
            tx.commit()
    return _view((question, source), weight, entered, shown=True)


@dataclass(frozen=True, slots=True)
class _Words:
    """What an operator has written, found valid."""

    question: str
    source: str
    scores: Mapping[str, str]
    entered_by: str
    note: str


def _put(
    tx: PollsWriter, poll: Poll, words: _Words, before: EnteredSource | None, account: str
) -> EnteredSource:
    now, salt = tx.now(), b64u(token_bytes(SALT_BYTES))
    entered = EnteredSource(
        question=words.question,
        source=words.source,
        scores=words.scores,
        salt=salt,
        commitment=scores_commitment(poll.id, words.question, words.source, words.scores, salt),
        entered_by=words.entered_by,
        entered_at=now,
        account=account,
        number=poll.last_change + 1,
    )
    tx.sources.put(poll.id, entered)
    old = before.told() if before else None
    tx.save(tx.log(poll, now, "source_entered", old=old, new=entered.told(), reason=words.note or None))
    return entered


def list_sources(store: PollsStore, *, poll_id: str, actor: WireActor) -> dict[str, Any]:
    """How far the sources are, for anyone who may see the poll; whose account it was only for its operators."""
    with store.read() as reader:
        poll = access.visible(reader, poll_id, actor)
        entered = reader.sources.of(poll_id)
    weights = _weights(poll)
    operates = may_operate(Actor.load(actor), poll.organization)
    return {
        "items": [
            _view(place, weight, entered.get(place), shown=operates) for place, weight in weights.items()
        ],
        "complete": weights.keys() <= entered.keys(),
        "settled": any(one.settled for one in entered.values()),
    }


def settle_sources(store: PollsStore, *, poll_id: str) -> dict[str, Any]:
    """All sources, which nobody can change from now on. Idempotent. Raises `WrongState` before the poll is closed, `SourcesMissing`."""
    with store.write() as tx:
        poll = require_unaltered(tx.get(poll_id))
        if poll.state not in (CLOSED, PUBLISHED):
            raise WrongState(state=poll.state)
        wanted, entered = list(_weights(poll)), tx.sources.of(poll_id)
        missing = [
            {"question": question, "source": source}
            for question, source in wanted
            if (question, source) not in entered
        ]
        if missing:
            raise SourcesMissing(missing=missing)
        tx.sources.settle(poll_id)
        tx.commit()
    return {"items": [_taken(entered[place]) for place in wanted]}


def _weights(poll: Poll) -> dict[Place, str]:
    """The weight of every source that is to be entered, by question and source, in the frozen definition's order."""
    if not poll.frozen:
        return {}
    return {
        (question["id"], source["name"]): source["weight"]
        for question in poll.questions
        for source in entered_sources(question)
    }


def _question(poll: Poll, question_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(each for each in poll.questions if each["id"] == question_id)
    return found


def _checked(question: Mapping[str, Any], scores: Mapping[str, Any]) -> dict[str, str]:
    """Exact texts in listed order. Raises `InvalidInput` unless every option, and nothing else, has one; exclusive ones, as "none of
    these", are never chosen and have none.
    """
    options = [option["id"] for option in question["options"] if not option.get("exclusive")]
    problems = [Problem(f"/scores/{name}", "unknown_option") for name in scores if name not in options]
    found = {option: exact(scores.get(option)) for option in options}
    problems += [
        Problem(f"/scores/{option}", "score_invalid" if option in scores else "score_missing")
        for option, score in found.items()
        if score is None
    ]
    access.refuse(problems)
    exact_scores = {option: score for option, score in found.items() if score is not None}
    access.refuse(
        [] if commensurable(exact_scores.values()) else [Problem("/scores", "fractions_too_unlike")]
    )
    return exact_scores


def _account(actor: WireActor) -> str:
    return Actor.load(actor).person_id or ""


def _view(place: Place, weight: str, entered: EnteredSource | None, *, shown: bool) -> dict[str, Any]:
    """`SourceSchema`."""
    return {
        "question": place[0],
        "source": place[1],
        "weight": weight,
        "entered_by": entered.entered_by if entered else None,
        "entered_at": timestamp(entered.entered_at) if entered else None,
        "commitment": entered.commitment if entered else None,
        "number": entered.number if entered else None,
        "account": entered.account if entered and shown else None,
    }


def _taken(entered: EnteredSource) -> dict[str, Any]:
    """`EnteredSchema`."""
    names: Sequence[str] = ("question", "source", "salt", "commitment", "entered_by")
    return {name: getattr(entered, name) for name in names} | {
        "scores": dict(entered.scores),
        "entered_at": timestamp(entered.entered_at),
    }
