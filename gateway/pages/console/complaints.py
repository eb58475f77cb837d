"""What polls refuses, as sentences beside the form's fields."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from starlette.requests import Request

from gateway import i18n
from gateway.pages import labels
from gateway.pages.console import drafts
from gateway.pages.labels import N_
from gateway.pages.rendering import Errors, sentence
from services.common.errors import DomainError, InvalidInput

WITH_OWN_WORDS = ("show_if-option", "latest", "threshold", "quorum", "weight", "name")
"""Fields for which the catalogues have a sentence of their own: `required.show_if-option`."""
Found = list[tuple[str, str, dict[str, Any]]]
NUMBERED = {
    "questions": N_("Question %(n)s"),
    "options": N_("Option %(n)s"),
    "limits": N_("Limit %(n)s"),
    "caps": N_("Cap %(n)s"),
    "exclusive": N_("Group %(n)s of projects that exclude each other"),
    "sources": N_("Source %(n)s"),
}


def complaints(request: Request, error: DomainError) -> Errors:
    """Sentences beside their fields."""
    if isinstance(error, InvalidInput):
        return beside_fields(
            request, [(drafts.field_of(e["pointer"]), e["code"], e.get("params", {})) for e in error.errors]
        )
    return Errors([("", sentence(request, error.code, error.params))])


def beside_fields(request: Request, found: Found) -> Errors:
    """The sentence of each complaint, once a field."""
    said = dict.fromkeys(
        (field, sentence(request, *in_own_words(field, code, params))) for field, code, params in found
    )
    return Errors(list(said), leads(request, [field for field, *_ in found]))


def in_own_words(field: str, code: str, params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The code and its parameters, with the name of a field for which the catalogues have a sentence of its own."""
    named = next((name for name in WITH_OWN_WORDS if f"-{field}".endswith(f"-{name}")), None)
    return code, params if named is None else {**params, "field": named}


def leads(request: Request, fields: Iterable[str]) -> dict[str, str]:
    """What each field is called, with the numbers of its question, option, limit."""
    gettext = i18n.translations(request).gettext
    return {field: " ".join(_lead(field, gettext)) for field in fields}


def _lead(field: str, gettext: Any) -> Iterable[str]:
    parts = field.split("-")
    for name, number in pairwise(parts):
        if name in NUMBERED and number.isdigit():
            yield gettext(NUMBERED[name]) % {"n": int(number) + 1}
    words = [part for part in parts if not part.isdigit()]
    known = ("show_if",) if "show_if" in parts else (field, *reversed(words[-2:]))
    label = next((labels.FIELDS[name] for name in known if name in labels.FIELDS), None)
    if label and not parts[-1].isdigit():
        yield gettext(label)
