from pathlib import Path

import pytest

from deploy.local.console import Unusable
from deploy.local.options import Options, from_environ


def test_without_any_variable_it_is_the_documented_stack():
    options = from_environ({})

    assert (options.home, options.port, options.database) == (Path(".mvoting").absolute(), 8080, "sqlite")
    assert (options.ballot_workers, options.gateways, options.witnesses) == (1, 1, 2)
    assert options.public_url == "http://127.0.0.1:8080"


def test_a_given_server_means_postgresql():
    options = from_environ({"MVOTING_DATABASE_URL": "postgresql://admin@db/mvoting"})

    assert (options.database, options.database_url) == ("postgresql", "postgresql://admin@db/mvoting")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MVOTING_PORT", "http"),
        ("MVOTING_PORT", "0"),
        ("MVOTING_PORT", "65536"),
        ("GATEWAYS", "-1"),
        ("BALLOT_WORKERS", "many"),
        ("WITNESSES", "-1"),
        ("MVOTING_DATABASE", "oracle"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name, value):
    with pytest.raises(Unusable, match=name):
        from_environ({name: value})


def test_there_may_be_no_witnesses():
    assert from_environ({"WITNESSES": "0"}).witnesses == 0


def test_people_may_reach_it_elsewhere():
    options = Options(Path("/x"), 9000, environ={"MVOTING_PUBLIC_URL": "https://vote.example"})

    assert options.public_url == "https://vote.example"
    assert options.local_url(1) == "http://127.0.0.1:9001"
