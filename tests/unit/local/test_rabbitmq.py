import pytest

from deploy.local import rabbitmq
from deploy.local.console import Unusable
from deploy.local.ports import PortBook, any_free


def test_everything_of_a_node_is_in_its_own_folder(tmp_path):
    broker = rabbitmq.private_node(tmp_path, PortBook(tmp_path / "ports.json"), tmp_path / "rabbitmq-server")
    environ = broker.commands[-1].environ

    for name in (
        "HOME",
        "RABBITMQ_MNESIA_BASE",
        "RABBITMQ_LOG_BASE",
        "RABBITMQ_CONFIG_FILE",
        "RABBITMQ_PID_FILE",
    ):
        assert environ[name].startswith(str(tmp_path)), name
    assert (tmp_path / "rabbitmq" / "rabbitmq.conf").stat().st_mode & 0o077 == 0


def test_no_password_stands_in_a_command_line(tmp_path):
    broker = rabbitmq.private_node(tmp_path, PortBook(tmp_path / "ports.json"), tmp_path / "rabbitmq-server")
    password = (tmp_path / "rabbitmq" / "password").read_text()

    assert password in broker.uri
    assert all(password not in word for command in broker.commands for word in command.argv)


def test_a_given_broker_that_does_not_answer_is_named_without_its_password(tmp_path):
    port = any_free()
    with pytest.raises(Unusable, match=f"127.0.0.1:{port}.*AMQP_URI") as caught:
        rabbitmq.resolve(
            tmp_path, PortBook(tmp_path / "p"), {"AMQP_URI": f"amqp://u:secret@127.0.0.1:{port}/"}
        )

    assert "secret" not in str(caught.value)
