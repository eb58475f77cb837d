"""Where each service keeps its data: an SQLite file of its own, or a PostgreSQL role and schema of its own.

On PostgreSQL a service's role owns exactly one schema, finds it without naming it (search_path) and has no right on any other
service's. Roles belong to the whole server, so their names carry the database's name: two stacks may share a server.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class with a lower-case name

from deploy.local.console import Unusable
from deploy.local.passwords import keep_password
from deploy.local.postgres import plain

SERVICES = ("identity", "polls", "ballots", "tally", "notify")


def variable(service: str) -> str:
    """The environment variable that tells a service its database."""
    return f"{service.upper()}_DATABASE_URL"


def sqlite_urls(home: Path, services: Sequence[str] = SERVICES) -> dict[str, str]:
    """One file a service under `home`/data, as environment variables."""
    folder = (home / "data").absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {variable(service): f"sqlite:///{folder / service}.sqlite" for service in services}


def postgresql_urls(admin_url: str, home: Path, services: Sequence[str] = SERVICES) -> dict[str, str]:
    """Provision each service on this server and give the addresses as environment variables.

    Idempotent: passwords are kept in `home`/keys. Raises Unusable when the server or the right to do it is missing.
    """
    with administrator(admin_url) as connection:
        close_public(connection)
        return {variable(s): _provision_service(connection, admin_url, home, s) for s in services}


@contextlib.contextmanager
def administrator(admin_url: str) -> Iterator[Connection]:
    """An autocommitting connection. Raises Unusable when the server refuses it or one of its statements."""
    where = urlsplit(admin_url)
    try:
        connection = psycopg2.connect(plain(admin_url), connect_timeout=10)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()
    except psycopg2.OperationalError as error:
        raise Unusable(
            f"PostgreSQL at {where.hostname}:{where.port or 5432} cannot be used: start it, or correct MVOTING_DATABASE_URL."
        ) from error
    except psycopg2.errors.InsufficientPrivilege as error:
        raise Unusable(
            "MVOTING_DATABASE_URL must name an administrator who may create roles and schemas."
        ) from error


def _provision_service(connection: Connection, admin_url: str, home: Path, service: str) -> str:
    folder = home / "keys" / service
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    password = keep_password(folder / "database.password")
    role = f"{database_name(admin_url)}_{service}"
    provision(connection, role, service, password)
    return address(admin_url, role, password)


def database_name(url: str) -> str:
    """The database that an address names."""
    return urlsplit(url).path.lstrip("/")


def address(admin_url: str, role: str, password: str) -> str:
    """The same server and database for another role, as SQLAlchemy reads it."""
    parts = urlsplit(admin_url)
    server = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(role, safe='')}:{quote(password, safe='')}@{server}"
    return urlunsplit(("postgresql+psycopg2", netloc, parts.path, parts.query, ""))


def provision(connection: Connection, role: str, schema: str, password: str) -> None:
    """Make or bring up to date one role and the one schema that it owns. Idempotent."""
    names = {
        "role": sql.Identifier(role),
        "schema": sql.Identifier(schema),
        "password": sql.Literal(password),
        "database": sql.Identifier(connection.info.dbname),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {role}").format(**names))
        for statement in _PROVISION:
            cursor.execute(sql.SQL(statement).format(**names))


_PROVISION = (
    "ALTER ROLE {role} LOGIN PASSWORD {password}",
    "GRANT {role} TO CURRENT_USER",  # an administrator who is no superuser may only give a schema to a role of theirs
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}",
    "REVOKE ALL ON SCHEMA {schema} FROM PUBLIC",
    "ALTER ROLE {role} IN DATABASE {database} SET search_path = {schema}",
)


def close_public(connection: Connection) -> None:
    """Nobody may use the shared schema, make temporary tables or connect without being granted it."""
    database = sql.Identifier(connection.info.dbname)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")


def remove(connection: Connection, role: str, schema: str) -> None:
    """Undo `provision`, data included: for tests."""
    names = {"role": sql.Identifier(role), "schema": sql.Identifier(schema)}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {schema} CASCADE").format(**names))
        cursor.execute(sql.SQL("DROP OWNED BY {role}").format(**names))
        cursor.execute(sql.SQL("DROP ROLE {role}").format(**names))
