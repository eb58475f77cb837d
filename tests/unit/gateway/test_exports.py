"""Results as files: in parts from tally, in one piece to whoever asks."""

import asyncio
import base64
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.attachments import LONGEST, attachment, readable
from services.common.errors import Unavailable
from services.identity import contract as identity
from services.polls import contract as polls
from services.tally import contract as tally
from tests.unit.gateway.test_api import problem

EXPORT = "/api/v1/polls/poll-1/results/export"


def part_of_a_file(content: bytes, following: int | None = None) -> dict[str, Any]:
    name = {"filename": "results-poll-1.csv", "title": "버스 노선도", "media_type": "text/csv; charset=utf-8"}
    return {**name, "content": base64.b64encode(content).decode(), "next": following, "as_of": 25}


def test_an_export(guest, bus):
    bus.on(tally.EXPORT_RESULTS, part_of_a_file(b"a,b\n"))
    answer = guest.get(f"{EXPORT}?format=csv")
    assert (answer.text, answer.headers["content-type"]) == ("a,b\n", "text/csv; charset=utf-8")
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=\"results-poll-1.csv\"; filename*=UTF-8''%EB%B2%84")
    assert guest("HEAD", f"{EXPORT}?format=csv").headers["content-length"] == "4"


def test_an_export_of_several_parts_is_one_file_of_one_moment(guest, bus):
    def answered(*, part=0, as_of=None, **asked):
        assert as_of == (25 if part else None)
        return part_of_a_file(f"{part},".encode(), part + 1 if part < 3 else None)

    bus.on(tally.EXPORT_RESULTS, answered)
    answer = guest.get(f"{EXPORT}?format=csv")
    assert answer.text == "0,1,2,3,"
    assert "content-length" not in answer.headers
    assert "content-length" not in guest("HEAD", f"{EXPORT}?format=csv").headers
    assert bus.times(tally.EXPORT_RESULTS) == 4


def test_a_crowd_gets_one_file_and_every_other_file_is_another(guest, bus):
    bus.on(tally.EXPORT_RESULTS, part_of_a_file(b"a,b\n"))
    bus.on(identity.LIST_ORGANIZATIONS, {"items": []})
    for _ in range(5):
        guest.get(f"{EXPORT}?format=csv")
    assert bus.times(tally.EXPORT_RESULTS) == 1
    for other in ("format=json", "format=pb", "format=pb&question=q1"):
        guest.get(f"{EXPORT}?{other}")
    guest.get(f"{EXPORT}?format=csv", headers={"Accept-Language": "en"})
    assert bus.times(tally.EXPORT_RESULTS) == 5


def test_a_refusal_is_not_kept(guest, bus):
    bus.on(tally.EXPORT_RESULTS, tally.ResultsEmbargoed(results="after_close"))
    problem(guest.get(f"{EXPORT}?format=csv"), 403, "results_embargoed")
    bus.on(tally.EXPORT_RESULTS, part_of_a_file(b"a,b\n"))
    assert guest.get(f"{EXPORT}?format=csv").status_code == 200


def test_a_printed_file_has_the_organisations_name_and_our_address(guest, bus, application):
    bus.on(tally.EXPORT_RESULTS, part_of_a_file(b"%PDF"))
    bus.on(
        identity.LIST_ORGANIZATIONS,
        {"items": [{"id": "seoul", "name_ko": "서울특별시", "name_en": "Seoul"}]},
    )
    guest.get(f"{EXPORT}?format=pdf")
    asked = bus.last(tally.EXPORT_RESULTS)
    assert asked["organization"] == "서울특별시"
    assert asked["address"] == str(application.state.settings.public_url).rstrip("/")
    bus.on(polls.GET_POLL, polls.PollNotFound())
    bus.tell(polls.POLL_CHANGED, poll_id="poll-1")
    problem(guest.get(f"{EXPORT}?format=xlsx"), 404, "poll_not_found")


def test_a_part_that_comes_late_is_asked_for_again_and_one_that_is_refused_breaks_the_file_off(
    guest, bus, monkeypatch
):
    monkeypatch.setattr("gateway.exports.PAUSE", 0.0)
    tried = []

    def answered(*, part=0, **asked):
        tried.append(part)
        if part == 1 and tried.count(1) < 3:
            raise Unavailable
        if part == 2:
            raise tally.ResultsEmbargoed(results="live")
        return part_of_a_file(b"x", part + 1)

    bus.on(tally.EXPORT_RESULTS, answered)
    with pytest.raises(AssertionError):  # what httpx says of an answer that never comes to its end
        guest.get(f"{EXPORT}?format=csv")
    assert tried == [0, 1, 1, 1, 2]


def test_too_many_files_at_a_time_are_refused(guest, bus, application):
    bus.on(tally.EXPORT_RESULTS, lambda **asked: part_of_a_file(b"x", 1))
    application.state.downloads = asyncio.Semaphore(0)
    refused = guest.get(f"{EXPORT}?format=csv")
    problem(refused, 503, "too_many_downloads")
    assert "retry-after" in refused.headers


@given(st.text(max_size=200))
def test_a_files_name_is_ascii_with_the_title_in_utf_8(title):
    header = attachment("results-p.pdf", title)
    assert header.isascii()
    assert header.isprintable()
    name = readable(title)
    assert len(name) <= LONGEST
    assert not set('/\\:*?"<>|%\n\r\0\u202e') & set(name)
    extended = header.partition("filename*=UTF-8''")[2]
    assert unquote(extended) == (f"{name} results-p.pdf" if name else "")


def test_a_title_in_korean_stays_one():
    assert (
        readable("버스 유턴장에 노선도를\n확대 부착할까요? 찬성/반대")
        == "버스 유턴장에 노선도를 확대 부착할까요 찬성 반대"
    )
    assert readable("../../etc/passwd") == "etc passwd"
