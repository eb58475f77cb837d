"""Where everything stands, so that it is one page: smaller first, then without the least options, then without the last questions.
What is left out is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from reportlab.pdfgen.canvas import Canvas

from services.tally.formats.pdf_file import fonts
from services.tally.formats.pdf_file.content import Ask, Bar, Page
from services.tally.formats.pdf_file.pen import (
    BAR,
    HEIGHT,
    INK,
    MARGIN,
    PALE,
    ROOM,
    SOFT,
    STRONG,
    WIDTH,
    Pen,
)

SCALES = (1.3, 1.2, 1.1, 1.0, 0.93, 0.86, 0.8, 0.74, 0.68)
LABEL_LINES = ((1.0, 3), (0.8, 2), (0.0, 1))
"""From which scale on a label has how many lines."""
TITLE_SIZES = ((40, 19.0), (90, 15.0), (1_000, 12.0))
"""Up to how many characters a title has which size."""
FEWEST = 2
"""Options of a question where not all questions can be shown with one each."""
OPTION = 9.5
CODE = 74.0
LABEL, FIGURES, GAP = 0.42, 0.4, 10.0
"""Parts of the width for an option's label, and at most for its figures; the bar has the rest."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of a page is shown: at which scale, how many options of a question (one more of the first `more`), how many
    questions.
    """

    scale: float
    options: int
    asks: int
    more: int = 0

    def of(self, question: int) -> int:
        """How many options of this question are shown."""
        return self.options + (question < self.more)


def fit(page: Page) -> Plan:
    """The largest plan that is one page."""
    everything = Plan(1.0, max((len(ask.bars) for ask in page.asks), default=0), len(page.asks))
    floor = foot(Pen(None, MARGIN), page)
    for scale in SCALES:
        plan = replace(everything, scale=scale)
        if fits(page, plan, floor):
            return plan
    smallest = replace(everything, scale=SCALES[-1])
    options = most(everything.options, lambda n: fits(page, replace(smallest, options=n), floor))
    if options:
        uniform = replace(smallest, options=options)
        more = most(everything.asks - 1, lambda n: fits(page, replace(uniform, more=n), floor))
        return replace(uniform, more=more)
    asks = most(everything.asks, lambda n: fits(page, replace(smallest, options=FEWEST, asks=n), floor))
    return replace(smallest, options=FEWEST, asks=asks)


def most(upper: int, good: Callable[[int], bool]) -> int:
    """The greatest number up to this that is good, if all below it are; 0 if none is."""
    low, high = 0, upper
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(middle) else (low, middle - 1)
    return low


def fits(page: Page, plan: Plan, floor: float) -> bool:
    pen = Pen(None, HEIGHT - MARGIN, plan.scale)
    return body(pen, page, plan, floor)


def draw(canvas: Canvas, page: Page) -> None:
    """The whole page."""
    floor = foot(Pen(canvas, MARGIN), page)
    plan = fit(page)
    body(Pen(canvas, HEIGHT - MARGIN, plan.scale), page, plan, floor)


def body(pen: Pen, page: Page, plan: Plan, floor: float) -> bool:
    """Everything above the foot; whether it ended above it. Stops when it has not."""
    head(pen, page)
    for n, ask in enumerate(page.asks[: plan.asks]):
        question(pen, page, ask, plan.of(n), floor)
        if pen.y < floor:
            return False
    left_out = len(page.asks) - plan.asks
    if left_out:
        pen.down(8)
        text = f"{page.words['other_questions'].format(n=left_out)}. {page.words['elsewhere']}"
        pen.paragraph(text, 9, color=SOFT)
    return pen.y >= floor


def head(pen: Pen, page: Page) -> None:
    words, size = page.words, pen.size(9.5)
    state = words["final" if page.final else "live"]
    pen.y -= size
    pen.text(MARGIN, pen.y, words["sheet"], size, font=fonts.BOLD, color=STRONG)
    pen.text(WIDTH - MARGIN, pen.y, state, size, font=fonts.BOLD, color=STRONG, right=True)
    pen.down(6)
    pen.rule(pen.y, STRONG, 1.4)
    pen.down(6)
    points = next((size for length, size in TITLE_SIZES if len(page.title) <= length), TITLE_SIZES[-1][1])
    pen.paragraph(page.title, points, font=fonts.BOLD, most=8)
    pen.down(3)
    pen.paragraph(page.about, 9.5, color=SOFT)
    if not page.final:
        pen.paragraph(words["live_note"], 9, color=INK)
    pen.down(8)
    figures(pen, page)


def figures(pen: Pen, page: Page) -> None:
    """Voters and turnout side by side."""
    height = pen.size(38)
    pen.y -= height
    pen.rectangle(MARGIN, pen.y, ROOM, height, "#f4f6f8")
    for n, (name, value) in enumerate(page.figures):
        x = MARGIN + pen.size(12) + n * ROOM / 3
        pen.text(x, pen.y + pen.size(24), name, pen.size(8.5), color=SOFT)
        pen.text(x, pen.y + pen.size(8), value, pen.size(14), font=fonts.BOLD)
    pen.down(4)


def question(pen: Pen, page: Page, ask: Ask, options: int, floor: float) -> None:
    """All about one question; what would stand below the floor is not even looked at."""
    pen.down(9)
    pen.paragraph(ask.title, 12, font=fonts.BOLD, most=4)
    pen.down(1)
    pen.paragraph(ask.note, 8.5, color=SOFT, most=2)
    if ask.summary:
        summary = ask.summary if page.final else f"{page.words['so_far']} {ask.summary}"
        pen.paragraph(summary, 9.5, font=fonts.BOLD, color=STRONG, most=2)
    if ask.budget is not None:
        money(pen, page, ask)
    pen.down(3)
    shown = cut(ask, options)
    size = pen.size(OPTION)
    figures_room = max((fonts.width(bar.figures, fonts.BOLD, size) for bar in shown), default=0.0) + GAP
    for bar in shown:
        if pen.y < floor:
            return
        option(pen, page, bar, min(figures_room, ROOM * FIGURES))
    if len(shown) < len(ask.bars):
        pen.paragraph(left_out(page, ask, shown), 9, color=SOFT, most=1)


def cut(ask: Ask, n: int) -> list[Bar]:
    """The best so many options, in the order in which they are shown; one more where a line would only say that it is missing."""
    n += len(ask.bars) == n + 1
    best = sorted(range(len(ask.bars)), key=lambda at: ask.bars[at].weight, reverse=True)[:n]
    return [ask.bars[at] for at in sorted(best)]


def left_out(page: Page, ask: Ask, shown: list[Bar]) -> str:
    """How many options are not shown, whether some of them are chosen, and what none of them exceeds."""
    seen = set(map(id, shown))  # two options may be alike in everything that is shown
    words, missing = page.words, [bar for bar in ask.bars if id(bar) not in seen]
    chosen = sum(bar.chosen for bar in missing)
    if chosen:
        text = words["others_chosen"].format(n=len(missing), chosen=chosen)
    else:
        greatest = max(missing, key=lambda bar: bar.weight)
        key = "others_most" if greatest.weight[1] else "others_none"
        text = words[key].format(n=len(missing), most=greatest.figures)
    return f"{text}. {words['elsewhere']}"


def money(pen: Pen, page: Page, ask: Ask) -> None:
    """The limit as a bar, what is spent in it, and a line at its end."""
    if ask.budget is None:
        return
    pen.paragraph(ask.budget.text, 9, color=INK, most=1)
    height = pen.size(9)
    pen.y -= height + pen.size(3)
    label = page.words["limit"]
    room = ROOM - fonts.width(label, fonts.REGULAR, pen.size(8)) - pen.size(6)
    pen.stacked(MARGIN, pen.y, room, height, ask.budget.parts)
    pen.rectangle(MARGIN + room - 0.7, pen.y - pen.size(2), 1.4, height + pen.size(4), INK)
    pen.text(WIDTH - MARGIN, pen.y + pen.size(1.5), label, pen.size(8), color=SOFT, right=True)
    pen.down(3)


def option(pen: Pen, page: Page, bar: Bar, figures_room: float) -> None:
    """A label, a bar, and the figures; of a chosen one in bold, with the word for it."""
    size, font = pen.size(OPTION), fonts.BOLD if bar.chosen else fonts.REGULAR
    label_room = ROOM * LABEL - GAP
    tag = page.words["chosen" if page.final else "chosen_now"] if bar.chosen else ""
    tag_room = fonts.width(tag, fonts.BOLD, size * 0.8) + size if tag else 0.0
    most_lines = next(n for scale, n in LABEL_LINES if pen.scale >= scale)
    lines = fonts.lines(bar.label, font, size, label_room - tag_room, most_lines)
    height = max(len(lines) * size * 1.25, size * 1.3) + pen.size(3)
    pen.y -= height
    middle = pen.y + height / 2
    for n, line in enumerate(lines):
        at = middle + (len(lines) / 2 - n - 1) * size * 1.25 + size * 0.3
        pen.text(MARGIN + tag_room, at, line, size, font=font)
    if tag:
        pen.rectangle(MARGIN, middle - size * 0.6, tag_room - size * 0.4, size * 1.2, STRONG)
        pen.text(MARGIN + size * 0.3, middle - size * 0.28, tag, size * 0.8, font=fonts.BOLD, color="#ffffff")
    left, room = MARGIN + ROOM * LABEL, ROOM * (1 - LABEL) - figures_room
    if bar.share is not None:
        pen.rectangle(left, middle - size * 0.45, room, size * 0.9, PALE)
        filled = room * float(min(max(bar.share / 100, Fraction(0)), Fraction(1)))
        pen.rectangle(left, middle - size * 0.45, filled, size * 0.9, STRONG if bar.chosen else BAR)
    text = fonts.cut(bar.figures, font, size, figures_room)
    pen.text(WIDTH - MARGIN, middle - size * 0.35, text, size, font=font, right=True)


def foot(pen: Pen, page: Page) -> float:
    """What the result is checked by, at the lower edge; how high it comes. Its size is always the same."""
    words, size = page.words, 6.6
    room = ROOM - (CODE + GAP if page.address else 0)
    rows: list[str] = []
    for name, value in page.checks:
        rows += broken(f"{name}  {value}", size, room)
    height = max(len(rows) * size * 1.4 + 24, CODE + 4 if page.address else 0)
    top = MARGIN + height
    pen.rule(top, STRONG, 0.8)
    pen.text(MARGIN, top - 12, words["checks"], 8, font=fonts.BOLD, color=STRONG)
    start = MARGIN + fonts.width(words["checks"], fonts.BOLD, 8) + 8
    note = fonts.cut(words["checks_note"], fonts.REGULAR, 7, MARGIN + room - start)
    pen.text(start, top - 12, note, 7, color=SOFT)
    for n, row in enumerate(rows, start=1):
        pen.text(MARGIN, top - 14 - n * size * 1.4, row, size)
    if page.address:
        pen.code(WIDTH - MARGIN - CODE, top - 3 - CODE, CODE, page.address)
    return top + 6


def broken(text: str, size: float, room: float) -> list[str]:
    """A line without spaces may be broken anywhere, and all of it has to be there."""
    return fonts.lines(text, fonts.REGULAR, size, room, 6)
