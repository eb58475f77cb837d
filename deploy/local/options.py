"""What a local stack is asked for, read from the environment once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.console import Unusable

DEFAULT_HOME = ".mvoting"
DEFAULT_PORT = 8080


@dataclass(frozen=True)
class Options:
    """One stack. `environ` is added to every process's environment; `database` is "sqlite" or "postgresql"; so many
    `witnesses` of its own watch over the public logs.
    """

    home: Path
    port: int = DEFAULT_PORT
    ballot_workers: int = 1
    gateways: int = 1
    database: str = "sqlite"
    database_url: str | None = None
    witnesses: int = 0
    durable: bool = True
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def public_url(self) -> str:
        """Where the first gateway answers, unless MVOTING_PUBLIC_URL says where people reach it."""
        return self.environ.get("MVOTING_PUBLIC_URL") or self.local_url(0)

    def local_url(self, gateway: int) -> str:
        """Where this gateway answers on this machine, counted from 0."""
        return f"http://127.0.0.1:{self.port + gateway}"


def from_environ(environ: Mapping[str, str]) -> Options:
    """The options that MVOTING_HOME, MVOTING_PORT, MVOTING_DATABASE(_URL), BALLOT_WORKERS, GATEWAYS and WITNESSES ask for.

    Raises Unusable, naming the variable that cannot be used.
    """
    url = environ.get("MVOTING_DATABASE_URL") or None
    database = "postgresql" if url else environ.get("MVOTING_DATABASE", "sqlite")
    if database not in ("sqlite", "postgresql"):
        raise Unusable("MVOTING_DATABASE must be sqlite or postgresql.")
    return Options(
        home=Path(environ.get("MVOTING_HOME") or DEFAULT_HOME).expanduser().absolute(),
        port=_number(environ, "MVOTING_PORT", DEFAULT_PORT, 65535),
        ballot_workers=_number(environ, "BALLOT_WORKERS", 1, 64),
        gateways=_number(environ, "GATEWAYS", 1, 64),
        witnesses=_number(environ, "WITNESSES", 2, 64, least=0),
        database=database,
        database_url=url,
        environ=dict(environ),
    )


def _number(environ: Mapping[str, str], name: str, default: int, most: int, least: int = 1) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise Unusable(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)
