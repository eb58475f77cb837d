"""People at the pages of a running stack."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from deploy.local.stack import Stack
from gateway.accepted import Acceptances
from services.common.crypto import KeyFolder
from tests.fixtures.people import CHOICE, GENEROUS, City, Person, eventually, found_city, new_phone
from tests.fixtures.stacks import starter

ROUND = itertools.count(1)
INDICATOR = {
    "id": "q1",
    "kind": "choice",
    "title": "일-생활 균형 지표로 중요한 것은?",
    "options": [
        {"id": "o1", "label": "근로시간"},
        {"id": "o2", "label": "여가시간"},
        {"id": "o3", "label": "가사노동시간"},
        {"id": "o4", "label": "주관적 평가"},
    ],
}
ALL_KINDS = [
    INDICATOR,
    {**INDICATOR, "id": "q2", "title": "둘까지 고르십시오.", "min": 0, "max": 2, "required": False},
    {"id": "q3", "kind": "yes_no", "title": "확대 부착할까요?"},
    {"id": "q4", "kind": "score", "title": "만족도", "options": [{"id": "s1", "label": "전체"}]},
    {"id": "q5", "kind": "text", "title": "바라는 점", "required": False},
]


@pytest.fixture(scope="package")
def own_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack of this folder's own."""
    with starter(request) as start:
        yield start(environ=GENEROUS)


@pytest.fixture(scope="package")
def town(own_stack: Stack) -> City:
    """An administrator and two operators there."""
    return found_city(own_stack)


@pytest.fixture(scope="package")
def waiting_page(own_stack: Stack) -> Callable[[str, str], str]:
    """`waiting_page(poll_id, ballot_id) -> path` for a ballot that a gateway has taken and nobody recorded yet."""
    key = KeyFolder(own_stack.home / "keys", "gateway").secret("csrf")

    def path(poll_id: str, ballot_id: str) -> str:
        return f"/polls/{poll_id}/ballots/{ballot_id}?accepted={Acceptances(key).note(poll_id, ballot_id)}"

    return path


@pytest.fixture
def open_poll(town):
    """`open_poll(**draft) -> poll id`: live results of one question unless the draft says otherwise."""

    def opened(**draft: Any) -> str:
        title = draft.pop("title", f"노선도를 확대 부착할까요? {next(ROUND)}")
        return town.seoul.open_poll(
            "seoul", **{"results": "live", "questions": [CHOICE], "title": title, **draft}
        )

    return opened


def codes(url: str, phone: str) -> dict[str, str]:
    """Sign-in codes in the outbox by message id, newest first."""
    items = httpx.get(f"{url}/dev/outbox", params={"to": phone}, timeout=30).json()["items"]
    return {item["id"]: item["code"] for item in items if item["code"]}


def enter_phone_and_code(page: Page, url: str, phone: str) -> None:
    """From the page that asks for a phone number to wherever signing in leads."""
    before = codes(url, phone)
    page.get_by_label("휴대전화 번호").fill(phone)
    page.get_by_role("button", name="인증번호 받기").click()
    page.get_by_label("인증번호 6자리").wait_for()
    fresh = eventually(lambda: [code for name, code in codes(url, phone).items() if name not in before])
    page.get_by_label("인증번호 6자리").fill(fresh[0])
    page.get_by_role("main").get_by_role("button", name="로그인").click()


def sign_in(page: Page, url: str, phone: str | None = None) -> str:
    """Signs the browser in; the phone number."""
    phone = phone or new_phone()
    page.goto(f"{url}/sign-in")
    enter_phone_and_code(page, url, phone)
    page.wait_for_url(f"{url}/")
    return phone


def voters(town: City, poll_id: str) -> int:
    return int(town.seoul.ask("GET", f"/polls/{poll_id}/results").get("voters", 0))


def vote_by_api(town: City, poll_id: str, *options: str, ballot_id: str | None = None) -> None:
    for option in options:
        done = Person(town.seoul.url).sign_in().cast(poll_id, {"q1": [option]}, ballot_id)
        assert done.status_code == 201, done.text
