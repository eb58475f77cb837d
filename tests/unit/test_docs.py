import re
from pathlib import Path

from docs.generate import outdated
from docs.metrics_page import HEAD


def test_generated_documents_are_up_to_date():
    assert outdated() == [], "run `make docs`"


def test_what_to_scale_by_names_metrics_that_there_are():
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    registered = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    named = {
        name for line in HEAD.splitlines() if line.startswith("| ") for name in re.findall(r"`(\w+)`", line)
    }
    assert named - {"busy", "no_broker"} <= registered
