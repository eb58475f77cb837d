import socket
import subprocess
import sys

from deploy.local.ports import (
    LOWEST,
    USUAL_OUTGOING,
    PortBook,
    any_free,
    first_outgoing,
    is_free,
    is_listening,
    neighbours,
    take,
)


def test_a_port_is_kept_for_the_next_start(tmp_path):
    path = tmp_path / "ports.json"
    port = PortBook(path).port("broker")

    assert PortBook(path).port("broker") == port


def test_a_port_that_somebody_took_is_chosen_anew(tmp_path):
    path = tmp_path / "ports.json"
    port = PortBook(path).port("broker")
    with socket.create_server(("127.0.0.1", port)):
        assert PortBook(path).port("broker") != port


def test_a_port_does_not_change_while_its_own_server_listens(tmp_path):
    book = PortBook(tmp_path / "ports.json")
    port = book.port("broker")
    with socket.create_server(("127.0.0.1", port)):
        assert book.port("broker") == port


def test_two_uses_have_two_ports(tmp_path):
    book = PortBook(tmp_path / "ports.json")

    assert len({book.port(use) for use in "abcdefgh"}) == 8


def test_a_broken_book_is_written_anew(tmp_path):
    path = tmp_path / "ports.json"
    path.write_text("{")

    assert is_free(PortBook(path).port("broker"))


def test_listening_and_free_are_opposites():
    port = any_free()
    assert is_free(port)
    assert not is_listening(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
        assert is_listening(port)


def test_a_port_is_given_away_once():
    given = {any_free() for _ in range(20)} | {neighbours(3) + offset for offset in range(3)}
    assert len(given) == 23


def python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys\nfrom deploy.local.ports import *\n{code}", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_no_other_process_is_given_a_port_before_its_server_has_started(tmp_path):
    mine = PortBook(tmp_path / "ports.json").port("broker")
    with python("print(any_free(), take(int(sys.argv[1])), flush=True); sys.stdin.read()", mine) as other:
        assert other.stdout is not None
        port, took_mine = other.stdout.readline().split()
        assert took_mine == "False"
        assert is_free(int(port))
        assert not take(int(port))
        other.communicate(timeout=30)

    assert take(int(port)), "the other process has ended"
    assert PortBook(tmp_path / "ports.json").port("broker") == mine


def test_a_free_port_is_none_that_an_outgoing_connection_may_get(tmp_path):
    assert all(LOWEST <= any_free() < first_outgoing() for _ in range(50))
    setting = tmp_path / "range"
    assert first_outgoing(setting) == USUAL_OUTGOING
    setting.write_text("40000\t60999\n")
    assert first_outgoing(setting) == 40_000
    setting.write_text("1024\t60999\n")
    assert first_outgoing(setting) > LOWEST
