import socket

from deploy.local.ports import (
    LOWEST,
    USUAL_OUTGOING,
    PortBook,
    any_free,
    first_outgoing,
    is_free,
    is_listening,
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


def test_a_free_port_is_none_that_an_outgoing_connection_may_get(tmp_path):
    assert all(LOWEST <= any_free() < first_outgoing() for _ in range(50))
    setting = tmp_path / "range"
    assert first_outgoing(setting) == USUAL_OUTGOING
    setting.write_text("40000\t60999\n")
    assert first_outgoing(setting) == 40_000
    setting.write_text("1024\t60999\n")
    assert first_outgoing(setting) > LOWEST
