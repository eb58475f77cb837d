"""What a measurement found: tables in Markdown, notes, and targets that were reached or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """One promise of README.md, and whether this run kept it."""

    promise: str
    found: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` have as many cells as `columns`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """As it goes into README.md."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True, slots=True)
class Report:
    """One measurement's outcome."""

    tables: Sequence[Table]
    notes: Sequence[str] = ()
    targets: Sequence[Target] = field(default=())

    def markdown(self) -> str:
        """All of it, in paragraphs."""
        verdicts = [
            f"- {'reached' if target.reached else '**missed**'}: {target.promise} ({target.found})"
            for target in self.targets
        ]
        parts = [table.markdown() for table in self.tables] + list(self.notes)
        return "\n\n".join([*parts, "\n".join(verdicts)] if verdicts else parts)


def missed(reports: Sequence[Report]) -> list[str]:
    """The promises that were not kept."""
    return [target.promise for report in reports for target in report.targets if not target.reached]
