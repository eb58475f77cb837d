"""Column types that are the same on both engines."""

from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from typing_extensions import override


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A point in time in UTC; only aware values go in, only aware values come out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    @override
    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON kept as text, the same on both engines; ``None`` is SQL's NULL."""

    impl = sa.Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    @override
    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else orjson.loads(value)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Type of a self-counting primary key: SQLite counts only ``INTEGER``."""
