"""A gateway in front of a log that tests can change as an attacker would."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from gateway.pages.proof import check_address
from tests.fixtures.synthetic_log import Keys, Site, SyntheticLog, ballot, served

LEAVES = 300
DONE = "[data-result]:not([hidden])"
LONGEST_MS = 90_000


def some_ballots(count: int = LEAVES) -> list[bytes]:
    return [ballot(n) for n in range(count)]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("site"), SyntheticLog(some_ballots(1))) as running:
        yield running


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def log(site, keys) -> SyntheticLog:
    """The log that the site shows."""
    made = SyntheticLog(some_ballots(), keys)
    site.show(made)
    return made


@pytest.fixture
def check(site, page) -> Callable[..., Page]:
    """`check(receipt) -> page` with what was found, as after scanning the receipt's QR code."""

    def run(receipt: dict[str, Any]) -> Page:
        page.goto("about:blank")
        page.goto(check_address(receipt, site.url))
        finished(page)
        return page

    return run


def finished(page: Page) -> None:
    """Returns once the check has a verdict; a busy machine may take its time for it."""
    page.wait_for_selector(DONE, timeout=LONGEST_MS)


def verdict(page: Page) -> str:
    return page.locator("[data-heading]").inner_text()


def found(page: Page) -> list[str]:
    """The names of what was found, in order."""
    steps: list[str] = page.eval_on_selector_all("[data-found]", "all => all.map(one => one.dataset.found)")
    return steps
