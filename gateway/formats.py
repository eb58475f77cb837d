"""How times, numbers and money read on pages and in messages, in Korean and in English.

Times are shown in Seoul, which has had no summer time since 1988: a fixed offset needs no time zone database.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

SEOUL = timezone(timedelta(hours=9), "KST")
WEEKDAYS = {"ko": "월화수목금토일", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FIELD_FORM = "%Y-%m-%dT%H:%M"


def parse_time(text: str) -> datetime:
    """An RFC 3339 time as an aware time in Seoul. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(SEOUL)


def time_text(value: str | datetime | None, language: str) -> str:
    """`2026년 11월 22일 (일) 14:30` or `22 Nov 2026 (Sun) 14:30 KST`; nothing for nothing."""
    if value is None:
        return ""
    moment = parse_time(value) if isinstance(value, str) else value.astimezone(SEOUL)
    clock = moment.strftime("%H:%M")
    day = day_text(moment.date().isoformat(), language)
    return f"{day} {clock}" if language == "ko" else f"{day} {clock} KST"


def field_time(value: str | None) -> str:
    """A time for a `datetime-local` field: Seoul time without an offset."""
    return parse_time(value).strftime(FIELD_FORM) if value else ""


def time_from_field(text: str) -> str | None:
    """What was entered in a `datetime-local` field, as RFC 3339 UTC; None for an empty one. Raises ValueError."""
    if not text.strip():
        return None
    entered = datetime.fromisoformat(text.strip())
    moment = entered.replace(tzinfo=SEOUL) if entered.tzinfo is None else entered
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_text(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def money_text(won: int, language: str) -> str:
    return f"{won:,}원" if language == "ko" else f"₩{won:,}"


def won_text(won: int, language: str) -> str:
    """As people say large sums: `1억 2,345만 6,789원`, every won of it. English writes the figures."""
    if language != "ko" or abs(won) < 10_000:
        return money_text(won, language)
    parts, rest = [], abs(won)
    for size, unit in ((10**12, "조"), (10**8, "억"), (10**4, "만"), (1, "")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count:,}{unit}")
    return f"{'-' if won < 0 else ''}{' '.join(parts)}원"


def day_text(value: str, language: str) -> str:
    """`2026년 11월 22일 (일)` or `22 Nov 2026 (Sun)` of an ISO 8601 date. Raises ValueError."""
    day = date.fromisoformat(value)
    weekday = WEEKDAYS["ko" if language == "ko" else "en"][day.weekday()]
    if language == "ko":
        return f"{day.year}년 {day.month}월 {day.day}일 ({weekday})"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year} ({weekday})"


def duration_text(seconds: Any, language: str) -> str:
    """A pause in the largest unit that says it without fractions: `2분`, `45초`, `3 hours`."""
    whole = max(1, int(seconds)) if isinstance(seconds, int | float) else 60
    for size, korean, english in ((3600, "시간", "hour"), (60, "분", "minute"), (1, "초", "second")):
        if whole >= size:
            count = -(-whole // size)
            return f"{count}{korean}" if language == "ko" else f"{count} {english}{'s' if count > 1 else ''}"
    return ""
