"""Which field of the form a complaint of polls belongs to."""

_ROWS = ("caps", "exclusive", "sources")


def field_of(pointer: str) -> str:
    """The form's field for a pointer into a poll: `/patch/questions/0/max` is `questions-0-max`."""
    parts = [part for part in pointer.split("/") if part]
    parts = parts[1:] if parts[:1] in (["patch"], ["draft"]) else parts
    if parts[:1] == ["eligibility"]:
        return "password" if parts[-1] == "password" else "who"
    return "-".join(_within(parts))


def _within(parts: list[str]) -> list[str]:
    """The parts that the form has a place for: what is inside of a field is told at the field."""
    if parts[:1] == ["breakdown"]:
        return parts[:3] if parts[1:2] == ["margins"] else parts[:2]
    inner = parts[2:]
    if parts[:1] != ["questions"] or not inner:
        return parts
    if inner[0] == "show_if":
        return parts[:4]
    if inner[0] == "limits":
        return parts[:5]
    if inner[0] == "counting":
        rows = inner[1:2] in ([name] for name in _ROWS)
        return parts[: 4 if not rows else 5 if inner[1] == "exclusive" else 6]
    return parts
