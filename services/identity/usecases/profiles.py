"""What members tell of themselves: kept with their consent only, encrypted, and gone when they withdraw it."""

from datetime import datetime
from typing import Any

from services.common.errors import InvalidInput
from services.identity.contract import NotAMember, PersonNotFound
from services.identity.domain import SEOUL, Profile
from services.identity.storage import View, Work
from services.identity.storage.profiles import SealedProfile
from services.identity.usecases.context import Context, id_or_nothing

EMPTY = Profile()


def get_profile(ctx: Context, person_id: str) -> dict[str, Any]:
    """Raises `PersonNotFound`."""
    with ctx.store.read() as view:
        if view.people.get(id_or_nothing(person_id)) is None:
            raise PersonNotFound
        return _answer(ctx, view.profiles.get(person_id))


def set_profile(ctx: Context, person_id: str, *, consent: bool, **told: Any) -> dict[str, Any]:
    """In place of what was told before; a profile that tells nothing is none. Idempotent.

    `consent` is true, or the call would not have come so far. Raises `PersonNotFound`, `NotAMember`, `InvalidInput`.
    """
    assert consent
    profile = Profile(**told)
    with ctx.store.write() as work:
        _require_member(work, person_id)
        _require_born(profile, work.now)
        kept = None
        if profile.is_empty:
            work.profiles.delete(person_id)
        else:
            sealed = ctx.keys.seal_profile(profile, person_id)
            kept = work.profiles.put(SealedProfile(person_id, sealed, work.now))
        work.commit()
    return _answer(ctx, kept)


def delete_profile(ctx: Context, person_id: str) -> None:
    """Consent is withdrawn: nothing stays, not even that there was any. Idempotent."""
    with ctx.store.write() as work:
        work.profiles.delete(id_or_nothing(person_id))
        work.commit()


def coarse_profile(ctx: Context, view: View, person_id: str) -> dict[str, str]:
    """What an access token may carry of this person's profile in the present year of Seoul."""
    kept = view.profiles.get(person_id)
    return {} if kept is None else _opened(ctx, kept).coarse(view.now.astimezone(SEOUL).year)


def _require_member(work: Work, person_id: str) -> None:
    person = work.people.get(id_or_nothing(person_id))
    if person is None:
        raise PersonNotFound
    if not person.member:
        raise NotAMember


def _require_born(profile: Profile, now: datetime) -> None:
    if profile.birth_year is not None and profile.birth_year > now.astimezone(SEOUL).year:
        raise InvalidInput([{"pointer": "/birth_year", "code": "range", "params": {}}])


def _opened(ctx: Context, kept: SealedProfile) -> Profile:
    return ctx.keys.open_profile(kept.sealed, kept.person_id)


def _answer(ctx: Context, kept: SealedProfile | None) -> dict[str, Any]:
    profile = EMPTY if kept is None else _opened(ctx, kept)
    return {
        "district": profile.district,
        "birth_year": profile.birth_year,
        "gender": profile.gender,
        "consented_at": None if kept is None else kept.consented_at,
    }
