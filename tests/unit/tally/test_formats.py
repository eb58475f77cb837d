import base64
import csv
import io
import json
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.common.contract import instance
from services.identity.contract.profiles import AGES, DISTRICTS, GENDERS
from services.polls.contract.breakdown import CHANNELS
from services.polls.contract.kinds import kinds
from services.tally import contract
from services.tally.formats import Export, csv_file, formats, xlsx_file
from services.tally.formats.words import GROUPS, WORDS
from tests.unit.tally.samples import COMPOSITE, EVERYTHING, broken_down, exports, many_options, result_of

ENGLISH = Export(**{**vars(EVERYTHING), "language": "en"})
SHEETS = ["요약", "결과", "분포", "사유", "회차", "분석"]


def rows(export: Export) -> list[list[str]]:
    content = csv_file.make(export)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def book(export: Export) -> Any:
    return openpyxl.load_workbook(io.BytesIO(xlsx_file.make(export)))


def values(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_the_formats_are_those_of_the_contract():
    assert set(formats()) == set(contract.FORMATS)
    assert all("/" in form.MEDIA_TYPE for form in formats().values())


def test_a_table_in_korean_says_what_the_result_says():
    korean = rows(EVERYTHING)
    assert korean[:8] == [
        ["투표 제목", "시민 투표"],
        ["결과", "최종"],
        ["투표자 수", "4"],
        ["선거인 수", "10"],
        ["투표율(%)", "40.00"],
        ["집계 시각(UTC)", "2026-11-22T05:30:00Z"],
        [],
        [
            "번호",
            "질문",
            "선택지",
            "득표",
            "비율(%)",
            "평균",
            "응답자 수",
            "사업비(원)",
            "지지 표",
            "선정 점수",
            "선정",
            "사유",
        ],
    ]
    table = korean[8 : korean.index([], 8)]
    short = [row[:7] for row in table]
    assert short[:7] == [
        ["1", "'=HYPERLINK(1)", "'  @cmd", "1", "25.00", "", "4"],
        ["1", "'=HYPERLINK(1)", '버스, "노선도"\n둘째 줄', "3", "75.00", "", "4"],
        ["2", "찬반", "찬성", "4", "100.00", "", "4"],
        ["2", "찬반", "반대", "0", "0.00", "", "4"],
        ["2", "찬반", "기권", "0", "0.00", "", "4"],
        ["3", "만족도", "'+앱", "16", "80.00", "4.00", "4"],
        ["4", "의견", "", "", "", "", "0"],
    ]
    assert [row[7:11] for row in table[:2]] == [["", "1", "1", "아니요"], ["", "3", "3", "예"]]
    assert all(row[11] for row in table[:2])
    assert ["6", "좋은 날", "2026-12-03", "2", "100.00", "", "2"] in short
    assert [row[7:11] for row in table[-3:]] == [
        ["60", "1", "1", "아니요"],
        ["50", "2", "2", "예"],
        ["40", "1", "1", "예"],
    ]


def test_a_table_in_english_has_english_headers():
    english = rows(ENGLISH)
    assert english[0][0] == "Poll"
    assert english[7][:7] == ["No.", "Question", "Option", "Count", "Share (%)", "Mean", "Answered"]
    assert [row[2] for row in english[10:13]] == ["For", "Against", "Abstain"]


def test_a_breakdown_follows_the_table_and_says_what_is_withheld():
    table = rows(broken_down(EVERYTHING))
    assert ["투표자 구성"] in table
    assert [row for row in table if row[:2] == ["자치구", "종로구"] and row[3] == "비공개"]
    assert ["1", "'=HYPERLINK(1)", "'  @cmd", "25.00", "", "41.75", "", "2.31", "3", "1", "2.71"] in table
    crossed = table.index(["집단별 응답 수: 1. =HYPERLINK(1) (자치구)"])
    assert table[crossed + 1][:3] == ["항목", "종로구", "중구"]
    assert [row[0] for row in table[crossed + 2 : crossed + 5]] == [
        "응답자 수",
        "'  @cmd",
        '버스, "노선도"\n둘째 줄',
    ]
    assert all(cell for row in table[crossed + 1 : crossed + 5] for cell in row)


def test_both_languages_have_every_word():
    assert WORDS["ko"].keys() == WORDS["en"].keys()
    for language in ("ko", "en"):
        for by, known in (("district", DISTRICTS), ("age", AGES), ("gender", GENDERS), ("channel", CHANNELS)):
            assert set(GROUPS[language][by]) == set(known)


@given(st.text(max_size=20))
def test_no_cell_starts_a_formula(text):
    cell = csv_file.harmless(text)
    assert not cell.lstrip(" ").startswith(csv_file.FORMULA_STARTS)
    assert cell.removeprefix("'") == text or cell == text


@pytest.mark.parametrize("value", [0, 41, "41.75", "", "버스"])
def test_harmless_cells_stay_as_they_are(value):
    assert csv_file.harmless(value) == value


def test_json_is_the_document_itself():
    content = formats()["json"].make(EVERYTHING)
    assert json.loads(content) == EVERYTHING.result


def test_the_schema_of_results_loses_nothing_of_a_result_of_any_kind():
    assert instance(contract.ResultsSchema).dump(EVERYTHING.result) == EVERYTHING.result
    assert {question["kind"] for question in EVERYTHING.result["questions"]} == set(kinds())
    assert instance(contract.ResultsSchema).validate(broken_down(EVERYTHING).result) == {}


def test_exported_content_is_base64(world):
    world.cast("a", "b", "b")
    world.sequence()
    world.catch_up()
    made = world.export("csv")
    assert made["filename"] == "results-poll-1.csv"
    assert made["media_type"].startswith("text/csv")
    assert "일-생활 균형 지표로 중요한 것은?".encode() in base64.b64decode(made["content"])


def test_only_files_that_list_ballots_have_more_parts(world):
    with pytest.raises(Exception, match="invalid_input"):
        world.export("json", part=1, as_of=5)
    with pytest.raises(Exception, match="invalid_input"):
        world.export("csv", part=1)


def test_a_workbook_has_a_sheet_for_everything_there_is():
    assert book(broken_down(EVERYTHING)).sheetnames == SHEETS
    plain = result_of([{"kind": "yes_no", "title": "찬반", "options": []}], [{"q1": "yes"}])
    assert book(plain).sheetnames == ["요약", "결과"]
    assert book(ENGLISH).sheetnames == ["Summary", "Results", "Distribution", "Reasons", "Rounds"]


def test_who_entered_which_scores_of_a_composite_result():
    sheet = values(book(COMPOSITE)["평가"])
    assert sheet[0][2:] == (
        "출처",
        "가중치(%)",
        "선택지",
        "낸 점수",
        "환산 점수",
        "입력한 곳",
        "입력 시각(UTC)",
    )
    assert [row[2] for row in sheet[1:]] == ["시민 투표"] * 3 + ["위원회"] * 3 + ["설문"] * 3
    assert sheet[5][3:6] == (0.4, "나", 4.25)
    assert sheet[5][7:] == ("=시민참여예산위원회", "2026-11-20T01:00:00Z")


def test_numbers_are_numbers_and_percent_is_percent():
    made = book(EVERYTHING)
    sheet = made["결과"]
    first = next(row for row in sheet.iter_rows() if row[2].value == "찬성")
    assert [cell.value for cell in first[3:7]] == [4, 1, None, 4]
    assert (first[4].number_format, first[3].data_type) == ("0.00%", "n")
    mean = next(row for row in sheet.iter_rows() if row[2].value == "+앱")
    assert [cell.value for cell in mean[3:6]] == [16, 0.8, 4]
    cost = next(row for row in sheet.iter_rows() if row[7].value == 60)
    assert cost[7].number_format == "#,##0"
    summary = dict(row[:2] for row in values(made["요약"]))
    assert (summary["투표자 수"], summary["투표율(%)"]) == (4, 0.4)
    assert summary["투표 정의 해시(SHA-256)"] == "ab" * 32
    assert "9. 판정" in summary


def test_why_and_how_are_told_in_sentences():
    made = book(EVERYTHING)
    reasons = values(made["사유"])
    assert len(reasons) == 1 + 2 + 3 + 3
    assert all(row[4].endswith(".") for row in reasons[1:])
    rounds = values(made["회차"])
    assert any(row[7] == "탈락" for row in rounds)
    assert any(row[7] == "선정" for row in rounds)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(exports())
def test_whatever_is_in_a_result_no_cell_of_any_sheet_is_a_formula(export):
    made = book(export)
    for sheet in made:
        for row in sheet.iter_rows():
            assert not [cell for cell in row if cell.data_type not in ("s", "n")]
    options = sum(max(1, len(q["options"]) + len(q.get("bins", ()))) for q in export.result["questions"])
    assert len(values(made.worksheets[1])) >= options
    assert csv_file.make(export)
    assert formats()["json"].make(export)


def test_the_same_result_makes_the_same_workbook():
    assert xlsx_file.make(EVERYTHING) == xlsx_file.make(EVERYTHING)


def test_a_workbook_of_500_options():
    export = many_options()
    sheet = values(book(export)["결과"])
    assert [row[2] for row in sheet[1:]] == [o["label"] for o in export.definition["questions"][0]["options"]]
    assert sum(Decimal(str(row[4])) for row in sheet[1:]) > 1
