"""Languages: which one a reader wants, and the catalogues that speak it.

A catalogue is every `*.po` below `gateway/locales/<language>/LC_MESSAGES/`, compiled in memory at the start.
"""

import functools
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.requests import HTTPConnection

LANGUAGES = ("ko", "en")
DEFAULT = "ko"
COOKIE = "lang"
LOCALES = Path(__file__).parent / "locales"


class Catalogues:
    """Translations by language; a language without a file speaks in message ids."""

    def __init__(self, translations: Mapping[str, NullTranslations]) -> None:
        self._translations = dict(translations)

    @classmethod
    def load(cls, folder: Path = LOCALES) -> "Catalogues":
        return cls({language: compile_folder(folder / language / "LC_MESSAGES") for language in LANGUAGES})

    def translations(self, language: str) -> NullTranslations:
        return self._translations[language if language in self._translations else DEFAULT]


def compile_folder(folder: Path) -> NullTranslations:
    """All catalogues of one folder as one."""
    merged = Translations()
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as source:
            compiled = io.BytesIO()
            write_mo(compiled, read_po(source))
        compiled.seek(0)
        found = Translations(compiled)
        merged.merge(found)
        merged.plural = found.plural  # merging leaves English's rule of one and many
    return merged


@functools.lru_cache(maxsize=1024)
def choose(cookie: str | None, accept_language: str | None) -> str:
    """What was chosen by hand, else the best of `Accept-Language` (RFC 9110, 12.5.4), else Korean."""
    if cookie in LANGUAGES:
        return cookie
    if not accept_language:
        return DEFAULT
    wanted = sorted(_weighted(accept_language.split(",")[:20]), reverse=True)
    return next((name for weight, _, name in wanted if weight > 0 and name in LANGUAGES), DEFAULT)


def _weighted(ranges: Iterable[str]) -> Iterable[tuple[float, int, str]]:
    """Weight, place (earlier is greater) and language of each range."""
    for place, text in enumerate(ranges):
        name, _, parameter = text.strip().partition(";")
        yield _weight(parameter), -place, name.strip().lower().partition("-")[0]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def translations(connection: HTTPConnection) -> NullTranslations:
    """The catalogue of the request's language."""
    catalogues: Catalogues = connection.app.state.catalogues
    return catalogues.translations(connection.state.language)
