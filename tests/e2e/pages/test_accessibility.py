"""Every page: nothing for axe-core to complain of, nothing wider than the screen, from 320 px up."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from services.common.ids import new_id
from tests.e2e.pages.conftest import ALL_KINDS, sign_in
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.people import Person, eventually
from tests.fixtures.questions import NEW_KINDS

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}


@dataclass(frozen=True)
class Places:
    """Polls of every state, and a recorded ballot."""

    url: str
    open: str
    guarded: str
    draft: str
    published: str
    ballot: str
    waiting: str

    def public(self) -> Iterator[str]:
        yield from ("/", "/?q=%EC%97%86%EC%9D%8C", "/sign-in", "/privacy", "/nothing", "/dev/outbox")
        for poll in (self.open, self.guarded, self.published):
            yield from (f"/polls/{poll}", f"/polls/{poll}/results", f"/polls/{poll}/changes")
        yield from (f"/polls/{self.open}/ballots/{self.ballot}", self.waiting)
        yield f"/polls/{self.open}/ballots/{new_id()}"

    def operator(self) -> Iterator[str]:
        yield from ("/me", "/console", "/console/polls/new")
        for poll in (self.draft, self.open, self.published):
            for page in (
                "",
                "/edit",
                "/images",
                "/roll",
                "/preview",
                "/invitations",
                "/open",
                "/schedule",
                "/close",
            ):
                yield f"/console/polls/{poll}{page}"


@pytest.fixture(scope="module")
def places(town, waiting_page) -> Places:
    closed = {"questions": ALL_KINDS, "results": "after_close", "title": "마감된 투표"}
    published = town.seoul.open_poll("seoul", **closed)
    answers = {"q1": ["o1"], "q3": "yes", "q4": {"s1": 3}, "q5": "좋습니다"}
    Person(town.seoul.url).sign_in().cast(published, answers)
    town.seoul.ask("POST", f"/polls/{published}/close")
    eventually(lambda: town.seoul.ask("GET", f"/polls/{published}")["certified"])
    town.seoul.ask("POST", f"/polls/{published}/publish")
    both = {"all": [{"rule": "password", "password": "함께서울"}, {"rule": "everyone"}]}
    draft = {"title": "작성 중", "organization": "seoul", "questions": [*ALL_KINDS, *NEW_KINDS]}
    opened, ballot = (
        town.seoul.open_poll(
            "seoul",
            questions=ALL_KINDS,
            results="live",
            title="열린 투표",
            breakdown={"by": ["district", "age"]},
        ),
        new_id(),
    )
    Person(town.seoul.url).sign_in().cast(opened, answers, ballot)
    return Places(
        url=town.seoul.url,
        open=opened,
        guarded=town.seoul.open_poll("seoul", eligibility=both, title="비밀번호 투표"),
        draft=town.seoul.ask("POST", "/polls", 201, json=draft)["id"],
        published=published,
        ballot=ballot,
        waiting=waiting_page(opened, new_id()),
    )


def check(page: Page, url: str, assert_accessible) -> None:
    """With everything unfolded: what is folded is not looked at."""
    page.goto(url)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert_accessible(page)
    check_width(page)


def check_width(page: Page) -> None:
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], f"{page.url} is wider than the screen"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["390", "1280"])
def test_pages_for_everybody(places, new_page, assert_accessible, viewport):
    page = new_page(viewport=viewport)
    for path in places.public():
        check(page, places.url + path, assert_accessible)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["390", "1280"])
def test_pages_of_operators(town, places, new_page, assert_accessible, viewport):
    page = new_page(viewport=viewport)
    sign_in(page, places.url, town.seoul.phone)
    for path in places.operator():
        check(page, places.url + path, assert_accessible)


def test_pages_of_administrators(town, places, page, assert_accessible):
    sign_in(page, places.url, town.admin.phone)
    for path in ("/admin", "/admin/organizations/seoul", "/console"):
        check(page, places.url + path, assert_accessible)


def test_pages_on_the_way_of_a_ballot(town, places, page, assert_accessible):
    page.goto(f"{places.url}/polls/{places.guarded}")
    page.get_by_role("button", name="선택 내용 확인하기").click()
    assert_accessible(page)
    page.get_by_label("찬성").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    assert_accessible(page)
    page.get_by_label("휴대전화 번호").fill("010-7777-0010")
    page.get_by_role("button", name="인증번호 받기").click()
    page.get_by_label("인증번호 6자리").wait_for()
    assert_accessible(page)
    sign_in(page, places.url)
    page.goto(f"{places.url}/polls/{places.guarded}")
    page.get_by_label("찬성").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    page.get_by_role("button", name="투표하기").click()
    assert_accessible(page)


def test_english_pages(places, new_page, assert_accessible):
    page = new_page(locale="en-US")
    for path in ("/", f"/polls/{places.open}", f"/polls/{places.published}/results"):
        check(page, places.url + path, assert_accessible)
        assert page.locator("html").get_attribute("lang") == "en"


def test_nothing_is_cut_off_at_four_hundred_percent(town, places, new_page):
    page = new_page(viewport=NARROW)
    sign_in(page, places.url, town.seoul.phone)
    for path in (*places.public(), *places.operator()):
        page.goto(places.url + path)
        check_width(page)
