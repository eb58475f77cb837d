"""A message nobody can handle: a closed poll waits, its operator reads why, an administrator decides, everyone learns."""

from collections.abc import Iterator

import orjson
import pytest
from playwright.sync_api import Page, expect

from deploy.local.stack import Stack
from services.ballots.contract import CAST
from services.common.bus.link import Link
from services.common.bus.topology import DEAD_EXCHANGE, dead_queue
from services.common.ids import new_id
from tests.e2e.pages.conftest import sign_in, vote_by_api
from tests.e2e.pages.test_accessibility import NARROW, check_width
from tests.fixtures.browser import DESKTOP
from tests.fixtures.people import eventually

pytestmark = pytest.mark.browser
SECRET = "the-answer-nobody-may-see"
REASON = "손상되어 읽을 수 없는 표"


@pytest.fixture
def dead_queue_link(own_stack: Stack) -> Iterator[Link]:
    """A way to the broker; whatever a failed test leaves is removed, since it would hold up all polls."""
    link = Link(own_stack.amqp_uri, "test")
    yield link
    link.ask(link.channel.queue_purge, dead_queue(CAST.queue).name)
    link.close()


def put_dead(link: Link, poll_id: str, count: int) -> str:
    items = [{"poll_id": poll_id, "answers": {"q1": SECRET}} for _ in range(count)]
    body = orjson.dumps({"items": items, "request_ids": [None] * count})
    letter = new_id()
    headers = {"x-reason": "failed", "x-error-type": "ValueError"}
    properties = {"message_id": letter, "application_headers": headers, "delivery_mode": 2}
    link.publish(link.channel, body, DEAD_EXCHANGE, CAST.queue, **properties)
    return letter


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_message_that_nobody_can_handle(
    town, new_page, dead_queue_link, assert_accessible, open_poll, javascript
):
    url, poll = town.seoul.url, open_poll(results="after_close")
    vote_by_api(town, poll, "a")
    letter = put_dead(dead_queue_link, poll, 2)
    town.seoul.ask("POST", f"/polls/{poll}/close")
    operator = new_page(javascript=javascript)
    sign_in(operator, url, town.seoul.phone)
    operator.goto(f"{url}/console/polls/{poll}")
    expect(operator.get_by_text("처리하지 못한 메시지 때문에 최종 재집계를")).to_be_visible()
    if javascript:
        assert_accessible(operator)

    admin = new_page(viewport=NARROW if javascript else DESKTOP, javascript=javascript)
    sign_in(admin, url, town.admin.phone)
    discard(admin, url, poll, letter, assert_accessible if javascript else None)
    changes = eventually(lambda: given_up(town, poll))
    assert [(change["new"], change["reason"]) for change in changes] == [({"count": 2}, REASON)]
    eventually(lambda: town.seoul.ask("GET", f"/polls/{poll}/results")["state"] == "final")
    operator.goto(f"{url}/polls/{poll}/changes")
    expect(operator.get_by_text("처리하지 못한 표 2장")).to_be_visible()
    expect(operator.get_by_text(REASON)).to_be_visible()


def discard(page: Page, url: str, poll: str, letter: str, check: object) -> None:
    """From the administrator's first page; without a reason it is refused."""
    page.goto(f"{url}/admin")
    page.get_by_role("link", name="처리하지 못한 메시지").click()
    expect(page.get_by_role("link", name=poll)).to_be_visible()
    assert SECRET not in page.content()
    page.get_by_label(f"메시지 {letter}").check()
    page.get_by_role("button", name="선택한 메시지 영구 폐기").click()
    expect(page.get_by_role("alert").get_by_text("폐기 사유를 세 글자 이상")).to_be_visible()
    if callable(check):
        check(page)
        check_width(page)
    expect(page.get_by_label(f"메시지 {letter}")).to_be_checked()
    page.get_by_label("폐기 사유").fill(REASON)
    page.get_by_role("button", name="선택한 메시지 영구 폐기").click()
    expect(page.get_by_text("메시지 1건을 폐기하고 사유를 기록했습니다.")).to_be_visible()
    if callable(check):
        check(page)
        check_width(page)


def given_up(town, poll: str) -> list[dict]:
    items = town.seoul.ask("GET", f"/polls/{poll}/changes")["items"]
    return [change for change in items if change["what"] == "dead_letter_discarded"]
