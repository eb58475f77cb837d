"""Boundaries that import-linter cannot express; the others are in pyproject.toml."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def imports(path: Path) -> set[str]:
    """The full names of the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def domain_files() -> list[Path]:
    return sorted([*ROOT.glob("services/*/domain.py"), *ROOT.glob("services/*/domain/**/*.py")])


def test_a_domain_imports_the_standard_library_itself_and_nothing_else():
    strangers = {
        (str(path.relative_to(ROOT)), module)
        for path in domain_files()
        for module in imports(path)
        if module.split(".")[0] not in sys.stdlib_module_names and not module.startswith(own_domain(path))
    }
    assert strangers == set()


def own_domain(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts[:3])


@pytest.mark.parametrize("edge", ["nameko", "eventlet"])
def test_nameko_and_eventlet_are_imported_at_the_edge_only(edge):
    allowed = ("services/common/", "services/run.py")
    strangers = {
        str(path.relative_to(ROOT))
        for part in ("services", "gateway", "auditor")
        for path in (ROOT / part).rglob("*.py")
        if any(module.split(".")[0] == edge for module in imports(path))
        and path.name not in ("service.py", "dependencies.py")
        and not str(path.relative_to(ROOT)).startswith(allowed)
    }
    assert strangers == set()


def test_the_auditor_needs_the_standard_library_and_cryptography_only():
    strangers = {
        (str(path.relative_to(ROOT)), module)
        for path in (ROOT / "auditor").rglob("*.py")
        for module in imports(path)
        if module.split(".")[0] not in {*sys.stdlib_module_names, "auditor", "cryptography"}
    }
    assert strangers == set()
