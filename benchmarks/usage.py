"""What processes take of the machine, from /proc: CPU seconds, memory, and files on disk.

A process counts with all that it started and that still runs: PostgreSQL is a tree of them.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from deploy.local.processes import Process

TICKS = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1024 * 1024


def cpu_seconds(processes: Iterable[Process]) -> dict[str, float]:
    """CPU time so far by the process's name, user and system together."""
    return {name: sum(map(_cpu, pids)) for name, pids in _trees(processes).items()}


def memory(processes: Iterable[Process]) -> dict[str, float]:
    """Resident megabytes now by the process's name; a page that several processes share is split among them (PSS)."""
    return {name: sum(map(_resident, pids)) / MEGABYTE for name, pids in _trees(processes).items()}


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """The difference, the largest first; what has ended meanwhile is left out."""
    found = {name: after[name] - before[name] for name in after if name in before}
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def disk(folder: Path) -> float:
    """Megabytes that the files below this folder occupy."""
    return sum(_occupied(path) for path in folder.rglob("*")) / MEGABYTE


def _trees(processes: Iterable[Process]) -> dict[str, list[int]]:
    """The pids of each process and of everything below it."""
    roots = {process.pid: process.name for process in processes if process.running and process.pid}
    parents = dict(_parents())
    trees: dict[str, list[int]] = {name: [] for name in roots.values()}
    for pid in parents:
        above: int | None = pid
        while above is not None and above not in roots:
            above = parents.get(above)
        if above is not None:
            trees[roots[above]].append(pid)
    return trees


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))):
            yield int(entry.name), int(stat[1])


def _stat(pid: int) -> list[str]:
    """Fields of proc(5)'s stat from the state on; empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / TICKS if stat else 0.0


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _occupied(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:
        return 0  # deleted while we looked
