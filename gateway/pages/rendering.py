"""From a template and its data to a page in the reader's language."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gateway import formats, i18n
from gateway.context import gateway
from gateway.figures import svg
from gateway.messages import error_text, safe_day
from gateway.pages import labels
from gateway.pages.static_files import STATIC

HERE = Path(__file__).parent


def render(request: Request, template: str, status: int = 200, **data: Any) -> HTMLResponse:
    """A page. It may hold what is one reader's only, so no cache keeps it."""
    language = request.state.language
    page = environment(language, gateway(request).catalogues).get_template(template)
    html = page.render(frame(request, language) | {"status": status} | data)
    return HTMLResponse(html, status, {"Cache-Control": "no-store", "Content-Language": language})


def frame(request: Request, language: str) -> dict[str, Any]:
    """What every page needs for its header, footer and forms."""
    session = getattr(request.state, "session", None)
    return {
        "language": language,
        "session": session,
        "csrf_token": session.csrf if session else "",
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "errors": Errors(),
        "entered": {},
    }


class Errors:
    """What is wrong with what was entered: `(field, sentence)` in the order found. `leads` names the fields for the
    summary, where a sentence stands away from its field.
    """

    def __init__(
        self, found: list[tuple[str, str]] | None = None, leads: Mapping[str, str] | None = None
    ) -> None:
        self.found, self.leads = found or [], leads or {}

    def __bool__(self) -> bool:
        return bool(self.found)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for field, text in self.found:
            lead = self.leads.get(field)
            yield field, f"{lead}: {text}" if lead else text

    def at(self, field: str) -> list[str]:
        return [text for name, text in self.found if name == field]


def sentence(request: Request, code: str, params: Mapping[str, Any] | None = None) -> str:
    return error_text(i18n.translations(request), code, params or {}, request.state.language)


@lru_cache(maxsize=8)
def environment(language: str, catalogues: i18n.Catalogues) -> jinja2.Environment:
    """Templates with one language's catalogue. Everything is escaped; a missing value is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    translations = catalogues.translations(language)
    made.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"asset": asset, "svg": svg}
    made.filters |= {
        "when": partial(formats.time_text, language=language),
        "number": formats.number_text,
        "money": partial(formats.money_text, language=language),
        "won": partial(formats.won_text, language=language),
        "day": partial(safe_day, language=language),
        "label": lambda value, kind: translations.gettext(labels.LABELS[kind].get(value) or str(value)),
        "field_time": formats.field_time,
    }
    return made


@cache
def asset(name: str) -> str:
    """A static file's address, which changes with its content, so that it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"
