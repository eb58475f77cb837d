"""What is found by itself in the services has its name and its place on pages."""

import re
from pathlib import Path

from gateway import pages
from gateway.pages import labels
from gateway.pages.console.editing import ADDABLE
from gateway.pages.widgets import widgets
from services.polls.contract.kinds import kinds
from services.tally.contract import FORMATS

TEMPLATES = Path(pages.__file__).parent / "templates"


def test_every_kind_of_question_has_a_name_and_can_be_added_to_a_draft():
    assert set(labels.QUESTIONS) == set(kinds())
    assert sorted(ADDABLE) == sorted(kinds())


def test_every_kind_of_question_has_a_widget_and_every_widget_a_template():
    assert {kind.WIDGET for kind in kinds().values()} == set(widgets())
    templates = {path.stem for path in (TEMPLATES / "widgets").glob("*.html")} - {"parts"}
    assert templates == set(widgets())


def test_every_format_of_a_result_has_its_button():
    page = (TEMPLATES / "results.html").read_text()
    offered = {a or b for a, b in re.findall(r'\("(\w+)", "[A-Z]+"\)|format=(\w+)"', page)}
    assert offered == set(FORMATS)
