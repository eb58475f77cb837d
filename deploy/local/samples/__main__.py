"""`python -m deploy.local.samples [URL]`: load the samples into the stack whose gateway answers there.

Environment: MVOTING_PUBLIC_URL or MVOTING_PORT (where URL is not given), MVOTING_ADMIN_PHONE (who must be an administrator),
MVOTING_DATA (folder with a `pabulib` folder in it), MVOTING_HOME (where `samples.json` with the accounts is written, last).
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local.console import Unusable
from deploy.local.samples import budget
from deploy.local.samples.accounts import ADMIN, accounts
from deploy.local.samples.client import Client, Refused
from deploy.local.samples.definitions import samples
from deploy.local.samples.loader import Loader
from deploy.local.samples.participatory import participatory

DEADLINE_SECONDS = 540.0


def address(arguments: list[str], environ: Mapping[str, str]) -> str:
    """Where the gateway answers."""
    if arguments:
        return arguments[0]
    return environ.get("MVOTING_PUBLIC_URL") or f"http://127.0.0.1:{environ.get('MVOTING_PORT') or 8080}"


async def load(url: str, admin: str, environ: Mapping[str, str]) -> None:
    """Everything, within the deadline. Raises Unusable, Refused and TimeoutError."""
    client = Client(url)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await Loader(client, admin, show).load(samples(participatory(), budget.sample(environ)))
    finally:
        await client.close()


def remember(found: list[dict[str, str]], environ: Mapping[str, str]) -> None:
    """Whole or not at all: it is the sign that everything is loaded."""
    home = environ.get("MVOTING_HOME")
    if home:
        draft = Path(home) / ".samples.json"
        draft.write_text(
            json.dumps({"accounts": found}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        draft.replace(Path(home) / "samples.json")


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Exit code 0 when everything is there, 1 with one sentence when not."""
    admin = environ.get("MVOTING_ADMIN_PHONE") or ADMIN
    started = time.monotonic()
    try:
        asyncio.run(load(address(arguments, environ), admin, environ))
    except (Unusable, Refused, TimeoutError, ExceptionGroup) as trouble:
        return fail(sentence(trouble))
    found = accounts(admin)
    remember(found, environ)
    for account in found:
        show(f"  {account['who']:<12} {account['phone']}")
    show(f"Samples loaded in {time.monotonic() - started:.0f} s")
    return 0


def show(line: str) -> None:
    """One line of progress, at once."""
    print(line, flush=True)


def sentence(trouble: Exception) -> str:
    """What to tell the person; raises what nobody expected."""
    inner: BaseException = trouble
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]  # several voters may have met the same at the same time
    if isinstance(inner, TimeoutError):
        return "The samples took too long: run this again to finish them."
    if isinstance(inner, (Unusable, Refused)):
        return str(inner)
    raise trouble


def fail(sentence: str) -> int:
    """Say why; the exit code for it."""
    print(sentence, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
