"""Scores of the other sources of composite results: as JSON, from files, and what of both is refused."""

import io
from typing import Any

import pytest

from gateway.uploads.score_files import read_scores
from services.common.errors import InvalidInput
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.gateway.test_api import problem
from tests.unit.gateway.test_sessions import cookies, csrf_of
from tests.unit.gateway.test_uploads import xlsx

PUT = "/api/v1/polls/poll-1/questions/q1/sources/%EC%9C%84%EC%9B%90%ED%9A%8C"
OPTIONS = [
    {"id": "a", "label": "공원"},
    {"id": "b", "label": "도서관"},
    {"id": "c", "label": "같은 이름"},
    {"id": "d", "label": "같은 이름"},
    {"id": "e", "label": "a"},
]
ENTERED = {
    "question": "q1",
    "source": "위원회",
    "weight": "40%",
    "entered_by": "위원회 사무국",
    "entered_at": "2026-11-22T00:00:00Z",
    "commitment": "0" * 64,
    "number": 2,
    "account": None,
}
WORDS = {"scores": {"a": "4.25", "b": 0}, "entered_by": "위원회 사무국"}


def read(content: bytes) -> dict[str, str]:
    return read_scores(io.BytesIO(content), OPTIONS)


def refused(content: bytes) -> dict[str, Any]:
    with pytest.raises(InvalidInput) as caught:
        read(content)
    (error,) = caught.value.errors
    assert error["pointer"] == "/file"
    return {"code": error["code"], **error["params"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_options_by_id_or_label(encoding: str):
    table = '사업명,담당,점수\n공원,가,"1,200"\nb,나,17/4\n'
    assert read(table.encode(encoding)) == {"a": "1200", "b": "4.25"}


def test_a_workbook():
    assert read(xlsx([["option", "score"], ["a", 30], ["b", 4.25]])) == {"a": "30", "b": "4.25"}


def test_an_id_goes_before_a_label():
    assert read(b"option,score\na,1\ne,2\n") == {"a": "1", "e": "2"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"score\n1\n", {"code": "file_no_option_column"}),
        (b"option\na\n", {"code": "file_no_score_column"}),
        (b"option,score\na,1\nx,1\n", {"code": "file_unknown_option", "line": 3}),
        ("option,score\n같은 이름,1\n".encode(), {"code": "file_unknown_option", "line": 2}),
        ("option,score\n공원,1\na,2\n".encode(), {"code": "file_repeated_option", "line": 3}),
        (b"option,score\na,-1\n", {"code": "file_bad_score", "line": 2}),
        (b"option,score\na\n", {"code": "file_bad_score", "line": 2}),
        (b'option,score\na,"1,2"\n', {"code": "file_bad_score", "line": 2}),
    ],
)
def test_the_line_that_is_wrong(content: bytes, found: dict[str, Any]):
    assert refused(content) == found


def test_scores_as_json(operator, bus):
    bus.on(polls.ENTER_SOURCE, ENTERED)
    answer = operator.put(PUT, json=WORDS)
    assert (answer.status_code, answer.json()) == (200, ENTERED)
    asked = bus.last(polls.ENTER_SOURCE)
    assert (asked["poll_id"], asked["question"], asked["source"]) == ("poll-1", "q1", "위원회")
    assert asked["scores"] == WORDS["scores"]


def test_scores_from_a_file(operator, bus):
    bus.on(polls.GET_POLL, fakes.poll())
    bus.on(polls.ENTER_SOURCE, ENTERED)
    files = {"file": ("점수.csv", "보기,점수\n가,3\n나,0\n".encode())}
    answer = operator.put(PUT, files=files, data={"entered_by": "위원회 사무국", "note": "다시"})
    assert answer.status_code == 200, answer.text
    asked = bus.last(polls.ENTER_SOURCE)
    assert (asked["scores"], asked["note"]) == ({"a": "3", "b": "0"}, "다시")
    problem(operator.put(PUT, files=files), 422, "invalid_input")


def test_what_is_refused(guest, operator, bus):
    problem(guest.put(PUT, json=WORDS), 401, "unauthenticated")
    problem(operator.put(PUT, json={}), 422, "invalid_input")
    problem(
        operator.put(PUT, content=b"a,1", headers={"Content-Type": "text/csv"}), 415, "unsupported_media_type"
    )
    for error, status in (
        (polls.UnknownSource(), 404),
        (polls.SourcesSettled(), 409),
        (polls.NotAllowed(), 403),
    ):
        bus.on(polls.ENTER_SOURCE, error)
        problem(operator.put(PUT, json=WORDS), status, error.code)


def test_a_cookie_alone_enters_nothing(guest, application, bus, tokens):
    bus.on(polls.GET_POLL, fakes.poll())
    bus.on(polls.ENTER_SOURCE, ENTERED)
    named = cookies(mvoting=tokens.token(orgs={"seoul": "operator"}, sid="session-1"))
    files = {"file": ("x.csv", "보기,점수\n가,3\n".encode())}
    problem(guest.put(PUT, json=WORDS, headers=named), 403, "csrf_failed")
    problem(guest.put(PUT, files=files, data={"entered_by": "x"}, headers=named), 403, "csrf_failed")
    right = csrf_of(application, tokens)
    assert guest.put(PUT, json=WORDS, headers={**named, "X-CSRF-Token": right}).status_code == 200
    data = {"entered_by": "x", "csrf_token": right}
    assert guest.put(PUT, files=files, data=data, headers=named).status_code == 200


def test_the_list(guest, bus):
    bus.on(polls.LIST_SOURCES, {"items": [ENTERED], "complete": True, "settled": False})
    answer = guest.get("/api/v1/polls/poll-1/sources")
    assert answer.json() == {"items": [ENTERED], "complete": True, "settled": False}
