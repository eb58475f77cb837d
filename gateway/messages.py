"""The sentence for an error code, in the reader's language.

The catalogues hold these under the context `error` with the code as message id. A code may have variants for what
its parameters say, tried before the plain code: `invalid_image.bytes`, `poll_not_open.closed`, `length.min-max`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from gateway import formats

CONTEXT = "error"
UNKNOWN = "internal"
KINDS_OF = ("reason", "rule", "state", "results", "field")
BOUNDS = ("min", "max", "equal")
TIMES = ("recorded_at", "opens_at", "closes_at", "expires_at")
DAYS = ("earliest", "latest")
MONEY = ("budget", "cost", "over")


class Translations(Protocol):
    """What a catalogue must do for this."""

    def pgettext(self, context: str, message: str) -> str | object: ...


class Filling(dict[str, str]):
    """Parameters of a sentence; one that is not there reads as nothing rather than failing."""

    def __missing__(self, key: str) -> str:
        return ""


def error_text(translations: Translations, code: str, params: Mapping[str, Any], language: str) -> str:
    """Never raises; an unknown code reads as an unexpected error, and says nothing of the inside."""
    for key in (*variants(code, params), UNKNOWN):
        sentence = str(translations.pgettext(CONTEXT, key))
        if sentence != key:
            return sentence % filling(params, language)
    return code


def variants(code: str, params: Mapping[str, Any]) -> Iterator[str]:
    for name in KINDS_OF:
        if isinstance(params.get(name), str):
            yield f"{code}.{params[name]}"
    bounds = [name for name in BOUNDS if params.get(name) is not None]
    if bounds:
        yield f"{code}.{'-'.join(bounds)}"
    yield code


def filling(params: Mapping[str, Any], language: str) -> Filling:
    return Filling({name: shown(name, value, language) for name, value in params.items()})


def shown(name: str, value: Any, language: str) -> str:
    if name in TIMES:
        return safe_time(value, language)
    if name in DAYS:
        return safe_day(value, language)
    if name in MONEY and type(value) is int:
        return formats.won_text(value, language)
    if name == "retry_after":
        return formats.duration_text(value, language)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return formats.number_text(value)


def safe_time(value: Any, language: str) -> str:
    try:
        return formats.time_text(str(value), language)
    except ValueError:
        return ""


def safe_day(value: Any, language: str) -> str:
    """A day in words; nothing for what is none, which an unfinished draft may have."""
    try:
        return formats.day_text(str(value), language)
    except ValueError:
        return ""
