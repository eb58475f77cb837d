"""What it costs to export the result of a large poll, by format: `python -m benchmarks.exports [--ballots 1000000]`.

Three questions, one of them a budget vote over 100 projects with up to ten choices a ballot. Tally answers part by part from its own
database and a log that is made up while it is read; then the parts are sent through a gateway's route to somebody who throws
them away. Each side in a process of its own, whose peak memory is told beside what it has before it begins. The bus between them
and the database of ballots are not measured.
"""

import asyncio
import json
import random
import resource
import tempfile
import time
from argparse import ArgumentParser
from base64 import b64decode
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

POLL, SAMPLE = "poll-1", 1_000
Measured = dict[str, Any]


def questions() -> list[dict[str, Any]]:
    projects = [
        {
            "id": f"p{n}",
            "label": f"{n}번 동네의 공원에 나무를 심고 쉼터를 만드는 사업",
            "cost": 10_000_000 + n * 77_000,
        }
        for n in range(100)
    ]
    counting = {"rule": "greedy", "budget": 500_000_000}
    return [
        {"id": "q1", "kind": "choice", "title": "어떤 사업을 할까요?", "required": False, "max": 10,
         "options": projects, "counting": counting},
        {"id": "q2", "kind": "yes_no", "title": "찬성하십니까?", "required": False, "options": []},
        {"id": "q3", "kind": "score", "title": "만족도", "required": False, "options": [{"id": "s", "label": "앱"}]},
    ]  # fmt: skip


def sample() -> list[dict[str, Any]]:
    """Ballots; the log is these again and again."""
    rng = random.Random(1)
    projects = [f"p{n}" for n in range(100)]
    return [
        {
            "q1": sorted(rng.sample(projects, rng.randint(1, 10)), key=projects.index),
            "q2": rng.choice(("yes", "no", "abstain")),
            "q3": {"s": rng.randint(1, 5)},
        }
        for _ in range(SAMPLE)
    ]


def tally(folder: Path, ballots: int, form: str) -> Measured:
    """One file as tally makes it; its parts are left in the folder for the gateway."""
    from benchmarks.exports_tally import counted  # noqa: PLC0415 - only this process needs all this

    ask = counted(folder, ballots, questions(), sample())
    before, began = peak(), time.perf_counter()
    answer = ask(form, 0, None)
    parts, first = 1, time.perf_counter() - began
    while True:
        (folder / f"{form}.{parts - 1}").write_text(json.dumps(answer), encoding="utf-8")
        if answer["next"] is None:
            break
        answer = ask(form, answer["next"], answer["as_of"])
        parts += 1
    taken = time.perf_counter() - began
    size = sum(len(b64decode(json.loads(path.read_text())["content"])) for path in folder.glob(f"{form}.*"))
    return {"seconds": taken, "first": first, "parts": parts, "size": size, "before": before, "peak": peak()}


def gateway(folder: Path, form: str) -> Measured:
    """The same file through the gateway's route."""
    from benchmarks.exports_gateway import fetch  # noqa: PLC0415 - only this process needs all this

    before = peak()
    size, seconds = asyncio.run(fetch(folder, form))
    return {"seconds": seconds, "size": size, "before": before, "peak": peak()}


def peak() -> int:
    """Peak resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def apart(measure: Callable[..., Measured], *of: Any) -> Measured:
    """The measurement in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, of)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=1_000_000)
    ballots = parser.parse_args().ballots
    print("| format | KB | parts | tally, s | its first part, s | its peak, MB | gateway, s | its peak, MB |")
    print("|---|---|---|---|---|---|---|---|")
    for form in ("csv", "json", "xlsx", "pdf", "pb"):
        with tempfile.TemporaryDirectory() as folder:
            made = apart(tally, Path(folder), ballots, form)
            sent = apart(gateway, Path(folder), form)
        assert made["size"] == sent["size"], "the gateway sent something else"
        print(
            f"| {form} | {made['size'] // 1000:,} | {made['parts']} | {made['seconds']:.2f} | {made['first']:.2f} | "
            f"{made['peak']} (from {made['before']}) | {sent['seconds']:.2f} | {sent['peak']} (from {sent['before']}) |",
            flush=True,
        )


if __name__ == "__main__":
    main()
