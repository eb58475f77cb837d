"""A participatory-budget vote made wholly in the console: projects from a file, limits, counting rule, groups of voters."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages.conftest import sign_in
from tests.e2e.pages.test_operator import create, in_seoul, take
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.questions import NEW_KINDS

pytestmark = pytest.mark.browser
PROJECTS = """META
key;value
description;시민참여예산
budget;3000000
PROJECTS
project_id;cost;name;district;category
1;1200000;놀이터 정비;종로구;환경
2;900000;골목 조명;종로구;안전
3;1500000;작은 도서관;마포구;문화
4;700000;강변 쉼터;서울시 전체;환경
5;많음;비용을 모르는 사업;마포구;안전
VOTES
voter_id;vote
1;1,2
"""


def import_projects(page: Page) -> None:
    page.get_by_role("button", name="예산 안에서 사업 고르기", exact=True).click()
    page.locator("#questions-0-title").fill("어느 사업에 예산을 쓸까요?")
    page.get_by_role("button", name=re.compile("^저장하고 파일에서 사업 가져오기")).click()
    page.get_by_label("CSV, XLSX 또는 .pb 파일").set_input_files(
        {"name": "사업.pb", "mimeType": "text/plain", "buffer": PROJECTS.encode()}
    )
    page.get_by_role("button", name="가져오기", exact=True).click()
    expect(page.get_by_text("파일에서 사업 4개를 가져왔습니다.")).to_be_visible()
    expect(page.get_by_role("table", name="등록하지 못한 줄 목록")).to_contain_text(
        "사업비가 원 단위의 정수가 아님"
    )
    page.get_by_role("link", name="질문으로 돌아가기").click()
    expect(page.locator("#questions-0-budget")).to_have_value("3000000")


def limit_by_group(page: Page) -> None:
    """Two projects of one district, by keyboard alone."""
    page.locator("#questions-0-limits > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="제한 추가 질문 1")).to_be_focused()
    page.keyboard.press("Enter")
    groups = page.get_by_role("group", name="어느 지역입니까? 표시하지 않으면 모두입니다.")
    groups.get_by_label("종로구").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(groups.get_by_label("마포구")).to_be_checked()
    expect(page.get_by_role("group", name="어느 분야입니까? 표시하지 않으면 모두입니다.")).to_be_hidden()
    page.locator("#questions-0-limits-0-max").fill("2")
    page.locator("#questions-0-limits-0-distinct").fill("1")


def count_by_greedy(page: Page) -> None:
    page.locator("#questions-0-counting > summary").click()
    expect(page.locator("#questions-0-counting-threshold")).to_be_hidden()
    page.get_by_label("집계 방식", exact=True).select_option("greedy")
    expect(page.locator("#questions-0-counting-winners")).to_be_hidden()
    page.locator("#questions-0-counting-unaffordable").select_option("stop")
    page.locator("#questions-0-counting-threshold-how").select_option("at_least")
    page.locator("#questions-0-counting-threshold-value").fill("10")


def split_by_groups(page: Page) -> None:
    page.get_by_role("group", name="나누는 기준").get_by_label("자치구").check()
    page.get_by_text("인구 비례로 보정하기").click()
    page.locator("#breakdown-margins-district").fill("종로구,140000\n마포구,360000")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_budget_vote_is_made_in_the_console(town, new_page, assert_accessible, javascript):
    url, page = town.seoul.url, new_page(viewport=PHONE, javascript=javascript)
    sign_in(page, url, town.seoul.phone)
    poll = create(page, url, "2026 시민참여예산")
    import_projects(page)
    limit_by_group(page)
    count_by_greedy(page)
    split_by_groups(page)
    page.get_by_label("마감(서울 시각)").fill(in_seoul(2))
    page.get_by_role("button", name="저장", exact=True).last.click()
    expect(page.get_by_text("저장했습니다.")).to_be_visible()
    expect(page.get_by_text("고칠 곳")).not_to_be_visible()
    if javascript:
        assert_accessible(page)
        page.set_viewport_size(DESKTOP)
        assert_accessible(page)
    page.get_by_role("navigation", name="이 투표").get_by_role("link", name="미리 보기").click()
    expect(page.get_by_role("group", name=re.compile("어느 사업에 예산을"))).to_be_visible()
    take(page, f"{url}/console/polls/{poll}", "open", "지금 시작")
    made = town.seoul.ask("GET", f"/polls/{poll}")
    question = made["questions"][0]
    assert question["budget"] == 3_000_000
    assert [option["cost"] for option in question["options"]] == [1_200_000, 900_000, 1_500_000, 700_000]
    assert question["limits"] == [{"by": "group", "values": ["종로구", "마포구"], "max": 2, "distinct": 1}]
    assert question["counting"] == {
        "rule": "greedy",
        "unaffordable": "stop",
        "threshold": {"at_least": "10%"},
    }
    assert made["breakdown"] == {
        "by": ["district"],
        "least": 10,
        "margins": {"district": {"jongno": 140_000, "mapo": 360_000}},
    }


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_of_many_questions_one_is_unfolded_and_changed(town, new_page, assert_accessible, javascript):
    url, page = town.seoul.url, new_page(viewport=DESKTOP, javascript=javascript)
    sign_in(page, url, town.seoul.phone)
    draft = {"title": "여러 질문", "organization": "seoul", "questions": NEW_KINDS}
    before = town.seoul.ask("POST", "/polls", 201, json=draft)
    page.goto(f"{url}/console/polls/{before['id']}/edit")
    expect(page.locator("#questions-0-title")).to_be_hidden()
    page.locator("#questions-0 > summary").focus()
    page.keyboard.press("Enter")
    limit = page.locator("#questions-0-limits-1")
    bottoms = [limit.locator("input.short").nth(n).bounding_box() for n in range(3)]
    assert len({round(box["y"]) for box in bottoms if box}) == 1, "the fields of a limit stand in one line"
    page.locator("#questions-0-title").fill("무엇을 할까요?")
    page.get_by_role("button", name="저장", exact=True).last.click()
    expect(page.get_by_text("저장했습니다.")).to_be_visible()
    if javascript:
        expect(page.locator("#questions-0-title")).to_be_visible()
        expect(page.locator("#questions-1-title")).to_be_hidden()
        page.set_viewport_size(PHONE)
        assert_accessible(page)
    after = town.seoul.ask("GET", f"/polls/{before['id']}")["questions"]
    assert after == [{**before["questions"][0], "title": "무엇을 할까요?"}, *before["questions"][1:]]


def test_what_keeps_a_poll_from_opening_stands_beside_its_field(town, page, assert_accessible):
    url = town.seoul.url
    sign_in(page, url, town.seoul.phone)
    poll = create(page, url, "고칠 것이 있는 투표")
    page.get_by_role("button", name="점수 나누어 주기", exact=True).click()
    page.locator("#questions-0-title").fill("점수를 나누어 주십시오.")
    page.locator("#questions-0-options-0-label").fill("하나")
    page.locator("#questions-0-options-1-label").fill("둘")
    page.locator("#questions-0-max").fill("5")
    page.locator("#questions-0-most_each").fill("9")
    page.get_by_role("button", name="저장", exact=True).last.click()
    expect(page.get_by_text("시작하기 전에 고칠 곳이 1군데 있습니다.")).to_be_visible()
    page.goto(f"{url}/console/polls/{poll}/open")
    page.get_by_role("button", name="지금 시작").click()
    page.get_by_role("alert").get_by_role("link").filter(has_text="보기 하나에").click()
    expect(page.locator("#questions-0-most_each")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
