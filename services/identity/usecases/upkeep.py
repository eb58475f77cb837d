"""What identity does without being asked: forgetting what is over, and encrypting anew after a change of keys."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from services.identity.storage import Work
from services.identity.usecases.context import Context

_MARGIN = timedelta(minutes=10)
_ROWS = 500
_ROUNDS = 40

Removal = Callable[[Work, datetime], int]
Renewal = Callable[[Context, Work, str], tuple[list[str], int]]
"""Encrypts one page anew, what comes after an id; returns the ids of that page and how many were renewed."""


def forget_what_is_over(ctx: Context) -> int:
    """Removes expired challenges, windows and sessions in small transactions; returns how many. Safe to run twice at once."""
    removals: tuple[Removal, ...] = (
        lambda work, before: work.leftovers.remove_challenges(before, _ROWS),
        lambda work, before: work.leftovers.remove_usage(before, _ROWS),
        lambda work, before: work.leftovers.remove_sessions(before, _ROWS),
    )
    # A session that was signed out is listed until its last access token is over.
    age = max(_MARGIN, 2 * ctx.policy.access_lifetime)
    return sum(_in_rounds(ctx, removal, age) for removal in removals)


def _in_rounds(ctx: Context, removal: Removal, age: timedelta) -> int:
    total = 0
    for _ in range(_ROUNDS):
        with ctx.store.write() as work:
            removed = removal(work, work.now - age)
            work.commit()
        total += removed
        if removed < _ROWS:
            break
    return total


def encrypt_anew(ctx: Context) -> int:
    """Encrypts with the newest key what an older one encrypted; returns how many. The old key may go afterwards."""
    return _anew(ctx, _phones) + _anew(ctx, _profiles)


def _anew(ctx: Context, renew: Renewal) -> int:
    """Page by page, each in a transaction of its own."""
    total, last = 0, ""
    while True:
        with ctx.store.write() as work:
            ids, renewed = renew(ctx, work, last)
            work.commit()
        total += renewed
        if len(ids) < _ROWS:
            return total
        last = ids[-1]


def _phones(ctx: Context, work: Work, last: str) -> tuple[list[str], int]:
    page = work.people.page(last, _ROWS)
    old = [one for one in page if ctx.keys.data.is_old(one.phone_sealed)]
    for one in old:
        sealed = ctx.keys.seal_phone(ctx.keys.open_phone(one.phone_sealed, one.id), one.id)
        work.people.update(one.id, {"phone_sealed": sealed})
    return [one.id for one in page], len(old)


def _profiles(ctx: Context, work: Work, last: str) -> tuple[list[str], int]:
    page = work.profiles.page(last, _ROWS)
    old = [one for one in page if ctx.keys.data.is_old(one.sealed)]
    for one in old:
        sealed = ctx.keys.seal_profile(ctx.keys.open_profile(one.sealed, one.person_id), one.person_id)
        work.profiles.put(replace(one, sealed=sealed))
    return [one.person_id for one in page], len(old)
