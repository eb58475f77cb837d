"""The fault proxy passes bytes as they are, holds them while stalled, and turns confirms into refusals when told to."""

import socket
import socketserver
import struct
import threading

import pytest

from tests.chaos.proxy import Proxy


def frame(payload, kind=1, channel=1):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


ACK = frame(struct.pack(">HHQB", 60, 80, 7, 1))
NACK = frame(struct.pack(">HHQB", 60, 120, 7, 1))
OTHER = frame(struct.pack(">HHQB", 60, 60, 7, 1))
HEARTBEAT = frame(b"", kind=8, channel=0)


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


@pytest.fixture
def proxy():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made = Proxy(*server.server_address).start()
        yield made
        made.stop()
        server.shutdown()


@pytest.fixture
def line(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as connection:
        yield connection


def said_back(line, sent):
    line.sendall(sent)
    found = b""
    while len(found) < len(sent):
        found += line.recv(65536)
    return found


def test_passes_everything_as_it_is(line):
    assert said_back(line, ACK + OTHER + HEARTBEAT) == ACK + OTHER + HEARTBEAT


def test_turns_confirms_and_nothing_else_into_refusals(proxy, line):
    proxy.faults.refuse = True
    assert said_back(line, OTHER + ACK + HEARTBEAT) == OTHER + NACK + HEARTBEAT
    assert proxy.refused == 1


def test_holds_everything_while_stalled(proxy, line):
    proxy.faults.stalled = True
    line.settimeout(0.3)
    with pytest.raises(TimeoutError):
        said_back(line, OTHER)
    proxy.faults.stalled = False
    line.settimeout(5)
    assert line.recv(65536) == OTHER


def test_a_confirm_comes_late(proxy, line):
    proxy.faults.confirm_delay = 0.4
    line.settimeout(0.2)
    with pytest.raises(TimeoutError):
        said_back(line, ACK)
    line.settimeout(5)
    assert line.recv(65536) == ACK
