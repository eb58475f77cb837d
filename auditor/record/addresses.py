"""What a person gives as a poll's record: a file, the address of a poll's page or of its part of the API, or of its log."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from auditor.fetching import Site
from auditor.record import Source, Unreadable
from auditor.record.bundle import BundleSource
from auditor.record.served import ServedSource

LONGEST = 4 * 3600.0
"""Seconds for a whole bundle over the network."""


def is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def open_source(text: str) -> Source:
    """The source that is meant. Raises Unreadable, Unreachable."""
    if not is_address(text):
        try:
            return BundleSource(Path(text).open("rb"))
        except OSError as error:
            raise Unreadable(f"{text}: {error.strerror}") from None
    try:
        site = Site(text)
    except ValueError as error:
        raise Unreadable(str(error)) from None
    make, poll_id = _wanted(text)
    return make(site, poll_id)


def _wanted(text: str) -> tuple[Callable[[Site, str], Source], str]:
    parts = [part for part in urlsplit(text).path.split("/") if part]
    for name, make in (("log", ServedSource), ("polls", _bundle)):
        if name in parts[:-1]:
            return make, parts[parts.index(name) + 1]
    raise Unreadable(f"{text} is no poll's page (…/polls/ID) and no log (…/log/ID)")


def _bundle(site: Site, poll_id: str) -> Source:
    return BundleSource(site.stream(f"/api/v1/polls/{poll_id}/record", LONGEST), site.close)


def poll_of(text: str) -> str | None:
    """The poll that an address names, if it names one."""
    parts = [part for part in urlsplit(text).path.split("/") if part]
    named = [parts[n + 1] for n, part in enumerate(parts[:-1]) if part in ("polls", "log")]
    return named[0] if named else None
