"""Shapes as SVG 1.1 in a page. No styles inside: the content security policy forbids them, and colours are the style sheet's."""

from collections.abc import Iterator

from markupsafe import Markup, escape

from gateway.figures.drawing import Area, Band, Drawing, Figure, Line, Rect, Shape, Text


def svg(figure: Figure, size: str) -> Markup:
    """One of the figure's two drawings, `narrow` or `wide`, with its title and description for those who do not see it."""
    drawing: Drawing = getattr(figure, size)
    name = f"{figure.name}-{size}"
    return Markup("").join(
        [
            Markup(
                '<svg class="drawing {}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
                'aria-labelledby="{}-t" aria-describedby="{}-d">'
            ).format(
                size, n(drawing.width), n(drawing.height), n(drawing.width), n(drawing.height), name, name
            ),
            Markup('<title id="{}-t">{}</title><desc id="{}-d">{}</desc>').format(
                name, figure.title, name, figure.description
            ),
            *map(_element, drawing.shapes),
            Markup("</svg>"),
        ]
    )


def n(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _element(shape: Shape) -> Markup:
    match shape:
        case Rect():
            start = Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"').format(
                n(shape.x), n(shape.y), n(shape.width), n(shape.height), shape.role
            )
            return _hinted(start, "rect", shape.hint)
        case Line():
            return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(
                n(shape.x1), n(shape.y1), n(shape.x2), n(shape.y2), shape.role
            )
        case Band():
            start = Markup('<path d="{}" class="{}"').format(_band(shape), shape.role)
            return _hinted(start, "path", shape.hint)
        case Area():
            start = Markup('<path d="{}" class="{}"').format(" ".join(_area(shape)), shape.role)
            return _hinted(start, "path", shape.hint)
        case Text():
            return Markup('<text x="{}" y="{}" class="{}" text-anchor="{}" font-size="{}">{}</text>').format(
                n(shape.x), n(shape.y), shape.role, shape.anchor, n(shape.size), shape.text
            )


def _hinted(start: Markup, tag: str, hint: str) -> Markup:
    return (
        start + Markup("><title>{}</title></{}>").format(escape(hint), tag) if hint else start + Markup("/>")
    )


def _band(band: Band) -> str:
    """Two S-curves between the two sides."""
    middle = n((band.x1 + band.x2) / 2)
    x1, x2 = n(band.x1), n(band.x2)
    upper1, upper2 = n(band.y1), n(band.y2)
    lower1, lower2 = n(band.y1 + band.height), n(band.y2 + band.height)
    return (
        f"M{x1} {upper1}C{middle} {upper1} {middle} {upper2} {x2} {upper2}"
        f"L{x2} {lower2}C{middle} {lower2} {middle} {lower1} {x1} {lower1}Z"
    )


def _area(area: Area) -> Iterator[str]:
    yield f"M{n(area.points[0][0])} {n(area.base)}"
    yield from (f"L{n(x)} {n(y)}" for x, y in area.points)
    yield f"L{n(area.points[-1][0])} {n(area.base)}Z"
