"""The samples in a real stack: interrupted, finished, and left alone by the next run."""

import json
import os
import signal
import subprocess
import sys

import httpx
import pytest

from deploy.local.samples.accounts import ADMIN

LOADER = [sys.executable, "-m", "deploy.local.samples"]
SECONDS = 100


@pytest.fixture(scope="module")
def stack(start_stack):
    """An empty stack of this module's own; asking for codes again is allowed at once."""
    stack = start_stack(environ={"IDENTITY_RESEND_PAUSE": "0"})
    stack.create_admin(ADMIN)
    return stack


def start_loader(stack):
    # The small file that the project ships, whatever lies beside the project.
    environ = {**os.environ, **stack.environ, "MVOTING_DATA": "/nowhere"}
    return subprocess.Popen([*LOADER, stack.url], env=environ, stdout=subprocess.PIPE, text=True)


def run_loader(stack) -> str:
    loader = start_loader(stack)
    output, _ = loader.communicate(timeout=SECONDS)
    assert loader.returncode == 0, output
    return output


def interrupt_after(stack, words: str) -> None:
    loader = start_loader(stack)
    for line in loader.stdout:
        if words in line:
            break
    loader.send_signal(signal.SIGTERM)
    loader.communicate(timeout=10)
    assert loader.returncode != 0


def polls_by_title(stack) -> dict[str, dict]:
    items = httpx.get(f"{stack.url}/api/v1/polls", params={"limit": 100}, timeout=10).json()["items"]
    assert len({item["title"] for item in items}) == len(items)
    return {item["title"]: item for item in items}


def results(stack, poll_id: str) -> dict:
    return httpx.get(f"{stack.url}/api/v1/polls/{poll_id}/results", timeout=10).json()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_an_interrupted_run_is_finished_by_the_next_and_a_third_changes_nothing(stack):
    interrupt_after(stack, "100 of 285")
    assert not (stack.home / "samples.json").exists()
    run_loader(stack)
    polls = polls_by_title(stack)
    states = {title: poll["state"] for title, poll in polls.items()}
    assert sorted(states.values()) == ["open"] * 4 + ["published"] * 3
    shown = {poll["id"]: results(stack, poll["id"]) for poll in polls.values()}

    happiness = next(poll for title, poll in polls.items() if "행복지표" in title)
    options = shown[happiness["id"]]["questions"][0]["options"]
    assert [option["count"] for option in options] == [68, 84, 14, 119]
    assert [option["share"] for option in options] == ["23.86", "29.47", "4.91", "41.75"]
    assert shown[happiness["id"]]["voters"] == 285

    bicycle = next(poll for title, poll in polls.items() if "따릉이" in title)
    outcome = shown[bicycle["id"]]["questions"][0]["outcome"]
    assert [option["id"] for option in outcome["options"] if option["selected"]] == ["o1"]

    live = next(poll for title, poll in polls.items() if "시민참여예산" in title)
    assert shown[live["id"]]["state"] == "live"
    embargoed = [
        poll for title, poll in polls.items() if "건축상" in title or "유턴장" in title or "시민카드" in title
    ]
    assert {shown[poll["id"]]["state"] for poll in embargoed} == {"embargoed"}

    accounts = json.loads((stack.home / "samples.json").read_text())["accounts"]
    assert [account["who"] for account in accounts] == ["citizen", "operator", "operator", "admin"]

    run_loader(stack)
    assert polls_by_title(stack) == polls
    assert results(stack, happiness["id"]) == shown[happiness["id"]]
    assert results(stack, live["id"])["voters"] == 54


def test_pictures_are_there(stack):
    polls = polls_by_title(stack)
    survey = next(poll for title, poll in polls.items() if "시민카드" in title)
    picture = httpx.get(f"{stack.url}{survey['image']}", timeout=10)
    assert picture.headers["content-type"].startswith("image/")


def test_without_an_administrator_it_says_what_to_do(stack):
    environ = {**os.environ, **stack.environ, "MVOTING_ADMIN_PHONE": "+821000000009"}
    ended = subprocess.run(
        [*LOADER, stack.url], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "create-admin" in ended.stderr
    assert "Traceback" not in ended.stderr
