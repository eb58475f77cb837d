"""The catalogues say the same things in both languages, and every code has its sentence."""

import re
from pathlib import Path
from string import Formatter

import pytest

from auditor import texts

AUDITOR = Path(texts.__file__).parent


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_say_the_same():
    korean, english = texts.catalogue("ko"), texts.catalogue("en")
    assert list(korean) == list(english)
    assert {code: places(korean[code]) for code in korean} == {
        code: places(english[code]) for code in english
    }


def test_every_code_in_the_source_has_a_sentence_and_the_other_way_round():
    source = "\n".join(path.read_text() for path in AUDITOR.rglob("*.py"))
    said = set(re.findall(r'"([a-z][a-z0-9_]+)"', source))
    generated = re.compile(r"(leaves|verdict|part|proves)_")
    known = texts.catalogue("ko").keys()
    assert {code for code in known if code not in said and not generated.match(code)} == set()
    called = set(re.findall(r'\.(?:holds|differs|unchecked|note)\(\s*"([a-z0-9_]+)"', source))
    assert called <= known


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "ko"),
        ({"LANG": "C.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en", "LC_ALL": "ko_KR"}, "ko"),
    ],
)
def test_korean_unless_english_is_asked_for(environment, language):
    assert texts.language_of(environment) == language
