from pathlib import Path

import pytest

from deploy.local import witnesses
from deploy.local.options import Options
from deploy.local.ports import PortBook
from services.keys import make


@pytest.fixture
def home(tmp_path) -> Path:
    make(tmp_path / "keys", "ballots")
    return tmp_path


def commands(home: Path, **options):
    wanted = Options(home, 9000, **options)
    environ = dict(wanted.environ)
    return wanted, witnesses.commands(wanted, environ, PortBook(home / "ports.json"))


def test_each_has_a_folder_and_a_port_of_its_own_and_trusts_this_citys_logs(home):
    wanted, started = commands(home, witnesses=2)
    assert [each.name for each in started] == ["witness-1", "witness-2"]
    assert len({each.argv[-1] for each in started}) == 2
    for each in started:
        own = home / "witnesses" / each.name
        assert str(own) in each.argv
        rule = (own / "trust").read_text()
        assert rule.startswith("127.0.0.1:9000/log/*=")
        assert rule == f"127.0.0.1:9000/log/*={witnesses.log_key(wanted, {})}\n"


def test_a_home_of_logs_that_was_trusted_stays_trusted(home):
    commands(home, witnesses=1)
    commands(home, witnesses=1)
    commands(home, witnesses=1, environ={"MVOTING_PUBLIC_URL": "https://vote.example"})
    rules = (home / "witnesses" / "witness-1" / "trust").read_text().splitlines()
    assert [rule.partition("=")[0] for rule in rules] == ["127.0.0.1:9000/log/*", "vote.example/log/*"]


def test_outside_witnesses_stand_in_for_our_own(home):
    assert commands(home, witnesses=2, environ={"MVOTING_WITNESSES": "w+x+y=https://w.example"})[1] == []


def test_the_setting_names_key_and_address_of_each(home):
    wanted, started = commands(home, witnesses=1)
    (home / "witnesses" / "witness-1" / "vkey").write_text("w+00000000+key\n")
    ports = PortBook(home / "ports.json")
    told = witnesses.setting(wanted, started, ports)
    assert told == f"w+00000000+key=http://127.0.0.1:{ports.port('witness-1')}"


@pytest.mark.parametrize(
    ("given", "home_of_logs"),
    [
        ({}, "127.0.0.1:9000"),
        ({"MVOTING_PUBLIC_URL": "https://vote.example/"}, "vote.example"),
        ({"MVOTING_LOG_ORIGIN": "logs.example/city"}, "logs.example/city"),
        ({"MVOTING_LOG_ORIGIN": "https://logs.example/"}, "logs.example"),
    ],
)
def test_logs_are_at_home_where_ballots_says(given, home_of_logs):
    from services.ballots.settings import BallotsSettings

    options = Options(Path("/x"), 9000, environ=given)
    assert witnesses.home_of_logs(options) == home_of_logs
    environ = {"MVOTING_PUBLIC_URL": options.public_url, "BALLOTS_DATABASE_URL": "sqlite:///x", **given}
    assert BallotsSettings.load(environ).log_origin == home_of_logs
