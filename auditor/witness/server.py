"""The witness over HTTP: a fixed number of threads, requests of bounded size, a deadline for each."""

import io
import socket
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from auditor.deadlines import Deadline, TimedReader
from auditor.formats.notes import COSIGNATURE_V1, LONGEST
from auditor.witness import pages
from auditor.witness.service import Answer, Witness, say

THREADS = 32
IDLE = 5.0
"""Seconds that a kept connection may be silent."""
REQUEST = 10.0
"""Seconds for one request, from its first line to the last byte of its body."""
ANSWER = 10.0
"""Seconds for taking an answer."""
MOST_REQUESTS = 1000
"""Requests on one connection."""
MOST_BODY = LONGEST + 64 * 64
"""Bytes of a request: a note and 63 proof lines."""
NOT_FOUND = Answer(HTTPStatus.NOT_FOUND, b"not found\n")


class Server:
    """Serves a witness until it is stopped. Raises OSError where it cannot listen."""

    def __init__(self, witness: Witness, host: str, port: int, threads: int = THREADS) -> None:
        self._witness = witness
        self._listening = socket.create_server((host, port), family=_family(host), backlog=128)
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def stop(self) -> None:
        """Takes no more connections; what is being answered has a moment to end."""
        self._stopping.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the threads that wait for a connection
        self._listening.close()
        for thread in self._threads:
            thread.join(timeout=1.0)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, peer = self._listening.accept()
            except OSError:
                self._stopping.wait(0.1)
                continue
            with connection:
                self._serve(connection, peer)

    def _serve(self, connection: socket.socket, peer: Any) -> None:
        try:
            _Handler(connection, peer, self._witness)
        except OSError:
            return  # the other side is gone or too slow
        except Exception as error:  # noqa: BLE001  a thread that died would be missing for ever
            say(f"a request failed: {type(error).__name__}")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "mvoting-witness"
    sys_version = ""

    def __init__(self, connection: socket.socket, peer: Any, witness: Witness) -> None:
        self._witness = witness
        self._deadline = Deadline(IDLE)
        self._left = MOST_REQUESTS
        super().__init__(connection, peer, None)  # type: ignore[arg-type]  # no use is made of the server

    def setup(self) -> None:
        self.connection = self.request
        self.rfile = io.BufferedReader(TimedReader(self.connection, self._deadline))
        self.wfile = self.connection.makefile("wb")

    def handle_one_request(self) -> None:
        self._deadline.restart(IDLE)
        self._left -= 1
        super().handle_one_request()
        self.close_connection = self.close_connection or self._left <= 0

    def parse_request(self) -> bool:
        self._deadline.restart(REQUEST)
        return super().parse_request()

    def do_GET(self) -> None:
        self._send(self._page())

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self.close_connection = True
            self._send(NOT_FOUND)
            return
        body = self._body()
        if body is not None:
            self._send(self._witness.add_checkpoint(body))

    def _body(self) -> bytes | None:
        """The whole body; None when it was refused, which ends the connection."""
        said = self.headers.get("Content-Length", "")
        length = int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else None
        if length is None:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif length > MOST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(length)
            if len(body) == length:
                return body
            self._refuse(HTTPStatus.BAD_REQUEST)
        return None

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(Answer(status, f"{status.phrase}\n".encode()))

    def _page(self) -> Answer:
        if self.path == "/":
            return Answer(HTTPStatus.OK, pages.page(self._witness), "text/html; charset=utf-8")
        if self.path == "/state.json":
            return Answer(HTTPStatus.OK, pages.state_json(self._witness), "application/json")
        if self.path == "/vkey":
            return Answer(HTTPStatus.OK, f"{self._witness.signer.key(COSIGNATURE_V1).vkey()}\n".encode())
        kept = self._witness.evidence.read(self.path.removeprefix("/evidence/"))
        return Answer(HTTPStatus.OK, kept, "application/json") if kept else NOT_FOUND

    def _send(self, answer: Answer) -> None:
        self.connection.settimeout(ANSWER)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Requests are not logged: the log of each log is its state."""
