"""Scores of committees and surveys: entered by hand or from a file, shown once more, then kept."""

import re

import pytest

from gateway.pages.console.sources import unfit
from services.common.errors import InvalidInput
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.pages.browser import posted
from tests.unit.pages.conftest import Tags, csrf_of, post

LIST = "/console/polls/mixed/sources"
ENTRY = "/console/polls/mixed/questions/q1/sources?source=%EC%9C%84%EC%9B%90%ED%9A%8C"
FILE = ENTRY.replace("/sources?", "/sources/file?")
QUESTION = {
    "id": "q1",
    "kind": "choice",
    "title": "어느 사업입니까?",
    "required": True,
    "options": [
        {"id": "a", "label": "놀이터"},
        {"id": "b", "label": "도서관"},
        {"id": "none", "label": "없음", "exclusive": True},
    ],
    "counting": {
        "rule": "composite",
        "sources": [{"name": "ballots", "weight": "50%"}, {"name": "위원회", "weight": "50%"}],
    },
}
MISSING = {
    "question": "q1",
    "source": "위원회",
    "weight": "50%",
    "entered_by": None,
    "entered_at": None,
    "commitment": None,
    "number": None,
    "account": None,
}
ENTERED = {
    **MISSING,
    "entered_by": "심사위원회",
    "entered_at": "2026-11-22T00:00:00Z",
    "commitment": "c" * 64,
    "number": 2,
}


def mixed(state: str = "closed"):
    return fakes.poll(id="mixed", state=state, questions=[QUESTION], certified=None)


def listed(*items, settled=False):
    return {"items": list(items), "complete": all(i["entered_at"] for i in items), "settled": settled}


@pytest.fixture
def poll(bus):
    bus.on(polls.GET_POLL, mixed())
    bus.on(polls.LIST_SOURCES, listed(MISSING))
    bus.on(polls.ENTER_SOURCE, ENTERED)
    entry = {"question": "q1", "source": "위원회", "entered_by": "심사위원회", "commitment": "c" * 64}
    change = {"number": 2, "at": "2026-11-22T00:00:00Z", "what": "source_entered", "new": entry}
    bus.on(
        polls.LIST_CHANGES,
        {"items": [{**change, "old": None, "reason": None}, {**change, "old": entry, "reason": "오기 정정"}]},
    )


def fields(html: str) -> dict[str, str]:
    return dict(posted(html, "novalidate").multi_items()) | {
        "csrf_token": Tags(html).fields()["csrf_token"][0]
    }


def test_what_is_missing_and_every_correction_is_told(operator, bus, poll):
    said = Tags(operator.get(LIST).text).text
    assert "결과가 평가 점수를 기다리고 있습니다." in said
    assert "아직 없음" in said
    assert "오기 정정" in said
    overview = operator.get("/console/polls/mixed").text
    assert "평가 점수를 기다리고 있습니다" in overview
    assert f'href="{LIST}"' in overview
    bus.on(polls.LIST_SOURCES, listed(ENTERED, settled=True))
    said = Tags(operator.get(LIST).text).text
    assert "심사위원회" in said
    assert "더는 바꿀 수 없습니다" in said
    assert operator.get(ENTRY).status_code == 404


def test_scores_are_shown_once_more_and_then_entered(operator, bus, poll):
    form = {
        **fields(operator.get(ENTRY).text),
        "entered_by": "심사위원회",
        "scores-a": " 4.25",
        "scores-b": "0",
    }
    assert "scores-none" not in form
    shown = operator.post(ENTRY, data={**form, "do": "check"})
    assert "곧바로 결과가 확정되어" in Tags(shown.text).text
    assert not bus.times(polls.ENTER_SOURCE)
    hidden = {name: values[0] for name, values in Tags(shown.text).fields().items()}
    back = operator.post(ENTRY, data={**hidden, "do": "back"})
    assert 'value="4.25"' in back.text
    answer = operator.post(ENTRY, data={**hidden, "do": "enter"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?entered=1")
    sent = bus.last(polls.ENTER_SOURCE)
    assert (sent["question"], sent["source"], sent["entered_by"]) == ("q1", "위원회", "심사위원회")
    assert sent["scores"] == {"a": "4.25", "b": "0"}


def test_a_file_fills_the_form_in(operator, bus, poll):
    token = {"csrf_token": csrf_of(operator), "entered_by": "심사위원회"}
    file = {"file": ("점수.csv", "보기,점수\n도서관,17/4\na,3\n".encode(), "text/csv")}
    shown = operator.post(FILE, data=token, files=file)
    assert shown.status_code == 200
    hidden = Tags(shown.text).fields()
    assert (hidden["scores-a"], hidden["scores-b"]) == (["3"], ["4.25"])
    assert not bus.times(polls.ENTER_SOURCE)
    wrong = {"file": ("점수.csv", "보기,점수\n학교,1\n".encode(), "text/csv")}
    refused = operator.post(FILE, data=token, files=wrong)
    assert refused.status_code == 422
    assert 'href="#file"' in refused.text


def test_what_polls_refuses_stands_beside_its_option(operator, bus, poll):
    errors = [{"pointer": "/scores/a", "code": "score_invalid", "params": {}}]
    bus.on(polls.ENTER_SOURCE, InvalidInput(errors))
    answer = post(operator, ENTRY, {"do": "enter", "entered_by": "x", "scores-a": "-1", "scores-b": "0"})
    assert answer.status_code == 422
    assert 'href="#scores-a"' in answer.text
    assert 'value="-1"' in answer.text


def test_what_is_wrong_with_all_scores_together_has_a_place_too(operator, bus, poll):
    bus.on(polls.ENTER_SOURCE, InvalidInput([{"pointer": "/scores", "code": "too_large", "params": {}}]))
    answer = post(operator, ENTRY, {"do": "enter", "entered_by": "x", "scores-a": "1", "scores-b": "0"})
    assert 'href="#scores"' in answer.text
    assert 'id="scores"' in answer.text


def test_scores_that_would_be_refused_are_not_shown_as_if_they_were_good(operator, bus, poll):
    answer = post(operator, ENTRY, {"do": "check", "entered_by": " ", "scores-a": "네 점", "scores-b": ""})
    assert answer.status_code == 422
    said = Tags(answer.text).text
    assert "놀이터: 0 이상의 정수" in said
    assert "도서관: 이 항목의 점수" in said
    for field in ("entered_by", "scores-a", "scores-b"):
        assert f'href="#{field}"' in answer.text
    assert 'value="네 점"' in answer.text
    assert not bus.times(polls.ENTER_SOURCE)


def test_fractions_of_unlike_parts_are_told_before_they_are_entered():
    question = {"options": [{"id": name} for name in "abc"]}
    scores = {"a": "1/999999999999989", "b": "1/999999999999947", "c": "1/7"}
    written = {"words": {"entered_by": "심사위원회"}, "scores": scores}
    assert unfit(question, written) == [("scores", "fractions_too_unlike", {})]
    assert unfit(question, {**written, "scores": {**scores, "c": "2"}}) == []


def test_a_file_that_leaves_something_out_fills_the_rest_in(operator, bus, poll):
    file = {"file": ("점수.csv", "보기,점수\n도서관,17/4\n".encode(), "text/csv")}
    answer = operator.post(FILE, data={"csrf_token": csrf_of(operator), "entered_by": ""}, files=file)
    assert answer.status_code == 422
    assert 'value="4.25"' in answer.text
    assert {'href="#entered_by"', 'href="#scores-a"'} <= set(re.findall(r'href="#[^"]*"', answer.text))


def test_a_draft_has_no_scores_yet(operator, bus, poll):
    bus.on(polls.GET_POLL, mixed("draft"))
    bus.on(polls.LIST_SOURCES, listed())
    bus.on(polls.LIST_CHANGES, {"items": []})
    assert "투표를 시작한 뒤에 점수를 입력할 수 있습니다." in Tags(operator.get(LIST).text).text


def test_only_operators_and_only_known_sources(operator, citizen, poll):
    assert citizen.get(LIST).status_code == 403
    assert operator.get(ENTRY.replace("source=", "source=x")).status_code == 404
