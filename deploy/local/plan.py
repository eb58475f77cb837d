"""Which processes a stack has, with which command and environment. Nothing is started here."""

import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from deploy.local.database import SERVICES, variable
from deploy.local.options import Options
from deploy.local.ports import PortBook
from deploy.local.processes import Command

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
# Kinds of process in the order of their start, and the service whose code and data each uses.
KINDS = {
    "identity": "identity",
    "polls": "polls",
    "polls-passes": "polls",
    "ballots": "ballots",
    "ballots-worker": "ballots",
    "tally": "tally",
    "notify": "notify",
}
# Whoever tries the platform out signs in with the same few sample numbers again and again.
DEV_DEFAULTS = {"IDENTITY_CODES_PER_NUMBER": "100"}
# An administrator's address is nothing for a service.
NOT_PASSED_ON = ("MVOTING_DATABASE_URL", "MVOTING_DATABASE", *(variable(service) for service in SERVICES))


def shared_environ(options: Options, amqp_uri: str) -> dict[str, str]:
    """What every process is told."""
    given = {name: value for name, value in options.environ.items() if name not in NOT_PASSED_ON}
    return {
        "MVOTING_ENV": "dev",
        **(DEV_DEFAULTS if given.get("MVOTING_ENV", "dev") == "dev" else {}),
        **given,
        "AMQP_URI": amqp_uri,
        "MVOTING_HOME": str(options.home),
        "MVOTING_PUBLIC_URL": options.public_url,
        "PYTHONUNBUFFERED": "1",
    }


def step(name: str, module: str, *arguments: str, environ: Mapping[str, str]) -> Command:
    """A program of ours that ends by itself."""
    return Command(name, [sys.executable, "-m", module, *arguments], environ, folder=ROOT)


def service_commands(
    options: Options, environ: Mapping[str, str], databases: Mapping[str, str], ports: PortBook
) -> list[Command]:
    """Every nameko process, in the order of start; each is told its own database only."""
    names = [(kind, name) for kind in KINDS for name in _replicas(kind, options)]
    return [_service(kind, name, environ, databases, ports.port(name)) for kind, name in names]


def _replicas(kind: str, options: Options) -> list[str]:
    count = options.ballot_workers if kind == "ballots-worker" else 1
    return [kind] if count == 1 else [f"{kind}-{number}" for number in range(1, count + 1)]


def _service(
    kind: str, name: str, environ: Mapping[str, str], databases: Mapping[str, str], telemetry: int
) -> Command:
    own = variable(KINDS[kind])
    return Command(
        name,
        [sys.executable, "-m", "services.run", kind],
        {**environ, own: databases[own], "TELEMETRY_PORT": str(telemetry)},
        ready=lambda: answers(f"http://127.0.0.1:{telemetry}/readyz"),
        ready_seconds=READY_SECONDS,
        stop_seconds=25,
        folder=ROOT,
    )


def gateway_commands(options: Options, environ: Mapping[str, str], ports: PortBook) -> list[Command]:
    """Every gateway, on MVOTING_PORT and the ports after it."""
    names = ["gateway"] + [f"gateway-{number}" for number in range(2, options.gateways + 1)]
    return [_gateway(options, number, name, environ, ports.port(name)) for number, name in enumerate(names)]


def _gateway(options: Options, number: int, name: str, environ: Mapping[str, str], telemetry: int) -> Command:
    return Command(
        name,
        [sys.executable, "-m", "gateway"],
        {**environ, "MVOTING_PORT": str(options.port + number), "TELEMETRY_PORT": str(telemetry)},
        ready=lambda: answers(f"{options.local_url(number)}/readyz"),
        ready_seconds=READY_SECONDS,
        stop_seconds=20,
        folder=ROOT,
    )


def answers(url: str) -> bool:
    """Whether this address answers 200 now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
