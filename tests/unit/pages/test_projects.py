"""Projects from a file into a question of the draft, and back into a file."""

import io
import re

import pytest

from gateway.uploads.project_files import read_projects
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.pages.conftest import Tags, csrf_of

PATH = "/console/polls/draft/questions/q1/projects"
QUESTION = {
    "id": "q1",
    "kind": "knapsack",
    "title": "어느 사업입니까?",
    "required": True,
    "budget": 100,
    "options": [
        {
            "id": "a",
            "label": "=놀이터",
            "cost": 60,
            "group": "종로구",
            "category": "환경",
            "description": "둘째\n줄",
        },
        {"id": "b-1", "label": '도서관, "새"', "cost": 0},
        {"id": "none", "label": "없음", "exclusive": True},
    ],
}


@pytest.fixture
def draft(bus):
    """A draft that keeps what is written into it."""
    stored = fakes.poll(id="draft", state="draft", questions=[QUESTION])

    def update(patch, **_):
        stored.update(patch)
        return stored

    bus.on(polls.GET_POLL, lambda **_: stored)
    bus.on(polls.UPDATE_POLL, update)
    return stored


def upload(operator, content: bytes, path: str = PATH):
    token = {"csrf_token": csrf_of(operator)}
    return operator.post(path, data=token, files={"file": ("사업.csv", content, "text/csv")})


def test_a_file_replaces_the_options_and_is_reported_by_line(operator, draft):
    content = "번호,사업명,사업비\n1,새 놀이터,5000\n2,,1\n1,또,2\n"
    answer = upload(operator, content.encode("cp949"))
    assert answer.status_code == 200
    said = Tags(answer.text).text
    assert "파일에서 사업 1개를 가져왔습니다." in said
    assert "이름이 없음" in said
    assert "2번째 줄과 같은 번호" in said
    assert draft["questions"][0]["options"] == [{"id": "1", "label": "새 놀이터", "cost": 5000}]


def test_none_of_these_is_no_project_and_is_marked(operator, draft):
    page = operator.get(PATH).text
    assert "<dt>사업</dt><dd>2</dd>" in page
    assert re.findall(r"<td>([^<]*) <span class=\"badge\">단독 선택</span></td>", page) == ["없음"]
    content = "사업명,단독 선택\n새 놀이터,\n없음,예\n".encode()
    assert "파일에서 사업 1개를 가져왔습니다." in Tags(upload(operator, content).text).text
    assert [option.get("exclusive") for option in draft["questions"][0]["options"]] == [None, True]


def test_a_bad_file_is_explained_and_changes_nothing(operator, draft):
    answer = upload(operator, "사업명,사업비\n가,많이\n".encode())
    assert answer.status_code == 422
    said = Tags(answer.text).text
    assert "가져올 수 있는 사업이 없습니다" in said
    assert "2번째 줄: 사업비가 원 단위의 정수가 아닙니다." in said
    assert draft["questions"] == [QUESTION]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_goes_into_a_file_comes_out_of_it(operator, draft, language):
    answer = operator.get(f"{PATH}.csv", headers={"Accept-Language": language})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "'=놀이터" in answer.text
    assert read_projects(io.BytesIO(answer.content)).options == QUESTION["options"]


def test_the_editor_saves_and_goes_on_to_the_file(operator, draft):
    from tests.unit.pages.browser import posted
    from tests.unit.pages.conftest import post

    form = posted(operator.get("/console/polls/draft/edit").text)
    fields = {name: form.getlist(name) for name in form}
    answer = post(operator, "/console/polls/draft/edit", {**fields, "do": "projects-0", "title": "새 제목"})
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert draft["title"] == "새 제목"


def test_an_open_poll_keeps_its_projects(operator, bus):
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="open", questions=[QUESTION]))
    page = operator.get(PATH)
    assert "보기를 바꿀 수 없습니다" in Tags(page.text).text
    assert "multipart/form-data" not in page.text
    assert operator.get(PATH.replace("q1", "q9")).status_code == 404
