"""Dead letters of ballots as administrators handle them, over the service's own calls."""

import subprocess
import sys
from collections.abc import Callable

import orjson
import pytest

from services.ballots import contract
from services.common.bus import dead_letters
from services.common.bus.link import Link
from services.common.bus.topology import DEAD_EXCHANGE, batch_queue, dead_queue
from services.common.ids import new_id
from services.common.operations.contract import LettersInHand, NotAdministrator, QueueNotFound
from services.polls import contract as polls
from tests.component.ballots.test_process import Running, eventually, poll, services

__all__ = ["poll", "services"]

QUEUE = contract.CAST.queue
ADMIN = {"person_id": "admin-1", "roles": ["admin"], "orgs": {}}
OPERATOR = {"person_id": "person-1", "roles": [], "orgs": {"seoul": "operator"}}


@pytest.fixture(scope="module")
def new_module_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """SQLite is enough here: what the database has to do is tested on both in tests/component/common."""
    folder = tmp_path_factory.mktemp("databases")
    return lambda: f"sqlite:///{folder / new_id()}"


@pytest.fixture
def link(services):
    link = Link(services.environ["AMQP_URI"], "test")
    link.declare_exchanges()
    link.declare(batch_queue(contract.CAST), dead_queue(QUEUE))
    yield link
    link.ask(link.channel.queue_purge, dead_queue(QUEUE).name)
    link.close()


def letters(services: Running) -> list[dict]:
    return services.call(contract.LIST_DEAD_LETTERS, actor=ADMIN)["items"]


def wait_for(services: Running, number: int) -> list[dict]:
    return eventually(lambda: len(found := letters(services)) == number and found)


def encode(items: list[dict]) -> bytes:
    """A batch's body."""
    return orjson.dumps({"items": items, "request_ids": [None] * len(items)})


def put_dead(link: Link, *items: dict) -> str:
    """As a worker does with what makes it fail."""
    message_id = new_id()
    headers = {"x-reason": "failed", "x-error-type": "ValueError"}
    properties = {"message_id": message_id, "delivery_mode": 2, "application_headers": headers}
    link.publish(link.channel, encode(list(items)), DEAD_EXCHANGE, QUEUE, **properties)
    return message_id


def test_undecodable_messages_are_listed_and_shown_without_what_is_in_them(services, poll, link):
    secret = "010-9999-8888"
    item = services.item(poll, "kim", "c")
    for body in (secret.encode(), orjson.dumps({"items": [item], "request_ids": []})):
        link.publish(link.channel, body, "", QUEUE, delivery_mode=2, message_id=secret)
    services.cast(services.item(poll, "lee", "a"))
    found = wait_for(services, 2)
    assert {letter["reason"] for letter in found} == {"undecodable"}
    assert [letter["about"] for letter in found if letter["items"]] == [{poll: 1}]
    shown = run(services, "list") + "".join(run(services, "show", QUEUE, letter["id"]) for letter in found)
    told = shown + repr(found) + services.logs() + services.metrics("ballots-worker")
    for hidden in (secret, item["ballot_id"], item["ballot_pass"][:40], "answers"):
        assert hidden not in told
    assert all(letter["id"] in shown for letter in found)
    eventually(lambda: f'dead_letters{{queue="{QUEUE}"}} 2.0' in services.metrics("ballots"))


def run(services: Running, *arguments: str, status: int = 0) -> str:
    argv = [sys.executable, "-m", "services.dead_letters", *arguments]
    done = subprocess.run(argv, env=services.environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def test_a_replayed_ballot_is_recorded_exactly_once(services, poll, link):
    item = services.item(poll, "kim", "a")
    ids = [put_dead(link, item), put_dead(link, item)]
    wait_for(services, 2)
    done = services.call(contract.REPLAY_DEAD_LETTERS, actor=ADMIN, queue=QUEUE, ids=[*ids, new_id()])
    assert (done["done"], len(done["left"])) == (ids, 1)
    eventually(lambda: services.status(poll, item)["status"] == "recorded")
    again = services.call(contract.REPLAY_DEAD_LETTERS, actor=ADMIN, queue=QUEUE, ids=ids)
    assert again == {"done": [], "left": ids}
    eventually(lambda: services.results(poll).get("voters") == 1)
    assert letters(services) == []


def sealing(services, poll) -> tuple[bool, int]:
    """Whether the poll's log is sealed, and how many dead letters keep it from that."""
    found = services.call(contract.GET_SEALING, poll_id=poll)
    return found["sealed"], found["dead_letters"]


def test_a_discarded_ballot_stands_in_its_polls_change_log_with_the_reason(services, poll, link):
    services.cast(services.item(poll, "lee", "a"))
    own = put_dead(link, services.item(poll, "kim", "a"), services.item(poll, "choi", "a"))
    stray = put_dead(link, services.item("nobody-knows-this-poll", "kim", "a"))
    wait_for(services, 2)
    services.call(polls.CLOSE_POLL, poll_id=poll, actor=None)
    assert sealing(services, poll) == (False, 2)

    reason = "두 표 모두 손상되어 읽을 수 없음"
    asked = {"actor": ADMIN, "queue": QUEUE, "ids": [own, stray]}
    done = services.call(contract.DISCARD_DEAD_LETTERS, reason=reason, **asked)
    assert done == {"done": [own, stray], "left": []}
    [change] = eventually(lambda: services.call(polls.LIST_CHANGES, poll_id=poll, actor=None)["items"])
    assert (change["what"], change["new"], change["reason"]) == ("dead_letter_discarded", 2, reason)
    book = {one["id"]: one for one in services.call(contract.LIST_DEAD_LETTERS, actor=ADMIN)["discarded"]}
    assert (book[own]["about"], book[stray]["about"]) == ({poll: 2}, {})
    assert book[stray]["reason"] == reason
    eventually(lambda: services.results(poll)["state"] == "final")
    assert sealing(services, poll) == (True, 0)


def test_a_discard_that_a_crash_cut_short_is_finished_and_told_once(services, poll, link):
    services.cast(services.item(poll, "lee", "a"))
    letter = put_dead(link, services.item(poll, "kim", "a"))
    wait_for(services, 1)
    asked = {"actor": ADMIN, "queue": QUEUE, "ids": [letter], "reason": "damaged"}
    services.call(contract.DISCARD_DEAD_LETTERS, **asked)
    # What a crash after keeping the reason leaves: the letter, and a row that does not know that it is gone.
    put_back(services, link, letter, services.item(poll, "kim", "a"))
    assert services.call(contract.REPLAY_DEAD_LETTERS, actor=ADMIN, queue=QUEUE, ids=[letter])["done"] == []
    eventually(lambda: letters(services) == [])
    assert len(services.call(polls.LIST_CHANGES, poll_id=poll, actor=None)["items"]) == 1


def put_back(services: Running, link: Link, letter: str, item: dict) -> None:
    import sqlalchemy as sa

    from services.ballots.storage.tables import discarded_letter
    from services.common.database import Database

    database = Database(services.environ["BALLOTS_DATABASE_URL"])
    with database.write() as tx:
        of_letter = discarded_letter.c.letter_id == letter
        tx.conn.execute(sa.update(discarded_letter).where(of_letter).values(gone=False))
        tx.commit()
    database.close()
    properties = {"message_id": letter, "delivery_mode": 2}
    link.publish(link.channel, encode([item]), DEAD_EXCHANGE, QUEUE, **properties)


def test_the_command_replays_and_discards(services, poll, link):
    item = services.item(poll, "kim", "a")
    first, second = put_dead(link, item), put_dead(link, services.item(poll, "lee", "a"))
    wait_for(services, 2)
    assert [QUEUE, "2"] in [line.split() for line in run(services, "list").splitlines()]
    run(services, "list", "--fail-if-any", status=1)
    run(services, "replay", QUEUE, first)
    eventually(lambda: services.status(poll, item)["status"] == "recorded")
    run(services, "discard", QUEUE, second, status=2)
    run(services, "discard", QUEUE, second, "--reason", "damaged")
    run(services, "discard", QUEUE, second, "--reason", "damaged", status=1)
    run(services, "show", "no.such.queue", status=2)
    run(services, "list", "--fail-if-any")
    assert letters(services) == []


def test_who_may_not(services, link):
    for actor in (OPERATOR, None):
        with pytest.raises(NotAdministrator):
            services.call(contract.LIST_DEAD_LETTERS, actor=actor)
    with pytest.raises(QueueNotFound):
        services.call(contract.REPLAY_DEAD_LETTERS, actor=ADMIN, queue="other", ids=[new_id()])
    with (
        dead_letters._opened(services.environ["AMQP_URI"], QUEUE),
        pytest.raises(LettersInHand),
    ):
        services.call(contract.REPLAY_DEAD_LETTERS, actor=ADMIN, queue=QUEUE, ids=[new_id()])
