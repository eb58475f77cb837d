"""Write the documents that are generated from code: `make docs`. With --check, only say which are out of date."""

import importlib
import sys
from pathlib import Path

from docs import metrics_page
from services.common.settings import ProcessSettings, Settings
from services.notify import channels

HERE = Path(__file__).parent
# Whose settings.py, in the order of the document.
PARTS = (
    "gateway",
    "services.identity",
    "services.polls",
    "services.ballots",
    "services.tally",
    "services.notify",
)
HEAD = """\
# Settings

Every setting is an environment variable, declared once in a `settings.py`; this page is generated from there by `make docs`.
The variables of the local stack itself are in [deploy/local](../deploy/local/README.md).
"""


def classes(part: str) -> list[type[Settings]]:
    """The settings that this part declares."""
    module = importlib.import_module(f"{part}.settings")
    found = [
        value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Settings)
    ]
    return [each for each in found if each.__module__ == module.__name__]


def table(settings: type[Settings], leave_out: frozenset[str]) -> str:
    """Its markdown table without the rows that another table has already."""
    return "".join(line for line in settings.document().splitlines(keepends=True) if line not in leave_out)


def settings_page() -> str:
    """All settings, those of every process first and only there."""
    common = ProcessSettings.document()
    rows = frozenset(line for line in common.splitlines(keepends=True) if line.startswith("| `"))
    sections = [HEAD, f"## Every process\n\n{common}"]
    for part in PARTS:
        tables = "\n".join(table(each, rows) for each in classes(part))
        sections.append(f"## {part.rpartition('.')[2]}\n\n{tables}")
    sections += [
        f"### notify's channel `{name}`, where it is chosen\n\n{channel.ChannelSettings.document()}"
        for name, channel in sorted(channels.modules().items())
        if any(channel.ChannelSettings.declared())
    ]
    return "\n".join(sections)


def pages() -> dict[Path, str]:
    """Each generated document and what belongs into it."""
    return {HERE / "settings.md": settings_page(), HERE / "metrics.md": metrics_page.page()}


def outdated() -> list[Path]:
    """The documents that differ from the code."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text() != text]


def main(arguments: list[str]) -> int:
    """Write, or with --check name, what is out of date; the exit code."""
    old = outdated()
    for path in old:
        if arguments != ["--check"]:
            path.write_text(pages()[path])
        print(f"{path.relative_to(HERE.parent)}: {'out of date' if arguments == ['--check'] else 'written'}")
    return int(arguments == ["--check"] and bool(old))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
