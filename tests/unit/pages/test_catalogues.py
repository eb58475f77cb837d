"""Both catalogues have a sentence for everything that pages say and for every error there is."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import marshmallow
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from gateway import errors, messages
from gateway.i18n import LANGUAGES, LOCALES, Catalogues
from services.common import errors as common_errors
from services.common.contract import Batch, Call

ROOT = Path(__file__).parents[3]
SERVICES = ("identity", "polls", "ballots", "tally", "notify")
WRITTEN = re.compile(
    r"""(?:Problem\([^"]*"[^"]*"|invalid\("[^"]*"|complain\(|reader\.wrong\.append\(\("?\w+"?|Problem\([^,]*),?\s*"([a-z_]+)["]"""
)
REFUSED = re.compile(r"""refuse\([^,]+, "([a-z_]+)\"""")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}


def catalogue(language):
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def used_messages():
    with (LOCALES / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def declared_errors():
    for name in SERVICES:
        for call in vars(import_module(f"services.{name}.contract")).values():
            if isinstance(call, (Call, Batch)):
                yield from (error.code for error in call.errors)
    yield from errors.STATUS
    yield from (error.code for error in common_errors.GENERIC_ERRORS)


def complaints_of_schemas():
    for name in SERVICES:
        for call in vars(import_module(f"services.{name}.contract")).values():
            if isinstance(call, Call) and call.request is not None:
                request = call.request() if inspect.isclass(call.request) else call.request
                yield from of_schema(request)
    yield from ("length", "range", "choice", "pattern")


def of_schema(schema):
    yield from map(str, schema.error_messages.values())
    for field in schema.fields.values():
        yield from of_field(field)


def of_field(field):
    yield from map(str, field.error_messages.values())
    inner = [getattr(field, name, None) for name in ("inner", "key_field", "value_field")]
    for each in inner:
        if isinstance(each, marshmallow.fields.Field):
            yield from of_field(each)
    if isinstance(field, marshmallow.fields.Nested):
        yield from of_schema(field.schema)


def problems_in_code():
    """Codes that stand in the code as text: of polls' rules and kinds, of files, and of the form of a draft."""
    folders = ("services/polls", "gateway/uploads", "gateway/routes", "gateway/pages/widgets")
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        yield from WRITTEN.findall(path.read_text())
    for path in (ROOT / "gateway/pages/console/drafts").rglob("*.py"):
        yield from REFUSED.findall(path.read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_on_pages_is_translated(language):
    known = {
        m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue(language) if m.id and not m.context
    }
    used = used_messages()
    assert not used - known.keys()
    assert not known.keys() - used, "no longer said anywhere"
    assert not [
        m.id for m in known.values() if not (m.string if isinstance(m.string, str) else all(m.string))
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_sentence(language):
    translations = Catalogues.load().translations(language)
    codes = {*declared_errors(), *complaints_of_schemas(), *problems_in_code()}
    assert len(codes) > 60
    missing = [code for code in sorted(codes) if translations.pgettext("error", code) == code]
    assert not missing


def test_both_languages_have_the_same_messages_and_parameters():
    korean, english = catalogue("ko"), catalogue("en")
    assert {(m.id, m.context) for m in korean} == {(m.id, m.context) for m in english}
    for message in (m for m in korean if m.id):
        other = english.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        assert parameters(message.string) == parameters(other.string), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_sentence_can_be_filled_in(language):
    for message in catalogue(language):
        if message.context == messages.CONTEXT:
            assert "%(" not in message.string % messages.Filling(), message.id


def parameters(string):
    texts = [string] if isinstance(string, str) else list(string)
    return {name for text in texts for name in re.findall(r"%\((\w+)\)s", text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_filled_in(language):
    translations = Catalogues.load().translations(language)
    said = {
        code: messages.error_text(translations, code, params, language)
        for code, params in {
            "already_voted": {"recorded_at": "2026-11-21T23:41:00Z"},
            "too_many_codes": {"retry_after": 90},
            "length": {"min": 1, "max": 1000},
            "invalid_image": {"reason": "pixels"},
            "never_heard_of": {"secret": "x"},
            "wrong_password": {},
            "too_many_choices": {"max": 3, "given": 4},
            "over_budget": {"budget": 500_000_000, "given": 530_000_000, "over": 30_000_000},
            "date_outside": {"earliest": "2026-12-01", "latest": "2026-12-31"},
        }.items()
    }
    expected = {
        "ko": {
            "already_voted": "이미 이 투표에 참여하셨습니다. 기록 시각: 2026년 11월 22일 (일) 08:41",
            "too_many_codes": "인증번호를 너무 많이 요청하셨습니다. 2분 후에 다시 시도해 주십시오.",
            "length": "1 이상 1,000 이하로 입력해 주십시오.",
            "over_budget": "한도 5억원을 3,000만원 넘었습니다. 고른 사업 가운데 일부를 빼 주십시오.",
            "date_outside": "날짜는 2026년 12월 1일 (화)부터 2026년 12월 31일 (목)까지여야 합니다.",
        },
        "en": {
            "already_voted": "You have already voted in this poll. Your ballot was recorded 22 Nov 2026 (Sun) 08:41 KST.",
            "too_many_codes": "Too many codes were asked for. Please try again in 2 minutes.",
            "length": "Please enter between 1 and 1,000 characters or items.",
            "over_budget": "This is ₩30,000,000 over the limit of ₩500,000,000. Please take something out.",
            "date_outside": "The date must be from 1 Dec 2026 (Tue) to 31 Dec 2026 (Thu).",
        },
    }[language]
    assert {code: said[code] for code in expected} == expected
    assert said["never_heard_of"] == messages.error_text(translations, "internal", {}, language)
    assert not [text for text in said.values() if "%(" in text]


def test_nonsense_parameters_never_raise():
    translations = Catalogues.load().translations("ko")
    for params in (
        {"recorded_at": 5},
        {"recorded_at": "x"},
        {"earliest": 5, "budget": "x"},
        {"retry_after": "soon"},
        {"min": [], "max": {}},
    ):
        for code in ("already_voted", "too_many_codes", "length"):
            assert messages.error_text(translations, code, params, "ko")
