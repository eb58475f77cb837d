"""A local stand-in for NAVER Cloud's SMS API: checks what the real one documents, and can be told to misbehave."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SERVICE_ID = "ncp:sms:kr:123456789012:mvoting"
ACCESS_KEY = "access-key-1"
SECRET_KEY = "secret-key-1"
SENDER = "0221330000"
PATH = f"/sms/v2/services/{SERVICE_ID}/messages"
FIVE_MINUTES_MS = 5 * 60 * 1000
FIELDS = {"type", "contentType", "countryCode", "from", "subject", "content", "messages"}


@dataclass
class SensServer:
    """`answer` overrules: a status to answer with, `hang`, `drip` or `cut`. `received` holds accepted bodies."""

    url: str = ""
    answer: int | str | None = None
    received: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)


def problem_with(body: dict[str, Any]) -> str | None:
    """What the documented format forbids."""
    if set(body) - FIELDS or not {"type", "from", "content", "messages"} <= set(body):
        return "fields"
    size = len(body["content"].encode("euc_kr"))
    if body["type"] not in ("SMS", "LMS") or size > {"SMS": 90, "LMS": 2000}[body["type"]]:
        return "content"
    if "subject" in body and (body["type"] != "LMS" or len(body["subject"].encode("euc_kr")) > 40):
        return "subject"
    if body["from"] != SENDER or body.get("contentType") != "COMM" or not body["countryCode"].isdigit():
        return "sender"
    return None if all(each["to"].isdigit() for each in body["messages"]) else "to"


def is_signed(path: str, headers: Any) -> bool:
    timestamp = headers.get("x-ncp-apigw-timestamp", "0")
    signed = f"POST {path}\n{timestamp}\n{ACCESS_KEY}".encode()
    expected = base64.b64encode(hmac.new(SECRET_KEY.encode(), signed, hashlib.sha256).digest()).decode()
    fresh = abs(int(timestamp) - time.time() * 1000) < FIVE_MINUTES_MS
    return (
        fresh
        and headers["x-ncp-iam-access-key"] == ACCESS_KEY
        and headers["x-ncp-apigw-signature-v2"] == expected
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: SensServer

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.state.requests += 1
        if self.state.answer in ("hang", "drip", "cut"):
            self.misbehave()
        elif self.state.answer is not None:
            self.reply(int(self.state.answer), {"status": self.state.answer})
        else:
            self.reply(*self.judge(raw))

    def judge(self, raw: bytes) -> tuple[int, dict[str, Any]]:
        if self.path != PATH:
            return 404, {}
        if not is_signed(self.path, self.headers):
            return 401, {"error": {"errorCode": "200"}}
        body = json.loads(raw)
        problem = problem_with(body)
        if problem or self.headers["Content-Type"] != "application/json; charset=utf-8":
            return 400, {"errorMessage": problem}
        self.state.received.append(body)
        return 202, {"requestId": f"RSSA-{self.state.requests}", "statusCode": "202", "statusName": "success"}

    def misbehave(self) -> None:
        self.close_connection = True
        while self.state.answer == "drip" and not self.state.stopping.wait(0.05):
            self.wfile.write(b"H")
        if self.state.answer == "hang":
            self.state.stopping.wait(20)

    def reply(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def handle(self) -> None:
        with suppress(OSError):  # the client hung up on a hanging server
            super().handle()


@contextmanager
def running() -> Iterator[SensServer]:
    server = SensServer()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": server}))
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        httpd.shutdown()
        httpd.server_close()
