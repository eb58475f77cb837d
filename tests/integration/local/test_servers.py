"""The servers that a stack brings with it, run for real."""

import json
import subprocess
from pathlib import Path

import psycopg2
import pytest

from deploy.local import database
from deploy.local.postgres import plain
from deploy.local.rabbitmq import can_log_in
from tests.fixtures.processes import processes_under
from tests.fixtures.servers import rabbitmq_node


def test_a_private_node_answers_and_leaves_nothing_behind(tmp_path):
    with rabbitmq_node(tmp_path) as uri:
        assert can_log_in(uri) is None
        assert can_log_in(uri.replace("mvoting:", "mvoting:x")) is not None
        assert addresses_of(tmp_path) <= {"127.0.0.1", "[::1]"}
    assert processes_under(tmp_path) == []


def addresses_of(home: Path) -> set[str]:
    """Where this node's own ports are bound, as ss prints it."""
    ports = {str(port) for port in json.loads((home / "ports.json").read_text()).values()}
    done = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True, timeout=10)
    bound = [line.split()[3].rpartition(":") for line in done.stdout.splitlines()]
    return {address for address, _, port in bound if port in ports}


def test_the_shared_broker_is_there(rabbitmq):
    assert can_log_in(rabbitmq) is None


@pytest.fixture
def services(postgres, tmp_path):
    """Two provisioned services' addresses, in a database of their own."""
    name = "provisioning"
    with database.administrator(postgres) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    admin_url = f"{postgres.rpartition('/')[0]}/{name}"
    yield admin_url, lambda: database.postgresql_urls(admin_url, tmp_path, ("polls", "ballots"))
    with database.administrator(admin_url) as connection:
        for service in ("polls", "ballots"):
            database.remove(connection, f"{name}_{service}", service)
    with database.administrator(postgres) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


def execute(url, statement):
    connection = psycopg2.connect(plain(url))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def test_a_service_finds_its_schema_and_no_other(services):
    _, provision = services
    urls = provision()
    execute(urls["POLLS_DATABASE_URL"], "CREATE TABLE poll (id int)")

    found = execute(
        urls["POLLS_DATABASE_URL"], "SELECT schemaname, tableowner FROM pg_tables WHERE tablename = 'poll'"
    )
    assert found == [("polls", "provisioning_polls")]
    for statement in (
        "SELECT * FROM polls.poll",
        "CREATE TABLE polls.mine (id int)",
        "CREATE TABLE public.mine (id int)",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            execute(urls["BALLOTS_DATABASE_URL"], statement)


def test_provisioning_twice_changes_nothing(services):
    _, provision = services
    urls = provision()
    execute(urls["POLLS_DATABASE_URL"], "CREATE TABLE poll (id int)")

    assert provision() == urls
    assert execute(urls["POLLS_DATABASE_URL"], "SELECT count(*) FROM poll") == [(0,)]


def test_each_test_database_is_new_and_empty(new_database):
    first, second = new_database(), new_database()

    assert first != second
    if first.startswith("postgresql"):
        execute(first, "CREATE TABLE thing (id int)")
        assert execute(second, "SELECT to_regclass('thing')") == [(None,)]
