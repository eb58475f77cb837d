"""`python -m benchmarks.load JSON`: one load, from a process of its own; prints what became of it as JSON.

The argument: `port`; `voters`, `path`, `answers` (casts) or `reads` (addresses); `rate` and `seconds` (arrivals) or
`connections` (a closed loop until the voters are used up); `warm_up`.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.load import requests
from benchmarks.load.phones import Phones


async def run(wanted: dict[str, Any]) -> dict[str, Any]:
    if "reads" in wanted:
        source = requests.reads(wanted["reads"])
    else:
        source = requests.casts(Path(wanted["voters"]), wanted["path"], wanted["answers"])
    phones = Phones(wanted["port"], source, wanted["warm_up"])
    if "rate" in wanted:
        await phones.arrive(wanted["rate"], wanted["seconds"])
    else:
        await phones.loop(wanted["connections"])
    return {
        **phones.outcomes.as_dict(),
        "sent": phones.sent,
        "exhausted": phones.exhausted,
        "most_connections": phones.most_busy,
        "worst_lag_ms": 1000 * phones.worst_lag,
        "cpu_seconds": time.process_time(),
    }


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.disable()  # nothing here makes cycles that matter, and a pause would be taken for the gateway's
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
