"""The gateway's process as a client meets it: over real HTTP and a real broker, with identity beside it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.plan import answers
from deploy.local.ports import any_free
from deploy.local.processes import Command, Process
from services.common.bus.client import BusClient
from services.identity import contract as identity
from services.keys import make
from services.migrate import migrate
from tests.fixtures.databases import NewDatabase
from tests.fixtures.servers import running

PHONE = "010-0000-0042"


@dataclass
class Running:
    """A running gateway and identity."""

    http: httpx.Client
    bus: BusClient
    log: Path

    def sign_in(self) -> dict[str, Any]:
        asked = self.http.post("/api/v1/auth/phone", json={"phone": PHONE}).json()
        code = self.bus.call(identity.GET_DELIVERY, challenge_id=asked["challenge_id"])["code"]
        body = {"challenge_id": asked["challenge_id"], "code": code}
        return dict(self.http.post("/api/v1/auth/phone/confirm", json=body).json())


def gateway_command(folder: Path, amqp_uri: str, port: int, **environ: str) -> Command:
    make(folder / "keys", "gateway", "access")
    whole = {
        **os.environ,
        "AMQP_URI": amqp_uri,
        "MVOTING_HOME": str(folder),
        "MVOTING_PORT": str(port),
        **environ,
    }
    url = f"http://127.0.0.1:{port}/livez"
    return Command("gateway", [sys.executable, "-m", "gateway"], whole, ready=lambda: answers(url))


@pytest.fixture(scope="module")
def gateway(
    new_module_database: NewDatabase, rabbitmq: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("gateway")
    url, port, telemetry = new_module_database(), any_free(), any_free()
    make(folder / "keys", "identity")
    migrate("identity", url)
    environ = {
        **os.environ,
        "AMQP_URI": rabbitmq,
        "IDENTITY_DATABASE_URL": url,
        "MVOTING_HOME": str(folder),
        "TELEMETRY_PORT": str(telemetry),
        "IDENTITY_RESEND_PAUSE": "0",
    }
    ready = f"http://127.0.0.1:{telemetry}/readyz"
    command = [sys.executable, "-m", "services.run", "identity"]
    served = Command("identity", command, environ, ready=lambda: answers(ready))
    with running(folder, served, gateway_command(folder, rabbitmq, port)):
        bus = BusClient(rabbitmq)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15) as http:
            yield Running(http, bus, folder / "logs" / "gateway.log")
        bus.close()


def test_it_becomes_ready(gateway: Running) -> None:
    until(lambda: gateway.http.get("/readyz").status_code == 200)
    assert gateway.http.get("/livez").json() == {"alive": True}


def until(condition: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def test_from_sign_in_to_sign_out(gateway: Running) -> None:
    session = gateway.sign_in()
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    assert gateway.http.get("/api/v1/me", headers=headers).json()["id"] == session["person"]["id"]
    renewed = gateway.http.post("/api/v1/auth/refresh", json={"refresh_token": session["refresh_token"]})
    assert renewed.status_code == 200
    assert gateway.http.post("/api/v1/auth/sign-out", headers=headers).status_code == 204
    after = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
    assert gateway.http.get("/api/v1/me", headers=after).json()["code"] == "invalid_token"


def test_a_session_that_ends_elsewhere_ends_here(gateway: Running) -> None:
    session = gateway.sign_in()
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    assert gateway.http.get("/api/v1/me", headers=headers).status_code == 200
    claims = json.loads(bytes_of(session["access_token"].split(".")[1]))
    gateway.bus.call(identity.END_SESSION, sid=claims["sid"])
    until(lambda: gateway.http.get("/api/v1/me", headers=headers).status_code == 401, 5)


def bytes_of(part: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_an_expired_cookie_is_renewed(gateway: Running) -> None:
    session = gateway.sign_in()
    cookie = {"Cookie": f"mvoting=expired; mvoting-refresh={session['refresh_token']}"}
    answer = gateway.http.get("/api/v1/me", headers=cookie)
    assert answer.status_code == 200
    assert "mvoting-refresh=" in answer.headers["set-cookie"]
    gateway.http.cookies.clear()


def test_a_service_that_is_not_there(gateway: Running) -> None:
    answer = gateway.http.get("/api/v1/polls")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_a_body_without_an_end(gateway: Running) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    headers = {"Content-Type": "application/json"}
    try:
        answer = gateway.http.post("/api/v1/auth/phone", content=endless(), headers=headers)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return
    assert answer.status_code == 413


def test_log_and_metrics_name_nobody(gateway: Running) -> None:
    session = gateway.sign_in()
    headers = {"Authorization": f"Bearer {session['access_token']}", "X-Request-ID": "seen-in-the-log"}
    gateway.http.get("/api/v1/polls/a-poll-of-mine/ballots/a-ballot-of-mine-1", headers=headers)
    told = gateway.log.read_text() + gateway.http.get("/metrics").text
    secrets = ["01000000042", "1000000042", "127.0.0.1", "a-poll-of-mine", "a-ballot-of-mine"]
    secrets += [session["access_token"], session["refresh_token"], session["person"]["id"]]
    assert not [secret for secret in secrets if secret in told]
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines()]
    line = next(line for line in lines if line.get("request_id") == "seen-in-the-log")
    assert line["route"] == "/api/v1/polls/{poll_id}/ballots/{ballot_id}"


def test_it_starts_and_stops_without_a_broker(tmp_path: Path) -> None:
    port = any_free()
    process = Process(gateway_command(tmp_path, "amqp://guest:guest@127.0.0.1:9/", port), tmp_path / "logs")
    process.start()
    try:
        process.wait_ready()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15) as http:
            assert http.get("/readyz").status_code == 503
            assert http.get("/api/v1/polls").status_code == 503
        process.send_stop()
        assert process.wait(10) == 0
    finally:
        process.stop()


def test_it_says_what_is_missing_in_one_sentence(tmp_path: Path) -> None:
    for environ in ({"MVOTING_PORT": "none"}, {"MVOTING_KEYS": str(tmp_path / "nothing")}):
        done = subprocess.run(
            [sys.executable, "-m", "gateway"],
            env={**os.environ, "MVOTING_HOME": str(tmp_path), **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_a_head_that_drips_is_given_up(rabbitmq: str, tmp_path: Path) -> None:
    port = any_free()
    process = Process(
        gateway_command(tmp_path, rabbitmq, port, GATEWAY_HEAD_SECONDS="0.5", GATEWAY_KEEP_ALIVE="1"),
        tmp_path / "logs",
    )
    process.start()
    try:
        process.wait_ready()
        for sent in (
            b"",
            b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: ",
            b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), 30) as client:
                client.sendall(sent)
                while client.recv(65_536):
                    pass
    finally:
        process.stop()
