"""Witnesses of the stack's own: each a process of the auditor with a folder of its own, which trusts this city's logs.

Outside witnesses are named by MVOTING_WITNESSES; then the stack starts none.
"""

import base64
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.options import Options
from deploy.local.ports import HOST, PortBook, is_listening
from deploy.local.processes import Command
from services.common.crypto import KeyFolder

VARIABLE = "MVOTING_WITNESSES"
ROOT = Path(__file__).resolve().parents[2]


def commands(options: Options, environ: Mapping[str, str], ports: PortBook) -> list[Command]:
    """The witnesses' processes; their folders then trust the logs' key. Needs the services' keys."""
    if environ.get(VARIABLE):
        return []
    names = [f"witness-{number}" for number in range(1, options.witnesses + 1)]
    rule = f"{home_of_logs(options)}/log/*={log_key(options, environ)}"
    for name in names:
        trust(folder(options, name), rule)
    return [_command(options, name, ports.port(name)) for name in names]


def _command(options: Options, name: str, port: int) -> Command:
    own = folder(options, name)
    listen = ("--name", f"{name}.mvoting.example", "--listen", f"{HOST}:{port}")
    return Command(
        name,
        [sys.executable, "-m", "auditor", "witness", str(own), *listen],
        options.environ,
        ready=lambda: is_listening(port),
        folder=ROOT,
    )


def setting(options: Options, started: list[Command], ports: PortBook) -> str:
    """What MVOTING_WITNESSES is for these, once they run: `<vkey>=<URL>` of each."""
    return " ".join(
        f"{(folder(options, each.name) / 'vkey').read_text().strip()}=http://{HOST}:{ports.port(each.name)}"
        for each in started
    )


def folder(options: Options, name: str) -> Path:
    """Where a witness keeps its key and what it has seen."""
    return options.home / "witnesses" / name


def home_of_logs(options: Options) -> str:
    """Where the logs are at home, as ballots understands MVOTING_LOG_ORIGIN."""
    given = options.environ.get("MVOTING_LOG_ORIGIN") or options.public_url
    parts = urlsplit(given)
    return (parts.netloc + parts.path if parts.scheme in ("http", "https") else given).rstrip("/")


def log_key(options: Options, environ: Mapping[str, str]) -> str:
    """The public key that signs checkpoints, base64url."""
    keys = KeyFolder(environ.get("MVOTING_KEYS") or options.home / "keys", "ballots")
    return base64.urlsafe_b64encode(keys.signer("log").public_key).decode().rstrip("=")


def trust(own: Path, rule: str) -> None:
    """Adds a rule to those that the witness had before: logs keep the home at which they began."""
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = own / "trust"
    rules = written.read_text().splitlines() if written.exists() else []
    if rule not in rules:
        written.write_text("\n".join([*rules, rule]) + "\n")
