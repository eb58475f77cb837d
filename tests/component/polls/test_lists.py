"""Lists and searches, the same on both databases."""

import unicodedata

import pytest

from services.common.encodings import b64u
from services.common.errors import InvalidInput
from tests.component.polls.scene import ADMIN, CITIZEN, GUEST, INDICATOR, MAPO, SEOUL, Scene


def titles(page):
    return [poll["title"] for poll in page["items"]]


def all_pages(scene, **query):
    found, cursor = [], None
    while True:
        page = scene.listed(cursor=cursor, **query)
        found += titles(page)
        cursor = page["next"]
        if cursor is None:
            return found


def test_drafts_are_only_in_the_lists_of_those_who_run_them(scene: Scene):
    scene.draft(title="초안")
    scene.draft(title="마포 초안", organization="mapo", actor=MAPO)
    scene.opened(title="진행")
    for outsider in (GUEST, CITIZEN, MAPO, SEOUL, ADMIN):
        assert titles(scene.listed(outsider)) == ["진행"]
        assert titles(scene.listed(outsider, state="draft")) == []
    assert titles(scene.listed(SEOUL, mine=True)) == ["진행", "초안"]
    assert titles(scene.listed(MAPO, mine=True)) == ["마포 초안"]
    assert titles(scene.listed(ADMIN, mine=True)) == ["진행", "마포 초안", "초안"]
    assert titles(scene.listed(SEOUL, mine=True, state="draft")) == ["초안"]
    for nobody in (GUEST, CITIZEN):
        assert titles(scene.listed(nobody, mine=True)) == []


def test_open_ones_come_first_then_the_newest(scene: Scene):
    for n in range(4):
        scene.opened(title=f"투표 {n}")
    scene.close(scene.listed()["items"][0]["id"])
    assert titles(scene.listed()) == ["투표 2", "투표 1", "투표 0", "투표 3"]


def test_pages_neither_repeat_nor_miss_while_polls_are_added(scene: Scene):
    for n in range(5):
        scene.opened(title=f"투표 {n}")
    first = scene.listed(limit=2)
    scene.opened(title="새 투표")
    second = scene.listed(limit=2, cursor=first["next"])
    third = scene.listed(limit=2, cursor=second["next"])
    assert titles(first) + titles(second) + titles(third) == [f"투표 {n}" for n in (4, 3, 2, 1, 0)]
    assert third["next"] is None
    assert all_pages(scene, limit=1)[0] == "새 투표"


def test_filters(scene: Scene):
    scene.opened(title="설문", kind="survey")
    scene.close(scene.opened(title="끝난 정책")["id"])
    assert titles(scene.listed(kind="survey")) == ["설문"]
    assert titles(scene.listed(state="closed")) == ["끝난 정책"]
    assert titles(scene.listed(organization="mapo")) == []
    assert titles(scene.listed(organization="seoul", kind="policy", state="closed")) == ["끝난 정책"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("유턴장", True),
        ("버스 유턴장에", True),
        ("  버스   유턴장에 ", True),
        (unicodedata.normalize("NFD", "유턴장"), True),
        ("BUS-map", True),
        ("straße", True),
        ("STRASSE", True),
        ("노선도를 확대", True),
        ("찬성합니다", True),
        ("어떻습니까", True),
        ("100%", True),
        ("under_score", True),
        ("100_", False),
        ("%", True),
        ("__", False),
        ("/", False),
        ("\\", False),
        ("'; DROP TABLE poll; --", False),
        ("지하철", False),
        ("", True),
    ],
)
def test_search(scene: Scene, q, found):
    asked = {
        **INDICATOR[0],
        "title": "어떻습니까",
        "options": [{"id": "a", "label": "찬성합니다"}, {"id": "b", "label": "100% 반대"}],
    }
    scene.opened(
        title="버스 유턴장에 노선도를 확대 부착할까요?",
        purpose="Bus-Map Straße\n\nunder_score",
        questions=[asked],
    )
    assert bool(titles(scene.listed(q=q))) == found


def test_an_edit_is_found_and_what_it_replaced_is_not(scene: Scene):
    poll = scene.draft(title="옛 제목")
    scene.patch(poll["id"], title="새 제목")
    scene.open(poll["id"])
    assert titles(scene.listed(q="새 제목")) == ["새 제목"]
    assert titles(scene.listed(q="옛 제목")) == []


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!",
        b64u(b"[]"),
        b64u(b"[0,1,2]"),
        b64u(b'["0","2026-01-01T00:00:00Z","x"]'),
        b64u(b'[0,"soon","' + b"x" * 22 + b'"]'),
    ],
)
def test_a_cursor_that_we_have_not_made_is_invalid(scene: Scene, cursor):
    with pytest.raises(InvalidInput) as refused:
        scene.listed(cursor=cursor)
    assert refused.value.errors[0]["pointer"] == "/cursor"


def test_no_control_character_reaches_the_database(scene: Scene):
    for field in ("q", "organization"):
        with pytest.raises(InvalidInput):
            scene.listed(**{field: "a\0b"})


def test_a_summary_says_what_a_list_shows(scene: Scene):
    poll = scene.opened()
    [summary] = scene.listed()["items"]
    assert summary == {
        "id": poll["id"],
        "kind": "policy",
        "state": "open",
        "title": poll["title"],
        "image": None,
        "organization": "seoul",
        "opens_at": poll["opens_at"],
        "closes_at": poll["closes_at"],
        "results": "after_close",
        "question_count": 1,
    }
