"""A private PostgreSQL cluster in a folder of the stack's own, on 127.0.0.1 and a port of its own."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

import psycopg2
from psycopg2 import sql
from sqlalchemy import make_url

from deploy.local import packages
from deploy.local.console import Unusable
from deploy.local.passwords import keep_password
from deploy.local.ports import HOST, PortBook
from deploy.local.processes import Command

PROGRAMS = Path("/usr/lib/postgresql")
ADMIN = "mvoting"
DATABASE = "mvoting"
# PostgreSQL refuses to run as root; this user comes with Debian's package.
UNPRIVILEGED = "postgres"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "logging_collector": "off",
    # No statement and no parameter of one in a log, not even of a failed one: they hold personal data.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
# Not for data that anybody would miss: a crash of the machine may lose or break it.
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Cluster:
    """A cluster that exists in a folder; run `command`, then `create_database`, then use `url` as its administrator."""

    url: str
    command: Command


def find_programs() -> Path | None:
    """The newest installed version's folder with initdb and postgres."""
    found = [path.parent for path in PROGRAMS.glob("*/bin/initdb")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


def installed_programs() -> Path:
    """That folder, after installing PostgreSQL if needed and allowed. Raises Unusable."""
    if find_programs() is None:
        packages.install("postgresql")
    programs = find_programs()
    if programs is None:
        raise Unusable(
            "PostgreSQL is missing: install it, or set MVOTING_DATABASE_URL to a server's administrator."
        )
    return programs


def prepare(folder: Path, ports: PortBook, *, durable: bool = True) -> Cluster:
    """A cluster in `folder`, made at first use. Idempotent. Raises Unusable."""
    programs, user = installed_programs(), _owner()
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    password, port = keep_password(folder / "password"), ports.port("postgresql")
    if not (folder / "data" / "PG_VERSION").exists():
        _init(programs, folder, user)
    url = f"postgresql+psycopg2://{ADMIN}:{password}@{HOST}:{port}/{DATABASE}"
    return Cluster(url, _server(programs, folder, url, user, durable=durable))


def _owner() -> str | None:
    """Who runs the server, if not we: initdb and postgres refuse root."""
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _init(programs: Path, folder: Path, user: str | None) -> None:
    """Run initdb. The password goes over in a file that is gone afterwards."""
    data, word = folder / "data", folder / "data.password"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    word.touch(mode=0o600)
    word.write_text((folder / "password").read_text())
    if user:
        _give(user, data, word)
        _check_reachable(user, folder)
    argv = [str(programs / "initdb"), "-D", str(data), "-U", ADMIN, "--pwfile", str(word)]
    argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    try:
        _run(argv, user)
    finally:
        word.unlink()


def _give(user: str, *paths: Path) -> None:
    entry = pwd.getpwnam(user)
    for path in paths:
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _check_reachable(user: str, folder: Path) -> None:
    """Raises Unusable when a folder above is closed to the user that the server runs as."""
    done = subprocess.run(
        ["test", "-x", str(folder)], user=user, group=user, extra_groups=[], check=False, timeout=10
    )
    if done.returncode:
        raise Unusable(
            f"The user {user}, who runs PostgreSQL, cannot enter {folder}: choose another MVOTING_HOME or open the folders above."
        )


def _run(argv: Sequence[str], user: str | None) -> None:
    done = subprocess.run(
        argv,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise Unusable(f"{Path(argv[0]).name} failed: {''.join(last)}")


def _server(programs: Path, folder: Path, url: str, user: str | None, *, durable: bool) -> Command:
    settings = {**SETTINGS, "port": str(make_url(url).port), **({} if durable else UNSAFE)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Command(
        name="postgresql",
        argv=[str(programs / "postgres"), "-D", str(folder / "data"), *options],
        environ={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"},
        ready=lambda: takes_sessions(url),
        stop_signal=SIGINT,  # "fast": end sessions and shut down cleanly
        stop_seconds=30,
        user=user,
        folder=folder / "data",
    )


def takes_sessions(url: str) -> bool:
    """Whether the server lets its administrator in; while it starts up or recovers it listens, but refuses."""
    try:
        psycopg2.connect(plain(url), dbname="postgres", connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def create_database(url: str) -> None:
    """Make the database that the administrator's address names, unless it is there. The server must be running."""
    connection = psycopg2.connect(plain(url), dbname="postgres", connect_timeout=10)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    connection.close()


def plain(url: str) -> str:
    """An SQLAlchemy address as libpq reads it: without the driver's name."""
    return url.replace("postgresql+psycopg2://", "postgresql://", 1)
