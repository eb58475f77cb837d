"""`make chaos`: python -m tests.chaos [NAME…] [--seed N] [--seconds N] [--list]

Runs the scenarios (all without a name) on one stack with PostgreSQL, two ballot workers and two gateways, and prints what
each showed; one that this machine does not allow says so. Exit code 1 when a promise was not kept; the folder with journals and logs then stays and is named.
"""

import argparse
import os
import shutil
import sys
import time
import traceback

from tests import prepare
from tests.chaos import scenario
from tests.chaos.ground import Ground, new_folder, options
from tests.chaos.namespaces import Impossible


def main(arguments: list[str]) -> int:
    asked = parse(arguments)
    if asked.list:
        for name in scenario.names():
            print(f"{name:<20} {scenario.load(name).SHOWS}")
        return 0
    if prepare.main():
        return 1
    failed = [name for name in asked.names or scenario.names() if not tried(name, asked.seed, asked.seconds)]
    print(f"\n{'failed: ' + ', '.join(failed) if failed else 'every promise was kept'} (seed {asked.seed})")
    return 1 if failed else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios; all without one")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("CHAOS_SEED", "1")))
    parser.add_argument("--seconds", type=float, help="how long each goes on; each has its own otherwise")
    parser.add_argument("--list", action="store_true", help="name the scenarios and what they show")
    asked = parser.parse_args(arguments)
    unknown = set(asked.names) - set(scenario.names())
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; --list names them")
    return asked


def tried(name: str, seed: int, seconds: float | None) -> bool:
    """Each on a fresh stack: what one breaks cannot hide in the next."""
    print(f"{name}: {scenario.load(name).SHOWS}", flush=True)
    began, folder = time.monotonic(), new_folder()
    wanted = options(folder, database="postgresql", ballot_workers=2, gateways=2, seal_grace=5)
    ground = Ground(folder, wanted, seed)
    good = False
    try:
        ground.prepare(getattr(scenario.load(name), "prepare", None))
        ground.start()
        figures = scenario.run(name, ground, seed, seconds)
        good = True
        print(f"  kept: {figures} ({time.monotonic() - began:.0f} s)", flush=True)
    except Impossible as error:
        good = True
        print(f"  not possible here: {error}", flush=True)
    except Exception as error:  # noqa: BLE001 - the next scenario runs all the same
        print(f"  BROKEN: {type(error).__name__}: {error}\n  seed {seed}, folder {folder}", flush=True)
        if not isinstance(error, AssertionError):
            traceback.print_exc()
    finally:
        ground.stop()
        if good:
            shutil.rmtree(folder, ignore_errors=True)
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
