"""The summary on one page: read again by pypdf."""

import hashlib
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.tally.formats import Export, pdf_file
from services.tally.formats.pdf_file import fonts, layout
from services.tally.formats.pdf_file.content import page_of, time_text
from services.tally.formats.pdf_file.words import WORDS
from tests.unit.tally.samples import (
    BUDGET,
    COMPOSITE,
    EVERYTHING,
    LABELS,
    exports,
    many_options,
    question,
    result_of,
)

HAPPINESS = question(
    "choice",
    "일-생활 균형 지표로 중요한 것은?",
    ("가족과 보내는 시간", "초과 근로 시간", "육아 휴직 사용률", "여가와 취미에 쓰는 시간"),
    counting={"rule": "plurality"},
)
VOTES = [{"q1": [f"o{n}"]} for n, votes in enumerate((68, 84, 14, 119)) for _ in range(votes)]
RESULT = result_of([HAPPINESS], VOTES, roll=1_000, title="서울시 행복지표")


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content), strict=True)


def text_of(export: Export) -> str:
    """The page's text with single spaces."""
    reader = read(pdf_file.make(export))
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


def language_of(reader: pypdf.PdfReader) -> Any:
    root: Any = reader.trailer["/Root"]
    return root["/Lang"]


def fonts_of(reader: pypdf.PdfReader) -> dict[str, Any]:
    resources: Any = reader.pages[0]["/Resources"]
    return {str(font["/BaseFont"]): font for font in (f.get_object() for f in resources["/Font"].values())}


def test_one_a4_page_with_embedded_fonts_and_korean_that_can_be_copied():
    reader = read(pdf_file.make(RESULT))
    assert len(reader.pages) == 1
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    found = fonts_of(reader)
    assert {name.partition("+")[2] for name in found} == {"NanumSquareR", "NanumSquareB"}
    for font in found.values():
        assert len(font["/FontDescriptor"]["/FontFile2"].get_object().get_data()) > 10_000
        assert "/ToUnicode" in font
    text = text_of(RESULT)
    assert "여가와 취미에 쓰는 시간" in text
    assert "119표 (41.75%)" in text
    assert "투표자" in text
    assert "285명" in text
    assert "28.50%" in text
    assert "2026년 8월 5일(수) 09:00 ~ 2026년 8월 31일(월) 23:59" in text
    assert "서울특별시" in text


def test_the_document_says_what_it_is():
    reader = read(pdf_file.make(RESULT))
    assert reader.metadata is not None
    assert reader.metadata.title == "서울시 행복지표 - 투표결과"
    assert reader.metadata.author == "서울특별시"
    assert language_of(reader) == "ko-KR"
    english = replace(RESULT, language="en")
    assert language_of(read(pdf_file.make(english))) == "en"
    assert "119 votes (41.75%)" in text_of(english)


def test_everything_that_the_result_is_checked_by_is_on_it():
    text = text_of(RESULT)
    assert "ab" * 32 in text
    assert "q83vq83vq83vq83vq83vq83vq83vq83vq83vq83vq80=" in text
    assert "tally-result-1" in text
    assert RESULT.result["signature"]["value"] in text.replace(" ", "")
    assert "https://vote.seoul.example/polls/poll-1/results" in text
    assert "poll-1" in text_of(replace(RESULT, address=""))


def test_an_interim_count_says_that_it_is_one():
    live = result_of([HAPPINESS], VOTES[:3], state="live")
    text = text_of(live)
    assert "중간 집계" in text
    assert "서명되지 않았습니다" in text
    assert "최종 결과" not in text


def test_a_budget_shows_what_is_spent_of_what():
    asked = question("knapsack", "예산", ("가로등", "공원", "도서관"), **BUDGET)
    for option, cost in zip(asked["options"], (60, 50, 40), strict=True):
        option["cost"] = cost
    text = text_of(result_of([asked], [{"q1": ["o0", "o2"]}] * 3))
    assert "예산 100원 가운데 100원 사용 (100.00%)" in text
    assert "선정: 가로등, 도서관" in text


def test_a_composite_result_shows_its_own_scores_beside_the_votes():
    text = text_of(COMPOSITE)
    assert re.search(r"[\d.]+점 · 2표 \(40\.00%\)", text)
    assert "위원회 40%" in text


def test_options_that_do_not_fit_are_counted():
    export = many_options()
    text = text_of(export)
    left_out = re.search(r"외 (\d+)개\(그 가운데 선정 (\d+)개\)", text)
    assert left_out
    shown = len(re.findall(r"표 \(\d+\.\d\d%\)", text))
    assert shown + int(left_out[1]) == 500
    chosen = sum(o["selected"] for o in export.result["questions"][0]["outcome"]["options"])
    assert text.count("선정 ") >= chosen - int(left_out[2])
    assert "결과 페이지에 있습니다" in text


def test_options_that_are_alike_are_counted_each():
    export = result_of([question("choice", "같은 이름", ["같은 이름의 사업"] * 200)], [])
    text = text_of(export)
    left_out = re.search(r"외 (\d+)개: 모두 0표", text)
    assert left_out
    assert text.count("같은 이름의 사업") + int(left_out[1]) == 200


def test_questions_that_do_not_fit_are_counted():
    export = result_of([HAPPINESS] * 50, VOTES[:20], title="질문이 많은 설문")
    text = text_of(export)
    left_out = re.search(r"외 질문 (\d+)개", text)
    assert left_out
    assert len(re.findall(r"\d+\. 일-생활", text)) + int(left_out[1]) == 50


def test_every_question_has_an_option_before_any_is_left_out():
    labels = [f"선택지 {n}" for n in range(9)]
    asked = [question("choice", f"질문 {n}", labels, counting={"rule": "plurality"}) for n in range(9)]
    text = text_of(result_of(asked, VOTES[:20]))
    assert "외 질문" not in text
    assert all(f"{n + 1}. 질문 {n} " in text for n in range(9))
    left_out = [int(n) for n in re.findall(r"외 (\d+)개", text)]
    assert left_out
    assert 1 not in left_out
    shown = len(re.findall(r"표 \(\d+\.\d\d%\)(?! 이하)(?!\. 전체)", text))
    assert shown + sum(left_out) == 9 * 9


def test_few_options_are_written_large_and_many_small():
    few, many = page_of(RESULT), page_of(many_options(40))
    assert layout.fit(few).scale == layout.SCALES[0]
    assert layout.SCALES[-1] <= layout.fit(many).scale < 1
    assert layout.fit(many).options == 40


def test_the_same_result_makes_the_same_bytes():
    assert pdf_file.make(RESULT) == pdf_file.make(RESULT)


def test_what_the_fonts_lack_is_a_box():
    assert fonts.readable("좋아요 👍🏽!") == "좋아요 □!"
    assert fonts.readable("مرحبا") == "□□□□□"
    assert fonts.readable("가\u0301나\n다\u202e라\u200d") == "가나 다라"
    assert fonts.readable("1️⃣ 市民") == "1 市民"


def test_the_fonts_have_every_hangul_syllable():
    syllables = "".join(map(chr, range(0xAC00, 0xD7A4)))
    assert len(syllables) == 11_172
    assert fonts.readable(syllables) == syllables
    assert fonts.readable(fonts.BOX) == fonts.BOX


def test_the_fonts_are_the_ones_that_their_licence_is_about():
    told = (fonts.FOLDER / "README.md").read_text(encoding="utf-8")
    for name in (fonts.REGULAR, fonts.BOLD):
        content = Path(fonts.FOLDER, f"{name}.ttf").read_bytes()
        assert hashlib.sha256(content).hexdigest() in told
    assert "SIL OPEN FONT LICENSE" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")


@given(LABELS, st.sampled_from((6.0, 12.0)), st.integers(40, 200), st.integers(1, 4))
def test_lines_are_as_many_as_may_be_and_no_wider(text, size, room, most):
    lines = fonts.lines(text, fonts.REGULAR, size, room, most)
    assert 1 <= len(lines) <= most
    assert all(fonts.width(line, fonts.REGULAR, size) <= room for line in lines)
    if not lines[-1].endswith(fonts.ELLIPSIS):
        assert "".join(lines).replace(" ", "") == fonts.readable(text).replace(" ", "")


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(exports())
def test_whatever_is_in_a_result_it_is_one_page_with_nothing_but_our_fonts(export):
    reader = read(pdf_file.make(export))
    assert len(reader.pages) == 1
    assert {name.partition("+")[2] for name in fonts_of(reader)} <= {"NanumSquareR", "NanumSquareB"}
    assert reader.pages[0].extract_text()


def test_long_titles_are_wrapped():
    title = "시민 여러분께 여쭙니다 " * 16
    assert text_of(replace(RESULT, definition={**RESULT.definition, "title": title})).count("여쭙니다") == 16


def test_both_languages_have_every_word():
    assert WORDS["ko"].keys() == WORDS["en"].keys()


@pytest.mark.parametrize(
    ("language", "text"), [("ko", "2026년 1월 1일(목) 08:59"), ("en", "2026-01-01 08:59 KST")]
)
def test_times_are_seoul_times(language, text):
    assert time_text("2025-12-31T23:59:00Z", language) == text


def test_a_sheet_of_everything_has_every_question():
    text = text_of(EVERYTHING)
    for n, each in enumerate(EVERYTHING.definition["questions"], start=1):
        assert f"{n}. {each['title']}" in text
    assert "주관식" in text
