import base64
import csv
import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.contract import instance
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import kinds
from services.tally import contract
from services.tally.domain import Count, Facts
from services.tally.formats import Export, csv_file, formats
from services.tally.formats.words import WORDS
from services.tally.usecases.results import document
from tests.fixtures import every_kind

QUESTIONS = [
    {"id": "q1", "kind": "choice", "title": "=HYPERLINK(1)", "required": True,
     "options": [{"id": "a", "label": "  @cmd"}, {"id": "b", "label": '버스, "노선도"\n둘째 줄'}]},
    {"id": "q2", "kind": "yes_no", "title": "찬반", "required": True, "options": []},
    {"id": "q3", "kind": "score", "title": "만족도", "required": True, "options": [{"id": "s", "label": "+앱"}]},
    {"id": "q4", "kind": "text", "title": "의견", "required": False, "options": []},
]  # fmt: skip
FACTS = Facts("p", "closed", "live", {"title": "시민 투표", "questions": QUESTIONS}, "ab" * 32, 10)
COUNT = Count(
    entries=4,
    counters={
        ("q1", ""): 4, ("q1", "a"): 1, ("q1", "b"): 3, ("q2", ""): 4, ("q2", "yes"): 4,
        ("q3", ""): 4, ("q3", "s=5"): 3, ("q3", "s=1"): 1, ("q4", ""): 2,
    },
)  # fmt: skip
RESULT = document(FACTS, "final", COUNT, {"counted_at": "2026-01-01T00:00:00Z", "checkpoint": "…"})


def rows(language: str) -> list[list[str]]:
    content = csv_file.make(Export(FACTS.definition, RESULT, language))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_formats_are_those_of_the_contract():
    assert set(formats()) == set(contract.FORMATS)
    assert all("/" in form.MEDIA_TYPE for form in formats().values())


def test_a_table_in_korean_says_what_the_result_says():
    assert rows("ko") == [
        ["투표 제목", "시민 투표"],
        ["결과", "최종"],
        ["투표자 수", "4"],
        ["선거인 수", "10"],
        ["투표율(%)", "40.00"],
        ["집계 시각(UTC)", "2026-01-01T00:00:00Z"],
        [],
        ["번호", "질문", "선택지", "득표", "비율(%)", "평균", "응답자 수"],
        ["1", "'=HYPERLINK(1)", "'  @cmd", "1", "25.00", "", "4"],
        ["1", "'=HYPERLINK(1)", '버스, "노선도"\n둘째 줄', "3", "75.00", "", "4"],
        ["2", "찬반", "찬성", "4", "100.00", "", "4"],
        ["2", "찬반", "반대", "0", "0.00", "", "4"],
        ["2", "찬반", "기권", "0", "0.00", "", "4"],
        ["3", "만족도", "'+앱", "16", "80.00", "4.00", "4"],
        ["4", "의견", "", "", "", "", "2"],
    ]


def test_a_table_in_english_has_english_headers():
    english = rows("en")
    assert english[0][0] == "Poll"
    assert english[7] == ["No.", "Question", "Option", "Count", "Share (%)", "Mean", "Answered"]
    assert english[10][2] == "Yes"


def test_both_languages_have_every_word():
    assert WORDS["ko"].keys() == WORDS["en"].keys()


@given(st.text(max_size=20))
def test_no_cell_starts_a_formula(text):
    cell = csv_file.harmless(text)
    assert not cell.lstrip(" ").startswith(csv_file.FORMULA_STARTS)
    assert cell.removeprefix("'") == text or cell == text


@pytest.mark.parametrize("value", [0, 41, "41.75", "", "버스"])
def test_harmless_cells_stay_as_they_are(value):
    assert csv_file.harmless(value) == value


def test_json_is_the_document_itself():
    content = formats()["json"].make(Export(FACTS.definition, RESULT))
    assert json.loads(content) == RESULT


def test_the_schema_of_results_loses_nothing_of_a_result_of_any_kind():
    counted = {each["id"]: Counter({"": 0}) for each in every_kind.QUESTIONS}
    for answers in map(every_kind.ballot, range(20)):
        recorded = ballot_rules.canonical_answers(every_kind.QUESTIONS, answers)
        for question, name, n in ballot_rules.count_ballot(every_kind.QUESTIONS, recorded):
            counted[question][name] += n
    summaries = ballot_rules.summarise(every_kind.QUESTIONS, counted)
    signed = {**RESULT, "questions": summaries, "signature": {"key_id": "k", "value": "v"}}
    assert instance(contract.ResultsSchema).dump(signed) == signed
    assert instance(contract.ResultsSchema).load(signed) == signed
    assert {question["kind"] for question in signed["questions"]} == set(kinds())


def test_exported_content_is_base64(world):
    world.cast("a", "b", "b")
    world.sequence()
    world.catch_up()
    made = world.export("csv")
    assert made["filename"] == "results-poll-1.csv"
    assert made["media_type"].startswith("text/csv")
    assert "일-생활 균형 지표로 중요한 것은?".encode() in base64.b64decode(made["content"])
