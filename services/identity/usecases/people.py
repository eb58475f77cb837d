"""People: found by phone, told about without it."""

import time
from collections.abc import Sequence
from typing import Any

from services.common.ids import is_id, new_id
from services.identity.contract import PersonNotFound
from services.identity.domain import ADMIN, Person, Standing, phone_hint
from services.identity.storage import Work
from services.identity.usecases.context import Context, id_or_nothing

_PHONES_AT_A_TIME = 200


def person_with_phone(
    ctx: Context, work: Work, number: str, language: str = "ko", *, member: bool = False
) -> Person:
    """The person with this number, made if there is none; `member` makes a guest a member and never the reverse."""
    found = work.people.find(ctx.keys.index_of(number))
    if found is None:
        found, _ = work.people.add_or_find(_new_person(ctx, work, number, language, member=member))
    if member and not found.member:
        return work.people.update(found.id, {"member": True}) or found
    return found


def get_person(ctx: Context, person_id: str) -> dict[str, Any]:
    """Raises `PersonNotFound`."""
    with ctx.store.read() as view:
        person = view.people.get(id_or_nothing(person_id))
        if person is None:
            raise PersonNotFound
        return person_answer(view.people.standing(person))


def update_person(ctx: Context, person_id: str, **changes: Any) -> dict[str, Any]:
    """Changes the language, or makes a guest a member. Idempotent. Raises `PersonNotFound`."""
    with ctx.store.write() as work:
        person = work.people.update(id_or_nothing(person_id), changes)
        if person is None:
            raise PersonNotFound
        answer = person_answer(work.people.standing(person))
        work.commit()
    return answer


def tag_phones(ctx: Context, phones: Sequence[str]) -> dict[str, Any]:
    """A tag for each phone, null for what is no allowed number. Lets other requests run in between."""
    tags: list[str | None] = []
    for start in range(0, len(phones), _PHONES_AT_A_TIME):
        tags += [_tag(ctx, phone) for phone in phones[start : start + _PHONES_AT_A_TIME]]
        time.sleep(0)
    return {"tags": tags}


def get_addresses(ctx: Context, person_ids: Sequence[str]) -> dict[str, Any]:
    """Phones and languages of those who still exist."""
    with ctx.store.read() as view:
        people = view.people.among({person_id for person_id in person_ids if is_id(person_id)})
    return {"addresses": {person.id: _address(ctx, person) for person in people}}


def make_admin(ctx: Context, phone: str) -> Standing:
    """Gives the person with this phone, made if unknown, the role of an administrator. Idempotent."""
    number = ctx.phones.normalise(phone)
    with ctx.store.write() as work:
        person = person_with_phone(ctx, work, number, member=True)
        work.people.grant(person.id, ADMIN, work.now)
        standing = work.people.standing(person)
        work.commit()
    return standing


def person_answer(standing: Standing) -> dict[str, Any]:
    person = standing.person
    return {
        "id": person.id,
        "roles": list(standing.roles),
        "orgs": dict(standing.orgs),
        "member": person.member,
        "phone_hint": person.phone_hint,
        "language": person.language,
    }


def _new_person(ctx: Context, work: Work, number: str, language: str, *, member: bool) -> Person:
    person_id = new_id()
    return Person(
        id=person_id,
        phone_sealed=ctx.keys.seal_phone(number, person_id),
        phone_index=ctx.keys.index_of(number),
        phone_hint=phone_hint(number),
        member=member,
        language=language,
        created_at=work.now,
    )


def _tag(ctx: Context, phone: str) -> str | None:
    number = ctx.phones.normalise_or_none(phone)
    return None if number is None else ctx.keys.tag_of(number)


def _address(ctx: Context, person: Person) -> dict[str, Any]:
    return {"phone": ctx.keys.open_phone(person.phone_sealed, person.id), "language": person.language}
