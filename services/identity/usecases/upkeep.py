"""What identity does without being asked: forgetting what is over, and encrypting anew after a change of keys."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from services.identity.domain import Person
from services.identity.storage import Work
from services.identity.usecases.context import Context

_MARGIN = timedelta(minutes=10)
_ROWS = 500
_ROUNDS = 40

Removal = Callable[[Work, datetime], int]


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
    return _phones_anew(ctx) + _profiles_anew(ctx)


def _profiles_anew(ctx: Context) -> int:
    total, last = 0, ""
    while True:
        with ctx.store.write() as work:
            page = work.profiles.page(last, _ROWS)
            old = [one for one in page if ctx.keys.data.is_old(one.sealed)]
            for one in old:
                opened = ctx.keys.open_profile(one.sealed, one.person_id)
                work.profiles.put(replace(one, sealed=ctx.keys.seal_profile(opened, one.person_id)))
            work.commit()
        total += len(old)
        if len(page) < _ROWS:
            return total
        last = page[-1].person_id


def _phones_anew(ctx: Context) -> int:
    total, last = 0, ""
    while True:
        with ctx.store.write() as work:
            page = work.people.page(last, _ROWS)
            old = [person for person in page if ctx.keys.data.is_old(person.phone_sealed)]
            for person in old:
                work.people.update(person.id, {"phone_sealed": _sealed_anew(ctx, person)})
            work.commit()
        total += len(old)
        if len(page) < _ROWS:
            return total
        last = page[-1].id


def _sealed_anew(ctx: Context, person: Person) -> str:
    return ctx.keys.seal_phone(ctx.keys.open_phone(person.phone_sealed, person.id), person.id)
