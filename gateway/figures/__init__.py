"""Figures of results: pure functions from numbers to shapes, drawn as SVG on the server. No JavaScript, no HTTP.

A figure is drawn twice, for a phone and for a wide page or paper, at the size at which it is shown, so that its text is as large as
the page's; the style sheet shows the one that fits. Each has a table with the same content. Shapes have classes, colours are the style
sheet's. Nothing is told by colour alone: options are numbered.
"""

from gateway.figures.drawing import Drawing, Figure
from gateway.figures.svg import svg
from gateway.figures.table import Table

__all__ = ["Drawing", "Figure", "Table", "svg"]
