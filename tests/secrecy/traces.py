"""What is left of a poll, wherever it may lie: rows of tables, lines of logs and metrics, bytes of files.

A trace is one row or one line with the values in it, each under its column, and where it stands among its like.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.common.encodings import b64u

SHORTEST = 5
"""Shorter texts and small numbers join everything with everything and nobody with anything."""
_PART = re.compile(r"[A-Za-z0-9_+./=-]{5,}")
_BASE64 = re.compile(r"[A-Za-z0-9_-]{16,}|[A-Za-z0-9+/]{16,}={0,2}")


@dataclass(frozen=True)
class Trace:
    """`where`: table or file. `values`: everything in it that may be compared, in all its forms.

    `ranks`: what can be put in order, by column; the place among its like is one of them.
    """

    where: str
    values: frozenset[str]
    ranks: dict[str, float] = field(default_factory=dict, hash=False, compare=False)


def forms(value: Any) -> set[str]:
    """A value as it may stand elsewhere: as text, in hex, in base64url, its decoded bytes, and what is inside of it."""
    if isinstance(value, (bytes, memoryview)):
        return _of_bytes(bytes(value))
    if isinstance(value, dict):
        return {one for item in value.values() for one in forms(item)}
    if isinstance(value, (list, tuple)):
        return {one for item in value for one in forms(item)}
    if value is None or isinstance(value, (bool, datetime)):
        return set()
    return _of_text(str(value))


def _of_bytes(data: bytes) -> set[str]:
    found = {data.hex(), b64u(data)}
    try:
        return found | _of_text(data.decode())
    except UnicodeDecodeError:
        return found


def _of_text(text: str) -> set[str]:
    found = {text, *_PART.findall(text)}
    if text[:1] in ("{", "["):
        with suppress(ValueError):
            found |= forms(json.loads(text))
    for part in _BASE64.findall(text):
        found |= _decoded(part)
    return {one for one in found if len(one) >= SHORTEST}


def _decoded(part: str) -> set[str]:
    """What a part is in base64, if that is bytes or readable text; each step is shorter than the one before."""
    plain = part.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        data = base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except ValueError:
        return set()
    text = data.decode("latin-1")
    inside = _of_text(text) if text.isascii() and text.isprintable() else set()
    return {data.hex(), b64u(data)} | inside


def rows(url: str, service: str) -> Iterator[Trace]:
    """Every row of every table, with where the database has put it."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as conn:
            for name in sorted(sa.inspect(conn).get_table_names()):
                yield from _of_table(conn, service, name)
    finally:
        engine.dispose()


def _of_table(conn: sa.Connection, service: str, name: str) -> Iterator[Trace]:
    hidden = _hidden_columns(conn, name)
    order = f" ORDER BY {next(iter(hidden))}" if hidden else ""
    statement = sa.text(f'SELECT {", ".join([*hidden.values(), "*"])} FROM "{name}"{order}')
    for place, row in enumerate(conn.execute(statement).mappings()):
        values = {one for column, value in row.items() if column not in hidden for one in forms(value)}
        ranks = {column: rank for column, value in row.items() if (rank := _rank(value)) is not None}
        yield Trace(f"{service}.{name}", frozenset(values), {"(place)": float(place), **ranks})


def _hidden_columns(conn: sa.Connection, name: str) -> dict[str, str]:
    """How a database keeps rows apart and when it has written them, though no column says so."""
    if conn.dialect.name == "postgresql":
        return {
            "ctid_": "(ctid::text::point)[0] * 1000 + (ctid::text::point)[1] AS ctid_",
            "xmin_": "xmin::text::bigint AS xmin_",
        }
    try:
        conn.execute(sa.text(f'SELECT rowid FROM "{name}" LIMIT 1'))
        return {"rowid_": "rowid AS rowid_"}
    except sa.exc.OperationalError:
        return {}


def _rank(value: Any) -> float | None:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d.*", value):
        return datetime.fromisoformat(value).timestamp()
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def lines(where: str, text: str) -> Iterator[Trace]:
    """Every line of a log or of a page of metrics."""
    for place, line in enumerate(text.splitlines()):
        yield Trace(where, frozenset(_of_text(line)), {"(place)": float(place)})


def files(folder: Path) -> Iterator[Path]:
    """Every file below."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def holding(paths: Iterable[Path], wanted: Iterable[bytes]) -> dict[Path, set[bytes]]:
    """Which files hold which of these bytes anywhere, freed pages and journals included."""
    wanted = list(wanted)
    found = {}
    for path in paths:
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # a server tidies up
            continue
        if held := {one for one in wanted if one in data}:
            found[path] = held
    return found
