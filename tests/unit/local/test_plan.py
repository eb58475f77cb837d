from pathlib import Path

import pytest

from deploy.local import plan
from deploy.local.options import Options
from deploy.local.ports import PortBook

DATABASES = {
    f"{name}_DATABASE_URL": f"sqlite:///{name}"
    for name in ("IDENTITY", "POLLS", "BALLOTS", "TALLY", "NOTIFY")
}


@pytest.fixture
def ports(tmp_path):
    return PortBook(tmp_path / "ports.json")


def commands(ports, **options):
    wanted = Options(Path("/home/x"), 9000, **options)
    environ = plan.shared_environ(wanted, "amqp://u:p@127.0.0.1/")
    services = plan.service_commands(wanted, environ, DATABASES, ports)
    return {command.name: command for command in services + plan.gateway_commands(wanted, environ, ports)}


def test_every_process_is_there_in_the_order_of_start(ports):
    assert list(commands(ports)) == [
        "identity",
        "polls",
        "polls-passes",
        "ballots",
        "ballots-worker",
        "tally",
        "notify",
        "gateway",
    ]


def test_a_process_is_told_its_own_database_only(ports):
    told = {
        name: {value for key, value in command.environ.items() if key.endswith("_DATABASE_URL")}
        for name, command in commands(ports, environ={"TALLY_DATABASE_URL": "sqlite:///from-outside"}).items()
    }

    assert told["ballots-worker"] == {"sqlite:///BALLOTS"}
    assert told["polls-passes"] == {"sqlite:///POLLS"}
    assert told["gateway"] == set()


def test_nobody_is_told_the_administrators_address(ports):
    for command in commands(
        ports, environ={"MVOTING_DATABASE_URL": "postgresql://admin:secret@db/x"}
    ).values():
        assert "secret" not in " ".join([*command.environ.values(), *command.argv])


def test_replicas_have_names_and_ports_of_their_own(ports):
    made = commands(ports, ballot_workers=2, gateways=3)

    assert [name for name in made if name.startswith("ballots-worker")] == [
        "ballots-worker-1",
        "ballots-worker-2",
    ]
    assert [made[name].environ["MVOTING_PORT"] for name in ("gateway", "gateway-2", "gateway-3")] == [
        "9000",
        "9001",
        "9002",
    ]
    assert len({command.environ["TELEMETRY_PORT"] for command in made.values()}) == len(made)


def test_the_local_stack_is_a_development_stack_unless_told_otherwise(ports):
    assert commands(ports)["notify"].environ["MVOTING_ENV"] == "dev"
    assert commands(ports, environ={"MVOTING_ENV": "staging"})["notify"].environ["MVOTING_ENV"] == "staging"


def test_in_development_one_may_sign_in_often_with_the_same_number(tmp_path):
    def codes(**environ: str) -> str | None:
        options = Options(home=tmp_path, environ=environ)
        return plan.shared_environ(options, "amqp://").get("IDENTITY_CODES_PER_NUMBER")

    assert codes() == "100"
    assert codes(IDENTITY_CODES_PER_NUMBER="3") == "3"
    assert codes(MVOTING_ENV="production") is None
