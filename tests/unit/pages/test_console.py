"""The operator's forms."""

import re
from typing import Any

import pytest

from gateway.pages.console import drafts
from gateway.pages.console.drafts import options
from services.common.errors import InvalidInput
from services.identity import contract as identity
from services.polls import contract as polls
from services.tally import contract as tally
from tests.unit.pages import samples
from tests.unit.pages.browser import posted
from tests.unit.pages.conftest import Tags, post

OWN = "/console/polls/draft"


def entered(operator, path: str = f"{OWN}/edit") -> dict[str, Any]:
    """The edit form of the draft as a browser would post it unchanged."""
    form = posted(operator.get(path).text)
    return {name: form.getlist(name) for name in form}


def saved(operator, bus, changed):
    bus.on(polls.UPDATE_POLL, samples.POLLS["draft"])
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": "save", **changed})
    assert answer.status_code == 303, Tags(answer.text).text
    return bus.last(polls.UPDATE_POLL)["patch"]


@pytest.mark.parametrize(("text", "asked"), [("2", 2), ("", 0), (" 3 ", 3)])
def test_the_form_asks_for_witnesses(operator, bus, text, asked):
    assert saved(operator, bus, {"witnesses": text})["witnesses"] == asked


def test_a_number_of_witnesses_that_is_none_is_named(operator):
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": "save", "witnesses": "둘"})
    assert answer.status_code == 422
    assert 'aria-describedby="witnesses-hint witnesses-wrong"' in answer.text


def test_saving_an_unchanged_form_changes_nothing(operator, bus):
    patch = saved(operator, bus, {})
    draft = samples.POLLS["draft"]
    for name, value in patch.items():
        if name == "questions":
            assert [{k: v for k, v in q.items() if k != "options"} for q in value] == [
                {k: v for k, v in q.items() if k != "options"} for q in draft["questions"]
            ]
            assert [q["options"] for q in value] == [q["options"] for q in draft["questions"]]
        else:
            assert value == draft[name], name


def test_times_are_entered_in_seoul(operator, bus):
    patch = saved(operator, bus, {"opens_at": "2026-12-01T09:00", "closes_at": "2026-12-02T18:00"})
    assert (patch["opens_at"], patch["closes_at"]) == ("2026-12-01T00:00:00Z", "2026-12-02T09:00:00Z")


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        ({"who": "everyone"}, {"rule": "everyone"}),
        ({"who": "some", "rule-roll": "yes"}, {"rule": "roll"}),
        (
            {"who": "some", "rule-password": "yes", "password": "비밀번호"},
            {"rule": "password", "password": "비밀번호"},
        ),
        (
            {"who": "some", "rule-roll": "yes", "rule-password": "yes", "combine": "any"},
            {"any": [{"rule": "roll"}, {"rule": "password"}]},
        ),
    ],
)
def test_eligibility(operator, bus, chosen, rule):
    assert saved(operator, bus, chosen)["eligibility"] == rule


def test_rules_that_the_form_cannot_show_are_kept(operator, bus):
    assert drafts.rule_words(samples.GUARDED) == ("kept", "all", [])
    assert "eligibility" not in saved(operator, bus, {"who": "kept"})


def test_blank_options_are_left_out(operator, bus):
    fields = {f"questions-0-options-4-{name}": "" for name in options.OPTION} | {
        "questions-0-options-4-id": "o9"
    }
    patch = saved(operator, bus, fields)
    assert [option["id"] for option in patch["questions"][0]["options"]] == ["o1", "o2", "o3", "o4"]


def test_what_cannot_be_read_is_said_beside_the_field(operator, bus):
    wrong = {
        "closes_at": "soon",
        "questions-0-max": "many",
        "questions-0-options-1-cost": "-1",
        "who": "some",
    }
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": "save", **wrong})
    assert answer.status_code == 422
    for field in ("closes_at", "questions-0-max", "questions-0-options-1-cost", "who"):
        assert f'href="#{field}"' in answer.text
    assert 'value="many"' in answer.text
    assert not bus.times(polls.UPDATE_POLL)


def test_complaints_of_polls_stand_beside_their_fields(operator, bus):
    errors = [{"pointer": "/patch/questions/0/title", "code": "length", "params": {"min": 1, "max": 500}}]
    bus.on(polls.UPDATE_POLL, InvalidInput(errors))
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": "save", "title": "새 제목"})
    assert answer.status_code == 422
    assert 'href="#questions-0-title"' in answer.text
    assert 'value="새 제목"' in answer.text


@pytest.mark.parametrize(
    ("step", "shape"),
    [
        ("add-question-choice", [4, 0, 2, 0, 4, 2, 4]),
        ("add-question-text", [4, 0, 2, 0, 4, 2, 0]),
        ("add-option-0", [5, 0, 2, 0, 4, 2]),
        ("remove-option-0-3", [3, 0, 2, 0, 4, 2]),
        ("remove-question-0", [0, 2, 0, 4, 2]),
        ("up-question-2", [4, 2, 0, 0, 4, 2]),
        ("remove-question-99", [4, 0, 2, 0, 4, 2]),
        ("nonsense", [4, 0, 2, 0, 4, 2]),
    ],
)
def test_questions_and_options_come_and_go_by_buttons(operator, bus, step, shape):
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": step, "title": "아직 저장 전"})
    assert answer.status_code == 200
    questions = drafts.of_form(posted(answer.text))["questions"]
    assert [len(question["options"]) for question in questions] == shape
    assert "아직 저장 전" in answer.text
    assert not bus.times(polls.UPDATE_POLL)
    for question in questions:
        ids = [option["id"] for option in question["options"]]
        assert len(set(ids)) == len(ids)


def shown(html: str) -> list[bool]:
    """Of each question of the form whether it stands open."""
    parts = {given.get("id"): "open" in given for tag, given in Tags(html).tags if tag == "details"}
    return [parts[f"questions-{n}"] for n in range(sum(bool(ENTRY.fullmatch(str(name))) for name in parts))]


ENTRY = re.compile(r"questions-\d+")
SIX = range(len(samples.POLLS["draft"]["questions"]))


def test_questions_of_a_long_form_are_folded(operator, bus):
    assert shown(operator.get(f"{OWN}/edit").text) == [False for _ in SIX]
    assert shown(operator.get(f"{OWN}/edit?shown=q3&shown=q9").text) == [n == 2 for n in SIX]
    bus.on(polls.GET_POLL, samples.POLLS["simple"] | {"id": "draft", "state": "draft"})
    assert shown(operator.get(f"{OWN}/edit").text) == [True]


@pytest.mark.parametrize(
    ("step", "open_ones"),
    [
        ("add-question-text", [6]),
        ("add-option-2", [2]),
        ("up-question-2", [1]),
        ("choose-condition-4", [4]),
        ("remove-question-2", []),
        ("remove-option-99", []),
    ],
)
def test_the_question_that_was_worked_on_stands_open(operator, bus, step, open_ones):
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": step})
    assert [n for n, is_open in enumerate(shown(answer.text)) if is_open] == open_ones


def test_a_new_question_folds_the_others_and_counts_what_is_written(operator, bus):
    fields = entered(operator) | {"questions-1-shown": "yes"}
    answer = post(operator, f"{OWN}/edit", {**fields, "do": "add-question-choice"})
    assert shown(answer.text) == [n == 6 for n in range(7)]
    said = Tags(answer.text).text
    assert "질문 1 · 보기 선택 · 보기 4개" in said
    assert "질문 7 · 보기 선택아직 질문을 적지 않음" in said


def test_what_stands_open_still_does_after_saving(operator, bus):
    bus.on(polls.UPDATE_POLL, samples.POLLS["draft"])
    fields = entered(operator) | {"questions-1-shown": "yes", "questions-4-shown": "yes"}
    answer = post(operator, f"{OWN}/edit", {**fields, "do": "save"})
    assert answer.headers["location"] == f"{OWN}/edit?saved=1&shown=q2&shown=q5"
    assert shown(operator.get(answer.headers["location"]).text) == [n in (1, 4) for n in SIX]


@pytest.mark.parametrize("place", ["²", "99", "", "x"])
def test_projects_of_no_question_are_the_form_again(operator, bus, place):
    bus.on(polls.UPDATE_POLL, samples.POLLS["draft"])
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": f"projects-{place}"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{OWN}/edit?saved=1")


def test_a_question_with_something_wrong_in_it_stands_open(operator, bus):
    wrong = {"questions-0-options-1-cost": "-1", "questions-3-max": "many"}
    answer = post(operator, f"{OWN}/edit", {**entered(operator), "do": "save", **wrong})
    assert shown(answer.text) == [n in (0, 3) for n in SIX]
    bare = post(operator, f"{OWN}/edit", {**entered(operator), "do": "save", "questions-1-title": ""})
    assert shown(bare.text)[1]


def test_a_new_poll_begins_with_its_title(operator, bus):
    bus.on(polls.CREATE_POLL, samples.POLLS["draft"])
    answer = post(operator, "/console/polls", {"title": "새 투표", "organization": "seoul", "kind": "policy"})
    assert answer.headers["location"] == f"{OWN}/edit"
    assert bus.last(polls.CREATE_POLL)["draft"]["title"] == "새 투표"


@pytest.mark.parametrize(
    ("step", "poll", "call", "where"),
    [
        ("open", "draft", polls.OPEN_POLL, "/console/polls/draft?done=open"),
        ("close", "open", polls.CLOSE_POLL, "/console/polls/open?done=close"),
        ("publish", "certified", polls.PUBLISH_POLL, "/console/polls/certified?done=publish"),
        ("cancel", "open", polls.CANCEL_POLL, "/console/polls/open?done=cancel"),
        ("copy", "published", polls.COPY_POLL, "/console/polls/draft/edit"),
    ],
)
def test_a_step_is_confirmed_then_taken(operator, bus, step, poll, call, where):
    bus.on(call, samples.POLLS["draft"])
    path = f"/console/polls/{poll}/{step}"
    assert f'action="{path}"' in operator.get(path).text
    answer = post(operator, path, {})
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    assert bus.times(call) == 1


def test_why_a_poll_cannot_open_is_listed(operator, bus):
    errors = [
        {"pointer": "/closes_at", "code": "required", "params": {}},
        {"pointer": "/questions", "code": "no_questions", "params": {}},
    ]
    bus.on(polls.OPEN_POLL, InvalidInput(errors))
    answer = post(operator, f"{OWN}/open", {})
    assert answer.status_code == 422
    assert "질문이 하나 이상 있어야 합니다." in answer.text


def test_after_opening_only_what_has_changed_is_sent(operator, bus):
    bus.on(polls.UPDATE_POLL, samples.POLLS["open"])
    same = {"closes_at": "2099-11-30T09:00", "notice": "새 공지"}
    assert post(operator, "/console/polls/open/edit", same).status_code == 303
    assert bus.last(polls.UPDATE_POLL)["patch"] == {"notice": "새 공지"}
    later = {"closes_at": "2099-12-01T09:00", "notice": "마감 연장"}
    post(operator, "/console/polls/open/edit", later)
    assert bus.last(polls.UPDATE_POLL)["patch"] == {"closes_at": "2099-12-01T00:00:00Z"}


def test_an_unknown_step_is_not_found(operator):
    assert operator.get(f"{OWN}/explode").status_code == 404


def test_administrators_make_organisations_and_operators(admin, bus):
    made = {"id": "mapo", "name_ko": "마포구", "name_en": "Mapo-gu"}
    bus.on(identity.CREATE_ORGANIZATION, made)
    assert post(admin, "/admin/organizations", made).status_code == 303
    bus.on(identity.CREATE_ORGANIZATION, identity.OrganizationExists())
    assert "이미 있습니다" in post(admin, "/admin/organizations", made).text
    bus.on(identity.SET_MEMBER, {"person_id": "p", "role": "operator", "phone_hint": "1111"})
    path = "/admin/organizations/seoul/members"
    assert post(admin, path, {"phone": "010-1111-2222"}).status_code == 303
    bus.on(identity.REMOVE_MEMBER, None)
    assert post(admin, path, {"person_id": "p"}).status_code == 303
    bus.on(identity.SET_MEMBER, identity.InvalidPhone())
    assert post(admin, path, {"phone": "x"}).status_code == 422


def test_pictures_and_rolls_work_without_javascript(operator, bus):
    from tests.unit.pages.conftest import csrf_of

    token = {"csrf_token": csrf_of(operator), "target": "poll"}
    bus.on(polls.ADD_IMAGE, polls.InvalidImage(reason="format"))
    answer = operator.post(f"{OWN}/images", data=token, files={"file": ("x.gif", b"GIF89a", "image/gif")})
    assert answer.status_code == 422
    assert "JPEG, PNG, WebP" in answer.text
    for call in (polls.BEGIN_ROLL, polls.ADD_ROLL_ROWS, polls.COMMIT_ROLL):
        bus.on(call, samples.ROLL)
    file = {"file": ("roll.csv", b"phone\n010-1234-5678\n", "text/csv")}
    answer = operator.post(f"{OWN}/roll", data={"csrf_token": token["csrf_token"]}, files=file)
    assert answer.status_code == 200
    assert "2번째 줄과 같은 번호" in answer.text
    answer = operator.post(f"{OWN}/roll", data={"csrf_token": token["csrf_token"]}, files={"file": ("", b"")})
    assert answer.status_code == 422


def test_what_people_wrote_is_shown_as_text_and_part_by_part(operator, bus):
    page = operator.get("/console/polls/published/texts?question=q4&cursor=500")
    assert page.status_code == 200
    assert "&lt;b&gt;버스&lt;/b&gt;" in page.text
    assert "question=q4&amp;cursor=500" in page.text
    asked = bus.last(tally.LIST_TEXTS)
    assert (asked["poll_id"], asked["question"], asked["start"]) == ("published", "q4", 500)


@pytest.mark.parametrize(
    "query", ["question=q1", "question=q9", "question=q4&cursor=x", "question=q4&cursor=-1"]
)
def test_only_text_questions_have_written_answers(operator, bus, query):
    assert operator.get(f"/console/polls/published/texts?{query}").status_code == 404
    assert not bus.times(tally.LIST_TEXTS)


def test_a_citizen_does_not_read_what_others_wrote(citizen, bus):
    assert citizen.get("/console/polls/published/texts?question=q4").status_code == 403
    assert not bus.times(tally.LIST_TEXTS)
