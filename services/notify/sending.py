"""From the queue to the people: claim, write, hand over, record.

Nothing is sent twice: a message goes to a provider only after `Queue.begin`, and comes back into the queue after that
only if the provider surely did not take it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import prometheus_client as prometheus

from services.common.errors import Unavailable
from services.common.telemetry.logs import get_logger
from services.notify import domain
from services.notify.addresses import Addresses
from services.notify.channels import Channel
from services.notify.directory import Directory
from services.notify.domain import Claimed, Message, NotSent, Retryable, Sent, Unknown
from services.notify.storage.queue import Queue
from services.notify.texts import Texts
from services.notify.writing import GiveUp, Later, Letter, write

log = get_logger(__name__)

MESSAGES = prometheus.Counter(
    "messages_sent_total", "Messages by what became of them", ["kind", "channel", "result"]
)
COST = prometheus.Counter("messages_cost_won_total", "Money spent on messages", ["kind", "channel"])
WAITING = prometheus.Gauge("messages_waiting", "Messages in the queue", ["kind"])

NO_CHANNEL = "none"
CODE_RECORD_AGE = timedelta(days=1)

Spread = Callable[[Callable[[Letter], str], Iterable[Letter]], Iterable[str]]
"""`map`, or something like it that works on several at the same time."""


@dataclass(frozen=True)
class Limits:
    """`caps`: won a Korean day by purse. `lease`: after which a claim is another's to take."""

    caps: Mapping[str, int]
    batch_size: int
    most_tries: int
    lease: timedelta


@dataclass(frozen=True)
class Post:
    """All that sending needs. `channels` by the kind of address they reach."""

    queue: Queue
    directory: Directory
    addresses: Addresses
    texts: Texts
    channels: Mapping[str, Channel]
    limits: Limits


def send_due(post: Post, kinds: Collection[str], spread: Spread = map) -> int:
    """Sends one batch of what is due; returns how many messages it held. Several replicas may do so at once."""
    claimed = post.queue.claim(kinds, post.limits.batch_size)
    letters = [letter for letter in _written(post, claimed) if letter]
    results = Counter(
        zip(
            (each.claimed.kind for each in letters),
            spread(lambda each: deliver(post, each), letters),
            strict=True,
        )
    )
    for (kind, result), count in results.items():
        if result == domain.HELD:
            log.error(
                "the daily cost cap is reached: messages are held until tomorrow", kind=kind, count=count
            )
    return len(claimed)


def send_now(post: Post, key: str) -> str | None:
    """Sends the message with this key if it is due; what became of it."""
    claimed = post.queue.claim_key(key)
    letters = [letter for letter in _written(post, [claimed] if claimed else []) if letter]
    return deliver(post, letters[0]) if letters else None


def _written(post: Post, claimed: list[Claimed]) -> Iterable[Letter | None]:
    for each, outcome in (
        write(post.directory, post.addresses, post.texts, post.queue.now(), claimed) if claimed else ()
    ):
        if isinstance(outcome, GiveUp):
            post.queue.give_up(each, outcome.reason)
            _count(each.kind, NO_CHANNEL, domain.FAILED, outcome.reason)
        elif isinstance(outcome, Later):
            post.queue.release([each], outcome.pause)
        else:
            yield outcome


def deliver(post: Post, letter: Letter) -> str:
    """Hands one written message over and records what became of it."""
    channel = post.channels.get(domain.carrier(letter.message.to))
    if channel is None:
        post.queue.give_up(letter.claimed, "no_channel")
        return _count(letter.claimed.kind, NO_CHANNEL, domain.FAILED, "no_channel")
    try:
        return _deliver(post, letter, channel)
    except Unavailable:
        # What was begun becomes unknown when its lease ends; what was not begun is taken up again.
        log.warning("a message's state could not be recorded", kind=letter.claimed.kind)
        return domain.LOST


def _deliver(post: Post, letter: Letter, channel: Channel) -> str:
    claimed, message = letter.claimed, letter.message
    cap = post.limits.caps[domain.PURSES[claimed.kind]]
    cost = channel.cost(message)
    state = post.queue.begin(claimed, post.addresses.hash(message.to), cost, cap, channel.NAME)
    if state == domain.HELD:
        return _over_budget(post, claimed, channel.NAME)
    if state != domain.SENDING:
        return _count(claimed.kind, channel.NAME, state)
    try:
        sent = _send(channel, message, claimed.key)
    except NotSent as trouble:
        return _not_sent(post, claimed, channel.NAME, trouble)
    post.queue.finish(claimed, domain.SENT, provider_id=sent.provider_id)
    COST.labels(claimed.kind, channel.NAME).inc(cost)
    return _count(claimed.kind, channel.NAME, domain.SENT)


def _send(channel: Channel, message: Message, key: str) -> Sent:
    try:
        return channel.send(message, key)
    except NotSent:
        raise
    except Exception:  # whatever went wrong, the provider may have taken the message
        log.exception("a channel failed in a way it does not declare", kind=message.kind, name=channel.NAME)
        raise Unknown("fault") from None


def _not_sent(post: Post, claimed: Claimed, channel: str, trouble: NotSent) -> str:
    tries = claimed.tries + 1
    if isinstance(trouble, Retryable) and tries < post.limits.most_tries:
        post.queue.try_again(claimed, trouble.reason, domain.pause_before(claimed.kind, tries))
        return _count(claimed.kind, channel, "retry", trouble.reason, tries)
    state = domain.UNKNOWN if isinstance(trouble, Unknown) else domain.FAILED
    post.queue.finish(claimed, state, reason=trouble.reason)
    return _count(claimed.kind, channel, state, trouble.reason, tries)


def _over_budget(post: Post, claimed: Claimed, channel: str) -> str:
    """A code is worth nothing tomorrow; anything else can wait until then."""
    if claimed.kind == domain.CODE:
        post.queue.give_up(claimed, "cost_cap")
        log.error("the daily cost cap for sign-in codes is reached: nobody can sign in", kind=claimed.kind)
        return _count(claimed.kind, channel, domain.FAILED, "cost_cap")
    post.queue.hold(claimed)
    return _count(claimed.kind, channel, domain.HELD)


def _count(
    kind: str, channel: str, result: str, reason: str | None = None, attempt: int | None = None
) -> str:
    MESSAGES.labels(kind, channel, result).inc()
    if reason:
        log.warning(
            "a message was not sent", kind=kind, name=channel, outcome=result, reason=reason, attempt=attempt
        )
    return result


def keep_house(post: Post) -> None:
    """Takes up what was held or left by dead replicas, drops old records, tells the backlog."""
    post.queue.release_held()
    queued, unknown = post.queue.recover(post.limits.lease)
    if queued or unknown:
        log.warning("messages of a dead sender: queued again, and unknown", count=queued, failed=unknown)
    post.queue.forget_codes(CODE_RECORD_AGE)
    backlog = post.queue.backlog()
    for kind in domain.KINDS:
        WAITING.labels(kind).set(backlog.get(kind, 0))
