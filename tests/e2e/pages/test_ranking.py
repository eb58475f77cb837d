"""A ranking put in order by dragging, in Chromium: with a mouse, with a finger; what is seen is what is cast."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages.conftest import sign_in, voters
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.people import eventually
from tests.fixtures.questions import NAMES

pytestmark = pytest.mark.browser
TWELVE = {
    **NAMES,
    "max": 12,
    "order": "fixed",
    "options": [{"id": f"n{n}", "label": f"{n}번 이름"} for n in range(1, 13)],
}


class Pointer:
    """Takes an item by its handle. Places are by item: a tenth of it below its upper edge, or above its lower one."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y)
        self.page.mouse.down()

    def move(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y, steps=3)

    def release(self) -> None:
        self.page.mouse.up()

    def take(self, option: str) -> None:
        box = box_of(item(self.page, option).locator("[data-handle]"))
        self.x = box["x"] + box["width"] / 2
        self.press(self.x, box["y"] + box["height"] / 2)

    def over(self, place: Locator, *, lower: bool = False) -> None:
        box = box_of(place)
        self.move(self.x, box["y"] + box["height"] * (0.9 if lower else 0.1))

    def drag(self, option: str, place: Locator, *, lower: bool = False) -> None:
        self.take(option)
        self.over(place, lower=lower)
        self.release()


class Finger(Pointer):
    """One finger on a touch screen."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.session = page.context.new_cdp_session(page)
        self.session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def send(self, kind: str, *points: dict[str, float]) -> None:
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    def press(self, x: float, y: float) -> None:
        self.send("touchStart", {"x": x, "y": y})

    def move(self, x: float, y: float) -> None:
        self.send("touchMove", {"x": x, "y": y})

    def release(self) -> None:
        self.send("touchEnd")

    def cancel(self) -> None:
        self.send("touchCancel")


def box_of(place: Locator) -> dict[str, float]:
    box: Any = place.bounding_box()
    return dict(box)


def item(page: Page, option: str) -> Locator:
    return page.locator(f"#q-names [data-option={option}]")


def ranked(page: Page) -> list[str]:
    """As seen; the fields that are sent say the same."""
    seen: list[str] = page.locator("#q-names .ranked [data-option]").evaluate_all(
        "items => items.map(item => item.dataset.option)"
    )
    sent = page.locator("[name^='q.names.']").evaluate_all(
        "fields => fields.filter(f => f.value).sort((a, b) => a.value - b.value).map(f => f.name.slice(8))"
    )
    assert sent == seen
    return seen


def opened(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#q-names").evaluate("question => question.scrollIntoView()")


def check_nothing_is_held(page: Page) -> None:
    assert page.locator(".dragged, .landing, .landing-before, .landing-after").count() == 0
    assert page.locator("#q-names [style*=transform]").count() == 0


def test_with_a_mouse(town, open_poll, new_page, assert_accessible):
    page = new_page(viewport=DESKTOP)
    sign_in(page, town.seoul.url)
    poll = open_poll(questions=[NAMES])
    opened(page, f"{town.seoul.url}/polls/{poll}")
    mouse, said = Pointer(page), page.locator("[role=status].sr-only")
    mouse.drag("n2", page.locator("#q-names [data-none]"))
    mouse.drag("n3", item(page, "n2"))
    mouse.drag("n1", item(page, "n3"), lower=True)
    assert ranked(page) == ["n3", "n1", "n2"]
    expect(said).to_contain_text("새싹따릉이: 3개 가운데 2순위")
    mouse.take("n4")
    mouse.over(item(page, "n1"))
    assert_accessible(page)
    mouse.release()
    expect(said).to_contain_text("먼저 하나를 빼 주십시오.")
    assert ranked(page) == ["n3", "n1", "n2"]
    mouse.take("n2")
    mouse.over(item(page, "n3"))
    expect(item(page, "n3")).to_have_class("choice card-rank landing-before")
    page.keyboard.press("Escape")
    mouse.over(item(page, "n1"))
    mouse.release()
    assert ranked(page) == ["n3", "n1", "n2"]
    check_nothing_is_held(page)
    mouse.drag("n1", item(page, "n4"))
    expect(said).to_contain_text("새싹따릉이: 순위에서 뺐습니다")
    mouse.drag("n2", item(page, "n3"))
    assert ranked(page) == ["n2", "n3"]
    check_nothing_is_held(page)
    page.get_by_role("button", name="선택 내용 확인하기").click()
    expect(page.locator(".mychoices")).to_contain_text("1순위 꼬마따릉이")
    page.get_by_role("button", name="투표하기").click()
    eventually(lambda: voters(town, poll) == 1)
    (counted,) = town.seoul.ask("GET", f"/polls/{poll}/results")["questions"]
    places = {option["id"]: option["places"] for option in counted["options"] if any(option["places"])}
    assert places == {"n2": [1, 0, 0], "n3": [0, 1, 0]}


def test_what_can_only_be_chosen_alone_is_dragged_alone(town, open_poll, page):
    opened(page, f"{town.seoul.url}/polls/{open_poll(questions=[NAMES])}")
    mouse = Pointer(page)
    mouse.drag("n2", page.locator("#q-names [data-none]"))
    mouse.drag("n4", item(page, "n2"))
    mouse.drag("none", item(page, "n2"))
    assert ranked(page) == ["none"]
    mouse.drag("n1", item(page, "none"), lower=True)
    assert ranked(page) == ["n1"]
    item(page, "n2").locator("[data-handle]").click()
    assert ranked(page) == ["n1", "n2"], "taking hold and letting go is a click"


def test_with_a_finger(town, open_poll, new_page):
    page = new_page(viewport=PHONE)
    opened(page, f"{town.seoul.url}/polls/{open_poll(questions=[TWELVE])}")
    finger = Finger(page)
    finger.drag("n2", page.locator("#q-names [data-none]"))
    finger.drag("n1", item(page, "n2"), lower=True)
    assert ranked(page) == ["n2", "n1"]
    finger.take("n1")
    finger.over(item(page, "n2"))
    finger.cancel()
    assert ranked(page) == ["n2", "n1"]
    check_nothing_is_held(page)
    finger.drag("n1", item(page, "n2"))
    assert ranked(page) == ["n1", "n2"]
    start = page.evaluate("scrollY")
    finger.take("n3")
    finger.move(finger.x, PHONE["height"] - 10)
    page.wait_for_function("start => scrollY > start + 300", arg=start)
    finger.move(finger.x, 10)
    page.wait_for_function("start => scrollY < start + 20", arg=start)
    finger.move(finger.x, PHONE["height"] / 2)  # here the page stands still
    page.evaluate("start => scrollTo({ top: start, behavior: 'instant' })", start)
    finger.over(item(page, "n2"))
    finger.release()
    assert ranked(page) == ["n1", "n3", "n2"]


def test_the_page_scrolls_under_a_finger_that_holds_no_handle(town, open_poll, new_page):
    page = new_page(viewport=PHONE)
    opened(page, f"{town.seoul.url}/polls/{open_poll(questions=[TWELVE])}")
    finger, start = Finger(page), page.evaluate("scrollY")
    box = box_of(item(page, "n4").locator(".text"))
    finger.press(box["x"] + 5, box["y"] + 5)
    for n in range(1, 6):
        finger.move(box["x"] + 5, box["y"] + 5 - n * 50)
    finger.release()
    page.wait_for_function("start => scrollY > start + 100", arg=start)
    assert ranked(page) == []
