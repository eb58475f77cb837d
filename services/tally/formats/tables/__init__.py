"""A result as tables, for the formats that write rows and columns.

A sheet has sections, a section has a header and rows. Cells are text, integers, or exact numbers (`Number`): each format
writes them in its own way. A figure that is suppressed is the word for that, one that there is none of is None.
"""

from services.tally.formats.tables.breakdown import breakdown
from services.tally.formats.tables.cells import Cell, Kind, Number, Section, Sheet
from services.tally.formats.tables.counts import distribution, results
from services.tally.formats.tables.outcomes import reasons, rounds, sources
from services.tally.formats.tables.summary import summary

__all__ = [
    "Cell",
    "Kind",
    "Number",
    "Section",
    "Sheet",
    "breakdown",
    "distribution",
    "reasons",
    "results",
    "rounds",
    "sources",
    "summary",
]
