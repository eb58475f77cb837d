import re
from pathlib import Path

from docs.generate import outdated
from docs.metrics_page import HEAD

ROOT = Path(__file__).parents[2]


def test_generated_documents_are_up_to_date():
    assert outdated() == [], "run `make docs`"


def test_what_to_scale_by_names_metrics_that_there_are():
    page = (ROOT / "docs" / "metrics.md").read_text()
    registered = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    named = {
        name for line in HEAD.splitlines() if line.startswith("| ") for name in re.findall(r"`(\w+)`", line)
    }
    assert named - {"busy", "no_broker"} <= registered


def test_every_decision_has_a_number_of_its_own_and_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((\S+)\) \|$", (folder / "README.md").read_text(), re.MULTILINE
    )
    files = sorted(folder.glob("[0-9]*.md"))
    titles = [file.read_text().partition("\n")[0] for file in files]
    assert [f"# {number}. {title}" for number, title, _ in listed] == titles
    assert [name for _, _, name in listed] == [file.name for file in files]
    assert [int(number) for number, _, _ in listed] == [int(file.name[:4]) for file in files]
    assert len({number for number, _, _ in listed}) == len(files)


def pages_of_ours():
    folders = [each for each in ROOT.iterdir() if each.is_dir() and not each.name.startswith(".")]
    return [ROOT / "README.md", *(page for folder in folders for page in folder.rglob("*.md"))]


def test_links_between_pages_lead_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages_of_ours()
        for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []
