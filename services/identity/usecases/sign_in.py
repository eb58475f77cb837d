"""Signing in with a code sent to the phone.

Until the code is confirmed nobody is looked up, so known and unknown numbers take the same steps.
"""

from datetime import datetime
from typing import Any

from prometheus_client import Counter

from services.common.ids import new_id
from services.identity import contract
from services.identity.contract import TooManyAttempts, TooManyCodes, WrongCode
from services.identity.domain import (
    CODE_LIFETIME,
    Challenge,
    Limit,
    network_of,
    prefix_of,
    seconds_until,
    tidy_code,
)
from services.identity.storage import Work
from services.identity.storage.usage import Usage
from services.identity.usecases.context import Context, id_or_nothing
from services.identity.usecases.people import person_with_phone
from services.identity.usecases.sessions import SESSIONS_STARTED, open_session

CODES_REQUESTED = Counter("sign_in_codes_requested_total", "Sign-in codes asked for and granted")
CODES_REFUSED = Counter(
    "sign_in_codes_refused_total", "Sign-in codes not granted, by the limit reached", ["limit"]
)
CODES_CONFIRMED = Counter("sign_in_codes_confirmed_total", "Sign-in codes entered correctly")
CONFIRMATIONS_REFUSED = Counter("sign_in_confirmations_refused_total", "Entered codes refused", ["code"])


def start_challenge(ctx: Context, phone: str, address: str, language: str) -> dict[str, Any]:
    """A code is on its way once this is committed. Raises `InvalidPhone`, `TooManyCodes`."""
    number = ctx.phones.normalise(phone)
    with ctx.store.write() as work:
        resend_at = _within_limits(ctx, work, number, address)
        challenge = _new_challenge(ctx, number, language, work.now, resend_at)
        work.challenges.add(challenge)
        work.emit(contract.CODE_REQUESTED, {"challenge_id": challenge.id})
        work.commit()
    CODES_REQUESTED.inc()
    return {
        "challenge_id": challenge.id,
        "expires_at": challenge.expires_at,
        "resend_at": challenge.resend_at,
    }


def confirm_challenge(ctx: Context, challenge_id: str, code: str, address: str) -> dict[str, Any]:
    """Signs in whoever has the phone; a number that comes first becomes a guest. Raises `WrongCode`, `TooManyAttempts`."""
    with ctx.store.write() as work:
        try:
            challenge = _redeem(ctx, work, id_or_nothing(challenge_id), tidy_code(code), address)
        except (WrongCode, TooManyAttempts) as refusal:
            work.commit()  # a refused try counts
            CONFIRMATIONS_REFUSED.labels(refusal.code).inc()
            raise
        number = ctx.keys.open_phone(challenge.phone_sealed, challenge.id)
        person = person_with_phone(ctx, work, number, language=challenge.language)
        answer = open_session(ctx, work, person)
        work.commit()
    CODES_CONFIRMED.inc()
    SESSIONS_STARTED.inc()
    return answer


def get_delivery(ctx: Context, challenge_id: str) -> dict[str, Any]:
    """What notify sends, and where to. Nulls once the challenge is unknown, used, dead, expired or fetched too often."""
    with ctx.store.write() as work:
        challenge = work.challenges.take_delivery(
            id_or_nothing(challenge_id), ctx.policy.max_deliveries, work.now
        )
        if challenge is None:
            return {"phone": None, "code": None, "language": "ko", "expires_at": work.now}
        work.commit()
    return {
        "phone": ctx.keys.open_phone(challenge.phone_sealed, challenge.id),
        "code": ctx.keys.code_of(challenge.id),
        "language": challenge.language,
        "expires_at": challenge.expires_at,
    }


def _within_limits(ctx: Context, work: Work, number: str, address: str) -> datetime:
    """Counts this request everywhere it counts; returns when the number may ask again. Raises `TooManyCodes`.

    Always in this order, so that two transactions never wait for each other in a circle.
    """
    policy = ctx.policy
    pause = _count(ctx, work, policy.resend_pause, number)
    _count(ctx, work, policy.codes_per_number, number)
    _count(ctx, work, policy.codes_per_address, network_of(address))
    _count(ctx, work, policy.codes_per_prefix, prefix_of(number, policy.prefix_length))
    return pause.ends_at


def _count(ctx: Context, work: Work, limit: Limit, value: str) -> Usage:
    if not limit.window:
        return Usage(True, work.now)
    usage = work.usage.take(ctx.keys.counter_key(limit.scope, value), limit, work.now)
    if not usage.allowed:
        CODES_REFUSED.labels(limit.scope).inc()
        raise TooManyCodes(retry_after=seconds_until(usage.ends_at, work.now))
    return usage


def _new_challenge(ctx: Context, number: str, language: str, now: datetime, resend_at: datetime) -> Challenge:
    challenge_id = new_id()
    return Challenge(
        id=challenge_id,
        phone_sealed=ctx.keys.seal_phone(number, challenge_id),
        code_hash=ctx.keys.code_hash(challenge_id, ctx.keys.code_of(challenge_id)),
        language=language,
        created_at=now,
        expires_at=now + CODE_LIFETIME,
        resend_at=resend_at,
    )


def _redeem(ctx: Context, work: Work, challenge_id: str, code: str, address: str) -> Challenge:
    """The challenge, used up by the right code. The caller commits in any case, for every try counts."""
    _count_confirmation(ctx, work, address)
    challenge = work.challenges.take_try(challenge_id, work.now)
    if challenge is None:
        raise _dead(work, challenge_id)
    if not ctx.keys.is_code(challenge_id, code, challenge.code_hash):
        raise _too_many(challenge, work.now) if challenge.exhausted else WrongCode
    work.challenges.use(challenge_id, work.now)
    return challenge


def _count_confirmation(ctx: Context, work: Work, address: str) -> None:
    limit = ctx.policy.confirms_per_address
    usage = work.usage.take(ctx.keys.counter_key(limit.scope, network_of(address)), limit, work.now)
    if not usage.allowed:
        raise TooManyAttempts(retry_after=seconds_until(usage.ends_at, work.now))


def _dead(work: Work, challenge_id: str) -> WrongCode | TooManyAttempts:
    """Why there was no try to take; of unknown, expired and used it is not said which."""
    exhausted = work.challenges.exhausted(challenge_id)
    return WrongCode() if exhausted is None else _too_many(exhausted, work.now)


def _too_many(challenge: Challenge, now: datetime) -> TooManyAttempts:
    return TooManyAttempts(retry_after=seconds_until(challenge.resend_at, now))
