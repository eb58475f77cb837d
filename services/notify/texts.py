"""What messages say, in the reader's language: `locales/<language>/LC_MESSAGES/messages.po`, compiled in memory.

A message holds a poll's title and a link, never a choice, a count or any other part of a result.
"""

import gettext
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from services.notify import domain
from services.notify.domain import Message

LANGUAGES = ("ko", "en")
DEFAULT_LANGUAGE = "ko"
_LOCALES = Path(__file__).parent / "locales"
_LONGEST_TITLE = 60


class Texts:
    """The sentences of all languages. `public_url` is where people reach the platform."""

    def __init__(self, public_url: str, folder: Path = _LOCALES) -> None:
        self._public_url = public_url.rstrip("/")
        self._catalogues = {language: _catalogue(folder, language) for language in LANGUAGES}

    def code(self, delivery: Mapping[str, str], challenge_id: str, now: datetime) -> Message:
        """The sign-in code; short enough for one SMS."""
        minutes = domain.minutes_left(now, datetime.fromisoformat(delivery["expires_at"]))
        sentence = self._say(
            delivery["language"], "[mVoting] Code {code}. Enter it within {minutes} min. Do not share it."
        )
        return Message(
            kind=domain.CODE,
            to=delivery["phone"],
            text=sentence.format(code=delivery["code"], minutes=minutes),
            subject=self._say(delivery["language"], "[mVoting] Sign-in code"),
            code=delivery["code"],
            challenge_id=challenge_id,
        )

    def invitation(self, to: str, language: str | None, poll_id: str, title: str) -> Message:
        """Asks somebody on the roll to vote."""
        sentence = "[mVoting] You are invited to vote: {title}\n{link}\nNo more messages: {settings}"
        subject = self._say(language, "[mVoting] Invitation to vote")
        return Message(domain.INVITATION, to, self._about_poll(language, sentence, poll_id, title), subject)

    def announcement(self, to: str, language: str | None, poll_id: str, title: str) -> Message:
        """Says that there is a result, not which."""
        sentence = "[mVoting] The result is published: {title}\n{link}\nNo more messages: {settings}"
        subject = self._say(language, "[mVoting] Result published")
        return Message(domain.ANNOUNCEMENT, to, self._about_poll(language, sentence, poll_id, title), subject)

    def _about_poll(self, language: str | None, sentence: str, poll_id: str, title: str) -> str:
        link = f"{self._public_url}/polls/{poll_id}"
        values = {"title": shortened(title), "link": link, "settings": f"{self._public_url}/me"}
        return self._say(language, sentence).format(**values)

    def _say(self, language: str | None, sentence: str) -> str:
        catalogue = self._catalogues.get(language or DEFAULT_LANGUAGE, self._catalogues[DEFAULT_LANGUAGE])
        return catalogue.gettext(sentence)


def shortened(title: str) -> str:
    """A title that leaves room for the rest of the message."""
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


def _catalogue(folder: Path, language: str) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
