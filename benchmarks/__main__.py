"""`make bench`: see README.md. `--list` tells what can be measured; names pick from it.

Prints Markdown; ends with 1 when a target is missed or a count is wrong.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import measurements
from benchmarks.load.generator import LoadFailed
from benchmarks.report import missed
from benchmarks.settings import BenchSettings
from benchmarks.site import WrongCount, open_site
from deploy.local import packages
from deploy.local.console import Unusable
from deploy.local.processes import ProcessError
from services.common.settings import SettingError


def main(arguments: list[str]) -> int:
    if "--list" in arguments:
        for name in measurements.names():
            print(f"{name:<10} {measurements.about(name)}")
        print("\n" + BenchSettings.document())
        return 0
    unknown = set(arguments) - set(measurements.names())
    if unknown:
        print(f"there is no {', '.join(sorted(unknown))}; `--list` tells what there is", file=sys.stderr)
        return 2
    signal.signal(
        signal.SIGTERM, lambda _number, _frame: sys.exit(143)
    )  # stops the platform, removes its folder
    wanted = [name for name in measurements.names() if not arguments or name in arguments]
    try:
        return run(wanted, BenchSettings.load(os.environ))
    except ProcessError as error:
        print(f"{error}\n{error.tail}", file=sys.stderr)
    except (LoadFailed, SettingError, Unusable, WrongCount) as error:
        print(error, file=sys.stderr)
    return 1


def run(wanted: list[str], settings: BenchSettings) -> int:
    """All of these on one platform, one after the other; the exit code."""
    if shutil.which("wrk") is None:
        packages.install("wrk")
    reports = []
    with (
        tempfile.TemporaryDirectory(prefix="mvoting-bench-") as folder,
        open_site(Path(folder), settings) as site,
    ):
        for name in wanted:
            start = time.monotonic()
            reports.append(measurements.measure_of(name)(site))
            print(f"\n## {name}\n\n{measurements.about(name)}\n\n{reports[-1].markdown()}")
            print(f"\n({time.monotonic() - start:.0f} s)", flush=True)
    bad = missed(reports)
    print("\n" + ("missed: " + "; ".join(bad) if bad else "every target is reached"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
