"""What a member tells of themselves, as the member's own page asks for it."""

from collections.abc import Mapping
from typing import Any

from gateway.bus import Bus
from gateway.pages import forms, labels
from services.common.errors import DomainError, InvalidInput
from services.identity import contract as identity

CHOICES = {
    "district": [(value, labels.DISTRICTS[value]) for value in identity.DISTRICTS],
    "gender": [(value, labels.GENDERS[value]) for value in identity.GENDERS],
}


def entered(form: Mapping[str, Any]) -> dict[str, Any]:
    """What the form tells; what is left empty is not told. A year that is no number stays as it is, to be refused."""
    year = forms.text(form, "birth_year", 10).strip()
    return {
        "district": forms.text(form, "district", 40) or None,
        "birth_year": int(year) if year.isascii() and year.isdigit() else year or None,
        "gender": forms.text(form, "gender", 40) or None,
    }


async def keep(bus: Bus, person_id: str, told: Mapping[str, Any], *, consent: bool) -> list[tuple[str, str]]:
    """Keeps it; what is wrong otherwise, as fields and codes."""
    if not consent:
        return [("consent", "consent_needed")]
    try:
        await bus.call(identity.SET_PROFILE, person_id=person_id, consent=True, **told)
    except InvalidInput as error:
        fields = sorted({each["pointer"][1:] for each in error.errors})
        return [(field, "birth_year" if field == "birth_year" else "choice") for field in fields]
    except identity.NotAMember as error:
        return [("", error.code)]
    return []


async def kept(bus: Bus, person: Mapping[str, Any]) -> dict[str, Any] | None:
    """The member's profile; nothing for a guest, and nothing when it cannot be had at the moment."""
    if not person["member"]:
        return None
    try:
        found: dict[str, Any] = await bus.call(identity.GET_PROFILE, person_id=person["id"])
    except DomainError:
        return None
    return found
