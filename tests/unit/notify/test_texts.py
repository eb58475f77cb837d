from datetime import UTC, datetime, timedelta

import pytest
from babel.messages.pofile import read_po

from services.notify import texts
from services.notify.texts import Texts

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXTS = Texts("https://mvoting.example/")


def delivery(language: str) -> dict[str, str]:
    expires = (NOW + timedelta(minutes=3)).isoformat().replace("+00:00", "Z")
    return {"phone": "+821012345678", "code": "012345", "language": language, "expires_at": expires}


@pytest.mark.parametrize(("language", "prefix"), [("ko", "[엠보팅]"), ("en", "[mVoting]")])
def test_a_code_fits_into_one_sms_and_carries_its_parts_apart(language, prefix):
    message = TEXTS.code(delivery(language), "challenge", NOW)
    assert message.text.startswith(prefix)
    assert "012345" in message.text
    assert "3" in message.text.replace("012345", "")
    assert len(message.text.encode("euc_kr")) <= 90
    assert (message.code, message.challenge_id, message.to) == ("012345", "challenge", "+821012345678")


@pytest.mark.parametrize("write", [TEXTS.invitation, TEXTS.announcement])
@pytest.mark.parametrize(
    ("language", "prefix"), [("ko", "[엠보팅]"), ("en", "[mVoting]"), (None, "[엠보팅]"), ("xx", "[엠보팅]")]
)
def test_a_message_about_a_poll_has_its_title_and_a_link(write, language, prefix):
    message = write("+821012345678", language, "poll-1", "버스 유턴장 노선도")
    assert message.text.startswith(prefix)
    assert "버스 유턴장 노선도" in message.text
    assert "https://mvoting.example/polls/poll-1" in message.text
    assert "https://mvoting.example/me" in message.text
    assert message.subject.startswith(prefix)


def test_a_title_with_braces_stays_as_it_is():
    assert "{link} {0}" in TEXTS.invitation("+82", "ko", "p", "{link} {0}").text


def test_a_long_title_leaves_room_for_the_link():
    text = TEXTS.announcement("+82", "ko", "p", "가" * 200).text
    assert "…" in text
    assert len(text.encode("euc_kr")) < 400


def test_nothing_secret_shows_in_the_representation():
    shown = repr(TEXTS.code(delivery("ko"), "challenge", NOW))
    assert "012345" not in shown
    assert "8210" not in shown


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_sentence_is_translated_with_the_same_blanks(language):
    path = texts._LOCALES / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        entries = [entry for entry in read_po(source, locale=language) if entry.id]
    assert len(entries) == 6
    for entry in entries:
        blanks = {
            word for word in ("{code}", "{minutes}", "{title}", "{link}", "{settings}") if word in entry.id
        }
        assert entry.string
        assert all(blank in entry.string for blank in blanks)
