"""The witness over real sockets: the protocol, slow and oversized requests, its pages, and following a log."""

import http.client
import json
import socket
import threading
from http import HTTPStatus

import pytest

from auditor.fetching import Site, Unreachable
from auditor.formats import notes
from auditor.formats.encodings import b64
from auditor.formats.notes import Signer
from auditor.witness import following, server
from auditor.witness.evidence import Evidence
from auditor.witness.following import Follower, NotFollowed, Polls
from auditor.witness.judge import Head
from auditor.witness.server import Server
from auditor.witness.service import Witness
from auditor.witness.store import Store
from auditor.witness.trust import Rule, Trust
from tests.component.auditor.log_server import HOST
from tests.unit.auditor.logs import TestLog, key

LEAVES = [str(n).encode() for n in range(700)]


@pytest.fixture
def witness(tmp_path):
    rules = [Rule("vote.example/log/*", key(1).public_key().public_bytes_raw())]
    made = Witness(Signer("witness.example/w", key(2)), Trust(rules), Store(tmp_path), Evidence(tmp_path))
    yield made
    made.store.close()


@pytest.fixture
def served(witness):
    running = Server(witness, HOST, 0, threads=4)
    yield running
    running.stop()


@pytest.fixture
def connection(served):
    made = http.client.HTTPConnection(HOST, served.port, timeout=10)
    yield made
    made.close()


def ask(connection, method, path, body=None):
    connection.request(method, path, body)
    response = connection.getresponse()
    return response.status, response.read(), response.headers


def test_the_protocol_over_one_kept_connection(connection):
    log = TestLog("vote.example/log/p1", LEAVES[:40])
    status, body, headers = ask(connection, "POST", "/add-checkpoint", log.request(0, 7))
    assert (status, notes.parse_signatures(body)[0].name) == (200, "witness.example/w")
    kept = connection.sock
    status, body, headers = ask(connection, "POST", "/add-checkpoint", log.request(0, 23))
    assert (status, body, headers["Content-Type"]) == (409, b"7\n", "text/x.tlog.size")
    assert ask(connection, "POST", "/add-checkpoint", b"nonsense")[0] == 400
    assert ask(connection, "POST", "/add-checkpoint", TestLog("x", LEAVES).request(0))[0] == 404
    assert (
        ask(connection, "POST", "/add-checkpoint", TestLog("vote.example/log/p1", LEAVES, 9).request(7))[0]
        == 403
    )
    fork = TestLog("vote.example/log/p1", [b"x", *LEAVES])
    assert ask(connection, "POST", "/add-checkpoint", fork.request(7, 23))[0] == 422
    assert connection.sock is kept


def test_what_it_shows(connection, witness):
    log = TestLog("vote.example/log/p<1>", LEAVES[:7])
    ask(connection, "POST", "/add-checkpoint", log.request(0))
    state = json.loads(ask(connection, "GET", "/state.json")[1])
    assert state["logs"][0]["root"] == b64(log.root())
    assert ask(connection, "GET", "/vkey")[1].decode().strip() == state["vkey"]
    fork = TestLog("vote.example/log/p<1>", [b"x", *LEAVES[1:7]])
    ask(connection, "POST", "/add-checkpoint", fork.request(7))
    (name,) = witness.evidence.names()
    page = ask(connection, "GET", "/")[1].decode()
    assert "p&lt;1&gt;" in page
    assert f"/evidence/{name}" in page
    assert json.loads(ask(connection, "GET", f"/evidence/{name}")[1])["kind"] == "same_size"


@pytest.mark.parametrize("path", ["/nothing", "/evidence/", "/evidence/../key.pem", "/key.pem"])
def test_nothing_else_is_shown(connection, path):
    assert ask(connection, "GET", path)[0] == 404


def test_requests_are_bounded(served):
    for headers in (
        {"Content-Length": str(server.MOST_BODY + 1)},
        {"Transfer-Encoding": "chunked"},
        {"Content-Length": "-1"},
    ):
        connection = http.client.HTTPConnection(HOST, served.port, timeout=10)
        connection.putrequest("POST", "/add-checkpoint")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status in (
            HTTPStatus.LENGTH_REQUIRED,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
        connection.close()


def test_slow_clients_do_not_keep_its_threads(served, monkeypatch):
    monkeypatch.setattr(server, "IDLE", 0.3)
    monkeypatch.setattr(server, "REQUEST", 0.3)
    slow = [socket.create_connection((HOST, served.port), timeout=10) for _ in range(12)]
    for n, each in enumerate(slow):
        each.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 50\r\n\r\nold"[: 10 + 8 * n])
    connection = http.client.HTTPConnection(HOST, served.port, timeout=10)
    assert ask(connection, "GET", "/vkey")[0] == 200
    connection.close()
    for each in slow:
        each.close()


@pytest.fixture
def site(served_logs):
    made = Site(served_logs.address)
    yield made
    made.close()


ORIGIN = "vote.example/log/p1"


def test_following_a_log_that_grows(witness, served_logs, site):
    served_logs.logs["p1"] = log = TestLog(ORIGIN, LEAVES)
    for size in (1, 255, 256, 300, 300, 700):
        served_logs.sizes["p1"] = size
        assert following.look(witness, site, "p1").size == size
        assert witness.store.head(ORIGIN) == Head(size, log.root(size))
    served_logs.sizes["p1"] = 260  # an older checkpoint out of a cache is no offence
    following.look(witness, site, "p1")
    assert witness.store.head(ORIGIN).size == 700
    assert witness.evidence.names() == []


@pytest.mark.parametrize("size", [300, 299, 650])
def test_following_a_log_that_shows_another_history(witness, served_logs, site, size):
    served_logs.logs["p1"] = TestLog(ORIGIN, LEAVES)
    served_logs.sizes["p1"] = 300
    following.look(witness, site, "p1")
    known = witness.store.head(ORIGIN)
    fork = TestLog(ORIGIN, [LEAVES[0], b"edited", *LEAVES[2:]])
    served_logs.logs["p1"] = fork
    served_logs.sizes["p1"] = size
    if (
        size < 300
    ):  # the tiles that are served now are not those of the larger tree: nothing is proved, nothing accepted
        with pytest.raises((NotFollowed, Unreachable)):
            following.look(witness, site, "p1")
        assert witness.evidence.names() == []
    else:
        following.look(witness, site, "p1")
        (name,) = witness.evidence.names()
        kept = json.loads(witness.evidence.read(name) or b"")
        assert fork.note(size).encode().decode() in kept["notes"]
        assert len(kept["notes"]) == 2
    assert witness.store.head(ORIGIN) == known


def test_tiles_that_were_tampered_with_prove_nothing(witness, served_logs, site):
    served_logs.logs["p1"] = TestLog(ORIGIN, LEAVES)
    served_logs.sizes["p1"] = 300
    following.look(witness, site, "p1")
    served_logs.sizes["p1"] = 700
    served_logs.tiles_of["p1"] = TestLog(ORIGIN, [b"x", *LEAVES[1:]])
    with pytest.raises(NotFollowed, match="tiles"):
        following.look(witness, site, "p1")
    assert witness.evidence.names() == []
    assert witness.store.head(ORIGIN).size == 300


def city_leaf(kind, poll):
    return json.dumps(
        {"at": "2026-01-01T00:00:00Z", "body": {}, "kind": kind, "poll": poll, "v": 1}, separators=(",", ":")
    ).encode()


def test_following_a_whole_city(witness, served_logs, capfd):
    leaves = [
        city_leaf("poll_opened", "p1"),
        city_leaf("poll_opened", "p2"),
        b"not an entry",
        city_leaf("poll_opened", "../x"),
    ]
    served_logs.logs["city"] = TestLog("vote.example/log/city", leaves)
    for name in ("p1", "p2"):
        served_logs.logs[name] = TestLog(f"vote.example/log/{name}", LEAVES[:9])
    follower = Follower(witness, [served_logs.address], every=60)
    site, polls = Site(served_logs.address), Polls()
    follower.once(site, None, polls)
    assert {seen.origin for seen in witness.store.all()} == {
        f"vote.example/log/{n}" for n in ("city", "p1", "p2")
    }
    leaves += [city_leaf("result", "p1")]
    served_logs.logs["city"] = TestLog("vote.example/log/city", leaves)
    for name in ("p1", "p2"):
        served_logs.logs[name] = TestLog(f"vote.example/log/{name}", LEAVES[:11])
    follower.once(site, None, polls)
    assert polls.open == {"p2"}
    assert {witness.store.head(f"vote.example/log/{n}").size for n in ("p1", "p2")} == {11}
    served_logs.logs.clear()
    follower.once(site, None, polls)
    follower.once(site, None, polls)
    assert capfd.readouterr().err.count("\n") == 2  # each trouble once: the city's log, and the open poll's
    site.close()


def test_a_thread_follows_until_it_is_stopped(witness, served_logs):
    served_logs.logs["p1"] = TestLog(ORIGIN, LEAVES[:5])
    follower = Follower(witness, [f"{served_logs.address}/log/p1"], every=0.05)
    follower.start()
    for _ in range(200):
        if witness.store.head(ORIGIN).size == 5:
            break
        threading.Event().wait(0.05)
    follower.stop()
    assert witness.store.head(ORIGIN).size == 5
